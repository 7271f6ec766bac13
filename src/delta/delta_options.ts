/** @module Options of Delta tables. */

import type { SchemaLike } from "../arrow/arrow_objects.ts";
import {
  type CheckedOption,
  checkOptions,
  flag,
  integer,
  nullable,
  text,
} from "../schema/option_checks.ts";
import type { Store } from "../store/store.ts";

/** Location of a table: a folder (path or `file:` URL), a URL such as `s3://bucket/prefix`, or a store. */
export type TableTarget = string | URL | Store;

/** Options of `createDeltaTable`. */
export interface CreateDeltaTableOptions {
  /** Partition columns, the outermost folder first, as in the `DatasetWriter`. Default: none. */
  readonly partitionBy?: readonly string[] | undefined;
  /** Name of the table. */
  readonly name?: string | undefined;
  /** Description of the table. */
  readonly description?: string | undefined;
  /** Properties of the table, such as `{ "delta.checkpointInterval": "50" }`. */
  readonly configuration?: Readonly<Record<string, string>> | undefined;
  /** Whether an existing table is accepted. Default `false`: it is an error. */
  readonly ifNotExists?: boolean | undefined;
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
}

/** What happens to the existing files of a table. */
export type CommitMode =
  | "append"
  | "overwrite"
  | {
    /** Partitions whose files are replaced: one or several values for each named partition column, as text or `null`. */
    readonly replaceWhere: Readonly<Record<string, string | null | readonly (string | null)[]>>;
  };

/** Options of `commitToDelta`. */
export interface CommitToDeltaOptions {
  /** Default `"append"`. */
  readonly mode?: CommitMode | undefined;
  /**
   * Makes it safe to repeat a commit: each version of an application is committed once, in ascending order, and a repeated one does
   * nothing. Offsets of a queue can serve as versions.
   */
  readonly txn?: { readonly appId: string; readonly version: number } | undefined;
  /** Schema of the rows in the files, partition columns included; needed to check columns and to add them. */
  readonly schema?: SchemaLike | undefined;
  /** Whether to add columns of `schema` that the table lacks, as nullable ones. Default `false`: they are an error. */
  readonly mergeSchema?: boolean | undefined;
  /** More members of `commitInfo`, such as `userMetadata`. */
  readonly commitInfo?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Number of commits after which a checkpoint is written. Default: `delta.checkpointInterval` of the table, or 10. `null`: never. The
   * checkpoint has the statistics that the table asks for (`delta.checkpoint.writeStatsAsJson`, `delta.checkpoint.writeStatsAsStruct`).
   */
  readonly checkpointInterval?: number | null | undefined;
  /** Maximum number of attempts; each follows a commit by another process. Default 1,000. */
  readonly maxAttempts?: number | undefined;
  /** Aborts before the next attempt. */
  readonly signal?: AbortSignal | undefined;
}

/** Result of a commit. */
export interface DeltaCommit {
  /** Version of the table that contains the files. */
  readonly version: number;
  /** `false`: `txn` had been committed before, so nothing was done. */
  readonly committed: boolean;
}

/** Checked by those who use it. */
const ELSEWHERE: CheckedOption = {
  check: { expects: "", parse: (_label, value) => value },
  default: undefined,
};

const count = integer(1, Number.MAX_SAFE_INTEGER);

const CREATE_OPTIONS: Readonly<Record<keyof CreateDeltaTableOptions, CheckedOption>> = {
  partitionBy: { ...ELSEWHERE, default: [] },
  name: { check: text(), default: undefined },
  description: { check: text(), default: undefined },
  configuration: { ...ELSEWHERE, default: {} },
  ifNotExists: { check: flag(), default: false },
  signal: ELSEWHERE,
};

const COMMIT_OPTIONS: Readonly<Record<keyof CommitToDeltaOptions, CheckedOption>> = {
  mode: ELSEWHERE,
  txn: ELSEWHERE,
  schema: ELSEWHERE,
  mergeSchema: { check: flag(), default: false },
  commitInfo: ELSEWHERE,
  checkpointInterval: { check: nullable(count), default: undefined },
  maxAttempts: { check: count, default: undefined },
  signal: ELSEWHERE,
};

/**
 * Checks options: one that is not known would be passed over, and rows be appended instead of replaced.
 *
 * @throws {TypeError | RangeError} For what is unknown or out of range.
 */
export function checkCreateOptions(
  options: CreateDeltaTableOptions,
): CreateDeltaTableOptions {
  return checkOptions(options, CREATE_OPTIONS, "a table");
}

/**
 * As {@linkcode checkCreateOptions}, of a commit.
 *
 * @throws {TypeError | RangeError} For what is unknown or out of range.
 */
export function checkCommitOptions(options: CommitToDeltaOptions): CommitToDeltaOptions {
  return checkOptions(options, COMMIT_OPTIONS, "a commit");
}
