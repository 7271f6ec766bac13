/** IPC streams and files one after the other: all of their rows are read, or an error says which one cannot be. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  Dictionary,
  Int32,
  Schema,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { FormatError, LimitError, readParquetMetadata, SchemaError, toParquet } from "../../mod.ts";
import { ARROW_JS } from "./arrow_js_versions.ts";
import { joinBytes } from "../../src/arrow/ipc/decoder.ts";
import { verified } from "../support/verified.ts";

const OPTIONS = { parallelism: 0, compression: "uncompressed" } as const;
const EOS = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

function table(from: number, rows: number): Table {
  const ids = Int32Array.from({ length: rows }, (_, i) => from + i);
  const names = vectorFromArray(
    Array.from(ids, (id) => `name ${from} ${id % 3}`),
    new Dictionary(new Utf8(), new Int32()),
  );
  return new Table({ id: vectorFromArray([...ids], new Int32()), name: names });
}

const PARTS = [table(0, 100), table(100, 50), table(150, 7)];
const streams = PARTS.map((part) => tableToIPC(part, "stream"));
/** Of Arrow JS, without a schema at the start. */
const files = PARTS.map((part) => tableToIPC(part, "file"));
const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/ipc/${name}`, import.meta.url)));
/** Of Arrow C++, with one. */
const foreign = fixture("plain.arrow");

function withoutEnd(stream: Uint8Array): Uint8Array {
  assert.deepEqual(stream.slice(-8), EOS);
  return stream.subarray(0, -8);
}

/** Bytes in chunks of a size, as they come over a network. */
async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

function randomAccess(bytes: Uint8Array) {
  return {
    byteLength: bytes.length,
    read: (at: number, length: number) => Promise.resolve(bytes.slice(at, at + length)),
  };
}

/** Every way in for the same bytes. */
function waysIn(bytes: Uint8Array): [string, () => Parameters<typeof toParquet>[0]][] {
  return [
    ["bytes", () => bytes],
    ["an array", () => [bytes]],
    ["a file", () => randomAccess(bytes)],
    ["chunks of 1000", () => chunks(bytes, 1000)],
    ["chunks of 7", () => chunks(bytes, 7)],
    [
      "a stream",
      () =>
        new ReadableStream<Uint8Array>({
          async start(controller) {
            for await (const chunk of chunks(bytes, 333)) controller.enqueue(chunk);
            controller.close();
          },
        }),
    ],
  ];
}

async function rowsOf(source: Parameters<typeof toParquet>[0]): Promise<number> {
  return (await readParquetMetadata(await toParquet(source, OPTIONS))).numRows;
}

const expected = await verified(await toParquet(PARTS, OPTIONS));

test("pages: an iterable of whole streams or files, each page with all of its rows", async () => {
  for (
    const pages of [streams, files, [streams[0]!, files[1]!, streams[2]!], streams.map(withoutEnd)]
  ) {
    assert.deepEqual(await toParquet(pages, OPTIONS), expected);
    assert.deepEqual(await toParquet(new Set(pages), OPTIONS), expected);
    const later = async function* () {
      for (const page of pages) yield await Promise.resolve(page);
    };
    assert.deepEqual(await toParquet(later(), OPTIONS), expected);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const page of pages) controller.enqueue(page);
        controller.close();
      },
    });
    assert.deepEqual(await toParquet(stream, OPTIONS), expected);
  }
});

const SEQUENCES: Record<string, Uint8Array[]> = {
  "streams": streams,
  "files": files,
  "a file behind a stream": [streams[0]!, files[1]!, files[2]!],
  "a stream behind a file": [files[0]!, streams[1]!, streams[2]!],
  "streams without the marker of their end": streams.map(withoutEnd),
  "a file behind a stream without a marker": [withoutEnd(streams[0]!), files[1]!, files[2]!],
  "zeros that align": [streams[0]!, new Uint8Array(56), files[1]!, new Uint8Array(8), streams[2]!],
  "zeros at the end": [...streams, new Uint8Array(32)],
  "two markers": [streams[0]!, EOS, streams[1]!, streams[2]!, EOS],
  "pages without rows among them": [
    tableToIPC(PARTS[0]!.slice(0, 0), "stream"),
    streams[0]!,
    tableToIPC(PARTS[0]!.slice(0, 0), "file"),
    streams[1]!,
    files[2]!,
  ],
};

for (const [name, parts] of Object.entries(SEQUENCES)) {
  test(`concatenated: ${name}`, async () => {
    for (const [way, source] of waysIn(joinBytes(parts))) {
      const found = await toParquet(source(), OPTIONS);
      if (name.startsWith("pages")) {
        assert.equal((await readParquetMetadata(found)).numRows, 157, way);
      } else assert.deepEqual(found, expected, way);
    }
  });
}

test("files of Arrow C++, of old versions of Arrow JS, and of both framings, are concatenated", async () => {
  const rows = await rowsOf(foreign);
  assert.ok(rows > 0);
  for (const [way, source] of waysIn(joinBytes([foreign, foreign, foreign]))) {
    assert.equal(await rowsOf(source()), 3 * rows, way);
  }
  const legacy = fixture("values_legacy.arrows"), now = fixture("values.arrow");
  const each = [await rowsOf(legacy), await rowsOf(now)];
  for (const [way, source] of waysIn(joinBytes([legacy, now, legacy]))) {
    assert.equal(await rowsOf(source()), 2 * each[0]! + each[1]!, way);
  }
  for (const version of [7, 14]) {
    const arrow = ARROW_JS.get(version);
    const part = arrow.tableFromArrays({ a: Int32Array.of(1, 2, 3) });
    for (const format of ["stream", "file"]) {
      const bytes = arrow.tableToIPC(part, format);
      for (const [way, source] of waysIn(joinBytes([bytes, bytes]))) {
        assert.equal(await rowsOf(source()), 6, `${version} ${format} ${way}`);
      }
    }
  }
});

test("dictionaries start anew with each stream", async () => {
  const other = fixture("dictionary_deltas.arrows");
  const once = await rowsOf(other);
  for (const [way, source] of waysIn(joinBytes([other, other]))) {
    assert.equal(await rowsOf(source()), 2 * once, way);
  }
});

test("another schema behind an end is a SchemaError that says which input it is", async () => {
  const other = tableFromArrays({ id: Float64Array.of(1, 2), name: ["a", "b"] });
  for (const format of ["stream", "file"] as const) {
    const second = tableToIPC(other, format);
    for (const first of [streams[0]!, files[0]!]) {
      for (const [way, source] of waysIn(joinBytes([first, second]))) {
        await assert.rejects(toParquet(source(), OPTIONS), (error) => {
          assert.ok(error instanceof SchemaError, `${way}: ${error}`);
          assert.equal(error.path, "id");
          assert.ok(error.message.includes(`Arrow ${format} 2`), error.message);
          assert.ok(error.message.includes(`byte ${first.length} `), error.message);
          assert.match(error.message, /int32.*float64/);
          return true;
        });
      }
    }
  }
  // Also where it has no rows.
  const none = tableToIPC(new Table(new Schema(other.schema.fields)), "stream");
  await assert.rejects(toParquet([streams[0]!, none], OPTIONS), SchemaError);
});

test("anything else behind an end is an error, never fewer rows", async () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const cases: [Uint8Array, RegExp][] = [
    [text("id,name\n1,a\n2,b\n"), /CSV/],
    [text("x"), /byte/],
    [text("PAR1 and more bytes"), /Parquet/],
    [Uint8Array.of(1), /byte/],
    [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), /gzip/],
    [new Uint8Array(64), /zeros/],
    [new Uint8Array(4096), /zeros/],
    [streams[1]!.subarray(0, 100), /truncated/],
    [streams[1]!.subarray(0, streams[1]!.length - 40), /truncated/],
    [files[1]!.subarray(0, 100), /truncated/],
    [files[1]!.subarray(0, files[1]!.length - 3), /truncated/],
    [Uint8Array.of(0xff, 0xff, 0xff, 0xff), /truncated/],
  ];
  for (const first of [streams[0]!, files[0]!, foreign]) {
    // What is truncated has the schema of the first ones.
    for (const [rest, message] of first === foreign ? cases.slice(0, 7) : cases) {
      for (const [way, source] of waysIn(joinBytes([first, rest]))) {
        await assert.rejects(toParquet(source(), OPTIONS), (error) => {
          assert.ok(error instanceof FormatError, `${way}: ${error}`);
          assert.match(error.message, message, way);
          return true;
        });
      }
    }
  }
});

test("a footer that lists fewer or more batches than there are is refused", async () => {
  const numbers = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
  // Two batches, read from the start because of what follows; the footer of the first file lists one.
  const whole = tableToIPC(new Table([...numbers.batches, ...numbers.batches]), "file");
  const view = new DataView(whole.buffer, whole.byteOffset);
  const footerLength = view.getInt32(whole.length - 10, true);
  const start = whole.length - 10 - footerLength;
  // The vector of record batches: its count, then blocks of 24 bytes.
  let at = -1;
  for (let i = start; i + 4 + 48 <= whole.length - 10; i += 4) {
    if (view.getInt32(i, true) === 2 && view.getBigInt64(i + 4, true) === 8n) at = i;
  }
  assert.ok(at > 0);
  view.setInt32(at, 1, true);
  await assert.rejects(toParquet([whole, tableToIPC(numbers)], OPTIONS), {
    name: "FormatError",
    message: /lists 1 record batches, it has 2/,
  });
  await assert.rejects(toParquet(whole, OPTIONS), FormatError);
});

test("a file that has to be held is held up to a limit", async () => {
  const limits = { maxHeldBytes: 1000 };
  await assert.rejects(
    toParquet(chunks(files[0]!, 100), { ...OPTIONS, limits }),
    (error) => error instanceof LimitError && /maxHeldBytes/.test(error.message),
  );
  // Where it can be read anywhere, nothing is held.
  assert.ok((await toParquet(randomAccess(files[0]!), { ...OPTIONS, limits })).length > 0);
  assert.ok((await toParquet(chunks(streams[0]!, 100), { ...OPTIONS, limits })).length > 0);
});
