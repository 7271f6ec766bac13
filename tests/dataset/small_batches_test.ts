/** Datasets of small batches, which are written as one, have the files of datasets whose batches come one by one. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  Bool,
  Field,
  Int16,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Utf8View,
  vectorFromArray,
} from "apache-arrow";
import { toParquet } from "../../mod.ts";
import { type DataFile, DatasetWriter, writeDataset } from "../../src/dataset/mod.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { inFolder } from "../support/folder.ts";
import { randomBatch } from "../support/random_data.ts";

/** Partitions of files and their bytes. */
function contents(folder: string, files: readonly DataFile[]): string[] {
  return files.map(({ path }) =>
    `${dirname(path)} ${readFileSync(join(folder, path)).toString("base64")}`
  ).sort();
}

const KEYS = {
  utf8: new Utf8(),
  utf8View: new Utf8View(),
  int16: new Int16(),
  int64: new Int64(),
  bool: new Bool(),
};

for (const [name, type] of Object.entries(KEYS)) {
  test(`small batches partitioned by ${name}`, () =>
    inFolder(async (folder) => {
      const leaves = Object.entries(LEAVES).filter(([leaf]) => !leaf.startsWith("dictionary"));
      const schema = new Schema([
        new Field("key", type, true),
        ...leaves.map(([leaf, of]) => new Field(leaf, of(), true)),
      ]);
      const few = { nulls: 0.2, distinct: 3, garbage: false };
      for (const rows of [1, 7, 150]) {
        // Every other batch is sliced, and some have no nulls.
        const batches = Array.from({ length: 9 }, (_, i) =>
          randomBatch(schema, rows, {
            ...few,
            seed: 1,
            nulls: i % 3 === 0 ? 0 : few.nulls,
            sliced: i % 2,
          }));
        const target = join(folder, `alone${rows}`);
        const writer = new DatasetWriter(target, schema, { partitionBy: ["key"] });
        for (const batch of batches) await writer.write(batch);
        const alone = contents(target, await writer.close());
        assert.ok(rows === 1 || alone.length > 1);
        const together = join(folder, `together${rows}`);
        const files = await writeDataset(batches, together, { partitionBy: ["key"] });
        assert.deepEqual(contents(together, files), alone);
      }
    }));
}

test("rows of other partitions that wait for their files: small batches, and views", () =>
  inFolder(async (folder) => {
    const rest = new Schema([
      new Field("number", new Int64(), true),
      new Field("text", new Utf8(), true),
      new Field("view", new Utf8View(), true),
    ]);
    const key = new Field("key", new Utf8(), false);
    const schema = new Schema([key, ...rest.fields]);
    for (const rows of [200, 5000]) {
      const shape = { nulls: 0.1, distinct: 0, garbage: false, sliced: 0 };
      const parts = Array.from(
        { length: 9 },
        (_, i) => randomBatch(rest, rows, { ...shape, seed: i }),
      );
      const batches = parts.map(({ data }, i) => {
        const keys = vectorFromArray(new Array(rows).fill(`k${i}`), key.type).data[0]!;
        const children = [keys, ...data.children];
        const type = new Struct(schema.fields);
        return new RecordBatch(schema, makeData({ type, length: rows, nullCount: 0, children }));
      });
      const target = join(folder, `${rows}`);
      const files = await writeDataset(batches, target, { partitionBy: ["key"], maxOpenFiles: 1 });
      const bytes = await Promise.all(parts.map((part) => toParquet(part)));
      assert.deepEqual(
        contents(target, files),
        bytes.map((file, i) => `key=k${i} ${Buffer.from(file).toString("base64")}`),
      );
    }
  }));
