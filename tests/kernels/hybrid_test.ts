import assert from "node:assert/strict";
import { test } from "node:test";
import { maxHybridSize } from "../../src/kernels/kernels.ts";
import { assertSameOutputs, LENGTHS, random, withKernels } from "./support.ts";

interface Run {
  readonly kind: "repeated" | "packed";
  readonly values: number[];
}

/** Decodes by the specification, bit by bit, and refuses runs that a reader might choke on. */
function decodeRuns(bytes: Uint8Array, n: number, width: number): Run[] {
  const runs: Run[] = [];
  let at = 0;
  let decoded = 0;
  while (at < bytes.length) {
    let header = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const count = Math.floor(header / 2);
    assert.ok(count > 0, "a run of no values");
    if (header % 2 === 0) {
      let value = 0;
      for (let byte = 0; byte < Math.ceil(width / 8); byte++) value += bytes[at++]! * 256 ** byte;
      runs.push({ kind: "repeated", values: new Array(count).fill(value) });
      decoded += count;
    } else {
      const values: number[] = [];
      for (let i = 0; i < count * 8; i++) {
        let value = 0;
        for (let bit = 0; bit < width; bit++) {
          const position = i * width + bit;
          if ((bytes[at + (position >> 3)]! >> (position & 7)) & 1) value += 2 ** bit;
        }
        values.push(value);
      }
      at += count * width;
      const real = Math.min(n - decoded, values.length);
      assert.ok(values.slice(real).every((value) => value === 0), "padding is not zero");
      assert.ok(values.length - real < 8, "a whole group of padding");
      runs.push({ kind: "packed", values: values.slice(0, real) });
      decoded += real;
    }
  }
  assert.equal(at, bytes.length);
  assert.equal(decoded, n);
  return runs;
}

/** Values of many characters. */
function sequences(n: number, width: number): number[][] {
  const most = 2 ** width - 1;
  const next = random(n * 33 + width);
  const value = () => Math.floor(next() * (most + 1));
  const runs = (lengths: () => number): number[] => {
    const values: number[] = [];
    while (values.length < n) values.push(...new Array(lengths()).fill(value()));
    return values.slice(0, n);
  };
  return [
    new Array(n).fill(most),
    new Array(n).fill(0),
    Array.from({ length: n }, value),
    Array.from({ length: n }, (_, i) => i % 2 === 0 ? most : 0),
    runs(() => 1 + Math.floor(next() * 10)),
    runs(() => next() < 0.5 ? 1 : 8 + Math.floor(next() * 40)),
    runs(() => 8),
    runs(() => 200),
    Array.from({ length: n }, (_, i) => i < n / 2 ? most : value()),
    Array.from({ length: n }, (_, i) => i < n / 2 ? value() : most),
    Array.from({ length: n }, (_, i) => i === n - 1 ? most : 0),
  ];
}

test("hybrid32() decodes to the same values, at every width and length", () => {
  const written: Uint8Array[][] = [];
  withKernels((scope, kernels) => {
    const mine: Uint8Array[] = [];
    written.push(mine);
    for (let width = 0; width <= 32; width++) {
      for (const n of LENGTHS) {
        for (const values of sequences(n, width)) {
          const dst = scope.room(maxHybridSize(n, width));
          const bytes = kernels.hybrid32(scope.put(Uint32Array.from(values)), n, width, dst);
          assert.ok(bytes <= maxHybridSize(n, width));
          const output = scope.bytes(dst, bytes);
          mine.push(output);
          if (kernels.kind === "typescript") {
            const decoded = decodeRuns(output, n, width).flatMap((run) => run.values);
            assert.deepEqual(decoded, values);
          }
          assert.ok(scope.bytes(dst + maxHybridSize(n, width) + 16, 16).every((b) => b === 0xcd));
          scope.release();
        }
      }
    }
  });
  assertSameOutputs(written);
});

test("hybrid8() writes what hybrid32() writes", () => {
  withKernels((scope, kernels) => {
    for (let width = 0; width <= 8; width++) {
      for (const n of LENGTHS) {
        for (const values of sequences(n, width)) {
          const dst = scope.room(maxHybridSize(n, width));
          const wide = scope.room(maxHybridSize(n, width));
          const bytes = kernels.hybrid8(scope.put(Uint8Array.from(values)), n, width, dst);
          const expected = kernels.hybrid32(scope.put(Uint32Array.from(values)), n, width, wide);
          assert.deepEqual(scope.bytes(dst, bytes), scope.bytes(wide, expected));
          scope.release();
        }
      }
    }
  });
});

test("hybrid32() cuts runs as it says", () => {
  const zeros = (n: number) => new Array(n).fill(0);
  const ones = (n: number) => new Array(n).fill(1);
  const mixed = [0, 1, 1, 0, 1, 0, 0, 1];
  const cases: { width: number; values: number[]; bytes: number[] }[] = [
    { width: 0, values: zeros(5), bytes: [10] },
    { width: 0, values: zeros(100), bytes: [200, 1] },
    { width: 1, values: [1], bytes: [2, 1] },
    { width: 1, values: ones(10), bytes: [20, 1] },
    { width: 1, values: mixed, bytes: [3, 0b10010110] },
    { width: 1, values: [...mixed, 1, 0, 1], bytes: [5, 0b10010110, 0b101] },
    // 23 equal values of 1 bit are packed between others, 24 are not.
    { width: 1, values: [...ones(23), ...mixed, 0], bytes: [9, 255, 255, 127, 0b01001011] },
    { width: 1, values: [...ones(24), ...mixed], bytes: [48, 1, 3, 0b10010110] },
    // A run may be any length, and the next one starts right after it.
    { width: 1, values: [...ones(27), ...mixed], bytes: [54, 1, 3, 0b10010110] },
    { width: 3, values: [...ones(8), ...mixed], bytes: [16, 1, 3, 72, 16, 32] },
    { width: 17, values: new Array(9).fill(0x1abcd), bytes: [18, 0xcd, 0xab, 1] },
    { width: 32, values: new Array(9).fill(0xfedcba98), bytes: [18, 0x98, 0xba, 0xdc, 0xfe] },
  ];
  withKernels((scope, kernels) => {
    for (const { width, values, bytes } of cases) {
      const dst = scope.room(maxHybridSize(values.length, width));
      const length = kernels.hybrid32(
        scope.put(Uint32Array.from(values)),
        values.length,
        width,
        dst,
      );
      assert.deepEqual([...scope.bytes(dst, length)], bytes, `width ${width}, ${values}`);
    }
    for (const [repeated, kinds] of [[15, ["packed"]], [16, ["repeated", "packed"]]] as const) {
      const values = [...ones(repeated), 3, 2, ...mixed];
      const dst = scope.room(100);
      const length = kernels.hybrid32(scope.put(Uint32Array.from(values)), values.length, 2, dst);
      const runs = decodeRuns(scope.bytes(dst, length), values.length, 2);
      assert.deepEqual(runs.map((run) => run.kind), kinds);
    }
  });
});

test("hybrid32() writes one header before many groups", () => {
  withKernels((scope, kernels) => {
    for (const n of [504, 512, 1024 * 8 * 8 - 3, 1024 * 8 * 8 + 8]) {
      const values = Uint32Array.from({ length: n }, (_, i) => i % 7);
      const dst = scope.room(maxHybridSize(n, 3));
      const length = kernels.hybrid32(scope.put(values), n, 3, dst);
      const runs = decodeRuns(scope.bytes(dst, length), n, 3);
      assert.deepEqual(runs.map((run) => run.kind), ["packed"]);
      assert.deepEqual(runs[0]!.values, [...values]);
      scope.release();
    }
  });
});

test("hybrid8() writes long runs of levels in a few bytes", () => {
  withKernels((scope, kernels) => {
    const levels = new Uint8Array(20_000).fill(1);
    const dst = scope.room(maxHybridSize(levels.length, 1));
    assert.equal(kernels.hybrid8(scope.put(levels), levels.length, 1, dst), 4);
    levels.fill(0, 5000, 7001);
    assert.equal(kernels.hybrid8(scope.put(levels), levels.length, 1, dst), 3 + 3 + 4);
  });
});
