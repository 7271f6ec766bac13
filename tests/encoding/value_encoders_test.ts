/** What every encoder of values promises, page after page, with both kernels. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createValueEncoder } from "../../src/encoding/create_value_encoder.ts";
import type { LeafValues } from "../../src/encoding/leaf_values.ts";
import type { PhysicalType } from "../../src/schema/column_plan.ts";
import { byteArrays, type Scope, withKernels } from "../kernels/support.ts";
import { ENCODINGS_OF } from "../support/encodings.ts";
import { decodeValues, type Physical } from "../support/value_decoder.ts";

const WIDTHS: Readonly<Record<PhysicalType, number>> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 0,
  FIXED_LEN_BYTE_ARRAY: 5,
};

/** Values as a leaf reader gives them: one byte array a value. */
function put(scope: Scope, values: readonly Uint8Array[], width: number): LeafValues {
  const count = values.length;
  if (width === 0) {
    const { offsets, data } = byteArrays(values, 3);
    return { count, data: scope.put(data), offsets: scope.put(offsets) };
  }
  const data = new Uint8Array(count * width);
  values.forEach((value, i) => data.set(value, i * width));
  return { count, data: scope.put(data), offsets: 0 };
}

/** The values as the decoder of pages shows them. */
function physical(values: readonly Uint8Array[], type: PhysicalType): Physical[] {
  if (type === "BYTE_ARRAY") return [...values];
  if (type === "BOOLEAN") return values.map(([bit]) => bit === 1);
  const bytes = Uint8Array.from(values.flatMap((value) => [...value]));
  return decodeValues("PLAIN", bytes, values.length, node(type), null);
}

const node = (type: PhysicalType) => ({
  type,
  typeLength: type === "FIXED_LEN_BYTE_ARRAY" ? WIDTHS[type] : 0,
});

function valuesOf(type: PhysicalType): fc.Arbitrary<Uint8Array> {
  if (type === "BOOLEAN") return fc.nat({ max: 1 }).map((bit) => Uint8Array.of(bit));
  const width = WIDTHS[type];
  const size = width === 0 ? { maxLength: 30 } : { minLength: width, maxLength: width };
  return fc.oneof(
    fc.uint8Array({ ...size, max: 1 }),
    fc.uint8Array(size),
    fc.constantFrom(0, 255).map((byte) => new Uint8Array(width === 0 ? 20 : width).fill(byte)),
  );
}

for (const type of Object.keys(WIDTHS) as PhysicalType[]) {
  for (const encoding of ENCODINGS_OF[type]) {
    test(`${encoding} of ${type}: pages, however their values come in`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(valuesOf(type), { maxLength: 300 }), { minLength: 1, maxLength: 3 }),
          fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 }),
          (pages, sizes) => {
            const written: Uint8Array[][] = [];
            withKernels((scope, kernels) => {
              const width = WIDTHS[type];
              const layout = { width, boolean: type === "BOOLEAN" };
              const encoder = createValueEncoder(kernels, encoding, layout);
              assert.equal(encoder.encoding, encoding);
              written.push(pages.map((page) => {
                const values = put(scope, page, width);
                for (let at = 0, i = 0; at < page.length; i++) {
                  const count = Math.min(sizes[i % sizes.length]!, page.length - at);
                  assert.equal(encoder.append(values, at, count), count);
                  at += count;
                }
                assert.equal(encoder.count, page.length);
                const bytes = page.reduce((sum, { length }) => sum + length, 0);
                assert.equal(encoder.unencodedBytes, bytes);
                assert.ok(encoder.memoryBytes >= 0);
                const most = encoder.maxByteLength;
                const dst = scope.room(most);
                const length = encoder.write(dst);
                assert.ok(length <= most, `${length} bytes where at most ${most} were promised`);
                assert.equal(encoder.count, 0);
                assert.equal(encoder.unencodedBytes, 0);
                const guard = scope.bytes(dst + most + 16, 16);
                assert.deepEqual(guard, new Uint8Array(16).fill(0xcd));
                return scope.bytes(dst, length);
              }));
              encoder.release();
            });
            assert.deepEqual(written[0], written[1]);
            pages.forEach((page, i) => {
              // The decoder looks for a first value even where there is none.
              if (page.length === 0 && encoding !== "PLAIN" && encoding !== "BYTE_STREAM_SPLIT") {
                return;
              }
              const decoded = decodeValues(
                encoding,
                written[0]![i]!,
                page.length,
                node(type),
                null,
              );
              assert.deepEqual(decoded, physical(page, type));
            });
          },
        ),
        { numRuns: 30 },
      );
    });

    test(`${encoding} of ${type}: where a page ends does not depend on how its values come in`, () => {
      fc.assert(
        fc.property(
          fc.array(valuesOf(type), { minLength: 1, maxLength: 200 }),
          fc.integer({ min: 1, max: 600 }),
          fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
          (values, byteLimit, sizes) => {
            withKernels((scope, kernels) => {
              const width = WIDTHS[type];
              const layout = { width, boolean: type === "BOOLEAN" };
              const ends = (steps: readonly number[]) => {
                const encoder = createValueEncoder(kernels, encoding, layout);
                const found: number[] = [];
                for (let at = 0, i = 0; at < values.length; i++) {
                  // What has come so far, and no more, is what the encoder sees.
                  const known = values.slice(at, at + steps[i % steps.length]!);
                  const part = put(scope, known, width);
                  for (let used = 0; used < part.count;) {
                    const room = encoder.valuesUntil(byteLimit, part, used);
                    if (room <= 0) {
                      assert.ok(encoder.count > 0, "an empty page is never full");
                      found.push(at + used);
                      encoder.write(scope.room(encoder.maxByteLength));
                      continue;
                    }
                    const count = Math.min(room, part.count - used);
                    encoder.append(part, used, count);
                    used += count;
                  }
                  at += known.length;
                }
                encoder.release();
                return found;
              };
              assert.deepEqual(ends(sizes), ends([values.length]));
            });
          },
        ),
        { numRuns: 30 },
      );
    });
  }
}

test("PLAIN values are taken with levels in front of them, where there is room", () => {
  withKernels((scope, kernels) => {
    const encoder = createValueEncoder(kernels, "PLAIN", { width: 8, boolean: false });
    try {
      const levels = Uint8Array.from({ length: 4096 }, (_, i) => i * 7);
      const pointer = scope.put(levels);
      // Small pages have no room, and neither have large ones for more than 4 KiB; a page may grow in between.
      for (
        const [counts, levelBytes, room] of [
          [[511], 1, false],
          [[512], 0, true],
          [[512, 3000], 4096, true],
          [[20_000], 2500, true],
          [[20_000], 4097, false],
        ] as const
      ) {
        const total = counts.reduce((sum, count) => sum + count, 0);
        const bytes = Uint8Array.from({ length: total * 8 }, (_, i) => Math.imul(i, 31) >>> 3);
        const values = { count: total, data: scope.put(bytes), offsets: 0 };
        let from = 0;
        for (const count of counts) {
          encoder.append(values, from, count);
          from += count;
        }
        const taken = encoder.takeBehind!({ pointer, byteLength: levelBytes });
        assert.equal(taken !== null, room, `${total} values, ${levelBytes} bytes of levels`);
        const { pointer: at, byteLength } = taken ?? encoder.take!();
        const expected = room ? [...levels.subarray(0, levelBytes), ...bytes] : [...bytes];
        assert.deepEqual(scope.bytes(at, byteLength), Uint8Array.from(expected));
        assert.equal(encoder.count, 0);
      }
    } finally {
      encoder.release();
      scope.release();
    }
  });
});
