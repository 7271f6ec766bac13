/** What would lose rows of a dataset, or mix them up: values that share a folder, odd days, too many files, parts that cannot be told. */

import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Dictionary, Int32, makeData, Table, Utf8, Vector, vectorFromArray } from "apache-arrow";
import { schema, t, verifyParquet } from "../../mod.ts";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { DatasetCore } from "../../src/dataset/dataset_core.ts";
import { resolveDatasetOptions } from "../../src/dataset/dataset_options.ts";
import { DatasetWriter } from "../../src/dataset/mod.ts";
import { PartitionSplitter } from "../../src/dataset/partition_splitter.ts";
import { encoderResources } from "../../src/executor/encoder_resources.ts";
import { BatchWriter } from "../../src/pipeline/batch_writer.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { FileStore } from "../../src/store/file_store.ts";
import type { Store } from "../../src/store/store.ts";
import { query, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";

const OPTIONS = { options: { parallelism: 0 } };

test("null and the text that stands for it share a folder, and no file", () =>
  inFolder(async (folder) => {
    const of = schema({ p: t.utf8().nullable(), id: t.int32() });
    const writer = new DatasetWriter(folder, of, { partitionBy: ["p"], ...OPTIONS });
    const text = "__HIVE_DEFAULT_PARTITION__";
    await writer.write([{ p: null, id: 1 }, { p: text, id: 2 }, { p: null, id: 3 }]);
    const files = await writer.close();
    assert.deepEqual(
      files.map(({ partitionValues, rows }) => [partitionValues["p"], rows]).sort(),
      [[null, 2], [text, 1]],
    );
    assert.deepEqual(readdirSync(folder), [`p=${text}`]);
  }));

test("days and times that no Date holds are partitions, too", () =>
  inFolder(async (folder) => {
    const of = schema({ day: t.date32(), at: t.timestamp("us", "UTC"), id: t.int32() });
    const writer = new DatasetWriter(folder, of, { partitionBy: ["day", "at"], ...OPTIONS });
    const far = -(2n ** 63n);
    await writer.write({
      day: new Int32Array([2 ** 31 - 1, 0]),
      at: new BigInt64Array([far, -1n]),
      id: [1, 2],
    });
    const values = (await writer.close()).map(({ partitionValues: { day, at } }) => [day, at]);
    assert.deepEqual(values.sort(), [
      ["+5881580-07-11", "-290308-12-21T19:59:05.224192Z"],
      ["1970-01-01", "1969-12-31T23:59:59.999999Z"],
    ]);
  }));

test("a call that fills many files has few of them open at a time", () =>
  inFolder(async (folder) => {
    const store = new FileStore(folder);
    let open = 0, most = 0;
    const counting = {
      ...store,
      url: store.url,
      sink(key: string) {
        const sink = store.sink(key);
        most = Math.max(most, ++open);
        return {
          awaitAbort: true,
          write: (bytes: Uint8Array<ArrayBuffer>) => sink.write(bytes),
          close: async () => {
            await sink.close();
            open--;
          },
          abort: (reason: unknown) => sink.abort(reason),
        };
      },
    } as unknown as FileStore;
    const writer = new DatasetWriter(counting, schema({ id: t.int32() }), {
      maxFileRows: 2,
      ...OPTIONS,
    });
    await writer.write(Array.from({ length: 201 }, (_, id) => ({ id })));
    const files = await writer.close();
    assert.deepEqual([files.length, files.reduce((sum, { rows }) => sum + rows, 0)], [101, 201]);
    assert.ok(most <= 16, `${most} files at a time`);
  }));

test("rows that were accepted and cannot be told apart fail the dataset", () =>
  inFolder(async (folder) => {
    const arrow = toArrowSchema(schema({ p: t.int32(), id: t.int32() }));
    const splitter = new PartitionSplitter(arrow, ["p"], false);
    splitter.split = () => {
      throw new RangeError("no such partition");
    };
    const options = resolveDatasetOptions({ partitionBy: ["p"], ...OPTIONS });
    const core = new DatasetCore(() => Promise.resolve(new FileStore(folder)), splitter, options);
    const plan = planWriter(arrow, options.options);
    const writer = new BatchWriter(core, plan, encoderResources(plan.schema.columns, plan.options));
    await writer.write([{ p: 1, id: 1 }]);
    await assert.rejects(writer.close());
    assert.equal(core.state, "failed");
  }));

for (
  const [name, options] of Object.entries({
    "in runs": { maxFileRows: 3 },
    "gathered by partitions": { partitionBy: ["part"], maxOpenFiles: 2 },
  })
) {
  test(`rows that wait for a file are what they were when they were written: ${name}`, () =>
    inFolder(async (folder) => {
      const writer = new DatasetWriter(folder, tableOf(0).schema, { ...options, ...OPTIONS });
      for (let i = 0; i < 40; i++) {
        const table = tableOf(i);
        void writer.write(table);
        for (const data of table.batches[0]!.data.children) {
          data.values?.fill(0);
          data.valueOffsets?.fill(0);
          data.nullBitmap?.fill(0);
          data.dictionary?.data[0]?.values.fill(63);
        }
      }
      await writer.close();
      const rows = await query(
        `select n, text, word, wide from read_parquet(${
          quoted(join(folder, "**", "*.parquet"))
        }) order by n`,
      );
      const expected = Array.from({ length: 40 }, (_, i) => rowsOf(i)).flat();
      for (const [i, row] of rows.entries()) assert.deepEqual(row, expected[i], `row ${i}`);
      assert.equal(rows.length, expected.length);
    }));
}

function rowsOf(i: number): [number, string | null, string, string][] {
  return Array.from({ length: 6 }, (_, k) => {
    const text = k === 5 ? null : `text ${i}`;
    return [6 * i + k, text, `word ${k % 2}`, `entry ${(i * k) % 50}`];
  });
}

function tableOf(i: number): Table {
  const rows = rowsOf(i);
  const words = vectorFromArray(
    rows.map(([, , word]) => word),
    new Dictionary(new Utf8(), new Int32(), 1),
  );
  const entries = vectorFromArray(Array.from({ length: 50 }, (_, k) => `entry ${k}`), new Utf8());
  const wide = makeData({
    type: new Dictionary(new Utf8(), new Int32(), 2),
    data: Int32Array.from(rows, (_, k) => (i * k) % 50),
    dictionary: entries,
  });
  return new Table({
    n: vectorFromArray(rows.map(([n]) => n), new Int32()),
    part: vectorFromArray(rows.map((_, k) => k % 4), new Int32()),
    text: vectorFromArray(rows.map(([, text]) => text), new Utf8()),
    word: words,
    wide: new Vector([wide]),
  });
}

test("sinks of stores that keep what they are given get bytes of their own", () =>
  inFolder(async (folder) => {
    const kept = new Map<string, Uint8Array[]>();
    const store: Store = Object.assign(new FileStore(folder), {
      sink(key: string) {
        const parts: Uint8Array[] = [];
        kept.set(key, parts);
        return { write: (bytes: Uint8Array) => void parts.push(bytes), close() {}, abort() {} };
      },
    });
    const of = schema({ id: t.int32(), text: t.utf8() });
    const writer = new DatasetWriter(store, of, {
      options: { ...OPTIONS.options, compression: "uncompressed", maxRowGroupRowCount: 30_000 },
    });
    const rows = Array.from({ length: 120_000 }, (_, id) => ({ id, text: `a longer text ${id}` }));
    await writer.write(rows);
    const [file] = await writer.close();
    const parts = kept.get(file!.path)!;
    assert.ok(parts.length > 2);
    assert.deepEqual(await verifyParquet(new Blob(parts as Uint8Array<ArrayBuffer>[])), []);
  }));

test("a folder that is removed between two files is made again", () =>
  inFolder(async (folder) => {
    const of = schema({ day: t.date32(), id: t.int32() });
    const writer = new DatasetWriter(join(folder, "deep", "er"), of, {
      partitionBy: ["day"],
      ...OPTIONS,
    });
    await writer.write([{ day: 0, id: 1 }]);
    await writer.flush();
    rmSync(join(folder, "deep"), { recursive: true });
    await writer.write([{ day: 0, id: 2 }]);
    await writer.close();
    assert.equal(readdirSync(join(folder, "deep", "er", "day=1970-01-01")).length, 1);
  }));
