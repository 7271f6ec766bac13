/**
 * Batches that contradict the Arrow format: each is refused with path and row, and what only looks wrong is not.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnBatch } from "../../src/arrow/column_array.ts";
import { toColumnBatch } from "../../src/arrow/column_batch.ts";
import type { ColumnBatchOptions } from "../../src/arrow/column_batch.ts";
import { rawArray } from "../../src/arrow/raw_array.ts";
import type { RawArray } from "../../src/arrow/raw_array.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { schemaOf } from "../../src/arrow/arrow_objects.ts";
import type { RecordBatchLike } from "../../src/arrow/arrow_objects.ts";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { InvalidBatchError, LimitError, SchemaError } from "../../src/util/errors.ts";
import * as arrow from "apache-arrow";
import { batchValues } from "./naive_values.ts";

const INT8: ArrowType = { kind: "int", bitWidth: 8, signed: true };
const INT32: ArrowType = { kind: "int", bitWidth: 32, signed: true };
const UTF8: ArrowType = { kind: "utf8" };

function field(name: string, type: ArrowType, nullable = true): ArrowField {
  return { name, type, nullable, metadata: new Map() };
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

const int32 = (...values: number[]): Uint8Array => bytesOf(Int32Array.from(values));
const int64 = (...values: bigint[]): Uint8Array => bytesOf(BigInt64Array.from(values));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bits = (pattern: string): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil(pattern.length / 8));
  [...pattern].forEach((bit, i) => {
    if (bit === "1") bytes[i >> 3]! |= 1 << (i & 7);
  });
  return bytes;
};

function convert(column: ArrowField, raw: RawArray, options?: ColumnBatchOptions): ColumnBatch {
  return toColumnBatch(
    { fields: [column], metadata: new Map() },
    { numRows: raw.length, columns: [raw] },
    options,
  );
}

function rejects(
  column: ArrowField,
  raw: RawArray,
  path: string,
  row: number,
  kind: typeof InvalidBatchError | typeof LimitError = InvalidBatchError,
  options?: ColumnBatchOptions,
): void {
  assert.throws(() => convert(column, raw, options), (error) => {
    assert.ok(error instanceof kind, `${error}`);
    assert.deepEqual([error.path, error.row], [path, row], error.message);
    return true;
  });
}

function accepts(column: ArrowField, raw: RawArray, values: unknown[]): void {
  assert.deepEqual(batchValues(convert(column, raw))[0], values);
}

test("offsets that decrease, are negative or leave the data", () => {
  const s = field("s", UTF8);
  const values = text("abcdef");
  const utf8 = (...offsets: number[]) =>
    rawArray({ length: offsets.length - 1, offsets: int32(...offsets), values });
  rejects(s, utf8(0, 2, 1, 6), "s", 1);
  rejects(s, utf8(-1, 2, 4, 6), "s", 0);
  rejects(s, utf8(0, 2, -2147483648, 6), "s", 1);
  rejects(s, utf8(0, 2, 4, 7), "s", 2);
  rejects(s, utf8(0, 2147483647, -2147483648, 1), "s", 0);
  accepts(s, utf8(2, 2, 4, 6), ["", "6364", "6566"]);
  const large = (...offsets: bigint[]) =>
    rawArray({ length: offsets.length - 1, offsets: int64(...offsets), values });
  const l = field("l", { kind: "largeUtf8" });
  rejects(l, large(0n, 2n, 1n, 6n), "l", 1);
  rejects(l, large(-1n, 2n, 4n, 6n), "l", 0);
  rejects(l, large(0n, 2n, 4n, 1n << 33n), "l", 2);
  rejects(l, large(0n, 1n << 62n, (1n << 62n) + 1n, 6n), "l", 0);
  accepts(l, large(2n, 2n, 4n, 6n), ["", "6364", "6566"]);
});

test("list offsets beyond the child, found at every depth with the top-level row", () => {
  const inner = field("inner", { kind: "list", child: field("item", INT8) });
  const outer = field("o", {
    kind: "struct",
    children: [field("l", { kind: "list", child: inner })],
  });
  const raw = (innerOffsets: number[]) =>
    rawArray({
      length: 3,
      children: [rawArray({
        length: 3,
        offsets: int32(0, 1, 1, 3),
        children: [rawArray({
          length: 3,
          offsets: int32(...innerOffsets),
          children: [rawArray({ length: 4, values: Uint8Array.of(1, 2, 3, 4) })],
        })],
      })],
    });
  accepts(outer, raw([0, 1, 2, 4]), [[[["01"]]], [[]], [[["02"], ["03", "04"]]]]);
  rejects(outer, raw([0, 1, 2, 5]), "o.l", 2);
  rejects(outer, raw([0, 2, 1, 4]), "o.l", 2);
  rejects(outer, raw([-1, 1, 2, 4]), "o.l", 0);
});

test("short buffers", () => {
  rejects(field("n", INT32), rawArray({ length: 3, values: int32(1, 2) }), "n", 2);
  rejects(field("n", INT32), rawArray({ length: 3 }), "n", 0);
  rejects(field("b", { kind: "bool" }), rawArray({ length: 9, values: bits("11111111") }), "b", 8);
  rejects(
    field("s", UTF8),
    rawArray({ length: 3, offsets: int32(0, 1), values: text("a") }),
    "s",
    1,
  );
  rejects(field("s", UTF8), rawArray({ length: 1 }), "s", 0);
  const view = field("v", { kind: "utf8View" });
  rejects(view, rawArray({ length: 2, values: new Uint8Array(31) }), "v", 1);
  const fixed = field("f", { kind: "fixedSizeBinary", byteWidth: 3 });
  rejects(fixed, rawArray({ length: 2, values: new Uint8Array(5) }), "f", 1);
  const keys = field("d", { kind: "dictionary", index: INT32, value: UTF8, ordered: false });
  rejects(keys, rawArray({ length: 2, values: int32(0) }), "d", 1);
});

test("short bitmaps", () => {
  const n = field("n", INT8);
  const values = new Uint8Array(9);
  rejects(n, rawArray({ length: 9, values, validity: bits("11111111") }), "n", -1);
  rejects(n, rawArray({ length: 8, values, validity: bits("11111111"), bitOffset: 1 }), "n", -1);
  accepts(n, rawArray({ length: 8, values, validity: bits("11111110") }), [
    ...new Array(7).fill("00"),
    null,
  ]);
});

test("short children", () => {
  const struct = field("s", { kind: "struct", children: [field("n", INT8)] });
  const child = rawArray({ length: 2, values: new Uint8Array(2) });
  rejects(struct, rawArray({ length: 3, children: [child] }), "s.n", 2);
  const two = [child, child];
  rejects(struct, rawArray({ length: 2, children: two }), "s", -1);
  const list = field("f", { kind: "fixedSizeList", listSize: 2, child: field("n", INT8) });
  rejects(list, rawArray({ length: 2, children: [child] }), "f", 1);
  accepts(list, rawArray({ length: 1, children: [child] }), [["00", "00"]]);
  const column = rawArray({ length: 2, values: new Uint8Array(2) });
  assert.throws(
    () =>
      toColumnBatch({ fields: [field("n", INT8)], metadata: new Map() }, {
        numRows: 3,
        columns: [column],
      }),
    { name: "InvalidBatchError", path: "n", row: 2 },
  );
});

test("null columns of every type may come without any buffers", () => {
  const types: ArrowType[] = [
    { kind: "null" },
    { kind: "bool" },
    INT32,
    { kind: "decimal", bitWidth: 128, precision: 20, scale: 0 },
    { kind: "timestamp", unit: "second", timezone: null },
    { kind: "interval", unit: "monthDayNano" },
    UTF8,
    { kind: "largeBinary" },
    { kind: "utf8View" },
    { kind: "fixedSizeBinary", byteWidth: 5 },
    { kind: "list", child: field("item", UTF8) },
    { kind: "largeList", child: field("item", UTF8) },
    { kind: "listView", child: field("item", UTF8) },
    { kind: "fixedSizeList", listSize: 3, child: field("item", UTF8, false) },
    { kind: "struct", children: [field("a", UTF8, false), field("b", { kind: "bool" })] },
    { kind: "dictionary", index: INT8, value: UTF8, ordered: false },
    {
      kind: "map",
      keysSorted: false,
      child: field("entries", {
        kind: "struct",
        children: [field("key", UTF8, false), field("value", INT8)],
      }, false),
    },
  ];
  for (const type of types) {
    const nulls = new Array(5).fill(null);
    accepts(field(type.kind, type), rawArray({ length: 5, validity: bits("00000") }), nulls);
    accepts(field(type.kind, type), rawArray({ length: 5, nullCount: 5 }), nulls);
    accepts(field(type.kind, type), rawArray({ length: 0 }), []);
  }
});

test("absent bytes are made up for so many nulls only", () => {
  const length = 2 ** 30;
  const n = field("n", { kind: "fixedSizeBinary", byteWidth: 1 });
  rejects(n, rawArray({ length, nullCount: length }), "n", -1, LimitError);
  rejects(field("s", UTF8), rawArray({ length, nullCount: length }), "s", -1, LimitError);
  rejects(n, rawArray({ length: 2 ** 33 }), "n", -1, LimitError);
});

test("detached and resizable buffers", () => {
  const schema = new arrow.Schema([new arrow.Field("n", new arrow.Int32(), true)]);
  const batchOf = (data: Int32Array, validity?: Uint8Array) =>
    new arrow.RecordBatch(
      schema,
      arrow.makeData({
        type: new arrow.Struct(schema.fields),
        length: 4,
        children: [
          arrow.makeData({
            type: new arrow.Int32(),
            length: 4,
            data,
            nullBitmap: validity ?? null,
          }),
        ],
      }),
    ) as unknown as RecordBatchLike;
  const check = (batch: RecordBatchLike, pattern: RegExp) =>
    assert.throws(() => recordBatchToColumns(batch, schemaOf(batch)), (error) => {
      assert.ok(error instanceof InvalidBatchError && error.path === "n", `${error}`);
      assert.match(error.message, pattern);
      return true;
    });

  const values = Int32Array.of(1, 2, 3, 4);
  const detached = batchOf(values);
  structuredClone(values.buffer, { transfer: [values.buffer] });
  assert.equal(values.length, 0);
  check(detached, /detached/);

  const bitmap = Uint8Array.of(0b1101);
  const detachedBitmap = batchOf(Int32Array.of(1, 2, 3, 4), bitmap);
  structuredClone(bitmap.buffer, { transfer: [bitmap.buffer] });
  check(detachedBitmap, /detached/);

  const resizable = new ArrayBuffer(16, { maxByteLength: 64 });
  check(batchOf(new Int32Array(resizable)), /resizable/);
  const growable = new SharedArrayBuffer(16, { maxByteLength: 64 });
  check(batchOf(new Int32Array(growable as never)), /resizable/);
});

test("dictionary keys without an entry", () => {
  const entries = {
    chunks: [rawArray({ length: 3, values: Uint8Array.of(7, 8, 9) })],
  };
  const widths = [
    [8, Int8Array, Uint8Array],
    [16, Int16Array, Uint16Array],
    [32, Int32Array, Uint32Array],
    [64, BigInt64Array, BigUint64Array],
  ] as const;
  for (const [bitWidth, Signed, Unsigned] of widths) {
    for (const signed of [true, false]) {
      const index = { kind: "int", bitWidth, signed } as const;
      const d = field("d", { kind: "dictionary", index, value: INT8, ordered: false });
      const keys = (...values: number[]) => {
        const array = new (signed ? Signed : Unsigned)(values.length) as BigInt64Array | Int8Array;
        values.forEach((value, i) => array[i] = bitWidth === 64 ? BigInt(value) : value);
        return bytesOf(array);
      };
      const raw = (values: Uint8Array, validity: string | null = null) =>
        rawArray({
          length: 3,
          values,
          validity: validity === null ? null : bits(validity),
          dictionary: entries,
        });
      accepts(d, raw(keys(2, 0, 1)), ["09", "07", "08"]);
      rejects(d, raw(keys(2, 0, 3)), "d", 2);
      rejects(d, raw(keys(2, -1, 0)), "d", 1);
      // Garbage under a null is nobody's business.
      accepts(d, raw(keys(2, 99, 1), "101"), ["09", null, "08"]);
      accepts(d, raw(keys(-5, 0, 1), "011"), [null, "07", "08"]);
    }
  }
});

test("a negative key is not a great one: 300 entries, 8-bit keys", () => {
  const d = field("d", { kind: "dictionary", index: INT8, value: INT8, ordered: false });
  const dictionary = {
    chunks: [rawArray({ length: 300, values: new Uint8Array(300) })],
  };
  rejects(d, rawArray({ length: 2, values: Uint8Array.of(127, 128), dictionary }), "d", 1);
});

test("garbage keys under null parents", () => {
  const d = field("d", { kind: "dictionary", index: INT8, value: INT8, ordered: false }, false);
  const s = field("s", { kind: "struct", children: [d] });
  const dictionary = { chunks: [rawArray({ length: 1, values: Uint8Array.of(5) })] };
  const child = rawArray({ length: 3, values: Uint8Array.of(0, 77, 0), dictionary });
  accepts(s, rawArray({ length: 3, validity: bits("101"), children: [child] }), [["05"], null, [
    "05",
  ]]);
  rejects(s, rawArray({ length: 3, children: [child] }), "s.d", 1);
});

test("invalid entries of a dictionary are found, with the row of the first use", () => {
  const d = field("d", { kind: "dictionary", index: INT8, value: UTF8, ordered: false });
  const dictionary = () => ({
    chunks: [
      rawArray({ length: 1, offsets: int32(0, 1), values: text("a") }),
      rawArray({ length: 2, offsets: int32(0, 1, 2), values: Uint8Array.of(0x62, 0xff) }),
    ],
  });
  const keys = (...values: number[]) =>
    rawArray({ length: values.length, values: Uint8Array.from(values), dictionary: dictionary() });
  rejects(d, keys(0, 1, 2, 2), "d", 2);
  // What no key uses is not written.
  accepts(d, keys(0, 1), ["61", "62"]);
});

test("invalid UTF-8", () => {
  const s = field("s", UTF8);
  const utf8 = (values: Uint8Array, offsets: number[], validity: string | null = null) =>
    rawArray({
      length: offsets.length - 1,
      offsets: int32(...offsets),
      values,
      validity: validity === null ? null : bits(validity),
    });
  const bad = Uint8Array.of(0x61, 0x62, 0xff, 0x63);
  rejects(s, utf8(bad, [0, 1, 2, 3, 4]), "s", 2);
  accepts(s, utf8(bad, [0, 1, 2, 3, 4], "1101"), ["61", "62", null, "63"]);
  // What no slot refers to.
  accepts(s, utf8(bad, [0, 1, 2]), ["61", "62"]);
  accepts(s, utf8(bad, [3, 4]), ["63"]);
  // A character cut in two: the whole is valid, the values are not.
  const euro = text("a€b");
  accepts(s, utf8(euro, [0, 1, 4, 5]), ["61", "e282ac", "62"]);
  rejects(s, utf8(euro, [0, 1, 2, 5]), "s", 1);
  rejects(s, utf8(euro, [0, 3, 5]), "s", 0);
  rejects(s, utf8(euro, [2, 4, 5]), "s", 0);
  // Surrogates, overlong forms, beyond U+10FFFF.
  for (const bytes of [[0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    rejects(s, utf8(Uint8Array.from(bytes), [0, bytes.length]), "s", 0);
  }
  const large = field("l", { kind: "largeUtf8" });
  rejects(large, rawArray({ length: 2, offsets: int64(0n, 2n, 5n), values: euro }), "l", 0);
  // Binary is anything.
  accepts(field("b", { kind: "binary" }), utf8(bad, [0, 4]), ["6162ff63"]);
  // Deep inside: the row is that of the batch.
  const list = field("l", { kind: "list", child: field("item", UTF8) });
  const child = utf8(bad, [0, 1, 2, 3, 4]);
  rejects(list, rawArray({ length: 3, offsets: int32(0, 0, 2, 4), children: [child] }), "l", 2);
  accepts(
    list,
    rawArray({ length: 3, offsets: int32(0, 0, 2, 4), validity: bits("110"), children: [child] }),
    [[], ["61", "62"], null],
  );
});

test("views that point out of their buffers, or at invalid text", () => {
  const v = field("v", { kind: "utf8View" });
  const view = (size: number, buffer: number, offset: number) => int32(size, 0, buffer, offset);
  const raw = (views: Uint8Array, validity: string | null = null) =>
    rawArray({
      length: views.length / 16,
      values: views,
      variadic: [new Uint8Array(20).fill(0x61)],
      validity: validity === null ? null : bits(validity),
    });
  accepts(v, raw(view(13, 0, 7)), ["61".repeat(13)]);
  rejects(v, raw(view(13, 0, 8)), "v", 0);
  rejects(v, raw(view(13, 1, 0)), "v", 0);
  rejects(v, raw(view(13, -1, 0)), "v", 0);
  rejects(v, raw(view(13, 0, -1)), "v", 0);
  rejects(v, raw(view(-1, 0, 0)), "v", 0);
  accepts(v, raw(view(-1, 9, 9), "0"), [null]);
  const invalid = new Uint8Array(32);
  invalid.set(view(1, 0, 0), 0);
  invalid.set(view(2, 0, 0), 16);
  invalid.set([0xe2, 0x82], 20);
  rejects(v, raw(invalid), "v", 1);
});

test("views that repeat a long text beyond all bounds", () => {
  const rows = 2000;
  const views = new Int32Array(4 * rows);
  for (let i = 0; i < rows; i++) views[4 * i] = 2 ** 20;
  const raw = rawArray({
    length: rows,
    values: bytesOf(views),
    variadic: [new Uint8Array(2 ** 20)],
  });
  rejects(field("v", { kind: "binaryView" }), raw, "v", 1024, LimitError);
});

test("list views that leave their child", () => {
  const l = field("l", { kind: "listView", child: field("item", INT8) });
  const raw = (starts: number[], sizes: number[], validity: string | null = null) =>
    rawArray({
      length: starts.length,
      offsets: int32(...starts),
      sizes: int32(...sizes),
      validity: validity === null ? null : bits(validity),
      children: [rawArray({ length: 4, values: Uint8Array.of(1, 2, 3, 4) })],
    });
  accepts(l, raw([2, 0], [2, 3]), [["03", "04"], ["01", "02", "03"]]);
  rejects(l, raw([0, 2], [1, 3]), "l", 1);
  rejects(l, raw([0, -1], [1, 1]), "l", 1);
  rejects(l, raw([0, 1], [1, -1]), "l", 1);
  rejects(
    l,
    raw([0], [1]).length === 1 ? { ...raw([0, 0], [1, 1]), sizes: int32(1) } : raw([], []),
    "l",
    1,
  );
  accepts(l, raw([0, 99], [1, 99], "10"), [["01"], null]);
});

test("run ends that do not increase, or end early", () => {
  const r = field("r", {
    kind: "runEndEncoded",
    runEnds: field("run_ends", INT32, false),
    values: field("values", INT8),
  });
  const raw = (length: number, ends: number[], values = [1, 2, 3]) =>
    rawArray({
      length,
      children: [
        rawArray({ length: ends.length, values: int32(...ends) }),
        rawArray({ length: values.length, values: Uint8Array.from(values) }),
      ],
    });
  accepts(r, raw(4, [1, 3, 4]), ["01", "02", "02", "03"]);
  accepts(r, raw(2, [1, 3, 4]), ["01", "02"]);
  rejects(r, raw(4, [1, 1, 4]), "r", 1);
  rejects(r, raw(4, [0, 1, 4]), "r", 0);
  rejects(r, raw(4, [2, -1, 4]), "r", 2);
  rejects(r, raw(5, [1, 3, 4]), "r", 4);
  rejects(r, raw(4, [1, 3, 4], [1, 2]), "r", 3);
  const strict = { ...r, nullable: false };
  const withNull = raw(4, [1, 3, 4]);
  const values = { ...withNull.children[1]!, validity: bits("101") };
  const nulls = { ...withNull, children: [withNull.children[0]!, values] };
  accepts(r, nulls, ["01", null, null, "03"]);
  rejects(strict, nulls, "r", 1);
});

test("nulls in fields that have none", () => {
  const n = field("n", INT8, false);
  const raw = rawArray({ length: 3, values: new Uint8Array(3), validity: bits("110") });
  rejects(n, raw, "n", 2);
  const d = field("d", { kind: "dictionary", index: INT8, value: INT8, ordered: false }, false);
  const chunk = rawArray({ length: 2, values: Uint8Array.of(1, 2), validity: bits("10") });
  const keys = (...values: number[]) =>
    rawArray({
      length: values.length,
      values: Uint8Array.from(values),
      dictionary: { chunks: [chunk] },
    });
  rejects(d, keys(0, 0, 1), "d", 2);
  accepts(d, keys(0, 0), ["01", "01"]);
  // Only where all that encloses it is there.
  const s = field("s", { kind: "struct", children: [n] });
  accepts(s, rawArray({ length: 3, validity: bits("110"), children: [raw] }), [
    ["00"],
    ["00"],
    null,
  ]);
  rejects(s, rawArray({ length: 3, validity: bits("101"), children: [raw] }), "s.n", 2);
  const l = field("l", { kind: "list", child: field("item", INT8, false) });
  const list = (validity: string, ...offsets: number[]) =>
    rawArray({
      length: offsets.length - 1,
      offsets: int32(...offsets),
      validity: bits(validity),
      children: [raw],
    });
  accepts(l, list("10", 0, 2, 3), [["00", "00"], null]);
  accepts(l, list("11", 0, 1, 2), [["00"], ["00"]]);
  rejects(l, list("01", 0, 2, 3), "l", 1);
  const f = field("f", { kind: "fixedSizeList", listSize: 3, child: field("item", INT8, false) });
  rejects(f, rawArray({ length: 1, children: [raw] }), "f", 0);
  accepts(f, rawArray({ length: 1, validity: bits("0"), children: [raw] }), [null]);
});

test("null keys and null entries of maps, whatever the schema says", () => {
  const key = field("k", INT8);
  const entries = field("e", { kind: "struct", children: [key, field("v", INT8)] });
  const m = field("m", { kind: "map", keysSorted: false, child: entries });
  const raw = (keys: string | null, entry: string | null, validity: string | null = null) =>
    rawArray({
      length: 2,
      offsets: int32(0, 1, 3),
      validity: validity === null ? null : bits(validity),
      children: [rawArray({
        length: 3,
        validity: entry === null ? null : bits(entry),
        children: [
          rawArray({
            length: 3,
            values: new Uint8Array(3),
            validity: keys === null ? null : bits(keys),
          }),
          rawArray({ length: 3, values: new Uint8Array(3), validity: bits("011") }),
        ],
      })],
    });
  accepts(m, raw(null, null), [[["00", null]], [["00", "00"], ["00", "00"]]]);
  rejects(m, raw("110", null), "m.key", 1);
  rejects(m, raw(null, "101"), "m", 1);
  accepts(m, raw("110", null, "10"), [[["00", null]], null]);
});

test("values without room in Parquet", () => {
  const limit = (type: ArrowType, values: Uint8Array, length: number, row: number) =>
    rejects(field("v", type), rawArray({ length, values }), "v", row, LimitError);
  const fits = (
    type: ArrowType,
    values: Uint8Array,
    length: number,
    options?: ColumnBatchOptions,
  ) =>
    assert.equal(convert(field("v", type), rawArray({ length, values }), options).numRows, length);

  const seconds: ArrowType = { kind: "timestamp", unit: "second", timezone: null };
  fits(seconds, int64(9223372036854775n, -9223372036854775n), 2);
  limit(seconds, int64(0n, 9223372036854776n), 2, 1);
  limit(seconds, int64(0n, 5n, -9223372036854776n), 3, 2);
  const time: ArrowType = { kind: "time", unit: "second", bitWidth: 32 };
  fits(time, int32(86399, 2147483, -2147483), 3);
  limit(time, int32(1, 2147484), 2, 1);
  limit(time, int32(-2147484), 1, 0);

  const date: ArrowType = { kind: "date", unit: "millisecond" };
  const days = int64(0n, 2n ** 31n * 86400000n);
  fits(date, days, 2);
  rejects(field("v", date), rawArray({ length: 2, values: days }), "v", 1, LimitError, {
    coerceTypes: true,
  });
  fits(date, int64(2n ** 31n * 86400000n - 1n, -(2n ** 31n) * 86400000n), 2, { coerceTypes: true });

  const interval: ArrowType = { kind: "interval", unit: "monthDayNano" };
  fits(
    interval,
    int64(1n, 5000000n, 0n, 0n, 7n, (2n ** 32n - 1n) * 1000000n),
    3,
  );
  rejects(
    field("v", interval),
    rawArray({ length: 2, values: int64(0n, 0n, 1n, 1000001n) }),
    "v",
    1,
  );
  limit(interval, int64(0n, 0n, 1n, 2n ** 32n * 1000000n), 2, 1);
  // Under a null, anything.
  accepts(
    field("v", interval),
    rawArray({ length: 1, values: int64(1n, 1n), validity: bits("0") }),
    [null],
  );
});

test("negative intervals of every unit, in rows that are there", () => {
  const bytes = (...values: number[]) => int32(...values);
  const cases: [ArrowType, Uint8Array][] = [
    [{ kind: "interval", unit: "yearMonth" }, bytes(1, -1, 2)],
    [{ kind: "interval", unit: "dayTime" }, bytes(1, 1, -1, 1, 2, 2)],
    [{ kind: "interval", unit: "dayTime" }, bytes(1, 1, 1, -1, 2, 2)],
    [{ kind: "interval", unit: "monthDayNano" }, bytes(1, 1, 0, 0, -1, 1, 0, 0, 2, 2, 0, 0)],
    [{ kind: "interval", unit: "monthDayNano" }, bytes(1, 1, 0, 0, 1, -1, 0, 0, 2, 2, 0, 0)],
    // Whole milliseconds, and a part of one.
    [{ kind: "interval", unit: "monthDayNano" }, int64(1n, 0n, 1n, -1000000n, 2n, 0n)],
    [{ kind: "interval", unit: "monthDayNano" }, int64(1n, 0n, 1n, -1n, 2n, 0n)],
  ];
  for (const [type, values] of cases) {
    const raw = rawArray({ length: 3, values });
    rejects(field("v", type), raw, "v", 1);
    const nullable = { ...raw, validity: bits("101") };
    assert.equal(batchValues(convert(field("v", type), nullable))[0]![1], null);
    // As entries of a dictionary, in a list, and under a null list.
    const keys = rawArray({
      length: 2,
      values: Uint8Array.of(0, 1),
      dictionary: { identity: {}, chunks: [raw] },
    });
    rejects(
      field("v", { kind: "dictionary", index: INT8, value: type, ordered: false }),
      keys,
      "v",
      1,
    );
    const list: ArrowType = { kind: "list", child: field("item", type) };
    const lists = rawArray({ length: 2, offsets: int32(0, 1, 3), children: [raw] });
    rejects(field("v", list), lists, "v", 1);
    convert(field("v", list), { ...lists, validity: bits("10") });
  }
});

test("decimals with more digits than they may have", () => {
  for (
    const [bitWidth, precisions] of [
      [32, [1, 5, 9]],
      [64, [1, 9, 10, 15, 16, 17, 18]],
      [128, [1, 9, 18, 19, 20, 28, 29, 38]],
      [256, [1, 9, 18, 19, 38, 39, 57, 58, 76]],
    ] as const
  ) {
    for (const precision of precisions) {
      const type: ArrowType = { kind: "decimal", bitWidth, precision, scale: 0 };
      const max = 10n ** BigInt(precision) - 1n;
      const raw = (...values: bigint[]) => {
        const words = new Uint32Array(values.length * bitWidth / 32);
        values.forEach((value, i) => {
          for (let k = 0; k < bitWidth / 32; k++) {
            words[i * bitWidth / 32 + k] = Number(value >> BigInt(32 * k) & 0xffffffffn);
          }
        });
        return rawArray({ length: values.length, values: bytesOf(words) });
      };
      const column = field("v", type);
      assert.equal(convert(column, raw(max, -max, 0n, max - 1n, 1n, -1n)).numRows, 6);
      const range = 1n << BigInt(bitWidth - 1);
      for (const over of [max + 1n, -max - 1n, range - 1n, -range, (max + 1n) * 2n]) {
        if (over >= range || over < -range) continue;
        rejects(column, raw(0n, over), "v", 1, LimitError);
      }
    }
  }
  const wrong: ArrowType = { kind: "decimal", bitWidth: 32, precision: 10, scale: 0 };
  assert.throws(
    () => convert(field("v", wrong), rawArray({ length: 1, values: int32(1) })),
    SchemaError,
  );
});

test("columns and fields that do not match", () => {
  assert.throws(
    () =>
      toColumnBatch({ fields: [field("a", INT8)], metadata: new Map() }, {
        numRows: 0,
        columns: [],
      }),
    SchemaError,
  );
  const union: ArrowType = { kind: "union", mode: "sparse", typeIds: [], children: [] };
  assert.throws(() => convert(field("u", union), rawArray({ length: 0 })), SchemaError);
});

test("variant: metadata is never null, nor a value that is not shredded, whatever the schema says", () => {
  const variant = (...more: ArrowField[]): ArrowField => ({
    ...field("v", {
      kind: "struct",
      children: [
        field("metadata", { kind: "binary" }),
        field("value", { kind: "binary" }),
        ...more,
      ],
    }),
    metadata: new Map([["ARROW:extension:name", "arrow.parquet.variant"]]),
  });
  const shredded = variant(field("typed_value", { kind: "binary" }));
  const binary = (validity: string) =>
    rawArray({ length: 2, offsets: int32(0, 1, 2), values: text("ab"), validity: bits(validity) });
  const raw = (...validities: string[]) =>
    rawArray({ length: 2, children: validities.map(binary) });
  accepts(variant(), raw("11", "11"), [["61", "61"], ["62", "62"]]);
  accepts(shredded, raw("11", "10", "01"), [["61", "61", null], ["62", null, "62"]]);
  rejects(variant(), raw("10", "11"), "v.metadata", 1);
  rejects(variant(), raw("11", "10"), "v.value", 1);
  rejects(shredded, raw("10", "11", "11"), "v.metadata", 1);
});
