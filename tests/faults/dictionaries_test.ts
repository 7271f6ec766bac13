/** FAULTS 13 to 18 and 42: dictionaries, ours and Arrow's. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Binary,
  Bool,
  type DataType,
  Decimal,
  Dictionary,
  Field,
  FixedSizeBinary,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  makeData,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { AsyncArrowWriter, InvalidBatchError, type WriterOptions } from "../../mod.ts";
import { MemorySink } from "../../mod.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { encodingPicks, withEncodings } from "../support/arbitraries.ts";
import { type DecodedChunk, type DecodedPage, readPages } from "../support/page_decoder.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import type { Physical } from "../support/value_decoder.ts";
import { expectedOf, type Rows, written } from "../roundtrip/written.ts";
import fc from "fast-check";

const utf8 = new TextDecoder();
/** A handful of rows goes to workers already. */
const workers = { parallelism: 2, memoryBudget: 64 * 1024 } as const;

const chunkOf = (bytes: Uint8Array, column = 0): DecodedChunk =>
  readPages(bytes).rowGroups[0]!.chunks[column]!;

/** A batch of one column, given as Arrow data. */
function batchOf(schema: Schema, ...children: ReturnType<typeof makeData>[]): RecordBatch {
  const { length } = children[0]!;
  const type = new Struct(schema.fields);
  return new RecordBatch(
    schema,
    makeData({ type, length, nullCount: 0, children } as never) as never,
  );
}

type Keys =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** Dictionary-encoded Arrow data; `valid`: one character a slot, "0" for null. */
function keyed(type: Dictionary, keys: Keys, dictionary: Vector, valid?: string) {
  const bitmap = new Uint8Array(Math.ceil(keys.length / 8) + 8);
  [...valid ?? ""].forEach((bit, i) => bitmap[i >> 3]! |= Number(bit) << (i & 7));
  return makeData({
    type,
    length: keys.length,
    nullCount: valid === undefined ? 0 : [...valid].filter((bit) => bit === "0").length,
    nullBitmap: valid === undefined ? null : bitmap,
    data: keys,
    dictionary,
  } as never) as ReturnType<typeof makeData>;
}

const dictionaryOf = (value: DataType, index: DataType): Dictionary =>
  new Dictionary(value, index as never, 0);

/** The width byte of a page of ids: the first byte of an uncompressed page of a required column. */
function idWidth(bytes: Uint8Array, page: DecodedPage): number {
  return bytes[page.offset + page.size - page.uncompressedSize]!;
}

describe("FAULTS 13: ids are exactly as wide as the dictionary needs", () => {
  const counts = Array.from({ length: 15 }, (_, k) => [2 ** k - 1, 2 ** k, 2 ** k + 1]).flat()
    .filter((count) => count > 0);
  const options: WriterOptions = {
    compression: "uncompressed",
    dataPageRowCountLimit: 1_000_000,
    statisticsEnabled: "chunk",
  };
  for (const count of new Set(counts)) {
    const width = Math.ceil(Math.log2(count));
    test(`${count} entries: ${width} bits`, async () => {
      const { length } = { length: Math.max(count * 3, 20) };
      const schema = new Schema([
        new Field("values", new Int32(), false),
        new Field("keys", dictionaryOf(new Utf8(), new Int32()), false),
      ]);
      const numbers = Int32Array.from({ length }, (_, i) => i % count);
      const entries = Array.from({ length: count }, (_, i) => `entry ${i}`);
      const batch = batchOf(
        schema,
        makeData({ type: new Int32(), length, nullCount: 0, data: numbers }) as never,
        keyed(
          dictionaryOf(new Utf8(), new Int32()),
          numbers,
          vectorFromArray(entries, new Utf8()),
        ),
      );
      const rows = { schema, batches: [batch] };
      const bytes = await written(rows, options);
      for (const column of [0, 1]) {
        const { dictionary, pages } = chunkOf(bytes, column);
        assert.equal(dictionary!.length, count);
        assert.deepEqual(pages.map((page) => idWidth(bytes, page)), [width]);
      }
      if (count < 300) await assertReadable(bytes, expectedOf(rows));
      // A page knows what the dictionary had when it was written: ids of earlier pages are narrower, never wider.
      const paged = await written(rows, { ...options, dataPageRowCountLimit: 7 });
      const { pages } = chunkOf(paged, 1);
      let met = 0;
      for (const [i, page] of pages.entries()) {
        met = Math.max(met, Math.min(count, (i + 1) * 7));
        assert.equal(idWidth(paged, page), Math.ceil(Math.log2(met)));
      }
    });
  }
});

describe("FAULTS 14: a dictionary that is full in the middle of a page", () => {
  const make: Readonly<Record<string, (type: DataType) => Field>> = {
    required: (type) => new Field("c", type, false),
    optional: (type) => new Field("c", type, true),
    repeated: (type) => new Field("c", new List(new Field("element", type, true)), true),
    "optional keys": (type) => new Field("c", dictionaryOf(type, new Int32()), true),
    "repeated keys": (type) =>
      new Field("c", new List(new Field("element", dictionaryOf(type, new Uint16()), true)), true),
  };
  const types: Readonly<Record<string, { type: DataType; limit: number }>> = {
    int64: { type: new Int64(), limit: 100 },
    utf8: { type: new Utf8(), limit: 600 },
    fixed: { type: new FixedSizeBinary(5), limit: 45 },
    float64: { type: new Float64(), limit: 100 },
  };
  for (const [kind, field] of Object.entries(make)) {
    test(`${kind}, every type, data pages v1 and v2, every encoding after it`, async () => {
      let cutShort = 0;
      for (const [name, { type, limit }] of Object.entries(types)) {
        const schema = new Schema([field(type)]);
        // Few values first, so that the dictionary seems to pay; then only new ones.
        const batches = [
          randomBatch(schema, 120, { seed: 1, nulls: 0.1, distinct: 3, garbage: true, sliced: 0 }),
          randomBatch(schema, 150, { seed: 2, nulls: 0.1, distinct: 0, garbage: true, sliced: 0 }),
        ];
        const rows = { schema, batches };
        for (const pick of [0, 1, 2, 3]) {
          const options = withEncodings(schema, {
            writerVersion: pick % 2 === 0 ? "1.0" : "2.0",
            // Random dictionaries have few entries.
            dictionaryPageSizeLimit: kind.endsWith("keys") ? Math.ceil(limit / 4) : limit,
            dataPageRowCountLimit: 50,
          }, [pick]);
          const bytes = await written(rows, options);
          const { pages, dictionary, metaData } = chunkOf(bytes);
          const encodings = pages.map(({ encoding }) => encoding);
          const fallback = encodings.lastIndexOf("RLE_DICTIONARY") + 1;
          assert.ok(fallback > 0 && fallback < pages.length, `${name}: ${encodings}`);
          assert.ok(encodings.slice(fallback).every((e) => e === encodings[fallback]));
          assert.notEqual(encodings[fallback], "RLE_DICTIONARY");
          const rowsOf = ({ repetitionLevels }: DecodedPage) =>
            repetitionLevels.filter((level) => level === 0).length;
          if (rowsOf(pages[fallback - 1]!) < 50) cutShort++;
          // Nothing is in the dictionary that no id stands for.
          const used = new Set(pages.slice(0, fallback).flatMap(({ values }) => values.map(shown)));
          assert.deepEqual(new Set(dictionary!.map(shown)), used);
          assert.equal(dictionary!.length, used.size);
          assert.ok(Number(metaData[5]) > 0);
          await assertReadable(bytes, expectedOf(rows));
        }
      }
      assert.ok(cutShort > 0);
    });
  }
});

/** A physical value, comparable. */
function shown(value: Physical): string {
  return value instanceof Uint8Array ? `x:${Array.from(value)}` : `${typeof value}:${value}`;
}

describe("FAULTS 15: duplicate, null and unused entries of an Arrow dictionary", () => {
  const cases: Readonly<Record<string, { type: DataType; entries: unknown[] }>> = {
    utf8: { type: new Utf8(), entries: ["m", null, "b", "unused low", "b", "", "zz", null, "m"] },
    binary: {
      type: new Binary(),
      entries: ["m", null, "b", "\0", "b", "", "\xff", null, "m"].map((text) =>
        text === null ? null : Uint8Array.from(text, (c) => c.charCodeAt(0))
      ),
    },
    int64: { type: new Int64(), entries: [5n, null, 3n, -100n, 3n, 0n, 2n ** 62n, null, 5n] },
    int8: { type: new Int8(), entries: [5, null, 3, -100, 3, 0, 127, null, 5] },
    float64: { type: new Float64(), entries: [5, null, 3, -100, 3, 0, 1e300, null, 5] },
    bool: { type: new Bool(), entries: [true, null, false, true, false, true, true, null, true] },
    decimal: {
      type: new Decimal(2, 30, 128),
      entries: [5n, null, 3n, 1n, 3n, 0n, 2n ** 62n, null, 5n].map((value) =>
        value === null ? null : new Uint32Array(BigUint64Array.of(value, 0n).buffer)
      ),
    },
    fixed: {
      type: new FixedSizeBinary(3),
      entries: [5, null, 3, 1, 3, 0, 255, null, 5].map((value) =>
        value === null ? null : Uint8Array.of(value, 7, value)
      ),
    },
  };
  // Entries 3 and 6 are never used; 1 and 7 are null; 2 and 4 are the same, and so are 0 and 8.
  const keys = [0, 2, 4, 1, 8, 5, 7, 0, 4, 2, 0, 8, 8, 5, 5, 3];
  const valid = "1111111111011110";
  for (const [name, { type, entries }] of Object.entries(cases)) {
    test(name, async () => {
      const dictionary = vectorFromArray(entries, type);
      const column = dictionaryOf(type, new Int8());
      const schema = new Schema([
        new Field("flat", column, true),
        new Field("within", new Struct([new Field("a", column, true)]), true),
      ]);
      const data = () =>
        keyed(
          column,
          Int8Array.from({ length: 16 * 20 }, (_, i) => keys[i % 16]!),
          dictionary,
          valid.repeat(20),
        );
      const within = makeData({
        type: new Struct([new Field("a", column, true)]),
        length: 320,
        nullCount: 0,
        children: [data()],
      } as never) as ReturnType<typeof makeData>;
      const rows: Rows = { schema, batches: [batchOf(schema, data(), within)] };
      for (const pick of [0, 1, 2, 3]) {
        for (const dictionaryEnabled of [true, false]) {
          const options = withEncodings(
            schema,
            { dictionaryEnabled, dataPageRowCountLimit: 100 },
            [pick],
          );
          const bytes = await written(rows, options);
          await assertReadable(bytes, expectedOf(rows));
          const chunk = chunkOf(bytes);
          // Null: two keys of null entries and two slots that are null themselves, in sixteen.
          assert.equal(Number((chunk.metaData[12] as Record<number, unknown>)[3]), 4 * 20);
          if (!dictionaryEnabled || name === "bool") {
            assert.equal(chunk.dictionary, null);
            continue;
          }
          assert.equal(chunk.dictionary!.length, 3);
          assert.equal(new Set(chunk.dictionary!.map(shown)).size, 3);
        }
      }
    });
  }

  test("only what is used is in the bounds", async () => {
    const type = dictionaryOf(new Utf8(), new Int8());
    const schema = new Schema([new Field("c", type, true)]);
    const dictionary = vectorFromArray(["a unused", "m", null, "zz unused", "p"], new Utf8());
    // The keys of what would be least and greatest stand under nulls.
    const data = keyed(type, Int8Array.of(1, 4, 2, 0, 3, 1), dictionary, "111001");
    const bytes = await written({ schema, batches: [batchOf(schema, data)] });
    const statistics = chunkOf(bytes).metaData[12] as Record<number, Uint8Array>;
    assert.equal(utf8.decode(statistics[6]), "m");
    assert.equal(utf8.decode(statistics[5]), "p");
  });

  test("nothing but null entries, and no entries at all", async () => {
    const type = dictionaryOf(new Utf8(), new Int8());
    const schema = new Schema([new Field("c", type, true)]);
    const nulls = keyed(type, Int8Array.of(0, 1, 0), vectorFromArray([null, null], new Utf8()));
    const none = keyed(type, Int8Array.of(7, 99, 0), vectorFromArray([], new Utf8()), "000");
    for (const data of [nulls, none]) {
      for (const pick of [0, 1, 2, 3]) {
        const rows = { schema, batches: [batchOf(schema, data)] };
        const bytes = await written(rows, withEncodings(schema, {}, [pick]));
        assert.equal(chunkOf(bytes).dictionary, null);
        await assertReadable(bytes, expectedOf(rows));
      }
    }
  });
});

describe("FAULTS 16: a dictionary that is replaced from batch to batch", () => {
  const type = dictionaryOf(new Utf8(), new Int16());
  const schema = new Schema([new Field("c", type, true)]);
  const batch = (entries: string[], keys: number[]) =>
    batchOf(schema, keyed(type, Int16Array.from(keys), vectorFromArray(entries, new Utf8())));
  const cases: Readonly<Record<string, RecordBatch[]>> = {
    "others of the same number and length": [
      batch(["aa", "bb", "cc"], [0, 1, 2, 0]),
      batch(["cc", "aa", "bb"], [0, 1, 2, 0]),
      batch(["dd", "ee", "ff"], [2, 2, 1]),
    ],
    growing: [
      batch(["a"], [0, 0]),
      batch(["a", "b"], [1, 0, 1]),
      batch(["a", "b", "c", "c"], [3, 2, 1, 0]),
    ],
    shrinking: [batch(["a", "b", "c"], [2, 1, 0]), batch(["c"], [0, 0]), batch(["b", "c"], [1, 0])],
    "and back again": [
      batch(["a", "b"], [0, 1]),
      batch(["x", "y"], [0, 1]),
      batch(["a", "b"], [1, 0]),
    ],
    "the same text cut otherwise": [batch(["ab", "c"], [0, 1]), batch(["a", "bc"], [0, 1])],
    "empty in between": [batch(["a"], [0]), batch([], []), batch(["b"], [0])],
  };
  for (const [name, batches] of Object.entries(cases)) {
    test(name, async () => {
      const rows = { schema, batches };
      for (const options of [{ parallelism: 0 }, workers]) {
        for (const pick of [0, 1, 2, 3]) {
          for (const dictionaryEnabled of [true, false]) {
            const chosen = { ...options, dictionaryEnabled, dataPageRowCountLimit: 4 };
            const bytes = await written(rows, withEncodings(schema, chosen, [pick]));
            await assertReadable(bytes, expectedOf(rows));
            if (!dictionaryEnabled) continue;
            const { dictionary } = chunkOf(bytes);
            assert.equal(dictionary!.length, new Set(dictionary!.map(shown)).size);
          }
        }
      }
    });
  }

  test("any dictionaries, keys and sizes of pages", async () => {
    const part = fc.record({
      entries: fc.array(fc.option(fc.constantFrom("", "a", "b", "ab", "long ".repeat(30))), {
        minLength: 1,
        maxLength: 6,
      }),
      keys: fc.array(fc.nat({ max: 5 }), { maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.record({
          dictionaryEnabled: fc.boolean(),
          dictionaryPageSizeLimit: fc.constantFrom(8, 40, 1000),
          dataPageRowCountLimit: fc.constantFrom(1, 5, 1000),
          dataPageSizeLimit: fc.constantFrom(1, 100, 10_000),
          maxRowGroupRowCount: fc.constantFrom(7, 1000),
        }),
        encodingPicks,
        async (parts, options, picks) => {
          const batches = parts.map(({ entries, keys }) =>
            batchOf(
              schema,
              keyed(
                type,
                Int16Array.from(keys, (key) => key % entries.length),
                vectorFromArray(entries, new Utf8()),
              ),
            )
          );
          const rows = { schema, batches };
          const bytes = await written(rows, withEncodings(schema, options, picks));
          await assertReadable(bytes, expectedOf(rows));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("FAULTS 17: every type of keys", () => {
  const indices: Readonly<
    Record<string, { type: DataType; keys: new (n: number) => Keys; entries: number }>
  > = {
    uint8: { type: new Uint8(), keys: Uint8Array, entries: 256 },
    int8: { type: new Int8(), keys: Int8Array, entries: 128 },
    uint16: { type: new Uint16(), keys: Uint16Array, entries: 40_000 },
    int16: { type: new Int16(), keys: Int16Array, entries: 32_768 },
    uint32: { type: new Uint32(), keys: Uint32Array, entries: 1000 },
    int32: { type: new Int32(), keys: Int32Array, entries: 1000 },
    uint64: { type: new Uint64(), keys: BigUint64Array, entries: 1000 },
    int64: { type: new Int64(), keys: BigInt64Array, entries: 1000 },
  };
  for (const [name, { type: index, keys: Array_, entries }] of Object.entries(indices)) {
    test(`${name}, up to its greatest key, through workers`, async () => {
      const type = dictionaryOf(new Utf8(), index);
      const schema = new Schema([
        new Field("flat", type, false),
        new Field("nullable", type, true),
      ]);
      const texts = Array.from({ length: entries }, (_, i) => `e${i}`);
      const dictionary = vectorFromArray(texts, new Utf8());
      const batches = [0, 1].map((part) => {
        const keys = new Array_(600);
        // From both ends of the dictionary.
        for (let i = 0; i < keys.length; i++) {
          const key = i % 3 === 0 ? entries - 1 - (i % 50) : i % 40 + part * 30;
          keys[i] = (keys instanceof BigInt64Array || keys instanceof BigUint64Array
            ? BigInt(key)
            : key) as never;
        }
        return batchOf(
          schema,
          keyed(type, keys, dictionary),
          keyed(type, keys, dictionary, "1101".repeat(150)),
        );
      });
      const rows = { schema, batches };
      const inline = await written(rows, { compression: "snappy" });
      assert.deepEqual(await written(rows, { compression: "snappy", ...workers }), inline);
      await assertReadable(inline, expectedOf(rows));
      const deltas = { dictionaryEnabled: false, encoding: "DELTA_BYTE_ARRAY" } as const;
      await assertReadable(await written(rows, { ...deltas, ...workers }), expectedOf(rows));
    });
  }
});

describe("FAULTS 18: keys without an entry", () => {
  const type = dictionaryOf(new Utf8(), new Int8());
  const schema = new Schema([new Field("c", type, true)]);
  const dictionary = vectorFromArray(["a", "b"], new Utf8());

  for (const key of [2, 127, -1, -128]) {
    test(`${key} is an error that names the row, and the writer goes on`, async () => {
      const sink = new MemorySink();
      const writer = new AsyncArrowWriter(sink, schema, { parallelism: 0 });
      const right = batchOf(schema, keyed(type, Int8Array.of(1, 0), dictionary));
      await writer.write(right);
      const wrong = batchOf(schema, keyed(type, Int8Array.of(0, 1, key, 0), dictionary));
      await assert.rejects(writer.write(wrong), (error: unknown) => {
        assert.ok(error instanceof InvalidBatchError, String(error));
        assert.equal(error.path, "c");
        assert.equal(error.row, 2);
        return true;
      });
      await writer.close();
      await assertReadable(sink.bytes(), columnsOf(schema, [right]));
    });

    test(`${key} under a null is nobody's business`, async () => {
      const keys = Int8Array.of(0, key, 1, key, key);
      const rows = { schema, batches: [batchOf(schema, keyed(type, keys, dictionary, "10100"))] };
      for (const pick of [0, 1, 2, 3]) {
        for (const dictionaryEnabled of [true, false]) {
          const options = withEncodings(schema, { dictionaryEnabled }, [pick]);
          const bytes = await written(rows, options);
          await assertReadable(bytes, [{
            field: expectedOf({ schema, batches: [] })[0]!.field,
            values: ["s:a", null, "s:b", null, null],
          }]);
        }
      }
    });
  }
});

describe("FAULTS 42: −0 and payloads of NaN survive a dictionary bit for bit", () => {
  const cases: Readonly<
    Record<string, { type: DataType; bits: Uint16Array | Uint32Array | BigUint64Array }>
  > = {
    Float16: {
      type: new Float16(),
      bits: Uint16Array.of(0, 0x8000, 0x7e00, 0x7e01, 0xfe23, 0x7c01, 0x7c00, 0xfc00, 1),
    },
    Float32: {
      type: new Float32(),
      bits: Uint32Array.of(
        0,
        0x80000000,
        0x7fc00000,
        0x7fc00001,
        0xffc00123,
        0x7f800001,
        0x7f800000,
        1,
      ),
    },
    Float64: {
      type: new Float64(),
      bits: BigUint64Array.of(
        0n,
        1n << 63n,
        0x7ff8n << 48n,
        (0x7ff8n << 48n) + 1n,
        0xfff8n << 48n,
        (0x7ff0n << 48n) + 1n,
        1n,
      ),
    },
  };
  for (const [name, { type, bits }] of Object.entries(cases)) {
    test(`${name}, and without one in every encoding`, async () => {
      const repeated = (times: number) => {
        const all = new (bits.constructor as Uint8ArrayConstructor)(bits.length * times);
        for (let i = 0; i < all.length; i++) {
          all[i] = (bits as unknown as Uint8Array)[i % bits.length]!;
        }
        return all;
      };
      const keys = dictionaryOf(type, new Int8());
      const schema = new Schema([new Field("values", type, false), new Field("keys", keys, false)]);
      const length = bits.length * 40;
      const column = (data: Uint8Array) =>
        makeData({ type, length: data.length, nullCount: 0, data } as never) as ReturnType<
          typeof makeData
        >;
      const batch = batchOf(
        schema,
        column(repeated(40)),
        keyed(
          keys,
          Int8Array.from({ length }, (_, i) => i % bits.length),
          makeVector(column(repeated(1)) as never) as Vector,
        ),
      );
      const rows = { schema, batches: [batch] };
      for (const dictionaryEnabled of [true, false]) {
        for (const pick of [0, 1, 2, 3]) {
          const options = withEncodings(schema, { dictionaryEnabled }, [pick]);
          const bytes = await written(rows, options);
          for (const column of [0, 1]) {
            const { dictionary } = chunkOf(bytes, column);
            assert.equal(dictionary?.length, dictionaryEnabled ? bits.length : undefined);
          }
          await assertReadable(bytes, expectedOf(rows));
        }
      }
    });
  }
});
