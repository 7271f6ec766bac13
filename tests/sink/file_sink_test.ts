import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { FileSink } from "../../src/sink/file_sink.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sink-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);

test("FileSink() leaves the target alone until it is closed", async () => {
  const path = join(folder, "a.parquet");
  writeFileSync(path, "before");
  const sink = new FileSink(path);
  await sink.write(bytes(1, 2));
  await sink.write(bytes(3));
  assert.equal(readFileSync(path, "utf8"), "before");
  assert.equal(readdirSync(folder).length, 2);
  await sink.close();
  assert.deepEqual([...readFileSync(path)], [1, 2, 3]);
  assert.deepEqual(readdirSync(folder), ["a.parquet"]);
});

test("FileSink() takes a file: URL, and writes an empty file", async () => {
  const path = join(folder, "with space.parquet");
  const sink = new FileSink(pathToFileURL(path));
  await sink.close();
  assert.equal(readFileSync(path).length, 0);
});

test("FileSink() removes its temporary file when it is aborted", async () => {
  const path = join(folder, "a.parquet");
  const sink = new FileSink(path);
  await sink.write(bytes(1));
  await sink.abort();
  assert.deepEqual(readdirSync(folder), []);
});

test("FileSink() removes its temporary file when it is aborted during a write", async () => {
  const sink = new FileSink(join(folder, "a.parquet"));
  const pending = sink.write(bytes(1));
  await sink.abort();
  await pending;
  assert.deepEqual(readdirSync(folder), []);
});

test("FileSink() aborted before the first write leaves nothing", async () => {
  await new FileSink(join(folder, "a.parquet")).abort();
  assert.deepEqual(readdirSync(folder), []);
});

test("FileSink() keeps a symbolic link and replaces what it points to", async () => {
  const path = join(folder, "real.parquet");
  const link = join(folder, "link.parquet");
  writeFileSync(path, "before");
  symlinkSync(path, link);
  const sink = new FileSink(link);
  await sink.write(bytes(7));
  await sink.close();
  assert.deepEqual([...readFileSync(path)], [7]);
  assert.deepEqual(readdirSync(folder).sort(), ["link.parquet", "real.parquet"]);
});

test("FileSink() refuses what is not a file, and a file where it must not overwrite", async () => {
  await assert.rejects(new FileSink(folder).write(bytes(1)), TypeError);
  const path = join(folder, "a.parquet");
  writeFileSync(path, "before");
  await assert.rejects(new FileSink(path, { overwrite: false }).write(bytes(1)), TypeError);
  assert.throws(() => new FileSink(""), TypeError);
  assert.throws(() => new FileSink(new URL("https://example.org/a")), TypeError);
  assert.equal(readFileSync(path, "utf8"), "before");
});

test("FileSink() tidies up when the commit fails", async () => {
  const path = join(folder, "a.parquet");
  const sink = new FileSink(path, { overwrite: false });
  await sink.write(bytes(1));
  writeFileSync(path, "came in between");
  await assert.rejects(Promise.resolve(sink.close()), TypeError);
  assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  assert.equal(readFileSync(path, "utf8"), "came in between");
});

test("FileSink() reports a folder that does not exist", async () => {
  const path = join(folder, "missing", "a.parquet");
  await assert.rejects(new FileSink(path).write(bytes(1)), { code: "ENOENT" });
  assert.equal(existsSync(path), false);
});
