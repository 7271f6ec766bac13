import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetWriteBuffer } from "hyparquet-writer";
import { fromColumns, toParquet } from "../../mod.ts";
import { describeFile } from "../../src/file/describe_file.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import { inFolder, runCli } from "./run_cli.ts";

const FLIGHTS = fileURLToPath(
  new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url),
);

function checkLayout(out: string): string[] {
  const lines = out.trimEnd().split("\n");
  for (const line of lines) {
    assert.ok(line.length <= 100 || line.startsWith(lines[0]!), `${line.length}: ${line}`);
    assert.equal(line, line.trimEnd());
  }
  return lines;
}

test("inspect shows a file of polars", async () => {
  const { code, out, err } = await runCli(["inspect", FLIGHTS]);
  assert.equal(code, 0, err);
  const lines = checkLayout(out);
  assert.match(
    lines[0]!,
    /flights-3m\.parquet: [\d.]+ MiB, 3,000,000 rows, 5 columns, 11 row groups$/,
  );
  assert.match(out, /\n {2}optional int64 date \(TIMESTAMP\(MICROS,false\)\);\n/);
  assert.match(out, /\nrow group 0: 272,727 rows, .* → .* \(ratio 1\.\d\d\)\n/);
  assert.match(out, /\n {2}origin +PLAIN,RLE_DICTIONARY +ZSTD .* ABE +YAK\n/);
  assert.match(out, /… and 7 more row groups \(--all shows them\)\n$/);

  const all = await runCli(["inspect", FLIGHTS, "--all"]);
  assert.equal(all.out.match(/^row group \d+: /gm)?.length, 11);
});

test("inspect --json is the description, as JSON", async () => {
  const { code, out } = await runCli(["inspect", "--json", FLIGHTS]);
  assert.equal(code, 0);
  const description = describeFile(await readParquetMetadata(FLIGHTS));
  assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify(description)));
});

test("inspect shows files of hyparquet-writer and DuckDB", async () => {
  await inFolder(async (folder) => {
    const hyparquet = join(folder, "hyparquet.parquet");
    await writeFile(
      hyparquet,
      new Uint8Array(parquetWriteBuffer({
        columnData: [
          { name: "id", data: [1, 2, 3], type: "INT32" },
          { name: "flag", data: [true, false, null], type: "BOOLEAN" },
        ],
      })),
    );
    const first = await runCli(["inspect", hyparquet]);
    assert.equal(first.code, 0, first.err);
    checkLayout(first.out);
    assert.match(first.out, /: \d+ B, 3 rows, 2 columns, 1 row group\n/);
    assert.match(first.out, /\n {2}id .* 1 +3\n/);
    assert.match(first.out, /\n {2}flag .* false +true\n/);

    const duckdb = join(folder, "duckdb.parquet");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(
      `COPY (SELECT i::BIGINT AS id, {'x': [i::INTEGER]} AS nested, 'long '||repeat('text ', 30)||i AS words
        FROM range(5000) t(i)) TO '${duckdb}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    );
    const second = await runCli(["inspect", duckdb]);
    assert.equal(second.code, 0, second.err);
    checkLayout(second.out);
    assert.match(second.out, /DuckDB/);
    assert.match(second.out, /\n {2}nested\.x\.list\.element /);
    assert.match(second.out, /…/);
  });
});

test("inspect says what a tilde means, where there is one", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "long.parquet");
    for (const text of ["short", "long ".repeat(100)]) {
      await writeFile(path, await toParquet(fromColumns({ text: [text] }), { parallelism: 0 }));
      const { out } = await runCli(["inspect", path]);
      const lines = checkLayout(out);
      assert.equal(out.includes("~long"), text !== "short");
      assert.equal(lines.at(-1)!.startsWith("~: "), text !== "short", out);
      assert.ok(lines.at(-1)!.length <= 80);
    }
  });
});

test("inspect lets nothing in a file move the cursor", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "evil.parquet");
    await writeFile(
      path,
      new Uint8Array(parquetWriteBuffer({
        columnData: [
          { name: "a\u001b[2Jb", data: ["x\u001b[31m\n\u202e", "y"], type: "STRING" },
        ],
        kvMetadata: [{ key: "k\u0007", value: "v\u001b]0;title\u0007" }],
      })),
    );
    const { code, out } = await runCli(["inspect", path]);
    assert.equal(code, 0);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    assert.match(out, /a\\u\{1b\}\[2Jb/);
  });
});

test("inspect refuses what is not a Parquet file, naming it", async () => {
  await inFolder(async (folder) => {
    const whole = await readFile(FLIGHTS);
    const cases: Record<string, Uint8Array> = {
      "empty.parquet": new Uint8Array(0),
      "text.parquet": new TextEncoder().encode("PAR1 is how it begins, and no more"),
      "truncated.parquet": whole.subarray(0, whole.length - 100),
      "corrupt.parquet": whole.map((byte, i) =>
        i > whole.length - 400 && i < whole.length - 8 ? byte ^ 0xa5 : byte
      ),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const { code, out, err } = await runCli(["inspect", path]);
      assert.equal(code, 2, `${name}: ${err}`);
      assert.equal(out, "");
      assert.match(err, /^parquet-ext: [^\n]+\n$/);
      assert.ok(err.includes(name), err);
    }
  });
});
