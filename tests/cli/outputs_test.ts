/** Names of outputs, and rows of several files in one output. */

import assert from "node:assert/strict";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fromCsv, schema, t, writeParquet } from "../../mod.ts";
import { inFolder, runCommand } from "./run_cli.ts";

test("names that say that a file is not Parquet need --force, for convert and merge", async () => {
  await inFolder(async (folder) => {
    const csv = join(folder, "a.csv"), file = join(folder, "a.parquet");
    await writeFile(csv, "id\n1\n");
    await writeParquet(fromCsv(csv), file);
    for (const name of ["o.csv", "o.xml", "o.tmp", "o.sqlite3"]) {
      const output = join(folder, name);
      for (const args of [["convert", csv, "-o", output], ["merge", file, file, "-o", output]]) {
        const { code, err } = await runCommand(args);
        assert.equal(code, 2, `${args}: ${err}`);
        assert.match(err, /it does not end in \.parquet \(use --force to write it\)/);
        await assert.rejects(stat(output));
        assert.equal((await runCommand([...args, "--force"])).code, 0);
        await rm(output);
      }
    }
    for (const name of ["o", "o.2026", "o.pq", "o.geoparquet", "O.PARQUET"]) {
      const { code, err } = await runCommand(["convert", csv, "-o", join(folder, name)]);
      assert.equal(code, 0, `${name}: ${err}`);
    }
    await mkdir(join(folder, "there"));
    const cases: [string[], RegExp][] = [
      [["merge", file, file, "-o", join(folder, "there")], /it is a directory; name a file in it/],
      [["convert", csv, "-o", `${join(folder, "new")}/`], /there is no such directory/],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await runCommand(args);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
  });
});

test("cat: rows of several files as CSV have one header; other columns are refused", async () => {
  await inFolder(async (folder) => {
    const here = (name: string) => join(folder, name);
    const ab = schema({ a: t.int64(), b: t.float64() });
    await writeParquet([], here("empty.parquet"), { schema: ab });
    await writeParquet([{ a: 1, b: -0 }], here("one.parquet"), { schema: ab });
    await writeParquet([{ b: 1, c: 2 }], here("other.parquet"), {
      schema: schema({ b: t.float64(), c: t.int64() }),
    });
    const files = ["empty.parquet", "one.parquet", "one.parquet"].map(here);
    const { out, code } = await runCommand(["cat", ...files, "--format", "csv"]);
    assert.equal(code, 0);
    assert.equal(out, "a,b\n1,-0\n1,-0\n");
    const mixed = [here("one.parquet"), here("other.parquet")];
    const refused = await runCommand(["cat", ...mixed, "--format", "csv"]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /other\.parquet as CSV: its columns are not those of .*one\.parquet/);
    const common = await runCommand(["cat", ...mixed, "--format", "csv", "--columns", "b"]);
    assert.equal(common.out, "b\n-0\n1\n");
    assert.equal(
      (await runCommand(["cat", ...mixed, "--format", "ndjson"])).out,
      '{"a":1,"b":-0}\n{"b":1,"c":2}\n',
    );
  });
});

test("hints name the command's own help, and --infer for a schema of other files", async () => {
  await inFolder(async (folder) => {
    const csv = join(folder, "a.csv");
    await writeFile(csv, "id,name\n1,x\n");
    assert.match(
      (await runCommand(["convert", csv, "--nope"])).err,
      /unknown option '--nope' \(see parquet-ext help convert\)/,
    );
    assert.match((await runCommand(["schema", csv])).err, /not Parquet .*; --infer reads CSV/);
    const dry = await runCommand(["convert", csv, "--dry-run", "--json"]);
    assert.equal(
      JSON.stringify(schema(JSON.parse(dry.out))),
      JSON.stringify(schema({ id: t.int64().nullable(), name: t.utf8().nullable() })),
    );
  });
});
