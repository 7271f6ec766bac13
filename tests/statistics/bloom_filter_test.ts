import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBloomFilterHeader } from "../../src/format/structures.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import {
  BloomFilterBuilder,
  bloomFilterBytes,
  MAX_BLOOM_FILTER_BYTES,
} from "../../src/statistics/bloom_filter.ts";
import { plan, properties } from "../column/support.ts";
import { byteArrays, random, withKernels } from "../kernels/support.ts";
import { mayContain } from "../support/xxh64.ts";

/** The bit set, checked to stand behind a right header. */
function bitsetOf(filter: Uint8Array | null): Uint8Array {
  assert.ok(filter !== null);
  const { value, byteLength: end } = decodeBloomFilterHeader(filter);
  assert.deepEqual(value, {
    numBytes: filter.length - end,
    algorithm: "BLOCK",
    hash: "XXHASH",
    compression: "UNCOMPRESSED",
  });
  return filter.subarray(end);
}

function eightBytes(values: readonly bigint[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, value)).buffer);
}

/** Builds the filter of fixed-width values, given `step` at a time. */
function fixedFilter(
  kernels: Kernels,
  plan: ColumnPlan,
  width: number,
  bytes: Uint8Array,
  step = Infinity,
): Uint8Array | null {
  const { memory } = kernels;
  const builder = new BloomFilterBuilder(kernels, plan, width);
  const count = bytes.length / width;
  const data = memory.allocate(bytes.length);
  memory.u8.set(bytes, data);
  for (let from = 0; from < count; from += step) {
    builder.add({ count, data, offsets: 0 }, from, Math.min(step, count - from));
  }
  const held = builder.memoryBytes;
  assert.ok(held <= memory.allocatedBytes, "memoryBytes is what is held");
  const filter = builder.finish();
  builder.release();
  memory.free(data);
  return filter;
}

test("a filter without values is none", () => {
  withKernels((_, kernels) => {
    assert.equal(fixedFilter(kernels, plan(), 8, new Uint8Array(0)), null);
  });
});

for (const distinct of [1, 2, 10, 1000, 20_000]) {
  for (const fpp of [0.5, 0.05, 0.001]) {
    test(`a filter of ${distinct} distinct values has the fpp of ${fpp} and no larger size than needed`, () => {
      const next = random(distinct);
      const pool = Array.from({ length: distinct }, (_, i) => BigInt(i) * 0x10001n - 5n);
      // Every value once, and many of them again.
      const drawn = Array.from({ length: 30_000 }, () => pool[Math.floor(next() * distinct)]!);
      const bytes = eightBytes([...pool, ...drawn]);
      const column = plan({ properties: properties({ bloomFilterFpp: fpp }) });
      withKernels((_, kernels) => {
        const filter = fixedFilter(kernels, column, 8, bytes);
        const bitset = bitsetOf(filter);
        assert.ok(
          bitset.length <= bloomFilterBytes(distinct, fpp),
          `${bitset.length} bytes for ${distinct} values`,
        );
        for (let i = 0; i < distinct; i++) {
          assert.ok(mayContain(bitset, bytes.subarray(i * 8, i * 8 + 8)), "no false negative");
        }
        const others = Array.from({ length: 4000 }, (_, i) => eightBytes([BigInt(-1000 - i)]));
        const wrong = others.filter((value) => mayContain(bitset, value)).length / others.length;
        assert.ok(wrong < fpp * 1.25 + 0.003, `${wrong} for ${fpp}`);
        for (const step of [1, 999, 30_000]) {
          assert.deepEqual(fixedFilter(kernels, column, 8, bytes, step), filter, `by ${step}`);
        }
      });
    });
  }
}

test("a filter that had to be filled before all was seen is folded to the same size", () => {
  const values = eightBytes(Array.from({ length: 6000 }, (_, i) => BigInt(i % 100)));
  withKernels((_, kernels) => {
    const filters = [100, 1_000_000].map((maxRowGroupRowCount) =>
      fixedFilter(kernels, plan({ properties: properties({ maxRowGroupRowCount }) }), 8, values)
    );
    assert.deepEqual(filters[0], filters[1]);
  });
});

test("more distinct values than expected are all in the filter", () => {
  const values = eightBytes(Array.from({ length: 5000 }, (_, i) => BigInt(i)));
  for (const changes of [{ maxRowGroupRowCount: 10 }, { bloomFilterNdv: 10 }]) {
    withKernels((_, kernels) => {
      const column = plan({ properties: properties(changes) });
      const bitset = bitsetOf(fixedFilter(kernels, column, 8, values));
      for (let i = 0; i < 5000; i++) {
        assert.ok(mayContain(bitset, values.subarray(i * 8, i * 8 + 8)));
      }
    });
  }
});

test("bloomFilterNdv says the size, whatever is seen", () => {
  withKernels((_, kernels) => {
    for (const bloomFilterNdv of [1, 1000, 50_000]) {
      const column = plan({ properties: properties({ bloomFilterNdv }) });
      const bitset = bitsetOf(fixedFilter(kernels, column, 8, eightBytes([1n, 2n])));
      assert.equal(bitset.length, bloomFilterBytes(bloomFilterNdv, 0.05));
    }
  });
});

test("bloomFilterBytes() is a power of two from 32 bytes to 128 MiB", () => {
  assert.equal(bloomFilterBytes(1, 0.99), 32);
  assert.equal(bloomFilterBytes(Number.MAX_SAFE_INTEGER, 1e-9), MAX_BLOOM_FILTER_BYTES);
  assert.equal(bloomFilterBytes(1e9, 0.05), MAX_BLOOM_FILTER_BYTES);
  // The specification's table: bits a value for an fpp of 10, 1 and 0.1 %.
  for (const [fpp, bits] of [[0.1, 6], [0.01, 10.5], [0.001, 16.9]] as const) {
    const distinct = 2 ** 20;
    const needed = distinct * bits / 8;
    const bytes = bloomFilterBytes(distinct, fpp);
    assert.ok(bytes >= needed && bytes < needed * 2, `${bytes} for ${fpp}`);
  }
});

const FLOATS = [
  ["DOUBLE", 8, [0n, 1n << 63n], [0x7ff8000000000000n, 0xfff8000000000000n], 0x7ff0000000000abcn],
  ["FLOAT", 4, [0n, 1n << 31n], [0x7fc00000n, 0xffc00000n], 0x7f800abcn],
  ["FIXED_LEN_BYTE_ARRAY", 2, [0n, 0x8000n], [0x7e00n, 0xfe00n], 0x7c12n],
] as const;

for (const [physicalType, width, zeros, nans, nan] of FLOATS) {
  test(`a filter of ${physicalType} (${width} bytes) has both zeros or none, and NaN whatever its payload`, () => {
    const put = (...values: bigint[]) => {
      const bytes = new Uint8Array(values.length * width);
      values.forEach((value, i) => {
        for (let b = 0; b < width; b++) {
          bytes[i * width + b] = Number(value >> BigInt(8 * b) & 255n);
        }
      });
      return bytes;
    };
    const column = plan({
      physicalType,
      order: "float",
      typeLength: width === 2 ? 2 : 0,
      properties: properties({ bloomFilterFpp: 1e-6 }),
    });
    withKernels((_, kernels) => {
      const holds = (filter: Uint8Array | null) => (value: bigint) =>
        mayContain(bitsetOf(filter), put(value));
      for (const zero of zeros) {
        const held = holds(fixedFilter(kernels, column, width, put(0x3c00n, zero, 0x4000n)));
        assert.deepEqual(zeros.map(held), [true, true]);
        assert.deepEqual(nans.map(held), [false, false]);
      }
      const held = holds(fixedFilter(kernels, column, width, put(nan, 0x3c00n)));
      assert.deepEqual(nans.map(held), [true, true]);
      assert.deepEqual(zeros.map(held), [false, false]);
      assert.ok(held(nan));
    });
  });
}

test("a filter of byte arrays hashes them without their length", () => {
  const texts = ["", "a", "Καλημέρα", "x".repeat(1000)].map((text) =>
    new TextEncoder().encode(text)
  );
  const column = plan({ physicalType: "BYTE_ARRAY", order: "utf8" });
  withKernels((scope, kernels) => {
    const { offsets, data } = byteArrays(texts, 5);
    const builder = new BloomFilterBuilder(kernels, column, 0);
    const values = { count: texts.length, data: scope.put(data), offsets: scope.put(offsets) };
    builder.add(values, 0, 1);
    builder.add(values, 1, 3);
    const bitset = bitsetOf(builder.finish());
    builder.release();
    assert.ok(texts.every((text) => mayContain(bitset, text)));
    assert.equal(mayContain(bitset, new TextEncoder().encode("b")), false);
  });
});
