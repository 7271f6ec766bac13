import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decidingBytes,
  truncateMax,
  truncateMin,
  writtenMax,
  writtenMin,
} from "../../src/statistics/truncate.ts";
import { compareBytes } from "../../src/statistics/bounds.ts";
import { plan } from "../column/support.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const exactly = (value: Uint8Array) => ({ value, exact: true });

test("truncateMax() increments the last character that can be, without widening it", () => {
  const cases: [value: string, length: number, max: string | null][] = [
    ["abcdef", 3, "abd"],
    ["abc", 3, null],
    // A character is never cut through.
    ["aéb", 2, "b"],
    ["aéé", 3, "aê"],
    ["ab\x7fcd", 3, "ac"],
    ["a\x7f\x7fcd", 3, "b"],
    ["\x7f\x7f\x7f\x7f", 3, null],
    ["\u07ff\u07ffa", 4, null],
    ["a\u07ffa", 3, "b"],
    // U+D7FF is followed by U+E000: what is between them are no characters.
    ["\ud7ffa", 3, "\ue000"],
    ["\uffffa", 3, null],
    ["a\uffffa", 4, "b"],
    ["\u{10ffff}a", 4, null],
    ["a\u{10ffff}a", 5, "b"],
    ["\u{1f600}a", 4, "\u{1f601}"],
    // A byte order mark is a character as any other.
    ["\ufeffab", 3, "\uff00"],
    // Not even one character fits.
    ["éa", 1, null],
  ];
  for (const [value, length, max] of cases) {
    const bound = truncateMax(exactly(encode(value)), length, true);
    assert.deepEqual([decode(bound.value), bound.exact], [max ?? value, max === null], value);
  }
});

test("truncateMax() increments the last byte that is not 0xFF", () => {
  const cases: [value: number[], length: number, max: number[] | null][] = [
    [[1, 2, 3], 2, [1, 3]],
    [[1, 255, 3], 2, [2]],
    [[255, 255, 3], 2, null],
    [[0, 0, 0], 1, [1]],
    [[1, 2], 2, null],
  ];
  for (const [value, length, max] of cases) {
    const bound = truncateMax(exactly(Uint8Array.from(value)), length, false);
    assert.deepEqual([[...bound.value], bound.exact], [max ?? value, max === null]);
  }
});

test("bounds are at most as long as asked for, valid, and bounds", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (text, length, utf8) => {
        const value = encode(text);
        const min = truncateMin(exactly(value), length, utf8);
        const max = truncateMax(exactly(value), length, utf8);
        assert.ok(compareBytes(min.value, value, false) <= 0);
        assert.ok(compareBytes(max.value, value, false) >= 0);
        assert.ok(min.value.length <= length && (max.exact || max.value.length <= length));
        assert.equal(min.exact, min.value.length === value.length);
        if (utf8) assert.ok(decode(min.value) !== undefined && decode(max.value) !== undefined);
      },
    ),
  );
});

test("bounds of values of one length are never cut, and left out where they are far too long", () => {
  const fixed = plan({ physicalType: "FIXED_LEN_BYTE_ARRAY", typeLength: 100, order: "bytes" });
  const bound = exactly(new Uint8Array(100).fill(7));
  assert.equal(writtenMin(bound, fixed, 64), bound);
  assert.equal(writtenMax(bound, fixed, 64), bound);
  const huge = exactly(new Uint8Array(65537).fill(7));
  assert.deepEqual([writtenMin(huge, fixed, 64), writtenMax(huge, fixed, 64)], [null, null]);
  assert.equal(writtenMax(huge, fixed, null), huge);
});

test("a maximum that cannot be cut is written whole, unless it is far too long", () => {
  const strings = plan({ physicalType: "BYTE_ARRAY", order: "bytes" });
  const of = (length: number) => exactly(new Uint8Array(length).fill(255));
  assert.equal(writtenMax(of(65536), strings, 64)!.value.length, 65536);
  assert.equal(writtenMax(of(65537), strings, 64), null);
  assert.equal(writtenMin(of(65537), strings, 64)!.value.length, 64);
});

test("no byte after the deciding ones changes how a bound is written", () => {
  const byteStrings = plan({ physicalType: "BYTE_ARRAY", order: "bytes" });
  const texts = plan({ physicalType: "BYTE_ARRAY", order: "utf8" });
  const properties = { statisticsTruncateLength: 64, columnIndexTruncateLength: 70_000 };
  assert.equal(decidingBytes(properties), 70_001);
  assert.equal(decidingBytes({ ...properties, columnIndexTruncateLength: 8 }), 65_537);
  assert.equal(decidingBytes({ ...properties, statisticsTruncateLength: null }), Infinity);
  const most = decidingBytes(properties);
  for (const length of [1, 64, 65_536, 69_999, 70_000, 70_001, 70_002, 200_000]) {
    for (const filling of [0x61, 0x7f, 0xff]) {
      const value = new Uint8Array(length).fill(filling);
      const start = value.subarray(0, most);
      for (const column of filling === 0xff ? [byteStrings] : [byteStrings, texts]) {
        for (const limit of [64, 70_000]) {
          assert.deepEqual(
            writtenMin(exactly(start), column, limit),
            writtenMin(exactly(value), column, limit),
          );
          assert.deepEqual(
            writtenMax(exactly(start), column, limit),
            writtenMax(exactly(value), column, limit),
          );
        }
      }
    }
  }
});

test("bounds that are no value of the column stay inexact however short they are", () => {
  const zero = { value: new Uint8Array(8), exact: false };
  const doubles = plan({ physicalType: "DOUBLE", order: "float" });
  assert.equal(writtenMax(zero, doubles, 64), zero);
});
