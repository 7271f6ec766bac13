/** Files of other writers, merged: what they get wrong about themselves is put right or left out, and every row is there. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import {
  Table as WasmTable,
  writeParquet as writeWasm,
  WriterPropertiesBuilder,
} from "parquet-wasm";
import {
  MemorySink,
  type MergeNote,
  mergeParquet,
  readParquetMetadata,
  toParquet,
} from "../../mod.ts";
import { type FileModel, putTogether, takeApart } from "../mutation/file_model.ts";
import { duckdb, query, quoted, withFile } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";
import { verified } from "../support/verified.ts";

/** Merges, and asserts that the verifier finds nothing. */
async function merged(
  inputs: readonly (Uint8Array | string)[],
  notes: MergeNote[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  await mergeParquet(inputs, sink, { onDiagnostic: (note) => notes.push(note) });
  return await verified(sink.bytes());
}

const DUCKDB_ROWS = (from: number, to: number) =>
  `select i % 2 = 0 as bool, (i * 7919)::integer as i32, (i * 1000003)::bigint as i64, (i / 3)::double as f64,
    (i / 100)::decimal(9, 2) as d9, (i * 1e20)::decimal(38, 2) as d38, if(i % 7 = 0, null, 'text ' || (i % 77)) as text,
    ('x' || i)::blob as bytes, (date '1969-01-01' + i::integer) as day, (timestamp '1969-12-31' + to_hours(i)) as ts,
    (timestamptz '1969-12-31' + to_hours(i)) as tz, if(i % 5 = 0, null, range(i % 4)) as list,
    {'a': i, 'b': if(i % 3 = 0, null, 'b' || i)} as struct, map {'k' || (i % 3): i} as map,
    ['sad', 'ok'][i % 2 + 1]::enum('sad', 'ok', 'happy') as mood, interval (i) day as span
  from range(${from}, ${to}) t(i)`;

test("mergeParquet() of DuckDB's files: the same rows, by DuckDB, with predicates", () =>
  inFolder(async (folder) => {
    const connection = await duckdb();
    const paths = [[0, 3000], [3000, 3001], [3001, 9000]].map(([from, to], i) => ({
      path: join(folder, `${i}.parquet`),
      rows: DUCKDB_ROWS(from!, to!),
    }));
    for (const { path, rows } of paths) {
      await connection.run(
        `copy (${rows}) to ${quoted(path)} (format parquet, row_group_size 2048)`,
      );
    }
    const notes: MergeNote[] = [];
    const bytes = await merged(paths.map(({ path }) => path), notes);
    const rules = new Set(notes.map(({ rule }) => rule));
    assert.deepEqual(
      [...rules].sort(),
      ["chunk-distinct-count", "encodings", "encodings-incomplete"],
    );
    await withFile(bytes, async (path) => {
      const source = `read_parquet([${paths.map(({ path }) => quoted(path)).join()}])`;
      for (
        const where of [
          "true",
          "i64 > 3000000000",
          "text = 'text 5'",
          "day < '1970-01-01'",
          "f64 is null",
        ]
      ) {
        const select = (from: string) => `select * from ${from} where ${where}`;
        const [[both]] = await query(
          `select count(*) from (${select(quoted(path))} except all ${select(source)})`,
        ) as [[bigint]];
        const [[rows]] = await query(`select count(*) from (${select(quoted(path))})`) as [
          [bigint],
        ];
        const [[expected]] = await query(`select count(*) from (${select(source)})`) as [[bigint]];
        assert.deepEqual([both, rows], [0n, expected], where);
      }
    });
  }));

test("mergeParquet() of files of four writers with the same columns", () =>
  inFolder(async (folder) => {
    const data = {
      id: Int32Array.from({ length: 100 }, (_, i) => i),
      score: Float64Array.from({ length: 100 }, (_, i) => i / 3),
      name: Array.from({ length: 100 }, (_, i) => `n${i % 9}`),
    };
    const table = tableFromArrays(data);
    const ours = await toParquet(
      Array.from({ length: 100 }, (_, i) => ({ id: i, score: i / 3, name: `n${i % 9}` })),
      {
        schema: (await import("../../mod.ts")).schema(await columns()),
        bloomFilterEnabled: true,
      },
    );
    const wasm = writeWasm(
      WasmTable.fromIPCStream(tableToIPC(nullable(table), "stream")),
      new WriterPropertiesBuilder().build(),
    );
    const hyparquet = new Uint8Array(parquetWriteBuffer({
      columnData: [
        { name: "score", data: [...data.score], type: "DOUBLE", nullable: true },
        { name: "id", data: [...data.id], type: "INT32", nullable: true },
        { name: "name", data: data.name, type: "STRING", nullable: true },
      ],
    }));
    const path = join(folder, "duckdb.parquet");
    await (await duckdb()).run(
      `copy (select i::integer as id, i::double / 3 as score, 'n' || (i % 9) as name from range(100) t(i)) to ${
        quoted(path)
      } (format parquet)`,
    );
    const bytes = await merged([ours, wasm, hyparquet, path]);
    await withFile(bytes, async (file) => {
      const rows = await query(
        `select id, count(*), count(distinct score), min(name), count(distinct name) from ${
          quoted(file)
        } group by id order by id`,
      );
      assert.deepEqual(
        rows,
        Array.from({ length: 100 }, (_, i) => [i, 4n, 1n, `n${i % 9}`, 1n]),
      );
    });
    // DuckDB's file has no ARROW:schema: what the others say cannot be said of its rows.
    const { keyValueMetadata = [] } = await readParquetMetadata(bytes);
    assert.ok(!keyValueMetadata.some(({ key }) => key === "ARROW:schema"));
  }));

async function columns() {
  const { t } = await import("../../mod.ts");
  return {
    id: t.int32().nullable(),
    score: t.float64().nullable(),
    name: t.utf8().nullable(),
  };
}

/** Arrow JS makes fields of typed arrays that cannot be null. */
function nullable(table: ReturnType<typeof tableFromArrays>): typeof table {
  for (const field of table.schema.fields) (field as { nullable: boolean }).nullable = true;
  return table;
}

const BYTES = await toParquet(
  Array.from({ length: 60 }, (_, i) => ({ id: i, name: i % 4 === 0 ? null : `n${i}` })),
  { parallelism: 0, maxRowGroupRowCount: 20, dataPageRowCountLimit: 5, bloomFilterEnabled: true },
);

/** The file, written by somebody else, with one thing wrong. */
function wrong(
  stage: "pages" | "indexes" | "metadata",
  change: (model: FileModel) => void,
): Uint8Array {
  return putTogether(takeApart(BYTES), {
    name: "",
    stage,
    apply: (model) => {
      model.metadata.createdBy = "somebody version 1.0.0";
      change(model);
    },
  });
}

/** What is wrong → the rule, and what the merged file lacks. */
const MENDED: Readonly<Record<string, [string, () => Uint8Array, (bytes: Uint8Array) => boolean]>> =
  {
    "a false minimum": [
      "chunk-min-too-large",
      () =>
        wrong("metadata", ({ metadata }) => {
          metadata.rowGroups[1]!.columns[0]!.metaData.statistics!.minValue = Uint8Array.of(
            21,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
          );
        }),
      (bytes) =>
        takeApart(bytes).metadata.rowGroups[1]!.columns[0]!.metaData.statistics === undefined,
    ],
    "a wrong ordinal": [
      "row-group-ordinal",
      () => wrong("metadata", ({ metadata }) => void (metadata.rowGroups[1]!.ordinal = 7)),
      (bytes) => takeApart(bytes).metadata.rowGroups[1]!.ordinal === 1,
    ],
    "a Bloom filter without a value": [
      "bloom-filter-false-negative",
      () => wrong("indexes", ({ chunks }) => void chunks[0]![0]!.bloomFilter!.bits.fill(0)),
      (bytes) => {
        const { chunks } = takeApart(bytes);
        return chunks[0]![0]!.bloomFilter === null && chunks[1]![0]!.bloomFilter !== null;
      },
    ],
    "a false column index": [
      "index-max-too-small",
      () =>
        wrong("indexes", ({ chunks }) => {
          chunks[2]![0]!.columnIndex!.maxValues[3] = Uint8Array.of(56, 0, 0, 0, 0, 0, 0, 0);
        }),
      (bytes) => {
        const { chunks } = takeApart(bytes);
        return chunks[2]![0]!.columnIndex === null && chunks[2]![0]!.offsetIndex === null;
      },
    ],
    "encodings that no page has": [
      "encodings",
      () =>
        wrong("metadata", ({ metadata }) => {
          metadata.rowGroups[0]!.columns[1]!.metaData.encodings = ["BYTE_STREAM_SPLIT"];
        }),
      (bytes) =>
        !takeApart(bytes).metadata.rowGroups[0]!.columns[1]!.metaData.encodings.includes(
          "BYTE_STREAM_SPLIT",
        ),
    ],
    "wrong sums": [
      "file-rows",
      () =>
        wrong("metadata", ({ metadata }) => {
          metadata.numRows = 59;
          metadata.rowGroups[0]!.totalByteSize = 1;
          metadata.rowGroups[0]!.columns[0]!.metaData.totalUncompressedSize += 5;
        }),
      (bytes) => takeApart(bytes).metadata.numRows === 120,
    ],
    "a lost converted type": [
      "converted-type-missing",
      () => wrong("metadata", ({ metadata }) => void delete metadata.schema[2]!.convertedType),
      (bytes) => takeApart(bytes).metadata.schema[2]!.convertedType === "UTF8",
    ],
    "an unsorted sorting column": [
      "sorting-violated",
      () =>
        wrong("metadata", ({ metadata }) => {
          metadata.rowGroups[0]!.sortingColumns = [{
            columnIdx: 0,
            descending: true,
            nullsFirst: false,
          }];
        }),
      (bytes) => takeApart(bytes).metadata.rowGroups[0]!.sortingColumns === undefined,
    ],
  };

for (const [name, [rule, make, isMended]] of Object.entries(MENDED)) {
  test(`mergeParquet() mends ${name}, and says so`, async () => {
    const notes: MergeNote[] = [];
    const bytes = await merged([make(), BYTES], notes);
    assert.ok(isMended(bytes));
    assert.ok(
      notes.some((note) => note.rule === rule && note.input === 0 && note.source === "input 1"),
      JSON.stringify(notes),
    );
  });
}

test("mergeParquet() refuses what cannot be mended, and writes nothing", async () => {
  const damaged = wrong("pages", ({ chunks }) => {
    const { body } = chunks[1]![1]!.pages[1]!;
    body[body.length - 1]! ^= 0xff;
  });
  const rows = wrong("metadata", ({ metadata }) => {
    metadata.rowGroups[0]!.columns[0]!.metaData.numValues = 19;
  });
  for (
    const [bytes, message] of [
      [damaged, /^Cannot merge input 2: row group 1, column "name": .*\(rule page-checksum\)/],
      [rows, /^Cannot merge input 2: row group 0, column "id": .*\(rule chunk-values\)/],
      [BYTES.subarray(0, -9), /^Cannot merge input 2: /],
    ] as const
  ) {
    let calls = 0, aborted = 0;
    const sink = {
      write: () => void calls++,
      close: () => void calls++,
      abort: () => void aborted++,
    };
    await assert.rejects(mergeParquet([BYTES, bytes], sink), { name: "FormatError", message });
    assert.deepEqual([calls, aborted], [0, 1]);
  }
});

test("mergeParquet({ verify }) decides whether values are looked at", async () => {
  const make = MENDED["a false minimum"]![1];
  const notes: MergeNote[] = [];
  const sink = new MemorySink();
  const onDiagnostic = (note: MergeNote) => void notes.push(note);
  await mergeParquet([make()], sink, { verify: false, onDiagnostic });
  assert.deepEqual(notes, []);
  // Files of ours are only looked at on request.
  const model = takeApart(BYTES);
  const own = putTogether(model, {
    name: "",
    stage: "metadata",
    apply: ({ metadata }) => {
      metadata.rowGroups[1]!.columns[0]!.metaData.statistics!.nullCount = 3;
    },
  });
  await mergeParquet([own], new MemorySink(), { onDiagnostic });
  assert.deepEqual(notes, []);
  await mergeParquet([own], new MemorySink(), { verify: true, onDiagnostic });
  assert.deepEqual(notes.map(({ rule }) => rule), ["chunk-null-count"]);
});
