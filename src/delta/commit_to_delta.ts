/**
 * Delta tables: made, and given files.
 *
 * @module
 */

import { toArrowSchema } from "../arrow/arrow_objects.ts";
import type { SchemaLike } from "../arrow/arrow_objects.ts";
import type { DataFile } from "../dataset/data_file.ts";
import { openStore } from "../store/open_store.ts";
import type { Store } from "../store/store.ts";
import { AbortError, outcomeOf, PreconditionError, TableError } from "../util/errors.ts";
import { VERSION } from "../util/version.ts";
import {
  type Action,
  type AddAction,
  commitText,
  type MetaDataAction,
  type RemoveAction,
} from "./actions.ts";
import { checkMode, isMeant } from "./commit_mode.ts";
import {
  checkCommitOptions,
  checkCreateOptions,
  type CommitMode,
  type CommitToDeltaOptions,
  type CreateDeltaTableOptions,
  type DeltaCommit,
  type TableTarget,
} from "./delta_options.ts";
import {
  deltaSchema,
  type DeltaStruct,
  evolvedSchema,
  hasLocalTimestamps,
} from "./delta_schema.ts";
import { checkFit } from "./file_fit.ts";
import { commitKey, listLog } from "./log_files.ts";
import { checkProperties, checkProtocol, protocolFor } from "./protocol.ts";
import { INDEXED_COLUMNS, statsOf } from "./stats.ts";
import { readCommit, type TableState, tableState } from "./table_state.ts";
import { writeCheckpoint } from "./write_checkpoint.ts";

const ENGINE = `parquet-ext/${VERSION}`;
const CHECKPOINT_INTERVAL = 10;
const MAX_ATTEMPTS = 1000;
/** Milliseconds before the second attempt, and at most. */
const FIRST_DELAY_MS = 10, MOST_DELAY_MS = 2000;

/**
 * Creates a Delta table without rows.
 *
 * @param target Location of the table; the folder may contain other files.
 * @param schema Schema of the rows, partition columns included: made by `schema`, or an Arrow schema.
 * @param options How.
 * @returns The version of the table: 0, or with `ifNotExists` the version of the existing table.
 * @throws {TypeError} For wrong options.
 * @throws {SchemaError} If Delta has no type for a column.
 * @throws {TableError} If the table already exists, cannot be partitioned like that, or a property needs a feature that this library does not support.
 *
 * @example A table, and rows of two processes
 * ```ts
 * import { schema, t } from "@parquet-ext/parquet-ext";
 * import { DatasetWriter } from "@parquet-ext/parquet-ext/dataset";
 * import { commitToDelta, createDeltaTable } from "@parquet-ext/parquet-ext/delta";
 *
 * const sales = schema({ day: t.date32(), sold: t.int32() });
 * await createDeltaTable("sales-table", sales, { partitionBy: ["day"] });
 *
 * const writer = new DatasetWriter("sales-table", sales, { partitionBy: ["day"] });
 * await writer.write([{ day: "2026-01-31", sold: 3 }]);
 * const { version } = await commitToDelta("sales-table", await writer.close());
 * console.assert(version === 1);
 * ```
 */
export async function createDeltaTable(
  target: TableTarget,
  schema: SchemaLike,
  options: CreateDeltaTableOptions = {},
): Promise<{ readonly version: number }> {
  const { partitionBy = [], name, description, configuration = {}, ifNotExists, signal } =
    checkCreateOptions(options);
  const struct = deltaSchema(toArrowSchema(schema));
  checkPartitionColumns(struct, partitionBy);
  checkProperties(configuration);
  const store = await openStore(target);
  const token = crypto.randomUUID();
  const metaData: MetaDataAction = {
    id: crypto.randomUUID(),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    format: { provider: "parquet", options: {} },
    schemaString: JSON.stringify(struct),
    partitionColumns: [...partitionBy],
    configuration: { ...configuration },
    createdTime: Date.now(),
  };
  const actions: Action[] = [
    { commitInfo: commitInfo("CREATE TABLE", {}, token, false) },
    { protocol: protocolFor(struct) },
    { metaData },
  ];
  checkProtocol(actions[1]!.protocol!, metaData, false);
  // The first commits of an old table may be gone.
  const { checkpoint } = await listLog(store, 0, signal);
  if (checkpoint === null && await put(store, 0, actions, token, signal)) return { version: 0 };
  if (ifNotExists) return { version: (await tableState(store, signal)).version };
  throw new TableError(`Cannot make a table at ${store.url}: there is already one`);
}

function checkPartitionColumns({ fields }: DeltaStruct, partitionBy: readonly string[]): void {
  for (const [i, column] of partitionBy.entries()) {
    const field = fields.find(({ name }) => name === column);
    const problem = field === undefined
      ? "there is no such column"
      : typeof field.type !== "string"
      ? `it is of type ${field.type.type}`
      : partitionBy.indexOf(column) < i
      ? "it is named twice"
      : partitionBy.length === fields.length
      ? "nothing is left for the files"
      : null;
    if (problem === null) continue;
    throw new TableError(`Cannot partition the table by "${column}": ${problem}`);
  }
}

/**
 * Commits files to a Delta table: all of them, or none.
 *
 * Any number of processes may commit to a table at a time. A commit takes the next version by a write that only one process can make. The
 * others read what came between, check that it does not conflict with their work, and take the version after it. If an answer was lost, a
 * token in `commitInfo` tells the process's own commit from others. This holds for all stores that can create an object only if it does not
 * exist (file systems with hard links, S3, R2, Azure, GCS). Other programs must do the same: Spark needs its multi-cluster S3 commit
 * service (`io.delta.storage.S3DynamoDBLogStore`) to commit from several clusters, and does not see our commits in it, so let only one side
 * write.
 *
 * @param target Location of the table.
 * @param files Files that a `DatasetWriter` with the same target has written, in this process or another one.
 * @param options How.
 * @returns The version that contains the files.
 * @throws {TypeError | RangeError} For wrong options.
 * @throws {TableError} If there is no table; if it has features that this library does not support (the message names them); or if the files do not fit it: partitioned differently, with columns that it lacks or has with another type, or with nulls that it does not allow.
 * @throws {SchemaError} If `schema` contradicts that of the table.
 * @throws {AbortError} When `signal` fired.
 */
export async function commitToDelta(
  target: TableTarget,
  files: readonly DataFile[],
  options: CommitToDeltaOptions = {},
): Promise<DeltaCommit> {
  const { signal, maxAttempts = MAX_ATTEMPTS, txn } = checkCommitOptions(options);
  const mode = checkMode(options.mode ?? "append");
  if (!Array.isArray(files)) throw new TypeError("Cannot commit: expected an array of files");
  if (txn !== undefined && !(typeof txn.appId === "string" && Number.isSafeInteger(txn.version))) {
    throw new TypeError("Cannot commit: txn needs a string appId and an integer version");
  }
  const rows = options.schema === undefined ? null : deltaSchema(toArrowSchema(options.schema));
  const store = await openStore(target);
  const token = crypto.randomUUID();
  for (let attempt = 1;; attempt++) {
    if (signal?.aborted) throw new AbortError("Cannot commit: aborted", { cause: signal.reason });
    const state = await tableState(store, signal);
    const done = txn === undefined ? undefined : state.txns.get(txn.appId);
    if (done !== undefined && done.version >= txn!.version) {
      return { version: state.version, committed: false };
    }
    const actions = actionsFor(state, files, mode, rows, token, options);
    const version = state.version + 1;
    if (await put(store, version, actions, token, signal)) {
      await checkpointAfter(store, version, options).catch(() => {
        // The commit stands; the next one that is due writes a checkpoint.
      });
      return { version, committed: true };
    }
    if (attempt >= maxAttempts) {
      throw new TableError(
        `Cannot commit to ${store.url}: other commits came first, ${attempt} times`,
      );
    }
    const delay = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
    await new Promise((resolve) => setTimeout(resolve, delay * Math.random()));
  }
}

/** Takes a version; `false`: somebody else has it. */
async function put(
  store: Store,
  version: number,
  actions: readonly Action[],
  token: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const bytes = new TextEncoder().encode(commitText(actions));
  try {
    await store.put(commitKey(version), bytes, {
      ifAbsent: true,
      contentType: "application/json",
      signal,
    });
    return true;
  } catch (error) {
    const isTaken = error instanceof PreconditionError;
    if (!isTaken && outcomeOf(error) !== "unknown") throw error;
    // An answer may have been lost, and the request been repeated.
    const there = await readCommit(store, version, signal);
    if (there?.some(({ commitInfo }) => commitInfo?.["txnId"] === token)) return true;
    if (!isTaken && there === null) throw error;
    return false;
  }
}

function actionsFor(
  { protocol, metaData: before, files: active }: TableState,
  files: readonly DataFile[],
  mode: CommitMode,
  rows: DeltaStruct | null,
  token: string,
  { txn, mergeSchema = false, commitInfo: more }: CommitToDeltaOptions,
): Action[] {
  const removes = mode !== "append";
  const table = checkProtocol(protocol!, before!, removes);
  const evolved = rows === null ? table : evolvedSchema(table, rows, mergeSchema);
  const metaData: MetaDataAction = { ...before!, schemaString: JSON.stringify(evolved) };
  const { partitionColumns } = metaData;
  const actions: Action[] = [];
  if (evolved !== table) {
    if (hasLocalTimestamps(evolved) && !protocol!.writerFeatures?.includes("timestampNtz")) {
      throw new TableError(
        "Cannot add a column of local timestamps: the table lacks the feature timestampNtz",
      );
    }
    actions.push({ metaData });
  }
  if (txn !== undefined) {
    actions.push({ txn: { appId: txn.appId, version: txn.version, lastUpdated: Date.now() } });
  }
  if (removes) {
    for (const add of active.values()) {
      if (isMeant(add, mode, partitionColumns, evolved)) actions.push({ remove: removal(add) });
    }
  }
  const added = new Set<string>();
  for (const file of files) {
    const add = addition(file, evolved, metaData);
    if (added.has(add.path) || active.has(add.path)) {
      throw new TableError(`Cannot commit ${file.path}: it is already in the table`);
    }
    if (typeof mode === "object" && !isMeant(add, mode, partitionColumns, evolved)) {
      throw new TableError(
        `Cannot commit ${file.path}: it is not in the partitions of replaceWhere`,
      );
    }
    added.add(add.path);
    actions.push({ add });
  }
  const parameters = {
    mode: mode === "append" ? "Append" : "Overwrite",
    partitionBy: JSON.stringify(partitionColumns),
    ...(typeof mode === "object" ? { predicate: JSON.stringify(mode.replaceWhere) } : {}),
  };
  return [
    // By `txnId`, a commit whose answer was lost is found again.
    { commitInfo: { ...commitInfo("WRITE", parameters, token, !removes), ...more, txnId: token } },
    ...actions,
  ];
}

function commitInfo(
  operation: string,
  operationParameters: Readonly<Record<string, string>>,
  txnId: string,
  isBlindAppend: boolean,
): Readonly<Record<string, unknown>> {
  return {
    timestamp: Date.now(),
    operation,
    operationParameters,
    isBlindAppend,
    engineInfo: ENGINE,
    txnId,
  };
}

function addition(file: DataFile, schema: DeltaStruct, metaData: MetaDataAction): AddAction {
  const { partitionColumns, configuration } = metaData;
  const names = Object.keys(file.partitionValues);
  if (
    names.length !== partitionColumns.length ||
    !partitionColumns.every((name) => names.includes(name))
  ) {
    throw new TableError(
      `Cannot commit ${file.path}: it is partitioned by [${names.join(", ")}], the table by [${
        partitionColumns.join(", ")
      }]`,
    );
  }
  checkFit(file, schema, partitionColumns);
  const given = Number(configuration["delta.dataSkippingNumIndexedCols"] ?? INDEXED_COLUMNS);
  return {
    path: encodePath(file.path),
    partitionValues: file.partitionValues,
    size: file.size,
    modificationTime: file.modificationTime,
    dataChange: true,
    stats: statsOf(file, schema, Number.isSafeInteger(given) ? given : INDEXED_COLUMNS),
  };
}

/** A path as a URL has it. */
function encodePath(path: string): string {
  return encodeURI(path).replaceAll("#", "%23").replaceAll("?", "%3F");
}

function removal({ path, partitionValues, size }: AddAction): RemoveAction {
  return {
    path,
    deletionTimestamp: Date.now(),
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues,
    size,
  };
}

async function checkpointAfter(
  store: Store,
  version: number,
  { checkpointInterval, signal }: CommitToDeltaOptions,
): Promise<void> {
  if (checkpointInterval === null) return;
  const state = await tableState(store, signal);
  const configured = Number(state.metaData!.configuration["delta.checkpointInterval"]);
  const interval = checkpointInterval ?? (configured >= 1 ? configured : CHECKPOINT_INTERVAL);
  // Others may have gone on: a checkpoint of a later version is as good.
  if (version % interval === 0) await writeCheckpoint(store, state);
}
