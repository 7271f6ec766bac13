/** Row groups whose pages cannot stay as they are, but can be read: merges encode them again. */

import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  appendParquet,
  MemorySink,
  type MergeNote,
  mergeParquet,
  toParquet,
  verifyParquet,
} from "../../mod.ts";
import { openParquetSource } from "../../src/format/parquet_source.ts";
import { readRows } from "../../src/reader/row_values.ts";
import { type PageModel, putTogether, takeApart } from "../mutation/file_model.ts";
import { query, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";
import { verified } from "../support/verified.ts";

/** The pages of a chunk of a file with a dictionary and pages of version 2, of which there are several. */
const DICTIONARIES = await toParquet(
  Array.from({ length: 60 }, (_, i) => ({ id: i, name: i % 4 === 0 ? null : `n${i % 9}` })),
  {
    parallelism: 0,
    maxRowGroupRowCount: 20,
    dataPageRowCountLimit: 5,
    compression: "uncompressed",
    writerVersion: "2.0",
    sortingColumns: [{ column: "id" }],
    bloomFilterEnabled: true,
  },
);
const wrongPages = (change: (pages: PageModel[]) => void) =>
  putTogether(takeApart(DICTIONARIES), {
    name: "",
    stage: "pages",
    apply: ({ metadata, chunks }) => {
      metadata.createdBy = "somebody version 1.0.0";
      change(chunks[1]![1]!.pages);
    },
  });
function leftover(page: PageModel): void {
  page.body = Uint8Array.of(...page.body, 1, 2, 3);
  page.header.compressedPageSize += 3;
  page.header.uncompressedPageSize += 3;
  delete page.header.crc;
}

/** What pages say wrongly, which reading them shows → the rule. */
const ENCODED_AGAIN: readonly [string, string, (pages: PageModel[]) => void][] = [
  [
    "a dictionary with more bytes",
    "dictionary-value-count",
    ([dictionary]) => leftover(dictionary!),
  ],
  ["values with more bytes", "values-leftover", (pages) => leftover(pages[2]!)],
  ["num_nulls", "page-num-nulls", (pages) => pages[1]!.header.dataPageHeaderV2!.numNulls++],
  ["num_rows", "page-num-rows", (pages) => {
    pages[1]!.header.dataPageHeaderV2!.numRows++;
    pages[2]!.header.dataPageHeaderV2!.numRows--;
  }],
  ["bounds in a page header", "page-min-too-large", (pages) => {
    pages[1]!.header.dataPageHeaderV2!.statistics = { minValue: Uint8Array.of(0x7f) };
  }],
  ["bounds in a page header that are no texts", "bound-encoding", (pages) => {
    pages[1]!.header.dataPageHeaderV2!.statistics = { minValue: Uint8Array.of(0x41, 0xff) };
  }],
];

for (const [name, rule, change] of ENCODED_AGAIN) {
  test(`mergeParquet() encodes a row group again for ${name}`, async () => {
    const input = wrongPages(change);
    const notes: MergeNote[] = [];
    const sink = new MemorySink();
    const onDiagnostic = (note: MergeNote) => void notes.push(note);
    await mergeParquet([input, DICTIONARIES], sink, { onDiagnostic });
    const bytes = await verified(sink.bytes());
    assert.deepEqual(notes.map(({ rule, rowGroup, column }) => [rule, rowGroup, column]), [
      [rule, 1, "name"],
    ]);
    assert.match(notes[0]!.message, /: the row group is encoded again$/);
    assert.deepEqual(await rowsOf(bytes), [
      ...await rowsOf(DICTIONARIES),
      ...await rowsOf(DICTIONARIES),
    ]);
    // All that the row group had is there, and the others are as they were.
    const { metadata, chunks } = takeApart(bytes);
    assert.deepEqual(metadata.rowGroups.map(({ numRows }) => numRows), [20, 20, 20, 20, 20, 20]);
    for (const [g, { sortingColumns }] of metadata.rowGroups.entries()) {
      assert.equal(sortingColumns?.length, 1, `${g}`);
      assert.notEqual(chunks[g]![1]!.bloomFilter, null);
      assert.notEqual(chunks[g]![1]!.columnIndex, null);
    }
    const original = takeApart(DICTIONARIES).chunks;
    for (const g of [0, 2, 3, 4, 5]) {
      assert.deepEqual(chunks[g]![1]!.pages, original[g % 3]![1]!.pages);
    }
  });
}

async function rowsOf(bytes: Uint8Array): Promise<object[]> {
  const rows: object[] = [];
  for await (const some of readRows(await openParquetSource(bytes))) rows.push(...some);
  return rows;
}

test("mergeParquet() and appendParquet() take pyarrow's dictionaries with entries that are there twice", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.parquet");
    copyFileSync(
      new URL("../fixtures/parquet/pyarrow_duplicate_entries.parquet", import.meta.url),
      path,
    );
    const faults = await verifyParquet(path);
    assert.deepEqual(faults.map(({ rule, column }) => [rule, column]), [
      ["dictionary-value-count", "s"],
      ["dictionary-value-count", "b"],
    ]);
    await mergeParquet([path, path], path);
    await appendParquet(path, [{ id: 9, s: "d", b: null }]);
    assert.deepEqual(await verifyParquet(path), []);
    const once = [["a", "x"], ["b", "yy"], [null, null], ["a", "x"], ["c", "z"], ["b", "yy"]];
    assert.deepEqual(
      await query(`select s, b::varchar from ${quoted(path)}`),
      [...once, ...once, ["d", null]],
    );
  }));
