import assert from "node:assert/strict";
import { test } from "node:test";
import { bitmapOf, bitPatterns, byteArrays, LENGTHS, random, withKernels } from "./support.ts";

function noise(byteLength: number, seed: number): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length: byteLength }, () => next() * 256);
}

test("compact() keeps the values whose bit is set", () => {
  withKernels((scope, kernels) => {
    for (const width of [1, 2, 3, 4, 8, 12, 16, 32]) {
      for (const n of LENGTHS) {
        bitPatterns(n).forEach((bits, pattern) => {
          const bitOffset = (pattern * 3 + n) % 18;
          const values = noise(n * width, n);
          const expected = bits.flatMap((bit, i) =>
            bit ? [...values.subarray(i * width, (i + 1) * width)] : []
          );
          for (const inPlace of [false, true]) {
            const src = scope.put(values);
            const dst = inPlace ? src : scope.room(values.length);
            const validity = scope.put(bitmapOf(bits, bitOffset));
            const count = kernels.compact(src, width, n, validity, bitOffset, dst);
            assert.equal(count, bits.filter(Boolean).length);
            assert.deepEqual(scope.bytes(dst, expected.length), Uint8Array.from(expected));
          }
          scope.release();
        });
      }
    }
  });
});

test("compact() reads a bitmap at every bit offset", () => {
  withKernels((scope, kernels) => {
    const values = Int32Array.from({ length: 127 }, (_, i) => i);
    for (const bits of bitPatterns(127)) {
      for (let bitOffset = 0; bitOffset <= 17; bitOffset++) {
        const dst = scope.room(127 * 4);
        const validity = scope.put(bitmapOf(bits, bitOffset));
        const count = kernels.compact(scope.put(values), 4, 127, validity, bitOffset, dst);
        assert.deepEqual(scope.i32(dst, count), [...values].filter((i) => bits[i]));
        scope.release();
      }
    }
  });
});

test("gather() copies by index", () => {
  withKernels((scope, kernels) => {
    for (const width of [1, 2, 3, 4, 8, 12, 16, 33]) {
      for (const n of LENGTHS) {
        const values = noise(50 * width, width);
        const next = random(n);
        const indices = Uint32Array.from({ length: n }, () => next() * 50);
        const dst = scope.room(n * width);
        kernels.gather(scope.put(values), width, scope.put(indices), n, dst);
        const expected = [...indices].flatMap((index) => [
          ...values.subarray(index * width, (index + 1) * width),
        ]);
        assert.deepEqual(
          scope.bytes(dst, n * width + 1),
          Uint8Array.from([...expected, 0xcd]),
        );
        scope.release();
      }
    }
  });
});

test("compactOffsets() says what the offsets of the others are", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const bits of bitPatterns(n)) {
        for (const bitOffset of [0, 1, 5, 8, 17]) {
          const lengths = bits.map((bit, i) => bit ? i % 5 : 0);
          const values = lengths.map((length) => new Uint8Array(length));
          const { offsets } = byteArrays(values, 9);
          const dst = scope.room(offsets.byteLength);
          const validity = scope.put(bitmapOf(bits, bitOffset));
          const count = kernels.compactOffsets(scope.put(offsets), n, validity, bitOffset, dst);
          const kept = values.filter((_, i) => bits[i]);
          assert.equal(count, kept.length);
          assert.deepEqual(scope.i32(dst, count + 1), [...byteArrays(kept, 9).offsets]);
          const hidden = bits.lastIndexOf(false);
          if (hidden >= 0) {
            // Garbage under a null.
            values[hidden] = new Uint8Array(1);
            const other = scope.put(byteArrays(values, 9).offsets);
            assert.equal(kernels.compactOffsets(other, n, validity, bitOffset, dst), -1);
          }
          scope.release();
        }
      }
    }
  });
});

/** Byte arrays of all short lengths, some long ones, and many empty ones. */
function someByteArrays(n: number): Uint8Array[] {
  const next = random(n + 1);
  return Array.from({ length: n }, (_, i) => {
    const length = i % 7 === 6 ? 0 : i % 50 === 33 ? 300 : Math.floor(next() * 41);
    return Uint8Array.from({ length }, () => next() * 256);
  });
}

test("gatherByteArrays() and byteArraysLength() copy by index", () => {
  withKernels((scope, kernels) => {
    const values = someByteArrays(60);
    const { offsets, data } = byteArrays(values, 5);
    for (const n of LENGTHS) {
      const next = random(n);
      const indices = Uint32Array.from({ length: n }, () => next() * 60);
      const expected = byteArrays([...indices].map((index) => values[index]!));
      const offsetsAt = scope.put(offsets);
      const indicesAt = scope.put(indices);
      const length = kernels.byteArraysLength(offsetsAt, indicesAt, n);
      assert.equal(length, expected.data.length);
      const dstOffsets = scope.room((n + 1) * 4);
      const dstData = scope.room(length);
      kernels.gatherByteArrays(offsetsAt, scope.put(data), indicesAt, n, dstOffsets, dstData);
      assert.deepEqual(scope.i32(dstOffsets, n + 1), [...expected.offsets]);
      assert.deepEqual(scope.bytes(dstData, length), expected.data);
      scope.release();
    }
  });
});

test("setBitIndices() lists the set bits", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const bits of bitPatterns(n)) {
        for (let bitOffset = 0; bitOffset <= 17; bitOffset++) {
          const dst = scope.room(n * 4);
          const count = kernels.setBitIndices(
            scope.put(bitmapOf(bits, bitOffset)),
            bitOffset,
            n,
            dst,
          );
          const expected = bits.flatMap((bit, i) => bit ? [i] : []);
          assert.deepEqual(scope.u32(dst, count), expected);
          scope.release();
        }
      }
    }
  });
});

test("widen() extends by sign or by zeros", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      const bytes = noise(n * 2, n);
      const views = [
        { width: 1, signed: true, values: new Int8Array(bytes.buffer, 0, n) },
        { width: 1, signed: false, values: new Uint8Array(bytes.buffer, 0, n) },
        { width: 2, signed: true, values: new Int16Array(bytes.buffer) },
        { width: 2, signed: false, values: new Uint16Array(bytes.buffer) },
      ] as const;
      for (const { width, signed, values } of views) {
        const dst = scope.room(n * 4);
        kernels.widen(scope.put(values), width, signed, n, dst);
        assert.deepEqual(scope.i32(dst, n), [...values]);
        assert.equal(scope.bytes(dst + n * 4, 1)[0], 0xcd);
      }
      scope.release();
    }
  });
});

test("cutIntegers() takes low bytes, in either order", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const slotWidth of [4, 8, 16, 32]) {
        const bytes = noise(n * slotWidth, n + slotWidth);
        const src = scope.put(bytes);
        for (let valueWidth = 1; valueWidth <= slotWidth; valueWidth++) {
          for (const bigEndian of [false, true]) {
            const expected = Array.from({ length: n }, (_, i) => {
              const low = [...bytes.subarray(i * slotWidth, i * slotWidth + valueWidth)];
              return bigEndian ? low.reverse() : low;
            }).flat();
            const dst = scope.room(n * valueWidth);
            kernels.cutIntegers(src, slotWidth, n, dst, valueWidth, bigEndian);
            assert.deepEqual([...scope.bytes(dst, n * valueWidth)], expected);
            assert.equal(scope.bytes(dst + n * valueWidth + 16, 1)[0], 0xcd);
          }
        }
      }
      scope.release();
    }
  });
});

test("areAscending32() and areAscending64() find the one offset that is negative or less than the one before it", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      if (n === 0) continue;
      const ascending = Array.from({ length: n }, (_, i) => 7 + (i >> 1) * 3);
      const most = 2 ** 31 - 1;
      for (const place of new Set([0, 1, n >> 1, n - 2, n - 1].filter((i) => i >= 0 && i < n))) {
        for (const odd of [ascending[place]!, 0, -1, -(2 ** 31), most, most - 1]) {
          const offsets = ascending.with(place, odd);
          const expected = offsets.every((one, i) =>
            one >= 0 && (i === 0 || one >= offsets[i - 1]!)
          );
          const name = `${odd} at ${place} of ${n}`;
          const narrow = scope.put(Int32Array.from(offsets));
          assert.equal(kernels.areAscending32(narrow, n), expected, name);
          for (const scale of [1n, 2n ** 21n]) {
            const wide = scope.put(BigInt64Array.from(offsets, (one) => BigInt(one) * scale));
            assert.equal(kernels.areAscending64(wide, n), expected, `${name} × ${scale}`);
          }
        }
      }
      scope.release();
    }
  });
});

test("subtractFromOffsets() subtracts in place", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const base of [0, 5, 2 ** 31 - 1]) {
        const offsets = Int32Array.from({ length: n }, (_, i) => base - (i % 3) + i);
        const at = scope.put(offsets);
        kernels.subtractFromOffsets(at, n, base);
        assert.deepEqual(scope.i32(at, n), [...offsets].map((offset) => (offset - base) | 0));
        assert.equal(scope.bytes(at + n * 4, 1)[0], 0xcd);
      }
      scope.release();
    }
  });
});

test("plainByteArrays() writes lengths and bytes", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const start of [0, 3]) {
        const values = someByteArrays(n);
        const { offsets, data } = byteArrays(values, start);
        const expected = values.flatMap((value) => [
          value.length & 0xff,
          value.length >> 8,
          0,
          0,
          ...value,
        ]);
        const dst = scope.room(expected.length);
        const bytes = kernels.plainByteArrays(scope.put(offsets), scope.put(data), n, dst);
        assert.equal(bytes, expected.length);
        assert.deepEqual(scope.bytes(dst, bytes), Uint8Array.from(expected));
        // Up to 16 bytes beyond may have been written, no more.
        assert.ok(scope.bytes(dst + bytes + 16, 16).every((byte) => byte === 0xcd));
        scope.release();
      }
    }
  });
});

test("plainEntries() writes lengths and bytes of the entries that ids name", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      const entries = someByteArrays(37);
      const { offsets, data } = byteArrays(entries, 3);
      const ids = Uint32Array.from({ length: n }, (_, i) => (i * i + i * 5) % 37);
      const expected = [...ids].flatMap((id) => {
        const value = entries[id]!;
        return [value.length & 0xff, value.length >> 8, 0, 0, ...value];
      });
      const dst = scope.room(expected.length);
      const at = { offsets: scope.put(offsets), data: scope.put(data), ids: scope.put(ids) };
      const bytes = kernels.plainEntries(at.offsets, at.data, at.ids, n, dst);
      assert.equal(bytes, expected.length);
      assert.deepEqual(scope.bytes(dst, bytes), Uint8Array.from(expected));
      assert.ok(scope.bytes(dst + bytes + 16, 16).every((byte) => byte === 0xcd));
      scope.release();
    }
  });
});

test("packBooleans() packs and pads", () => {
  withKernels((scope, kernels) => {
    for (const n of LENGTHS) {
      for (const bits of bitPatterns(n)) {
        const expected = new Uint8Array(Math.ceil(n / 8));
        bits.forEach((bit, i) => {
          if (bit) expected[i >> 3]! |= 1 << (i & 7);
        });
        const dst = scope.room(expected.length);
        const bytes = kernels.packBooleans(scope.put(Uint8Array.from(bits, Number)), n, dst);
        assert.equal(bytes, expected.length);
        assert.deepEqual(scope.bytes(dst, bytes), expected);
        scope.release();
      }
    }
  });
});
