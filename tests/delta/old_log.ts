/** Tables whose logs begin with a checkpoint, in every form that a checkpoint may have. */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { schema, t, toParquet, type WriterOptions } from "../../mod.ts";

const texts = () => t.map(t.utf8(), t.utf8().nullable()).nullable();

/** A checkpoint's columns as Spark has them: nullable throughout, with statistics and partition values as columns, too. */
const ROW = schema({
  txn: t.struct({
    appId: t.utf8().nullable(),
    version: t.int64().nullable(),
    lastUpdated: t.int64().nullable(),
  }).nullable(),
  add: t.struct({
    path: t.utf8().nullable(),
    partitionValues: texts(),
    size: t.int64().nullable(),
    modificationTime: t.int64().nullable(),
    dataChange: t.bool().nullable(),
    tags: texts(),
    deletionVector: t.struct({
      storageType: t.utf8().nullable(),
      cardinality: t.int64().nullable(),
    }).nullable(),
    baseRowId: t.int64().nullable(),
    stats: t.utf8().nullable(),
    stats_parsed: t.struct({
      numRecords: t.int64().nullable(),
      minValues: t.struct({ x: t.float64().nullable(), d: t.decimal128(9, 2).nullable() })
        .nullable(),
    }).nullable(),
    partitionValues_parsed: t.struct({ day: t.date32().nullable() }).nullable(),
  }).nullable(),
  remove: t.struct({
    path: t.utf8().nullable(),
    deletionTimestamp: t.int64().nullable(),
    dataChange: t.bool().nullable(),
    extendedFileMetadata: t.bool().nullable(),
    partitionValues: texts(),
    size: t.int64().nullable(),
  }).nullable(),
  metaData: t.struct({
    id: t.utf8().nullable(),
    name: t.utf8().nullable(),
    description: t.utf8().nullable(),
    format: t.struct({ provider: t.utf8().nullable(), options: texts() }).nullable(),
    schemaString: t.utf8().nullable(),
    partitionColumns: t.list(t.utf8().nullable()).nullable(),
    configuration: texts(),
    createdTime: t.int64().nullable(),
  }).nullable(),
  protocol: t.struct({
    minReaderVersion: t.int32().nullable(),
    minWriterVersion: t.int32().nullable(),
    readerFeatures: t.list(t.utf8().nullable()).nullable(),
    writerFeatures: t.list(t.utf8().nullable()).nullable(),
  }).nullable(),
  domainMetadata: t.struct({
    domain: t.utf8().nullable(),
    configuration: t.utf8().nullable(),
    removed: t.bool().nullable(),
  }).nullable(),
  checkpointMetadata: t.struct({ version: t.int64().nullable(), tags: texts() }).nullable(),
  sidecar: t.struct({
    path: t.utf8().nullable(),
    sizeInBytes: t.int64().nullable(),
    modificationTime: t.int64().nullable(),
    tags: texts(),
  }).nullable(),
});

/** A row of a checkpoint. */
export type CheckpointRow = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Bytes of rows as a checkpoint's file. */
export async function checkpointBytes(
  rows: readonly CheckpointRow[],
  options: WriterOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await toParquet(rows as never, { schema: ROW, parallelism: 0, ...options });
}

/** The name of a file of the log. */
export function logName(version: number, rest: string): string {
  return `${String(version).padStart(20, "0")}.${rest}`;
}

/** Rows by the file that they are put into; names that end in `.json` are lines of JSON. */
export async function putCheckpoint(
  folder: string,
  files: Readonly<Record<string, readonly CheckpointRow[]>>,
  options: WriterOptions = {},
): Promise<void> {
  mkdirSync(join(folder, "_delta_log", "_sidecars"), { recursive: true });
  for (const [name, rows] of Object.entries(files)) {
    const path = join(folder, "_delta_log", name);
    if (!name.endsWith(".json")) writeFileSync(path, await checkpointBytes(rows, options));
    else writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }
}

/** Removes what a cleanup of metadata would: everything before a version. */
export function forgetBefore(folder: string, version: number): void {
  const log = join(folder, "_delta_log");
  for (const name of readdirSync(log)) {
    if (/^\d{20}\./.test(name) && Number(name.slice(0, 20)) < version) rmSync(join(log, name));
  }
}
