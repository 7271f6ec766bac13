/**
 * Files of the log by their names.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-log-entries
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-naming-scheme
 *
 * @module
 */

import type { ObjectInfo, Store } from "../store/store.ts";
import { ObjectNotFoundError } from "../util/errors.ts";

/** Where the log is. */
export const LOG = "_delta_log/";
/** Says which checkpoint is the last one. */
export const LAST_CHECKPOINT = `${LOG}_last_checkpoint`;
/** Where checkpoints have more files. */
export const SIDECARS = `${LOG}_sidecars/`;

function prefixOf(version: number): string {
  return `${LOG}${String(version).padStart(20, "0")}`;
}

/** The key of a commit. */
export function commitKey(version: number): string {
  return `${prefixOf(version)}.json`;
}

/** The key of a checkpoint in one file. */
export function checkpointKey(version: number): string {
  return `${prefixOf(version)}.checkpoint.parquet`;
}

/** A checkpoint all of whose files are there. */
export interface CheckpointFiles {
  readonly version: number;
  readonly keys: readonly string[];
}

/** What the log has from some version on. */
export interface LogListing {
  /** Commits by version, in ascending order. */
  readonly commits: ReadonlyMap<number, ObjectInfo>;
  /** The newest complete checkpoint. */
  readonly checkpoint: CheckpointFiles | null;
}

const NAME =
  /^(\d{20})\.(?:json|checkpoint(?:\.(?<part>\d{10})\.(?<parts>\d{10}))?\.parquet|checkpoint\.[\w-]+\.(?:json|parquet))$/;

/**
 * Lists commits and checkpoints.
 *
 * @param from The first version that is listed.
 */
export async function listLog(
  store: Store,
  from: number,
  signal?: AbortSignal,
): Promise<LogListing> {
  const commits = new Map<number, ObjectInfo>();
  const parts = new Map<string, string[]>();
  let checkpoint: CheckpointFiles | null = null;
  const found = (version: number, keys: readonly string[]) => {
    if (checkpoint === null || version > checkpoint.version) checkpoint = { version, keys };
  };
  // Names of a version begin with what comes before all of them.
  const startAfter = from === 0 ? undefined : prefixOf(from);
  for await (const info of store.list(LOG, { startAfter, signal })) {
    const name = info.key.slice(LOG.length);
    // Behind all versions there are folders, such as that of the sidecars, which may hold many files.
    if (name > ":") break;
    const match = NAME.exec(name);
    if (match === null) continue;
    const version = Number(match[1]);
    const { part, parts: count } = match.groups!;
    if (name.length === "00000000000000000000.json".length) commits.set(version, info);
    else if (part === undefined || count === undefined) found(version, [info.key]);
    else {
      // Parts of another count belong to another checkpoint.
      const id = `${version}/${count}`;
      const keys = parts.get(id) ?? [];
      parts.set(id, [...keys, info.key]);
      if (keys.length + 1 === Number(count)) found(version, parts.get(id)!);
    }
  }
  return { commits, checkpoint };
}

/** The version of the last checkpoint, as far as `_last_checkpoint` knows; 0 where it does not. */
export async function lastCheckpointVersion(store: Store, signal?: AbortSignal): Promise<number> {
  try {
    const bytes = await store.get(LAST_CHECKPOINT, undefined, { signal });
    const { version } = JSON.parse(new TextDecoder().decode(bytes)) as { version?: unknown };
    return Number.isSafeInteger(version) && Number(version) > 0 ? Number(version) : 0;
  } catch (error) {
    // It is but a hint, which may be written while it is read.
    if (error instanceof ObjectNotFoundError || error instanceof SyntaxError) return 0;
    throw error;
  }
}
