/** Rows behind those of a file: of ours and of others, and what becomes of the file. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { tableFromArrays } from "apache-arrow";
import {
  appendParquet,
  fromRows,
  readParquetMetadata,
  schema,
  t,
  toParquet,
  verifyParquet,
  writeParquet,
} from "../../mod.ts";
import { duckdb, query, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";
import { readPlainlyWithHyparquet } from "../support/hyparquet_reader.ts";

test("appendParquet() appends rows, columns and tables, and begins a file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.parquet");
    const of = schema({
      id: t.int32(),
      name: t.utf8().nullable(),
      at: t.timestamp("ms", "UTC").nullable(),
    });
    await appendParquet(path, [{ id: 1, name: "a" }], { schema: of, keyValueMetadata: { k: "v" } });
    // Without a schema, rows have that of the file: 2 is not taken for an int64.
    await appendParquet(pathToFileURL(path), [{ id: 2, at: new Date(5) }]);
    await appendParquet(path, { id: [3, 4], name: ["c", null] }, { compression: "snappy" });
    const metadata = await appendParquet(
      path,
      (async function* () {
        yield { id: 5 };
      })(),
    );
    assert.equal(metadata.numRows, 5);
    assert.equal(metadata.rowGroups.length, 4);
    assert.equal(metadata.keyValueMetadata!.find(({ key }) => key === "k")?.value, "v");
    assert.deepEqual(await verifyParquet(path), []);
    assert.deepEqual(await readPlainlyWithHyparquet(new Uint8Array(readFileSync(path))), [
      { id: 1, name: "a", at: null },
      { id: 2, name: null, at: new Date(5) },
      { id: 3, name: "c", at: null },
      { id: 4, name: null, at: null },
      { id: 5, name: null, at: null },
    ]);
    assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  }));

test("appendParquet() sets the keys that it is given", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.parquet");
    await appendParquet(path, [{ id: 1 }], { keyValueMetadata: { a: "1", b: "1" } });
    const { keyValueMetadata } = await appendParquet(path, [{ id: 2 }], {
      keyValueMetadata: { b: "2", c: "2" },
    });
    const pairs = new Map(keyValueMetadata!.map(({ key, value }) => [key, value]));
    assert.deepEqual(["a", "b", "c"].map((key) => pairs.get(key)), ["1", "2", "2"]);
  }));

test("appendParquet() takes the schema of a file of DuckDB's", () =>
  inFolder(async (folder) => {
    const path = join(folder, "duckdb.parquet");
    await (await duckdb()).run(
      `copy (select 1::integer as i32, 2::bigint as i64, 3::utinyint as u8, 1.5::float as f32,
      2.5::double as f64, 1.25::decimal(9, 2) as d9, 1.25::decimal(18, 2) as d18, true as bool, 'text' as text,
      'blob'::blob as bytes, date '2026-01-01' as day, timestamp '2026-01-01' as ts, timestamptz '2026-01-01' as tz,
      time '01:02:03' as clock, [1, null] as list, {'a': 1, 'b': 'x'} as struct, map {'k': 1} as map,
      uuid() as id) to ${quoted(path)} (format parquet)`,
    );
    await appendParquet(path, [{
      i32: 7,
      i64: 8n,
      u8: 9,
      f32: 0.5,
      f64: 0.25,
      d9: "1.5",
      d18: "2.5",
      bool: false,
      text: "t",
      bytes: Uint8Array.of(1),
      day: "2026-02-01",
      ts: "2026-02-01T00:00:00",
      tz: new Date(0),
      clock: "02:03:04",
      list: [2, null, 3],
      struct: { a: 2, b: null },
      map: { m: 5 },
      id: "00000000-0000-4000-8000-000000000001",
    }, {}]);
    assert.deepEqual(await verifyParquet(path), []);
    assert.deepEqual(
      await query(
        `select i32, i64, u8, d9::varchar, text, day::varchar, ts::varchar, clock::varchar, list::varchar,
        struct::varchar, map::varchar, id::varchar from ${quoted(path)} where i32 = 7`,
      ),
      [[
        7,
        8n,
        9,
        "1.50",
        "t",
        "2026-02-01",
        "2026-02-01 00:00:00",
        "02:03:04",
        "[2, NULL, 3]",
        "{'a': 2, 'b': NULL}",
        "{m=5}",
        "00000000-0000-4000-8000-000000000001",
      ]],
    );
    assert.deepEqual(await query(`select count(*) from ${quoted(path)} where i32 is null`), [[1n]]);
  }));

test("appendParquet() that fails leaves the file as it was, and nothing else", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.parquet");
    await writeParquet([{ id: 1, name: "a" }], path);
    const before = readFileSync(path);
    const table = tableFromArrays({ id: Int32Array.of(1) });
    await assert.rejects(appendParquet(path, table), {
      name: "SchemaError",
      message:
        /^Cannot append rows to (.*a\.parquet): expected INT64 as in \1, got INT32 \(column "id"\)$/,
    });
    await assert.rejects(appendParquet(path, [{ id: "x" }]), { name: "InvalidBatchError" });
    await assert.rejects(
      appendParquet(path, [{ id: 1 }], { compresion: "zstd" } as never),
      TypeError,
    );
    await assert.rejects(appendParquet(await toParquet([{ id: 1 }]) as never, []), {
      name: "TypeError",
      message: "Cannot append to an object: expected a path or a file: URL",
    });
    assert.deepEqual(readFileSync(path), before);
    writeFileSync(path, "this is not a Parquet file");
    await assert.rejects(appendParquet(path, [{ id: 1 }]), { name: "FormatError" });
    assert.equal(readFileSync(path, "utf8"), "this is not a Parquet file");
    assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  }));

test("appendParquet() takes what cannot be null behind what can, and not the other way round", () =>
  inFolder(async (folder) => {
    const shapes = (null_: <T extends { nullable(): unknown }>(type: T) => T) =>
      schema({
        id: null_(t.float64()),
        list: null_(
          t.list(
            null_(t.struct({ a: null_(t.int32()), m: null_(t.map(t.utf8(), null_(t.int32()))) })),
          ),
        ),
      });
    const all = shapes((type) => type.nullable() as typeof type), none = shapes((type) => type);
    const row = { id: 1, list: [{ a: 1, m: { k: 2 } }] };
    const [loose, strict] = [join(folder, "loose.parquet"), join(folder, "strict.parquet")];
    await writeParquet([{}, { list: [null] }, row] as never, loose, { schema: all });
    await appendParquet(loose, fromRows([row], none));
    assert.deepEqual(await verifyParquet(loose), []);
    assert.equal((await readParquetMetadata(loose)).numRows, 4);
    await writeParquet([row], strict, { schema: none });
    await assert.rejects(appendParquet(strict, fromRows([row], all)), {
      name: "SchemaError",
      message: /expected REQUIRED as in .*strict\.parquet, got OPTIONAL \(column "id"\)/,
    });
  }));
