import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readParquetMetadata, toParquet, verifyParquet } from "../../mod.ts";
import { query, quoted } from "../support/duckdb.ts";
import { inFolder, runCli } from "./run_cli.ts";

/** A file of polars. */
const FLIGHTS = fileURLToPath(
  new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url),
);

test("merge joins files of polars, and says what it did", () =>
  inFolder(async (folder) => {
    const output = join(folder, "flights.parquet");
    const { code, out, err } = await runCli([
      "merge",
      FLIGHTS,
      FLIGHTS,
      "-o",
      output,
      "--no-verify",
    ]);
    assert.equal(code, 0, err);
    assert.equal(out, "");
    assert.match(err, /flights\.parquet: 2 files, 6,000,000 rows, 22 row groups, [\d.]+ MiB → /);
    const one = await query(
      `select count(*), sum(delay), count(distinct origin) from ${quoted(FLIGHTS)}`,
    );
    const two = await query(
      `select count(*) / 2, sum(delay) / 2, count(distinct origin) from ${quoted(output)}`,
    );
    assert.deepEqual(two.map((row) => row.map(Number)), one.map((row) => row.map(Number)));
  }));

test("merge takes patterns, standard input and an input as the output, and tells JSON", () =>
  inFolder(async (folder) => {
    const here = (name: string) => join(folder, name);
    for (const [i, name] of ["a", "b", "c"].entries()) {
      await writeFile(here(`${name}.parquet`), await toParquet([{ id: i, name }]));
    }
    const { code, out, err } = await runCli(
      ["merge", here("[ab].parquet"), "-", "--output", here("a.parquet"), "--force", "--json"],
      await readFile(here("c.parquet")),
    );
    assert.equal(code, 0, err);
    const { inputs, rows, rowGroups, notes } = JSON.parse(out);
    assert.deepEqual({ inputs, rows, rowGroups, notes }, {
      inputs: 3,
      rows: 3,
      rowGroups: 3,
      notes: [],
    });
    assert.equal((await readParquetMetadata(here("a.parquet"))).numRows, 3);
    assert.deepEqual(await verifyParquet(here("a.parquet")), []);
    assert.deepEqual((await readdir(folder)).sort(), ["a.parquet", "b.parquet", "c.parquet"]);
    const two = [here("b.parquet"), here("c.parquet")];
    const piped = await runCli(["merge", ...two, "-o", "-", "-q", "--row-group-rows", "10"]);
    const joined = await readParquetMetadata(piped.stdout);
    assert.deepEqual([joined.numRows, joined.rowGroups.length], [2, 1]);
    assert.equal(piped.err, "");
  }));

test("merge refuses, with exit code 2", () =>
  inFolder(async (folder) => {
    const here = (name: string) => join(folder, name);
    await writeFile(here("a.parquet"), await toParquet([{ id: 1 }]));
    await writeFile(here("b.parquet"), await toParquet([{ id: "1" }]));
    await writeFile(here("text"), "not Parquet, but long enough");
    for (
      const [args, message] of [
        [["a.parquet"], /required option '-o, --output <file>' not specified/],
        [["a.parquet", "-o", "b.parquet"], /b\.parquet: it exists already \(--force replaces it\)/],
        [
          ["a.parquet", "b.parquet", "-o", "c.parquet"],
          /Cannot merge .*b\.parquet: expected INT64 as in .*a\.parquet, got BYTE_ARRAY \(STRING\) \(column "id"\)/,
        ],
        [
          ["a.parquet", "text", "-o", "c.parquet"],
          /Cannot merge .*text: it is not Parquet \(no PAR1/,
        ],
        [["a.parquet", "none", "-o", "c.parquet"], /Cannot read .*none: no such file or directory/],
      ] as const
    ) {
      const paths = args.map((arg) => arg.startsWith("-") ? arg : here(arg));
      const { code, err } = await runCli(["merge", ...paths]);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
    assert.deepEqual((await readdir(folder)).sort(), ["a.parquet", "b.parquet", "text"]);
  }));
