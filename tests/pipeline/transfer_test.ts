/** `transfer`: what the caller leaves as it is, is not looked at again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Dictionary,
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { AsyncArrowWriter, MemorySink } from "../../mod.ts";
import { parquetReadObjects } from "hyparquet";

const ENTRIES = 5000, ROWS = 500, BATCHES = 40;

/** Writes batches of one dictionary, whose bytes are overwritten before the last of them. */
async function write(transfer: boolean, overwritten: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const entries = vectorFromArray(
    Array.from({ length: ENTRIES }, (_, i) => `entry ${String(i).padStart(8, "0")}`),
    new Utf8(),
  );
  const type = new Dictionary(new Utf8(), new Int32());
  const schema = new Schema([new Field("a", type, false)]);
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, schema, {
    transfer,
    parallelism: 0,
    compression: "uncompressed",
  });
  for (let batch = 0; batch < BATCHES; batch++) {
    if (overwritten && batch === BATCHES - 1) {
      for (const { values } of entries.data) values.fill("x".charCodeAt(0));
    }
    const data = Int32Array.from({ length: ROWS }, (_, i) => (batch * ROWS + i) * 7 % ENTRIES);
    const column = makeData({ type, length: ROWS, nullCount: 0, data, dictionary: entries });
    const struct = makeData({ type: new Struct(schema.fields), length: ROWS, children: [column] });
    await writer.write(new RecordBatch(schema, struct));
  }
  await writer.close();
  return sink.bytes();
}

test("dictionaries that the caller leaves as they are, are read once", async () => {
  const expected = await write(false, false);
  assert.deepEqual(await write(true, false), expected);
  // What is not looked at again may be overwritten: that is how it shows.
  assert.deepEqual(await write(true, true), expected);
});

test("other dictionaries may be overwritten after each batch", async () => {
  const bytes = await write(false, true);
  const found = await parquetReadObjects({ file: bytes.buffer });
  assert.equal(found.filter(({ a }) => /^x+$/.test(a as string)).length, ROWS);
});
