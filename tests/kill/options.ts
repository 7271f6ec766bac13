/** Options of the files of the kill test: many writes a file, and nothing that depends on the run. */

import type { WriterOptions } from "../../src/schema/writer_options.ts";

/** The same in both processes, so that the bytes are known. */
export const KILL_OPTIONS: WriterOptions = {
  parallelism: 0,
  compression: "snappy",
  maxRowGroupRowCount: 25_000,
};
