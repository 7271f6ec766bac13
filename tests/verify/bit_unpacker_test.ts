import assert from "node:assert/strict";
import { test } from "node:test";
import { isZero, unpackBytes, unpackWords } from "../../src/verify/pages/bit_unpacker.ts";
import { crc32 } from "../../src/verify/pages/crc32.ts";
import { randomNumbers } from "../support/random_data.ts";
import { concat, pack, slowCrc32 } from "./pages.ts";

/** The same bytes at the very end of their buffer, and with others behind them. */
function places(packed: Uint8Array): { bytes: Uint8Array; from: number }[] {
  const atEnd = concat([255, 255, 255], packed);
  const within = concat([255], packed, new Uint8Array(16).fill(255));
  return [
    { bytes: atEnd.subarray(1), from: 2 },
    { bytes: within, from: 1 },
    { bytes: within.subarray(1, 1 + packed.length), from: 0 },
  ];
}

test("unpackWords() and unpackBytes() give every bit of every width", () => {
  for (let width = 0; width <= 32; width++) {
    const next = randomNumbers(width + 1);
    for (const count of [0, 1, 7, 8, 9, 31, 32, 33, 100]) {
      const values = Array.from(
        { length: count },
        (_, i) => i % 5 === 0 ? 2 ** width - 1 : Math.floor(next() * 2 ** width),
      );
      for (const { bytes, from } of places(pack(values, width))) {
        const words = new Uint32Array(count + 2).fill(77);
        const most = unpackWords(bytes, from, width, count, words, 1);
        assert.deepEqual(Array.from(words), [77, ...values, 77]);
        assert.equal(most, Math.max(0, ...values));
        if (width < 1 || width > 8) continue;
        const small = new Uint8Array(count + 2).fill(77);
        assert.equal(unpackBytes(bytes, from, width, count, small, 1), most);
        assert.deepEqual(Array.from(small), [77, ...values, 77]);
      }
    }
  }
});

test("isZero() looks at the bits asked for, and at no other", () => {
  for (let set = 0; set < 40; set++) {
    const bytes = new Uint8Array(5);
    bytes[set >> 3] = 1 << (set & 7);
    for (let from = 0; from <= 40; from++) {
      for (let to = from; to <= 40; to++) {
        assert.equal(isZero(bytes, from, to), set < from || set >= to, `${set}: ${from} to ${to}`);
      }
    }
  }
});

test("crc32() is that of GZIP, whatever the length and the place", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")) >>> 0, 0xcbf43926);
  const next = randomNumbers(5);
  const all = Uint8Array.from({ length: 300 }, () => Math.floor(next() * 256));
  for (let length = 0; length < 60; length++) {
    for (const from of [0, 1, 5]) {
      const bytes = all.subarray(from, from + length * 4 + (length & 3));
      assert.equal(crc32(bytes), slowCrc32(bytes));
    }
  }
});
