/** Says what was loaded for the first message of a thread. Run by `message_port_test.ts`. */

import process from "node:process";
import { spawnWorkerThread } from "../../src/runtime/worker_thread.ts";

const SOURCE = `
const { workerData } = process.getBuiltinModule("node:worker_threads");
const port = workerData.parquetExtPort;
port.onmessage = ({ data }) => port.postMessage(data);
`;

const answer = await new Promise<unknown>((resolve, reject) => {
  const thread = spawnWorkerThread(SOURCE, { message: resolve, failed: reject });
  thread.keepAlive(true);
  thread.post({ question: 1 });
});
const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
const fetch = moduleLoadList.filter((name) => name.includes("undici"));
console.log(JSON.stringify({ answer, fetch }));
process.exit(0);
