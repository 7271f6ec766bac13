/** @module Options of a merge, and their checks. */

import {
  callback,
  type CheckedOption,
  checkOptions,
  flag,
  integer,
  nullable,
} from "../schema/option_checks.ts";
import { FILE_OPTIONS, RUN_OPTIONS } from "../schema/option_table.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import type { InputLimits, InputLimitValues } from "../util/input_limits.ts";

/** Progress of a merge. */
export interface MergeProgress {
  /** Rows copied. */
  readonly rows: number;
  /** Bytes of row groups copied. */
  readonly bytes: number;
  /** Bytes of row groups of all inputs. */
  readonly totalBytes: number;
}

/** Something that a merge left out or corrected. */
export interface MergeNote {
  /** Ordinal of the input, from 0; absent if the note is about the merged file as a whole. */
  readonly input?: number;
  /** Name of the input: its path or URL, or `input 2`. */
  readonly source?: string;
  /** The rule of `verifyParquet` that the input breaks; absent if it breaks none. */
  readonly rule?: string;
  /** What was wrong and what was done. */
  readonly message: string;
  /** Ordinal of the row group in the input. */
  readonly rowGroup?: number;
  /** Dotted path of the column. */
  readonly column?: string;
}

/** How to merge. */
export interface MergeOptions {
  /**
   * Whether to decode every page of the inputs and check everything that they claim about their values before copying. Default: only for
   * files that this library did not write. The structure (footer, schema, offsets, page headers, indexes) is always checked.
   */
  readonly verify?: boolean | undefined;
  /**
   * Number of rows up to which adjacent row groups are joined, within an input and across inputs. They are decoded and encoded again, each
   * column with the codec of the first one. A row group without such a neighbour is copied as it is, however large. Default: none are
   * joined.
   */
  readonly rowGroupRows?: number | null | undefined;
  /**
   * Key-value metadata to set, regardless of the inputs; `null` is a key without a value. `ARROW:schema` and `geo` come only from the
   * inputs.
   */
  readonly keyValueMetadata?: WriterOptions["keyValueMetadata"];
  /** The name of the writer in the file. Default: this library and its version. */
  readonly createdBy?: string | undefined;
  /** Limits of the inputs: `maxFooterBytes`, and the limits of pages if they are decoded. */
  readonly limits?: InputLimits | undefined;
  /** Aborts the merge with an `AbortError`; the target is unchanged. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that one call of the sink may take. Default: no limit. */
  readonly sinkTimeoutMs?: WriterOptions["sinkTimeoutMs"];
  /** Called after each row group. */
  readonly onProgress?: ((progress: MergeProgress) => void) | undefined;
  /** Called for everything that was left out or corrected. */
  readonly onDiagnostic?: ((note: MergeNote) => void) | undefined;
}

/** Options with every default filled in. */
export interface ResolvedMergeOptions {
  /** `null`: those files that this library did not write. */
  readonly verify: boolean | null;
  /** `null`: none are joined. */
  readonly rowGroupRows: number | null;
  readonly keyValueMetadata: ReadonlyMap<string, string | null>;
  readonly createdBy: string;
  readonly limits: InputLimitValues;
  readonly signal: AbortSignal | null;
  readonly sinkTimeoutMs: number | null;
  readonly onProgress: ((progress: MergeProgress) => void) | null;
  readonly onDiagnostic: ((note: MergeNote) => void) | null;
}

const OPTIONS: Readonly<Record<keyof MergeOptions, CheckedOption>> = {
  verify: { check: flag(), default: null },
  rowGroupRows: { check: nullable(integer(1, Number.MAX_SAFE_INTEGER)), default: null },
  keyValueMetadata: FILE_OPTIONS.keyValueMetadata,
  createdBy: FILE_OPTIONS.createdBy,
  limits: RUN_OPTIONS.limits,
  signal: RUN_OPTIONS.signal,
  sinkTimeoutMs: RUN_OPTIONS.sinkTimeoutMs,
  onProgress: { check: callback(), default: null },
  onDiagnostic: { check: callback(), default: null },
};

/**
 * Checks options.
 *
 * @throws {TypeError | RangeError} For what is unknown or out of range.
 */
export function resolveMergeOptions(options?: MergeOptions): ResolvedMergeOptions {
  return checkOptions(options, OPTIONS, "a merge");
}
