/** Texts on the command line: converted, looked at, and refused in words that help. */

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { toParquet, verifyParquet } from "../../mod.ts";
import { parseSchemaCode } from "../../src/cli/schema_text.ts";
import { schema, t } from "../../mod.ts";
import { inFolder, runCli } from "./run_cli.ts";

const CSV = 'id;name;price;day\n1;"a;b";1.50;2026-01-31\n9007199254740993;;2;1969-12-31\n';
const ROWS = '{"id":1,"name":"a;b","price":1.5,"day":"2026-01-31"}\n' +
  '{"id":9007199254740993,"name":null,"price":2,"day":"1969-12-31"}\n';

test("convert reads texts by content and ending, compressed or not, and cat gives them back", async () => {
  await inFolder(async (folder) => {
    const inputs: Record<string, Uint8Array | string> = {
      "a.csv": CSV,
      "b.tsv": CSV.replaceAll(";b", ",b").replaceAll(";", "\t").replaceAll(",b", ";b"),
      "c.ndjson": ROWS,
      "d.json": `[${ROWS.trim().replace("\n", ",\n")}]`,
      "e.csv.gz": gzipSync(CSV),
      "f": gzipSync(ROWS),
    };
    for (const [name, content] of Object.entries(inputs)) {
      await writeFile(join(folder, name), content);
      const output = join(folder, `${name}.parquet`);
      const { code, err } = await runCli([
        "convert",
        join(folder, name),
        "-o",
        output,
        "-c",
        "LZ4",
      ]);
      assert.equal(code, 0, `${name}: ${err}`);
      assert.deepEqual(await verifyParquet(output), []);
      const cat = await runCli(["cat", output]);
      assert.equal(cat.out, ROWS, name);
    }
    const csv = await runCli([
      "head",
      "-n",
      "1",
      join(folder, "a.csv.parquet"),
      "--format",
      "csv",
      "--columns",
      "day,name",
    ]);
    assert.equal(csv.out, "day,name\n2026-01-31,a;b\n");
    const table = await runCli(["head", join(folder, "a.csv.parquet"), "--format", "table"]);
    assert.equal(table.out.split("\n").length, 4, table.out);
    const json = await runCli(["cat", join(folder, "a.csv.parquet"), "--format", "json"]);
    assert.equal(JSON.parse(json.out).length, 2);
    const count = await runCli(["rowcount", join(folder, "[ab].*.parquet")]);
    assert.match(count.out, /^2 .*\n2 .*\n4 total\n$/);
    const found = await runCli(["schema", join(folder, "a.csv.parquet")]);
    assert.match(found.out, /optional int64 id.*;\n.*STRING/s);
    const meta = await runCli(["meta", join(folder, "a.csv.parquet")]);
    assert.match(meta.out, /2 rows, 4 columns/);
    const wrong = await runCli(["head", join(folder, "a.csv.parquet"), "--columns", "nam"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /no column "nam"; did you mean name\?/);
  });
});

test("convert joins texts, takes standard input, folders and schemas", async () => {
  await inFolder(async (folder) => {
    for (const [name, id] of [["1.csv", 1], ["2.csv", 2]]) {
      await writeFile(join(folder, `${name}`), `id\n${id}\n`);
    }
    const all = join(folder, "all.parquet");
    const joined = await runCli(["convert", join(folder, "*.csv"), "--output", all]);
    assert.equal(joined.code, 0, joined.err);
    assert.equal((await runCli(["cat", all])).out, '{"id":1}\n{"id":2}\n');
    await mkdir(join(folder, "sub"));
    const placed = await runCli(["convert", join(folder, "1.csv"), join(folder, "sub")]);
    assert.equal(placed.code, 0, placed.err);
    assert.equal((await runCli(["rowcount", join(folder, "sub", "1.parquet")])).out, "1\n");
    const code = await runCli(["schema", "--infer", join(folder, "1.csv")]);
    assert.equal(code.out, "schema({\n  id: t.int64().nullable(),\n});\n".replace("});", "})"));
    const file = join(folder, "schema.ts");
    await writeFile(
      file,
      `import { schema, t } from "x";\nexport default ${code.out.replace("int64", "int16")};\n`,
    );
    const piped = await runCli(
      ["convert", "-", "-", "--schema", file],
      new TextEncoder().encode("id\n7\n"),
    );
    assert.equal(piped.code, 0, piped.err);
    const dry = await runCli(
      [
        "convert",
        "-",
        "--dry-run",
        "--no-header",
        "--types",
        "column1=decimal(9, 2)",
        "--null",
        "NA",
      ],
      new TextEncoder().encode("NA,1.25\n3,NA\n"),
    );
    assert.equal(
      dry.out,
      "schema({\n  column0: t.int64().nullable(),\n  column1: t.decimal(9, 2).nullable(),\n})\n",
    );
  });
});

test("wrong records and wrong use are told with the flag to set", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.csv");
    await writeFile(path, "id,x\n1,2\nb,3\n4\n");
    const output = join(folder, "a.parquet");
    const first = join(folder, "first.csv");
    await writeFile(first, "id,x\n1,2\nb,3\n");
    const failed = await runCli(["convert", first, "--types", "id=int32"]);
    assert.equal(failed.code, 2);
    assert.match(
      failed.err,
      /"b" as int32.*\(line 3, column "id"\); set --types 'id=utf8' or --on-error skip\n$/,
    );
    const skipped = await runCli(["convert", path, "--types", "id=int32", "--on-error", "skip"]);
    assert.equal(skipped.code, 0, skipped.err);
    assert.match(skipped.err, /2 records skipped:\n/);
    assert.match(skipped.err, /line 3, column id: .*\n/);
    assert.match(skipped.err, /line 4: there is 1 cell, 2 expected\n/);
    assert.equal((await runCli(["cat", output])).out, '{"id":1,"x":2}\n');
    const cases: [string[], RegExp][] = [
      [[path, join(folder, "o.csv")], /its ending is not that of Parquet \(--force writes it\)/],
      [[path, "--types", "id"], /expected column=type/],
      [[path, "--types", "id=int23"], /no such type/],
      [[path, "--schema", "schema({ id: t.what() })"], /Cannot read --schema/],
      [[path, "--from", "excel"], /expected arrow, csv/],
      [[path, "--from", "json", "--delimiter", ";"], /Cannot use --delimiter: the input is json/],
      [[path, "--on-error", "ignore"], /"error" or "skip"/],
      [[path, "--delimiter", "::"], /one ASCII character/],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await runCli(
        ["convert", ...args, "--force"].slice(0, args[1]?.endsWith("o.csv") ? -1 : undefined),
      );
      assert.equal(code, 2, `${args}: ${err}`);
      assert.match(err, message);
    }
    assert.equal((await readFile(path, "utf8")).length, 15);
    const unknown = await runCli(["conver", path]);
    assert.match(unknown.err, /Did you mean convert\?/);
    assert.match((await runCli(["help", "cat"])).out, /^Usage: parquet-ext cat/);
  });
});

test("cat shows values exactly, and nothing that moves the cursor", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.parquet");
    const shape = schema({
      d: t.decimal(38, 4),
      at: t.timestamp("ns"),
      b: t.binary(),
      l: t.list(t.struct({ n: t.int64() })),
      s: t.utf8(),
    });
    const row = {
      d: "-1234567890123456789012345678901234.5",
      at: "2026-01-31T12:00:00.000000001",
      b: Uint8Array.of(0, 255),
      l: [{ n: 9007199254740993n }],
      s: "\u001b[2J",
    };
    await writeFile(path, await toParquet([row], { schema: shape, parallelism: 0 }));
    const { out } = await runCli(["cat", path]);
    assert.equal(
      out,
      '{"d":"-1234567890123456789012345678901234.5000","at":"2026-01-31T12:00:00.000000001",' +
        '"b":"0x00ff","l":[{"n":9007199254740993}],"s":"\\u001b[2J"}\n',
    );
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch((await runCli(["cat", path, "--format", "table"])).out, /\u001b/);
  });
});

test("parseSchemaCode() reads what schemas print", () => {
  const all = schema({
    a: t.int64().nullable().fieldId(3),
    "b c": t.decimal(10, 2).metadata({ "k": 'v"1' }),
    s: t.struct({ l: t.list(t.utf8().nullable()), m: t.map(t.utf8(), t.timestamp("ms", "UTC")) }),
    j: t.json().nullable(),
  }, { unit: "m" });
  assert.deepEqual(parseSchemaCode(String(all)).toJSON(), all.toJSON());
  assert.throws(() => parseSchemaCode("process.exit()"), /Cannot read --schema/);
});
