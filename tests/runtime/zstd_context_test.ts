import assert from "node:assert/strict";
import { test } from "node:test";
import { decompress } from "fzstd";
import { keepsZstd, keptZstd, nativeZstd } from "../../src/runtime/zlib.ts";
import { noise, words } from "../compression/fixtures.ts";

const options = { skip: "Deno" in globalThis ? "Deno leaves sizes out of such frames" : false };

test("keepsZstd() finds a runtime that keeps contexts", options, () => {
  assert.equal(keepsZstd(), true);
});

test("keptZstd() writes what a new context writes, whatever came before", options, () => {
  for (const level of [1, 3, 9]) {
    const compress = keptZstd(level)!;
    for (const bytes of [words(300), noise(70_000), words(0), words(1_500_000), words(9000)]) {
      const frame = compress(bytes);
      assert.ok(Buffer.compare(frame, nativeZstd()!(bytes, level)) === 0, `level ${level}`);
      assert.ok(Buffer.compare(decompress(frame), bytes) === 0, `level ${level}`);
    }
  }
});

test("keptZstd() compresses more than it keeps memory for", options, () => {
  const bytes = noise(6_000_000);
  const frame = keptZstd(1)!(bytes).slice();
  assert.ok(Buffer.compare(decompress(frame), bytes) === 0);
  assert.ok(Buffer.compare(keptZstd(1)!(bytes), frame) === 0);
});

test("keptZstd() keeps no context of the slow levels", () => {
  assert.equal(keptZstd(10), null);
});
