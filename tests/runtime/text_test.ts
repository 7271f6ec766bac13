import assert from "node:assert/strict";
import { test } from "node:test";
import { isAscii, isAsciiPortable, isUtf8, isUtf8Portable } from "../../src/runtime/text.ts";

/** What a strict decoder says. */
function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const CHECKS = [isUtf8, isUtf8Portable];

test("isUtf8() agrees with a strict decoder on every pair of bytes, short and long", () => {
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      const bytes = Uint8Array.of(0x61, first, second);
      const expected = decodes(bytes);
      for (const check of CHECKS) assert.equal(check(bytes), expected, `${first} ${second}`);
    }
  }
});

test("isUtf8() knows the edges of three and four bytes", () => {
  const sequences = [
    [0xe0, 0x9f, 0xbf],
    [0xe0, 0xa0, 0x80],
    [0xed, 0x9f, 0xbf],
    [0xed, 0xa0, 0x80],
    [0xef, 0xbf, 0xbf],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf0, 0x90, 0x80, 0x80],
    [0xf4, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x98],
    [0xe2, 0x28, 0xa1],
    [0xf0, 0x9f, 0x98, 0x28],
  ];
  for (const sequence of sequences) {
    for (const before of [0, 1, 31, 32, 100]) {
      for (const after of [0, 1, 40]) {
        const bytes = new Uint8Array(before + sequence.length + after).fill(0x61);
        bytes.set(sequence, before);
        const expected = decodes(bytes);
        for (const check of CHECKS) {
          assert.equal(check(bytes), expected, `${sequence} at ${before}`);
        }
      }
    }
  }
});

test("isAscii() finds the one byte that is not", () => {
  for (const length of [0, 1, 31, 32, 33, 1000]) {
    const bytes = new Uint8Array(length).fill(0x7f);
    for (const check of [isAscii, isAsciiPortable]) {
      assert.equal(check(bytes), true);
      for (const at of [0, length >> 1, length - 1]) {
        if (length === 0) continue;
        bytes[at] = 0x80;
        assert.equal(check(bytes), false, `${at} of ${length}`);
        bytes[at] = 0x7f;
      }
    }
  }
});
