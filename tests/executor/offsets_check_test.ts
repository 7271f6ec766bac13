import assert from "node:assert/strict";
import { test } from "node:test";
import { EncoderHost, WINDOW_BYTES } from "../../src/executor/encoder_host.ts";
import { kernelOffsetsCheck } from "../../src/executor/offsets_check.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";

for (const choice of ["wasm", "typescript"] as const) {
  const host = new EncoderHost(createKernels(choice));
  const check = kernelOffsetsCheck(() => host);

  for (const width of [4, 8]) {
    test(`kernelOffsetsCheck() sees every pair of ${width}-byte offsets, with ${choice} kernels`, () => {
      const window = WINDOW_BYTES / width;
      const count = window * 2 + 100;
      const ascending = Array.from({ length: count }, (_, i) => 10 + i);
      const offsets = width === 4
        ? Int32Array.from(ascending)
        : BigInt64Array.from(ascending, BigInt);
      const put = (at: number, value: number) => {
        offsets[at] = width === 4 ? value as never : BigInt(value) as never;
      };
      assert.ok(check(offsets, 0, count - 1));
      // Around the ends of windows, too.
      for (const at of [1, 500, window - 2, window - 1, window, 2 * window - 2, count - 1]) {
        put(at, 10 + at - 2);
        assert.equal(check(offsets, 0, count - 1), false, `a step back at ${at}`);
        assert.ok(check(offsets, at, count - 1), `from ${at} on there is none`);
        assert.ok(check(offsets, 0, at - 1), `up to ${at} there is none`);
        put(at, 10 + at);
      }
      put(0, -1);
      assert.equal(check(offsets, 0, count - 1), false);
      assert.ok(check(offsets, 1, count - 1));
    });
  }
}

test("kernelOffsetsCheck() does without kernels that have failed", () => {
  const host = new EncoderHost(createKernels("wasm"));
  const broken = Object.create(host, { broken: { value: new Error("trap") } });
  const offsets = Int32Array.from({ length: 5000 }, (_, i) => i);
  const check = kernelOffsetsCheck(() => broken);
  assert.ok(check(offsets, 0, 4999));
  offsets[4000] = 0;
  assert.equal(check(offsets, 0, 4999), false);
});
