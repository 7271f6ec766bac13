/**
 * What the verifier says of other writers' files: everything in these tables is true, and nothing else is said. The clause of
 * each rule stands in `RULES`.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  Bool,
  Field,
  Float64,
  Int64,
  List,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import {
  Compression,
  Table as WasmTable,
  writeParquet,
  WriterPropertiesBuilder,
  WriterVersion,
} from "parquet-wasm";
import { type Fault, verifyParquet } from "../../mod.ts";
import { RULES } from "../../src/verify/rules.ts";
import { duckdb, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";

/** Rule → why what it says of the files is true. */
type Findings = Readonly<Record<string, string>>;

const NO_RLE = "levels are RLE, which `encodings` does not list";

async function assertFindings(
  files: readonly (Uint8Array | string)[],
  expected: Findings,
): Promise<void> {
  const found: Fault[] = [];
  for (const file of files) found.push(...await verifyParquet(file, { remarks: true }));
  assert.deepEqual(
    [...new Set(found.map(({ rule }) => rule))].sort(),
    Object.keys(expected).sort(),
  );
  for (const { rule, severity } of found) {
    assert.equal(RULES[rule as keyof typeof RULES].severity, severity);
  }
}

/** What DuckDB 1.5 writes. */
const DUCKDB: Findings = {
  "encodings-incomplete": NO_RLE,
  "encodings": "an interval's dictionary pages are not in `encodings`",
  "chunk-distinct-count": "of an ENUM, members that do not occur are counted too",
  "deprecated-min-max": "`min` and `max` stand beside `min_value` and `max_value`",
  "deprecated-encoding": "PLAIN_DICTIONARY in data pages",
  "dictionary-id-wide": "two entries in two bits",
  "run-surplus": "packed in blocks of 256, whatever is left",
  "run-padding": "what the blocks are filled up with is not zero",
};

test("DuckDB's files", () =>
  inFolder(async (folder) => {
    const connection = await duckdb();
    const rows =
      `select i::int as i, (i % 7)::utinyint as u8, i::ubigint as u64, i * 1.5::double as d,
      case when i % 5 = 0 then null else 'v' || (i % 100) end as s, i::decimal(9, 2) as d9,
      i::decimal(38, 5) as d38, date '2020-01-01' + i::int as dt, ts, ts::timestamptz as tz,
      time '01:00:00' as t, i % 2 = 0 as b, uuid() as u, 'ab'::blob as bl, [i, i + 1, null] as l,
      {a: i, b: case when i % 3 = 0 then null else 'x' end} as st, map([i], ['a']) as m,
      interval 3 day as iv, '{"a": 1}'::json as j, 'nan'::float as f, 'a'::enum('a', 'b') as en
      from (select i, timestamp '2020-01-01' + interval (i) second as ts from range(5000) t(i))`;
    const files = [];
    for (
      const options of [
        "codec 'uncompressed'",
        "codec 'zstd', row_group_size 2048",
        "codec 'snappy', parquet_version 'v2'",
        "codec 'gzip'",
        "codec 'brotli'",
        "codec 'lz4_raw'",
      ]
    ) {
      const path = join(folder, `${files.length}.parquet`);
      await connection.run(`copy (${rows}) to ${quoted(path)} (format parquet, ${options})`);
      files.push(path);
    }
    await assertFindings(files, DUCKDB);
  }));

/** What arrow-rs writes, as parquet-wasm 0.8. */
const ARROW_RS: Findings = {
  "bounds-beside-nans": "NaNs are left out of the bounds",
  "index-null-page": "a page with as many nulls as rows is called a null page, values or not",
  "deprecated-min-max": "`min` and `max` stand beside `min_value` and `max_value`",
};

test("parquet-wasm's files", async () => {
  const count = 1000;
  const of = <T>(value: (i: number) => T) => Array.from({ length: count }, (_, i) => value(i));
  const table = new Table({
    id: vectorFromArray(of(BigInt), new Int64()),
    size: vectorFromArray(of((i) => i % 9 === 0 ? null : [NaN, -0, i][i % 3]!), new Float64()),
    name: vectorFromArray(of((i) => i % 7 === 0 ? null : `name ${i % 300}`), new Utf8()),
    flags: vectorFromArray(
      of((i) => [null, i % 2 === 0]),
      new List(new Field("element", new Bool(), true)),
    ),
    place: vectorFromArray(
      of((i) => i % 5 === 0 ? null : { x: i, y: `${i}` }),
      new Struct([new Field("x", new Float64(), true), new Field("y", new Utf8(), true)]),
    ),
  });
  const files = [WriterVersion.V1, WriterVersion.V2].flatMap((version) =>
    [Compression.UNCOMPRESSED, Compression.ZSTD].map((codec) => {
      const builder = new WriterPropertiesBuilder().setWriterVersion(version).setCompression(codec)
        .setMaxRowGroupSize(400);
      return writeParquet(WasmTable.fromIPCStream(tableToIPC(table, "stream")), builder.build());
    })
  );
  await assertFindings(files, ARROW_RS);
});

/** What hyparquet-writer 0.17 writes. */
const HYPARQUET_WRITER: Findings = {
  "bounds-beside-nans": "NaNs are left out of the bounds",
  "encodings-levels-v2": NO_RLE,
  "created-by": "a name without a version",
  "deprecated-file-offset": "`file_offset` of a chunk is not 0",
};

test("hyparquet-writer's files", async () => {
  const count = 3000;
  const of = <T>(value: (i: number) => T) => Array.from({ length: count }, (_, i) => value(i));
  const files = [true, false].map((statistics) =>
    new Uint8Array(parquetWriteBuffer({
      statistics,
      rowGroupSize: 1300,
      columnData: [
        { name: "b", data: of((i) => i % 3 === 0), type: "BOOLEAN" },
        { name: "i", data: of((i) => i % 7 === 0 ? null : i), type: "INT32" },
        { name: "l", data: of((i) => BigInt(i) << 40n), type: "INT64" },
        { name: "d", data: of((i) => [0, -0, NaN, 5][i % 4]!), type: "DOUBLE" },
        { name: "s", data: of((i) => i % 5 ? `grün ${i % 100}` : null), type: "STRING" },
        { name: "j", data: of((i) => ({ i })), type: "JSON" },
        { name: "t", data: of((i) => new Date(i * 1e9)), type: "TIMESTAMP" },
      ],
    }))
  );
  await assertFindings(files, HYPARQUET_WRITER);
});

/** Python, where it has what is asked for; the tests above are the gate. */
const python = (module: string) => {
  const { status } = spawnSync("python3", ["-c", `import ${module}`], { stdio: "ignore" });
  return status === 0 ? false : `no Python with ${module} at hand`;
};

/** What pyarrow 26 writes. */
const PYARROW: Findings = {
  "bounds-beside-nans": "NaNs are left out of the bounds",
  "converted-type-local": "TIME and TIMESTAMP of local time without their converted types",
  "encoding-stats-v2": "data pages v2 are counted as DATA_PAGE",
  "deprecated-min-max": "`min` and `max` stand beside `min_value` and `max_value`",
};

test("pyarrow's files", { skip: python("pyarrow") }, () =>
  inFolder(async (folder) => {
    const script = `
import datetime, pyarrow as pa, pyarrow.parquet as pq
n = 2000
t = pa.table({
  "i": pa.array([None if i % 9 == 0 else i for i in range(n)]),
  "s": pa.array([f"v{i % 50}" for i in range(n)]),
  "f": pa.array([float("nan") if i % 7 == 0 else i / 3 for i in range(n)], pa.float32()),
  "l": pa.array([[i, None] if i % 4 else None for i in range(n)]),
  "ts": pa.array([datetime.datetime(2020, 1, 1)] * n),
  "tm": pa.array([datetime.time(1, 2)] * n),
})
pq.write_table(t, "v1.parquet", data_page_version="1.0", write_page_index=True, write_page_checksum=True)
pq.write_table(t, "v2.parquet", data_page_version="2.0", compression="zstd", data_page_size=500)
`;
    const { status, stderr } = spawnSync("python3", ["-c", script], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    await assertFindings(readdirSync(folder).map((name) => join(folder, name)), PYARROW);
  }));

/** What polars 2.1 writes. */
const POLARS: Findings = {
  "bounds-beside-nans": "NaNs are left out of the bounds",
  "converted-type-local": "TIMESTAMP of local time without its converted type",
  "deprecated-file-offset": "`file_offset` of a chunk is not 0",
  "metadata-copies": "a second copy of each chunk's metadata stands between the chunks",
  "run-padding": "what a packed run is filled up with is not zero",
};

test("polars' files", { skip: python("polars") }, () =>
  inFolder(async (folder) => {
    const script = `
import datetime, polars as pl
n = 2000
t = pl.DataFrame({
  "i": [None if i % 9 == 0 else i for i in range(n)],
  "s": [f"v{i % 50}" for i in range(n)],
  "f": [float("nan") if i % 7 == 0 else i / 3 for i in range(n)],
  "l": [[i, None] if i % 4 else None for i in range(n)],
  "ts": [datetime.datetime(2020, 1, 1)] * n,
})
t.write_parquet("zstd.parquet", statistics="full", row_group_size=700)
t.write_parquet("plain.parquet", compression="uncompressed", data_page_size=500)
`;
    const { status, stderr } = spawnSync("python3", ["-c", script], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    await assertFindings(readdirSync(folder).map((name) => join(folder, name)), POLARS);
  }));
