/** A small program that writes in parallel: what is bundled. */

import { Field, Float64, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import { AsyncArrowWriter } from "../../mod.ts";

const path = (globalThis as { process?: { argv: string[] } }).process!.argv.at(-1)!;
const schema = new Schema([
  new Field("a", new Float64(), false),
  new Field("b", new Float64(), false),
]);
const length = 200_000;
const children = [1, 2].map((factor) =>
  makeData({
    type: new Float64(),
    length,
    nullCount: 0,
    data: Float64Array.from({ length }, (_, i) => i * factor),
  })
);
const batch = new RecordBatch(
  schema,
  makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
);
const writer = new AsyncArrowWriter(path, schema, {
  parallelism: 2,
  compression: "zstd",
  memoryBudget: 16 * 1024 * 1024,
});
for (let i = 0; i < 3; i++) await writer.write(batch);
const metadata = await writer.close();
console.log(JSON.stringify({ rows: metadata.numRows, started: "once" }));
