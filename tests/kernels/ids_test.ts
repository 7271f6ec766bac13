import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSameOutputs, byteArrays, LENGTHS, random, withKernels } from "./support.ts";

test("containsIds() is true where both ids occur, wherever they stand", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      const next = random(n);
      const ids = Uint32Array.from({ length: n }, () => 10 + Math.floor(next() * 5));
      const places = [0, 1, n >> 1, n - 2, n - 1].filter((at) => at >= 0 && at < n);
      for (const one of places) {
        for (const two of places) {
          const marked = ids.slice();
          marked[one] = 3;
          marked[two] = 0xffffffff;
          const src = scope.put(marked);
          const both = one !== two;
          assert.equal(kernels.containsIds(src, n, 3, 0xffffffff), both, `${n}: ${one}, ${two}`);
          assert.equal(kernels.containsIds(src, n, 0xffffffff, 3), both);
          assert.equal(kernels.containsIds(src, n, 0xffffffff, 0xffffffff), true);
          assert.equal(kernels.containsIds(src, n, 4, 0xffffffff), false);
          scope.release();
        }
      }
      assert.equal(kernels.containsIds(scope.put(ids), n, 3, 3), false);
      scope.release();
    }
  });
});

test("containsIds() does not look beyond the end", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      const src = scope.put(new Uint32Array(n + 4).fill(7, n));
      assert.equal(kernels.containsIds(src, n, 7, 7), false);
      scope.release();
    }
  });
});

test("usedIds() lists the distinct ids in order", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const entries of [1, 5, 15, 16, 17, 63, 64, 65, 1027]) {
        const next = random(n * entries);
        const ids = Uint32Array.from(
          { length: n },
          (_, i) => i === n - 1 ? entries - 1 : Math.floor(next() * entries),
        );
        const marks = scope.room(entries);
        const dst = scope.room(entries * 4);
        const count = kernels.usedIds(scope.put(ids), n, entries, marks, dst);
        const expected = [...new Set(ids)].sort((a, b) => a - b);
        assert.equal(count, expected.length);
        assert.deepEqual(scope.u32(dst, count), expected);
        scope.release();
      }
    }
  });
});

/** Distinct byte arrays after a prefix that they share, in random order; zeros at the end among them. */
function distinctArrays(
  count: number,
  prefix: number,
  letters: number,
  seed: number,
): Uint8Array[] {
  const next = random(seed);
  const shared = new Array<number>(prefix).fill(97);
  const all = new Map<string, number[]>([["", []]]);
  while (all.size < count) {
    const tail = Array.from(
      { length: Math.floor(next() * 24) },
      () => Math.floor(next() * letters) * (letters === 2 ? 1 : 256 / letters),
    );
    all.set(tail.join(), tail);
  }
  return [...all.values()].map((tail) => Uint8Array.from([...shared, ...tail]));
}

test("prefixKeys() and minMaxIds() find the smallest and the largest of the byte arrays that ids stand for", () => {
  const outputs: Uint8Array[][] = [];
  withKernels((scope, kernels) => {
    const keyBytes: Uint8Array[] = [];
    for (const [count, prefix, letters] of [[1, 0, 2], [9, 3, 2], [200, 0, 2], [500, 20, 16]]) {
      const arrays = distinctArrays(count!, prefix!, letters!, count!);
      const { offsets, data } = byteArrays(arrays, 3);
      const [offsetsAt, dataAt] = [scope.put(offsets), scope.put(data)];
      const result = scope.room(8);
      for (const skip of new Set([0, prefix!])) {
        const keys = scope.room(count! * 8);
        kernels.prefixKeys(offsetsAt, dataAt, count!, skip, keys);
        keyBytes.push(scope.bytes(keys, count! * 8));
        const { u64 } = kernels.memory;
        arrays.forEach((array, i) => {
          const expected = Array.from({ length: 8 }, (_, b) => array[skip + b] ?? 0)
            .reduce((value, byte) => value * 256n + BigInt(byte), 0n);
          assert.equal(u64[keys / 8 + i], expected);
        });
        for (const n of LENGTHS.filter((n) => n > 0)) {
          for (const some of [1, 3, count!]) {
            const next = random(n * some);
            const ids = Uint32Array.from(
              { length: n },
              () => (Math.floor(next() * some) * 7) % count!,
            );
            kernels.minMaxIds(scope.put(ids), n, keys, offsetsAt, dataAt, result);
            const sorted = [...new Set(ids)].sort((a, b) => orderBytes(arrays[a]!, arrays[b]!));
            assert.deepEqual(scope.u32(result, 2), [sorted[0], sorted.at(-1)]);
          }
        }
      }
      scope.release();
    }
    outputs.push(keyBytes);
  });
  assertSameOutputs(outputs);
});

function orderBytes(left: Uint8Array, right: Uint8Array): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}
