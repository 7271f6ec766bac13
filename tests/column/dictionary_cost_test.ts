/**
 * What a dictionary that many batches share costs, in bytes that are looked at, copied and sent: its size once, however the rows
 * are batched. And in entries that are given to an encoder, which hashes each.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ColumnArray, DictionaryArray } from "../../src/arrow/column_array.ts";
import { toColumnBatch } from "../../src/arrow/column_batch.ts";
import type { ColumnBatchOptions } from "../../src/arrow/column_batch.ts";
import { KeptDictionaries } from "../../src/arrow/kept_dictionaries.ts";
import { rawArray } from "../../src/arrow/raw_array.ts";
import type { RawArray, RawDictionary } from "../../src/arrow/raw_array.ts";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { SegmentWriter } from "../../src/column/segment_writer.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import { DEFAULT_INPUT_LIMITS } from "../../src/util/input_limits.ts";
import { plan } from "./support.ts";

const ROWS = 60_000;
const UTF8: ArrowType = { kind: "utf8" };
const INT64: ArrowType = { kind: "int", bitWidth: 64, signed: true };
const DECIMAL: ArrowType = { kind: "decimal", bitWidth: 128, precision: 38, scale: 2 };
const INDEX = { kind: "int", bitWidth: 32, signed: true } as const;

const bytesOf = (view: ArrayBufferView) =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function texts(count: number, length: number, first = 0): RawArray {
  const offsets = Int32Array.from({ length: count + 1 }, (_, i) => i * length);
  const values = new TextEncoder().encode(
    Array.from({ length: count }, (_, i) => `${first + i}`.padStart(length, "0")).join(""),
  );
  return rawArray({ length: count, offsets: bytesOf(offsets), values });
}

function numbers(count: number, width: number): RawArray {
  const words = new Int32Array(count * width / 4);
  for (let i = 0; i < count; i++) words[i * width / 4] = i;
  return rawArray({ length: count, values: bytesOf(words) });
}

interface Kind {
  readonly type: ArrowType;
  readonly entries: RawArray;
  readonly leaf: Partial<ColumnPlan>;
}

const BYTE_ARRAY: Partial<ColumnPlan> = {
  physicalType: "BYTE_ARRAY",
  leaf: { nullable: false, shape: "bytes", width: 0, conversion: "none" },
};
const KINDS: Record<string, Kind> = {
  "short texts": { type: UTF8, entries: texts(40_000, 8), leaf: BYTE_ARRAY },
  "few short texts": { type: UTF8, entries: texts(100, 8), leaf: BYTE_ARRAY },
  "large texts": { type: UTF8, entries: texts(300, 3000), leaf: BYTE_ARRAY },
  "Int64": { type: INT64, entries: numbers(40_000, 8), leaf: {} },
  "Decimal": {
    type: DECIMAL,
    entries: numbers(40_000, 16),
    leaf: {
      physicalType: "FIXED_LEN_BYTE_ARRAY",
      typeLength: 16,
      leaf: { nullable: false, shape: "fixed", width: 16, conversion: "decimalToFixed" as never },
    },
  },
};

/** Keys as of a generator that any run repeats. */
function keysOf(count: number, from: number, to: number): Int32Array {
  return Int32Array.from(
    { length: to - from },
    (_, i) => Math.imul(from + i + 1, 0x9e3779b1) % count + count >>> 0 % count,
  ).map((key) => Math.abs(key) % count);
}

function fieldOf(value: ArrowType, nested: boolean): ArrowField {
  const type: ArrowType = { kind: "dictionary", index: INDEX, value, ordered: false };
  const item: ArrowField = { name: "item", type, nullable: false, metadata: new Map() };
  if (!nested) return { ...item, name: "c" };
  return { ...item, name: "c", type: { kind: "list", child: item } };
}

interface Batching {
  readonly rowsPerBatch: number;
  readonly rowsPerGroup: number;
  readonly owned: boolean;
  /** Two elements a row. */
  readonly nested: boolean;
}

interface Cost {
  /** Bytes of all records. */
  readonly sent: number;
  /** Dictionary objects that batches came with. */
  readonly dictionaries: Set<DictionaryArray["dictionary"]>;
}

/** Columns of one batch, of rows `from` to `to`. */
function convert(
  { type }: Kind,
  dictionary: RawDictionary,
  from: number,
  to: number,
  nested: boolean,
  options: ColumnBatchOptions,
  count = dictionary.chunks.reduce((sum, { length }) => sum + length, 0),
): ColumnArray {
  const perRow = nested ? 2 : 1, length = (to - from) * perRow;
  const keys = bytesOf(keysOf(count, from * perRow, to * perRow));
  const array = rawArray({ length, values: keys, dictionary });
  const offsets = Int32Array.from({ length: to - from + 1 }, (_, i) => 2 * i);
  const column = nested
    ? rawArray({ length: to - from, offsets: bytesOf(offsets), children: [array] })
    : array;
  const schema = { fields: [fieldOf(type, nested)], metadata: new Map<string, string>() };
  return toColumnBatch(schema, { numRows: to - from, columns: [column] }, options).columns[0]!;
}

function leafOf(column: ColumnArray): DictionaryArray {
  return (column.shape === "list" ? column.child : column) as DictionaryArray;
}

function planOf({ leaf }: Kind, nested: boolean): ColumnPlan {
  return plan({
    ...leaf,
    ...(nested
      ? {
        nodes: [{ kind: "list", nullable: false }],
        maxRepetitionLevel: 1,
        maxDefinitionLevel: 1,
      }
      : {}),
  });
}

/** Writes all rows, batch by batch, into records of row groups. */
function cost(kind: Kind, { rowsPerBatch, rowsPerGroup, owned, nested }: Batching): Cost {
  const options = { kept: new KeptDictionaries(2 ** 25) };
  const identity = {};
  let sent = 0, target = new Uint8Array(0), inGroup = 0;
  let writer = new SegmentWriter(planOf(kind, nested), 0);
  const dictionaries = new Set<DictionaryArray["dictionary"]>();
  for (let first = 0; first < ROWS; first += rowsPerBatch) {
    const last = Math.min(ROWS, first + rowsPerBatch);
    // Arrow JS makes new views for each batch, IPC has the same arrays.
    const chunks = owned ? [kind.entries] : [{ ...kind.entries }];
    const dictionary = owned ? { owned, chunks } : { identity, chunks };
    const column = convert(kind, dictionary, first, last, nested, options);
    dictionaries.add(leafOf(column).dictionary);
    for (let from = 0; from < last - first;) {
      if (inGroup === rowsPerGroup) {
        writer = new SegmentWriter(planOf(kind, nested), 0);
        inGroup = 0;
      }
      const to = Math.min(last - first, from + rowsPerGroup - inGroup);
      const bytes = writer.byteLength(column, from, to);
      if (bytes > target.length) target = new Uint8Array(bytes);
      assert.equal(writer.write(column, from, to, target, 0), bytes);
      sent += bytes;
      inGroup += to - from;
      from = to;
    }
  }
  return { sent, dictionaries };
}

for (const owned of [true, false]) {
  describe(owned ? "dictionaries of IPC" : "dictionaries of Arrow JS", () => {
    for (const [name, kind] of Object.entries(KINDS)) {
      for (const nested of [false, true]) {
        test(nested ? `lists of ${name}` : name, () => {
          const one = cost(kind, { rowsPerBatch: ROWS, rowsPerGroup: ROWS, owned, nested });
          for (const rowsPerBatch of [500, 20]) {
            const batching = { rowsPerBatch, rowsPerGroup: ROWS, owned, nested };
            const { sent, dictionaries } = cost(kind, batching);
            // Each record has a header of its own, and padding.
            const headers = Math.ceil(ROWS / rowsPerBatch) * 256;
            assert.ok(sent <= 1.5 * one.sent + headers, `${sent} bytes instead of ${one.sent}`);
            // From some batch on, what is unchanged is the same object; IPC has but one.
            const batches = ROWS / rowsPerBatch;
            if (owned) assert.equal(dictionaries.size, 1);
            else assert.ok(dictionaries.size < Math.max(40, batches / 2), `${dictionaries.size}`);
          }
          // Row groups bring what their rows use, and never much more than the dictionary.
          const rowsPerGroup = 2000;
          const groups = cost(kind, { rowsPerBatch: ROWS, rowsPerGroup, owned, nested });
          const batching = { rowsPerBatch: 500, rowsPerGroup, owned, nested };
          const both = cost(kind, batching);
          const headers = Math.ceil(ROWS / 500) * 256;
          assert.ok(both.sent <= 1.5 * groups.sent + headers, `${both.sent}, not ${groups.sent}`);
        });
      }
    }
  });
}

test("a few rows look at a few entries, whatever the size of the dictionary", () => {
  const { type } = KINDS["short texts"]!;
  const kind: Kind = { type, entries: texts(200_000, 8), leaf: BYTE_ARRAY };
  // All bytes that a batch looks at or copies are counted against this, and nothing extends it.
  const limits = { ...DEFAULT_INPUT_LIMITS, maxBatchBytes: 64 * 1024, maxExpansion: 0 };
  const kept = new KeptDictionaries(2 ** 25);
  for (const options of [{ limits }, { limits, kept }]) {
    for (let batch = 0; batch < 300; batch++) {
      const dictionary = { identity: kind, chunks: [kind.entries] };
      convert(kind, dictionary, batch * 500, batch * 500 + 500, false, options);
    }
  }
  const all = { identity: {}, chunks: [kind.entries] };
  assert.throws(() => convert(kind, all, 0, 50_000, false, { limits }), { name: "LimitError" });
});

test("a dictionary that grows with every batch costs what rows and new entries do", () => {
  const { type, leaf } = KINDS["short texts"]!;
  const chunks: RawArray[] = [];
  const writer = new SegmentWriter(plan(leaf), 0);
  let sent = 0, entries = 0;
  for (let batch = 0; batch < 120; batch++) {
    chunks.push(texts(500, 8, batch * 500));
    const dictionary = { owned: true, chunks: [...chunks] };
    const kind = { type, entries: chunks[0]!, leaf };
    const column = convert(kind, dictionary, batch * 500, batch * 500 + 500, false, {});
    const array = leafOf(column);
    entries += array.dictionary.length;
    const bytes = writer.byteLength(column, 0, 500);
    writer.write(column, 0, 500, new Uint8Array(bytes), 0);
    sent += bytes;
  }
  assert.ok(entries <= 120 * 500 + 500, `${entries} entries`);
  assert.ok(sent <= 120 * (500 * 16 + 512), `${sent} bytes`);
});

test("a dictionary of several chunks that stays is joined once", () => {
  const { type, leaf } = KINDS["short texts"]!;
  const chunks = Array.from({ length: 50 }, (_, i) => texts(200, 8, i * 200));
  const dictionary = { owned: true, chunks };
  const seen = new Set<unknown>();
  for (let batch = 0; batch < 200; batch++) {
    const kind = { type, entries: chunks[0]!, leaf };
    seen.add(
      leafOf(convert(kind, dictionary, batch * 500, batch * 500 + 500, false, {})).dictionary,
    );
  }
  // As many rows as there are entries are served without.
  assert.ok(seen.size <= 10_000 / 500 + 1, `${seen.size} dictionaries`);
});

test("copies of dictionaries are bounded, whatever number of dictionaries comes again and again", () => {
  const { type, leaf } = KINDS["short texts"]!;
  const kept = new KeptDictionaries(100_000);
  const dictionaries = Array.from({ length: 30 }, (_, i) => ({
    identity: {},
    chunks: [texts(2000, 8, i * 2000)],
  }));
  let most = 0;
  for (let batch = 0; batch < 600; batch++) {
    const dictionary = dictionaries[batch % 30]!;
    const kind = { type, entries: dictionary.chunks[0]!, leaf };
    convert(kind, dictionary, batch * 500, batch * 500 + 500, false, { kept });
    most = Math.max(most, kept.byteLength);
  }
  assert.ok(most > 0 && most <= 100_000, `${most} bytes`);
});

test("a dictionary that changes again and again is copied less and less often", () => {
  const { type, leaf } = KINDS["short texts"]!;
  const kept = new KeptDictionaries(2 ** 25);
  const entries = texts(2000, 8);
  const dictionary = { identity: {}, chunks: [entries] };
  let copies = 0, before = 0;
  for (let batch = 0; batch < 600; batch++) {
    for (let i = 0; i < 2000; i++) entries.values![i * 8] = 48 + batch % 10;
    const column = convert({ type, entries, leaf }, dictionary, 0, 500, false, { kept });
    const { dictionary: { data, offsets }, keys } = leafOf(column) as DictionaryArray & {
      dictionary: { data: Uint8Array; offsets: Int32Array };
    };
    const first = new Int32Array(keys.slice(0, 4).buffer)[0]!;
    assert.equal(data[offsets[first]!], 48 + batch % 10);
    if (kept.byteLength > 0 && before === 0) copies++;
    before = kept.byteLength;
  }
  assert.ok(copies > 0 && copies < 12, `${copies} copies`);
});

test("a dictionary of IPC is read once, whatever number of batches and row groups use it", () => {
  const { type, leaf } = KINDS["short texts"]!;
  let reads = 0;
  const entries = new Proxy(texts(40_000, 8), {
    get(array, name: keyof RawArray) {
      if (name !== "length") reads++;
      return array[name];
    },
  });
  const dictionary = { owned: true, chunks: [entries] };
  const kind = { type, entries, leaf };
  const after: number[] = [];
  for (let batch = 0; batch < 100; batch++) {
    convert(kind, dictionary, batch * 500, batch * 500 + 500, false, {});
    after.push(reads);
  }
  assert.ok(after[0]! > 0);
  assert.equal(after.at(-1), after[0]);
});
