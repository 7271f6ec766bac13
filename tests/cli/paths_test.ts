/** Several files, patterns, and standard input. */

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { readParquetMetadata, toParquet, verifyParquet } from "../../mod.ts";
import { openParquetInput } from "../../src/cli/parquet_input.ts";
import { expandPaths } from "../../src/cli/paths.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { describeFile } from "../../src/file/describe_file.ts";
import { inFolder, runCli } from "./run_cli.ts";

const TABLE = tableFromArrays({ id: Int32Array.from({ length: 100 }, (_, i) => i) });
const PARQUET = await toParquet(TABLE, { parallelism: 0 });

test("expandPaths() expands patterns in order, and takes a file with such a name for itself", async () => {
  await inFolder(async (folder) => {
    await mkdir(join(folder, "sub.parquet"));
    const names = [
      "b.parquet",
      "a.parquet",
      ".hidden.parquet",
      "[ab].parquet",
      "sub.parquet/c.parquet",
    ];
    for (const name of names) await writeFile(join(folder, name), "");
    const expanded = async (...patterns: string[]) => {
      const paths = await expandPaths(patterns.map((pattern) => join(folder, pattern)));
      return paths.map((path) => path.slice(folder.length + 1));
    };
    assert.deepEqual(await expanded("*.parquet"), ["[ab].parquet", "a.parquet", "b.parquet"]);
    assert.deepEqual(await expanded("?.parquet", "b.parquet"), [
      "a.parquet",
      "b.parquet",
      "b.parquet",
    ]);
    assert.deepEqual(await expanded("[ab].parquet"), ["[ab].parquet"]);
    assert.deepEqual(await expanded("[b-c].parquet"), ["b.parquet"]);
    assert.deepEqual(await expanded("{b,x}.parquet"), ["b.parquet"]);
    assert.deepEqual(await expanded("**/c.parquet"), ["sub.parquet/c.parquet"]);
    assert.deepEqual(await expanded("nothing"), ["nothing"]);
    await assert.rejects(expanded("*.arrow"), /Cannot read .*\*\.arrow: no file matches$/);
    assert.deepEqual(await expandPaths(["-", "a"]), ["-", "a"]);
    await assert.rejects(expandPaths(["-", "a", "-"]), /standard input more than once/);
  });
});

test("verify and inspect read standard input", async () => {
  const verified = await runCli(["verify", "-"], PARQUET);
  assert.equal(verified.code, 0, verified.err);
  assert.match(verified.out, /^standard input: 0 faults \(/);
  const faulty = await runCli(["verify", "-", "--json"], PARQUET.subarray(1));
  assert.equal(faulty.code, 1, faulty.err);
  assert.equal(JSON.parse(faulty.out).file, "standard input");
  const inspected = await runCli(["inspect", "-"], PARQUET);
  assert.equal(inspected.code, 0, inspected.err);
  assert.match(inspected.out, /^standard input: [\d.]+ K?i?B, 100 rows, 1 column, 1 row group\n/);
  const json = await runCli(["inspect", "-", "--json"], PARQUET);
  assert.deepEqual(
    JSON.parse(json.out),
    JSON.parse(JSON.stringify(describeFile(await readParquetMetadata(PARQUET)))),
  );
  for (const command of ["verify", "inspect"]) {
    const { code, err } = await runCli([command, "-"], new TextEncoder().encode("PAR1"));
    assert.ok(command === "verify" ? code === 1 : code === 2, `${command}: ${code}`);
    if (command === "inspect") assert.match(err, /^parquet-ext: standard input: /);
  }
});

test("openParquetInput() holds no more of standard input than it says", async () => {
  let taken = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      taken += 10;
      yield new Uint8Array(10);
    }
  }
  const terminal = { inputIsTerminal: false, input: chunks } as unknown as Terminal;
  await assert.rejects(
    openParquetInput("-", terminal, 1000),
    /Cannot read standard input: it is larger than 1,?000 B; give the path of a file$/,
  );
  assert.equal(taken, 1010);
  await assert.rejects(
    openParquetInput("-", { ...terminal, inputIsTerminal: true }),
    /it is a terminal/,
  );
});

test("inspect shows several files, and goes on after one that cannot be read", async () => {
  await inFolder(async (folder) => {
    for (const name of ["a", "b"]) await writeFile(join(folder, `${name}.parquet`), PARQUET);
    await writeFile(join(folder, "wrong.parquet"), "no");
    const text = await runCli(["inspect", join(folder, "?.parquet")]);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /a\.parquet: [\s\S]*\n\n[^\n]*b\.parquet: /);
    const json = await runCli(["inspect", join(folder, "*.parquet"), join(folder, "c"), "--json"]);
    assert.equal(json.code, 2);
    assert.deepEqual(
      json.out.trimEnd().split("\n").map((line) => JSON.parse(line)).map((
        { file, numRows },
      ) => [file, numRows]),
      [[join(folder, "a.parquet"), 100], [join(folder, "b.parquet"), 100]],
    );
    assert.equal(json.err.trimEnd().split("\n").length, 2, json.err);
    assert.match(json.err, /wrong\.parquet: .*\n.*Cannot read .*c: no such file or directory\n$/);
  });
});

test("verify takes patterns", async () => {
  await inFolder(async (folder) => {
    for (const name of ["a", "b"]) await writeFile(join(folder, `${name}.parquet`), PARQUET);
    const { code, out } = await runCli(["verify", join(folder, "*.parquet")]);
    assert.equal(code, 0);
    assert.match(out, /a\.parquet: 0 faults[^\n]*\n[^\n]*b\.parquet: 0 faults/);
  });
});

test("convert gives each of several files an output of its own, and goes on after one that fails", async () => {
  await inFolder(async (folder) => {
    for (const name of ["a", "b", "c"]) {
      await writeFile(join(folder, `${name}.arrow`), tableToIPC(TABLE, "file"));
    }
    await writeFile(join(folder, "b.arrow"), "no Arrow");
    const { code, out, err } = await runCli(["convert", join(folder, "*.arrow"), "--json"]);
    assert.equal(code, 2);
    assert.match(err, /^parquet-ext: [^\n]*b\.arrow: [^\n]*\n$/);
    assert.deepEqual(
      out.trimEnd().split("\n").map((line) => JSON.parse(line).output),
      [join(folder, "a.parquet"), join(folder, "c.parquet")],
    );
    for (const name of ["a", "c"]) {
      assert.equal(
        (await readParquetMetadata(await readFile(join(folder, `${name}.parquet`)))).numRows,
        100,
      );
    }
    assert.equal((await readdir(folder)).length, 5);
  });
});

test("convert reads streams and files that are concatenated on standard input", async () => {
  await inFolder(async (folder) => {
    const output = join(folder, "out.parquet");
    const stream = tableToIPC(TABLE, "stream"), file = tableToIPC(TABLE, "file");
    const join2 = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
    for (
      const [bytes, rows] of [
        [join2(stream, stream, stream), 300],
        [join2(file, stream), 200],
        [join2(stream, file), 200],
        [join2(file, file), 200],
      ] as const
    ) {
      const { code, err } = await runCli(["convert", "-", output, "--force"], bytes);
      assert.equal(code, 0, err);
      assert.equal((await readParquetMetadata(output)).numRows, rows);
    }
    const other = tableToIPC(tableFromArrays({ other: ["x"] }), "stream");
    const cases: [Uint8Array, RegExp][] = [
      [join2(stream, other), /Cannot join Arrow stream 2/],
      [join2(stream, new TextEncoder().encode("id,name\n1,a\n")), /a CSV file/],
      [stream.subarray(0, 300), /truncated/],
    ];
    for (const [bytes, message] of cases) {
      const { code, err } = await runCli(["convert", "-", output, "--force"], bytes);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
    // A file that has its schema at its end is held up to a limit.
    const limits = ["--options", '{"limits":{"maxHeldBytes":100}}', "--force"];
    const held = await runCli(["convert", "-", output, ...limits], file);
    assert.equal(held.code, 2);
    assert.match(held.err, /maxHeldBytes/);
    // As a path it need not be held; a truncated one does not eat into the next.
    await writeFile(join(folder, "a.arrow"), file);
    await writeFile(join(folder, "cut.arrows"), stream.subarray(0, stream.length - 200));
    const path = await runCli(["convert", join(folder, "a.arrow"), output, ...limits]);
    assert.equal(path.code, 0, path.err);
    const cut = await runCli([
      "convert",
      join(folder, "cut.arrows"),
      join(folder, "a.arrow"),
      output,
      "--force",
    ]);
    assert.equal(cut.code, 2);
    assert.match(cut.err, /cut\.arrows: [^\n]*truncated/);
  });
});

test("convert writes several files to one output, one after the other", async () => {
  await inFolder(async (folder) => {
    const here = (name: string) => join(folder, name);
    const output = here("all.parquet");
    for (const [i, kind] of (["file", "stream", "file"] as const).entries()) {
      await writeFile(here(`${i}.arrow`), tableToIPC(TABLE, kind));
    }
    const standardInput = tableToIPC(TABLE, "stream");
    const cases: [string[], number][] = [
      [[here("*.arrow"), output], 300],
      [[here("0.arrow"), here("1.arrow"), output, "--force"], 200],
      [[here("2.arrow"), "-", here("0.arrow"), output, "--force"], 300],
    ];
    for (const [args, rows] of cases) {
      const { code, out, err } = await runCli(["convert", ...args, "--json"], standardInput);
      assert.equal(code, 0, err);
      const { numRows } = await readParquetMetadata(output);
      assert.deepEqual([JSON.parse(out).rows, numRows], [rows, rows]);
      assert.deepEqual(await verifyParquet(output), []);
    }
    await writeFile(here("3.arrow"), tableToIPC(tableFromArrays({ other: ["x"] }), "stream"));
    const wrong = await runCli(["convert", here("*.arrow"), output, "--force"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^parquet-ext: [^\n]*3\.arrow: [^\n]*\n$/);
    const itself = await runCli([
      "convert",
      here("0.arrow"),
      here("1.arrow"),
      here("0.arrow"),
      "-f",
    ]);
    assert.equal(itself.code, 2, itself.err);
    assert.match(itself.err, /onto itself$/m);
    // What a shell makes of *.arrow where there are two: the second one is not replaced.
    const two = await runCli(["convert", here("1.arrow"), here("2.arrow"), "--force", "--json"]);
    assert.equal(two.code, 0, two.err);
    assert.deepEqual(
      two.out.trimEnd().split("\n").map((line) => JSON.parse(line).output),
      [here("1.parquet"), here("2.parquet")],
    );
    assert.equal((await readParquetMetadata(output)).numRows, 300);
  });
});
