/** @module Options of `appendParquet`. */

import type { WriteOptions } from "../pipeline/write_parquet.ts";
import type { Diagnostic } from "../schema/writer_options.ts";
import type { MergeNote, MergeOptions } from "./merge_options.ts";

/** Options of `appendParquet`: those of the writer for the new row groups, and of the merge. */
export interface AppendOptions extends Omit<WriteOptions, "onDiagnostic"> {
  /** As for `mergeParquet`. */
  readonly verify?: MergeOptions["verify"];
  /** As for `writeParquet` and for `mergeParquet`. */
  readonly onDiagnostic?: ((note: Diagnostic | MergeNote) => void) | undefined;
}
