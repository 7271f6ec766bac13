/** Readers that skip pages by their index skip none that they need. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DataType,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Schema,
  Table,
  tableFromIPC,
  Uint32,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { type FileMetaData, parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ParquetFile } from "parquet-wasm";
import { readParquetMetadata, type WriterOptions } from "../../mod.ts";
import { fieldOf, valuesOf } from "../support/arrow_values.ts";
import { bufferOf } from "../support/hyparquet_reader.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertValues } from "../support/values.ts";
import { expectedOf, written } from "./written.ts";

const OPTIONS: readonly WriterOptions[] = [
  {},
  { dictionaryEnabled: false },
  { writerVersion: "2.0", compression: "snappy" },
  { dictionaryPageSizeLimit: 500, columnIndexTruncateLength: 2 },
];
const COUNT = 1000;

/** Sorted, falling, clustered, random, with nulls: pages of 50 rows each of another range. */
function ordered(): Table {
  const at = (value: (i: number) => unknown, type: DataType) =>
    vectorFromArray(Array.from({ length: COUNT }, (_, i) => value(i)), type);
  return new Table({
    id: at((i) => i, new Int32()),
    falling: at((i) => BigInt(COUNT - i) * 1_000_000n - 500_000_000n, new Int64()),
    unsigned: at((i) => (i * 4_000_000) >>> 0, new Uint32()),
    clustered: at((i) => i % 100 < 30 ? null : `group ${Math.floor(i / 70)}`, new Utf8()),
    random: at((i) => ((i * 7919) % 1009) / 8 - 50, new Float64()),
  });
}

type Scalar = number | bigint | string | null;

test("hyparquet finds every row by page index, and reads less for it", async () => {
  const table = ordered();
  const names = table.schema.fields.map(({ name }) => name);
  const columns = new Map(
    names.map((name) => [name, [...table.getChild(name)!] as Scalar[]]),
  );
  for (const options of OPTIONS) {
    const bytes = await written(table, { ...options, dataPageRowCountLimit: 50 });
    const buffer = bufferOf(bytes);
    for (const [name, values] of columns) {
      let read = 0;
      const file = {
        byteLength: buffer.byteLength,
        slice(from: number, to?: number) {
          read += (to ?? buffer.byteLength) - from;
          return buffer.slice(from, to);
        },
      };
      for (const at of [31, 399, 977]) {
        const value = values[at]!;
        const conditions: [string, (other: Scalar) => boolean][] = [
          ["$eq", (other) => other === value],
          ["$gte", (other) => other !== null && other >= value],
          ["$lt", (other) => other !== null && other < value],
        ];
        for (const [operator, holds] of conditions) {
          const rows = await parquetReadObjects({
            file,
            usePageIndex: true,
            compressors,
            columns: [name, "id"],
            filter: { [name]: { [operator]: value } },
          });
          const expected = values.flatMap((other, i) => holds(other) ? [i] : []);
          assert.deepEqual(rows.map(({ id }) => id), expected, `${name} ${operator} ${value}`);
        }
      }
      // Of a random column every page may be needed, and a column of few values is smaller than its index.
      if (name === "random" || name === "clustered") continue;
      const bytesRead = async (metadata: FileMetaData): Promise<number> => {
        read = 0;
        const filter = { [name]: { $eq: values[500] } };
        await parquetReadObjects({
          file,
          usePageIndex: true,
          metadata,
          compressors,
          columns: [name],
          filter,
        });
        return read;
      };
      const metadata = parquetMetadata(buffer);
      const [skipping, all] = [await bytesRead(metadata), await bytesRead(withoutIndex(metadata))];
      assert.ok(skipping < all, `${name}: ${skipping} bytes instead of ${all}`);
    }
  }
});

function withoutIndex(metadata: FileMetaData): FileMetaData {
  const groups = metadata.row_groups.map((group) => ({
    ...group,
    columns: group.columns.map(({ meta_data, file_offset }) => ({
      file_offset,
      ...(meta_data === undefined ? {} : { meta_data }),
    })),
  }));
  return { ...metadata, row_groups: groups };
}

test("parquet-wasm, which reads the page index, gives any range of rows", async () => {
  const schema = new Schema([
    new Field<DataType>("a", new Int32(), true),
    new Field<DataType>("b", new Utf8(), false),
    new Field<DataType>("c", new List(new Field("item", new Utf8(), true)), true),
    new Field<DataType>("d", new Decimal(2, 30, 128), true),
  ]);
  const shape = { seed: 9, nulls: 0.2, distinct: 30, garbage: true, sliced: 0 };
  const rows = { schema, batches: [randomBatch(schema, 400, shape)] };
  const expected = expectedOf(rows);
  for (const options of OPTIONS) {
    const bytes = await written(rows, {
      ...options,
      dataPageRowCountLimit: 30,
      maxRowGroupRowCount: 250,
    });
    const file = await ParquetFile.fromFile(new Blob([bytes.slice()]));
    for (const [offset, limit] of [[0, 30], [29, 2], [95, 40], [230, 60], [399, 1]] as const) {
      const table = tableFromIPC((await file.read({ offset, limit })).intoIPCStream());
      expected.forEach(({ field, values }, i) => {
        assert.deepEqual(fieldOf(table.schema.fields[i]!).type.kind, field.type.kind);
        assertValues(
          valuesOf(table.getChildAt(i)!),
          values.slice(offset, offset + limit),
          `rows from ${offset} of "${field.name}"`,
        );
      });
    }
    file.free();
  }
});

test("parquet-wasm does read the column index", async () => {
  const bytes = await written(ordered(), { dataPageRowCountLimit: 50 });
  const { rowGroups } = await readParquetMetadata(bytes);
  const { columnIndexOffset, columnIndexLength } = rowGroups[0]!.columns[0]!;
  const broken = bytes.slice();
  broken.fill(0xff, columnIndexOffset!, columnIndexOffset! + columnIndexLength!);
  await assert.rejects(async () => {
    const file = await ParquetFile.fromFile(new Blob([broken]));
    await file.read({ offset: 0, limit: 1 });
  });
});
