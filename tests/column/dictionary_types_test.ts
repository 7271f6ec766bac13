/** A dictionary of every physical type that may have one, values of any width, and what comes after it. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { FixedArray } from "../../src/arrow/column_array.ts";
import { decodePageHeader } from "../../src/format/structures.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { ColumnPlan, PhysicalType } from "../../src/schema/column_plan.ts";
import type { EncodingName } from "../../src/schema/column_properties.ts";
import { ENCODINGS_OF } from "../support/encodings.ts";
import { decodeValues, type Physical } from "../support/value_decoder.ts";
import { bytesOf, encodeChunk, plan, properties } from "./support.ts";

const TYPES: Readonly<Record<string, { type: PhysicalType; width: number }>> = {
  INT32: { type: "INT32", width: 4 },
  INT64: { type: "INT64", width: 8 },
  INT96: { type: "INT96", width: 12 },
  FLOAT: { type: "FLOAT", width: 4 },
  DOUBLE: { type: "DOUBLE", width: 8 },
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 100, 1000, 4097, 70_000].map((
      width,
    ) => [
      `FIXED_LEN_BYTE_ARRAY(${width})`,
      { type: "FIXED_LEN_BYTE_ARRAY", width } as const,
    ]),
  ),
};

/** Rows that repeat a few values, then rows of their own. Values differ in their first, their last or a middle byte. */
function rowsOf(width: number, repeated: number, distinct: number): FixedArray {
  const length = repeated + distinct;
  const values = new Uint8Array(length * width);
  for (let row = 0; row < length; row++) {
    const number = row < repeated ? row % 5 : row;
    const at = row * width;
    values[at + (number % 3 === 0 ? 0 : number % 3 === 1 ? width - 1 : width >> 1)]! ^= number;
    if (row >= repeated && width > 1) values[at + 1]! ^= 0x80 | (number >> 8);
  }
  return { shape: "fixed", width, length, validity: null, values };
}

/** Decodes all pages of a required column that is not compressed. */
function decoded(
  bytes: Uint8Array,
  { physicalType, typeLength }: ColumnPlan,
): { values: Physical[]; encodings: string[] } {
  const node = { type: physicalType, typeLength };
  let dictionary: Physical[] | null = null;
  const values: Physical[] = [];
  const encodings: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const { header, byteLength } = decodePageHeader(bytes, at);
    const body = bytes.subarray(at + byteLength, at + byteLength + header.compressedPageSize);
    at += byteLength + header.compressedPageSize;
    if (header.dictionaryPageHeader !== undefined) {
      dictionary = decodeValues("PLAIN", body, header.dictionaryPageHeader.numValues, node, null);
      continue;
    }
    const { encoding, numValues } = header.dataPageHeader!;
    encodings.push(encoding);
    for (const value of decodeValues(encoding as EncodingName, body, numValues, node, dictionary)) {
      values.push(value);
    }
  }
  return { values, encodings };
}

for (const [name, { type, width }] of Object.entries(TYPES)) {
  test(`a dictionary of ${name}, and every encoding after it`, () => {
    const repeated = 60;
    const distinct = width > 4096 ? 12 : 40;
    const array = rowsOf(width, repeated, distinct);
    const shape = { type, typeLength: type === "FIXED_LEN_BYTE_ARRAY" ? width : 0 };
    const expected = decodeValues("PLAIN", array.values, array.length, shape, null);
    for (const encoding of ENCODINGS_OF[type]) {
      const p = plan({
        physicalType: type,
        typeLength: shape.typeLength,
        leaf: { nullable: false, shape: "fixed", width, conversion: "none" },
        order: "none",
        properties: properties({
          encoding,
          dictionaryPageSizeLimit: 8 * width,
          dataPageRowCountLimit: 30,
          dataPageSizeLimit: 2 ** 30,
        }),
      });
      const outputs = (["typescript", "wasm"] as const).flatMap((implementation) => {
        const kernels = createKernels(implementation);
        const chunks = [Infinity, 7].map((rows) => bytesOf(encodeChunk(kernels, p, [array], rows)));
        assert.equal(kernels.memory.allocatedBytes, 0);
        return chunks;
      });
      for (const output of outputs) assert.ok(Buffer.compare(output, outputs[0]!) === 0);
      const { values, encodings } = decoded(outputs[0]!, p);
      assert.deepEqual(values, expected);
      if (width > 1) {
        assert.deepEqual(encodings.slice(0, 2), ["RLE_DICTIONARY", "RLE_DICTIONARY"]);
        assert.equal(encodings.at(-1), encoding);
      }
    }
  });
}

test("a value that no dictionary page has room for is written without one", () => {
  const width = 5000;
  const p = plan({
    physicalType: "FIXED_LEN_BYTE_ARRAY",
    typeLength: width,
    leaf: { nullable: false, shape: "fixed", width, conversion: "none" },
    order: "none",
    properties: properties({ dictionaryPageSizeLimit: 4999, encoding: "DELTA_BYTE_ARRAY" }),
  });
  const array = rowsOf(width, 20, 0);
  const { values, encodings } = decoded(
    bytesOf(encodeChunk(createKernels("typescript"), p, [array])),
    p,
  );
  assert.deepEqual(encodings, ["DELTA_BYTE_ARRAY"]);
  assert.equal(values.length, 20);
});

test("a large limit of the dictionary does not take its memory at once", () => {
  const kernels = createKernels("typescript");
  const width = 1024 * 1024;
  const p = plan({
    physicalType: "FIXED_LEN_BYTE_ARRAY",
    typeLength: width,
    leaf: { nullable: false, shape: "fixed", width, conversion: "none" },
    order: "none",
    properties: properties({ dictionaryPageSizeLimit: 2 ** 30 }),
  });
  encodeChunk(kernels, p, [rowsOf(width, 3, 0)]);
  assert.ok(kernels.memory.u8.length < 64 * width, `${kernels.memory.u8.length} bytes`);
});
