/** The program of every context in the browser: takes a job, and leaves what it wrote with the server. */

import * as library from "../../mod.ts";
import { type Job, runJob } from "./job.ts";

/** What a context answers; the bytes are with the server, under the job's name. */
export interface Answer {
  readonly workers?: number;
  readonly diagnostics?: readonly string[];
  readonly error?: string;
}

/** Runs a job. */
export async function run(name: string, job: Job): Promise<Answer> {
  try {
    const { bytes, workers, diagnostics } = await runJob(library, job);
    await fetch(`/result/${name}`, { method: "PUT", body: bytes });
    return { workers, diagnostics };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: `${name}: ${message}` };
  }
}
