/** Keys of an Arrow dictionary that stand for far more bytes than they have. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type {
  BytesArray,
  DictionaryArray,
  LeafArray,
  ListArray,
} from "../../src/arrow/column_array.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import { bytesOf, encodeChunk, plan, properties } from "./support.ts";

const MIB = 1024 * 1024;
/** Three entries of about a mebibyte each, and an empty one. */
const LENGTHS = [MIB, 0, MIB + 1, MIB - 1];
const KEYS = Uint8Array.from({ length: 90 }, (_, i) => (i * 7) % 4);

function byteArrays(keys: readonly number[]): BytesArray {
  const offsets = new Int32Array(keys.length + 1);
  keys.forEach((key, i) => offsets[i + 1] = offsets[i]! + LENGTHS[key]!);
  const data = new Uint8Array(offsets.at(-1)!);
  keys.forEach((key, i) => data.fill(65 + key, offsets[i], offsets[i + 1]));
  return { shape: "bytes", length: keys.length, validity: null, offsets, data };
}

const values = byteArrays([...KEYS]);
const keyed: DictionaryArray = {
  shape: "dictionary",
  length: KEYS.length,
  validity: null,
  keyWidth: 1,
  keys: KEYS,
  dictionary: byteArrays([0, 1, 2, 3]),
};

const flat = plan({
  leaf: { nullable: false, shape: "bytes", width: 0, conversion: "none" },
  physicalType: "BYTE_ARRAY",
  order: "none",
  properties: properties({ dictionaryEnabled: false, encoding: "DELTA_LENGTH_BYTE_ARRAY" }),
});
const nested: ColumnPlan = {
  ...flat,
  nodes: [{ kind: "list", nullable: false }],
  maxRepetitionLevel: 1,
  maxDefinitionLevel: 1,
};

/** Rows of 0 to 12 items. */
function lists(child: LeafArray): ListArray {
  const ends = [0];
  for (let i = 0; ends.at(-1)! < child.length; i++) {
    ends.push(Math.min(child.length, ends.at(-1)! + (i * 5) % 13));
  }
  return {
    shape: "list",
    length: ends.length - 1,
    validity: null,
    offsets: Int32Array.from(ends),
    child,
  };
}

test("a few keys that stand for many bytes become values in portions, and the same pages as the values", () => {
  for (
    const [p, given, spelled] of [
      [flat, keyed, values],
      [nested, lists(keyed), lists(values)],
    ] as const
  ) {
    const kernels = createKernels("wasm");
    const ours = bytesOf(encodeChunk(kernels, p, [given]));
    const theirs = bytesOf(encodeChunk(createKernels("wasm"), p, [spelled]));
    assert.ok(Buffer.compare(ours, theirs) === 0);
    assert.ok(ours.length > 60 * MIB);
    // A portion, a page and its copies; in all of them at once there would be 67 MiB of values, and those of a page.
    const { length } = kernels.memory.u8;
    if (p === flat) assert.ok(length < 60 * MIB, `${length} bytes of kernel memory`);
  }
});
