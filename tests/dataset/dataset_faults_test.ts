/** What would lose rows of a dataset, or mix them up: values that share a folder, odd days, too many files, parts that cannot be told. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { schema, t } from "../../mod.ts";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { DatasetCore } from "../../src/dataset/dataset_core.ts";
import { resolveDatasetOptions } from "../../src/dataset/dataset_options.ts";
import { DatasetWriter } from "../../src/dataset/mod.ts";
import { PartitionSplitter } from "../../src/dataset/partition_splitter.ts";
import { encoderResources } from "../../src/executor/encoder_resources.ts";
import { BatchWriter } from "../../src/pipeline/batch_writer.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { FileStore } from "../../src/store/file_store.ts";
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
