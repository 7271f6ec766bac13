/** Bloom filters: hashes against a naive oracle, filters that have all values, and filters that lack one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { multiplyHigh, xxh64 } from "../../src/verify/claims/xxh64.ts";
import { bloomBits, xxh64 as naiveXxh64 } from "../support/xxh64.ts";
import { ORDERS } from "./claim_orders.ts";
import { chunk, findingsOf, rulesOf } from "./claim_support.ts";

function hashOf(bytes: Uint8Array, at = 0): bigint {
  const hash = new Int32Array(2);
  const padded = new Uint8Array(at + bytes.length + 9).fill(0xa5);
  padded.set(bytes, at);
  xxh64(new DataView(padded.buffer), at, bytes.length, hash);
  return BigInt(hash[0]! >>> 0) << 32n | BigInt(hash[1]! >>> 0);
}

test("xxh64() is the hash of the specification", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  assert.equal(hashOf(text("")), 0xef46db3751d8e999n);
  assert.equal(hashOf(text("a")), 0xd24ec4f1a98c6e5bn);
  assert.equal(hashOf(text("abc")), 0x44bc2cf5ad770999n);
});

test("xxh64() hashes every length as the naive one does", () => {
  for (let length = 0; length <= 130; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 197 + length * 31) & 255);
    assert.equal(hashOf(bytes, length % 7), naiveXxh64(bytes), String(length));
  }
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 80 }),
    (bytes) => assert.equal(hashOf(bytes), naiveXxh64(bytes)),
  ));
});

test("multiplyHigh() is the upper half of a product", () => {
  const word = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0x7fffffff, -0x80000000, 0xffff));
  fc.assert(fc.property(word, word, (a, b) => {
    const product = BigInt(a >>> 0) * BigInt(b >>> 0);
    assert.equal(multiplyHigh(a, b), Number(BigInt.asIntN(32, product >> 32n)));
  }));
});

function filterOf(values: readonly Uint8Array[], blocks: number): Uint8Array {
  const filter = new Uint8Array(32 * blocks);
  for (const value of values) {
    for (const bit of bloomBits(naiveXxh64(value), blocks)) filter[bit >> 3]! |= 1 << (bit & 7);
  }
  return filter;
}

test("a filter of all values finds them, one without a bit of theirs does not", () => {
  const orders = fc.constantFrom(...ORDERS).chain((order) =>
    fc.record({
      order: fc.constant(order),
      values: fc.array(order.values, { minLength: 1, maxLength: 20 }),
    })
  );
  fc.assert(
    fc.property(
      orders,
      fc.boolean(),
      fc.integer({ min: 1, max: 300 }),
      fc.nat(),
      ({ order: { spec }, values }, dictionary, blocks, pick) => {
        const made = chunk(spec, [values, values.slice(0, 3)], { dictionary });
        const plain = made.values[0]!;
        const filter = filterOf(plain, blocks);
        assert.deepEqual(findingsOf(made, { bloomFilter: filter }), []);
        // Not at a multiple of four bytes.
        const moved = new Uint8Array(filter.length + 1);
        moved.set(filter, 1);
        assert.deepEqual(findingsOf(made, { bloomFilter: moved.subarray(1) }), []);
        const bits = bloomBits(naiveXxh64(plain[pick % plain.length]!), blocks);
        const bit = bits[pick % 8]!;
        filter[bit >> 3]! &= ~(1 << (bit & 7));
        const faults = findingsOf(made, { bloomFilter: filter });
        assert.deepEqual(rulesOf(faults), ["bloom-filter-false-negative"]);
        // Entries of a dictionary are looked up once.
        if (dictionary) assert.equal(faults.length, 1);
      },
    ),
    { numRuns: 200 },
  );
});

test("a filter without a block is not asked", () => {
  const made = chunk({ type: "INT32" }, [[1, 2]]);
  assert.deepEqual(findingsOf(made, { bloomFilter: new Uint8Array(0) }), []);
  assert.deepEqual(findingsOf(made, { bloomFilter: new Uint8Array(31) }), []);
});

test("entries of the dictionary that no page uses need not be found", () => {
  const used = chunk({ type: "INT32" }, [[1, 2]], { dictionary: true });
  const all = chunk({ type: "INT32" }, [[1, 2, 3]], { dictionary: true });
  const made = { ...used, dictionary: all.dictionary };
  assert.deepEqual(findingsOf(made, { bloomFilter: filterOf(used.values[0]!, 8) }), []);
});
