import assert from "node:assert/strict";
import { test } from "node:test";
import {
  copyBitmap,
  copyBits,
  countClearBits,
  filledBitmap,
  hasClearBit,
  isBitSet,
  nextClearBit,
} from "../../src/arrow/bitmap.ts";
import type { Bitmap } from "../../src/arrow/column_array.ts";

const LENGTHS = [0, 1, 7, 8, 9, 15, 16, 17, 63, 64, 65];

function patterns(length: number): boolean[][] {
  return [
    Array.from({ length }, () => true),
    Array.from({ length }, () => false),
    Array.from({ length }, (_, i) => i % 3 !== 1),
    Array.from({ length }, (_, i) => i !== length - 1),
    Array.from({ length }, (_, i) => i !== 0),
    Array.from({ length }, (_, i) => i !== Math.floor(length / 2)),
  ];
}

/** Bits at an offset, among others that are their opposite. */
function bitmapOf(bits: readonly boolean[], bitOffset: number): Bitmap {
  const bytes = new Uint8Array(Math.ceil((bitOffset + bits.length + 3) / 8)).fill(
    bits[0] === true ? 0 : 0xff,
  );
  bits.forEach((bit, i) => {
    const at = bitOffset + i;
    if (bit) bytes[at >> 3]! |= 1 << (at & 7);
    else bytes[at >> 3]! &= ~(1 << (at & 7));
  });
  return { bytes, bitOffset };
}

const read = (bitmap: Bitmap, length: number) =>
  Array.from({ length }, (_, i) => isBitSet(bitmap, i));

test("bitmaps are searched and copied at every offset", () => {
  for (const length of LENGTHS) {
    for (const bits of patterns(length)) {
      for (let offset = 0; offset <= 9; offset++) {
        const bitmap = bitmapOf(bits, offset);
        assert.deepEqual(read(bitmap, length), bits);
        for (const from of [0, 1, 8].filter((from) => from <= length)) {
          const clear = bits.indexOf(false, from);
          assert.equal(hasClearBit(bitmap, from, length), clear >= 0);
          assert.equal(nextClearBit(bitmap, from, length), clear < 0 ? length : clear);
        }
        const copy = { bytes: copyBitmap(bitmap, length), bitOffset: 0 };
        assert.deepEqual(read(copy, length), bits);
        for (const at of [0, 3, 8]) {
          const target = new Uint8Array(16);
          copyBits(bitmap, 0, length, target, at);
          assert.deepEqual(read({ bytes: target, bitOffset: at }, length), bits);
          const set = target.reduce(
            (sum, byte) => sum + byte.toString(2).replaceAll("0", "").length,
            0,
          );
          assert.equal(set, bits.filter(Boolean).length);
        }
      }
    }
  }
});

test("filledBitmap() sets its bits and no others", () => {
  for (const length of LENGTHS) {
    const { bytes } = filledBitmap(length);
    const set = bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
    assert.equal(set, length);
    assert.equal(bytes.length, Math.ceil(length / 8));
  }
});

test("countClearBits() counts what a look at every bit counts", () => {
  const bytes = Uint8Array.from(
    { length: 40 },
    (_, i) => (i * 97 + 13) & (i % 5 === 0 ? 0xff : 0x5b),
  );
  for (const start of [0, 1, 2, 3]) {
    for (let bitOffset = 0; bitOffset < 20; bitOffset++) {
      const bitmap = { bytes: bytes.subarray(start), bitOffset };
      for (const [from, to] of [[0, 0], [0, 1], [3, 5], [0, 31], [5, 37], [7, 130], [0, 256]]) {
        let clear = 0;
        for (let i = from!; i < to!; i++) if (!isBitSet(bitmap, i)) clear++;
        assert.equal(
          countClearBits(bitmap, from!, to!),
          clear,
          `${start} ${bitOffset} ${from} ${to}`,
        );
      }
    }
  }
});
