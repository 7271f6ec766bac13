/**
 * Reads checkpoints, whoever wrote them: in one file, in several parts, and with sidecars.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
 *
 * @module
 */

import type { ArrowField, ArrowType } from "../arrow/types.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import { readFileMetaData } from "../format/read_metadata.ts";
import { openParquet } from "../reader/parquet_batches.ts";
import { type ReadRow, rowsOf } from "../reader/row_values.ts";
import { openStoreObject } from "../store/open_object.ts";
import type { Store } from "../store/store.ts";
import {
  AbortError,
  FormatError,
  LimitError,
  ObjectNotFoundError,
  SchemaError,
  TableError,
} from "../util/errors.ts";
import { type Action, parseActions } from "./actions.ts";
import { type CheckpointFiles, SIDECARS } from "./log_files.ts";
import { type Columns, statsText } from "./stats_columns.ts";

/** Rows that are made at a time: of more, the garbage collector moves what is needed for a moment only. */
const BATCH_ROWS = 4096;

/** Members of actions that are kept; what else a checkpoint has (partition values as columns, row ids) is not read. */
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
    const metadata = await readFileMetaData(file);
    const parsed = lacksStats(metadata);
    const { batches } = await openParquet(file, {
      metadata,
      maxBatchRows: BATCH_ROWS,
      lenient: true,
      chosen: ([action, member]) => {
        const members = MEMBERS[action!];
        return members !== undefined && (member === undefined || members.has(member) ||
          (parsed && `${action}.${member}` === PARSED));
      },
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const batch of batches(false)) {
      const plain = plainStruct(batch.schema.fields, "");
      yield rowsOf(batch, { omitNulls: true }).map((row) => plain(row) as Action);
    }
    if (signal?.aborted) throw new AbortError("Cannot read: aborted", { cause: signal.reason });
  } catch (error) {
    const isOfTable = error instanceof FormatError || error instanceof LimitError ||
      error instanceof ObjectNotFoundError || error instanceof SchemaError ||
      error instanceof SyntaxError || error instanceof TypeError;
    if (!isOfTable) throw error;
    throw new TableError(
      `Cannot read the checkpoint of version ${version} of the table ${store.url}: ${key}: ${error.message}`,
      { cause: error },
    );
  }
}

/** Statistics as columns. */
const PARSED = "add.stats_parsed";

/** Whether files may have no statistics as text: then those in columns count. */
function lacksStats({ rowGroups }: ParquetMetaData): boolean {
  const nulls = (member: string) =>
    rowGroups.map(({ columns }) =>
      columns.find(({ metaData: { pathInSchema: [action, name] } }) =>
        action === "add" && name === member
      )?.metaData.statistics?.nullCount
    );
  const ofFiles = nulls("path"), ofStats = nulls("stats");
  return ofStats.some((count, i) => count === undefined || count !== ofFiles[i]);
}

/** Makes a value that is not null one as actions have it, structs in place: numbers, objects of maps, texts of statistics. */
type Plain = (value: unknown) => unknown;

/**
 * `null`: the values are such already.
 *
 * @param name Of the column.
 */
function plainOf(type: ArrowType, name: string): Plain | null {
  switch (type.kind) {
    case "struct":
      return plainStruct(type.children, name);
    case "map":
      return (value) => Object.fromEntries(value as [string, unknown][]);
    case "int":
      return (value) => {
        const number = Number(value);
        if (Number.isSafeInteger(number)) return number;
        throw new FormatError(`Cannot read column "${name}": ${value} is beyond 2⁵³`);
      };
    default:
      return null;
  }
}

function plainStruct(fields: readonly ArrowField[], name: string): Plain {
  const parsed = fields.find((field) => `${name}.${field.name}` === PARSED);
  const members = fields.flatMap((field) => {
    const plain = plainOf(field.type, name === "" ? field.name : `${name}.${field.name}`);
    return plain === null || field === parsed ? [] : [{ name: field.name, plain }];
  });
  return (value) => {
    const row = value as ReadRow;
    for (const { name, plain } of members) {
      const member = row[name];
      if (member !== undefined) row[name] = plain(member);
    }
    if (parsed === undefined) return row;
    const { [parsed.name]: columns, ...rest } = row;
    if (columns === undefined) return rest;
    return { stats: statsText(columns as Columns, parsed.type), ...rest };
  };
}
