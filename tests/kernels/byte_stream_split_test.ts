import assert from "node:assert/strict";
import { test } from "node:test";
import { random, withKernels } from "./support.ts";

test("byteStreamSplit() puts byte k of every value into stream k", () => {
  const widths = [...Array.from({ length: 34 }, (_, i) => i + 1), 64, 100, 1000];
  for (const width of widths) {
    for (const n of [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 127, 200]) {
      const next = random(width * 1000 + n);
      const values = Uint8Array.from({ length: n * width }, () => next() * 256);
      const expected = new Uint8Array(n * width);
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < width; k++) expected[k * n + i] = values[i * width + k]!;
      }
      withKernels((scope, kernels) => {
        const dst = scope.room(n * width);
        kernels.byteStreamSplit(scope.put(values), width, n, dst);
        assert.deepEqual(scope.bytes(dst, n * width), expected, `${n} values of ${width} bytes`);
        assert.deepEqual(scope.bytes(dst + n * width, 16), new Uint8Array(16).fill(0xcd));
      });
    }
  }
});
