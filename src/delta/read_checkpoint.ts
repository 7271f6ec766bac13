/**
 * Reads checkpoints, whoever wrote them: in one file, in several parts, and with sidecars.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
 *
 * @module
 */

import { ChunkReader } from "../reader/chunk_reader.ts";
import { readRecords, type RecordValue } from "../reader/records.ts";
import { openStoreObject } from "../store/open_object.ts";
import type { Store } from "../store/store.ts";
import { FormatError, LimitError, ObjectNotFoundError, TableError } from "../util/errors.ts";
import { type Action, parseActions } from "./actions.ts";
import { type CheckpointFiles, SIDECARS } from "./log_files.ts";

/** Members of actions that are kept; what else a checkpoint has (statistics as columns, row ids) is not read. */
const MEMBERS: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries({
    protocol: ["minReaderVersion", "minWriterVersion", "readerFeatures", "writerFeatures"],
    metaData: [
      "id",
      "name",
      "description",
      "format",
      "schemaString",
      "partitionColumns",
      "configuration",
      "createdTime",
    ],
    add: [
      "path",
      "partitionValues",
      "size",
      "modificationTime",
      "dataChange",
      "stats",
      "tags",
    ],
    remove: [
      "path",
      "deletionTimestamp",
      "dataChange",
      "extendedFileMetadata",
      "partitionValues",
      "size",
    ],
    txn: ["appId", "version", "lastUpdated"],
    domainMetadata: ["domain", "configuration", "removed"],
    sidecar: ["path"],
  }).map(([action, members]) => [action, new Set(members)]),
);

/**
 * The actions of a checkpoint, some at a time.
 *
 * @throws {TableError} When it cannot be read.
 */
export async function* readCheckpoint(
  store: Store,
  { keys, version }: CheckpointFiles,
  signal?: AbortSignal,
): AsyncGenerator<readonly Action[], void, undefined> {
  const sidecars: string[] = [];
  for (const key of keys) {
    for await (const actions of readFile(store, key, version, signal)) {
      for (const { sidecar } of actions) {
        if (sidecar) sidecars.push(sidecarKey(sidecar.path));
      }
      yield actions;
    }
  }
  for (const key of sidecars) yield* readFile(store, key, version, signal);
}

/** A name in the folder of sidecars, which may be written with the folders above. */
function sidecarKey(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return `${SIDECARS}${decodeURIComponent(name)}`;
}

async function* readFile(
  store: Store,
  key: string,
  version: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Action[], void, undefined> {
  try {
    if (key.endsWith(".json")) {
      const bytes = await store.get(key, undefined, { signal });
      yield parseActions(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      return;
    }
    const file = await openStoreObject(store, key, signal);
    const reader = await ChunkReader.open(file, { signal });
    const rows = readRecords(reader, ([action, member]) => {
      const members = MEMBERS[action!];
      return members !== undefined && (member === undefined || members.has(member));
    });
    for await (const some of rows) yield some.map(actionOf);
  } catch (error) {
    const isOfTable = error instanceof FormatError || error instanceof LimitError ||
      error instanceof ObjectNotFoundError || error instanceof SyntaxError ||
      error instanceof TypeError;
    if (!isOfTable) throw error;
    throw new TableError(
      `Cannot read the checkpoint of version ${version} of the table ${store.url}: ${key}: ${error.message}`,
      { cause: error },
    );
  }
}

/** A row as an action: what is null is absent. */
function actionOf(row: { [name: string]: RecordValue }): Action {
  const action: Record<string, unknown> = {};
  for (const kind in row) {
    const value = row[kind] as { [name: string]: RecordValue } | null;
    if (value === null) continue;
    const members: Record<string, RecordValue> = {};
    for (const name in value) if (value[name] !== null) members[name] = value[name]!;
    action[kind] = members;
  }
  return action as Action;
}
