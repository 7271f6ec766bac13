/**
 * The queues: what jobs are called, what they carry, and how Redis is found.
 *
 * @module
 */

import type { ConnectionOptions, DefaultJobOptions } from "bullmq";
import process from "node:process";
import type { Part } from "./parts.ts";

/** Queue of the jobs that write files. */
export const WRITE_QUEUE = "parquet-write";
/** Queue of the jobs that commit what the jobs below them have written. */
export const COMMIT_QUEUE = "parquet-commit";

/** What both jobs know of the run. */
export interface Run {
  /** Name of the run: the same inputs under the same name are committed once. */
  readonly id: string;
  /** Folder or bucket of the inputs. */
  readonly inputs: string;
  /** URL of the table. */
  readonly table: string;
}

/** A job that writes the files of a part. Its result: the files. */
export interface WriteJob extends Run {
  readonly part: Part;
  /** The schema of the rows as JSON. */
  readonly schema: string;
}

/** A job that commits the files of the jobs below it. Its result: the version of the table. */
export type CommitJob = Run;

/** Redis or Valkey, by `REDIS_URL`. */
export function connection(): ConnectionOptions {
  const url = new URL(process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379");
  return {
    host: url.hostname,
    port: Number(url.port || 6379),
    ...(url.username !== "" && { username: decodeURIComponent(url.username) }),
    ...(url.password !== "" && { password: decodeURIComponent(url.password) }),
    ...(url.protocol === "rediss:" && { tls: {} }),
    // Jobs wait for a Redis that restarts.
    maxRetriesPerRequest: null,
  };
}

/** A job that fails is tried again, ever later; one that keeps failing stays, for somebody to look at. */
export const JOB_OPTIONS: DefaultJobOptions = {
  attempts: 10,
  backoff: { type: "exponential", delay: 1000, jitter: 0.5 },
  removeOnComplete: { age: 7 * 24 * 3600 },
  removeOnFail: false,
};
