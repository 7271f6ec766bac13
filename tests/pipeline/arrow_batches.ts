/** Record batches of one Int32 column `n`. */

import { Field, Int32, makeData, RecordBatch, Schema, Struct, Utf8 } from "apache-arrow";

/** The schema of {@linkcode numbers}. */
export const schema = new Schema([new Field("n", new Int32(), false)]);

/** Rows from, from + 1, … */
export function numbers(from: number, rows: number): RecordBatch {
  const data = new Int32Array(rows).map((_, i) => from + i);
  const children = [makeData({ type: new Int32(), length: rows, nullCount: 0, data })];
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: rows, nullCount: 0, children }));
}

/** A batch of another schema. */
export function wrongBatch(): RecordBatch {
  const schema = new Schema([new Field("s", new Utf8(), false)]);
  const text = makeData({
    type: new Utf8(),
    length: 1,
    nullCount: 0,
    valueOffsets: Int32Array.of(0, 4),
    data: new Uint8Array(4),
  });
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: 1, nullCount: 0, children: [text] }));
}
