/** FAULTS 5, 19 to 28 and 30: what a file says about its values, so that readers may skip. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type DataType,
  Decimal,
  Field,
  Float16,
  Float32,
  Float64,
  Int32,
  Int64,
  IntervalDayTime,
  List,
  makeData,
  makeVector,
  Null,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { readParquetMetadata, toParquet, type WriterOptions } from "../../mod.ts";
import type { ColumnChunk, ParquetMetaData } from "../../src/format/metadata.ts";
import { decodePageHeader } from "../../src/format/structures.ts";
import { query, quoted, withFile } from "../support/duckdb.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { assertStatistics, type Indexes, readIndexes } from "../support/page_statistics.ts";
import { expectedOf, type Rows, written } from "../roundtrip/written.ts";

const utf8 = new TextDecoder();
const text = (bytes: Uint8Array | undefined): string => utf8.decode(bytes);

interface Chunk extends Indexes {
  readonly columnChunk: ColumnChunk;
}

interface Written {
  readonly bytes: Uint8Array;
  readonly metadata: ParquetMetaData;
  /** Of the first row group. */
  readonly chunks: readonly Chunk[];
}

/** Writes, compares all that the file says with a scan of its pages, and lets every reader read and look for values. */
async function check(rows: Rows, options: WriterOptions = {}): Promise<Written> {
  const bytes = await written(rows, options);
  await assertStatistics(bytes, options);
  await assertReadable(bytes, expectedOf(rows));
  return await chunksOf(bytes);
}

/** The same without other readers. */
async function checkBytes(rows: Rows, options: WriterOptions): Promise<Written> {
  const bytes = await written(rows, options);
  await assertStatistics(bytes, options);
  return await chunksOf(bytes);
}

async function chunksOf(bytes: Uint8Array): Promise<Written> {
  const metadata = await readParquetMetadata(bytes);
  const chunks = metadata.rowGroups[0]!.columns.map((columnChunk) => ({
    columnChunk,
    ...readIndexes(bytes, columnChunk),
  }));
  return { bytes, metadata, chunks };
}

/** A table of one nullable column for each vector. */
function rowsOf(columns: Readonly<Record<string, Vector>>): Rows {
  return new Table(columns as Record<string, Vector<DataType>>);
}

/** Values of floats by their bits. */
function floatsOf(type: Float16 | Float32 | Float64, bits: readonly bigint[]): Vector {
  const width = 1 << (type.precision + 1);
  const bytes = new Uint8Array(bits.length * width);
  bits.forEach((value, i) => {
    for (let b = 0; b < width; b++) bytes[i * width + b] = Number((value >> BigInt(8 * b)) & 255n);
  });
  const data = width === 2
    ? new Uint16Array(bytes.buffer)
    : width === 4
    ? new Float32Array(bytes.buffer)
    : new Float64Array(bytes.buffer);
  return makeVector(makeData({ type, length: bits.length, nullCount: 0, data } as never));
}

/** Bits of the floats that matter, type by type. */
const FLOATS = [
  {
    name: "Float16",
    type: new Float16(),
    one: 0x3c00n,
    two: 0x4000n,
    infinity: 0x7c00n,
    sign: 0x8000n,
    nan: 0x7e00n,
  },
  {
    name: "Float32",
    type: new Float32(),
    one: 0x3f800000n,
    two: 0x40000000n,
    infinity: 0x7f800000n,
    sign: 0x80000000n,
    nan: 0x7fc00000n,
  },
  {
    name: "Float64",
    type: new Float64(),
    one: 0x3ff0000000000000n,
    two: 0x4000000000000000n,
    infinity: 0x7ff0000000000000n,
    sign: 0x8000000000000000n,
    nan: 0x7ff8000000000000n,
  },
] as const;

/** Bits of a little-endian value. */
function bitsOf(bytes: Uint8Array | undefined): bigint {
  return [...bytes!].reverse().reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

/** With a dictionary, and without. */
const BOTH = [{ dictionaryEnabled: true }, { dictionaryEnabled: false }] as const;
const tenRows = { dataPageRowCountLimit: 10 } as const;
const range = <T>(count: number, value: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => value(i));

describe("FAULTS 5: a page of nothing but nulls among others", () => {
  test("is a null page with empty bounds", async () => {
    const values = range(40, (i) => i >= 10 && i < 20 ? null : i % 7);
    for (const dictionary of BOTH) {
      const { chunks } = await check(
        rowsOf({ a: vectorFromArray(values, new Int32()) }),
        { ...tenRows, ...dictionary },
      );
      const { nullPages, minValues, maxValues, nullCounts } = chunks[0]!.columnIndex!;
      assert.deepEqual(nullPages, [false, true, false, false]);
      assert.deepEqual([minValues[1]!.length, maxValues[1]!.length], [0, 0]);
      assert.deepEqual(nullCounts, [0, 10, 0, 0]);
    }
  });

  test("is one of a list where no list has an item, whatever they have instead", async () => {
    const item = new Field<DataType>("item", new Utf8(), true);
    const lists = range(
      40,
      (i) =>
        i < 10 ? ["a", null] : i < 20 ? [] : i < 30 ? (i % 2 === 0 ? null : [null, null]) : ["b"],
    );
    const { chunks } = await check(rowsOf({ a: vectorFromArray(lists, new List(item)) }), tenRows);
    const { nullPages, nullCounts, minValues } = chunks[0]!.columnIndex!;
    assert.deepEqual(nullPages, [false, true, true, false]);
    assert.deepEqual(nullCounts, [10, 10, 15, 0]);
    assert.deepEqual(minValues.map(text), ["a", "", "", "b"]);
  });

  test("is told from a page of empty strings", async () => {
    const values = range(30, (i) => i < 10 ? "" : i < 20 ? null : "x");
    const { chunks } = await check(rowsOf({ a: vectorFromArray(values, new Utf8()) }), tenRows);
    assert.deepEqual(chunks[0]!.columnIndex!.nullPages, [false, true, false]);
  });

  test("does not keep a chunk of nothing else from having a column index", async () => {
    const values = vectorFromArray(new Array<null>(25).fill(null), new Int64());
    const { chunks } = await check(rowsOf({ a: values }), tenRows);
    const { nullPages, boundaryOrder } = chunks[0]!.columnIndex!;
    assert.deepEqual([nullPages, boundaryOrder], [[true, true, true], "ASCENDING"]);
  });
});

describe("FAULTS 19: NaN first, in the middle, everywhere", () => {
  for (const { name, type, one, two, nan, sign } of FLOATS) {
    const place = (at: readonly number[]) =>
      floatsOf(type, range(30, (i) => at.includes(i) ? nan : i % 2 === 0 ? one : two));

    const places = [[0], [10], [15], [29], [0, 1, 2, 3, 4, 5, 6, 7, 8]];

    test(`leaves its chunk of ${name} without bounds, and its pages without an index`, async () => {
      for (const dictionary of BOTH) {
        for (const at of places) {
          for (const statisticsEnabled of ["chunk", "page"] as const) {
            const options = { ...tenRows, ...dictionary, statisticsEnabled };
            const { chunks } = await check(rowsOf({ a: place(at) }), options);
            const { columnChunk, columnIndex, offsetIndex } = chunks[0]!;
            assert.deepEqual(columnChunk.metaData.statistics, { nullCount: 0 });
            assert.equal(columnIndex, null);
            if (statisticsEnabled === "page") assert.equal(offsetIndex!.pageLocations.length, 3);
          }
        }
      }
    });

    test(`leaves other chunks of ${name} their bounds`, async () => {
      const options = { ...tenRows, maxRowGroupRowCount: 10 };
      const { metadata } = await check(rowsOf({ a: place([15]) }), options);
      const chunks = metadata.rowGroups.map(({ columns }) => columns[0]!);
      assert.deepEqual(
        chunks.map(({ columnIndexOffset }) => columnIndexOffset !== undefined),
        [true, false, true],
      );
      assert.deepEqual(
        chunks.map(({ metaData: { statistics } }) =>
          statistics!.maxValue && bitsOf(statistics!.maxValue)
        ),
        [two, undefined, two],
      );
    });

    test(`never enters a bound of ${name} with nanBounds`, async () => {
      for (const dictionary of BOTH) {
        for (const at of places) {
          const options = { ...tenRows, ...dictionary, nanBounds: true };
          const { chunks } = await checkBytes(rowsOf({ a: place(at) }), options);
          const { statistics } = chunks[0]!.columnChunk.metaData;
          assert.deepEqual(
            [bitsOf(statistics!.minValue), bitsOf(statistics!.maxValue)],
            [one, two],
          );
          assert.equal(chunks[0]!.columnIndex!.nanCounts, undefined);
          assert.equal(statistics!.nanCount, undefined);
        }
      }
    });

    test(`alone in a page of ${name} leaves the chunk without a column index`, async () => {
      for (const dictionary of BOTH) {
        const rows = rowsOf({ a: place(range(10, (i) => 10 + i)) });
        const { chunks } = await checkBytes(rows, { ...tenRows, ...dictionary, nanBounds: true });
        const { columnChunk, columnIndex, offsetIndex } = chunks[0]!;
        assert.equal(columnIndex, null);
        assert.equal(offsetIndex!.pageLocations.length, 3);
        assert.deepEqual(bitsOf(columnChunk.metaData.statistics!.maxValue), two);
      }
    });

    test(`alone in a chunk of ${name} leaves it without bounds`, async () => {
      for (const nanBounds of [false, true]) {
        const rows = rowsOf({ a: place(range(30, (i) => i)) });
        const { chunks } = await check(rows, { ...tenRows, nanBounds });
        assert.deepEqual(chunks[0]!.columnChunk.metaData.statistics, { nullCount: 0 });
        assert.equal(chunks[0]!.columnIndex, null);
      }
    });

    test(`is counted in the total order of ${name}, and a bound only where there is nothing else`, async () => {
      const payloads = [nan + 3n, nan + 1n, sign | nan, (sign | nan) + 2n];
      const bits = [
        ...range(10, (i) => i === 3 ? nan : i % 2 === 0 ? one : two),
        ...range(10, (i) => payloads[i % 4]!),
        ...range(10, () => sign | one),
      ];
      for (const dictionary of BOTH) {
        const rows = rowsOf({ a: floatsOf(type, bits) });
        const options = { ...tenRows, ...dictionary, ieee754TotalOrder: true };
        const { chunks, metadata } = await check(rows, options);
        assert.deepEqual(metadata.columnOrders, [{ type: "IEEE_754_TOTAL_ORDER" }]);
        const { columnChunk, columnIndex } = chunks[0]!;
        const { statistics } = columnChunk.metaData;
        assert.deepEqual(columnIndex!.nanCounts, [1, 10, 0]);
        assert.equal(statistics!.nanCount, 11);
        assert.deepEqual(columnIndex!.minValues.map(bitsOf), [one, (sign | nan) + 2n, sign | one]);
        assert.deepEqual(columnIndex!.maxValues.map(bitsOf), [two, nan + 3n, sign | one]);
        assert.equal(columnIndex!.boundaryOrder, "UNORDERED");
        assert.deepEqual(
          [bitsOf(statistics!.minValue), bitsOf(statistics!.maxValue)],
          [sign | one, two],
        );
      }
    });

    test(`alone in a chunk of ${name} is its bounds in the total order`, async () => {
      const rows = rowsOf({ a: floatsOf(type, range(30, (i) => nan + BigInt(i % 7))) });
      for (const statisticsEnabled of ["page", "chunk"] as const) {
        const options = { ...tenRows, statisticsEnabled, ieee754TotalOrder: true };
        const { chunks } = await check(rows, options);
        const { minValue, maxValue, nanCount } = chunks[0]!.columnChunk.metaData.statistics!;
        assert.deepEqual([bitsOf(minValue), bitsOf(maxValue), nanCount], [nan, nan + 6n, 30]);
      }
    });
  }

  test("loses no row to DuckDB, wherever it is", async () => {
    const names = ["Float16", "Float32", "Float64"];
    const count = 2000;
    for (const [f, { type, one, two, nan }] of FLOATS.entries()) {
      const bits = range(count, (i) => i % 97 === 5 ? nan : i % 2 === 0 ? one : two);
      const rows = rowsOf({ x: floatsOf(type, bits) });
      const nans = bits.filter((value) => value === nan).length;
      const twos = bits.filter((value) => value === two).length;
      for (const dictionary of BOTH) {
        for (const maxRowGroupRowCount of [count, 50]) {
          const options = { ...dictionary, maxRowGroupRowCount, dataPageRowCountLimit: 20 };
          await withFile(await written(rows, options), async (path) => {
            const conditions = [
              // NaN is the greatest number there.
              ["x > 1.0", nans + twos],
              ["x > 2.0", nans],
              ["x >= 3.0", nans],
              ["x = 'NaN'", nans],
              ["x <> 2.0", count - twos],
              ["x < 2.0", count - twos - nans],
              ["x = 2.0", twos],
              ["x is not null", count],
            ] as const;
            for (const [condition, expected] of conditions) {
              const sql = `select count(*) from ${quoted(path)} where ${condition}`;
              const label = `${names[f]}: ${condition}, ${JSON.stringify(options)}`;
              assert.equal((await query(sql))[0]![0], BigInt(expected), label);
            }
          });
        }
      }
    }
  });

  test("keeps the compat profile from writing bounds, of the chunk and of its pages", async () => {
    const rows = rowsOf({
      some: vectorFromArray(range(30, (i) => i === 25 ? NaN : i), new Float64()),
      none: vectorFromArray(range(30, (i) => i), new Float64()),
    });
    for (const dictionary of BOTH) {
      const options = { ...tenRows, ...dictionary, profile: "compat" } as const;
      const { chunks } = await check(rows, options);
      const [some, none] = chunks;
      // Old readers take a null count for a sign that there are bounds.
      assert.equal(some!.columnChunk.metaData.statistics, undefined);
      assert.equal(some!.columnIndex, null);
      assert.equal(none!.columnIndex!.minValues.length, 3);
    }
  });
});

test("FAULTS 20: infinities alone are bounds", async () => {
  for (const { type, infinity, sign } of FLOATS) {
    for (const ieee754TotalOrder of [false, true]) {
      const bits = range(20, (i) => i < 10 ? infinity : i % 2 === 0 ? infinity : infinity | sign);
      const options = { ...tenRows, ieee754TotalOrder };
      const { chunks } = await check(rowsOf({ a: floatsOf(type, bits) }), options);
      const { minValues, maxValues, boundaryOrder } = chunks[0]!.columnIndex!;
      assert.deepEqual(minValues.map(bitsOf), [infinity, infinity | sign]);
      assert.deepEqual(maxValues.map(bitsOf), [infinity, infinity]);
      assert.equal(boundaryOrder, "DESCENDING");
    }
  }
});

describe("FAULTS 21: zeros", () => {
  for (const { name, type, one, sign } of FLOATS) {
    test(`bound ${name} from −0 to +0, and are exact only where they occur`, async () => {
      const cases: [bits: bigint[], minExact: boolean, maxExact: boolean][] = [
        [[0n, 0n], false, true],
        [[sign, sign], true, false],
        [[0n, sign], true, true],
        [[0n, one], false, true],
        [[sign | one, sign], true, false],
      ];
      for (const [bits, minExact, maxExact] of cases) {
        for (const dictionary of BOTH) {
          const rows = rowsOf({ a: floatsOf(type, range(20, (i) => bits[i % bits.length]!)) });
          const { chunks } = await check(rows, { ...tenRows, ...dictionary });
          const { minValue, maxValue, ...exact } = chunks[0]!.columnChunk.metaData.statistics!;
          if (bits.includes(sign | one)) assert.equal(bitsOf(maxValue), 0n);
          else assert.equal(bitsOf(minValue), sign);
          assert.deepEqual(exact, {
            nullCount: 0,
            isMinValueExact: minExact,
            isMaxValueExact: maxExact,
          });
        }
      }
    });

    test(`keep their sign in the total order of ${name}`, async () => {
      const bits = range(20, (i) => i < 10 ? 0n : sign);
      const rows = rowsOf({ a: floatsOf(type, bits) });
      const { chunks } = await check(rows, { ...tenRows, ieee754TotalOrder: true });
      const { minValues, maxValues, boundaryOrder } = chunks[0]!.columnIndex!;
      assert.deepEqual([...minValues, ...maxValues].map(bitsOf), [0n, sign, 0n, sign]);
      assert.equal(boundaryOrder, "DESCENDING");
    });
  }
});

test("FAULTS 22: extremes of unsigned integers and of decimals", async () => {
  const max = (bits: number) => (1n << BigInt(bits)) - 1n;
  const pattern = (bits: number) =>
    range(40, (i) => [0n, max(bits), max(bits) >> 1n, (max(bits) >> 1n) + 1n][i % 4]!);
  const decimal = (byteWidth: number, values: bigint[]) => {
    const data = new Uint32Array(values.length * byteWidth / 4);
    values.forEach((value, i) => {
      for (let w = 0; w < byteWidth / 4; w++) {
        data[i * byteWidth / 4 + w] = Number(BigInt.asUintN(32, value >> BigInt(32 * w)));
      }
    });
    const type = new Decimal(0, byteWidth === 16 ? 38 : 76, byteWidth * 8);
    return makeVector(makeData({ type, length: values.length, nullCount: 0, data }));
  };
  const signed = (digits: number) =>
    range(40, (i) => [-(10n ** BigInt(digits)) + 1n, -1n, 0n, 10n ** BigInt(digits) - 1n][i % 4]!);
  const rows = rowsOf({
    uint8: vectorFromArray(pattern(8).map(Number), new Uint8()),
    uint16: vectorFromArray(pattern(16).map(Number), new Uint16()),
    uint32: vectorFromArray(pattern(32).map(Number), new Uint32()),
    uint64: vectorFromArray(pattern(64), new Uint64()),
    decimal38: decimal(16, signed(38)),
    decimal76: decimal(32, signed(76)),
  });
  for (const dictionary of BOTH) {
    const { chunks } = await check(rows, { ...tenRows, ...dictionary });
    [8, 16, 32, 64].forEach((bits, i) => {
      const { minValue, maxValue } = chunks[i]!.columnChunk.metaData.statistics!;
      assert.deepEqual([bitsOf(minValue), bitsOf(maxValue)], [0n, max(bits)]);
      for (const value of chunks[i]!.columnIndex!.maxValues) assert.equal(bitsOf(value), max(bits));
    });
    for (const { columnChunk } of chunks.slice(4)) {
      // The smallest is negative, the largest is not.
      const { minValue, maxValue } = columnChunk.metaData.statistics!;
      assert.ok(minValue![0]! >= 0x80 && maxValue![0]! < 0x80);
    }
  }
});

test("FAULTS 23: nulls of many pages are counted once", async () => {
  const values = range(105, (i) => i % 3 === 0 ? null : `${i % 9}`);
  for (const dictionary of BOTH) {
    const rows = rowsOf({ a: vectorFromArray(values, new Utf8()) });
    const { chunks } = await check(rows, { ...tenRows, ...dictionary });
    const { columnChunk, columnIndex } = chunks[0]!;
    assert.equal(columnChunk.metaData.statistics!.nullCount, 35);
    assert.equal(columnIndex!.nullCounts!.length, 11);
    assert.equal(columnIndex!.nullCounts!.reduce((sum, n) => sum + n, 0), 35);
  }
});

test("FAULTS 24: without statistics data pages v2 still count their nulls", async () => {
  const schema = new Schema([
    new Field<DataType>("a", new Int32(), true),
    new Field<DataType>("b", new List(new Field("item", new Utf8(), true)), true),
  ]);
  const shape = { seed: 24, nulls: 0.3, distinct: 0, garbage: true, sliced: 0 };
  const rows = { schema, batches: [randomBatch(schema, 100, shape)] };
  const options = { ...tenRows, statisticsEnabled: "none", writerVersion: "2.0" } as const;
  // The page decoder compares num_nulls with the levels of each page.
  const { bytes, chunks } = await check(rows, options);
  for (const { columnChunk, columnIndex, offsetIndex } of chunks) {
    const { metaData } = columnChunk;
    assert.deepEqual([metaData.statistics, columnIndex, offsetIndex], [undefined, null, null]);
    const { header } = decodePageHeader(bytes, metaData.dataPageOffset);
    assert.ok(header.dataPageHeaderV2!.numNulls > 0);
    assert.ok(metaData.sizeStatistics!.definitionLevelHistogram!.length > 1);
  }
});

test("FAULTS 25: columns without an order have an offset index alone", async () => {
  const schema = new Schema([
    new Field<DataType>("interval", new IntervalDayTime(), true),
    new Field<DataType>("null", new Null(), true),
  ]);
  const shape = { seed: 25, nulls: 0.3, distinct: 3, garbage: false, sliced: 0 };
  const { chunks } = await check({ schema, batches: [randomBatch(schema, 35, shape)] }, tenRows);
  for (const { columnChunk, columnIndex, offsetIndex } of chunks) {
    assert.deepEqual(Object.keys(columnChunk.metaData.statistics!), ["nullCount"]);
    assert.equal(columnIndex, null);
    assert.equal(offsetIndex!.pageLocations.length, 4);
  }
});

test("FAULTS 26: the page index is what a scan of the bytes finds, headers included", async () => {
  const schema = new Schema([
    new Field<DataType>("a", new Int64(), false),
    new Field<DataType>("b", new List(new Field("item", new Utf8(), true)), true),
    new Field<DataType>("c", new Struct([new Field("d", new Float64(), true)]), true),
  ]);
  const shape = { seed: 26, nulls: 0.2, distinct: 20, garbage: true, sliced: 0 };
  const rows = {
    schema,
    batches: [randomBatch(schema, 150, shape), randomBatch(schema, 90, { ...shape, distinct: 0 })],
  };
  for (const writerVersion of ["1.0", "2.0"] as const) {
    for (const compression of ["uncompressed", "zstd", "gzip"] as const) {
      const options = {
        ...tenRows,
        writerVersion,
        compression,
        dictionaryPageSizeLimit: 150,
        maxRowGroupRowCount: 130,
      };
      const bytes = await written(rows, options);
      await assertStatistics(bytes, options);
      await assertReadable(bytes, expectedOf(rows));
      const { rowGroups } = await readParquetMetadata(bytes);
      for (const columnChunk of rowGroups.flatMap(({ columns }) => columns)) {
        const { metaData } = columnChunk;
        const { offsetIndex } = readIndexes(bytes, columnChunk);
        let at = metaData.dictionaryPageOffset ?? metaData.dataPageOffset;
        const end = at + metaData.totalCompressedSize;
        const pages: [number, number][] = [];
        while (at < end) {
          const { header, byteLength } = decodePageHeader(bytes, at);
          const size = byteLength + header.compressedPageSize;
          if (header.type !== "DICTIONARY_PAGE") pages.push([at, size]);
          const { dataPageHeader, dataPageHeaderV2 } = header;
          assert.equal((dataPageHeader ?? dataPageHeaderV2)?.statistics, undefined);
          at += size;
        }
        assert.deepEqual(
          offsetIndex!.pageLocations.map((page) => [page.offset, page.compressedPageSize]),
          pages,
        );
        assert.ok(pages.length > 5);
      }
    }
  }
});

describe("FAULTS 27: boundary_order", () => {
  const cases: [name: string, pages: (number | null)[][], order: string][] = [
    ["rises", [[1, 2], [2, 3], [9, 9]], "ASCENDING"],
    ["falls", [[9, 9], [2, 3], [1, 2]], "DESCENDING"],
    ["is all the same", [[4, 4], [4, 4], [4, 4]], "ASCENDING"],
    ["rises, pages of nulls aside", [[1], [null], [null], [1, 5], [null], [7]], "ASCENDING"],
    ["falls, pages of nulls aside", [[null], [7], [null], [6], [5], [null]], "DESCENDING"],
    ["rises in its minima only", [[1, 9], [2, 8], [3, 7]], "UNORDERED"],
    ["rises in its maxima only", [[3, 7], [2, 8], [1, 9]], "UNORDERED"],
    ["falls after it has risen", [[1], [2], [1]], "UNORDERED"],
    ["is of a single page", [[5, 1]], "ASCENDING"],
  ];
  for (const [name, pages, order] of cases) {
    test(name, async () => {
      const values = pages.flatMap((page) => range(10, (i) => page[i % page.length]!));
      const rows = rowsOf({
        int: vectorFromArray(values, new Int32()),
        double: vectorFromArray(values, new Float64()),
        utf8: vectorFromArray(values.map((value) => value && `${value}`), new Utf8()),
        uint64: vectorFromArray(values.map((value) => value && BigInt(value)), new Uint64()),
      });
      for (const dictionary of BOTH) {
        const { chunks } = await check(rows, { ...tenRows, ...dictionary });
        for (const { columnIndex } of chunks) assert.equal(columnIndex!.boundaryOrder, order);
      }
    });
  }

  test("is that of the bounds as they are written: cutting them may change it", async () => {
    // The first maximum is cut and becomes "ac", since no character of one byte follows U+007F; the second one is not.
    const values = ["ab\x7fx", "ab\x80"].flatMap((value) => range(10, () => value));
    const rows = rowsOf({ a: vectorFromArray(values, new Utf8()) });
    const uncut = await check(rows, tenRows);
    assert.equal(uncut.chunks[0]!.columnIndex!.boundaryOrder, "ASCENDING");
    const cut = await check(rows, { ...tenRows, columnIndexTruncateLength: 3 });
    assert.deepEqual(cut.chunks[0]!.columnIndex!.maxValues.map(text), ["ac", "ac"]);
    const tight = await check(rows, { ...tenRows, columnIndexTruncateLength: 4 });
    assert.equal(tight.chunks[0]!.columnIndex!.boundaryOrder, "ASCENDING");
  });

  test("may be lost by cutting", async () => {
    const long = (end: string) => `ab\x7f${end}`;
    const values = [long("xxxx"), "ab\u00e9"].flatMap((value) => range(10, () => value));
    const rows = rowsOf({ a: vectorFromArray(values, new Utf8()) });
    const { chunks } = await check(rows, { ...tenRows, columnIndexTruncateLength: 4 });
    const { maxValues, boundaryOrder } = chunks[0]!.columnIndex!;
    assert.deepEqual(maxValues.map(text), ["ab\x7fy", "ab\u00e9"]);
    assert.equal(boundaryOrder, "ASCENDING");
    // "ab\x7f\x7f…" has no character left to raise but the "b": above what follows, whose bound is whole.
    const lost = [long("\x7f\x7f"), "ab\u00e9"].flatMap((value) => range(10, () => value));
    const again = await check(
      rowsOf({ a: vectorFromArray(lost, new Utf8()) }),
      { ...tenRows, columnIndexTruncateLength: 4 },
    );
    const index = again.chunks[0]!.columnIndex!;
    assert.deepEqual(index.minValues.map(text), ["ab\x7f\x7f", "ab\u00e9"]);
    assert.deepEqual(index.maxValues.map(text), ["ac", "ab\u00e9"]);
    assert.equal(index.boundaryOrder, "UNORDERED");
  });
});

test("FAULTS 28: level histograms go on after a dictionary is given up", async () => {
  const item = new Field<DataType>("item", new Utf8(), true);
  const inner = new Field<DataType>("inner", new List(item), true);
  const lists = range(
    60,
    (i) =>
      i % 11 === 0
        ? null
        : range(i % 4, (j) => j === 3 ? null : range(j, (k) => `${i % 3} ${i > 30 ? i * k : k}`)),
  );
  const rows = rowsOf({
    flat: vectorFromArray(
      range(60, (i) => i % 5 === 0 ? null : `value ${i > 30 ? i : i % 3}`),
      new Utf8(),
    ),
    nested: vectorFromArray(lists, new List(inner)),
  });
  for (const writerVersion of ["1.0", "2.0"] as const) {
    const { chunks } = await check(rows, {
      ...tenRows,
      writerVersion,
      dictionaryPageSizeLimit: 60,
    });
    for (const { columnChunk, columnIndex, offsetIndex } of chunks) {
      const { encodings, sizeStatistics } = columnChunk.metaData;
      assert.ok(encodings.includes("PLAIN") && encodings.includes("RLE_DICTIONARY"));
      const { definitionLevelHistogram: chunk } = sizeStatistics!;
      const pages = columnIndex!.definitionLevelHistograms!;
      assert.equal(pages.length, offsetIndex!.pageLocations.length * chunk!.length);
      chunk!.forEach((count, level) => {
        const ofLevel = pages.filter((_, i) => i % chunk!.length === level);
        assert.equal(count, ofLevel.reduce((sum, n) => sum + n, 0));
      });
    }
  }
});

describe("FAULTS 30: a string of 64 MB", () => {
  const HUGE = 64 * 1000 * 1000;
  async function writtenHuge(bytes: Uint8Array, options: WriterOptions = {}): Promise<Written> {
    const type = new Utf8();
    const valueOffsets = Int32Array.of(0, 1, 1 + bytes.length);
    const data = new Uint8Array(1 + bytes.length);
    data.set(bytes, 1);
    data[0] = 0x61;
    const child = makeData({ type, length: 2, nullCount: 0, valueOffsets, data });
    const schema = new Schema([new Field("a", type, false)]);
    const batch = new RecordBatch(
      schema,
      makeData({ type: new Struct(schema.fields), length: 2, nullCount: 0, children: [child] }),
    );
    return await chunksOf(
      await toParquet([batch], { parallelism: 0, compression: "uncompressed", ...options }),
    );
  }

  for (const options of [{}, { dictionaryEnabled: false }, { writerVersion: "2.0" }] as const) {
    test(`has small page headers, and bounds that are cut ${JSON.stringify(options)}`, async () => {
      const { bytes, chunks } = await writtenHuge(new Uint8Array(HUGE).fill(0x7a), options);
      const { columnChunk, columnIndex } = chunks[0]!;
      const { metaData } = columnChunk;
      const { byteLength } = decodePageHeader(bytes, metaData.dataPageOffset);
      assert.ok(byteLength < 1_000_000);
      const { statistics } = metaData;
      const prefix = "z".repeat(63);
      assert.deepEqual([text(statistics!.minValue), text(statistics!.maxValue)], [
        "a",
        `${prefix}{`,
      ]);
      assert.deepEqual([statistics!.isMinValueExact, statistics!.isMaxValueExact], [true, false]);
      assert.equal(text(columnIndex!.maxValues.at(-1)), `${prefix}{`);
      assert.ok(columnChunk.columnIndexLength! < 1000);
      assert.ok(bytes.length < 1.01 * HUGE);
    });
  }

  test("has no maximum where it can neither be cut nor is of a bearable length", async () => {
    const { bytes, chunks } = await writtenHuge(new Uint8Array(HUGE).fill(0x7f));
    const { columnChunk, columnIndex, offsetIndex } = chunks[0]!;
    const { statistics } = columnChunk.metaData;
    assert.deepEqual(statistics, {
      nullCount: 0,
      minValue: Uint8Array.of(0x61),
      isMinValueExact: true,
    });
    assert.equal(columnIndex, null);
    assert.ok(offsetIndex !== null && bytes.length < 1.01 * HUGE);
  });
});
