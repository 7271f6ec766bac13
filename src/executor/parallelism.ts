/** @module How many workers a writer may use. */

import { availableParallelism, environmentVariable } from "../runtime/environment.ts";

/** Variables that say it where the option does not; the first one that is set wins. */
const VARIABLES = ["PARQUET_EXT_PARALLELISM", "AMP_PARQUET_WRITER_PARALLELISM"];
/** More workers than this cost memory and win nothing: one thread feeds them all. */
const MOST_WORKERS = 64;

/**
 * Settles the number of workers: the option, else the environment, else what the runtime says is available, less the caller's
 * thread if that encodes too.
 *
 * @param option The option; `null`: not said.
 * @param callerShares Whether the caller's thread encodes a part.
 * @returns An integer from 0 (no workers) to 64.
 * @throws {TypeError} When a variable is set to anything but a non-negative integer.
 */
export function resolveParallelism(option: number | null, callerShares: boolean): number {
  const workers = option ?? fromEnvironment() ?? availableParallelism() - Number(callerShares);
  return Math.min(workers, MOST_WORKERS);
}

function fromEnvironment(): number | null {
  for (const name of VARIABLES) {
    const value = environmentVariable(name);
    if (value === undefined) continue;
    if (!/^\d{1,6}$/.test(value)) {
      throw new TypeError(
        `Cannot use ${name}=${JSON.stringify(value)}: expected a non-negative integer`,
      );
    }
    return Number(value);
  }
  return null;
}
