/**
 * `examples/scale-out` with a real Redis: four worker processes that are killed at random, a Redis that restarts, a run that is planned
 * twice. Every row is in the table once. Needs `redis-server` and runs on Node, on which the example is shown.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Float64, Int64, Table, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { linesOf } from "../../examples/scale-out/byte_source.ts";
import { attemptsPerCommit, outlook } from "../../examples/scale-out/arithmetic.ts";
import { listParts } from "../../examples/scale-out/parts.ts";
import { readPart, schemaOf } from "../../examples/scale-out/read_part.ts";
import { readParquetMetadata, schema, t, toParquet } from "../../mod.ts";
import { openStore } from "../../src/store/open_store.ts";
import { readTable } from "../delta/log_reader.ts";
import { query } from "../support/duckdb.ts";

const onNode = process.versions["bun"] === undefined && process.versions["deno"] === undefined;
const hasRedis = onNode && spawnSync("redis-server", ["--version"]).status === 0;
const skip = !onNode ? "runs on Node" : !hasRedis && "redis-server is not here";

const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/scale-out/${name}`, import.meta.url));

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Inputs of every kind with ids from 0 on; how many rows they have. */
async function writeInputs(folder: string): Promise<number> {
  let id = 0;
  const ids = (count: number) => Array.from({ length: count }, () => id++);
  for (let i = 0; i < 6; i++) {
    const lines = ids(3000).map((n) => `${n},"name ${n % 50}\n with a break",${n / 4}`);
    writeFileSync(join(folder, `part_${i}.csv`), `id,name,price\n${lines.join("\n")}\n`);
  }
  const lines = ids(20_000).map((n) => JSON.stringify({ id: n, name: `n ${n}`, price: n / 4 }));
  writeFileSync(join(folder, "lines.ndjson"), lines.join("\n"));
  writeFileSync(
    join(folder, "rows.json"),
    JSON.stringify(ids(500).map((n) => ({ id: n, name: null, price: 1.5 }))),
  );
  const table = () => {
    const numbers = ids(1000);
    return new Table({
      id: vectorFromArray(numbers.map(BigInt), new Int64()),
      // No dictionary: a file cannot replace one.
      name: vectorFromArray(numbers.map((n) => `arrow ${n}`), new Utf8()),
      price: vectorFromArray(numbers.map((n) => n / 4), new Float64()),
    });
  };
  const pack = (name: string, bytes: string | Uint8Array) =>
    writeFileSync(
      join(folder, name),
      name.endsWith(".gz") ? gzipSync(bytes) : zstdCompressSync(bytes),
    );
  pack("more.csv.gz", `id,name,price\n${ids(700).map((n) => `${n},,${n / 4}`).join("\n")}\n`);
  pack("more.ndjson.zst", ids(700).map((n) => JSON.stringify({ id: n, price: n / 4 })).join("\n"));
  pack("more.json.gz", JSON.stringify(ids(300).map((n) => ({ id: n, name: "j", price: 2 }))));
  pack("more.arrow.gz", tableToIPC(table(), "file"));
  pack("more.arrows.zst", tableToIPC(table(), "stream"));
  const parquet = (count: number) =>
    toParquet({
      id: BigInt64Array.from(ids(count), BigInt),
      name: Array.from({ length: count }, (_, i) => `parquet ${i}`),
      price: new Float64Array(count).fill(0.5),
    }, { maxRowGroupRowCount: 3000, compression: "uncompressed" });
  writeFileSync(join(folder, "groups.parquet"), await parquet(20_000));
  pack("more.parquet.gz", await parquet(4000));
  const batches = Array.from({ length: 8 }, table);
  writeFileSync(
    join(folder, "batches.arrow"),
    tableToIPC(batches[0]!.concat(...batches.slice(1)), "file"),
  );
  writeFileSync(join(folder, "README.txt"), "no input");
  return id;
}

test("every row is in the table once, whoever dies", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
  const port = await freePort();
  const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}`, LOCK_MS: "1500" };
  const startRedis = () =>
    spawn("redis-server", [
      "--port",
      String(port),
      "--save",
      "",
      "--appendonly",
      "yes",
      "--appendfsync",
      "always",
      "--dir",
      folder,
    ], { stdio: "ignore" });
  const run = (name: string, ...args: string[]) =>
    spawn(process.execPath, [example(name), ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  let redis = startRedis();
  let workers: ChildProcess[] = [];
  const plans: ChildProcess[] = [];
  try {
    const inputs = join(folder, "inputs"), table = join(folder, "table");
    mkdirSync(inputs);
    const rows = await writeInputs(inputs);
    workers = Array.from({ length: 4 }, () => run("worker.ts"));
    const plan = () =>
      run("plan.ts", "--run", "nightly", "--part-bytes", "100000", "--wait", inputs, table);
    plans.push(plan());
    const done = once(plans[0]!, "exit");
    let ended = false;
    void done.then(() => ended = true);
    for (let round = 0; round < 6 && !ended; round++) {
      await sleep(700);
      // The oldest one goes, whatever it does, and a new one comes.
      workers.shift()!.kill("SIGKILL");
      workers.push(run("worker.ts"));
      if (round === 1) plans.push(plan());
      if (round === 3) {
        redis.kill("SIGKILL");
        await once(redis, "exit");
        redis = startRedis();
      }
    }
    const [status] = await done;
    assert.equal(status, 0);
    assert.equal(
      plans[1] === undefined ? 0 : plans[1].exitCode ?? (await once(plans[1], "exit"))[0],
      0,
    );
    const { version, files } = readTable(table);
    assert.equal(version, 1, "one commit");
    const paths = [...files.keys()].map((path) => `'${join(table, path)}'`);
    const [found] = await query(
      `SELECT count(*), count(DISTINCT id), min(id), max(id), count(price) FROM read_parquet([${paths}])`,
    );
    assert.deepEqual(found!.map(Number), [rows, rows, 0, rows - 1, rows]);
  } finally {
    for (const child of [...workers, ...plans, redis]) child.kill("SIGKILL");
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  }
});

test("big inputs are cut where they can be: each row group of Parquet is in one part", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
  try {
    const rows = await writeInputs(folder);
    const store = await openStore(folder);
    const parts = await Array.fromAsync(listParts(store, 100_000));
    const of = (key: string) => parts.filter((part) => part.key === key).map(({ range }) => range);
    const groups = of("groups.parquet");
    assert.equal(groups.length, 4);
    assert.deepEqual(groups.flatMap((one) => range(...one!)), range(0, 7));
    assert.ok(of("lines.ndjson").length > 5 && of("batches.arrow").length > 2);
    for (const key of ["part_0.csv", "more.parquet.gz", "more.ndjson.zst", "more.arrow.gz"]) {
      assert.deepEqual(of(key), [undefined]);
    }
    assert.deepEqual(
      [...new Set(parts.map(({ key }) => key))].sort(),
      readdirSync(folder).sort()
        .filter((name) => name !== "README.txt"),
    );
    const table = schema({ id: t.int64(), name: t.utf8().nullable(), price: t.float64() });
    let found = 0;
    for (const part of parts) {
      const source = await readPart(store, part, table);
      found += (await readParquetMetadata(await toParquet(source as never))).numRows;
    }
    assert.equal(found, rows);
    const groupsSchema = await schemaOf(store, { key: "groups.parquet", kind: "parquet" });
    assert.deepEqual(groupsSchema.fields.map(({ name }) => name), ["id", "name", "price"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("lines are read once, wherever ranges and chunks end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
  try {
    const text = ["a", "", "bcd", "e".repeat(40), "f", "ghi"].join("\n");
    const store = await openStore(folder);
    for (const whole of [text, `${text}\n`]) {
      writeFileSync(join(folder, "lines"), whole);
      for (let step = 1; step <= whole.length; step++) {
        let joined = "";
        for (let from = 0; from < whole.length; from += step) {
          const range = [from, Math.min(from + step, whole.length)] as const;
          for await (const bytes of linesOf(store, "lines", whole.length, range, 7)) {
            joined += new TextDecoder().decode(bytes);
          }
        }
        assert.equal(joined, whole, `ranges of ${step} bytes`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the arithmetic: more workers do more until something else is the limit", () => {
  const costs = {
    encode: 100,
    ratio: 0.25,
    upload: 200,
    request: 50,
    requestRate: 3500,
    jobRate: 2000,
    file: 256,
    part: 16,
    filesPerCommit: 100,
  };
  const [few, many] = [outlook(costs, 10), outlook(costs, 100)];
  assert.equal(few.limit, "encoding");
  assert.ok(Math.abs(many.terabytes / few.terabytes - 10) < 1e-9);
  assert.equal(
    outlook({ ...costs, file: 16, filesPerCommit: 1 }, 1000).limit,
    "commits to the log",
  );
  assert.equal(outlook({ ...costs, upload: 10 }, 10).limit, "upload");
  assert.ok(attemptsPerCommit(0.01, 50) < 1.05);
  assert.ok(attemptsPerCommit(5, 50) > 1.5);
});
