/** Small row groups joined by re-encoding: the same rows in every type, statistics of all of them, and large row groups as they were. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Field, Schema } from "apache-arrow";
import fc from "fast-check";
import {
  MemorySink,
  type MergeNote,
  type MergeOptions,
  mergeParquet,
  readParquetMetadata,
  schema,
  t,
  toParquet,
  verifyParquet,
  type WriterOptions,
} from "../../mod.ts";
import { type PageModel, putTogether, takeApart } from "../mutation/file_model.ts";
import { layoutOptions, LEAVES, schemas, tables } from "../support/arbitraries.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { duckdb, query, quoted, withFile } from "../support/duckdb.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { verified } from "../support/verified.ts";

async function merged(
  inputs: readonly (Uint8Array | string)[],
  options: MergeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  await mergeParquet(inputs, sink, options);
  return await verified(sink.bytes());
}

async function rowsOf(bytes: Uint8Array): Promise<number[]> {
  return (await readParquetMetadata(bytes)).rowGroups.map(({ numRows }) => numRows);
}

test("row groups of every type are joined: all readers read all rows, with predicates", async () => {
  const schema = new Schema(
    Object.entries(LEAVES).flatMap(([name, make]) => [
      new Field(name, make(), true),
      ...(name === "null" ? [] : [new Field(`${name}Required`, make(), false)]),
    ]),
  );
  const shape = { nulls: 0.2, distinct: 20, garbage: false, sliced: 0 };
  const batches = [30, 1, 77].map((rows, seed) => randomBatch(schema, rows, { ...shape, seed }));
  const options: WriterOptions[] = [
    { bloomFilterEnabled: true, maxRowGroupRowCount: 20, dataPageRowCountLimit: 7 },
    { writerVersion: "2.0", compression: "snappy", encoding: "auto", bloomFilterEnabled: true },
    { dictionaryEnabled: false, dataPageRowCountLimit: 5, bloomFilterEnabled: true },
  ];
  const inputs = await Promise.all(
    batches.map((batch, i) => toParquet([batch], { parallelism: 0, ...options[i]! })),
  );
  const bytes = await merged(inputs, { rowGroupRows: 1000 });
  await assertReadable(bytes, columnsOf(schema, batches));
  const { rowGroups, schema: elements, keyValueMetadata } = await readParquetMetadata(bytes);
  assert.deepEqual(rowGroups.map(({ numRows }) => numRows), [108]);
  const first = await readParquetMetadata(inputs[0]!);
  assert.deepEqual([elements, keyValueMetadata], [first.schema, first.keyValueMetadata]);
  // What the encoder says of a column is what it would have said of its rows.
  const whole = await readParquetMetadata(
    await toParquet(batches, { parallelism: 0, bloomFilterEnabled: true }),
  );
  rowGroups[0]!.columns.forEach(({ metaData }, i) => {
    const expected = whole.rowGroups[0]!.columns[i]!.metaData;
    assert.deepEqual(metaData.statistics, expected.statistics, metaData.pathInSchema.join("."));
    assert.deepEqual(metaData.sizeStatistics, expected.sizeStatistics);
    assert.deepEqual(metaData.codec, expected.codec);
    assert.equal(
      metaData.bloomFilterOffset === undefined,
      expected.bloomFilterOffset === undefined,
    );
  });
});

test("row groups of any tables in any layout are joined, nested ones too", async () => {
  const arbitrary = tables(schemas(LEAVES), { rows: 40 });
  await fc.assert(
    fc.asyncProperty(arbitrary, layoutOptions, layoutOptions, fc.nat(90), async (
      rows,
      first,
      second,
      rowGroupRows,
    ) => {
      const { schema, batches } = rows;
      const skipArrowMetadata = false;
      const inputs = [
        await toParquet(batches, { parallelism: 0, ...first as WriterOptions, skipArrowMetadata }),
        await toParquet(batches, { parallelism: 0, ...second as WriterOptions, skipArrowMetadata }),
      ];
      const bytes = await merged(inputs, { rowGroupRows: rowGroupRows + 1 });
      await assertReadable(bytes, columnsOf(schema, [...batches, ...batches]), {
        except: ["predicates"],
      });
    }),
    { numRuns: 12 },
  );
});

test("row groups are joined as far as they have few rows together; what stays alone is copied", async () => {
  const file = (from: number, rows: number, maxRowGroupRowCount: number) =>
    toParquet(Array.from({ length: rows }, (_, i) => ({ id: from + i, text: `t${i % 9}` })), {
      maxRowGroupRowCount,
      sortingColumns: [{ column: "id" }],
      compression: from === 0 ? "snappy" : "gzip",
    });
  const inputs = [await file(0, 60, 10), await file(60, 100, 100), await file(160, 25, 10)];
  const notes: MergeNote[] = [];
  const progress: number[] = [];
  const bytes = await merged(inputs, {
    rowGroupRows: 40,
    onDiagnostic: (note) => notes.push(note),
    onProgress: ({ bytes, totalBytes }) => progress.push(bytes / totalBytes),
  });
  assert.deepEqual(await rowsOf(bytes), [40, 20, 100, 25]);
  assert.deepEqual(progress.at(-1), 1);
  const { rowGroups } = await readParquetMetadata(bytes);
  assert.deepEqual(rowGroups.map(({ columns }) => columns[1]!.metaData.codec), [
    "SNAPPY",
    "SNAPPY",
    "GZIP",
    "GZIP",
  ]);
  assert.deepEqual(rowGroups.map(({ sortingColumns }) => sortingColumns?.length ?? 0), [
    0,
    0,
    1,
    0,
  ]);
  assert.deepEqual(
    notes.map(({ input, rowGroup, message }) => [input, rowGroup, message.slice(0, 20)]),
    [
      [0, 0, "joined with 3 more: "],
      [0, 4, "joined with 1 more: "],
      [2, 0, "joined with 2 more: "],
    ],
  );
  const [copied, source] = [bytes, inputs[1]!].map((bytes) =>
    takeApart(bytes).chunks.find((_, g, { length }) => length === 1 || g === 2)!
      .map(({ pages }) => pages.map(({ body }) => body))
  );
  assert.deepEqual(copied, source);
  assert.deepEqual(await rowsOf(await merged(inputs, { rowGroupRows: 10 })), [
    ...Array.from({ length: 6 }, () => 10),
    100,
    10,
    10,
    5,
  ]);
  for (const rowGroupRows of [0, 1.5, "many"]) {
    await assert.rejects(
      mergeParquet(inputs, new MemorySink(), { rowGroupRows: rowGroupRows as number }),
      /rowGroupRows/,
    );
  }
});

test("columns in another order, of files that are not held, come out as they are", async () => {
  const large = (n: number) => new Uint8Array(8 * 2 ** 20).fill(n);
  const file = (from: number, flip: boolean) => {
    const rows = Array.from({ length: 6 }, (_, i) => {
      const row = { id: from + i, point: { x: i, y: i === 3 ? null : large(from + i) } };
      return flip ? { point: { y: row.point.y, x: row.point.x }, id: row.id } : row;
    });
    return toParquet(rows, {
      parallelism: 0,
      compression: "uncompressed",
      dictionaryEnabled: false,
      statisticsEnabled: "none",
      maxRowGroupRowCount: 2,
    });
  };
  const inputs = [await file(0, false), await file(50, true)];
  // More than is held at once.
  assert.ok(inputs[0]!.length + inputs[1]!.length > 64 * 2 ** 20);
  const bytes = await merged(inputs, { rowGroupRows: 1000 });
  assert.deepEqual(await rowsOf(bytes), [12]);
  await withFile(bytes, async (path) => {
    const rows = await query(
      `select id, point.x, md5(point.y) = md5(repeat(chr(id::integer), 8388608)::blob) from ${
        quoted(path)
      }`,
    );
    const expected = [0, 50].flatMap((from) =>
      [0, 1, 2, 3, 4, 5].map((i) => [from + i, i, i === 3 ? null : true])
    );
    assert.deepEqual(
      rows.map((row) => row.map((value) => typeof value === "bigint" ? Number(value) : value)),
      expected,
    );
  });
});

test("DuckDB's row groups are joined: the same rows, by DuckDB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
  try {
    const path = join(folder, "a.parquet");
    await (await duckdb()).run(
      `copy (select i % 2 = 0 as bool, (i * 7919)::integer as i32, i::ubigint as u64, (i / 100)::decimal(9, 2) as d9,
        (i * 1e20)::decimal(38, 2) as d38, if(i % 7 = 0, null, 'text ' || (i % 77)) as text, ('x' || i)::blob as bytes,
        (date '1969-01-01' + i::integer) as day, (timestamp '1969-12-31' + to_hours(i)) as ts, interval (i) day as span,
        if(i % 5 = 0, null, range(i % 4)) as list, map {'k' || (i % 3): i} as map, uuid() as id,
        ['sad', 'ok'][i % 2 + 1]::enum('sad', 'ok', 'happy') as mood, {'a': i, 'b': [{'c': i}]} as struct,
        time '01:02:03' as time, (i / 3)::float as f32
      from range(9000) t(i)) to ${quoted(path)} (format parquet, row_group_size 2048)`,
    );
    const bytes = await merged([path], { rowGroupRows: 100_000 });
    assert.deepEqual(await rowsOf(bytes), [9000]);
    await withFile(bytes, async (joined) => {
      for (const [a, b] of [[path, joined], [joined, path]]) {
        const rows = `select * from ${quoted(a!)} except all select * from ${quoted(b!)}`;
        assert.deepEqual(await query(rows), []);
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a page that ends within a row is put right", async () => {
  const of = schema({ list: t.list(t.int32().nullable()).nullable() });
  const rows = [[1, 2, 3, 4, 5], null, [], [6, null, 8]].map((list) => ({ list }));
  const model = takeApart(
    await toParquet(rows, {
      schema: of,
      compression: "uncompressed",
      dictionaryEnabled: false,
      statisticsEnabled: "none",
      pageChecksum: false,
    }),
  );
  const entries = [
    [0, 3, 1],
    [1, 3, 2],
    [1, 3, 3],
    [1, 3, 4],
    [1, 3, 5],
    [0, 0],
    [0, 1],
    [0, 3, 6],
    [1, 2],
    [1, 3, 8],
  ] as const;
  const [chunk] = model.chunks[0]!;
  const [page] = chunk!.pages as [PageModel];
  // Runs of one level each.
  const levels = (some: readonly number[]) => [
    ...Uint8Array.of(2 * some.length, 0, 0, 0),
    ...some.flatMap((level) => [2, level]),
  ];
  const pageOf = (from: number, to: number): PageModel => {
    const some = entries.slice(from, to);
    const values = some.flatMap(([, , value]) => value === undefined ? [] : [value]);
    const body = Uint8Array.from([
      ...levels(some.map(([repetition]) => repetition)),
      ...levels(some.map(([, definition]) => definition)),
      ...new Uint8Array(Int32Array.from(values).buffer),
    ]);
    const header = structuredClone(page.header);
    header.compressedPageSize = header.uncompressedPageSize = body.length;
    header.dataPageHeader!.numValues = some.length;
    return { header, body };
  };
  chunk!.pages = [[0, 2], [2, 4], [4, 6], [6, 9], [9, 10]].map(([from, to]) => pageOf(from!, to!));
  chunk!.offsetIndex = chunk!.columnIndex = null;
  const { metaData } = model.metadata.rowGroups[0]!.columns[0]!;
  delete metaData.encodingStats;
  const split = putTogether(model);
  assert.deepEqual(await verifyParquet(split), []);
  const other = await toParquet([{ list: [9] }], { schema: of });
  const bytes = await merged([split, other, split], { rowGroupRows: 100 });
  await withFile(bytes, async (path) => {
    assert.deepEqual(
      await query(`select to_json(list)::varchar from ${quoted(path)}`),
      [...rows, { list: [9] }, ...rows].map(({ list }) => [list && JSON.stringify(list)]),
    );
  });
});
