import assert from "node:assert/strict";
import { test } from "node:test";
import type { RandomAccess } from "../../src/format/read_metadata.ts";
import { BlockCache } from "../../src/verify/frame/block_cache.ts";

/** Bytes that say where they are, and how often they were read. */
function countedFile(byteLength: number): RandomAccess & { reads: number } {
  const bytes = Uint8Array.from({ length: byteLength }, (_, i) => i * 31 + (i >> 8) * 7);
  return {
    byteLength,
    reads: 0,
    read(offset, length) {
      this.reads++;
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
  };
}

test("a BlockCache reads what the file has, also across blocks and beyond its end", async () => {
  const file = countedFile(400_000);
  const cache = new BlockCache(file);
  assert.equal(cache.byteLength, 400_000);
  const edges = [0, 1, 131_000, 131_071, 131_072, 262_100, 399_990, 400_000, 500_000];
  for (const offset of [...edges, ...edges.toReversed()]) {
    for (const length of [0, 1, 7, 200, 65_536, 65_537, 200_000]) {
      const expected = await file.read(offset, length);
      assert.deepEqual(await cache.read(offset, length), expected, `${length} at ${offset}`);
      const target = new Uint8Array(length);
      assert.equal(await cache.readInto(offset, target), expected.length);
      assert.deepEqual(target.subarray(0, expected.length), expected);
    }
  }
});

test("a BlockCache reads neighbours once, and keeps few blocks", async () => {
  const file = countedFile(4_000_000);
  const cache = new BlockCache(file);
  for (let at = 0; at < 1_000_000; at += 100) await cache.read(at, 100);
  assert.ok(file.reads <= 8, `${file.reads} reads`);
  file.reads = 0;
  // Three places in turn, as pages and two kinds of indexes are.
  for (let i = 0; i < 1000; i++) {
    for (const place of [0, 1_500_000, 3_000_000]) await cache.read(place + i * 10, 10);
  }
  assert.ok(file.reads <= 6, `${file.reads} reads`);
});
