/**
 * Other Parquet writers that a JavaScript program can call, each in the form in which it takes its input fastest.
 *
 * @module
 */

import {
  DataType,
  type Field,
  type RecordBatch,
  type Schema,
  Table,
  tableToIPC,
} from "apache-arrow";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { zstdCompressSync } from "node:zlib";
import { constants } from "node:zlib";
import {
  Compression,
  Table as WasmTable,
  writeParquet as writeWithParquetWasm,
  WriterPropertiesBuilder,
} from "parquet-wasm";

/** How a file is compressed. */
export interface PeerCompression {
  readonly codec: "uncompressed" | "zstd";
  readonly level?: number;
}

/** Gives the size of the file. */
export type WriteOnce = () => number;

/** Arrow IPC bytes of all batches: the input of parquet-wasm. */
export function ipcBytes(schema: Schema, batches: readonly RecordBatch[]): Uint8Array {
  return tableToIPC(new Table(schema, [...batches]), "stream");
}

/** parquet-wasm from Arrow IPC bytes, which is all that it takes; its level of zstd cannot be set. */
export function parquetWasm(
  ipc: () => Uint8Array,
  { codec }: PeerCompression,
  rowGroup: number,
): WriteOnce {
  return () => {
    const properties = new WriterPropertiesBuilder()
      .setCompression(codec === "zstd" ? Compression.ZSTD : Compression.UNCOMPRESSED)
      .setMaxRowGroupSize(rowGroup)
      .build();
    return writeWithParquetWasm(WasmTable.fromIPCStream(ipc()), properties).length;
  };
}

/** hyparquet-writer from JavaScript arrays, which are made beforehand. */
export function hyparquetWriter(
  schema: Schema,
  batches: readonly RecordBatch[],
  { codec, level }: PeerCompression,
  rowGroup: number,
): WriteOnce {
  const table = new Table(schema, [...batches]);
  const elements = [
    { name: "root", num_children: schema.fields.length } as SchemaElement,
    ...schema.fields.flatMap((field) => schemaElements(field)),
  ];
  const columnData = schema.fields.map(({ name, type }, i) => {
    const vector = table.getChildAt(i)!;
    const data = DataType.isInt(type)
      ? vector.toArray()
      : Array.from(vector, (value) => plain(value));
    return { name, data };
  });
  const compressors = {
    ZSTD: (input: Uint8Array) =>
      zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: level ?? 3 } }),
  };
  return () =>
    parquetWriteBuffer({
      columnData,
      schema: elements,
      codec: codec === "zstd" ? "ZSTD" : "UNCOMPRESSED",
      compressors,
      rowGroupSize: rowGroup,
    }).byteLength;
}

// deno-lint-ignore no-explicit-any
function plain(value: any): unknown {
  if (value === null || typeof value !== "object") return value;
  if ("toJSON" in value) {
    const json = value.toJSON();
    return Array.isArray(json) ? json : { ...json };
  }
  return value;
}

function schemaElements({ name, type, nullable }: Field): SchemaElement[] {
  const repetition_type = nullable ? "OPTIONAL" as const : "REQUIRED" as const;
  const base = { name, repetition_type };
  if (DataType.isBool(type)) return [{ ...base, type: "BOOLEAN" }];
  if (DataType.isInt(type)) return [{ ...base, type: type.bitWidth === 64 ? "INT64" : "INT32" }];
  if (DataType.isFloat(type)) return [{ ...base, type: "DOUBLE" }];
  if (DataType.isUtf8(type)) return [{ ...base, type: "BYTE_ARRAY", converted_type: "UTF8" }];
  if (DataType.isList(type)) {
    return [
      { ...base, num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...schemaElements(type.children[0]!.clone({ name: "element" })),
    ];
  }
  if (DataType.isStruct(type)) {
    return [
      { ...base, num_children: type.children.length },
      ...type.children.flatMap((child) => schemaElements(child)),
    ];
  }
  throw new TypeError(`No schema element of ${type}`);
}
