/** Files by the URLs of stores and of the web, in the library and on the command line. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, beforeEach, test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import {
  AbortError,
  ObjectNotFoundError,
  PreconditionError,
  readParquetMetadata,
  SinkError,
  toParquet,
  verifyParquet,
  writeParquet,
} from "../../mod.ts";
import { s3Sink } from "../../src/store/s3.ts";
import { runScript } from "../support/subprocess.ts";
import { FakeS3 } from "./servers/fake_s3.ts";

const server = await new FakeS3().start();
const folder = await mkdtemp(join(tmpdir(), "parquet-ext-urls-"));
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  AWS_ENDPOINT_URL_S3: server.url,
  AWS_REGION: "us-east-1",
};
// Not before the tests run: a runtime that has all files in one process may have read this one while another file's tests still run.
before(() => {
  Object.assign(process.env, ENVIRONMENT);
});
after(async () => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
  await server.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => server.reset());

const table = tableFromArrays({ id: Int32Array.from({ length: 1000 }, (_, i) => i) });
const CLI = new URL("../../src/cli/main.ts", import.meta.url);

test("writeParquet() writes to s3://, and what reads, reads from there", async () => {
  const url = "s3://bucket/folder/a b.parquet";
  const written = await writeParquet(table, url);
  const { bytes, headers } = server.objects.get("folder/a b.parquet")!;
  assert.deepEqual(new Uint8Array(bytes), await toParquet(table));
  assert.equal(headers["content-type"], "application/vnd.apache.parquet");
  for (const source of [url, new URL("s3://bucket/folder/a%20b.parquet")]) {
    assert.deepEqual(await readParquetMetadata(source), written);
    assert.deepEqual(await verifyParquet(source), []);
  }
  await assert.rejects(readParquetMetadata("s3://bucket/nothing"), ObjectNotFoundError);
  await assert.rejects(writeParquet(table, "s3://bucket/folder/"), TypeError);
  await assert.rejects(writeParquet(table, "ftp://bucket/a.parquet"), TypeError);
});

test("writeParquet() reads Arrow from s3://", async () => {
  server.objects.set("a.arrow", {
    bytes: Buffer.from(tableToIPC(table, "file")),
    tag: '"1"',
    headers: {},
    modified: new Date(),
  });
  const { numRows } = await writeParquet("s3://bucket/a.arrow", "s3://bucket/b.parquet");
  assert.equal(numRows, 1000);
});

test("a file that is replaced while it is read is an error, not a mixture", async () => {
  await writeParquet(noise(1), "s3://bucket/x.parquet", { compression: "uncompressed" });
  let reads = 0;
  server.before = ({ method }) => {
    if (method === "GET" && ++reads === 2) {
      const old = server.objects.get("x.parquet")!;
      server.objects.set("x.parquet", { ...old, tag: '"another"' });
    }
    return null;
  };
  await assert.rejects(verifyParquet("s3://bucket/x.parquet"), PreconditionError);
});

test("writeParquet() to an object that is there, with overwrite: false", async () => {
  await writeParquet(table, "s3://bucket/x.parquet");
  const before = server.objects.get("x.parquet");
  const sink = s3Sink({ bucket: "bucket", key: "x.parquet", overwrite: false });
  await assert.rejects(writeParquet(table, sink), (error) => {
    assert.ok(error instanceof SinkError);
    assert.ok(error.cause instanceof PreconditionError);
    assert.equal(error.outcome, "failed");
    return true;
  });
  assert.equal(server.objects.get("x.parquet"), before);
});

/** Batches that do not compress, a MiB each. */
function* noise(count: number): Generator<ReturnType<typeof tableFromArrays>> {
  for (let i = 0; i < count; i++) {
    const values = new BigInt64Array(2 ** 17);
    for (let at = 0; at < values.length; at += 8192) {
      crypto.getRandomValues(new Uint8Array(values.buffer, at * 8, 65536));
    }
    yield tableFromArrays({ values });
  }
}

test("parts on their way count in the memory budget, and hold writers back", async () => {
  const memoryBudget = 32 * 2 ** 20;
  let most = 0;
  server.before = async ({ query }) => {
    if (query.has("partNumber")) await new Promise((resolve) => setTimeout(resolve, 30));
    most = Math.max(most, sink.heldBytes ?? 0);
    return null;
  };
  const sink = s3Sink({ bucket: "bucket", key: "big.parquet" });
  await writeParquet(noise(40), sink, {
    memoryBudget,
    compression: "uncompressed",
    dictionaryEnabled: false,
    maxRowGroupRowCount: 2 ** 19,
  });
  assert.ok(most > 0 && most <= memoryBudget / 2, String(most));
  assert.equal(server.uploads.size, 0);
  const before = server.requests.length;
  assert.deepEqual(await verifyParquet("s3://bucket/big.parquet"), []);
  // Read ahead: a request for about 4 MiB.
  assert.ok(server.requests.length - before < 40, String(server.requests.length - before));
});

test("an aborted writer leaves no upload, and names one that it has to leave", async () => {
  for (const isRefused of [false, true]) {
    server.reset();
    server.before = ({ method }) =>
      isRefused && method === "DELETE" ? server.error(403, "AccessDenied") : null;
    const controller = new AbortController();
    const source = async function* () {
      yield* noise(12);
      // Until there is something to end.
      while (server.uploads.size === 0) {
        yield* noise(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      controller.abort(new Error("enough"));
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield* noise(1);
    };
    const sink = s3Sink({ bucket: "bucket", key: "big.parquet", partSize: 5 * 2 ** 20 });
    const error = await writeParquet(source(), sink, {
      signal: controller.signal,
      compression: "uncompressed",
      dictionaryEnabled: false,
      maxRowGroupRowCount: 2 ** 17,
    }).then(() => null, (error) => error);
    assert.ok(error instanceof AbortError, String(error));
    assert.equal(server.objects.size, 0);
    assert.equal(server.uploads.size, isRefused ? 1 : 0);
    const [id] = server.uploads.keys();
    assert.equal(
      error.message.includes(`upload ${id} of s3://bucket/big.parquet`),
      isRefused,
      error.message,
    );
  }
});

test("https: files are read by ranges, and as a whole where there are none", async () => {
  const bytes = await toParquet(noise(2), {
    compression: "uncompressed",
    dictionaryEnabled: false,
  });
  for (const hasRanges of [true, false]) {
    const sizes: number[] = [];
    const web = createServer((request, response) => {
      if (request.url!.startsWith("/missing")) return void response.writeHead(404).end();
      const range = hasRanges ? /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") : null;
      const start = Number(range?.[1] ?? 0),
        end = Math.min(bytes.length, Number(range?.[2] ?? bytes.length) + 1);
      sizes.push(end - start);
      response.writeHead(range === null ? 200 : 206, {
        "content-range": `bytes ${start}-${end - 1}/${bytes.length}`,
        "content-length": String(end - start),
      });
      response.end(bytes.subarray(start, end));
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(web.address() as { port: number }).port}`;
    try {
      assert.equal(
        (await readParquetMetadata(`${base}/a.parquet?signature=secret`)).numRows,
        2 ** 18,
      );
      assert.ok(hasRanges ? Math.max(...sizes) <= 65_536 : sizes.length === 1, String(sizes));
      assert.deepEqual(await verifyParquet(new URL(`${base}/a.parquet`)), []);
      await assert.rejects(readParquetMetadata(`${base}/missing?signature=secret`), (error) => {
        assert.ok(error instanceof ObjectNotFoundError);
        return !error.message.includes("secret");
      });
    } finally {
      web.closeAllConnections();
      web.close();
    }
  }
});

test("the command line converts to s3://, and inspects and verifies there", async () => {
  const input = join(folder, "in.arrow");
  await writeFile(input, tableToIPC(table, "file"));
  const run = async (...args: string[]) => await runScript(CLI, args, { env: ENVIRONMENT });
  const url = "s3://bucket/out.parquet";
  const converted = await run("convert", input, url, "--json");
  assert.equal(converted.status, 0, converted.stderr);
  assert.equal(
    JSON.parse(converted.stdout).bytesOut,
    server.objects.get("out.parquet")?.bytes.length,
  );
  const again = await run("convert", input, url);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /exists already \(--force replaces it\)/);
  assert.equal((await run("convert", input, url, "--force", "-q")).status, 0);
  const inspected = await run("inspect", url, "--json");
  assert.match(inspected.stdout, /1000/);
  const verified = await run("verify", url);
  assert.equal(verified.status, 0, verified.stderr);
  server.objects.set("in.arrow", {
    bytes: Buffer.from(tableToIPC(table, "stream")),
    tag: '"1"',
    headers: {},
    modified: new Date(),
  });
  const back = await run("convert", "s3://bucket/in.arrow", join(folder, "out.parquet"), "-q");
  assert.equal(back.status, 0, back.stderr);
  assert.deepEqual(await verifyParquet(join(folder, "out.parquet")), []);
  const missing = await run("inspect", "s3://bucket/missing.parquet");
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /missing\.parquet/);
});
