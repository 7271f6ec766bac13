/** Small loops of the reader, against what is plainly right. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countOf } from "../../src/reader/count_of.ts";
import { conversionOf } from "../../src/reader/value_conversion.ts";
import type { LeafColumn } from "../../src/verify/leaf_column.ts";

test("countOf() counts levels wherever they begin", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(0, 1, 2, 2, 2, 2, 255), { maxLength: 70 }),
      fc.nat(7),
      fc.constantFrom(0, 1, 2, 255),
      (levels, offset, level) => {
        const bytes = new Uint8Array(offset + levels.length);
        bytes.set(levels, offset);
        const expected = levels.filter((one) => one === level).length;
        assert.equal(countOf(bytes.subarray(offset), level), expected);
      },
    ),
  );
});

test("decimals of 1 to 32 bytes become words of the Arrow type, with their sign", () => {
  for (const bitWidth of [32, 64, 128, 256] as const) {
    const to = bitWidth / 8;
    for (let width = 1; width <= to; width++) {
      const limit = 1n << BigInt(8 * width - 1);
      const numbers = [0n, 1n, -1n, limit - 1n, -limit, limit / 3n, -limit / 7n];
      const bytes = new Uint8Array(numbers.length * width);
      numbers.forEach((number, i) => {
        for (let k = 0; k < width; k++) {
          bytes[i * width + width - 1 - k] = Number(BigInt.asUintN(8, number >> BigInt(8 * k)));
        }
      });
      const column = { physicalType: "FIXED_LEN_BYTE_ARRAY", logicalType: null, width };
      const convert = conversionOf(
        { kind: "decimal", bitWidth, precision: 1, scale: 0 },
        column as unknown as LeafColumn,
      );
      const converted = convert({ bytes, offsets: null, count: numbers.length });
      const read = numbers.map((_, i) => {
        let value = 0n;
        for (let k = to - 1; k >= 0; k--) value = value << 8n | BigInt(converted[i * to + k]!);
        return BigInt.asIntN(bitWidth, value);
      });
      assert.deepEqual(read, numbers, `${width} bytes to ${bitWidth} bits`);
    }
  }
});
