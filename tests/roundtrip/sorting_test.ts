/** Sorted rows: what the file says of them, and what becomes of rows that are not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Dictionary, Int32, Int8, Table, Utf8, vectorFromArray } from "apache-arrow";
import {
  AsyncArrowWriter,
  InvalidBatchError,
  MemorySink,
  readParquetMetadata,
  type WriterOptions,
} from "../../mod.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { assertReadable } from "../support/readers.ts";
import { expectedOf, written } from "./written.ts";

function table(ids: readonly number[], names: readonly (string | null)[]): Table {
  return new Table({
    name: vectorFromArray(names, new Dictionary(new Utf8(), new Int8())),
    id: vectorFromArray(ids, new Int32()),
  });
}

const options = {
  sortingColumns: [{ column: "id", descending: true }, { column: "name", nullsFirst: true }],
  maxRowGroupRowCount: 2,
  parallelism: 0,
} satisfies WriterOptions;

test("sortingColumns stand in every row group", async () => {
  const rows = table([3, 2, 2, 2, 1], ["a", null, "a", "b", "a"]);
  const bytes = await written(rows, options);
  const { rowGroups } = await readParquetMetadata(bytes);
  assert.equal(rowGroups.length, 3);
  for (const { sortingColumns } of rowGroups) {
    assert.deepEqual(sortingColumns, [
      { columnIdx: 1, descending: true, nullsFirst: false },
      { columnIdx: 0, descending: false, nullsFirst: true },
    ]);
  }
  await assertReadable(bytes, expectedOf(rows));
  const plain = await readParquetMetadata(await written(rows, { maxRowGroupRowCount: 2 }));
  assert.ok(plain.rowGroups.every(({ sortingColumns }) => sortingColumns === undefined));
});

for (const parallelism of [0, 2]) {
  test(`rows out of order are refused, the writer stays open, ${parallelism} workers`, async () => {
    const first = table([9, 8], ["a", "a"]);
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, first.schema, {
      ...options,
      parallelism,
      memoryBudget: 1000,
    });
    const write = async (rows: Table) => {
      for (const batch of rows.batches) await writer.write(batch);
    };
    await write(first);
    const wrong: [Table, string, number][] = [
      [table([10], ["a"]), "id", 0],
      [table([8, 7, 8], ["a", "a", "a"]), "id", 2],
      [table([8, 7, 7], ["b", "b", null]), "name", 2],
      [table([8], [null]), "name", 0],
    ];
    for (const [rows, path, row] of wrong) {
      await assert.rejects(write(rows), (error) => {
        assert.ok(error instanceof InvalidBatchError, String(error));
        assert.deepEqual([error.path, error.row], [path, row]);
        return true;
      });
    }
    const second = table([8, 1], ["a", null]);
    await write(second);
    await writer.flush();
    // What follows a flush is in another row group.
    const third = table([5, 4], ["z", "a"]);
    await write(third);
    const { numRows } = await writer.close();
    assert.equal(numRows, 6);
    const batches = [first, second, third].flatMap((rows) => rows.batches);
    await assertReadable(sink.bytes(), columnsOf(first.schema, batches));
  });
}
