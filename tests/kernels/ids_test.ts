import assert from "node:assert/strict";
import { test } from "node:test";
import { LENGTHS, random, withKernels } from "./support.ts";

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
