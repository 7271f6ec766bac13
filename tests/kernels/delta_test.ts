import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maxDeltaBinaryPackedSize } from "../../src/kernels/kernels.ts";
import { decodeValues } from "../support/value_decoder.ts";
import { byteArrays, LENGTHS, random, withKernels } from "./support.ts";

/** Lengths around those of miniblocks and blocks. */
const COUNTS = [...LENGTHS, 2, 32, 33, 34, 128, 129, 130, 255, 256, 257, 258, 513, 1025];

const INT64 = { type: "INT64", typeLength: 0 } as const;
const INT32 = { type: "INT32", typeLength: 0 } as const;

/** Encodes with both kernels; the bytes have to be the same, and no more than promised. */
function encoded(width: 4 | 8, values: readonly bigint[]): Uint8Array {
  const outputs: Uint8Array[] = [];
  withKernels((scope, kernels) => {
    const src = scope.put(
      width === 8
        ? BigInt64Array.from(values)
        : Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value))),
    );
    const most = maxDeltaBinaryPackedSize(values.length, width);
    const dst = scope.room(most);
    const written = width === 8
      ? kernels.deltaBinaryPacked64(src, values.length, dst)
      : kernels.deltaBinaryPacked32(src, values.length, dst);
    assert.ok(written <= most, `${written} bytes where at most ${most} were promised`);
    assert.deepEqual(scope.bytes(dst + most + 16, 16), new Uint8Array(16).fill(0xcd));
    outputs.push(scope.bytes(dst, written));
  });
  assert.deepEqual(outputs[0], outputs[1]);
  return outputs[0]!;
}

function assertRoundTrip(width: 4 | 8, values: readonly bigint[]): void {
  const bytes = encoded(width, values);
  if (values.length === 0) return;
  const decoded = decodeValues(
    "DELTA_BINARY_PACKED",
    bytes,
    values.length,
    width === 8 ? INT64 : INT32,
    null,
  );
  const expected = values.map((value) => width === 8 ? value : Number(BigInt.asIntN(32, value)));
  assert.deepEqual(decoded, expected);
}

/** Numbers of several characters. */
function sequences(bits: 32 | 64, n: number): Record<string, bigint[]> {
  const next = random(n + bits);
  const make = (value: (i: number) => bigint) =>
    Array.from({ length: n }, (_, i) => BigInt.asIntN(bits, value(i)));
  const most = (1n << BigInt(bits - 1)) - 1n;
  return {
    constant: make(() => 7n),
    rising: make((i) => BigInt(i) * 3n),
    falling: make((i) => -BigInt(i) * 1000n),
    jumping: make((i) => BigInt(i) * 1000n + BigInt(Math.floor(next() * 50))),
    extremes: make((i) => i % 2 === 0 ? most : -most - 1n),
    "extremes at random": make(() => next() < 0.5 ? most : -most - 1n),
    "almost constant": make((i) => i === n >> 1 ? most : 0n),
    noise: make(() =>
      BigInt(Math.floor(next() * 2 ** 32)) << 32n | BigInt(Math.floor(next() * 2 ** 32))
    ),
  };
}

for (const width of [4, 8] as const) {
  const bits = width * 8 as 32 | 64;
  test(`deltaBinaryPacked${bits}() gives the values back`, () => {
    for (const n of COUNTS) {
      for (const values of Object.values(sequences(bits, n))) assertRoundTrip(width, values);
    }
  });

  test(`deltaBinaryPacked${bits}() packs differences of every width`, () => {
    const next = random(bits);
    for (let size = 1; size <= bits; size++) {
      const limit = (1n << BigInt(size)) - 1n;
      let value = 0n;
      const values = Array.from({ length: 300 }, (_, i) => {
        const noise = BigInt(Math.floor(next() * 2 ** 32)) << 32n |
          BigInt(Math.floor(next() * 2 ** 32));
        value = BigInt.asIntN(bits, value + (i % 9 === 3 ? limit : noise & limit));
        return value;
      });
      assertRoundTrip(width, values);
    }
  });

  test(`deltaBinaryPacked${bits}() gives any values back`, () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.bigInt({ min: -100n, max: 100n }),
            fc.bigInt({ min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n }),
          ),
          { maxLength: 600 },
        ),
        (values) => assertRoundTrip(width, values),
      ),
      { numRuns: 100 },
    );
  });
}

test("DELTA_BINARY_PACKED without values is a header of zeros", () => {
  assert.deepEqual([...encoded(4, [])], [0x80, 1, 4, 0, 0]);
  assert.deepEqual([...encoded(8, [])], [0x80, 2, 4, 0, 0]);
});

test("DELTA_BINARY_PACKED is as the specification's examples say", () => {
  // 1 to 5: every difference is the least one, so nothing is packed.
  const rising = [1n, 2n, 3n, 4n, 5n];
  assert.deepEqual([...encoded(4, rising)], [0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0]);
  // 7 5 3 1 2 3 4 5: the least difference is −2, those above it are 0 0 0 3 3 3 3, of two bits each.
  const falling = [7n, 5n, 3n, 1n, 2n, 3n, 4n, 5n];
  const packed = [0b11000000, 0b00111111, 0, 0, 0, 0, 0, 0];
  assert.deepEqual([...encoded(4, falling)], [0x80, 1, 4, 8, 14, 3, 2, 0, 0, 0, ...packed]);
  // A miniblock of 64 values for INT64.
  assert.deepEqual([...encoded(8, falling)], [
    ...[0x80, 2, 4, 8, 14, 3, 2, 0, 0, 0],
    ...packed,
    ...packed.map(() => 0),
  ]);
});

test("DELTA_BINARY_PACKED has no bytes for miniblocks behind the last value", () => {
  // 33 differences: two miniblocks of 32, the second with one that counts; the others have width 0.
  const values = Array.from({ length: 34 }, (_, i) => BigInt(i % 2));
  const bytes = encoded(4, values);
  assert.deepEqual([...bytes.subarray(0, 10)], [0x80, 1, 4, 34, 0, 1, 2, 2, 0, 0]);
  assert.equal(bytes.length, 10 + 2 * 8);
  // What fills the second miniblock up is zero.
  assert.deepEqual([...bytes.subarray(18)], [0b10, 0, 0, 0, 0, 0, 0, 0]);
});

test("byteArrayLengths() subtracts offsets", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      const lengths = Array.from({ length: n }, (_, i) => (i * 7) % 23);
      const { offsets } = byteArrays(lengths.map((length) => new Uint8Array(length)), 11);
      const dst = scope.room(n * 4);
      kernels.byteArrayLengths(scope.put(offsets), n, dst);
      assert.deepEqual(scope.i32(dst, n), lengths);
      assert.deepEqual(scope.bytes(dst + n * 4 + 16, 16), new Uint8Array(16).fill(0xcd));
      scope.release();
    }
  });
});

/** The prefix that each value shares with the one before, and the rest. */
function splitNaively(values: readonly Uint8Array[], before: Uint8Array) {
  const prefixes: number[] = [];
  const rests: number[] = [];
  const bytes: number[] = [];
  let previous = before;
  for (const value of values) {
    let prefix = 0;
    while (prefix < Math.min(value.length, previous.length) && value[prefix] === previous[prefix]) {
      prefix++;
    }
    prefixes.push(prefix);
    rests.push(value.length - prefix);
    bytes.push(...value.subarray(prefix));
    previous = value;
  }
  return { prefixes, rests, bytes };
}

function assertSplit(values: readonly Uint8Array[], before: Uint8Array, width: number): void {
  const n = values.length;
  const expected = splitNaively(values, before);
  withKernels((scope, kernels) => {
    const { offsets, data } = byteArrays(values, width > 0 ? 0 : 5);
    const prefixes = scope.room(n * 4);
    const rests = scope.room(n * 4);
    const dst = scope.room(data.length);
    const written = kernels.splitPrefixes(
      width > 0 ? 0 : scope.put(offsets),
      scope.put(data),
      width,
      n,
      scope.put(before),
      before.length,
      prefixes,
      rests,
      dst,
    );
    assert.deepEqual(scope.i32(prefixes, n), expected.prefixes);
    assert.deepEqual(scope.i32(rests, n), expected.rests);
    assert.deepEqual([...scope.bytes(dst, written)], expected.bytes);
    assert.deepEqual(scope.bytes(dst + data.length + 16, 16), new Uint8Array(16).fill(0xcd));
  });
}

const utf8 = (text: string) => new TextEncoder().encode(text);

test("splitPrefixes() takes bytes, not characters, and never more than a value has", () => {
  const texts = [
    "",
    "a",
    "a",
    "",
    "axis",
    "axle",
    "babble",
    "babyhood",
    "baby",
    "é",
    "è",
    "日本",
    "日木",
  ];
  assertSplit(texts.map(utf8), utf8(""), 0);
  assertSplit(texts.map(utf8), utf8("axis"), 0);
  assertSplit([], utf8("axis"), 0);
  // Everything after the values is 0xCD, as is the end of the first two: no prefix reaches beyond them.
  const same = [utf8("x"), Uint8Array.of(0xcd), Uint8Array.of(0xcd, 0xcd), Uint8Array.of(0xcd)];
  assertSplit(same, Uint8Array.of(0xcd), 0);
});

test("splitPrefixes() finds prefixes of every length", () => {
  for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 100, 300, 1000]) {
    const next = random(length);
    const first = Uint8Array.from({ length: length + 5 }, () => next() * 256);
    const second = first.slice();
    second[length]! ^= 255;
    assertSplit([first, second, first, first], new Uint8Array(), 0);
    assertSplit([first, second, first, first], second, length + 5);
  }
});

test("splitPrefixes() splits any values", () => {
  const value = fc.uint8Array({ max: 2, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 100 }), value, (values, before) => {
      assertSplit(values, before, 0);
    }),
    { numRuns: 100 },
  );
});
