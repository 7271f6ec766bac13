/** Texts from wherever they come, however they are encoded: the same rows. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import * as zlib from "node:zlib";
import {
  AsyncArrowWriter,
  FormatError,
  fromCsv,
  fromJson,
  fromNdjson,
  MemorySink,
  ParquetEncoderStream,
  parquetStream,
  toParquet,
  writeParquet,
} from "../../mod.ts";
import { inFolder } from "../cli/run_cli.ts";
import { rowsOf } from "./support.ts";

const TEXT = `id,name\n${
  Array.from({ length: 20_000 }, (_, i) => `${i},näme 😀 ${i % 100}\n`).join("")
}`;
const BYTES = new TextEncoder().encode(TEXT);
const EXPECTED = Array.from({ length: 20_000 }, (_, i) => ({
  id: BigInt(i),
  name: `näme 😀 ${i % 100}`,
}));
const zstd = zlib as unknown as {
  zstdCompressSync(bytes: Uint8Array, options?: object): Uint8Array;
};
/** With a checksum at the end of the frame (`ZSTD_c_checksumFlag`). */
const CHECKED = { params: { 201: 1 } };

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  [0xfeff, ...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))]
    .forEach((unit, i) => view.setUint16(2 * i, unit, littleEndian));
  return new Uint8Array(view.buffer);
}

function* every(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* strings(): AsyncGenerator<string> {
  // Also between the halves of a character.
  for (let at = 0; at < TEXT.length; at += 7) yield await Promise.resolve(TEXT.slice(at, at + 7));
}

// deno-lint-ignore no-explicit-any
const SOURCES: Readonly<Record<string, () => any>> = {
  "a string": () => TEXT,
  bytes: () => BYTES,
  "an ArrayBuffer": () => BYTES.slice().buffer,
  "a Blob": () => new Blob([BYTES]),
  "a Response": () => new Response(BYTES),
  "a stream": () => new Blob([BYTES]).stream(),
  "a promise": () => Promise.resolve(new Response(BYTES)),
  "chunks of one byte": () => every(BYTES.subarray(0), 1),
  "chunks of 997 bytes": () => every(BYTES, 997),
  strings,
  "a byte order mark": () => joined(new Uint8Array([0xef, 0xbb, 0xbf]), BYTES),
  "a byte order mark, cut": () => every(joined(new Uint8Array([0xef, 0xbb, 0xbf]), BYTES), 2),
  "UTF-16, little end first": () => utf16(TEXT, true),
  "UTF-16, big end first": () => every(utf16(TEXT, false), 1001),
  gzip: () => zlib.gzipSync(BYTES),
  "gzip, several members": () =>
    every(joined(zlib.gzipSync(BYTES.subarray(0, 5000)), zlib.gzipSync(BYTES.subarray(5000))), 333),
  zstd: () => zstd.zstdCompressSync(BYTES),
  "zstd, several frames": () =>
    every(
      joined(
        zstd.zstdCompressSync(BYTES.subarray(0, 99)),
        zstd.zstdCompressSync(BYTES.subarray(99)),
      ),
      333,
    ),
  "zstd, after a frame that is skipped, as of pzstd": () =>
    joined(
      new Uint8Array([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]),
      zstd.zstdCompressSync(BYTES),
    ),
};

for (const [name, source] of Object.entries(SOURCES)) {
  test(`fromCsv() reads ${name}`, async () => {
    assert.deepEqual(await rowsOf(fromCsv(source())), EXPECTED);
  });
}

test("fromCsv() reads a path and a URL", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "in put.csv.gz");
    await writeFile(path, zlib.gzipSync(BYTES));
    assert.equal((await rowsOf(fromCsv(path))).length, 20_000);
    assert.equal((await rowsOf(fromCsv(pathToFileURL(path)))).length, 20_000);
    await assert.rejects(rowsOf(fromCsv(join(folder, "none.csv"))), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /^Cannot read .*none\.csv: no such file or directory$/);
      return true;
    });
  });
});

test("what is no text is refused", async () => {
  const cases: [() => unknown, RegExp][] = [
    [() => new Uint8Array([97, 10, 0xff, 10]), /it is not UTF-8/],
    [() => every(joined(BYTES, new Uint8Array([0xc3])), 4096), /it is not UTF-8/],
    [() => zlib.gzipSync(BYTES).subarray(0, 2000), /its gzip data is damaged or truncated/],
    [() => zstd.zstdCompressSync(BYTES).subarray(0, 2000), /its zstd data is damaged or truncated/],
    // Of several blocks, and more content than comes out at a time.
    ...[0.5, 0.99, 1].map((place): [() => unknown, RegExp] => [
      () => {
        const bytes = zstd.zstdCompressSync(BYTES, CHECKED);
        bytes[Math.floor(place * (bytes.length - 1))]! ^= 1;
        return every(bytes, 5000);
      },
      /its zstd data is damaged or truncated/,
    ]),
    [
      () => new Response("no", { status: 404, statusText: "Not Found" }),
      /its status is 404 Not Found/,
    ],
    [() => "a\n\ud800\n", /it is not well-formed/],
    [() => ["a\nx\ud83d"], /it is not well-formed/],
    [() => ["a\nx\ud83d", new Uint8Array([10])], /it is not well-formed/],
    [() => utf16("a\n\udc00\n", true), /it is not utf-16le/],
    [() => utf16("a\nx\n", true).subarray(0, 7), /it is not utf-16le/],
    [() => 5, /expected a path/],
    [() => [1, 2], /neither bytes nor a string/],
    [() => new Uint8Array(0), /it is empty/],
  ];
  for (const [source, message] of cases) {
    await assert.rejects(rowsOf(fromCsv(source() as Uint8Array)), (error: Error) => {
      assert.match(error.message, message);
      return error instanceof FormatError || /expected a path|nor a string/.test(error.message);
    });
  }
  assert.deepEqual(
    await rowsOf(fromCsv(new Uint8Array([97, 10, 0xe9, 10]), { encoding: "windows-1252" })),
    [{ a: "é" }],
  );
});

test("every writer takes a text", async () => {
  const json = '[{"id":1},{"id":2}]', lines = '{"id":1}\n{"id":2}\n', csv = "id\n1\n2\n";
  const options = { parallelism: 0, reproducible: true } as const;
  const sources = [() => fromCsv(csv), () => fromNdjson(lines), () => fromJson(json)];
  const files = await Promise.all(sources.map((source) => toParquet(source(), options)));
  const sink = new MemorySink();
  await writeParquet(fromCsv(csv), sink, options);
  files.push(sink.bytes());
  files.push(
    new Uint8Array(await new Response(parquetStream(fromCsv(csv), options)).arrayBuffer()),
  );
  const source = fromNdjson(lines);
  const target = new MemorySink();
  await using writer = new AsyncArrowWriter(target, await source.ready(), options);
  for await (const batch of source) await writer.write(batch);
  await writer.close();
  files.push(target.bytes());
  const streamed = fromJson(json);
  const encoder = new ParquetEncoderStream(await streamed.ready(), options);
  const bytes = new Response(ReadableStream.from(streamed).pipeThrough(encoder)).arrayBuffer();
  files.push(new Uint8Array(await bytes));
  for (const file of files) assert.deepEqual(file, files[0]);
});

test("a text is given back when the writer stops, and when it fails", async () => {
  let returned = 0;
  async function* endless(): AsyncGenerator<string> {
    try {
      yield "id\n";
      for (;;) yield await Promise.resolve("1\n".repeat(10_000));
    } finally {
      returned++;
    }
  }
  for await (const batch of fromCsv(endless())) {
    assert.ok(batch.numRows > 0);
    break;
  }
  assert.equal(returned, 1);
  await assert.rejects(
    writeParquet(
      fromCsv(endless()),
      new WritableStream({
        write: () => Promise.reject(new Error("full")),
      }),
      { parallelism: 0, maxRowGroupRowCount: 1000 },
    ),
    /full/,
  );
  assert.equal(returned, 2);
  async function* wrong(): AsyncGenerator<string> {
    yield "id\n1\n";
    try {
      yield "x\n".repeat(100_000);
      await new Promise(() => {});
    } finally {
      returned++;
    }
  }
  await assert.rejects(toParquet(fromCsv(wrong(), { types: { id: "int8" } })), /"x" as int8/);
  assert.equal(returned, 3);
});

test("bytes that are no text are called what they are", async () => {
  const parquet = await toParquet(fromCsv("a\n1.5\n"), { parallelism: 0 });
  for (const read of [fromCsv, fromNdjson, fromJson]) {
    await assert.rejects(
      toParquet(read(parquet)),
      /Cannot read the text: this is a Parquet file, not a text; `mergeParquet`/,
    );
  }
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0xff, 0xfe, 0, 0, 0xff);
  await assert.rejects(toParquet(fromCsv(zip)), /a zip file \(or a spreadsheet\), not a text/);
});
