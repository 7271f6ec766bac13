/** `convert` into a folder of partitioned or rolled files. */

import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { query } from "../support/duckdb.ts";
import { inFolder, runCli } from "./run_cli.ts";

const CSV = "day,shop,sold\n2026-01-31,Oslo,3\n2026-02-01,A/B,5\n,Oslo,1\n2026-01-31,Rabat,2\n";

test("convert --partition-by writes folders that DuckDB reads", async () => {
  await inFolder(async (folder) => {
    const input = join(folder, "sales.csv"), output = join(folder, "sales");
    await writeFile(input, CSV);
    const { code, err } = await runCli(["convert", input, output, "--partition-by", "day, shop"]);
    assert.equal(code, 0, err);
    assert.match(err, /sales: 4 rows in 4 files, /);
    assert.deepEqual((await readdir(output)).sort(), [
      "day=2026-01-31",
      "day=2026-02-01",
      "day=__HIVE_DEFAULT_PARTITION__",
    ]);
    const glob = `'${output}/**/*.parquet', hive_partitioning = true`;
    const rows = await query(
      `SELECT day::varchar, shop, sold FROM read_parquet(${glob}) ORDER BY sold`,
    );
    assert.deepEqual(rows.map(([day, shop, sold]) => [day, shop, Number(sold)]), [
      [null, "Oslo", 1],
      ["2026-01-31", "Rabat", 2],
      ["2026-01-31", "Oslo", 3],
      ["2026-02-01", "A/B", 5],
    ]);
  });
});

test("convert --max-file-rows rolls files, and --json tells what a commit needs", async () => {
  await inFolder(async (folder) => {
    const input = join(folder, "sales.csv"), output = join(folder, "sales");
    await writeFile(input, CSV);
    const { code, out, err } = await runCli([
      "convert",
      input,
      "-o",
      output,
      "--max-file-rows",
      "3",
      "--max-file-bytes",
      "256MB",
      "--json",
    ]);
    assert.equal(code, 0, err);
    const { rows, files } = JSON.parse(out);
    assert.equal(rows, 4);
    assert.deepEqual(files.map((file: { rows: number }) => file.rows), [3, 1]);
    assert.deepEqual(
      (await readdir(output)).sort(),
      files.map((file: { path: string }) => file.path).sort(),
    );
  });
});

test("convert to a folder refuses what cannot be one, and leaves nothing behind", async () => {
  await inFolder(async (folder) => {
    const input = join(folder, "sales.csv"), output = join(folder, "sales");
    await writeFile(input, CSV);
    const by = ["--partition-by", "day"];
    const refused: [args: string[], message: RegExp][] = [
      [[...by], /OUTPUT is required with --partition-by/],
      [[...by, "-o", "-"], /OUTPUT is required with --partition-by/],
      [[...by, "-o", input], /it is a file, not a folder/],
      [["--partition-by", "dya", "-o", output], /sales\.csv: .*"dya"/],
      [["--max-file-bytes", "many", "-o", output], /--max-file-bytes/],
      [[...by, "-o", output, "--types", "sold=bool"], /line 2, column "sold"\); set --types/],
    ];
    for (const [args, message] of refused) {
      const { code, err } = await runCli(["convert", input, ...args]);
      assert.equal(code, 2, err);
      assert.match(err, message);
      assert.deepEqual(await readdir(folder), ["sales.csv"], args.join(" "));
    }
  });
});
