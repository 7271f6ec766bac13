/** @module Options of a dataset, and their checks. */

import {
  type CheckedOption,
  checkOptions,
  flag,
  instance,
  integer,
  nullable,
} from "../schema/option_checks.ts";
import { resolveOptions } from "../schema/resolve_options.ts";
import type { ResolvedOptions, WriterOptions } from "../schema/writer_options.ts";

/** Options of a dataset. */
export interface DatasetOptions {
  /**
   * Columns to partition by, the outermost folder first: `["day"]` makes `day=2026-01-31/….parquet`. Types: bool, integers, float32,
   * float64, decimal, date32, timestamp, utf8. Null and the empty string are `__HIVE_DEFAULT_PARTITION__`, as in Spark. Default: none.
   */
  readonly partitionBy?: readonly string[] | undefined;
  /** Whether to write partition columns to the files too. Default `false`: readers take them from the folder names. */
  readonly keepPartitionColumns?: boolean | undefined;
  /** Size at which a file ends, in bytes. It is estimated, so files are a little smaller or larger. `null`, the default: no limit. */
  readonly maxFileBytes?: number | null | undefined;
  /** Maximum number of rows in a file. `null`, the default: no limit. */
  readonly maxFileRows?: number | null | undefined;
  /** Age at which a file ends, in milliseconds after its first row. `null`, the default: no limit. */
  readonly maxFileAgeMs?: number | null | undefined;
  /** Maximum number of open files. To open another one, the writer ends the file that has had no rows for the longest time. Default 64. */
  readonly maxOpenFiles?: number | undefined;
  /** Writer options of the files. `memoryBudget` holds for all of them together, including what waits to be published. */
  readonly options?: WriterOptions | undefined;
}

/** Options with every default filled in. */
export interface ResolvedDatasetOptions {
  readonly partitionBy: readonly string[];
  readonly keepPartitionColumns: boolean;
  readonly maxFileBytes: number | null;
  readonly maxFileRows: number | null;
  readonly maxFileAgeMs: number | null;
  readonly maxOpenFiles: number;
  readonly options: ResolvedOptions;
}

const size = nullable(integer(1, Number.MAX_SAFE_INTEGER));

const OPTIONS: Readonly<Record<keyof DatasetOptions, CheckedOption>> = {
  partitionBy: {
    check: {
      expects: "an array of different column names",
      parse(label, value) {
        const names = instance(
          "an array of different column names",
          (value): value is string[] =>
            Array.isArray(value) && value.every((name) => typeof name === "string") &&
            new Set(value).size === value.length,
        ).parse(label, value);
        return [...names];
      },
    },
    default: [],
  },
  keepPartitionColumns: { check: flag(), default: false },
  maxFileBytes: { check: size, default: null },
  maxFileRows: { check: size, default: null },
  maxFileAgeMs: { check: nullable(integer(1, 2 ** 31 - 1)), default: null },
  maxOpenFiles: { check: integer(1, 10_000), default: 64 },
  options: {
    check: {
      expects: "an object of writer options",
      parse: (_label, value) => resolveOptions(value as WriterOptions),
    },
    default: null,
  },
};

/**
 * Checks options.
 *
 * @throws {TypeError | RangeError} For what is unknown or out of range.
 */
export function resolveDatasetOptions(options?: DatasetOptions): ResolvedDatasetOptions {
  const values = checkOptions<ResolvedDatasetOptions>(options, OPTIONS, "a dataset");
  return { ...values, options: values.options ?? resolveOptions({}) };
}
