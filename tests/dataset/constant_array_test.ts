/** Whether an array is constant, held against a look at each slot. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnArray } from "../../src/arrow/column_array.ts";
import { isConstant } from "../../src/dataset/constant_array.ts";

/** Bytes at an address that is no multiple of a word. */
function at(offset: number, bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array(offset + bytes.length);
  room.set(bytes, offset);
  return room.subarray(offset);
}

function arraysOf(slots: readonly Uint8Array[], offset: number): ColumnArray[] {
  const width = slots[0]!.length, length = slots.length;
  const values = at(offset, Uint8Array.from(slots.flatMap((slot) => [...slot])));
  const same = slots.every((slot) => slot.length === width);
  const ends = [3];
  for (const slot of slots) ends.push(ends.at(-1)! + slot.length);
  const data = at(offset, Uint8Array.from([7, 7, 7, ...values, 9]));
  const base = { length, validity: null };
  return [
    ...(same && width > 0 ? [{ ...base, shape: "fixed", width, values } as const] : []),
    { ...base, shape: "bytes", offsets: Int32Array.from(ends), data },
  ];
}

test("isConstant() tells arrays of one value from those where one byte differs", () => {
  for (const width of [0, 1, 2, 3, 4, 5, 8, 10, 13, 16]) {
    for (const length of [1, 2, 3, 7, 40]) {
      for (const offset of [0, 1, 2, 3]) {
        const slots = Array.from(
          { length },
          () => Uint8Array.from({ length: width }, (_, i) => i * 7),
        );
        for (const array of arraysOf(slots, offset)) assert.ok(isConstant(array, length));
        for (let slot = 0; length > 1 && slot < length; slot++) {
          for (const byte of new Set([0, width - 1])) {
            if (width === 0) continue;
            const other = slots.map((bytes) => bytes.slice());
            other[slot]![byte]! ^= 1;
            const where = `${width} ${length} ${offset} ${slot} ${byte}`;
            for (const array of arraysOf(other, offset)) {
              assert.ok(!isConstant(array, length), where);
              // Slots behind those that are asked for do not count.
              if (slot === length - 1) assert.ok(isConstant(array, length - 1), where);
            }
          }
        }
      }
    }
  }
  const texts = ["ab", "ab", "a", "bab"].map((text) => new TextEncoder().encode(text));
  assert.ok(!isConstant(arraysOf(texts, 0).at(-1)!, 4));
});

test("isConstant() of booleans, dictionaries and nulls", () => {
  const bits = (bytes: number[]) => ({ bytes: Uint8Array.from(bytes), bitOffset: 3 });
  const booleans = (bytes: number[]) =>
    ({ shape: "boolean", length: 10, validity: null, values: bits(bytes) }) as const;
  assert.ok(isConstant(booleans([0xf8, 0x1f]), 10));
  assert.ok(isConstant(booleans([0x07, 0xe0]), 10));
  assert.ok(!isConstant(booleans([0xf8, 0x0f]), 10));
  const dictionary = booleans([0xff, 0xff]);
  const keys = Uint8Array.of(1, 0, 1, 0, 1, 0);
  const array = {
    shape: "dictionary",
    length: 3,
    validity: null,
    keyWidth: 2,
    dictionary,
  } as const;
  assert.ok(isConstant({ ...array, keys }, 3));
  assert.ok(!isConstant({ ...array, keys: Uint8Array.of(1, 0, 1, 0, 1, 1) }, 3));
  assert.ok(!isConstant({ ...array, keys, validity: bits([0xf0, 0xff]) }, 3));
  assert.ok(isConstant({ shape: "null", length: 3, validity: null }, 3));
});
