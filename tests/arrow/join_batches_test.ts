/** Small batches of a source are written as one; the file is the same, and what is held cannot be made to point elsewhere. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Dictionary,
  Field,
  Int32,
  Int8,
  List,
  type RecordBatch as AnyBatch,
  Schema,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { AsyncArrowWriter, MemorySink, toParquet } from "../../mod.ts";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { BatchMemory } from "../../src/arrow/batch_memory.ts";
import type { BytesArray, ColumnBatch } from "../../src/arrow/column_array.ts";
import { holdBatch, isJoinable, joinBatches } from "../../src/arrow/join_batches.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { encoderResources } from "../../src/executor/encoder_resources.ts";
import { BatchWriter } from "../../src/pipeline/batch_writer.ts";
import type { WriterCore } from "../../src/pipeline/writer_core.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { randomBatch } from "../support/random_data.ts";

const OPTIONS = { parallelism: 0, limits: {} } as const;

function toColumns(batch: AnyBatch): ColumnBatch {
  return recordBatchToColumns(batch, toArrowSchema(batch.schema), {});
}

/** Batch by batch, none of which may wait. */
async function writtenAlone(batches: readonly AnyBatch[], options: object): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, batches[0]!.schema, options);
  for (const batch of batches) await writer.write(batch);
  await writer.close();
  return sink.bytes();
}

for (const [name, type] of Object.entries(LEAVES)) {
  test(`small batches of ${name} are the file that they are one by one`, async () => {
    const schema = new Schema([
      new Field("v", type(), true),
      new Field("required", type(), false),
      new Field("n", new Int32(), true),
    ]);
    for (const [seed, nulls] of [[1, 0], [2, 0.3], [3, 1]] as const) {
      const batches = Array.from({ length: 12 }, (_, i) => {
        // Some batches have no nulls, and so no bitmap.
        const shape = { seed: 100 * seed + i, nulls: i % 3 === 0 ? 0 : nulls, distinct: 9 };
        return randomBatch(schema, 5 + 13 * i, { ...shape, garbage: true, sliced: i % 5 });
      });
      for (const options of [OPTIONS, { ...OPTIONS, maxRowGroupRowCount: 101 }]) {
        assert.deepEqual(await toParquet(batches, options), await writtenAlone(batches, options));
      }
    }
  });
}

test("small batches that share a dictionary, and those that do not", async () => {
  const type = new Dictionary(new Utf8(), new Int8());
  const schema = new Schema([new Field("v", type, true)]);
  const shape = { nulls: 0.2, distinct: 5, garbage: false, sliced: 0 };
  const one = randomBatch(schema, 700, { seed: 7, ...shape });
  const parts = [0, 100, 230, 600].map((from, i, all) => one.slice(from, all[i + 1] ?? 700));
  assert.deepEqual(await toParquet(parts, OPTIONS), await writtenAlone(parts, OPTIONS));
  const other = randomBatch(schema, 50, { seed: 8, ...shape });
  const mixed = [...parts, other, ...parts];
  assert.deepEqual(await toParquet(mixed, OPTIONS), await writtenAlone(mixed, OPTIONS));
});

test("small and large batches keep their order", async () => {
  let next = 0;
  const batches = [10, 20, 9000, 5, 4096, 4097, 1, 2, 100_000, 3].map((rows) => {
    const n = Int32Array.from({ length: rows }, () => next++);
    const s = vectorFromArray(Array.from(n, (value) => `${value % 1000}`), new Utf8());
    return new Table({ n: vectorFromArray(n), s });
  });
  const table = batches[0]!.concat(...batches.slice(1));
  const alone = await writtenAlone(table.batches, OPTIONS);
  assert.deepEqual(await toParquet(table.batches, OPTIONS), alone);
  assert.deepEqual(await toParquet(tableToIPC(table), OPTIONS), alone);
});

test("joinBatches() makes one batch of them", () => {
  const batches = [3, 1, 4].map((rows, i) =>
    toColumns(
      tableFromArrays({ s: Array.from({ length: rows }, (_, k) => `${i}${k}`) }).batches[0]!,
    )
  );
  // Texts in Arrow JS are dictionaries unless said otherwise: each batch has its own.
  assert.equal(joinBatches(batches, new BatchMemory()), null);
  const schema = new Schema([new Field("s", new Utf8(), true)]);
  const shape = { nulls: 0.5, distinct: 0, garbage: false, sliced: 1 };
  const texts = [3, 1, 4].map((rows) =>
    toColumns(randomBatch(schema, rows, { seed: rows, ...shape }))
  );
  const joined = joinBatches(texts, new BatchMemory())!;
  assert.equal(joined.numRows, 8);
  assert.equal(joined.byteLength, texts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const { offsets, copyTo } = joined.columns[0] as BytesArray;
  const bytes = new Uint8Array(offsets[8] as number + 16);
  copyTo!(0, 8, bytes, 0);
  const expected = texts.flatMap(({ columns: [column], numRows }) => {
    const { offsets, data } = column as BytesArray;
    return [...data.subarray(Number(offsets[0]), Number(offsets[numRows]))];
  });
  assert.deepEqual([...bytes.subarray(0, offsets[8] as number)], expected);
  // All of it, for who looks at values.
  const { data } = joined.columns[0] as BytesArray;
  assert.deepEqual([...data], expected);
  // From the middle of a batch on, and backwards.
  const tail = new Uint8Array(64 * 1024);
  copyTo!(2, 6, tail, 5);
  const [from, to] = [offsets[2] as number, offsets[6] as number];
  assert.deepEqual([...tail.subarray(5, 5 + to - from)], expected.slice(from, to));
});

test("a nested column keeps batches from being joined", () => {
  const schema = new Schema([new Field("l", new List(new Field("item", new Int32(), true)), true)]);
  const shape = { seed: 1, nulls: 0, distinct: 0, garbage: false, sliced: 0 };
  assert.equal(isJoinable(toColumns(randomBatch(schema, 9, shape))), false);
});

test("batches of few rows and many bytes are not held for many rows", async () => {
  const appended: number[][] = [];
  const core = {
    state: "open",
    assertOpen() {},
    append(...batches: readonly ColumnBatch[]) {
      appended.push(batches.map(({ numRows }) => numRows));
      return Promise.resolve();
    },
  };
  const batchOf = (megabytes: number) =>
    new Table({ s: vectorFromArray(["x".repeat(megabytes * 1e6)], new Utf8()) }).batches[0]!;
  const plan = planWriter(toArrowSchema(batchOf(1).schema), resolveOptions(OPTIONS));
  const resources = encoderResources(plan.schema.columns, plan.options);
  const writer = new BatchWriter(core as unknown as WriterCore, plan, resources);
  writer.expectSteadyMemory(Infinity);
  for (const megabytes of [3, 3, 3, 1, 9, 3]) await writer.writeInTurns(batchOf(megabytes));
  assert.deepEqual(appended, [[3], [1, 1]]);
  writer.appendGathered();
  assert.deepEqual(appended, [[3], [1, 1], [1]]);
});

test("what a held batch points to stays what was checked", () => {
  const schema = new Schema([
    new Field("s", new Utf8(), true),
    new Field("d", new Dictionary(new Utf8(), new Int8()), true),
  ]);
  const shape = { seed: 4, nulls: 0.3, distinct: 4, garbage: true, sliced: 0 };
  const batch = randomBatch(schema, 40, shape);
  const columns = toColumns(batch);
  const memory = new BatchMemory();
  const held = holdBatch(columns, memory);
  const before = structuredClone(held.columns.map(({ validity }) => validity));
  const offsets = [...(held.columns[0] as BytesArray).offsets];
  const [texts, keys] = batch.data.children;
  texts!.valueOffsets.fill(0x7ffffff0);
  texts!.nullBitmap!.fill(0xff);
  keys!.values.fill(99);
  assert.deepEqual([...(held.columns[0] as BytesArray).offsets], offsets);
  assert.deepEqual(held.columns.map(({ validity }) => validity), before);
  const { keys: heldKeys } = held.columns[1] as { keys: Uint8Array } & typeof held.columns[1];
  assert.ok(heldKeys.every((key) => key !== 99));
  const joined = joinBatches([held, held], memory)!;
  assert.equal((joined.columns[0] as BytesArray).offsets[80], 2 * Number(offsets[40]));
});
