/**
 * Commits the files of a run, once.
 *
 * @module
 */

import type { Job } from "bullmq";
import { commitToDelta } from "../../src/delta/mod.ts";
import type { DataFile } from "../../src/dataset/mod.ts";
import type { CommitJob } from "./queue.ts";

/**
 * Commits what the write jobs have returned. Files of attempts that were cut off are in nobody's result, so no commit names them.
 *
 * @returns The version of the table.
 */
export async function commitRun(job: Job<CommitJob>): Promise<number> {
  const results = await job.getChildrenValues<readonly DataFile[]>();
  // A job that is delivered twice commits once: the table remembers the run.
  const { version } = await commitToDelta(job.data.table, Object.values(results).flat(), {
    mode: "append",
    txn: { appId: job.data.id, version: 1 },
  });
  return version;
}
