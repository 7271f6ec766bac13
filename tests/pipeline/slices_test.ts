/** Large batches of a source are checked, copied and encoded slice by slice; the file is the same. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  type RecordBatch as AnyBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
} from "apache-arrow";
import { AsyncArrowWriter, MemorySink, toParquet } from "../../mod.ts";
import { batchSlices, cutBatch } from "../../src/arrow/batch_slices.ts";
import { toRawBatch } from "../../src/arrow/record_batch.ts";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { InvalidBatchError, LimitError } from "../../src/util/errors.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { randomBatch } from "../support/random_data.ts";
import { FixedSizeList, List } from "apache-arrow";

/** A column of each type, in lists and structs too. */
function everything(views: boolean): Schema {
  const leaves = Object.entries(LEAVES)
    .filter(([name]) => views || !/View/.test(name))
    .map(([name, type]) => new Field(name, type(), true));
  const nested = leaves.slice(0, 12).flatMap((leaf) => [
    new Field(`list ${leaf.name}`, new List(new Field("item", leaf.type, true)), true),
    new Field(`pair ${leaf.name}`, new FixedSizeList(2, new Field("item", leaf.type, true)), true),
    new Field(`struct ${leaf.name}`, new Struct([new Field("v", leaf.type, true)]), true),
  ]);
  return new Schema([...leaves, ...nested]);
}

async function writtenWhole(batch: AnyBatch, options: object): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, batch.schema, options);
  await writer.write(batch);
  await writer.close();
  return sink.bytes();
}

test("slices of columns of every type are the rows themselves", async () => {
  for (const seed of [1, 2, 3]) {
    const shape = { seed, nulls: 0.3, distinct: 0, garbage: true, sliced: seed * 3 };
    // Arrow JS cuts views off when it writes slices of them to IPC.
    const views = seed !== 3;
    const batch = randomBatch(everything(views), 170, shape);
    // Tiny row groups make slices of 32 of them.
    const options = { maxRowGroupRowCount: 1 };
    const raw = toRawBatch(batch, toArrowSchema(batch.schema));
    const cut = cutBatch(raw, 32)!;
    assert.deepEqual([...batchSlices(cut)].map(({ numRows }) => numRows), [32, 32, 32, 32, 32, 10]);
    const expected = await writtenWhole(batch, options);
    assert.deepEqual(await toParquet(batch, options), expected, "Arrow JS");
    if (views) continue;
    const ipc = tableToIPC(new Table([batch]), "stream");
    assert.deepEqual(await toParquet(ipc, options), expected, "IPC");
  }
});

function integers(rows: number): AnyBatch {
  const fields = [new Field("n", new Int32(), false), new Field("s", new Utf8(), false)];
  const valueOffsets = Int32Array.from({ length: rows + 1 }, (_, i) => i);
  const data = Int32Array.from({ length: rows }, (_, i) => Math.imul(i, 2654435761));
  const children = [
    makeData({ type: new Int32(), length: rows, nullCount: 0, data }),
    makeData({
      type: new Utf8(),
      length: rows,
      nullCount: 0,
      valueOffsets,
      data: new Uint8Array(rows).fill(97),
    }),
  ];
  const type = new Struct(fields);
  return new RecordBatch(
    new Schema(fields),
    makeData({ type, length: rows, nullCount: 0, children }),
  );
}

test("a large batch is cut by its bytes, and is the same file", async () => {
  const batch = integers(3_000_000);
  const raw = toRawBatch(batch, toArrowSchema(batch.schema));
  const cut = cutBatch(raw, Infinity)!;
  assert.ok(cut.rows <= 1_000_000, `${cut.rows} rows`);
  const options = { compression: "snappy" } as const;
  assert.deepEqual(await toParquet(batch, options), await writtenWhole(batch, options));
});

test("errors of slices name the rows of the batch, and null counts are held against the whole", async () => {
  const rows = 200;
  const options = { maxRowGroupRowCount: 1 };
  const batch = integers(rows);
  const strings = batch.data.children[1]!;
  strings.values[150] = 0xff;
  await assert.rejects(
    toParquet(batch, options),
    (error) => error instanceof InvalidBatchError && error.path === "s" && error.row === 150,
  );
  strings.values[150] = 97;
  const nullable = new Schema([new Field("n", new Int32(), true)]);
  const nulls = makeData({
    type: new Int32(),
    length: rows,
    nullCount: 7,
    nullBitmap: new Uint8Array(rows / 8).fill(0xfe),
    data: new Int32Array(rows),
  });
  const type = new Struct(nullable.fields);
  const wrong = new RecordBatch(
    nullable,
    makeData({ type, length: rows, nullCount: 0, children: [nulls] }),
  );
  await assert.rejects(toParquet(wrong, options), /null count is 7/);
});

test("what a batch may cost is counted over all of its slices", async () => {
  const batch = integers(1000);
  const options = {
    maxRowGroupRowCount: 1,
    limits: { maxBatchBytes: 4000, maxExpansion: 0.001 },
  };
  await assert.rejects(toParquet(batch, options), LimitError);
});
