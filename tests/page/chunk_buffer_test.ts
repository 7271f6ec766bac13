import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkBuffer } from "../../src/page/chunk_buffer.ts";
import { returnBlock } from "../../src/util/byte_blocks.ts";

const KIB = 1024;

function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, seed) >>> 8);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const SIZES: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [30, 4000, 30, 4000],
  [64 * KIB - 1, 1],
  [64 * KIB - 1, 2],
  [64 * KIB],
  [30, 64 * KIB, 30, 100 * KIB, 7],
  [63 * KIB, 63 * KIB, 63 * KIB],
  Array.from({ length: 40 }, () => 50 * KIB + 1),
  [200 * KIB, 0, 1, 200 * KIB],
];

for (const sizes of SIZES) {
  test(`ChunkBuffer keeps pieces of ${sizes.slice(0, 6).join(", ")} bytes in order`, () => {
    const buffer = new ChunkBuffer();
    // Twice: blocks that were used before are used again.
    for (const seed of [7919, 104729]) {
      const pieces = sizes.map((size, i) => bytes(size, seed + i));
      for (const piece of pieces) buffer.append(piece);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      assert.equal(buffer.byteLength, total);
      const parts = buffer.takeParts();
      assert.equal(buffer.byteLength, 0);
      assert.deepEqual(joined(parts), joined(pieces));
      for (const part of parts) {
        // Each can be transferred, and is not much larger than what it holds.
        assert.equal(part.byteOffset, 0);
        const { byteLength } = part.buffer;
        assert.ok(
          byteLength <= Math.max(2 * part.length, 4 * KIB),
          `${part.length} of ${byteLength}`,
        );
        assert.ok(part.length > 0);
      }
      assert.equal(new Set(parts.map(({ buffer }) => buffer)).size, parts.length);
    }
  });
}

test("ChunkBuffer fills blocks that were given back, and no others", () => {
  const first = new ChunkBuffer();
  first.append(bytes(200 * KIB, 3));
  const parts = first.takeParts();
  const given = parts.slice(1);
  for (const part of given) returnBlock(part);
  const second = new ChunkBuffer();
  second.append(bytes(400 * KIB, 5));
  const buffers = new Set(second.takeParts().map(({ buffer }) => buffer));
  assert.ok(given.filter(({ length }) => length === 64 * KIB).every((p) => buffers.has(p.buffer)));
  assert.deepEqual(parts[0], bytes(64 * KIB, 3));
});

test("ChunkBuffer gives parts that later chunks do not change", () => {
  const first = new ChunkBuffer();
  first.append(bytes(100, 3));
  const parts = first.takeParts();
  const second = new ChunkBuffer();
  second.append(new Uint8Array(100).fill(255));
  second.release();
  assert.equal(second.byteLength, 0);
  assert.deepEqual(second.takeParts(), []);
  assert.deepEqual(joined(parts), bytes(100, 3));
});
