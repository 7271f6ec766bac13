/** FAULTS 35 and 36: the delta encodings where they are easily wrong. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Binary,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  Int32,
  Int64,
  Int8,
  makeData,
  Null,
  RecordBatch,
  Schema,
  Struct,
  Uint32,
  Uint64,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import type { EncodingName, WriterOptions } from "../../mod.ts";
import { readPages } from "../support/page_decoder.ts";
import { assertReadable } from "../support/readers.ts";
import { expectedOf, type Rows, written } from "../roundtrip/written.ts";

type AnyData = ReturnType<typeof makeData>;

function rowsOf(columns: Readonly<Record<string, { type: Field["type"]; data: AnyData }>>): Rows {
  const entries = Object.entries(columns);
  const schema = new Schema(entries.map(([name, { type }]) => new Field(name, type, true)));
  const { length } = entries[0]![1].data;
  const root = {
    type: new Struct(schema.fields),
    length,
    nullCount: 0,
    children: entries.map(([, { data }]) => data),
  };
  return { schema, batches: [new RecordBatch(schema, makeData(root as never) as never)] };
}

/** Writes and reads in both versions of pages; every page is in the encoding. */
async function assertRoundTrip(
  rows: Rows,
  encoding: EncodingName,
  options: WriterOptions = {},
): Promise<void> {
  for (const writerVersion of ["1.0", "2.0"] as const) {
    for (const compression of ["uncompressed", "zstd"] as const) {
      const bytes = await written(rows, {
        dictionaryEnabled: false,
        encoding,
        writerVersion,
        compression,
        ...options,
      });
      const { chunks } = readPages(bytes).rowGroups[0]!;
      for (const { pages } of chunks) {
        assert.ok(pages.every((page) => page.encoding === encoding));
      }
      await assertReadable(bytes, expectedOf(rows));
    }
  }
}

describe("FAULTS 35: DELTA_BINARY_PACKED at its extremes", () => {
  const LEAST = -(2n ** 63n);
  const MOST = 2n ** 63n - 1n;
  /** Made for 64 bits; those of 32 bits are their upper halves. */
  const sequences: Readonly<Record<string, (i: number) => bigint>> = {
    "least and most in turns": (i) => i % 2 === 0 ? LEAST : MOST,
    "least, then most": (i) => i < 150 ? LEAST : MOST,
    "most after zeros": (i) => i === 299 ? MOST : 0n,
    "differences of least": (i) => i % 2 === 0 ? 0n : LEAST,
    "differences of most and least": (i) => [0n, MOST, -1n, LEAST][i % 4]!,
    "one in a block": (i) => i % 256 === 77 ? LEAST : 1n << 40n,
    "all the same": () => LEAST,
    "steps of 2^62": (i) => BigInt.asIntN(64, BigInt(i) << 62n),
  };
  for (const [name, value] of Object.entries(sequences)) {
    test(name, async () => {
      // Around the ends of miniblocks and blocks, the first value of a page being none of their differences.
      for (const length of [1, 2, 33, 65, 129, 257, 300]) {
        const wide = BigInt64Array.from({ length }, (_, i) => value(i));
        const narrow = Int32Array.from(wide, (v) => Number(v >> 32n));
        const column = (type: Field["type"], data: BigInt64Array | Int32Array) => ({
          type,
          data: makeData({ type, length, nullCount: 0, data } as never) as AnyData,
        });
        await assertRoundTrip(
          rowsOf({
            int64: column(new Int64(), wide),
            uint64: column(new Uint64(), wide),
            int32: column(new Int32(), narrow),
            uint32: column(new Uint32(), narrow),
          }),
          "DELTA_BINARY_PACKED",
        );
      }
    });
  }

  test("pages without values, of one value, and of one more than a block", async () => {
    const columns: [Field["type"], (i: number) => unknown][] = [
      [new Int32(), (i) => i * 1000],
      [new Int64(), (i) => BigInt(i) << 33n],
      [new Int8(), (i) => i % 128],
      [new DateDay(), (i) => new Date(i * 86_400_000)],
      [new Decimal(2, 18, 128), (i) => new Uint32Array(BigUint64Array.of(BigInt(i), 0n).buffer)],
    ];
    for (const pageRows of [1, 129, 257]) {
      const data = Object.fromEntries(columns.map(([type, value], i) => {
        // Pages of nulls between others.
        const values = Array.from(
          { length: pageRows * 4 },
          (_, row) => Math.floor(row / pageRows) % 2 === 0 ? null : value(row),
        );
        return [`c${i}`, { type, data: vectorFromArray(values, type).data[0]! as AnyData }];
      }));
      await assertRoundTrip(rowsOf(data), "DELTA_BINARY_PACKED", {
        dataPageRowCountLimit: pageRows,
      });
    }
  });

  test("a column of nulls alone has headers of no values", async () => {
    const data = makeData({ type: new Null(), length: 40 }) as AnyData;
    await assertRoundTrip(rowsOf({ c: { type: new Null(), data } }), "DELTA_BINARY_PACKED");
  });
});

describe("FAULTS 36: DELTA_BYTE_ARRAY and DELTA_LENGTH_BYTE_ARRAY", () => {
  const lists: Readonly<Record<string, (string | null)[]>> = {
    "empty values between others": ["", "", "a", "", "ab", "abc", "", "abc", "abc"],
    "nulls between values that share a prefix": [
      "prefix 1",
      null,
      "prefix 2",
      null,
      null,
      "prefix",
    ],
    "each the beginning of the next": Array.from({ length: 60 }, (_, i) => "x".repeat(i)),
    "each the next one's beginning and more": Array.from(
      { length: 60 },
      (_, i) => "x".repeat(59 - i),
    ),
    "all the same": Array.from({ length: 300 }, () => "the same"),
    "long ones that differ in the end": Array.from(
      { length: 50 },
      (_, i) => `${"long ".repeat(200)}${i % 7}`,
    ),
    "characters of which only the first bytes are shared": [
      "é",
      "è",
      "ê",
      "日本",
      "日木",
      "🙂",
      "🙃",
      "e",
    ],
    "nothing but empty values": Array.from({ length: 200 }, () => ""),
    "nothing but nulls": Array.from({ length: 20 }, () => null),
    "a value after empty pages": [...Array.from({ length: 20 }, () => null), "a", "ab"],
    "lengths from 0 to 2000": Array.from({ length: 20 }, (_, i) => "y".repeat((i * 997) % 2000)),
    "one value": ["only"],
  };
  for (const [name, texts] of Object.entries(lists)) {
    test(name, async () => {
      const utf8 = vectorFromArray(texts, new Utf8()).data[0]! as AnyData;
      const bytes = texts.map((text) =>
        text === null
          ? null
          : Uint8Array.from(new TextEncoder().encode(text), (byte) => byte ^ 0x80)
      );
      const binary = vectorFromArray(bytes, new Binary()).data[0]! as AnyData;
      const rows = rowsOf({
        text: { type: new Utf8(), data: utf8 },
        bytes: { type: new Binary(), data: binary },
      });
      for (const encoding of ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"] as const) {
        // Each page begins without a prefix, wherever it is cut.
        for (const dataPageRowCountLimit of [1, 7, 1000]) {
          await assertRoundTrip(rows, encoding, { dataPageRowCountLimit });
        }
      }
    });
  }

  test("values of a fixed length", async () => {
    for (const width of [1, 3, 4, 8, 16, 17, 100]) {
      const type = new FixedSizeBinary(width);
      const values = Array.from({ length: 150 }, (_, i) => {
        if (i % 11 === 0) return null;
        const value = new Uint8Array(width);
        // Values that differ in another place each, and sometimes nowhere.
        value[(i >> 1) % width] = i >> 1;
        return value;
      });
      const data = vectorFromArray(values, type).data[0]! as AnyData;
      const rows = rowsOf({ c: { type, data } });
      for (const dataPageRowCountLimit of [1, 40, 1000]) {
        await assertRoundTrip(rows, "DELTA_BYTE_ARRAY", { dataPageRowCountLimit });
      }
    }
  });

  test("decimals and their signs", async () => {
    const type = new Decimal(0, 38, 128);
    const numbers = [0n, 1n, -1n, 255n, -256n, 10n ** 38n - 1n, -(10n ** 38n) + 1n];
    const words = BigUint64Array.from(
      numbers.flatMap((n) => [BigInt.asUintN(64, n), BigInt.asUintN(64, n >> 64n)]),
    );
    const data = makeData({
      type,
      length: numbers.length,
      nullCount: 0,
      data: new Uint32Array(words.buffer),
    } as never) as AnyData;
    await assertRoundTrip(rowsOf({ c: { type, data } }), "DELTA_BYTE_ARRAY");
  });
});
