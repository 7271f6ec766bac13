import assert from "node:assert/strict";
import { test } from "node:test";
import type { PhysicalType } from "../../src/schema/column_plan.ts";
import type { EncodingName } from "../../src/schema/column_properties.ts";
import { assertEncodingFits } from "../../src/schema/value_encodings.ts";

/** As the specification has it, kept apart from the code. */
const VALID: Readonly<Record<PhysicalType, readonly EncodingName[]>> = {
  BOOLEAN: ["PLAIN", "RLE"],
  INT32: ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
  INT64: ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
  INT96: ["PLAIN"],
  FLOAT: ["PLAIN", "BYTE_STREAM_SPLIT"],
  DOUBLE: ["PLAIN", "BYTE_STREAM_SPLIT"],
  BYTE_ARRAY: ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
  FIXED_LEN_BYTE_ARRAY: ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"],
};
const NAMES: readonly EncodingName[] = [
  "PLAIN",
  "RLE",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "BYTE_STREAM_SPLIT",
];

for (const [type, valid] of Object.entries(VALID) as [PhysicalType, EncodingName[]][]) {
  test(`assertEncodingFits() knows the encodings of ${type}`, () => {
    for (const name of NAMES) {
      if (valid.includes(name)) {
        assertEncodingFits(name, type, "a.b");
        continue;
      }
      assert.throws(
        () => assertEncodingFits(name, type, "a.b"),
        new TypeError(
          `Cannot set option "encoding" of column "a.b" to "${name}": it does not encode ${type}; ` +
            `valid for ${type}: ${valid.join(", ")}`,
        ),
      );
    }
  });
}
