/**
 * Checkpoints: the state of a table in one Parquet file, so that readers need not read all commits.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
 *
 * @module
 */

import { toParquet } from "../pipeline/write_parquet.ts";
import { type RowSchema, schema } from "../rows/schema.ts";
import { type Shape, t } from "../rows/t.ts";
import type { Store } from "../store/store.ts";
import type { AddAction, MetaDataAction } from "./actions.ts";
import type { DeltaStruct } from "./delta_schema.ts";
import { checkpointKey, LAST_CHECKPOINT } from "./log_files.ts";
import { parsedPartition, partitionType, StatsColumns } from "./stats_columns.ts";
import type { TableState } from "./table_state.ts";

const texts = () => t.map(t.utf8(), t.utf8().nullable());

/** Columns of actions, but for those of `add`. */
const ACTIONS = {
  txn: t.struct({
    appId: t.utf8(),
    version: t.int64(),
    lastUpdated: t.int64().nullable(),
  }).nullable(),
  remove: t.struct({
    path: t.utf8(),
    deletionTimestamp: t.int64().nullable(),
    dataChange: t.bool(),
    extendedFileMetadata: t.bool().nullable(),
    partitionValues: texts().nullable(),
    size: t.int64().nullable(),
  }).nullable(),
  metaData: t.struct({
    id: t.utf8(),
    name: t.utf8().nullable(),
    description: t.utf8().nullable(),
    format: t.struct({ provider: t.utf8(), options: texts() }),
    schemaString: t.utf8(),
    partitionColumns: t.list(t.utf8()),
    configuration: texts(),
    createdTime: t.int64().nullable(),
  }).nullable(),
  protocol: t.struct({
    minReaderVersion: t.int32(),
    minWriterVersion: t.int32(),
    readerFeatures: t.list(t.utf8()).nullable(),
    writerFeatures: t.list(t.utf8()).nullable(),
  }).nullable(),
  domainMetadata: t.struct({
    domain: t.utf8(),
    configuration: t.utf8(),
    removed: t.bool(),
  }).nullable(),
};

/** Columns of `add`. */
const ADD = {
  path: t.utf8(),
  partitionValues: texts(),
  size: t.int64(),
  modificationTime: t.int64(),
  dataChange: t.bool(),
  tags: texts().nullable(),
};

const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
};

/** Milliseconds for which files that were removed are remembered: without that, a vacuum takes them from those who read older versions. */
function retentionMs(configuration: Readonly<Record<string, string>>): number {
  const text = configuration["delta.deletedFileRetentionDuration"];
  if (text === undefined) return 7 * DAY_MS;
  const [, count, unit = ""] = /^\s*(?:interval\s+)?(\d+)\s+([a-z]+?)s?\s*$/i.exec(text) ?? [];
  const unitMs = UNITS_MS[unit.toLowerCase()];
  // An interval that is not understood may be any.
  return unitMs === undefined ? Infinity : Number(count) * unitMs;
}

/** Writes the checkpoint of a state, and says in `_last_checkpoint` that it is there. */
export async function writeCheckpoint(store: Store, state: TableState): Promise<void> {
  const { version, protocol, metaData, removed, txns, domains } = state;
  // The state goes on while the checkpoint is written.
  const files = addRows(state);
  const since = Date.now() - retentionMs(metaData!.configuration);
  const add = t.struct({ ...ADD, ...files.shape }).nullable();
  const columns = schema({ ...ACTIONS, add });
  const rows = [
    { protocol },
    { metaData },
    ...Array.from(txns.values(), (txn) => ({ txn })),
    ...Array.from(domains.values(), (domainMetadata) => ({ domainMetadata })),
    ...files.rows.map((add) => ({ add })),
    ...Array.from(removed.values()).filter(({ deletionTimestamp }) =>
      (deletionTimestamp ?? 0) > since
    )
      .map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ].map((row) => knownMembers(row, columns));
  const bytes = await toParquet(rows, {
    schema: columns as never,
    compression: "snappy",
    parallelism: 0,
  });
  await store.put(checkpointKey(version), bytes);
  const hint = {
    version,
    size: rows.length,
    sizeInBytes: bytes.length,
    numOfAddFiles: files.rows.length,
  };
  await store.put(LAST_CHECKPOINT, new TextEncoder().encode(JSON.stringify(hint)), {
    contentType: "application/json",
  });
}

/** Rows of `add`, and what columns they have beside those of all tables: statistics as the table wants them, as text, columns, or both. */
function addRows({ files, metaData }: TableState): { rows: object[]; shape: Shape } {
  const { configuration } = metaData!;
  const text: Shape = configuration["delta.checkpoint.writeStatsAsJson"] === "false"
    ? {}
    : { stats: t.utf8().nullable() };
  // Files in a checkpoint are no change of the table.
  const rows = Array.from(files.values(), (add) => ({ ...add, dataChange: false }));
  if (configuration["delta.checkpoint.writeStatsAsStruct"] !== "true") return { rows, shape: text };
  const { shape, parse } = parsedColumns(metaData!);
  const parsed = rows.map((add) => ({ ...add, ...parse(add) }));
  return { rows: parsed, shape: { ...text, ...shape() } };
}

/** Statistics and partition values as columns; their shape is known once those of all files were parsed. */
function parsedColumns({ schemaString, partitionColumns }: MetaDataAction) {
  const table = JSON.parse(schemaString) as DeltaStruct;
  const stats = new StatsColumns(table);
  return {
    parse: (add: AddAction) => ({
      stats_parsed: stats.parse(add.stats),
      partitionValues_parsed: parsedPartition(add.partitionValues, table, partitionColumns),
    }),
    shape: (): Shape => ({
      stats_parsed: stats.type().nullable(),
      ...(partitionColumns.length > 0 && {
        partitionValues_parsed: partitionType(table, partitionColumns).nullable(),
      }),
    }),
  };
}

/** The members that a checkpoint has columns for: other writers may have put others into their actions. */
function knownMembers(row: object, { fields }: RowSchema): object {
  return Object.fromEntries(
    Object.entries(row).map(([action, value]) => {
      const { type } = fields.find(({ name }) => name === action)!;
      const names = type.kind === "struct" ? type.children.map(({ name }) => name) : [];
      return [
        action,
        Object.fromEntries(
          names.map((name) => [name, (value as Record<string, unknown>)[name] ?? null]),
        ),
      ];
    }),
  );
}
