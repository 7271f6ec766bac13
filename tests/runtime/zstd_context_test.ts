import assert from "node:assert/strict";
import { test } from "node:test";
import { decompress } from "fzstd";
import { keepsZstd, keptZstd, nativeZstd, sizedZstd } from "../../src/runtime/zlib.ts";
import { sizeLog } from "../../src/runtime/zstd_parameters.ts";
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

test("sizedZstd() writes what the runtime does, which it asks once for pages of about a size", () => {
  const native = nativeZstd()!;
  const sizes = [3, 100, 255, 257, 1000, 1023, 1025, 5000, 16_383, 16_385, 65_791, 65_793, 131_073];
  for (const level of [1, 2, 3]) {
    let asked = 0;
    const compress = sizedZstd(level, (bytes) => {
      asked++;
      return native(bytes, level);
    })!;
    const check = (bytes: Uint8Array) => {
      const frame = compress(bytes);
      const name = `${bytes.length} bytes at level ${level}`;
      assert.ok(Buffer.compare(frame, native(bytes, level)) === 0, name);
    };
    for (const size of sizes) check(words(size));
    const first = asked;
    assert.equal(first, new Set(sizes.map(sizeLog)).size);
    for (const size of sizes) for (const bytes of [words(size, 5), noise(size)]) check(bytes);
    assert.equal(asked, first);
    // Blocks that are full, nothing at all, and what is large.
    for (const size of [0, 1, 64, 1024, 131_072, 262_144, 300_000]) check(words(size));
    assert.equal(asked, first + 7);
  }
  assert.equal(sizedZstd(4, native), null);
});

test("sizedZstd() leaves all to a runtime that writes other bytes", () => {
  const native = nativeZstd()!;
  const other = (bytes: Uint8Array) => native(bytes, 9);
  const compress = sizedZstd(1, other)!;
  for (const bytes of [words(3000), words(3000, 5), words(9000)]) {
    assert.ok(Buffer.compare(compress(bytes), other(bytes)) === 0);
  }
});
