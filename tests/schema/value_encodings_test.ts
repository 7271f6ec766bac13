import assert from "node:assert/strict";
import { test } from "node:test";
import type { PhysicalType } from "../../src/schema/column_plan.ts";
import type { EncodingName } from "../../src/schema/column_properties.ts";
import { assertEncodingFits } from "../../src/schema/value_encodings.ts";
import { ENCODINGS_OF } from "../support/encodings.ts";

const NAMES: readonly EncodingName[] = [
  "PLAIN",
  "RLE",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "BYTE_STREAM_SPLIT",
];

for (const [type, valid] of Object.entries(ENCODINGS_OF) as [PhysicalType, EncodingName[]][]) {
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
