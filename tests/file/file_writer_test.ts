import assert from "node:assert/strict";
import { test } from "node:test";
import { parquetMetadata } from "hyparquet";
import { parquetReadObjects } from "hyparquet";
import type { EncodedColumnChunk } from "../../src/column/encoded_column_chunk.ts";
import { FileLayout } from "../../src/file/file_writer.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import type { ColumnMetaData, SchemaElement } from "../../src/format/metadata.ts";
import {
  decodeColumnIndex,
  decodeOffsetIndex,
  decodePageHeader,
  encodeColumnIndex,
  encodePageHeader,
} from "../../src/format/structures.ts";
import { LimitError, ParquetError } from "../../src/util/errors.ts";
import { LIMITS } from "../../src/util/limits.ts";
import { query, quoted, withFile } from "../support/duckdb.ts";

const SCHEMA: readonly SchemaElement[] = [
  { name: "schema", numChildren: 2 },
  { name: "a", type: "INT32", repetitionType: "REQUIRED" },
  { name: "b", type: "INT64", repetitionType: "REQUIRED" },
];
const LIST_SCHEMA: readonly SchemaElement[] = [
  { name: "schema", numChildren: 1 },
  { name: "a", type: "INT32", repetitionType: "REPEATED" },
];

/** A chunk of required integers, PLAIN and uncompressed; with a dictionary page where `dictionary` says so. */
function chunkOf(
  column: number,
  values: readonly number[],
  { dictionary = false, ...extra }: Partial<EncodedColumnChunk> & { dictionary?: boolean } = {},
): EncodedColumnChunk {
  const width = column === 0 ? 4 : 8;
  const plain = new Uint8Array(values.length * width);
  const view = new DataView(plain.buffer);
  values.forEach((value, i) => {
    if (width === 4) view.setInt32(i * 4, value, true);
    else view.setBigInt64(i * 8, BigInt(value), true);
  });
  const levels = { definitionLevelEncoding: "RLE", repetitionLevelEncoding: "RLE" } as const;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let dataPageOffset = 0;
  let data = plain;
  if (dictionary) {
    const header = encodePageHeader({
      type: "DICTIONARY_PAGE",
      uncompressedPageSize: plain.length,
      compressedPageSize: plain.length,
      dictionaryPageHeader: { numValues: values.length, encoding: "PLAIN" },
    });
    parts.push(header, plain);
    dataPageOffset = header.length + plain.length;
    // Ids of 8 bits, each a run of its own.
    data = Uint8Array.from([8, ...values.flatMap((_, i) => [2, i])]);
  }
  parts.push(
    encodePageHeader({
      type: "DATA_PAGE",
      uncompressedPageSize: data.length,
      compressedPageSize: data.length,
      dataPageHeader: {
        numValues: values.length,
        encoding: dictionary ? "RLE_DICTIONARY" : "PLAIN",
        ...levels,
      },
    }),
    data,
  );
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    column,
    parts,
    byteLength,
    metaData: {
      type: column === 0 ? "INT32" : "INT64",
      encodings: dictionary ? ["PLAIN", "RLE_DICTIONARY"] : ["PLAIN"],
      pathInSchema: [column === 0 ? "a" : "b"],
      codec: "UNCOMPRESSED",
      numValues: values.length,
      totalUncompressedSize: byteLength,
      totalCompressedSize: byteLength,
      dataPageOffset,
      ...(dictionary ? { dictionaryPageOffset: 0 } : {}),
    },
    ...extra,
  };
}

function withMetaData(
  chunk: EncodedColumnChunk,
  change: Partial<ColumnMetaData>,
): EncodedColumnChunk {
  return { ...chunk, metaData: { ...chunk.metaData, ...change } };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

test("FileLayout lays out a file that readers read", async () => {
  const layout = new FileLayout(SCHEMA, {
    sortingColumns: [{ columnIdx: 0, descending: false, nullsFirst: false }],
  });
  const parts = [layout.start()];
  parts.push(...layout.addRowGroup([chunkOf(0, [1, 2, 3]), chunkOf(1, [4, 5, 6])], 3));
  parts.push(
    ...layout.addRowGroup([chunkOf(0, [7, 8], { dictionary: true }), chunkOf(1, [9, 10])], 2),
  );
  const bytesAccepted = concatenate(parts).length;
  assert.equal(layout.byteLength, bytesAccepted);
  assert.equal(layout.numRows, 5);
  const { bytes, metadata } = layout.finish({
    keyValueMetadata: [{ key: "k", value: "v" }],
    createdBy: "test",
    rowsAccepted: 5,
    bytesAccepted,
  });
  const file = concatenate([...parts, bytes]);
  assert.equal(layout.byteLength, file.length);

  assert.deepEqual(await readParquetMetadata(file), metadata);
  assert.equal(metadata.version, 1);
  assert.equal(metadata.numRows, 5);
  assert.equal(metadata.createdBy, "test");
  assert.deepEqual(metadata.columnOrders, [{ type: "TYPE_ORDER" }, { type: "TYPE_ORDER" }]);
  let position = 4;
  for (const [g, rowGroup] of metadata.rowGroups.entries()) {
    assert.equal(rowGroup.ordinal, g);
    assert.equal(rowGroup.fileOffset, position);
    assert.deepEqual(rowGroup.sortingColumns, [
      { columnIdx: 0, descending: false, nullsFirst: false },
    ]);
    for (const { fileOffset, metaData } of rowGroup.columns) {
      assert.equal(fileOffset, 0);
      const { dictionaryPageOffset, dataPageOffset } = metaData;
      if (dictionaryPageOffset !== undefined) {
        const { header, byteLength } = decodePageHeader(file, dictionaryPageOffset);
        assert.equal(header.type, "DICTIONARY_PAGE");
        assert.equal(dataPageOffset, dictionaryPageOffset + byteLength + header.compressedPageSize);
      }
      assert.equal(decodePageHeader(file, dataPageOffset).header.type, "DATA_PAGE");
      assert.equal(dictionaryPageOffset ?? dataPageOffset, position);
      position += metaData.totalCompressedSize;
    }
    const sum = rowGroup.columns.reduce(
      (size, { metaData }) => size + metaData.totalCompressedSize,
      0,
    );
    assert.equal(rowGroup.totalCompressedSize, sum);
    assert.equal(rowGroup.totalByteSize, sum);
  }

  const rows = [[1, 4n], [2, 5n], [3, 6n], [7, 9n], [8, 10n]];
  const objects = await parquetReadObjects({ file: file.buffer });
  assert.deepEqual(objects.map(({ a, b }) => [a, b]), rows);
  await withFile(file, async (path) => {
    assert.deepEqual(await query(`select a, b from ${quoted(path)}`), rows);
  });
});

test("FileLayout lays out a file without row groups", async () => {
  const layout = new FileLayout(SCHEMA);
  const file = concatenate([layout.start(), layout.finish({ keyValueMetadata: [] }).bytes]);
  const metadata = await readParquetMetadata(file);
  assert.deepEqual(metadata.rowGroups, []);
  assert.ok(!("keyValueMetadata" in metadata) && !("createdBy" in metadata));
  assert.equal(Number(parquetMetadata(file).num_rows), 0);
  await withFile(file, async (path) => {
    assert.deepEqual(await query(`select count(*)::int from ${quoted(path)}`), [[0]]);
  });
});

test("FileLayout sums up uncompressed sizes apart from compressed ones", () => {
  const layout = new FileLayout(LIST_SCHEMA);
  layout.start();
  const chunk = chunkOf(0, [1, 2, 3]);
  layout.addRowGroup([withMetaData(chunk, { totalUncompressedSize: 1000 })], 2);
  const { totalByteSize, totalCompressedSize } = layout.rowGroups[0]!;
  assert.deepEqual([totalByteSize, totalCompressedSize], [1000, chunk.byteLength]);
});

test("FileLayout writes Bloom filters, column indexes, offset indexes after the last row group", () => {
  const indexed = (column: number, values: number[]) => {
    const chunk = chunkOf(column, values);
    return {
      ...chunk,
      bloomFilter: Uint8Array.of(0xb0, column, values[0]!),
      columnIndex: encodeColumnIndex({
        nullPages: [false],
        minValues: [Uint8Array.of(values[0]!)],
        maxValues: [Uint8Array.of(values.at(-1)!)],
        boundaryOrder: "ASCENDING",
      }),
      offsetIndex: {
        firstOffset: 0,
        compressedPageSizes: [chunk.byteLength],
        firstRowIndexes: [0],
      },
    } satisfies EncodedColumnChunk;
  };
  const layout = new FileLayout(SCHEMA);
  const parts = [layout.start()];
  parts.push(...layout.addRowGroup([indexed(0, [1]), chunkOf(1, [2])], 1));
  parts.push(...layout.addRowGroup([indexed(0, [3]), indexed(1, [4])], 1));
  const rowsEnd = layout.byteLength;
  const { pendingBytes } = layout;
  const { bytes, metadata } = layout.finish();
  const file = concatenate([...parts, bytes]);
  const chunks = metadata.rowGroups.flatMap(({ columns }) => columns);
  const plain = chunks[1]!;
  assert.ok(!("columnIndexOffset" in plain) && !("offsetIndexOffset" in plain));
  assert.ok(!("bloomFilterOffset" in plain.metaData));

  const places: [number, number][] = [];
  const withIndexes = chunks.filter((chunk) => chunk !== plain);
  for (const { metaData } of withIndexes) {
    const at = metaData.bloomFilterOffset!;
    places.push([at, metaData.bloomFilterLength!]);
    assert.equal(file[at], 0xb0);
    assert.equal(file[at + 1], metaData.type === "INT32" ? 0 : 1);
  }
  for (const chunk of withIndexes) {
    const at = chunk.columnIndexOffset!;
    places.push([at, chunk.columnIndexLength!]);
    const { value, byteLength } = decodeColumnIndex(file, at);
    assert.equal(byteLength, chunk.columnIndexLength);
    assert.equal(value.boundaryOrder, "ASCENDING");
  }
  for (const chunk of withIndexes) {
    const at = chunk.offsetIndexOffset!;
    places.push([at, chunk.offsetIndexLength!]);
    const { value, byteLength } = decodeOffsetIndex(file, at);
    assert.equal(byteLength, chunk.offsetIndexLength);
    assert.deepEqual(value.pageLocations, [{
      offset: chunk.metaData.dataPageOffset,
      compressedPageSize: chunk.metaData.totalCompressedSize,
      firstRowIndex: 0,
    }]);
  }
  // One after the other, without a gap.
  let position = rowsEnd;
  for (const [at, length] of places) {
    assert.equal(at, position);
    position += length;
  }
  assert.equal(position - rowsEnd, pendingBytes);
  const footerLength = new DataView(file.buffer).getUint32(file.length - 8, true);
  assert.equal(position, file.length - 8 - footerLength);
});

test("FileLayout refuses pages that do not fill their chunk, and a column index alone", () => {
  const layout = new FileLayout(LIST_SCHEMA);
  layout.start();
  const chunk = chunkOf(0, [1, 2, 3]);
  const { byteLength } = chunk;
  for (const [firstOffset, size] of [[0, byteLength - 1], [1, byteLength - 1]] as const) {
    const offsetIndex = { firstOffset, compressedPageSizes: [size], firstRowIndexes: [0] };
    assert.throws(() => layout.addRowGroup([{ ...chunk, offsetIndex }], 2), /its pages are said/);
  }
  const columnIndex = new Uint8Array(1);
  assert.throws(() => layout.addRowGroup([{ ...chunk, columnIndex }], 2), /no offset index/);
  assert.equal(layout.pendingBytes, 0);
});

test("FileLayout leaves the ordinal out beyond an i16", () => {
  const layout = new FileLayout(LIST_SCHEMA);
  layout.start();
  const chunk = chunkOf(0, [1]);
  for (let i = 0; i <= 32768; i++) layout.addRowGroup([chunk], 1);
  const { metadata } = layout.finish();
  assert.equal(metadata.rowGroups[32767]!.ordinal, 32767);
  assert.ok(!("ordinal" in metadata.rowGroups[32768]!));
  assert.equal(metadata.numRows, 32769);
});

test("FileLayout refuses a footer over its cap", () => {
  const write = (maxFooterBytes: number) => {
    const layout = new FileLayout(SCHEMA, { limits: { ...LIMITS, maxFooterBytes } });
    layout.start();
    layout.addRowGroup([chunkOf(0, [1]), chunkOf(1, [2])], 1);
    return layout.finish({ createdBy: "test" });
  };
  const { bytes } = write(LIMITS.maxFooterBytes);
  assert.equal(write(bytes.length - 8).bytes.length, bytes.length);
  assert.throws(() => write(bytes.length - 9), LimitError);
});

test("FileLayout refuses chunks that contradict each other or the schema, and stays as it was", () => {
  const a = chunkOf(0, [1, 2]);
  const b = chunkOf(1, [3, 4]);
  const cases: [EncodedColumnChunk[], number, RegExp][] = [
    [[a], 2, /1 chunks for 2 columns/],
    [[a, b, b], 2, /3 chunks for 2 columns/],
    [[b, a], 2, /it is column 1, not 0/],
    [[{ ...b, column: 0 }, b], 2, /the chunk is of "b"/],
    [[withMetaData(a, { type: "FLOAT" }), b], 2, /the chunk is of FLOAT/],
    [[a, b], 3, /2 values for 3 rows/],
    [[a, b], 0, /0 rows/],
    [[a, b], NaN, /NaN rows/],
    [[a, withMetaData(b, { numValues: 3 })], 2, /3 values for 2 rows/],
    [[a, { ...b, byteLength: b.byteLength + 1 }], 2, /its parts have/],
    [[a, withMetaData(b, { totalCompressedSize: 5 })], 2, /totalCompressedSize is 5/],
    [[a, withMetaData(b, { dataPageOffset: 7 })], 2, /its first page is at 7/],
    [
      [a, withMetaData(b, { dictionaryPageOffset: 0, dataPageOffset: b.byteLength })],
      2,
      /its data pages begin at/,
    ],
  ];
  const layout = new FileLayout(SCHEMA);
  layout.start();
  for (const [chunks, numRows, message] of cases) {
    assert.throws(() => layout.addRowGroup(chunks, numRows), (error) => {
      assert.ok(error instanceof ParquetError);
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual([layout.byteLength, layout.numRows, layout.rowGroups.length], [4, 0, 0]);
  }
  layout.addRowGroup([a, b], 2);
  assert.equal(layout.finish().metadata.numRows, 2);

  const lists = new FileLayout(LIST_SCHEMA);
  lists.start();
  assert.throws(() => lists.addRowGroup([chunkOf(0, [1])], 2), /1 values for 2 rows/);
});

test("FileLayout writes no footer when rows or bytes have been lost", () => {
  const layout = new FileLayout(LIST_SCHEMA);
  layout.start();
  layout.addRowGroup([chunkOf(0, [1, 2])], 1);
  const { byteLength } = layout;
  assert.throws(() => layout.finish({ rowsAccepted: 2 }), /have 1 rows, 2 were accepted/);
  assert.throws(() => layout.finish({ bytesAccepted: 4 }), /accepted 4 of/);
  assert.equal(layout.byteLength, byteLength);
  layout.finish({ rowsAccepted: 1, bytesAccepted: byteLength });
});

test("FileLayout keeps to its order of calls", () => {
  const layout = new FileLayout(SCHEMA);
  const chunks = [chunkOf(0, [1]), chunkOf(1, [2])];
  assert.throws(() => layout.addRowGroup(chunks, 1), ParquetError);
  assert.throws(() => layout.finish(), ParquetError);
  layout.start();
  assert.throws(() => layout.start(), ParquetError);
  layout.finish();
  assert.throws(() => layout.finish(), ParquetError);
  assert.throws(() => layout.addRowGroup(chunks, 1), ParquetError);
});

test("FileLayout takes one column order for each column", () => {
  const columnOrders = [{ type: "TYPE_ORDER" }] as const;
  assert.throws(() => new FileLayout(SCHEMA, { columnOrders }), RangeError);
  const layout = new FileLayout(LIST_SCHEMA, { columnOrders: [{ type: "IEEE_754_TOTAL_ORDER" }] });
  layout.start();
  assert.deepEqual(layout.finish().metadata.columnOrders, [{ type: "IEEE_754_TOTAL_ORDER" }]);
});
