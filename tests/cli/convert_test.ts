import assert from "node:assert/strict";
import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  DateMillisecond,
  DenseUnion,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { defaultOutput } from "../../src/cli/convert.ts";
import { summaryText } from "../../src/cli/summary.ts";
import { describeFile, type FileDescription } from "../../src/file/describe_file.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import { inFolder, runCli, startCli, untilWaiting } from "./run_cli.ts";
import { verified } from "../support/verified.ts";

const ROWS = 3000;

function sample(rows = ROWS): Table {
  const index = Array.from({ length: rows }, (_, i) => i);
  return new Table({
    id: vectorFromArray(index.map((i) => BigInt(i) * 7n), new Int64()),
    name: vectorFromArray(index.map((i) => i % 5 === 0 ? null : `name ${i % 37}`), new Utf8()),
    city: vectorFromArray(
      index.map((i) => ["Oslo", "Quito", "Rabat"][i % 3]!),
      new Dictionary(new Utf8(), new Int32()),
    ),
    score: vectorFromArray(index.map((i) => Math.sin(i)), new Float64()),
  });
}

const FILE = tableToIPC(sample(), "file");
const STREAM = tableToIPC(sample(), "stream");

async function rowsOf(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  return await parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors });
}

async function checkRows(bytes: Uint8Array): Promise<void> {
  const rows = await rowsOf(await verified(bytes));
  assert.equal(rows.length, ROWS);
  rows.forEach((row, i) => {
    assert.deepEqual({ ...row }, {
      id: BigInt(i) * 7n,
      name: i % 5 === 0 ? null : `name ${i % 37}`,
      city: ["Oslo", "Quito", "Rabat"][i % 3],
      score: Math.sin(i),
    });
  });
}

async function describe(path: string): Promise<FileDescription> {
  return describeFile(await readParquetMetadata(path));
}

for (const [kind, bytes] of [["file", FILE], ["stream", STREAM]] as const) {
  test(`convert reads an Arrow IPC ${kind} and says what it did`, async () => {
    await inFolder(async (folder) => {
      const input = join(folder, "trips.arrow");
      await writeFile(input, bytes);
      const { code, out, err } = await runCli(["convert", input]);
      assert.equal(code, 0, err);
      assert.equal(out, "");
      const output = join(folder, "trips.parquet");
      await checkRows(await readFile(output));
      assert.match(
        err,
        /^[^\n]*trips\.parquet: 3,000 rows, [\d.]+ KiB → [\d.]+ KiB \(ratio [\d.]+\),\s+[\d.]+ s, [\d.,]+ MiB\/s(?:, \d+ workers?)?\n$/,
      );
      assert.deepEqual((await readdir(folder)).sort(), ["trips.arrow", "trips.parquet"]);
    });
  });
}

test("convert reads standard input and writes standard output", async () => {
  for (const bytes of [FILE, STREAM]) {
    const { code, stdout, err } = await runCli(["convert", "-", "-"], bytes);
    assert.equal(code, 0, err);
    await checkRows(stdout);
    assert.match(err, /^standard output: 3,000 rows/);
  }
});

test("convert --json gives the summary as JSON, --quiet gives none", async () => {
  await inFolder(async (folder) => {
    const output = join(folder, "out.parquet");
    const { code, out, err } = await runCli(["convert", "-", output, "--json"], STREAM);
    assert.equal(code, 0, err);
    assert.equal(err, "");
    const summary = JSON.parse(out);
    assert.equal(summary.input, "standard input");
    assert.equal(summary.output, output);
    assert.equal(summary.rows, ROWS);
    assert.equal(summary.rowGroups, 1);
    assert.equal(summary.bytesIn, STREAM.length);
    assert.equal(summary.bytesOut, (await stat(output)).size);
    assert.ok(summary.milliseconds > 0 && summary.mebibytesPerSecond > 0);

    const quiet = await runCli(["convert", "-", output, "--quiet", "--force"], STREAM);
    assert.deepEqual([quiet.code, quiet.out, quiet.err], [0, "", ""]);
  });
});

test("convert refuses to overwrite, unless forced", async () => {
  await inFolder(async (folder) => {
    const input = join(folder, "in.arrow"), output = join(folder, "out.parquet");
    await writeFile(input, FILE);
    await writeFile(output, "precious");
    const refused = await runCli(["convert", input, output]);
    assert.equal(refused.code, 2);
    assert.match(
      refused.err,
      /^parquet-ext: Cannot write .*out\.parquet: it exists already \(--force replaces it\)\n$/,
    );
    assert.equal(await readFile(output, "utf8"), "precious");

    const forced = await runCli(["convert", input, output, "-f"]);
    assert.equal(forced.code, 0, forced.err);
    await checkRows(await readFile(output));
  });
});

test("convert refuses targets that cannot be", async () => {
  await inFolder(async (folder) => {
    const input = join(folder, "in.arrow");
    await writeFile(input, FILE);
    const link = join(folder, "link.parquet");
    await symlink(input, link);
    const cases: [string, RegExp][] = [
      [join(folder, "no", "where.parquet"), /there is no directory .*no$/],
      [input, /onto itself$/],
      [link, /onto itself$/],
      ["", /its path is empty$/],
    ];
    for (const [output, message] of cases) {
      const { code, err } = await runCli(["convert", input, output, "--force"]);
      assert.equal(code, 2, err);
      assert.match(err, /^parquet-ext: [^\n]+\n$/);
      assert.match(err.trimEnd(), message);
    }
    assert.ok((await readFile(input)).equals(FILE));
    assert.equal((await readdir(folder)).length, 2);
  });
});

test("convert refuses input that is not Arrow IPC, naming it, and leaves nothing", async () => {
  await inFolder(async (folder) => {
    const cases: Record<string, Uint8Array> = {
      "empty.arrow": new Uint8Array(0),
      "text.arrow": new TextEncoder().encode("id,name\n1,one\n2,two\n"),
      "zeros.arrow": new Uint8Array(4096).fill(0x55),
      "truncated.arrow": STREAM.subarray(0, STREAM.length >> 1),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      const input = join(folder, name);
      await writeFile(input, bytes);
      for (const from of [input, "-"]) {
        // Without a name it may as well be CSV.
        if (from === "-" && /text|zeros/.test(name)) continue;
        const args = [from, join(folder, "out.parquet")];
        const { code, out, err } = await runCli(["convert", ...args], bytes);
        assert.equal(code, 2, `${args[0]} ${name}: ${err}`);
        assert.equal(out, "");
        assert.match(err, /^parquet-ext: [^\n]+\n$/);
        assert.ok(err.includes(args[0] === "-" ? "standard input" : name), err);
      }
    }
    assert.deepEqual((await readdir(folder)).sort(), Object.keys(cases).sort());
  });
});

test("convert says which column Parquet cannot hold", async () => {
  const ints = makeData({ type: new Int32(), length: 2, data: Int32Array.of(1, 2) });
  const type = new DenseUnion([0], [new Field("a", new Int32())]);
  const union = makeData({
    type,
    length: 2,
    typeIds: Int8Array.of(0, 0),
    valueOffsets: Int32Array.of(0, 1),
    children: [ints],
  });
  const schema = new Schema([new Field("odd", type)]);
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: 2, children: [union] }),
  );
  const bytes = tableToIPC(new Table([batch]), "stream");
  const { code, err } = await runCli(["convert", "-", "-"], bytes);
  assert.equal(code, 2);
  assert.match(err, /^parquet-ext: standard input: [^\n]*"odd"[^\n]*\n$/);
});

test("every flag of convert has its effect", async () => {
  await inFolder(async (folder) => {
    const input = join(folder, "in.arrow");
    await writeFile(input, FILE);
    let files = 0;
    const converted = async (...flags: string[]): Promise<FileDescription & { size: number }> => {
      const output = join(folder, `${files++}.parquet`);
      const { code, err } = await runCli(["convert", input, output, ...flags]);
      assert.equal(code, 0, `${flags.join(" ")}: ${err}`);
      await checkRows(await readFile(output));
      return { ...await describe(output), size: (await stat(output)).size };
    };
    const columnsOf = (file: FileDescription) => file.rowGroups.flatMap(({ columns }) => columns);
    const plain = await converted();
    assert.ok(columnsOf(plain).every(({ codec }) => codec === "ZSTD"));
    assert.equal(plain.numRowGroups, 1);
    assert.ok(plain.keyValueMetadata.some(({ key }) => key === "ARROW:schema"));

    for (const codec of ["gzip", "uncompressed"]) {
      const file = await converted("--compression", codec);
      assert.ok(columnsOf(file).every((column) => column.codec === codec.toUpperCase()));
    }
    assert.ok((await converted("--compression-level", "19")).size < plain.size);

    const rows = await converted("--max-row-group-row-count", "1000");
    assert.deepEqual(rows.rowGroups.map(({ numRows }) => numRows), [1000, 1000, 1000]);
    assert.ok((await converted("--max-row-group-bytes", "16KiB")).numRowGroups > 1);

    const paged = await converted("--data-page-row-count-limit", "500");
    assert.ok(columnsOf(paged).every(({ numDataPages }) => numDataPages === 6));
    const sized = await converted("--data-page-size-limit", "4KiB", "--no-dictionary");
    assert.ok(columnsOf(sized).find(({ path }) => path === "score")!.numDataPages! > 1);

    assert.ok(columnsOf(plain).some(({ hasDictionaryPage }) => hasDictionaryPage));
    assert.ok(columnsOf(sized).every(({ hasDictionaryPage }) => !hasDictionaryPage));
    const again = await converted(
      "--options",
      '{"dictionaryEnabled":false}',
      "--dictionary-enabled",
    );
    assert.ok(columnsOf(again).some(({ hasDictionaryPage }) => hasDictionaryPage));
    const small = await converted("--dictionary-page-size-limit", "64");
    assert.notDeepEqual(
      columnsOf(small).find(({ path }) => path === "name")!.encodings,
      columnsOf(plain).find(({ path }) => path === "name")!.encodings,
    );
    const encoded = await converted("--encoding", "PLAIN", "--no-dictionary");
    assert.ok(columnsOf(encoded).every(({ dataEncodings }) => dataEncodings!.join() === "PLAIN"));

    const v2 = join(folder, "v2.parquet");
    await runCli(["convert", input, v2, "--writer-version", "2.0"]);
    const [group] = (await readParquetMetadata(v2)).rowGroups;
    assert.ok(
      group!.columns.every(({ metaData }) =>
        metaData.encodingStats!.some(({ pageType }) => pageType === "DATA_PAGE_V2")
      ),
    );

    const silent = await converted("--statistics-enabled", "none");
    assert.ok(columnsOf(silent).every(({ min, max }) => min === null && max === null));
    assert.ok(columnsOf(plain).every(({ min, max }) => min !== null && max !== null));
    assert.ok((await converted("--no-page-checksum")).size < plain.size);
    const bare = await converted("--skip-arrow-metadata");
    assert.ok(bare.keyValueMetadata.every(({ key }) => key !== "ARROW:schema"));
    const compat = await converted("--profile", "compat");
    assert.ok(columnsOf(compat).every(({ codec }) => codec === "SNAPPY"));
    await converted("--memory-budget", "64MiB", "--parallelism", "0");

    const mixed = await converted(
      "--compression",
      "snappy",
      "--options",
      '{"compression":"gzip","columns":{"id":{"compression":"lz4_raw"}},"createdBy":"a test"}',
    );
    assert.equal(mixed.createdBy, "a test");
    assert.deepEqual(columnsOf(mixed).map(({ codec }) => codec), [
      "LZ4_RAW",
      "SNAPPY",
      "SNAPPY",
      "SNAPPY",
    ]);

    const refused = await runCli([
      "convert",
      input,
      "-",
      "--reproducible",
      "--compression",
      "gzip",
    ]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /"reproducible"/);
    const first = await runCli(["convert", input, "-", "--reproducible"]);
    assert.equal(first.code, 0);

    const dates = tableToIPC(
      new Table({
        day: vectorFromArray([new Date(0), new Date(86_400_000)], new DateMillisecond()),
      }),
      "stream",
    );
    const type = async (...flags: string[]) => {
      const { stdout } = await runCli(["convert", "-", "-", ...flags], dates);
      return describeFile(await readParquetMetadata(stdout)).schema.children[0]!.physicalType;
    };
    assert.equal(await type(), "INT64");
    assert.equal(await type("--coerce-types"), "INT32");
  });
});

test("convert uses as many workers as it is told to", async () => {
  const big = tableFromArrays({
    a: Int32Array.from({ length: 2_000_000 }, (_, i) => i * 7919 % 1_000_003),
    b: Float64Array.from({ length: 2_000_000 }, (_, i) => i / 3),
  });
  const bytes = tableToIPC(big, "stream");
  await inFolder(async (folder) => {
    const workers = async (count: string): Promise<number> => {
      const output = join(folder, `${count}.parquet`);
      const { code, out, err } = await runCli(
        ["convert", "-", output, "--json", "--parallelism", count],
        bytes,
      );
      assert.equal(code, 0, err);
      return JSON.parse(out).workers;
    };
    assert.equal(await workers("0"), 0);
    assert.equal(await workers("2"), 2);
    assert.ok(
      (await readFile(join(folder, "0.parquet"))).equals(await readFile(join(folder, "2.parquet"))),
    );
  });
});

/** An IPC stream that does not end: the schema and a few batches. */
function unfinished(batches: number): Uint8Array {
  const table = sample();
  const writer = new RecordBatchStreamWriter();
  for (let i = 0; i < batches; i++) writer.write(table.batches[0]!);
  return writer.toUint8Array(true);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!await condition()) {
    assert.ok(Date.now() < deadline, "it takes too long");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

if (process.platform !== "win32") {
  for (
    const [what, signal, exitCode] of [
      ["Ctrl-C", "SIGINT", 130],
      ["a request to end", "SIGTERM", 143],
      ["the end of the terminal", "SIGHUP", 129],
    ] as const
  ) {
    test(`convert leaves nothing at ${what}`, async () => {
      await inFolder(async (folder) => {
        const output = join(folder, "out.parquet");
        await writeFile(output, "precious");
        const running = startCli(
          ["convert", "-", output, "--force", "--max-row-group-row-count", "500"],
        );
        running.process.stdin!.write(unfinished(200));
        // The temporary file is there: something has been begun that is to be removed.
        await until(async () => (await readdir(folder)).length === 2);
        // Not by the child object: Deno then reports a signal, whatever the exit code.
        process.kill(running.process.pid!, signal);
        const { code, err } = await running.done;
        assert.equal(code, exitCode);
        assert.equal(err, "parquet-ext: interrupted\n");
        assert.deepEqual(await readdir(folder), ["out.parquet"]);
        assert.equal(await readFile(output, "utf8"), "precious");
      });
    });
  }

  test("convert ends at Ctrl-C while it waits for its first byte", async () => {
    await inFolder(async (folder) => {
      const running = startCli(["convert", "-", join(folder, "out.parquet")], {});
      await untilWaiting(running);
      process.kill(running.process.pid!, "SIGINT");
      const { code, err } = await running.done;
      assert.equal(code, 130);
      assert.equal(err, "parquet-ext: interrupted\n");
      assert.deepEqual(await readdir(folder), []);
    });
  });
}

if (process.platform === "linux") {
  test("convert takes no more memory for more input", async () => {
    // 400 batches of 100,000 rows of 16 bytes: 640 MB.
    const rows = 100_000;
    const table = tableFromArrays({
      a: BigInt64Array.from({ length: rows }, (_, i) => BigInt(i % 1000)),
      b: Float64Array.from({ length: rows }, (_, i) => i % 77),
    });
    const one = tableToIPC(table, "stream");
    const two = tableToIPC(new Table([table.batches[0]!, table.batches[0]!]), "stream");
    // What a second batch adds to a stream, and what stands before the first one.
    const batchBytes = two.length - one.length, END_BYTES = 8;
    const schemaBytes = one.length - batchBytes - END_BYTES;
    const batch = one.subarray(schemaBytes, schemaBytes + batchBytes);
    const BATCHES = 400;

    await inFolder(async (folder) => {
      const running = startCli([
        ...["convert", "-", join(folder, "out.parquet"), "--json"],
        ...["--memory-budget", "64MiB", "--max-row-group-row-count", "500000"],
      ]);
      const stdin = running.process.stdin!;
      const write = (bytes: Uint8Array) =>
        new Promise<void>((resolve) => stdin.write(bytes, () => resolve()));
      await write(one.subarray(0, schemaBytes));
      for (let i = 0; i < BATCHES; i++) await write(batch);
      const status = await readFile(`/proc/${running.process.pid}/status`, "utf8");
      stdin.end(one.subarray(one.length - END_BYTES));
      const { code, out, err } = await running.done;
      assert.equal(code, 0, err);
      const { rows: written, bytesIn } = JSON.parse(out);
      assert.equal(written, BATCHES * rows);
      assert.ok(bytesIn > 600e6, `${bytesIn} bytes`);
      const peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]) * 1024;
      assert.ok(peak < 450e6, `${peak} bytes`);
    });
  });
}

test("defaultOutput() replaces the endings of Arrow files", () => {
  assert.equal(defaultOutput("a/trips.arrow"), "a/trips.parquet");
  assert.equal(defaultOutput("trips.ARROWS"), "trips.parquet");
  assert.equal(defaultOutput("trips.feather"), "trips.parquet");
  assert.equal(defaultOutput("trips.ipc"), "trips.parquet");
  assert.equal(defaultOutput("trips.v2"), "trips.v2.parquet");
});

test("summaryText() is one line, or two of 80 characters at the most", () => {
  const summary = {
    input: "in.arrow",
    output: "out.parquet",
    rows: 1_000_000,
    rowGroups: 1,
    bytesIn: 50 * 2 ** 20,
    bytesOut: 10 * 2 ** 20,
    milliseconds: 100,
    mebibytesPerSecond: 500,
    workers: 1,
  };
  assert.equal(
    summaryText(summary),
    "out.parquet: 1,000,000 rows, 50.0 MiB → 10.0 MiB (ratio 5.00),\n  0.10 s, 500 MiB/s, 1 worker",
  );
  assert.equal(
    summaryText({ ...summary, rows: 1, workers: 0 }),
    "out.parquet: 1 row, 50.0 MiB → 10.0 MiB (ratio 5.00), 0.10 s, 500 MiB/s",
  );
});
