/**
 * Reads the rows of a part.
 *
 * @module
 */

import {
  type BatchSource,
  fromCsv,
  fromJson,
  fromNdjson,
  type RowSchema,
  schema,
} from "../../mod.ts";
import type { RecordBatch } from "apache-arrow";
import { parquetSource } from "../../src/reader/parquet_batches.ts";
import type { Store } from "../../src/store/mod.ts";
import { openArrowFile } from "./arrow_file.ts";
import { bytesOf, linesOf, plainBytesOf, sizeOf } from "./byte_source.ts";
import { openParquetFile } from "./parquet_file.ts";
import type { Part } from "./parts.ts";

/** Rows of a part, as every writer takes them. */
export type PartRows =
  | BatchSource
  | AsyncIterable<RecordBatch>
  | AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Opens a part. Text becomes the types of `rowSchema`; Arrow and Parquet bring their own. */
export async function readPart(
  store: Store,
  { key, kind, range }: Part,
  rowSchema: RowSchema,
): Promise<PartRows> {
  const size = await sizeOf(store, key);
  switch (kind) {
    case "parquet":
      return parquetSource(await openParquetFile(store, key, range));
    case "arrow":
      return range === undefined ? plainBytesOf(store, key) : batchesOf(store, key, size, range);
    case "ndjson":
      return fromNdjson(linesOf(store, key, size, range ?? [0, size]), { schema: rowSchema });
    case "csv":
      return fromCsv(bytesOf(store, key, size), { schema: rowSchema });
    case "json":
      return fromJson(bytesOf(store, key, size), { schema: rowSchema });
  }
}

/** The schema of an input: its own, or inferred from its first rows. */
export async function schemaOf(store: Store, { key, kind }: Part): Promise<RowSchema> {
  if (kind === "parquet") {
    const { plan: { schema: { fields } } } = await openParquetFile(store, key);
    return schema({ fields, metadata: new Map() });
  }
  const size = await sizeOf(store, key);
  if (kind === "arrow") {
    const { RecordBatchReader } = await import("apache-arrow");
    const file = await openArrowFile(store, key, size) ??
      await RecordBatchReader.from(plainBytesOf(store, key));
    await file.open();
    return schema(file.schema);
  }
  const bytes = bytesOf(store, key, size);
  const text = kind === "csv"
    ? fromCsv(bytes)
    : kind === "json"
    ? fromJson(bytes)
    : fromNdjson(bytes);
  return schema(await text.ready());
}

async function* batchesOf(
  store: Store,
  key: string,
  size: number,
  [from, to]: readonly [number, number],
): AsyncGenerator<RecordBatch> {
  const file = await openArrowFile(store, key, size);
  for (let i = from; i < to; i++) yield (await file!.readRecordBatch(i))!;
}
