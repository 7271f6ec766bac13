/** FAULTS 33 and 34: buffers that contradict each other, and slices. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Data,
  type DataType,
  Field,
  FixedSizeList,
  Int32,
  List,
  makeData,
  Map_,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import { AsyncArrowWriter, InvalidBatchError, MemorySink } from "../../mod.ts";
import { schemaOf } from "../../src/arrow/arrow_objects.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { take } from "../../src/arrow/take.ts";
import { encoderResources } from "../../src/executor/encoder_resources.ts";
import { WriteEnd } from "../../src/pipeline/write_end.ts";
import { WriterCore } from "../../src/pipeline/writer_core.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { readPages } from "../support/page_decoder.ts";
import { assembleColumns } from "../support/parquet_assembler.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { assertValues, hex } from "../support/values.ts";
import { verified } from "../support/verified.ts";

function batchOf(schema: Schema, child: Data): RecordBatch {
  const { length } = child;
  const root = { type: new Struct(schema.fields), length, nullCount: 0, children: [child] };
  return new RecordBatch(schema, makeData(root));
}

const letters = () => new TextEncoder().encode("abcdef");
const text = new Utf8();
const numbers = new Int32();
const list = new List(new Field("item", numbers, true));

function detached<T extends Uint8Array | Int32Array>(values: T): T {
  structuredClone(values.buffer, { transfer: [values.buffer as ArrayBuffer] });
  return values;
}

/** Arrays of four slots that are wrong, by what is wrong, with the row that says so. */
const WRONG: Readonly<Record<string, { type: DataType; props: () => object; row: number }>> = {
  "decreasing offsets": {
    type: text,
    props: () => ({ valueOffsets: Int32Array.of(0, 1, 3, 2, 6), data: letters() }),
    row: 2,
  },
  "negative offsets": {
    type: text,
    props: () => ({ valueOffsets: Int32Array.of(-1, 1, 2, 3, 6), data: letters() }),
    row: 0,
  },
  "offsets out of bounds": {
    type: text,
    props: () => ({ valueOffsets: Int32Array.of(0, 1, 2, 3, 7), data: letters() }),
    row: 3,
  },
  "list offsets out of bounds": {
    type: list,
    props: () => ({
      valueOffsets: Int32Array.of(0, 1, 2, 9, 9),
      child: makeData({ type: numbers, data: Int32Array.of(1, 2, 3) }),
    }),
    row: 2,
  },
  "truncated values": {
    type: numbers,
    props: () => ({ length: 4, data: Int32Array.of(1, 2, 3) }),
    row: 3,
  },
  "a truncated bitmap": {
    type: numbers,
    props: () => ({
      length: 20,
      nullCount: 1,
      nullBitmap: Uint8Array.of(0xff, 0xff),
      data: new Int32Array(20),
    }),
    row: -1,
  },
  "a detached buffer": {
    type: numbers,
    props: () => ({ length: 4, data: detached(Int32Array.of(1, 2, 3, 4)) }),
    row: -1,
  },
  "a resizable buffer": {
    type: numbers,
    props: () => ({ data: new Int32Array(new ArrayBuffer(16, { maxByteLength: 64 })) }),
    row: -1,
  },
};

for (const [name, { type, props, row }] of Object.entries(WRONG)) {
  test(`FAULTS 33: ${name}: an error, nothing of the batch is written, the rest is`, async () => {
    const schema = new Schema([new Field("c", type, true)]);
    const right = randomBatch(schema, 9, {
      seed: 1,
      nulls: 0,
      distinct: 0,
      garbage: false,
      sliced: 0,
    });
    const length = 4;
    const wrong = batchOf(schema, makeData({ type, length, nullCount: 0, ...props() } as never));
    for (const parallelism of [0, 2]) {
      const sink = new MemorySink();
      const writer = new AsyncArrowWriter(sink, schema, { parallelism });
      await writer.write(right);
      await assert.rejects(writer.write(wrong), (error) => {
        assert.ok(error instanceof InvalidBatchError, String(error));
        assert.equal(error.path, "c");
        assert.equal(error.row, row);
        return true;
      });
      assert.equal(writer.inProgressRows, 9);
      await writer.write(right);
      await writer.close();
      await assertReadable(sink.bytes(), columnsOf(schema, [right, right]));
    }
  });
}

/** A file of one batch: of itself, or of a copy of its slots. */
async function bytesOf(batch: RecordBatch, copied: boolean): Promise<Uint8Array> {
  const schema = schemaOf(batch as never);
  const options = resolveOptions({ parallelism: 0 });
  const plan = planWriter(schema, options);
  const sink = new MemorySink();
  const writer = new WriterCore(
    new WriteEnd(sink, options),
    plan,
    encoderResources(plan.schema.columns, options),
  );
  const rows = recordBatchToColumns(batch as never, schema, plan.check);
  const all = Int32Array.from({ length: rows.numRows }, (_, i) => i);
  const columns = copied ? rows.columns.map((column) => take(column, all, "")) : rows.columns;
  await writer.append({ ...rows, columns });
  await writer.close();
  return sink.bytes();
}

/** Every type without children, and each kind of nesting. */
const SLICED: Readonly<Record<string, () => DataType>> = {
  ...LEAVES,
  list: () => list,
  fixedSizeList: () => new FixedSizeList(3, new Field("item", text, true)),
  struct: () => new Struct([new Field("a", text, true), new Field("b", list, true)]),
  map: () => {
    const fields = [new Field("key", text, false), new Field("value", numbers, true)];
    return new Map_(new Field("entries", new Struct(fields) as never, false));
  },
};

for (const [name, make] of Object.entries(SLICED)) {
  test(`FAULTS 34: slices at every offset equal their copies: ${name}`, async () => {
    const type = make();
    const schema = new Schema([
      new Field("c", type, true),
      new Field("s", new Struct([new Field("a", type, true)]), true),
    ]);
    const shape = { seed: 34, nulls: 0.25, distinct: 0, garbage: true, sliced: 0 };
    const batch = randomBatch(schema, 40, shape);
    for (let offset = 0; offset <= 17; offset++) {
      const slice = batch.slice(offset, offset + 20);
      const bytes = await bytesOf(slice, false);
      assert.ok(hex(bytes) === hex(await bytesOf(slice, true)), `offset ${offset}`);
      const columns = columnsOf(schema, [slice]);
      const found = assembleColumns(readPages(bytes), columns.map(({ field }) => field));
      columns.forEach(({ values }, i) => assertValues(found[i]!, values, `offset ${offset}`));
      if (offset === 7) await verified(bytes);
    }
  });
}
