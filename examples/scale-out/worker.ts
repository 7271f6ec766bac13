/**
 * Takes jobs until it is told to stop (`SIGTERM`, Ctrl-C): `node worker.ts`. Start as many as there are cores, on any number of machines.
 *
 * @module
 */

import { Worker } from "bullmq";
import process from "node:process";
import { commitRun } from "./commit_run.ts";
import { COMMIT_QUEUE, type CommitJob, connection, WRITE_QUEUE, type WriteJob } from "./queue.ts";
import { writePart } from "./write_part.ts";

/** A worker that is killed loses its lock after this time, ms, and another one takes the job. */
const LOCK_MS = Number(process.env["LOCK_MS"] ?? 30_000);
const options = {
  connection: connection(),
  lockDuration: LOCK_MS,
  stalledInterval: LOCK_MS,
  // A worker that was killed is no fault of its job.
  maxStalledCount: 100,
};
const workers = [
  new Worker<WriteJob>(WRITE_QUEUE, ({ data }) => writePart(data), options),
  new Worker<CommitJob>(COMMIT_QUEUE, commitRun, options),
];
for (const worker of workers) {
  worker.on("failed", (job, error) => console.error(`${job?.id}: ${error.message}`));
  worker.on("error", (error) => console.error(error.message));
}

async function stop(): Promise<void> {
  // The jobs under way are finished, no new ones are taken.
  await Promise.all(workers.map((worker) => worker.close()));
  process.exit(0);
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
