/**
 * Small inputs have small costs: what a few bytes of Arrow stand for is bounded for the batch as a whole, and asked for before
 * memory is. Honest batches of the same kinds pass.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { InvalidBatchError, LimitError, toParquet, verifyParquet } from "../../mod.ts";
import { useClock } from "../../src/runtime/clock.ts";
import type { ColumnBatch } from "../../src/arrow/column_array.ts";
import { toColumnBatch } from "../../src/arrow/column_batch.ts";
import { readIpcBytes } from "../../src/arrow/ipc/read_ipc.ts";
import { rawArray } from "../../src/arrow/raw_array.ts";
import type { RawArray } from "../../src/arrow/raw_array.ts";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { DEFAULT_INPUT_LIMITS, type InputLimits } from "../../src/util/input_limits.ts";
import { countAllocations } from "../support/allocations.ts";

const MIB = 2 ** 20;
const LIMITS: InputLimits = { maxBatchBytes: MIB, maxPlainBytes: 16 * MIB };

const INT32: ArrowType = { kind: "int", bitWidth: 32, signed: true };
const DOUBLE: ArrowType = { kind: "float", bitWidth: 64 };
const UTF8: ArrowType = { kind: "utf8" };

function field(type: ArrowType, name = "a", nullable = true): ArrowField {
  return { name, type, nullable, metadata: new Map() };
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

const int32 = (...values: number[]): Uint8Array => bytesOf(Int32Array.from(values));

function runEndEncoded(values: ArrowType): ArrowType {
  return { kind: "runEndEncoded", runEnds: field(INT32, "run_ends", false), values: field(values) };
}

/** One run of `length` slots. */
function oneRun(length: number, values: RawArray): RawArray {
  return rawArray({ length, children: [rawArray({ length: 1, values: int32(length) }), values] });
}

/** Slots that have no bytes, under parents that are null. */
const NO_SLOTS = rawArray({ length: 0 });

interface Case {
  readonly type: ArrowType;
  /** A batch of so many slots, which takes next to no bytes. */
  readonly array: (slots: number) => RawArray;
  /** Slots that pass, and slots that do not, within `LIMITS`. */
  readonly few: number;
  readonly many: number;
}

const TEN = rawArray({ length: 1, values: bytesOf(Float64Array.of(10)) });
const LONG = new Uint8Array(2 ** 16).fill(97);
const LONG_TEXT = rawArray({ length: 1, offsets: int32(0, LONG.length), values: LONG });

const CASES: Readonly<Record<string, Case>> = {
  "run-end encoded numbers": {
    type: runEndEncoded(DOUBLE),
    array: (slots) => oneRun(slots, TEN),
    few: 10_000,
    many: 2 ** 26,
  },
  "run-end encoded lists of lists": {
    type: runEndEncoded({ kind: "list", child: field({ kind: "list", child: field(INT32) }) }),
    array: (slots) => {
      const numbers = rawArray({ length: 64, values: new Uint8Array(256) });
      const inner = rawArray({
        length: 8,
        offsets: int32(0, 8, 16, 24, 32, 40, 48, 56, 64),
        children: [numbers],
      });
      const outer = rawArray({ length: 1, offsets: int32(0, 8), children: [inner] });
      return oneRun(slots, outer);
    },
    few: 1000,
    many: 2 ** 22,
  },
  "run-end encoded text": {
    type: runEndEncoded(UTF8),
    array: (slots) => oneRun(slots, LONG_TEXT),
    few: 200,
    many: 20_000,
  },
  "nulls": {
    type: { kind: "null" },
    array: (slots) => rawArray({ length: slots }),
    few: MIB,
    many: 2 ** 31 - 2,
  },
  "lists of nulls of a fixed size": {
    type: { kind: "fixedSizeList", listSize: 1000, child: field({ kind: "null" }) },
    array: (slots) => rawArray({ length: slots, children: [rawArray({ length: slots * 1000 })] }),
    few: 1000,
    many: 1_000_000,
  },
  "nulls without bytes": {
    type: DOUBLE,
    array: (slots) => rawArray({ length: slots, nullCount: slots }),
    few: 10_000,
    many: 2 ** 24,
  },
  "children without bytes": {
    type: { kind: "fixedSizeList", listSize: 100, child: field(DOUBLE) },
    array: (slots) =>
      rawArray({
        length: slots,
        nullCount: slots,
        validity: new Uint8Array(Math.ceil(slots / 8)),
        children: [NO_SLOTS],
      }),
    few: 100,
    many: 150_000,
  },
  "views of one long value": {
    type: { kind: "utf8View" },
    array: (slots) => {
      const view = int32(LONG.length, 0, 0, 0);
      const values = new Uint8Array(16 * slots);
      for (let i = 0; i < slots; i++) values.set(view, 16 * i);
      return rawArray({ length: slots, values, variadic: [LONG] });
    },
    few: 10,
    many: 1000,
  },
  "list views of the same elements": {
    type: { kind: "listView", child: field(INT32) },
    array: (slots) => {
      const child = rawArray({ length: 10_000, values: new Uint8Array(40_000) });
      const offsets = new Uint8Array(4 * slots);
      const sizes = bytesOf(new Int32Array(slots).fill(10_000));
      return rawArray({ length: slots, offsets, sizes, children: [child] });
    },
    few: 10,
    many: 10_000,
  },
  "keys of a long value": {
    type: { kind: "dictionary", index: { bitWidth: 8, signed: true }, value: UTF8 } as ArrowType,
    array: (slots) =>
      rawArray({
        length: slots,
        values: new Uint8Array(slots),
        dictionary: { identity: {}, chunks: [LONG_TEXT] },
      }),
    few: 200,
    many: 200_000,
  },
  "keys of nested values": {
    type: {
      kind: "dictionary",
      index: { bitWidth: 8, signed: true },
      value: { kind: "list", child: field(INT32) },
    } as ArrowType,
    array: (slots) => {
      const child = rawArray({ length: 1000, values: new Uint8Array(4000) });
      const entries = rawArray({ length: 1, offsets: int32(0, 1000), children: [child] });
      const dictionary = { identity: {}, chunks: [entries] };
      return rawArray({ length: slots, values: new Uint8Array(slots), dictionary });
    },
    few: 20,
    many: 100_000,
  },
};

function convert(type: ArrowType, columns: readonly RawArray[], limits: InputLimits): ColumnBatch {
  return toColumnBatch(
    { fields: columns.map((_, i) => field(type, `c${i}`)), metadata: new Map() },
    { numRows: columns[0]!.length, columns, byteLength: 100 },
    { limits: { ...DEFAULT_INPUT_LIMITS, ...limits } },
  );
}

for (const [name, { type, array, few, many }] of Object.entries(CASES)) {
  test(`${name}: bounded for a column, and for all columns together`, async () => {
    assert.equal(convert(type, [array(few)], LIMITS).numRows, few);
    const one = [array(many)];
    const all = Array.from({ length: 5000 }, () => array(few));
    for (const columns of [one, all]) {
      const { bytes } = await countAllocations(() =>
        assert.throws(() => convert(type, columns, LIMITS), LimitError)
      );
      assert.ok(bytes <= 2 * MIB, `${bytes} bytes were allocated before it was refused`);
    }
  });
}

test("a batch may take many times its own bytes, however large it is", () => {
  const array = oneRun(2 ** 18, TEN);
  const schema = { fields: [field(runEndEncoded(DOUBLE))], metadata: new Map() };
  const limits = { ...DEFAULT_INPUT_LIMITS, maxBatchBytes: MIB, maxExpansion: 64 };
  const raw = { numRows: array.length, columns: [array] };
  assert.throws(() => toColumnBatch(schema, { ...raw, byteLength: 1000 }, { limits }), LimitError);
  assert.equal(toColumnBatch(schema, { ...raw, byteLength: MIB }, { limits }).numRows, 2 ** 18);
});

test("one buffer of many columns counts for each", () => {
  const values = new Uint8Array(8 * 10_000);
  const column = rawArray({ length: 10_000, values });
  assert.equal(convert(DOUBLE, [column], LIMITS).byteLength, values.length);
  const columns = Array.from({ length: 1000 }, () => column);
  assert.throws(() => convert(DOUBLE, columns, LIMITS), LimitError);
});

test("honest batches of few bytes pass by default", async () => {
  const million = 1_000_000;
  const nulls = convert({ kind: "null" }, [rawArray({ length: million })], {});
  assert.equal(nulls.numRows, million);
  const runs = convert(runEndEncoded(DOUBLE), [oneRun(million, TEN)], {});
  assert.equal(runs.byteLength > 0, true);
  await Promise.resolve();
});

const REAL = {
  setTimer: setTimeout,
  clearTimer: clearTimeout,
} as const;

const HOSTILE = new URL("../fixtures/hostile/", import.meta.url);

for (const name of ["slow_ipc.arrow", "ree_f64_x8.arrow", "dict_bomb.arrow"]) {
  test(`${name} is written or refused at a small cost`, async () => {
    const bytes = new Uint8Array(readFileSync(new URL(name, HOSTILE)));
    const { bytes: allocated } = await countAllocations(async () => {
      try {
        assert.deepEqual(await verifyParquet(await toParquet(bytes, { parallelism: 0 })), []);
      } catch (error) {
        assert.ok(error instanceof LimitError || error instanceof InvalidBatchError, `${error}`);
      }
    });
    assert.ok(allocated < 600 * MIB, `${allocated} bytes were allocated`);
    const error = await toParquet(bytes, { parallelism: 0, limits: LIMITS }).then(
      () => null,
      (error) => error,
    );
    assert.ok(error instanceof LimitError || error instanceof InvalidBatchError, `${error}`);
  });
}

test("dictionaries of a stream are bounded together", () => {
  const bytes = new Uint8Array(readFileSync(new URL("dict_bomb.arrow", HOSTILE)));
  const limits = { ...DEFAULT_INPUT_LIMITS, maxBatchBytes: 1000, maxExpansion: 1 };
  const zstd = (_: Uint8Array, size: number) => {
    assert.ok(size <= 1000, "a buffer was decompressed that is too large");
    return new Uint8Array(size);
  };
  assert.throws(() => [...readIpcBytes(bytes, { zstd, limits }).batches], LimitError);
});

test("a batch of IPC bytes is converted in turns, and what was checked cannot change meanwhile", async () => {
  const table = tableFromArrays({ a: Int32Array.of(1, 2), b: Int32Array.of(3, 4), c: ["d", "e"] });
  const original = tableToIPC(table, "stream");
  const expected = await toParquet(original, { parallelism: 0 });
  /** Writes the batch, whose bytes are overwritten in the turn with this ordinal; gives the file, and how many turns there were. */
  async function write(overwrittenIn: number) {
    const bytes = original.slice();
    let time = 0, turns = 0;
    // Every look at the clock takes ten milliseconds.
    useClock({
      ...REAL,
      now: () => time += 10,
      afterTurn: (callback) => {
        if (turns++ === overwrittenIn) bytes.fill(0xff);
        queueMicrotask(callback);
      },
    });
    try {
      // A single batch, so that there is nothing to read any more after it.
      const [batch] = [...readIpcBytes(bytes).batches];
      const file = await toParquet(batch as never, { parallelism: 0 }).catch((error) => {
        assert.ok(error instanceof InvalidBatchError);
        return null;
      });
      return { file, turns };
    } finally {
      useClock(null);
    }
  }
  const { turns } = await write(Infinity);
  const files: (Uint8Array | null)[] = [];
  for (let turn = 0; turn < turns; turn++) files.push((await write(turn)).file);
  // Before it is looked at, a batch is what its bytes have become by then; from there on it is what was checked.
  const first = files.findIndex((file) => file !== null);
  assert.ok(
    first >= 0 && first < turns - 1,
    `${turns} turns, the first one that came too late is ${first}`,
  );
  for (const file of files.slice(first)) assert.deepEqual(file, expected);
});
