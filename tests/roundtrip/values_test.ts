/** Values that are easily lost survive bit for bit, in a dictionary and out of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Float64, Int64, makeData, RecordBatch, Schema, Struct, Uint64 } from "apache-arrow";
import { readPages } from "../support/page_decoder.ts";
import { assertReadable } from "../support/readers.ts";
import { expectedOf, written } from "./written.ts";

function rowsOf(type: Float64 | Int64 | Uint64, bits: readonly bigint[]) {
  const schema = new Schema([new Field("c", type, false)]);
  const data = new Uint8Array(
    BigUint64Array.from(bits, (value) => BigInt.asUintN(64, value)).buffer,
  );
  const column = makeData({ type, length: bits.length, nullCount: 0, data } as never);
  const root = makeData({
    type: new Struct(schema.fields),
    length: bits.length,
    nullCount: 0,
    children: [column],
  });
  return { schema, batches: [new RecordBatch(schema, root)] };
}

const FLOATS = [
  0n,
  0x8000000000000000n,
  0x7ff8000000000000n,
  0x7ff8000000000001n,
  0xfff8000000000123n,
  0x7ff0000000000001n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  1n,
  0x7fefffffffffffffn,
];
const INTEGERS = [
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  0n,
  -1n,
];

for (const dictionaryEnabled of [true, false]) {
  const where = dictionaryEnabled ? "in a dictionary" : "outside a dictionary";
  for (
    const [name, type, values] of [
      ["−0 and payloads of NaN", new Float64(), FLOATS],
      ["2^53 ± 1 and the ends of Int64", new Int64(), INTEGERS],
      ["the ends of UInt64", new Uint64(), INTEGERS],
    ] as const
  ) {
    test(`FAULTS 39, 42: ${name} survive ${where}`, async () => {
      const rows = rowsOf(type, Array.from({ length: 40 }, () => values).flat());
      const bytes = await written(rows, { dictionaryEnabled });
      const [chunk] = readPages(bytes).rowGroups[0]!.chunks;
      assert.equal(chunk!.dictionary !== null, dictionaryEnabled);
      if (dictionaryEnabled) assert.equal(chunk!.dictionary!.length, values.length);
      await assertReadable(bytes, expectedOf(rows));
    });
  }
}
