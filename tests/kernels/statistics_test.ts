import assert from "node:assert/strict";
import { test } from "node:test";
import { byteArrays, LENGTHS, random, withKernels } from "./support.ts";

test("minMax of integers", () => {
  withKernels((scope, kernels) => {
    const result = scope.room(16);
    const { memory } = kernels;
    for (const n of LENGTHS.filter((n) => n > 0)) {
      for (let round = 0; round < 12; round++) {
        const next = random(n + round);
        const scale = [5, 300, 2 ** 31, 2 ** 32][round % 4]!;
        const words = Int32Array.from({ length: n * 2 }, () => Math.floor((next() - 0.5) * scale));
        if (round === 7) words.fill(words[0]!);
        const src = scope.put(words);
        const i32 = words.subarray(0, n);
        const u32 = new Uint32Array(words.buffer, 0, n);
        const i64 = new BigInt64Array(words.buffer);
        const u64 = new BigUint64Array(words.buffer);
        kernels.minMaxI32(src, n, result);
        assert.deepEqual(
          [memory.i32[result / 4], memory.i32[result / 4 + 2]],
          [Math.min(...i32), Math.max(...i32)],
        );
        kernels.minMaxU32(src, n, result);
        assert.deepEqual(
          [memory.u32[result / 4], memory.u32[result / 4 + 2]],
          [Math.min(...u32), Math.max(...u32)],
        );
        const sortedI64 = i64.slice().sort();
        kernels.minMaxI64(src, n, result);
        assert.deepEqual([...memory.i64.subarray(result / 8, result / 8 + 2)], [
          sortedI64[0],
          sortedI64[n - 1],
        ]);
        const sortedU64 = u64.slice().sort();
        kernels.minMaxU64(src, n, result);
        assert.deepEqual([...memory.u64.subarray(result / 8, result / 8 + 2)], [
          sortedU64[0],
          sortedU64[n - 1],
        ]);
      }
      scope.release();
      scope.room(0);
    }
  });
});

/** Order of the standard: by value, −0 before +0, NaN nowhere. */
function orderFloats(left: number, right: number): number {
  if (left === right) {
    return Object.is(left, -0) ? (Object.is(right, -0) ? 0 : -1) : Object.is(right, -0) ? 1 : 0;
  }
  return left - right;
}

function floatSequences(n: number): number[][] {
  const next = random(n);
  const any = () => [NaN, 0, -0, Infinity, -Infinity, 1.5, -2.5][Math.floor(next() * 7)]!;
  return [
    Array.from({ length: n }, () => next() * 2000 - 1000),
    Array.from({ length: n }, () => next() + 1),
    Array.from({ length: n }, () => -next() - 1),
    Array.from({ length: n }, () => next() < 0.5 ? 0 : -0),
    Array.from({ length: n }, (_, i) => i === n - 1 ? -0 : 0),
    Array.from({ length: n }, (_, i) => i === 0 ? 0 : -0),
    new Array(n).fill(0),
    new Array(n).fill(-0),
    new Array(n).fill(NaN),
    Array.from({ length: n }, (_, i) => i === n >> 1 ? 4 : NaN),
    Array.from({ length: n }, (_, i) => i === n >> 1 ? NaN : 4 + i),
    Array.from({ length: n }, any),
    Array.from({ length: n }, (_, i) => i === 0 ? NaN : i),
    new Array(n).fill(Infinity),
    new Array(n).fill(-Infinity),
  ];
}

test("minMaxF32() and minMaxF64() leave NaN out and order the zeros", () => {
  withKernels((scope, kernels) => {
    const { memory } = kernels;
    for (const n of LENGTHS.filter((n) => n > 0)) {
      for (const sequence of floatSequences(n)) {
        const result = scope.room(16);
        const f32 = Float32Array.from(sequence);
        const numbers = [...f32].filter((value) => !Number.isNaN(value)).sort(orderFloats);
        assert.equal(kernels.minMaxF32(scope.put(f32), n, result), n - numbers.length);
        if (numbers.length > 0) {
          const [least, most] = [memory.f32[result / 4]!, memory.f32[result / 4 + 2]!];
          assert.deepEqual([least, most], [numbers[0], numbers.at(-1)]);
        }
        const f64 = Float64Array.from(sequence);
        const doubles = sequence.filter((value) => !Number.isNaN(value)).sort(orderFloats);
        assert.equal(kernels.minMaxF64(scope.put(f64), n, result), n - doubles.length);
        if (doubles.length > 0) {
          const [least, most] = [memory.f64[result / 8]!, memory.f64[result / 8 + 1]!];
          assert.deepEqual([least, most], [doubles[0], doubles.at(-1)]);
        }
        scope.release();
      }
    }
  });
});

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

test("minMaxF16() orders half floats", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS.filter((n) => n > 0)) {
      for (let round = 0; round < 8; round++) {
        const next = random(n * 8 + round);
        const specials = [0x7e00, 0xfe01, 0, 0x8000, 0x7c00, 0xfc00, 1, 0x8001];
        const halves = Uint16Array.from(
          { length: n },
          () => round < 3 ? next() * 65536 : round < 7 ? specials[Math.floor(next() * 8)]! : 0x7e01,
        );
        const result = scope.room(16);
        const nans = kernels.minMaxF16(scope.put(halves), n, result);
        const numbers = [...halves].map(fromHalf).filter((value) => !Number.isNaN(value)).sort(
          orderFloats,
        );
        assert.equal(nans, n - numbers.length);
        if (numbers.length > 0) {
          const { u16 } = kernels.memory;
          assert.deepEqual(
            [fromHalf(u16[result / 2]!), fromHalf(u16[result / 2 + 4]!)],
            [numbers[0], numbers.at(-1)],
          );
        }
        scope.release();
      }
    }
  });
});

function orderBytes(left: Uint8Array, right: Uint8Array): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}

function naiveMinMax(values: Uint8Array[], order: typeof orderBytes): [number, number] {
  let [least, most] = [0, 0];
  values.forEach((value, i) => {
    if (order(value, values[least]!) < 0) least = i;
    if (order(value, values[most]!) > 0) most = i;
  });
  return [least, most];
}

test("minMaxByteArrays() finds the first smallest and the first largest", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS.filter((n) => n > 0)) {
      for (
        const [longest, letters, prefix] of [
          [0, 2, 0],
          [3, 2, 0],
          [20, 2, 0],
          [12, 256, 0],
          [40, 2, 7],
          [40, 2, 8],
          [40, 3, 16],
          [9, 256, 33],
        ] as const
      ) {
        const next = random(n + longest + prefix);
        const values = Array.from({ length: n }, () => {
          const tail = Array.from(
            { length: Math.floor(next() * (longest + 1)) },
            () => 256 - 1 - Math.floor(next() * letters),
          );
          return Uint8Array.from([...new Array(prefix).fill(97), ...tail]);
        });
        const { offsets, data } = byteArrays(values, 2);
        const result = scope.room(8);
        kernels.minMaxByteArrays(scope.put(offsets), scope.put(data), n, result);
        assert.deepEqual(scope.u32(result, 2), naiveMinMax(values, orderBytes));
        scope.release();
      }
    }
  });
});

test("minMaxByteArrays() tells zero bytes from nothing", () => {
  withKernels((scope, kernels) => {
    const values = [[0, 0], [0], [], [0, 0, 0]].map((bytes) => Uint8Array.from(bytes));
    const { offsets, data } = byteArrays(values);
    const result = scope.room(8);
    kernels.minMaxByteArrays(scope.put(offsets), scope.put(data), 4, result);
    assert.deepEqual(scope.u32(result, 2), [2, 3]);
  });
});

test("minMaxFixedBytes() orders unsigned and two's complement", () => {
  const signedOrder = (left: Uint8Array, right: Uint8Array) =>
    orderBytes(
      Uint8Array.from([left[0]! ^ 0x80, ...left.subarray(1)]),
      Uint8Array.from([right[0]! ^ 0x80, ...right.subarray(1)]),
    );
  withKernels((scope, kernels) => {
    for (const width of [1, 2, 5, 8, 9, 16, 17, 32]) {
      for (const n of LENGTHS.filter((n) => n > 0)) {
        for (const letters of [2, 256]) {
          const next = random(width * n);
          const values = Array.from(
            { length: n },
            () =>
              Uint8Array.from(
                { length: width },
                () => (letters === 2 ? 127 : 0) + Math.floor(next() * letters),
              ),
          );
          const src = scope.put(byteArrays(values).data);
          const result = scope.room(8);
          kernels.minMaxFixedBytes(src, width, n, false, result);
          assert.deepEqual(scope.u32(result, 2), naiveMinMax(values, orderBytes));
          kernels.minMaxFixedBytes(src, width, n, true, result);
          assert.deepEqual(scope.u32(result, 2), naiveMinMax(values, signedOrder));
          scope.release();
        }
      }
    }
  });
});
