/**
 * Workers and one run on this machine: `node run.ts [--workers N] [options of plan.ts] INPUTS TABLE`.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

const args = process.argv.slice(2);
const at = args.indexOf("--workers");
const count = at < 0 ? availableParallelism() : Number(args.splice(at, 2)[1]);
const start = (script: string, ...more: string[]) =>
  spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...more], {
    stdio: "inherit",
  });

const workers = Array.from({ length: count }, () => start("worker.ts"));
const [status] = await once(start("plan.ts", "--wait", ...args), "exit");
for (const worker of workers) worker.kill("SIGTERM");
await Promise.all(workers.map((worker) => worker.exitCode ?? once(worker, "exit")));
process.exit(status ?? 1);
