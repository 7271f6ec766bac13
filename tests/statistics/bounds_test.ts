/** Bounds of byte strings, and what they hold of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { KernelBuffer } from "../../src/kernels/kernel_buffer.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { Bounds } from "../../src/statistics/bounds.ts";

function boundsOf(kernels: Kernels, ...texts: string[]): Bounds {
  return longBoundsOf(kernels, Infinity, ...texts);
}

/** The same where only the first `mostBytes` of a value matter. */
function longBoundsOf(kernels: Kernels, mostBytes: number, ...texts: string[]): Bounds {
  const { memory } = kernels;
  const bytes = new TextEncoder().encode(texts.join(""));
  const offsets = new KernelBuffer(memory), data = new KernelBuffer(memory);
  const result = new KernelBuffer(memory);
  data.reserve(bytes.length + 16);
  offsets.reserve((texts.length + 1) * 4);
  result.reserve(16);
  memory.u8.set(bytes, data.pointer);
  let end = 0;
  memory.i32.set([0, ...texts.map(({ length }) => end += length)], offsets.pointer >>> 2);
  const type = { order: "bytes", width: 0, numeric: null, totalOrder: false, mostBytes } as const;
  const bounds = new Bounds(kernels, type, result);
  const values = { count: texts.length, data: data.pointer, offsets: offsets.pointer };
  for (let i = 0; i < texts.length; i++) bounds.add(values, i, 1);
  return bounds;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

for (const kind of ["typescript", "wasm"] as const) {
  const kernels = createKernels(kind);

  test(`${kind}: a single value, which may be huge, is held once`, () => {
    const { min, max } = boundsOf(kernels, "abc").finish()!;
    assert.equal(text(min.value), "abc");
    assert.equal(min.value, max.value);
    assert.notEqual(min.value.buffer, kernels.memory.u8.buffer);
  });

  test(`${kind}: of long values only the bytes that matter are held`, () => {
    const { min, max } = longBoundsOf(kernels, 3, "abcd", "abca", "xyzz", "xy", "abc").finish()!;
    assert.deepEqual([text(min.value), text(max.value)], ["abc", "xyz"]);
    assert.ok(min.value.buffer.byteLength <= 3 && max.value.buffer.byteLength <= 3);
  });

  test(`${kind}: values one by one`, () => {
    for (const texts of [["b", "a"], ["a", "b"], ["a", "a"], ["b", "c", "a", "d", "", "c"]]) {
      const { min, max } = boundsOf(kernels, ...texts).finish()!;
      assert.equal(text(min.value), texts.toSorted()[0]);
      assert.equal(text(max.value), texts.toSorted().at(-1));
    }
  });
}
