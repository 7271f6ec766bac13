import assert from "node:assert/strict";
import { test } from "node:test";
import { bloomBits, mayContain, xxh64 } from "../support/xxh64.ts";
import { assertSameOutputs, byteArrays, LENGTHS, random, withKernels } from "./support.ts";

/** Digests that xxHash itself prints. */
const VECTORS: Readonly<Record<string, bigint>> = {
  "": 0xef46db3751d8e999n,
  "a": 0xd24ec4f1a98c6e5bn,
  "as": 0x1c330fb2d66be179n,
  "asd": 0x631c37ce72a97393n,
  "asdf": 0x415872f599cea71en,
  "abc": 0x44bc2cf5ad770999n,
  "Call me Ishmael. Some years ago--never mind how long precisely-": 0x02a2e85470d6fd96n,
  "Nobody inspects the spammish repetition": 0xfbcea83c8a378bf1n,
};

const u64s = (bytes: Uint8Array<ArrayBuffer>) => [...new BigUint64Array(bytes.buffer)];

test("xxh64() gives the known digests", () => {
  const values = Object.keys(VECTORS).map((text) => new TextEncoder().encode(text));
  const expected = Object.values(VECTORS);
  assert.deepEqual(values.map(xxh64), expected, "the oracle");
  withKernels((scope, kernels) => {
    const { offsets, data } = byteArrays(values, 3);
    const dst = scope.room(values.length * 8);
    kernels.xxh64ByteArrays(scope.put(offsets), scope.put(data), values.length, dst);
    assert.deepEqual(u64s(scope.bytes(dst, values.length * 8)), expected, kernels.kind);
  });
});

test("xxh64ByteArrays() hashes every length", () => {
  const next = random(7);
  const values = Array.from(
    { length: 140 },
    (_, length) => Uint8Array.from({ length }, () => next() * 256),
  );
  const expected = values.map(xxh64);
  withKernels((scope, kernels) => {
    const { offsets, data } = byteArrays(values, 1);
    const dst = scope.room(values.length * 8);
    kernels.xxh64ByteArrays(scope.put(offsets), scope.put(data), values.length, dst);
    assert.deepEqual(u64s(scope.bytes(dst, values.length * 8)), expected, kernels.kind);
  });
});

for (const width of [1, 2, 3, 4, 5, 8, 12, 16, 31, 32, 33, 64, 100]) {
  test(`xxh64Fixed() hashes values of ${width} bytes`, () => {
    for (const n of LENGTHS.filter((n) => n < 200)) {
      const next = random(n);
      // Every fourth value is of ones and zeros, where halves carry.
      const bytes = Uint8Array.from(
        { length: n * width },
        (_, i) => Math.floor(i / width) % 4 === 0 ? (next() < 0.7 ? 255 : 0) : next() * 256,
      );
      const expected = Array.from(
        { length: n },
        (_, i) => xxh64(bytes.subarray(i * width, (i + 1) * width)),
      );
      withKernels((scope, kernels) => {
        const dst = scope.room(n * 8);
        kernels.xxh64Fixed(scope.put(bytes), width, n, dst);
        assert.deepEqual(u64s(scope.bytes(dst, n * 8)), expected, kernels.kind);
        const after = scope.bytes(dst + n * 8, 16);
        assert.ok(after.every((byte) => byte === 0xcd), "nothing is written behind");
      });
    }
  });
}

test("bloomInsert() sets the bits of each hash and no others", () => {
  for (const blocks of [1, 2, 3, 7, 1024]) {
    const next = random(blocks);
    const values = Array.from(
      { length: 100 },
      () => Uint8Array.from({ length: 8 }, () => next() * 256),
    );
    const hashes = [...values.map(xxh64), 0n, 2n ** 64n - 1n, 2n ** 63n, 0xffffffffn];
    const expected = new Uint8Array(blocks * 32);
    for (const bit of hashes.flatMap((hash) => bloomBits(hash, blocks))) {
      expected[bit >> 3]! |= 1 << (bit & 7);
    }
    const outputs: Uint8Array[][] = [];
    withKernels((scope, kernels) => {
      const bitset = scope.put(new Uint8Array(blocks * 32));
      const source = scope.put(BigUint64Array.from(hashes));
      kernels.bloomInsert(source, hashes.length, bitset, blocks);
      outputs.push([scope.bytes(bitset, blocks * 32)]);
      assert.deepEqual(outputs.at(-1)![0], expected, kernels.kind);
    });
    assertSameOutputs(outputs);
    assert.ok(values.every((value) => mayContain(outputs[0]![0]!, value)));
  }
});

test("a Bloom filter of half as many blocks is that of neighbouring blocks together", () => {
  const next = random(3);
  const values = Array.from(
    { length: 500 },
    () => Uint8Array.from({ length: 8 }, () => next() * 256),
  );
  const hashes = BigUint64Array.from(values, xxh64);
  withKernels((scope, kernels) => {
    const [large, small] = [64, 32].map((blocks) => {
      const bitset = scope.put(new Uint8Array(blocks * 32));
      kernels.bloomInsert(scope.put(hashes), hashes.length, bitset, blocks);
      return scope.bytes(bitset, blocks * 32);
    });
    const folded = small!.map((_, i) => {
      const [block, byte] = [Math.floor(i / 32), i % 32];
      return large![block * 64 + byte]! | large![block * 64 + 32 + byte]!;
    });
    assert.deepEqual(folded, small);
  });
});
