/** Content-defined chunking: what a changed row leaves as it was, and what pages look like. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  Bool,
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  RecordBatch,
  Table,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { readParquetMetadata, toParquet, type WriterOptions } from "../../mod.ts";
import { decodePageHeader } from "../../src/format/structures.ts";
import { random } from "../kernels/support.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { readPages } from "../support/page_decoder.ts";
import { assertReadable } from "../support/readers.ts";
import { hex } from "../support/values.ts";
import { verified } from "../support/verified.ts";

const ROWS = 100_000;
/** Sizes that suit a table of so many rows. */
const SIZES = { minChunkSize: 8 * 1024, maxChunkSize: 32 * 1024 };

interface Column {
  readonly type: DataType;
  /** Value of row i, given random numbers. */
  readonly value: (i: number, next: () => number) => unknown;
  /** Value of a row that comes later: new to the column, where that is possible. */
  readonly novel: unknown;
}

const strings = new List(new Field("element", new Utf8(), true));
const integers = new List(new Field("element", new Int32(), true));
const pick = (next: () => number, n: number) => Math.floor(next() * n);

const COLUMNS: Readonly<Record<string, Column>> = {
  id: { type: new Int64(), value: (i) => 5_000_000_000n + BigInt(i), novel: 77n },
  time: {
    type: new TimestampMillisecond(),
    value: (i, next) => 1.7e12 + i * 1000 + pick(next, 900),
    novel: 1.6e12,
  },
  count: { type: new Int32(), value: (_, next) => pick(next, 1e6), novel: 123_456_789 },
  price: { type: new Float64(), value: (_, next) => pick(next, 1e6) / 100, novel: 99_999.25 },
  ratio: { type: new Float64(), value: (_, next) => next(), novel: 7.5 },
  flag: { type: new Bool(), value: (_, next) => next() < 0.3, novel: true },
  maybe: {
    type: new Int32(),
    value: (_, next) => next() < 0.4 ? null : pick(next, 1000),
    novel: 5000,
  },
  city: { type: new Utf8(), value: (_, next) => `city ${pick(next, 16)}`, novel: "a new city" },
  product: {
    type: new Utf8(),
    value: (_, next) => `product ${pick(next, 500)}`,
    novel: "a new product",
  },
  user: {
    type: new Utf8(),
    value: (_, next) => `user ${pick(next, 2 ** 48).toString(36)}`,
    novel: "a new user",
  },
  list: {
    type: integers,
    value: (_, next) => Array.from({ length: pick(next, 5) }, () => pick(next, 1e5)),
    novel: [1, 2, 3],
  },
  tags: {
    type: strings,
    value: (_, next) =>
      next() < 0.1 ? null : Array.from(
        { length: pick(next, 4) },
        () => next() < 0.2 ? null : `tag ${pick(next, 50)}`,
      ),
    novel: ["a new tag", null],
  },
};

function tableOf(count: number, value: (column: Column, i: number, next: () => number) => unknown) {
  return new Table(Object.fromEntries(
    Object.entries(COLUMNS).map(([name, column], c) => {
      const next = random(c);
      const values = Array.from({ length: count }, (_, i) => value(column, i, next));
      return [name, vectorFromArray(values, column.type)];
    }),
  ));
}

const rows = tableOf(ROWS, ({ value }, i, next) => value(i, next));
const novel = tableOf(1, ({ novel }) => novel);
const part = (from: number, to: number) => rows.slice(from, to).batches;

/** The rows with one put in, taken out, or changed at `at`. */
const CHANGES: Readonly<Record<string, (at: number) => RecordBatch[]>> = {
  inserted: (at) => [...part(0, at), ...novel.batches, ...part(at, ROWS)],
  deleted: (at) => [...part(0, at), ...part(at + 1, ROWS)],
  updated: (at) => [...part(0, at), ...novel.batches, ...part(at + 1, ROWS)],
};

interface Page {
  readonly digest: string;
  readonly size: number;
}

/** Bodies of all pages, by column. */
async function pagesOf(bytes: Uint8Array): Promise<Map<string, Page[]>> {
  const { rowGroups } = await readParquetMetadata(bytes);
  const pages = new Map<string, Page[]>();
  for (const { metaData } of rowGroups.flatMap(({ columns }) => columns)) {
    const name = metaData.pathInSchema.join(".");
    const column = pages.get(name) ?? [];
    let at = metaData.dictionaryPageOffset ?? metaData.dataPageOffset;
    for (const end = at + metaData.totalCompressedSize; at < end;) {
      const { header, byteLength } = decodePageHeader(bytes, at);
      const size = header.compressedPageSize;
      const body = bytes.subarray(at + byteLength, at + byteLength + size);
      column.push({ digest: createHash("sha256").update(body).digest("hex"), size });
      at += byteLength + size;
    }
    pages.set(name, column);
  }
  return pages;
}

/** Share of the page bytes of a file that another one has, too. */
async function unchanged(before: Uint8Array, after: Uint8Array): Promise<number> {
  const [known, pages] = [await pagesOf(before), await pagesOf(after)];
  const sum = (list: readonly Page[]) => list.reduce((total, { size }) => total + size, 0);
  let all = 0;
  let same = 0;
  for (const [name, list] of pages) {
    const digests = new Set(known.get(name)!.map(({ digest }) => digest));
    all += sum(list);
    same += sum(list.filter(({ digest }) => digests.has(digest)));
  }
  return same / all;
}

const write = (batches: RecordBatch[], options: WriterOptions) =>
  toParquet(batches, { parallelism: 0, ...options });

test("one row among 100 000 leaves more than 90 % of the page bytes as they were", async () => {
  for (const writerVersion of ["1.0", "2.0"] as const) {
    const options = { writerVersion, contentDefinedChunking: SIZES };
    const before = await write(rows.batches, options);
    await verified(before);
    for (const at of [7000, 50_000, 93_000]) {
      for (const [name, change] of Object.entries(CHANGES)) {
        const after = await write(change(at), options);
        const share = await unchanged(before, after);
        assert.ok(share > 0.9, `${name} at ${at}: ${share}`);
        assert.ok(share < 1);
      }
    }
  }
});

test("sizes of its own keep most of a table of 100 000 rows; without the option hardly anything stays", async () => {
  const shares = [];
  for (const contentDefinedChunking of [true, false]) {
    const before = await write(rows.batches, { contentDefinedChunking });
    const after = await write(CHANGES["inserted"]!(20_000), { contentDefinedChunking });
    shares.push(await unchanged(before, after));
  }
  assert.ok(shares[0]! > 0.9, `with: ${shares[0]}`);
  assert.ok(shares[1]! < 0.4, `without: ${shares[1]}`);
});

test("a row put into one row group leaves those after it alone, but for their first and last pages", async () => {
  const options = { contentDefinedChunking: SIZES, maxRowGroupRowCount: 30_000 };
  const before = await write(rows.batches, options);
  const after = await write(CHANGES["inserted"]!(10_000), options);
  const share = await unchanged(before, after);
  assert.ok(share > 0.7, `${share}`);
});

test("pages have the sizes that were asked for", async () => {
  const numbers = new Table({ id: rows.getChild("count")! });
  const spread = [];
  for (const normLevel of [0, 1, 3]) {
    const sizes = { minChunkSize: 2000, maxChunkSize: 10_000, normLevel };
    const bytes = await toParquet(numbers, {
      contentDefinedChunking: sizes,
      dictionaryEnabled: false,
      parallelism: 0,
    });
    const [chunk] = readPages(await verified(bytes)).rowGroups[0]!.chunks;
    // A nullable INT32: a level and four bytes.
    const pages = chunk!.pages.slice(0, -1).map(({ values }) => values.length * 5);
    assert.ok(pages.every((size) => size >= 2000 && size <= 10_000));
    const mean = pages.reduce((sum, size) => sum + size, 0) / pages.length;
    assert.ok(mean > 3500 && mean < 8000, `${mean}`);
    const variance = pages.reduce((sum, size) => sum + (size - mean) ** 2, 0) / pages.length;
    spread.push(Math.sqrt(variance));
  }
  assert.ok(spread[0]! > spread[1]! && spread[1]! > spread[2]!, `${spread}`);
});

test("limits of pages hold besides", async () => {
  const bytes = await toParquet(rows.slice(0, 10_000), {
    contentDefinedChunking: SIZES,
    dataPageRowCountLimit: 300,
    dataPageSizeLimit: 4000,
    parallelism: 0,
  });
  for (const { pages } of readPages(await verified(bytes)).rowGroups[0]!.chunks) {
    for (const { repetitionLevels, definitionLevels } of pages) {
      const levels = repetitionLevels.length > 0 ? repetitionLevels : definitionLevels;
      assert.ok(levels.filter((_, i) => !repetitionLevels[i]).length <= 300);
    }
  }
});

test("the same rows give the same bytes however they are batched, and with any number of workers", async () => {
  const some = rows.slice(0, 20_000);
  const options = {
    contentDefinedChunking: { minChunkSize: 500, maxChunkSize: 4000 },
    memoryBudget: 1024 * 1024,
  };
  const one = await write(some.batches, options);
  assert.ok(one.length > 0);
  const sizes = [1, 777, 13, 4096];
  const batches: RecordBatch[] = [];
  for (let at = 0, i = 0; at < 20_000; i++) {
    const size = sizes[i % sizes.length]!;
    batches.push(...some.slice(at, at + size).batches);
    at += size;
  }
  for (const parallelism of [0, 1, 2]) {
    const other = await toParquet(batches, { ...options, parallelism });
    assert.ok(hex(other) === hex(one), `${parallelism} workers`);
  }
});

test("an Arrow dictionary gives the pages that its values give", async () => {
  const words = rows.getChild("product")!.toArray().slice(0, 30_000) as string[];
  const options = { contentDefinedChunking: SIZES, skipArrowMetadata: true, parallelism: 0 };
  for (const dictionaryPageSizeLimit of [1, 1024 * 1024]) {
    const [plain, keyed] = await Promise.all(
      [new Utf8(), new Dictionary(new Utf8(), new Int32())].map(async (type) =>
        await pagesOf(
          await toParquet(new Table({ word: vectorFromArray(words, type) }), {
            ...options,
            dictionaryPageSizeLimit,
          }),
        )
      ),
    );
    assert.deepEqual(keyed, plain);
    assert.ok(plain!.get("word")!.length > 10);
  }
});

test("every type of column is read back", async () => {
  const table = new Table(Object.fromEntries(
    Object.entries(LEAVES).filter(([name]) => !/interval/i.test(name)).map(([name, make]) => [
      name,
      vectorFromArray([null, null, null], make()),
    ]),
  ));
  const contentDefinedChunking = { minChunkSize: 1, maxChunkSize: 2 };
  const bytes = await verified(await write(table.batches, { contentDefinedChunking }));
  await assertReadable(bytes, columnsOf(table.schema, table.batches));
});
