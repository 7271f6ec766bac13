/**
 * Delta Lake: tables of files that many processes write.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md
 *
 * @module
 */

export { commitToDelta, createDeltaTable } from "./commit_to_delta.ts";
export type {
  CommitMode,
  CommitToDeltaOptions,
  CreateDeltaTableOptions,
  DeltaCommit,
  TableTarget,
} from "./delta_options.ts";
export { listUncommitted, type UncommittedFile } from "./list_uncommitted.ts";
export { TableError } from "../util/errors.ts";
