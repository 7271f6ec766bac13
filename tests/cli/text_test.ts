/** Texts on the command line: converted, looked at, and refused in words that help. */

import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { toParquet, verifyParquet } from "../../mod.ts";
import { parseSchemaCode } from "../../src/cli/schema_text.ts";
import { schema, t } from "../../mod.ts";
import { inFolder, runCommand } from "./run_cli.ts";

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
      const { code, err } = await runCommand([
        "convert",
        join(folder, name),
        "-o",
        output,
        "-c",
        "LZ4",
      ]);
      assert.equal(code, 0, `${name}: ${err}`);
      assert.deepEqual(await verifyParquet(output), []);
      const cat = await runCommand(["cat", output]);
      assert.equal(cat.out, ROWS, name);
    }
    const csv = await runCommand([
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
    const table = await runCommand(["head", join(folder, "a.csv.parquet"), "--format", "table"]);
    assert.equal(table.out.split("\n").length, 4, table.out);
    const json = await runCommand(["cat", join(folder, "a.csv.parquet"), "--format", "json"]);
    assert.equal(JSON.parse(json.out).length, 2);
    const count = await runCommand(["rowcount", join(folder, "[ab].*.parquet")]);
    assert.match(count.out, /^2 .*\n2 .*\n4 total\n$/);
    const found = await runCommand(["schema", join(folder, "a.csv.parquet")]);
    assert.match(found.out, /optional int64 id.*;\n.*STRING/s);
    const meta = await runCommand(["meta", join(folder, "a.csv.parquet")]);
    assert.match(meta.out, /2 rows, 4 columns/);
    const wrong = await runCommand(["head", join(folder, "a.csv.parquet"), "--columns", "nam"]);
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
    const joined = await runCommand(["convert", join(folder, "*.csv"), "--output", all]);
    assert.equal(joined.code, 0, joined.err);
    assert.equal((await runCommand(["cat", all])).out, '{"id":1}\n{"id":2}\n');
    await writeFile(join(folder, "3.csv"), "id\n007\n");
    const codes = await runCommand(["convert", join(folder, "*.csv"), "--output", all, "--force"]);
    assert.equal(codes.code, 2, "007 is no number of the first file's column");
    assert.match(codes.err, /3\.csv.*"007".*leading zeros/);
    await rm(join(folder, "3.csv"));
    await writeFile(join(folder, "1.ndjson"), '{"d":"2026-01-31"}\n');
    await writeFile(join(folder, "2.ndjson"), '{"d":5}\n');
    const counts = await runCommand(["convert", join(folder, "*.ndjson"), "-o", all, "--force"]);
    assert.equal(counts.code, 2, "5 is no day of the first file's column");
    assert.match(counts.err, /2\.ndjson.*"5"/);
    await mkdir(join(folder, "sub"));
    const placed = await runCommand(["convert", join(folder, "1.csv"), join(folder, "sub")]);
    assert.equal(placed.code, 0, placed.err);
    assert.equal((await runCommand(["rowcount", join(folder, "sub", "1.parquet")])).out, "1\n");
    const code = await runCommand(["schema", "--infer", join(folder, "1.csv")]);
    assert.equal(code.out, "schema({\n  id: t.int64().nullable(),\n});\n".replace("});", "})"));
    const file = join(folder, "schema.ts");
    await writeFile(
      file,
      `import { schema, t } from "x";\nexport default ${code.out.replace("int64", "int16")};\n`,
    );
    const piped = await runCommand(
      ["convert", "-", "-", "--schema", file],
      new TextEncoder().encode("id\n7\n"),
    );
    assert.equal(piped.code, 0, piped.err);
    const dry = await runCommand(
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
    const failed = await runCommand(["convert", first, "--types", "id=int32"]);
    assert.equal(failed.code, 2);
    assert.match(
      failed.err,
      /"b" as int32.*\(line 3, column "id"\); set --types 'id=utf8' or --on-error skip\n$/,
    );
    const skipped = await runCommand([
      "convert",
      path,
      "--types",
      "id=int32",
      "--on-error",
      "skip",
    ]);
    assert.equal(skipped.code, 0, skipped.err);
    assert.match(skipped.err, /2 records skipped:\n/);
    assert.match(skipped.err, /line 3, column id: .*\n/);
    assert.match(skipped.err, /line 4: there is 1 cell, 2 expected\n/);
    assert.equal((await runCommand(["cat", output])).out, '{"id":1,"x":2}\n');
    const cases: [string[], RegExp][] = [
      [[path, join(folder, "o.csv")], /it does not end in \.parquet \(use --force to write it\)/],
      [[path, "--types", "id"], /expected column=type/],
      [[path, "--types", "id=int23"], /no such type/],
      [[path, "--schema", "schema({ id: t.what() })"], /Cannot read --schema/],
      [[path, "--from", "excel"], /expected arrow, csv/],
      [[path, "--from", "json", "--delimiter", ";"], /Cannot use --delimiter: the input is JSON/],
      [[path, "--schema", "nothing.ts"], /--schema nothing\.ts: no such file or directory$/m],
      [
        [path, "--types", "ids=int32"],
        /Cannot read .*a\.csv: it has no column of this name; did you mean "id"/,
      ],
      [[path, "--quote", "''"], /--quote: expected one ASCII character/],
      [[path, "--on-error", "ignore"], /"error" or "skip"/],
      [[path, "--delimiter", "::"], /one ASCII character/],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await runCommand(
        ["convert", ...args, "--force"].slice(0, args[1]?.endsWith("o.csv") ? -1 : undefined),
      );
      assert.equal(code, 2, `${args}: ${err}`);
      assert.match(err, message);
    }
    const array = join(folder, "array.ndjson");
    await writeFile(array, '[{"a":1}]');
    assert.match((await runCommand(["convert", array])).err, /it is an array.*set --from json or/);
    assert.equal((await readFile(path, "utf8")).length, 15);
    assert.match((await runCommand(["help", "conver"])).err, /'conver' \(Did you mean convert\?\)/);
    const unknown = await runCommand(["conver", path]);
    assert.match(unknown.err, /Did you mean convert\?/);
    assert.match((await runCommand(["help", "cat"])).out, /^Usage: parquet-ext cat/);
  });
});

test("inputs that are not what they seem are told by name, with the flag to set", async () => {
  await inFolder(async (folder) => {
    const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
    const wide = (text: string) => latin1(text.replace(/./gs, "$&\0"));
    const cases: [string, Uint8Array | string, RegExp, string[]?][] = [
      [
        "a.csv",
        latin1("id,name\n1,M\xfcller\n"),
        /not UTF-8 \(0xfc at byte 11\); set --text-encoding, such as windows-1252$/,
      ],
      [
        "b.csv",
        wide("id,name\n1,x\n"),
        /looks like UTF-16 without a byte order mark; set --text-encoding utf-16le$/,
      ],
      [
        "c.csv",
        latin1("PK\x03\x04\0\0\0\0"),
        /this is a zip file \(or a spreadsheet\), not CSV; unpack it first/,
      ],
      ["d.csv", "<!DOCTYPE html><html>no, not found</html>", /this is an HTML page, not CSV/],
      ["e.bin", latin1("\xfd7zXZ\0\0\0"), /this is an xz file; decompress it first/],
      [
        "f.csv",
        'a,b\n1,x\n2,"x"y\n',
        /f\.csv: .* \(line 3\); set --quote none or --on-error skip$/,
      ],
      [
        "g.ndjson",
        '{"a":1}\n{"a":"x"}\n',
        /g\.ndjson: .*column "a": .*; set --types 'a=json' or --schema$/,
      ],
      [
        "h.ndjson",
        '{"a":1}\n{"a":2,"z":1}\n',
        /\(line 2, column "z"\); set a larger --infer-rows or --schema or --on-error skip$/,
        ["--infer-rows", "1"],
      ],
      [
        "i.ndjson",
        '{"a":1}\n{"a":2\n',
        /i\.ndjson: .* not JSON: [^(]*\(line 2\); set --on-error skip$/,
      ],
      ["j.json", '[{"a":1},', /Cannot read \S*j\.json: its array is not closed$/],
      [
        "k.parquet",
        latin1("PARE" + "\0".repeat(30) + "PARE"),
        /Cannot read the file: its footer is encrypted$/,
      ],
    ];
    for (const [name, bytes, message, flags = []] of cases) {
      await writeFile(join(folder, name), bytes);
      const args = ["convert", join(folder, name), join(folder, "o.parquet"), ...flags];
      const { code, err } = await runCommand(args);
      assert.equal(code, 2, `${name}: ${err}`);
      assert.match(err.trimEnd(), message);
      assert.match(err, new RegExp(name.replace(".", "\\.")));
    }
    const output = join(folder, "o.parquet");
    const read = async (name: string, ...flags: string[]) => {
      const { err, code } = await runCommand([
        "convert",
        join(folder, name),
        output,
        "-f",
        ...flags,
      ]);
      assert.equal(code, 0, err);
      return (await runCommand(["cat", output])).out;
    };
    assert.equal(
      await read("a.csv", "--text-encoding", "windows-1252"),
      '{"id":1,"name":"Müller"}\n',
    );
    assert.equal(await read("b.csv", "--text-encoding", "utf-16le"), '{"id":1,"name":"x"}\n');
    // With its mark it says itself what it is, and few bytes are not zeros.
    await writeFile(join(folder, "m.csv"), new Uint8Array([0xff, 0xfe, ...wide("id,name\n1,x\n")]));
    assert.equal(await read("m.csv"), '{"id":1,"name":"x"}\n');
    assert.equal(
      await read("f.csv", "--quote", "none"),
      '{"a":1,"b":"x"}\n{"a":2,"b":"\\"x\\"y"}\n',
    );
    await writeFile(join(folder, "l.json"), '{"data":[{"a":1},{"a":2}],"total":2}');
    const wrapped = await runCommand(["convert", join(folder, "l.json"), output, "-f"]);
    assert.match(wrapped.err, /became one row\. For the rows in its member data:\n {2}jq \.data /);
    assert.equal(await read("g.ndjson", "--types", "a=json"), '{"a":1}\n{"a":"x"}\n');
  });
});

test("cat shows values exactly, and nothing that moves the cursor", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.parquet");
    const shape = schema({
      d: t.decimal(38, 4),
      at: t.timestamp("ns"),
      b: t.binary(),
      l: t.list(t.struct({ n: t.int64(), d: t.decimal(20, 2) })),
      m: t.map(t.utf8(), t.timestamp("ms", "UTC")),
      u: t.uuid(),
      c: t.time64("us"),
      s: t.utf8(),
    });
    const row = {
      d: "-1234567890123456789012345678901234.5",
      at: "2026-01-31T12:00:00.000000001",
      b: Uint8Array.of(0, 255),
      l: [{ n: 9007199254740993n, d: "123456789012345678.9" }],
      m: { x: new Date(1) },
      u: "00112233-4455-6677-8899-aabbccddeeff",
      c: "01:02:03.5",
      s: "\u001b[2J",
    };
    await writeFile(path, await toParquet([row], { schema: shape, parallelism: 0 }));
    const { out } = await runCommand(["cat", path]);
    assert.equal(
      out,
      '{"d":"-1234567890123456789012345678901234.5000","at":"2026-01-31T12:00:00.000000001",' +
        '"b":"0x00ff","l":[{"n":9007199254740993,"d":"123456789012345678.90"}],' +
        '"m":{"x":"1970-01-01T00:00:00.001Z"},"u":"00112233-4455-6677-8899-aabbccddeeff",' +
        '"c":"01:02:03.5","s":"\\u001b[2J"}\n',
    );
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch((await runCommand(["cat", path, "--format", "table"])).out, /\u001b/);
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

test("names of columns that are numbers are told, with the flag for data without names", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.csv"), output = join(folder, "a.parquet");
    await writeFile(path, "1,2.5,2026-01-31\n3,4,2026-02-01\n");
    const note =
      /first line was read as the names of columns: 1, 2.5, 2026-01-31.*set --no-header/s;
    assert.match((await runCommand(["convert", path])).err, note);
    assert.match((await runCommand(["convert", path, "--dry-run"])).err, note);
    for (const flags of [["--no-header"], ["-q"]]) {
      const { err } = await runCommand(["convert", path, output, "-f", ...flags]);
      assert.doesNotMatch(err, /names/);
    }
    await writeFile(path, "id,2025,2026\n3,4,5\n");
    assert.doesNotMatch((await runCommand(["convert", path, "-f"])).err, /names/);
  });
});

test("what is wrong with a flag is said by the name of the flag", async () => {
  const cases: readonly (readonly [RegExp, ...string[]])[] = [
    [/Cannot set --on-error: expected "error" or "skip"/, "--on-error", "ignore"],
    [/Cannot set --infer-rows to 0: expected/, "--infer-rows", "0"],
    [/Cannot set --delimiter: expected one ASCII character/, "--delimiter", "tab"],
    [/there is no type t.utf9; did you mean t.utf8\?/, "--schema", "schema({ a: t.utf9() })"],
  ];
  for (const [message, ...flags] of cases) {
    const { code, err } = await runCommand(["convert", "-", "o.parquet", ...flags]);
    assert.equal(code, 2);
    assert.match(err, message);
  }
});
