import assert from "node:assert/strict";
import { test } from "node:test";
import { HashDictionary } from "../../src/kernels/hash_dictionary.ts";
import { ArrayBufferSource, GROWTH_UNIT, LinearMemory } from "../../src/kernels/kernel_memory.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { TypescriptKernels } from "../../src/kernels/typescript/typescript_kernels.ts";
import { LimitError } from "../../src/util/errors.ts";
import { byteArrays, random, type Scope, withKernels } from "./support.ts";

/** Ids by order of first appearance, keyed by bytes; stops before the entry that would exceed the limit. */
function naiveIds(values: readonly Uint8Array[], byteLimit: number, prefix: number) {
  const known = new Map<string, number>();
  const entries: Uint8Array[] = [];
  const ids: number[] = [];
  let byteLength = 0;
  for (const value of values) {
    const key = String(value);
    let id = known.get(key);
    if (id === undefined) {
      if (byteLength + prefix + value.length > byteLimit) break;
      byteLength += prefix + value.length;
      id = entries.length;
      known.set(key, id);
      entries.push(value);
    }
    ids.push(id);
  }
  return { entries, ids, byteLength };
}

/** Appends `values` in batches, compares with the naive dictionary, and gives everything back. */
function check(
  scope: Scope,
  kernels: Kernels,
  width: number,
  values: readonly Uint8Array[],
  batch: number,
  byteLimit = 2 ** 30,
): void {
  const expected = naiveIds(values, byteLimit, width === 0 ? 4 : 0);
  const dictionary = new HashDictionary(kernels, width, byteLimit);
  const ids = scope.room(values.length * 4);
  const { offsets, data } = byteArrays(values, 3);
  const offsetsAt = scope.put(offsets);
  const src = width === 0 ? scope.put(data) : scope.put(data.subarray(3));
  let done = 0;
  while (done < values.length) {
    const n = Math.min(batch, values.length - done);
    const consumed = width === 0
      ? dictionary.appendBytes(offsetsAt + done * 4, src, n, ids + done * 4)
      : dictionary.appendFixed(src + done * width, n, ids + done * 4);
    done += consumed;
    if (consumed < n) break;
  }
  assert.equal(done, expected.ids.length);
  assert.deepEqual(scope.u32(ids, done), expected.ids);
  checkEntries(scope, dictionary, width, expected.entries, expected.byteLength);
  assert.ok(dictionary.memoryBytes >= expected.byteLength - 4 * expected.entries.length);
  const half = expected.entries.slice(0, expected.entries.length >> 1);
  dictionary.truncate(half.length);
  const halfBytes = half.reduce((sum, entry) => sum + entry.length + (width === 0 ? 4 : 0), 0);
  checkEntries(scope, dictionary, width, half, halfBytes);
  dictionary.release();
  dictionary.release();
  assert.equal(dictionary.memoryBytes, 0);
  scope.release();
}

function checkEntries(
  scope: Scope,
  dictionary: HashDictionary,
  width: number,
  entries: readonly Uint8Array[],
  byteLength: number,
): void {
  assert.equal(dictionary.count, entries.length);
  assert.equal(dictionary.byteLength, byteLength);
  const { offsets, data } = byteArrays(entries);
  assert.deepEqual(scope.bytes(dictionary.data, data.length), data);
  if (width === 0) {
    assert.deepEqual(scope.i32(dictionary.offsets, entries.length + 1), [...offsets]);
  } else {
    assert.equal(dictionary.offsets, 0);
  }
}

/** Little-endian integers of `width` bytes. */
function integer(value: bigint, width: number): Uint8Array {
  return Uint8Array.from(
    { length: width },
    (_, byte) => Number((BigInt.asUintN(128, value) >> BigInt(byte * 8)) & 255n),
  );
}

for (const width of [1, 2, 3, 4, 7, 8, 12, 16, 20]) {
  test(`HashDictionary of width ${width} gives ids by first appearance`, () => {
    withKernels((scope, kernels) => {
      const next = random(width);
      for (const [n, distinct] of [[0, 1], [1, 1], [300, 5], [3000, 100], [9000, 1e9]] as const) {
        const values = Array.from(
          { length: n },
          () => integer(BigInt(Math.floor(next() * distinct)) * 0x9e3779b97f4a7c15n, width),
        );
        check(scope, kernels, width, values, 1000);
      }
      // All that differs is the last byte, then the first.
      const last = Array.from(
        { length: 600 },
        (_, i) => integer(BigInt(i % 256) << BigInt(width * 8 - 8), width),
      );
      check(scope, kernels, width, last, 77);
      check(scope, kernels, width, last.map((_, i) => integer(BigInt(i % 200), width)), 600);
    });
  });
}

for (const width of [4, 8]) {
  test(`HashDictionary of width ${width} gives ids by first appearance to many distinct integers`, () => {
    withKernels((scope, kernels) => {
      const next = random(width);
      // All new, then some of them again among new ones, runs of new ones, all known.
      const drawn = [
        ...Array.from({ length: 20_000 }, (_, i) => i),
        ...Array.from({ length: 20_000 }, () => next() * 50_000),
        ...Array.from({ length: 9_000 }, (_, i) => 60_000 + i / 30),
        ...Array.from({ length: 5_000 }, () => next() * 20_000),
      ];
      const values = drawn.map((value) => integer(BigInt(Math.floor(value)) * 0x9e3779b1n, width));
      check(scope, kernels, width, values, 10_000);
      check(scope, kernels, width, values, 4_099, 20_100 * width);
      check(scope, kernels, width, values, 60_000, 32_768 * width);
    });
  });
}

for (const width of [4, 8]) {
  test(`HashDictionary of width ${width} follows integers that drift, jump and wrap`, () => {
    withKernels((scope, kernels) => {
      const next = random(width);
      const bits = BigInt(width * 8);
      const most = (1n << (bits - 1n)) - 1n;
      const below = (n: number) => BigInt(Math.floor(next() * n));
      const sequences: ((i: number) => bigint)[] = [
        (i) => BigInt(i),
        (i) => BigInt(-i * 3),
        (i) => BigInt(i % 2 === 0 ? i : -i),
        () => below(65536),
        () => below(65537) - 32768n,
        () => below(100) - 50n,
        (i) => most - BigInt(i),
        (i) => -most - 1n + BigInt(i % 700),
        (i) => i % 3 === 0 ? most - below(50) : -most + below(50),
        (i) => i < 3000 ? below(1000) : below(1000) + 10_000_000n,
        (i) => i === 4000 ? most : below(60_000),
        (i) => (1n << 31n) - 50n + BigInt(i % 100),
        (i) => (1n << 32n) - 50n + BigInt(i % 100),
        (i) => -(1n << 32n) - 50n + BigInt(i % 100),
        (i) => BigInt(i % 90) << 32n,
        (i) => (BigInt(i % 90) << 32n) | (i % 2 === 0 ? 0xffffffffn : 0n),
        () => 7n,
      ];
      for (const sequence of sequences) {
        const values = Array.from({ length: 6000 }, (_, i) => integer(sequence(i), width));
        check(scope, kernels, width, values, 1000);
      }
    });
  });
}

test("HashDictionary tells −0 from +0 and NaNs by their payload", () => {
  withKernels((scope, kernels) => {
    const doubles = new BigUint64Array([
      0n,
      1n << 63n,
      0x7ff8000000000000n,
      0x7ff8000000000001n,
      0xfff8000000000000n,
      0n,
      0x7ff8000000000001n,
    ]);
    const ids = scope.room(doubles.length * 4);
    const dictionary = new HashDictionary(kernels, 8, 2 ** 20);
    assert.equal(dictionary.appendFixed(scope.put(doubles), doubles.length, ids), doubles.length);
    assert.deepEqual(scope.u32(ids, doubles.length), [0, 1, 2, 3, 4, 0, 3]);
    dictionary.release();
    const floats = new Uint32Array([0, 0x80000000, 0x7fc00000, 0x7fc00001, 0x80000000]);
    const small = new HashDictionary(kernels, 4, 2 ** 20);
    assert.equal(small.appendFixed(scope.put(floats), floats.length, ids), floats.length);
    assert.deepEqual(scope.u32(ids, floats.length), [0, 1, 2, 3, 1]);
    small.release();
  });
});

test("HashDictionary of byte arrays gives ids by first appearance", () => {
  withKernels((scope, kernels) => {
    const next = random(1);
    const text = new TextEncoder();
    for (const [n, distinct] of [[0, 1], [1, 1], [700, 5], [4000, 100], [9000, 1e9]] as const) {
      for (const pad of [0, 11, 30]) {
        const values = Array.from(
          { length: n },
          () => text.encode(`v${Math.floor(next() * distinct)}`.padEnd(pad, "-")),
        );
        check(scope, kernels, 0, values, 900);
      }
    }
  });
});

test("HashDictionary tells byte arrays of every length with equal prefixes", () => {
  withKernels((scope, kernels) => {
    const values: Uint8Array[] = [];
    for (let round = 0; round < 2; round++) {
      for (let length = 0; length <= 40; length++) {
        // Zeros look like padding, 255 like the mark of a long one.
        for (const fill of [0, 97, 255]) {
          values.push(new Uint8Array(length).fill(fill));
          for (const at of [0, 7, 8, 14, 15, 16, length - 1]) {
            if (at < 0 || at >= length) continue;
            const value = new Uint8Array(length).fill(fill);
            value[at]! ^= length & 0xff;
            values.push(value);
          }
        }
      }
    }
    check(scope, kernels, 0, values, 1000);
  });
});

test("HashDictionary grows for long byte arrays", () => {
  withKernels((scope, kernels) => {
    const values = Array.from(
      { length: 60 },
      (_, i) => new Uint8Array(i % 3 === 0 ? 0 : 1 << (i % 17)).fill(i),
    );
    check(scope, kernels, 0, [...values, ...values], 50);
  });
});

test("HashDictionary stops exactly at its limit", () => {
  withKernels((scope, kernels) => {
    for (const width of [1, 2, 4, 8, 12]) {
      const values = Array.from(
        { length: 3000 },
        (_, i) => integer(BigInt(i % 2 === 0 ? i * 77777 : 0), width),
      );
      for (const entries of [0, 1, 2, 50, 200, 255, 256, 257, 1024, 1025]) {
        check(scope, kernels, width, values, 512, entries * width);
        check(scope, kernels, width, values, 512, entries * width + width - 1);
      }
    }
    const strings = Array.from(
      { length: 2000 },
      (_, i) => new TextEncoder().encode(i % 2 === 0 ? "x".repeat(i % 40) + i : "again"),
    );
    const all = naiveIds(strings, 2 ** 30, 4);
    for (const entries of [1, 2, 255, 256, 257, 900]) {
      const exact = naiveIds(all.entries.slice(0, entries), 2 ** 30, 4).byteLength;
      for (const byteLimit of [exact - 1, exact, exact + 1]) {
        check(scope, kernels, 0, strings, 300, byteLimit);
      }
    }
    check(scope, kernels, 0, [new Uint8Array(0)], 1, 3);
    check(scope, kernels, 0, [new Uint8Array(0)], 1, 4);
  });
});

test("HashDictionary goes on with known values at its limit", () => {
  withKernels((scope, kernels) => {
    const dictionary = new HashDictionary(kernels, 8, 16);
    const src = scope.put(new BigInt64Array([5n, 9n, 5n, 5n, 7n, 9n]));
    const ids = scope.room(24);
    assert.equal(dictionary.appendFixed(src, 6, ids), 4);
    assert.equal(dictionary.appendFixed(src, 4, ids), 4);
    assert.equal(dictionary.appendFixed(src + 32, 2, ids), 0);
    assert.equal(dictionary.appendFixed(src + 40, 1, ids), 1);
    assert.deepEqual(scope.u32(ids, 1), [1]);
    assert.equal(dictionary.count, 2);
    assert.equal(dictionary.byteLength, 16);
    dictionary.release();
  });
});

test("unmappedKeys() and mapKeys() translate keys of every width", () => {
  withKernels((scope, kernels) => {
    const next = random(9);
    for (const keyWidth of [1, 2, 4, 8]) {
      for (const n of [0, 1, 9, 1000]) {
        const keys = Array.from({ length: n }, () => Math.floor(next() * 200));
        const bytes = Uint8Array.from(keys.flatMap((key) => [...integer(BigInt(key), keyWidth)]));
        const src = scope.put(bytes);
        const mapped = Int32Array.from({ length: 200 }, (_, key) => key % 3 === 0 ? key + 9 : -1);
        const remap = scope.put(mapped);
        const dst = scope.room(200 * 4);
        const count = kernels.unmappedKeys(src, keyWidth, n, remap, dst);
        const unmapped = [...new Set(keys)].filter((key) => key % 3 !== 0);
        assert.deepEqual(scope.u32(dst, count), unmapped);
        const after = scope.i32(remap, 200);
        after.forEach((value, key) =>
          assert.equal(value, unmapped.includes(key) ? -2 : mapped[key])
        );
        unmapped.forEach((key, i) => kernels.memory.i32[remap / 4 + key] = 1000 + i);
        const ids = scope.room(n * 4);
        kernels.mapKeys(src, keyWidth, n, remap, ids);
        assert.deepEqual(
          scope.u32(ids, n),
          keys.map((key) => key % 3 === 0 ? key + 9 : 1000 + unmapped.indexOf(key)),
        );
        scope.release();
      }
    }
  });
});

test("HashDictionary gives everything back when memory ends while it grows", () => {
  const kernels = new TypescriptKernels(
    new LinearMemory(new ArrayBufferSource(GROWTH_UNIT, 20 * GROWTH_UNIT), 0),
  );
  const { memory } = kernels;
  const n = 50_000;
  const src = memory.allocate(n * 8);
  memory.f64.set(Float64Array.from({ length: n }, (_, i) => Math.sqrt(i)), src / 8);
  const ids = memory.allocate(n * 4);
  const others = memory.allocatedBytes;
  const dictionary = new HashDictionary(kernels, 8, 2 ** 30);
  assert.throws(() => dictionary.appendFixed(src, n, ids), LimitError);
  dictionary.release();
  assert.equal(memory.allocatedBytes, others);
});
