/** Tables of several versions of Arrow JS: with rows and without, they become the same files. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DataType,
  Dictionary,
  Field,
  RecordBatch,
  Schema,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import {
  AsyncArrowWriter,
  MemorySink,
  ParquetEncoderStream,
  readParquetMetadata,
  toParquet,
} from "../../mod.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { randomBatch } from "../support/random_data.ts";
import { verified } from "../support/verified.ts";
import { ARROW_JS, type ArrowJs, emptyTable, tableFromIpc, typesOf } from "./arrow_js_versions.ts";

const OPTIONS = { parallelism: 0, compression: "uncompressed" } as const;
const SHAPE = { seed: 11, nulls: 0.3, distinct: 0, garbage: false, sliced: 0 };

/** Leaves that every version knows. */
const old = new Schema(
  Object.entries(LEAVES)
    .filter(([name]) => !/large|view|duration|monthDayNano|decimal76|runs|float16/i.test(name))
    .map(([name, make]) => new Field<DataType>(name, make(), true)),
);

for (const [version, arrow] of ARROW_JS) {
  test(`Arrow JS ${version}: a table becomes the file that its IPC bytes become`, async () => {
    // One dictionary for all: some versions mix up those that change from batch to batch.
    const whole = randomBatch(old, 63, SHAPE);
    const batches = [whole.slice(0, 40), whole.slice(40, 40), whole.slice(40)];
    const ipc = tableToIPC(new Table(batches), "stream");
    const expected = await verified(await toParquet(ipc, OPTIONS));
    const table = tableFromIpc(arrow, ipc);
    assert.deepEqual(await toParquet(table, OPTIONS), expected);
    const parts = table.batches ?? table.chunks;
    assert.deepEqual(await toParquet(parts, OPTIONS), expected);
    const metadata = await readParquetMetadata(expected);
    assert.equal(metadata.numRows, 63);
  });

  test(`Arrow JS ${version}: a slice has the rows of the slice`, async () => {
    // Version 4 cuts keys of 64 bits, which it has as pairs of 32, in half.
    const schema = version > 4
      ? old
      : new Schema(old.fields.filter(({ name }) => name !== "dictionaryBinaryInt64"));
    const ipc = tableToIPC(new Table([randomBatch(schema, 50, SHAPE)]), "stream");
    const sliceOf = (table: ArrowJs) => table.slice(7, 39);
    const expected = await toParquet(sliceOf(tableFromIpc(ARROW_JS.get(21), ipc)), OPTIONS);
    assert.deepEqual(await toParquet(sliceOf(tableFromIpc(arrow, ipc)), OPTIONS), expected);
  });

  test(`Arrow JS ${version}: tables without rows, of every type, are written`, async () => {
    for (const [name, type] of typesOf(arrow)) {
      const empty = emptyTable(arrow, type);
      const file = await verified(await toParquet(empty, OPTIONS));
      const { numRows, schema } = await readParquetMetadata(file);
      assert.deepEqual([numRows, schema[1]!.name], [0, "v"], name);
      for (const batch of empty.batches ?? empty.chunks) {
        assert.deepEqual(await toParquet(batch, OPTIONS), file, name);
        assert.deepEqual(await toParquet([batch, empty, batch], OPTIONS), file, name);
      }
      const schemaOnly = new arrow.Table(empty.schema, []);
      assert.deepEqual(await toParquet(schemaOnly, OPTIONS), file, name);
    }
  });
}

test("Arrow JS: columns with nulls are nullable, also where the library says that none is", async () => {
  for (const [version, arrow] of ARROW_JS) {
    if (version < 7) continue; // There is no `tableFromArrays`, and its tables tell.
    const table = arrow.tableFromArrays({ a: ["x", null], b: ["x", "y"], c: [1, null] });
    for (const source of [table, table.batches[0], table.batches, [table, table]]) {
      const file = await verified(await toParquet(source, OPTIONS));
      const { schema, rowGroups } = await readParquetMetadata(file);
      const nullCounts = rowGroups[0]!.columns.map(({ metaData }) =>
        metaData.statistics?.nullCount
      );
      const times = Array.isArray(source) && source[0] === table ? 2 : 1;
      assert.deepEqual(nullCounts.map(Number), [times, 0, times], `Arrow JS ${version}`);
      assert.equal(schema[1]!.repetitionType, "OPTIONAL");
    }
  }
});

test("Arrow JS: what is declared without nulls has none in versions that know", async () => {
  const schema = new Schema([new Field("a", new Utf8(), false)]);
  const { batches: [batch] } = new Table({ a: vectorFromArray(["x", null], new Utf8()) });
  const table = new Table(schema, [new RecordBatch(schema, batch!.data)]);
  await assert.rejects(
    toParquet(table, OPTIONS),
    /the field is not nullable \(column "a", row 1\)/,
  );
});

test("Arrow JS: pages without rows among others change nothing, by any way in", async () => {
  const full = tableFromArrays({ a: Int32Array.of(1, 2, 3) });
  const empty = tableFromArrays({ a: new Int32Array(0) });
  const expected = await toParquet(full, OPTIONS);
  assert.deepEqual(await toParquet([full, empty], OPTIONS), expected);
  // The first one says whether nulls may come: an empty one may have them, the full one has none.
  const { numRows } = await readParquetMetadata(
    await verified(await toParquet([empty, full, empty], OPTIONS)),
  );
  assert.equal(numRows, 3);

  const batches: RecordBatch[] = [empty, full, empty].flatMap(({ batches }) => batches);
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, full.schema, OPTIONS);
  for (const batch of batches) await writer.write(batch);
  await writer.close();
  assert.deepEqual(sink.bytes(), expected);

  const parts: Uint8Array[] = [];
  await new ReadableStream<RecordBatch>({
    start(controller) {
      for (const batch of batches) controller.enqueue(batch);
      controller.close();
    },
  }).pipeThrough(new ParquetEncoderStream(full.schema, OPTIONS))
    .pipeTo(new WritableStream({ write: (part) => void parts.push(part) }));
  assert.deepEqual(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()), expected);
});

test("Arrow JS: IPC bytes of tables without rows, of every type, are written", async () => {
  const arrow = ARROW_JS.get(21);
  for (const [name, type] of typesOf(arrow)) {
    // Arrow JS writes no list types without a child, but views it cannot write at all.
    if (/View/.test(name)) continue;
    for (const format of ["stream", "file"] as const) {
      const ipc = tableToIPC(new Table(new Schema([new Field("v", type, true)])), format);
      const { numRows } = await readParquetMetadata(await toParquet(ipc, OPTIONS));
      assert.equal(numRows, 0, `${name}, ${format}`);
    }
  }
  const dictionary = new Dictionary(new Utf8(), new (arrow.Int32)());
  const ipc = tableToIPC(emptyTable(arrow, dictionary), "stream");
  assert.equal((await readParquetMetadata(await toParquet(ipc, OPTIONS))).numRows, 0);
});
