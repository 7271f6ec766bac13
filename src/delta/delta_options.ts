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

/** Where a table is: a folder (path or `file:` URL), a URL such as `s3://bucket/prefix`, or a store. */
export type TableTarget = string | URL | Store;

/** How a table is made. */
export interface CreateDeltaTableOptions {
  /** Partition columns, the outermost folder first: those of the `DatasetWriter`. Default: none. */
  readonly partitionBy?: readonly string[] | undefined;
  /** Name of the table. */
  readonly name?: string | undefined;
  /** What it is for. */
  readonly description?: string | undefined;
  /** Properties of the table, such as `{ "delta.checkpointInterval": "50" }`. */
  readonly configuration?: Readonly<Record<string, string>> | undefined;
  /** Whether a table that is there already is fine. Default `false`: it is an error. */
  readonly ifNotExists?: boolean | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** What becomes of the files that a table has. */
export type CommitMode =
  | "append"
  | "overwrite"
  | {
    /** Partitions whose files are replaced: one value, or several, for each partition column that is named; as text, or `null`. */
    readonly replaceWhere: Readonly<Record<string, string | null | readonly (string | null)[]>>;
  };

/** How files are committed. */
export interface CommitToDeltaOptions {
  /** Default `"append"`. */
  readonly mode?: CommitMode | undefined;
  /**
   * Makes a repeated commit of the same work a commit of nothing: of an application, each version is committed once, in ascending
   * order. Offsets of a queue are such versions.
   */
  readonly txn?: { readonly appId: string; readonly version: number } | undefined;
  /** Schema of the rows in the files, partition columns included; needed to check and to add columns. */
  readonly schema?: SchemaLike | undefined;
  /** Whether columns of `schema` that the table lacks are added to it, as nullable ones. Default `false`: they are an error. */
  readonly mergeSchema?: boolean | undefined;
  /** More members of `commitInfo`, such as `userMetadata`. */
  readonly commitInfo?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Commits after which a checkpoint is written. Default: `delta.checkpointInterval` of the table, else 10. `null`: never. It has
   * statistics as the table asks (`delta.checkpoint.writeStatsAsJson`, `delta.checkpoint.writeStatsAsStruct`).
   */
  readonly checkpointInterval?: number | null | undefined;
  /** Attempts at most, each after others have committed before. Default 1,000. */
  readonly maxAttempts?: number | undefined;
  /** Gives up before the next attempt. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of a commit. */
export interface DeltaCommit {
  /** Version of the table that has the files. */
  readonly version: number;
  /** `false`: the work of `txn` had been committed before, and nothing was done. */
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
