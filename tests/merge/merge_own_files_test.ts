/** Files of ours, merged: every reader reads the rows of all inputs, and everything that was said about them is still there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Schema } from "apache-arrow";
import fc from "fast-check";
import {
  MemorySink,
  type MergeOptions,
  mergeParquet,
  type ParquetMetaData,
  readParquetMetadata,
  toParquet,
  type WriterOptions,
} from "../../mod.ts";
import { layoutOptions, LEAVES, schemas, tables } from "../support/arbitraries.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { randomBatch } from "../support/random_data.ts";
import { readPlainlyWithHyparquet } from "../support/hyparquet_reader.ts";
import { assertReadable } from "../support/readers.ts";
import { verified } from "../support/verified.ts";
import { takeApart } from "../mutation/file_model.ts";

async function merged(
  inputs: readonly Uint8Array[],
  options?: MergeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  await mergeParquet(inputs, sink, options);
  return sink.bytes();
}

const SHAPE = { seed: 11, nulls: 0.2, distinct: 20, garbage: false, sliced: 0 };

test("mergeParquet() of every type: all readers read all rows, with predicates", async () => {
  const schema = new Schema(
    Object.entries(LEAVES).flatMap(([name, make]) => [
      new Field(name, make(), true),
      ...(name === "null" ? [] : [new Field(`${name}Required`, make(), false)]),
    ]),
  );
  const batches = [30, 1, 77].map((rows, i) => randomBatch(schema, rows, { ...SHAPE, seed: i }));
  const options: WriterOptions[] = [
    { bloomFilterEnabled: true, maxRowGroupRowCount: 20, dataPageRowCountLimit: 7 },
    { writerVersion: "2.0", compression: "snappy" },
    { dictionaryEnabled: false, dataPageRowCountLimit: 5, bloomFilterEnabled: true },
  ];
  const inputs = await Promise.all(
    batches.map((batch, i) => toParquet([batch], { parallelism: 0, ...options[i]! })),
  );
  const bytes = await merged(inputs);
  await assertReadable(bytes, columnsOf(schema, batches));
  // Nothing was lost on the way: pages, statistics, indexes and Bloom filters are those of the inputs.
  const parts = inputs.map(takeApart);
  const whole = takeApart(bytes);
  assert.deepEqual(whole.chunks.map(forget), parts.flatMap(({ chunks }) => chunks.map(forget)));
  const statistics = ({ rowGroups }: ParquetMetaData) =>
    rowGroups.map(({ columns, numRows, totalByteSize }) => [
      numRows,
      totalByteSize,
      columns.map(({ metaData }) => [
        metaData.statistics,
        metaData.sizeStatistics,
        metaData.encodings,
        metaData.encodingStats,
        metaData.codec,
        metaData.totalUncompressedSize,
      ]),
    ]);
  assert.deepEqual(
    statistics(whole.metadata),
    parts.flatMap(({ metadata }) => statistics(metadata)),
  );
});

/** Chunks without what is another in another file. */
function forget(chunks: ReturnType<typeof takeApart>["chunks"][number]): unknown {
  return chunks.map((chunk) => ({
    ...chunk,
    offsetIndex: chunk.offsetIndex && {
      ...chunk.offsetIndex,
      pageLocations: chunk.offsetIndex.pageLocations.map(({ offset: _, ...rest }) => rest),
    },
  }));
}

test("mergeParquet() of any tables in any layout, nested ones too", async () => {
  const arbitrary = tables(schemas(LEAVES), { rows: 40 });
  await fc.assert(
    fc.asyncProperty(arbitrary, layoutOptions, layoutOptions, async (rows, first, second) => {
      const { schema, batches } = rows;
      // ARROW:schema of one file alone would be left out, and readers would see other types.
      const skipArrowMetadata = false;
      const inputs = [
        await toParquet(batches, { parallelism: 0, ...first as WriterOptions, skipArrowMetadata }),
        await toParquet(batches, { parallelism: 0, ...second as WriterOptions, skipArrowMetadata }),
      ];
      const bytes = await merged(inputs);
      await assertReadable(bytes, columnsOf(schema, [...batches, ...batches]), {
        except: ["predicates"],
      });
    }),
    { numRuns: 12 },
  );
});

test("mergeParquet() takes columns in any order, those of structs too", async () => {
  const inner = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `${name}!`]));
  const a = await toParquet([{ id: 1, text: "a", point: { ...inner("x", "y") }, list: [1] }], {
    sortingColumns: [{ column: "id" }],
    bloomFilterEnabled: true,
  });
  const b = await toParquet([{ list: [2, 3], point: { ...inner("y", "x") }, text: "b", id: 2 }], {
    sortingColumns: [{ column: "id" }],
    bloomFilterEnabled: true,
    statisticsEnabled: "page",
  });
  const bytes = await merged([a, b]);
  const { rowGroups } = await readParquetMetadata(bytes);
  assert.deepEqual(
    rowGroups.map(({ columns, sortingColumns }) => [
      columns.map(({ metaData }) => metaData.pathInSchema.join(".")),
      sortingColumns,
    ]),
    rowGroups.map(() => [
      ["id", "text", "point.x", "point.y", "list.list.element"],
      [{ columnIdx: 0, descending: false, nullsFirst: false }],
    ]),
  );
  const rows = await readPlainlyWithHyparquet(await verified(bytes));
  assert.deepEqual(rows, [
    { id: 1n, text: "a", point: inner("x", "y"), list: [1n] },
    { id: 2n, text: "b", point: inner("x", "y"), list: [2n, 3n] },
  ]);
});
