/**
 * Entries of a dictionary compared with a copy of them: whatever byte of what is used changes is seen, and nothing else matters.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownCopies, rawArray } from "../../src/arrow/raw_array.ts";
import type { RawArray } from "../../src/arrow/raw_array.ts";
import { isComparable, isSameAtOnce, isSameSlots } from "../../src/arrow/same_entries.ts";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";

const bytesOf = (view: ArrayBufferView) =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const field = (type: ArrowType): ArrowField => ({
  name: "f",
  type,
  nullable: true,
  metadata: new Map(),
});

const LENGTHS = [0, 1, 3, 4, 5, 7, 8, 9, 0, 15, 16, 17, 63, 64, 65, 600, 2, 1100, 3];

/** Offsets of values of those lengths, and as many bytes, at `shift` within their memory. */
function ranges(large: boolean, shift: number, byte: (at: number) => number) {
  const ends = LENGTHS.reduce((all, length) => [...all, all.at(-1)! + length], [0]);
  const memory = new Uint8Array(shift + ends.at(-1)!);
  const values = memory.subarray(shift).map((_, at) => byte(at));
  const offsets = large ? BigInt64Array.from(ends, BigInt) : Int32Array.from(ends);
  memory.set(values, shift);
  return { ends, offsets: bytesOf(offsets), values: memory.subarray(shift) };
}

const LETTERS = (at: number) => 97 + at % 26, ZEROS = () => 0, ONES = () => 0xff;

describe("isSameSlots()", () => {
  for (const large of [false, true]) {
    for (const [name, byte] of Object.entries({ LETTERS, ZEROS, ONES })) {
      for (const shift of [0, 1, 4]) {
        test(`${large ? "large " : ""}byte arrays of ${name}, at byte ${shift}`, () => {
          const type: ArrowType = { kind: large ? "largeBinary" : "binary" };
          const { ends, offsets, values } = ranges(large, shift, byte);
          const now = rawArray({ length: LENGTHS.length, offsets, values });
          const [before] = ownCopies([now]);
          const all = Int32Array.from(LENGTHS, (_, i) => i);
          assert.ok(isSameSlots(type, now, before!, all));
          assert.ok(isSameAtOnce(now, before!));
          // The highest bit turns zeros of a number into a negative zero.
          for (let at = 0; at < values.length; at += at < 300 ? 1 : 37) {
            values[at]! ^= 0x80;
            const changed = ends.findIndex((end) => end > at) - 1;
            assert.equal(isSameSlots(type, now, before!, all), false, `byte ${at}`);
            assert.equal(isSameAtOnce(now, before!), false);
            const others = all.filter((slot) => slot !== changed);
            assert.ok(isSameSlots(type, now, before!, others), `others than byte ${at}`);
            assert.equal(isSameSlots(type, now, before!, Int32Array.of(changed)), false);
            values[at]! ^= 0x80;
          }
          for (let at = 0; at < offsets.length; at++) {
            offsets[at]! ^= 1;
            assert.equal(isSameSlots(type, now, before!, all), false, `offset byte ${at}`);
            offsets[at]! ^= 1;
          }
        });
      }
    }
  }

  test("short byte arrays: whatever changes of those that are looked at is seen, at every place", () => {
    const type: ArrowType = { kind: "utf8" };
    for (const shift of [0, 1, 2, 4]) {
      const lengths = [0, 1, 2, 3, 4, 5, 7, 9, 0, 11, 12, 13, 10, 10, 1];
      const ends = lengths.reduce((all, length) => [...all, all.at(-1)! + length], [0]);
      const values = new Uint8Array(shift + ends.at(-1)!).subarray(shift);
      for (let at = 0; at < values.length; at++) values[at] = at + 1;
      const offsets = bytesOf(Int32Array.from(ends));
      const now = rawArray({ length: lengths.length, offsets, values });
      const [before] = ownCopies([now]);
      for (let slot = 0; slot < lengths.length; slot++) {
        const slots = Int32Array.of(slot, slot);
        assert.ok(isSameSlots(type, now, before!, slots));
        for (let at = 0; at < values.length; at++) {
          values[at]! ^= 0x80;
          const isOwn = at >= ends[slot]! && at < ends[slot + 1]!;
          assert.equal(isSameSlots(type, now, before!, slots), !isOwn, `${slot}, byte ${at}`);
          values[at]! ^= 0x80;
        }
        for (let at = 0; at < offsets.length; at++) {
          offsets[at]! ^= 1;
          const isOwn = at >> 2 === slot || at >> 2 === slot + 1;
          assert.equal(
            isSameSlots(type, now, before!, slots),
            !isOwn,
            `${slot}, offset byte ${at}`,
          );
          offsets[at]! ^= 1;
        }
      }
    }
  });

  const INT32: ArrowType = { kind: "int", bitWidth: 32, signed: true };
  const words = () => bytesOf(Int32Array.from({ length: 40 }, (_, i) => i));
  const bits = () => Uint8Array.from({ length: 5 }, (_, i) => 0xa5 ^ i);
  const NESTED: Record<string, { type: ArrowType; make: () => RawArray; buffers: string }> = {
    "Int32": {
      type: INT32,
      make: () => rawArray({ length: 40, values: words() }),
      buffers: "values",
    },
    "FixedSizeBinary(5)": {
      type: { kind: "fixedSizeBinary", byteWidth: 5 },
      make: () => rawArray({ length: 32, values: words() }),
      buffers: "values",
    },
    "Boolean, its bits at 3, with nulls": {
      type: { kind: "bool" },
      make: () => rawArray({ length: 37, bitOffset: 3, validity: bits(), values: bits() }),
      buffers: "validity values",
    },
    "lists": {
      type: { kind: "list", child: field(INT32) },
      make: () =>
        rawArray({
          length: 3,
          offsets: bytesOf(Int32Array.of(0, 10, 10, 40)),
          children: [rawArray({ length: 40, values: words() })],
        }),
      buffers: "offsets children.0.values",
    },
    "fixed-size lists in structs": {
      type: {
        kind: "struct",
        children: [field({ kind: "fixedSizeList", listSize: 4, child: field(INT32) })],
      },
      make: () =>
        rawArray({
          length: 10,
          children: [
            rawArray({ length: 10, children: [rawArray({ length: 40, values: words() })] }),
          ],
        }),
      buffers: "children.0.children.0.values",
    },
  };
  for (const [name, { type, make, buffers }] of Object.entries(NESTED)) {
    test(name, () => {
      assert.ok(isComparable(type));
      const now = make(), [before] = ownCopies([now]);
      const all = Int32Array.from({ length: now.length }, (_, i) => i);
      assert.ok(isSameSlots(type, now, before!, all));
      for (const path of buffers.split(" ")) {
        const buffer = path.split(".").reduce(
          (part, key) => (part as Record<string, object>)[key]!,
          now as object,
        ) as Uint8Array;
        for (let at = 0; at < buffer.length; at++) {
          buffer[at]! ^= 0x10;
          assert.equal(isSameSlots(type, now, before!, all), false, `${path} at ${at}`);
          buffer[at]! ^= 0x10;
        }
      }
      assert.ok(isSameSlots(type, now, before!, all));
    });
  }

  test("validity that comes, goes or contradicts its count is not the same", () => {
    const type = INT32, all = Int32Array.from({ length: 40 }, (_, i) => i);
    const bare = rawArray({ length: 40, values: words() });
    const marked = { ...bare, validity: new Uint8Array(5).fill(0xff) };
    const [copy] = ownCopies([bare]), [copyMarked] = ownCopies([marked]);
    assert.equal(isSameSlots(type, marked, copy!, all), false);
    assert.equal(isSameSlots(type, bare, copyMarked!, all), false);
    assert.equal(isSameSlots(type, { ...bare, nullCount: 3 }, copy!, all), false);
    assert.equal(isSameSlots(type, { ...bare, nullCount: 40 }, copy!, all), false);
    assert.ok(isSameSlots(type, { ...bare, nullCount: 0 }, copy!, all));
    assert.equal(
      isSameSlots(type, { ...bare, values: words().subarray(0, 156) }, copy!, all),
      false,
    );
  });
});
