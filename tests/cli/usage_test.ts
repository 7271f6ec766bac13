import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { WRITER_FLAGS, writerOptions } from "../../src/cli/writer_flags.ts";
import { inFolder, runCli, runCommand } from "./run_cli.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

for (const args of [["--help"], ["convert", "--help"], ["inspect", "-h"], ["verify", "--help"]]) {
  test(`parquet-ext ${args.join(" ")} fits a screen`, async () => {
    const { code, out, err } = await runCommand(args);
    assert.equal(code, 0);
    assert.equal(err, "");
    const lines = out.trimEnd().split("\n");
    assert.match(lines[0]!, /^Usage: parquet-ext/);
    assert.ok(lines.length <= 56, `${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 80, line);
  });
}

test("parquet-ext --version prints the package's version", async () => {
  assert.deepEqual((await runCli(["--version"])).out, `${version}\n`);
});

test("parquet-ext without a command shows its help, as an error", async () => {
  const { code, out, err } = await runCli([]);
  assert.equal(code, 2);
  assert.equal(out, "");
  assert.match(err, /^Usage: parquet-ext[\s\S]*convert[\s\S]*inspect/);
});

test("wrong use is one clear line and exit code 2", async () => {
  await inFolder(async (folder) => {
    const here = (name: string) => join(folder, name);
    const cases: [string[], RegExp][] = [
      [["frobnicate"], /unknown command 'frobnicate'/],
      [["--frobnicate"], /unknown option '--frobnicate'/],
      [["convert"], /missing required argument 'input'/],
      [["convert", "a", "b", "c"], /Cannot read a: no such file or directory$/],
      [["convert", here("*.arrow")], /Cannot read .*\*\.arrow: no file matches$/],
      [["convert", "a", "--forse"], /unknown option '--forse' \(Did you mean --force\?\)/],
      [["convert", "a", "--compression"], /option '-c, --compression <codec>' argument missing/],
      [["convert", "a", "--compression", "lzo"], /"compression" to "lzo": expected one of.*"zstd"/],
      [["convert", "a", "--compression-level", "3x"], /--compression-level to "3x"/],
      [["convert", "a", "--compression-level", "23"], /"compressionLevel".*23/],
      [["convert", "a", "--memory-budget", "lots"], /--memory-budget to "lots": expected bytes/],
      [["convert", "a", "--options", "{"], /Cannot read --options: /],
      [["convert", "a", "--options", "[1]"], /Cannot read --options: expected a JSON object/],
      [["convert", "a", "--options", '{"compresion":1}'], /did you mean "compression"\?/],
      [["convert", "a", "--options", '{"signal":{}}'], /"signal" in --options/],
      [["convert", "a", "--options", '{"__proto__":{}}'], /Cannot use option "__proto__"/],
      [["convert", here("nothing.arrow")], /nothing\.arrow: no such file or directory$/],
      [["convert", folder], /it is a directory$/],
      [["convert", "-"], /OUTPUT is required when INPUT is `-`/],
      [["convert", "-", "-", "--json"], /both the file and --json/],
      [["inspect"], /missing required argument 'file'/],
      [["inspect", here("nothing.parquet")], /nothing\.parquet: no such file or directory$/],
      [["inspect", folder], /it is a directory$/],
      [["verify"], /missing required argument 'files'/],
      [["verify", "some.parquet", "--strict"], /unknown option '--strict'/],
      [["verify", here("nothing.parquet")], /nothing\.parquet: no such file or directory$/],
      [["verify", folder], /it is a directory$/],
      [["verify", "-", "-"], /standard input more than once$/],
      [["inspect", here("[ab]?.parquet")], /no file matches$/],
    ];
    for (const [i, [args, message]] of cases.entries()) {
      // The first as a process: that ends as its exit code says.
      const { code, out, err } = await (i === 0 ? runCli : runCommand)(args);
      const what = `${args.join(" ")}: ${err}`;
      assert.equal(code, 2, what);
      assert.equal(out, "", what);
      assert.match(err, /^parquet-ext: [^\n]+\n$/, what);
      assert.match(err.trimEnd(), message, what);
    }
  });
});

test("PARQUET_EXT_DEBUG shows the stack", async () => {
  const { code, err } = await runCli(["inspect", "nothing"], undefined, { PARQUET_EXT_DEBUG: "1" });
  assert.equal(code, 2);
  assert.match(err, /^parquet-ext: Cannot read nothing[\s\S]*\n\s+at /);
});

test("writerOptions() lets flags override --options", () => {
  const json = '{"compression":"gzip","compressionLevel":9,"columns":{"a":{"encoding":"PLAIN"}}}';
  const flags = (entries: [string, unknown][]) =>
    new Map(entries) as Parameters<typeof writerOptions>[1];
  assert.deepEqual({ ...writerOptions(json, flags([["compressionLevel", 3]])) }, {
    compression: "gzip",
    compressionLevel: 3,
    columns: { a: { encoding: "PLAIN" } },
  });
  // The level belongs to the codec that it was given with.
  assert.deepEqual({ ...writerOptions(json, flags([["compression", "snappy"]])) }, {
    compression: "snappy",
    columns: { a: { encoding: "PLAIN" } },
  });
  assert.equal(writerOptions(json, flags([["compression", "gzip"]])).compressionLevel, 9);
  assert.deepEqual({ ...writerOptions(undefined, flags([])) }, {});
});

test("every flag is an option of the library that takes what the flag gives", () => {
  const texts: Record<string, string> = {
    compression: "gzip",
    compressionLevel: "5",
    encoding: "PLAIN",
    writerVersion: "2.0",
    statisticsEnabled: "chunk",
    profile: "compat",
  };
  for (const { flags, option, parse, help } of WRITER_FLAGS) {
    assert.match(flags, /^(?:-[a-z], )?--[a-z-]+( <[a-z]+>)?$/);
    assert.ok(help.length <= 40, help);
    const value = parse(flags.includes("<") ? texts[option] ?? "64" : true);
    assert.equal(writerOptions(undefined, new Map([[option, value]]))[option], value);
  }
  const flags = WRITER_FLAGS.map(({ flags }) => flags.split(" ")[0]);
  assert.equal(new Set(flags).size, flags.length);
});
