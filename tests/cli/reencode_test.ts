/** Parquet written again with other options: every row as it was, or a refusal before anything is written. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import {
  fromRows,
  type InferRow,
  readParquetMetadata,
  schema,
  t,
  toParquet,
  verifyParquet,
  type WriterOptions,
} from "../../mod.ts";
import { openParquetRows } from "../../src/cli/parquet_rows.ts";
import { openParquetSource } from "../../src/format/parquet_source.ts";
import { layoutOptions, LEAVES, schemas, tables } from "../support/arbitraries.ts";
import { columnsOf, type ExpectedColumn } from "../support/arrow_values.ts";
import { duckdb, query, quoted } from "../support/duckdb.ts";
import { readPages } from "../support/page_decoder.ts";
import { assembleColumns } from "../support/parquet_assembler.ts";
import { assertValues, withoutNaNPayload } from "../support/values.ts";
import { verified } from "../support/verified.ts";
import { inFolder, runCommand } from "./run_cli.ts";

async function reencoded(
  bytes: Uint8Array,
  options: WriterOptions,
  maxBatchRows = 65_536,
): Promise<Uint8Array> {
  const access = await openParquetSource(bytes);
  const signal = new AbortController().signal;
  const source = await openParquetRows(access, { name: "a.parquet", signal, maxBatchRows });
  return await toParquet(source, options);
}

/** Asserts that a file has exactly these values; of NaN, readers that go through numbers keep no payload. */
async function assertRowsOf(bytes: Uint8Array, expected: readonly ExpectedColumn[]) {
  const fields = expected.map(({ field }) => field);
  const columns = assembleColumns(readPages(await verified(bytes)), fields);
  expected.forEach(({ field: { name }, values }, i) =>
    assertValues(columns[i]!.map(withoutNaNPayload), values.map(withoutNaNPayload), name)
  );
}

test("rows of every type are the same after other options", async () => {
  for (
    const [{ schema: of, batches }, before, after, maxBatchRows] of fc.sample(
      fc.tuple(
        schemas(LEAVES, { columns: 3, depth: 3 }).chain((of) => tables(fc.constant(of))),
        layoutOptions,
        layoutOptions,
        fc.constantFrom(65_536, 3),
      ),
      40,
    )
  ) {
    const bytes = await toParquet(batches, before as WriterOptions);
    const again = await reencoded(bytes, after as WriterOptions, maxBatchRows);
    await assertRowsOf(again, columnsOf(of, batches));
  }
});

const ROWS = schema({
  id: t.int64(),
  big: t.uint64().nullable(),
  small: t.uint32(),
  price: t.decimal(38, 10).nullable(),
  day: t.date64(),
  at: t.timestamp("ns", "Europe/Berlin"),
  second: t.timestamp("s"),
  clock: t.time64("us"),
  note: t.json().nullable(),
  key: t.uuid(),
  tags: t.list(t.decimal(18, 2).nullable()).nullable(),
  counts: t.map(t.int32(), t.list(t.utf8()).nullable()),
  where: t.struct({ "a.b": t.int32(), a: t.struct({ b: t.utf8().nullable() }).nullable() }),
}, { origin: "a test" });

function rowsFrom(from: number, to: number): InferRow<typeof ROWS>[] {
  return Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    return {
      id: 9_007_199_254_740_993n + BigInt(n),
      big: n % 7 === 0 ? null : 2n ** 64n - 1n - BigInt(n),
      small: 2 ** 32 - 1 - n,
      price: `-123456789012345678901234567.${String(n).padStart(10, "0")}`,
      day: -86_400_000 * n,
      at: 1_700_000_000_123_456_789n + BigInt(n),
      second: -n,
      clock: n,
      note: n % 3 === 0 ? null : `{"n": ${n}.00}`,
      key: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
      tags: n % 5 === 0 ? null : Array.from({ length: n % 4 }, (_, k) => k === 1 ? null : `${n}.5`),
      // A key twice, and no text: an object would have lost both.
      counts: n % 4 === 0 ? [] : [[n, ["x", "\uFEFFy"]], [n, null], [-n, []]],
      where: { "a.b": n, a: n % 2 === 0 ? null : { b: n % 3 === 0 ? null : `b${n}` } },
    };
  });
}

test("convert writes Parquet again, by other options, from files, joined files, standard input and gzip", async () => {
  await inFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    const [a, b] = [rowsFrom(0, 3000), rowsFrom(3000, 3100)];
    const options = { compression: "snappy", maxRowGroupRowCount: 1100 } as const;
    await writeFile(path("a.parquet"), await toParquet(fromRows(a, ROWS), options));
    await writeFile(path("b.parquet"), await toParquet(fromRows(b, ROWS), options));
    await writeFile(path("c.parquet.gz"), gzipSync(await readFile(path("a.parquet"))));
    const whole = await toParquet(fromRows([...a, ...b], ROWS));
    await writeFile(path("whole.parquet"), whole);

    const flags = ["--compression", "zstd", "--max-row-group-row-count", "700", "--json"];
    const one = await runCommand(["convert", path("a.parquet"), path("a2.parquet"), ...flags]);
    assert.equal(one.code, 0, one.err);
    assert.equal(JSON.parse(one.out).rows, 3000);
    assert.equal(JSON.parse(one.out).bytesIn, (await readFile(path("a.parquet"))).length);
    const metadata = await readParquetMetadata(path("a2.parquet"));
    assert.equal(metadata.rowGroups.length, 5);
    assert.equal(metadata.rowGroups[0]!.columns[0]!.metaData!.codec, "ZSTD");
    const value = (key: string) =>
      metadata.keyValueMetadata!.find((pair) => pair.key === key)?.value;
    assert.equal(value("origin"), "a test");
    assert.deepEqual(metadata.schema, (await readParquetMetadata(path("a.parquet"))).schema);
    assert.equal(
      value("ARROW:schema"),
      (await readParquetMetadata(whole)).keyValueMetadata!.find(({ key }) =>
        key === "ARROW:schema"
      )!.value,
    );

    const two = await runCommand([
      "convert",
      path("a.parquet"),
      path("b.parquet"),
      path("two.parquet"),
    ]);
    assert.equal(two.code, 0, two.err);
    const piped = await runCommand(["convert", "-", path("piped.parquet")], whole);
    assert.equal(piped.code, 0, piped.err);
    const packed = await runCommand(["convert", path("c.parquet.gz"), "--json"]);
    assert.equal(packed.code, 0, packed.err);
    assert.equal(JSON.parse(packed.out).bytesIn, (await readFile(path("c.parquet.gz"))).length);
    const rows = async (name: string) =>
      assembleColumns(readPages(await readFile(path(name))), ROWS.fields);
    assert.deepEqual(await rows("two.parquet"), await rows("whole.parquet"));
    assert.deepEqual(await rows("piped.parquet"), await rows("whole.parquet"));
    assert.deepEqual(await rows("a2.parquet"), await rows("a.parquet"));
    assert.deepEqual(await rows("c.parquet"), await rows("a.parquet"));
    // A row group of which some rows are decoded after the others.
    await writeFile(path("cut.parquet"), await reencoded(whole, {}, 10));
    assert.deepEqual(await rows("cut.parquet"), await rows("whole.parquet"));
    for (const name of ["a2", "two", "piped", "c", "cut"]) {
      assert.deepEqual(await verifyParquet(path(`${name}.parquet`)), [], name);
    }
  });
});

test("convert keeps what DuckDB has written, its types and its rows", async () => {
  await inFolder(async (folder) => {
    const [path, again] = [join(folder, "duckdb.parquet"), join(folder, "again.parquet")];
    await (await duckdb()).run(
      `copy (select i::integer as i32, (i * 1000000007)::ubigint as u64, (i % 200)::utinyint as u8,
      (i / 3)::float as f32, (i / 7)::double as f64, (i / 100)::decimal(4, 2) as d4, (i * 1.25)::decimal(38, 9) as d38,
      case when i % 3 = 0 then null else i % 2 = 0 end as bool, 'text ' || i as text, encode('b' || i) as bytes,
      date '1969-12-01' + i::integer as day, timestamp '1960-01-01 00:00:00.000001' + to_days(i::integer) as ts,
      make_timestamp_ns(i * 1000000007) as ns, timestamptz '2026-01-01' as tz, time '01:02:03' as clock,
      to_months(i::integer) + to_days(3) + to_milliseconds(5) as span,
      case when i % 5 = 0 then null else [[i / 4]::decimal(9, 3)[], null, []] end as lists,
      (case when i % 2 = 0 then [i, null] end)::integer[2] as arr, {'a': i, 'b': {'c': ['x', null]}} as struct, map {i: 'v' || i, -1: null} as map, uuid() as id,
      ('{"i": ' || i || '.0}')::json as doc, (case when i % 2 = 0 then 'a' else 'b' end)::enum('a', 'b') as word
      from range(5000) r(i)) to ${quoted(path)} (format parquet, row_group_size 2048)`,
    );
    const { code, err } = await runCommand(["convert", path, again, "--compression", "zstd"]);
    assert.equal(code, 0, err);
    assert.deepEqual(await verifyParquet(again), []);
    const columns = (of: string) => query(`describe select * from ${quoted(of)}`);
    assert.deepEqual(await columns(again), await columns(path));
    for (const [left, right] of [[path, again], [again, path]]) {
      const differ = `select * from ${quoted(left!)} except select * from ${quoted(right!)}`;
      assert.deepEqual(await query(differ), []);
    }
    assert.deepEqual(await query(`select count(*) from ${quoted(again)}`), [[5000n]]);
  });
});

test("timestamps of INT96 become those of nanoseconds, with and without an Arrow schema", async () => {
  const of = schema({ at: t.timestamp("ns").nullable() });
  const at = [0n, null, -1n, 1_700_000_000_123_456_789n, -9_000_000_000_000_000_001n];
  for (const skipArrowMetadata of [false, true]) {
    const bytes = await toParquet(fromRows(at.map((at) => ({ at })), of), {
      int96Timestamps: true,
      skipArrowMetadata,
    });
    const again = await reencoded(bytes, {});
    const { schema: elements } = await readParquetMetadata(again);
    assert.equal(elements[1]!.type, "INT64");
    assert.deepEqual(assembleColumns(readPages(again), of.fields), [at]);
  }
});

test("geometries, JSON and UUIDs keep their logical types without an Arrow schema", async () => {
  const wkb = (metadata: string) =>
    t.binary().metadata({
      "ARROW:extension:name": "geoarrow.wkb",
      "ARROW:extension:metadata": metadata,
    });
  const of = schema({
    nowhere: wkb("{}"),
    place: wkb('{"crs":"EPSG:4326"}'),
    projected: wkb('{"crs":"EPSG:25832"}'),
    globe: wkb('{"crs":"OGC:CRS84","edges":"spherical"}'),
    note: t.json(),
    id: t.uuid(),
  });
  const point = new Uint8Array(21);
  point.set([1, 1]);
  const row = {
    nowhere: point,
    place: point,
    projected: point,
    globe: point,
    note: "{}",
    id: "00000000-0000-4000-8000-000000000000",
  };
  const options = { skipArrowMetadata: true };
  const bytes = await toParquet(fromRows([row], of), options);
  const again = await reencoded(bytes, options);
  const { schema: before } = await readParquetMetadata(bytes);
  assert.deepEqual(before.slice(1).map(({ logicalType }) => logicalType), [
    { type: "GEOMETRY", crs: "srid:0" },
    { type: "GEOMETRY" },
    { type: "GEOMETRY", crs: "EPSG:25832" },
    { type: "GEOGRAPHY", algorithm: "SPHERICAL" },
    { type: "JSON" },
    { type: "UUID" },
  ]);
  assert.deepEqual((await readParquetMetadata(again)).schema, before);
});

test("what cannot be kept is refused, and nothing is written", async () => {
  await inFolder(async (folder) => {
    // The file says that it is a text, and it is none.
    const text = await toParquet(
      fromRows([{ a: "okay" }, { a: "abcd" }], schema({ a: t.utf8() })),
      {
        compression: "uncompressed",
        dictionaryEnabled: false,
        pageChecksum: false,
      },
    );
    const damaged = text.slice();
    damaged[new TextDecoder("latin1").decode(text).indexOf("abcd")] = 0xff;
    const days = await toParquet(fromRows([{ a: 1n }], schema({ a: t.timestamp("ms") })), {});
    const cases: [string, Uint8Array, RegExp][] = [
      ["text", damaged, /it is not valid UTF-8 \(column "a", row 1\)/],
      ["cut", days.subarray(0, days.length - 3), /Cannot read the file/],
    ];
    for (const [name, bytes, message] of cases) {
      await writeFile(join(folder, `${name}.parquet`), bytes);
      const output = join(folder, "out.parquet");
      const { code, err } = await runCommand(["convert", join(folder, `${name}.parquet`), output]);
      assert.equal(code, 2, name);
      assert.match(err, message);
      assert.equal(existsSync(output), false, name);
    }
    await writeFile(join(folder, "okay.parquet"), text);
    const onto = await runCommand(["convert", join(folder, "okay.parquet")]);
    assert.equal(onto.code, 2);
    assert.match(onto.err, /onto itself: OUTPUT is required/);
    await writeFile(join(folder, "other.parquet"), days);
    const names = ["okay", "other", "out"].map((name) => join(folder, `${name}.parquet`));
    const joined = await runCommand(["convert", ...names]);
    assert.equal(joined.code, 2);
    assert.match(joined.err, /other\.parquet: its columns are not those of the first input/);
    assert.equal(existsSync(names[2]!), false);
  });
});

test("encrypted columns are refused by name", async () => {
  const path = new URL("../fixtures/parquet/plaintext_footer.parquet", import.meta.url);
  await assert.rejects(
    reencoded(await readFile(path), {}),
    /Cannot read a column: it is encrypted \(column ".*"\)/,
  );
});
