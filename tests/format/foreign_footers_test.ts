/** Footers of other writers, read by us and by hyparquet, and written again. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { parquetMetadata } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { Table as WasmTable, writeParquet } from "parquet-wasm";
import type { ParquetMetaData } from "../../src/format/metadata.ts";
import { decodeFileMetaData, encodeFileMetaData } from "../../src/format/structures.ts";
import type { ThriftAnomaly } from "../../src/format/thrift_compact_reader.ts";
import { duckdb, quoted, withFile } from "../support/duckdb.ts";
import { readThrift } from "../support/thrift_reader.ts";
import { fromHyparquet } from "./hyparquet_metadata.ts";

function footerOf(file: Uint8Array): Uint8Array {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(file.length - 8, true);
  return file.subarray(file.length - 8 - length, file.length - 8);
}

/** The footer, and what was unusual in it, having checked it against hyparquet's reading. */
function check(file: Uint8Array): { metadata: ParquetMetaData; anomalies: string[] } {
  const footer = footerOf(file);
  const anomalies: string[] = [];
  const onAnomaly = ({ kind, struct, id }: ThriftAnomaly) => {
    anomalies.push(`${kind} ${struct}.${id}`);
  };
  const metadata = decodeFileMetaData(footer, { onAnomaly });
  assert.deepEqual(
    withoutBounds(metadata),
    fromHyparquet(parquetMetadata(file.slice().buffer, { geoparquet: false })),
  );
  // Written again it says the same, member by member.
  const rewritten = encodeFileMetaData(metadata);
  assert.deepEqual(decodeFileMetaData(rewritten), metadata);
  if (anomalies.length === 0) {
    assert.deepEqual(readThrift(rewritten, 0).value, readThrift(footer, 0).value);
  }
  return { metadata, anomalies };
}

function withoutBounds({ columnOrders: _, ...metadata }: ParquetMetaData): unknown {
  return {
    ...metadata,
    rowGroups: metadata.rowGroups.map((rowGroup) => ({
      ...rowGroup,
      columns: rowGroup.columns.map((chunk) => {
        if (chunk.metaData.statistics === undefined) return chunk;
        const { min: _a, max: _b, minValue: _c, maxValue: _d, nanCount: _e, ...statistics } =
          chunk.metaData.statistics;
        return { ...chunk, metaData: { ...chunk.metaData, statistics } };
      }),
    })),
  };
}

test("a footer of parquet-wasm (arrow-rs)", () => {
  const table = tableFromArrays({
    id: BigInt64Array.from([1n, 2n, -3n]),
    name: ["a", "b", null],
    small: Uint8Array.of(1, 2, 255),
    at: [new Date(0), new Date(1e12), null],
    value: Float64Array.of(0, -1.5, NaN),
  });
  const file = writeParquet(WasmTable.fromIPCStream(tableToIPC(table, "stream")));
  const { metadata, anomalies } = check(file);
  assert.deepEqual(anomalies, []);
  assert.equal(metadata.numRows, 3);
  assert.deepEqual(metadata.schema.map(({ name }) => name).slice(1), [
    "id",
    "name",
    "small",
    "at",
    "value",
  ]);
  assert.deepEqual(metadata.schema[3]!.logicalType, {
    type: "INTEGER",
    bitWidth: 8,
    isSigned: false,
  });
  // The very bytes: arrow-rs has the same order of members and the same forms.
  assert.deepEqual(encodeFileMetaData(metadata), footerOf(file).slice());
});

test("a footer of DuckDB", async () => {
  const file = await withFile(new Uint8Array(0), async (path) => {
    await (await duckdb()).run(`copy (
      select range as id, 'name ' || range as name, range::decimal(20, 3) as amount,
        timestamp '2024-01-01' + interval (range) hour as at, date '2024-01-01' as day, uuid() as uuid,
        [range, null] as list, {'a': range, 'b': 'x'} as struct, map {'k': range} as map,
        range::double as value, (range % 2) = 0 as flag, range::utinyint as small, time '12:00:00' as time
      from range(100)) to ${quoted(path)} (format parquet, compression zstd, row_group_size 50)`);
    return new Uint8Array(readFileSync(path));
  });
  const { metadata, anomalies } = check(file);
  assert.deepEqual(anomalies, []);
  assert.equal(metadata.numRows, 100);
  const element = (name: string) => metadata.schema.find((candidate) => candidate.name === name)!;
  assert.equal(element("at").logicalType?.type, "TIMESTAMP");
  assert.equal(element("uuid").logicalType?.type, "UUID");
  assert.equal(element("day").convertedType, "DATE");
  assert.equal(element("amount").scale, 3);
});

test("a footer of hyparquet-writer, whose integers are as wide as they like", () => {
  const columnData: ColumnSource[] = [
    { name: "id", data: [1, 2, 3], type: "INT32" },
    { name: "big", data: [1n, 2n, 3n], type: "INT64" },
    { name: "name", data: ["x", "y", "z"], type: "STRING" },
  ];
  const { metadata, anomalies } = check(new Uint8Array(parquetWriteBuffer({ columnData })));
  assert.deepEqual(anomalies, []);
  assert.equal(metadata.numRows, 3);

  const unsigned = parquetWriteBuffer({
    columnData: [{ name: "u", data: [1, 2] }],
    schema: [
      { name: "root", num_children: 1 },
      {
        name: "u",
        type: "INT32",
        repetition_type: "REQUIRED",
        logical_type: { type: "INTEGER", bitWidth: 8, isSigned: false },
      },
    ],
  });
  assert.deepEqual(check(new Uint8Array(unsigned)).anomalies, ["integerWidth IntType.1"]);
});
