/** Every option has an effect that is seen in the file, and a wrong one is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DateMillisecond, Int32, Table, Utf8, vectorFromArray } from "apache-arrow";
import { toParquet, type WriterOptions } from "../../mod.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { bloomFilterOf } from "../support/bloom_filters.ts";
import { type DecodedChunk, type DecodedFile, readPages } from "../support/page_decoder.ts";
import { assertReadable } from "../support/readers.ts";
import type { ThriftStruct } from "../support/thrift_reader.ts";
import { coerced, expectedOf } from "./written.ts";

const COUNT = 3000;
const table = new Table({
  id: vectorFromArray(Array.from({ length: COUNT }, (_, i) => i), new Int32()),
  word: vectorFromArray(
    Array.from({ length: COUNT }, (_, i) => `${"long ".repeat(20)}${i % 500}`),
    new Utf8(),
  ),
  day: vectorFromArray(Array.from({ length: COUNT }, (_, i) => i * 1e7), new DateMillisecond()),
  flag: vectorFromArray(Array.from({ length: COUNT }, (_, i) => i % 3 === 0), LEAVES["bool"]!()),
});

const text = (value: unknown) => new TextDecoder().decode(value as Uint8Array);
const chunk = (file: DecodedFile, column: number): DecodedChunk =>
  file.rowGroups[0]!.chunks[column]!;
const statistics = (file: DecodedFile, column: number) =>
  chunk(file, column).metaData[12] as ThriftStruct | undefined;
const pages = (file: DecodedFile, column: number) => chunk(file, column).pages.length;
const bloomFilters = (file: DecodedFile, bytes: Uint8Array) =>
  file.rowGroups[0]!.chunks.map((chunk) => bloomFilterOf(bytes, chunk)?.length);
const WORD = 1;

/** An option, what is seen in the file, and what with its default. */
interface Case {
  readonly options: WriterOptions;
  readonly seen: (file: DecodedFile, bytes: Uint8Array) => unknown;
  readonly value: unknown;
  readonly byDefault: unknown;
}

const CASES: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    (["uncompressed", "snappy", "gzip", "brotli", "lz4_raw"] as const).map((compression) => [
      `compression ${compression}`,
      {
        options: { compression },
        seen: (file: DecodedFile) => chunk(file, 0).codec,
        value: compression.toUpperCase(),
        byDefault: "ZSTD",
      },
    ]),
  ),
  maxRowGroupRowCount: {
    options: { maxRowGroupRowCount: 1000 },
    seen: (file) => file.rowGroups.map(({ numRows }) => numRows),
    value: [1000, 1000, 1000],
    byDefault: [3000],
  },
  maxRowGroupBytes: {
    options: { maxRowGroupBytes: 3000 },
    seen: (file) => file.rowGroups.length > 2,
    value: true,
    byDefault: false,
  },
  dataPageSizeLimit: {
    options: { dataPageSizeLimit: 1000 },
    seen: (file) => pages(file, 0) > 2,
    value: true,
    byDefault: false,
  },
  dataPageRowCountLimit: {
    options: { dataPageRowCountLimit: 1000 },
    seen: (file) => pages(file, 0),
    value: 3,
    byDefault: 1,
  },
  dictionaryEnabled: {
    options: { dictionaryEnabled: false },
    seen: (file) => chunk(file, WORD).dictionary?.length,
    value: undefined,
    byDefault: 500,
  },
  dictionaryPageSizeLimit: {
    options: { dictionaryPageSizeLimit: 10_000, dataPageRowCountLimit: 100 },
    seen: (file) => [...new Set(chunk(file, WORD).pages.map(({ encoding }) => encoding))].at(-1),
    value: "PLAIN",
    byDefault: "RLE_DICTIONARY",
  },
  writerVersion: {
    options: { writerVersion: "2.0" },
    seen: (file) => chunk(file, 0).pages[0]!.version,
    value: 2,
    byDefault: 1,
  },
  statisticsEnabled: {
    options: { statisticsEnabled: "none" },
    seen: (file) => 5 in (statistics(file, 0) ?? {}),
    value: false,
    byDefault: true,
  },
  "statisticsTruncateLength 8": {
    options: { statisticsTruncateLength: 8 },
    seen: (file) => text(statistics(file, WORD)![6]),
    value: "long lon",
    byDefault: "long ".repeat(20).slice(0, 64),
  },
  "statisticsTruncateLength null": {
    options: { statisticsTruncateLength: null },
    seen: (file) => text(statistics(file, WORD)![6]),
    value: `${"long ".repeat(20)}0`,
    byDefault: "long ".repeat(20).slice(0, 64),
  },
  bloomFilterEnabled: {
    options: { bloomFilterEnabled: true },
    seen: (file, bytes) => bloomFilters(file, bytes),
    value: [4096, 512, 4096, undefined],
    byDefault: [undefined, undefined, undefined, undefined],
  },
  contentDefinedChunking: {
    options: { contentDefinedChunking: { minChunkSize: 2000, maxChunkSize: 8000 } },
    seen: (file) => pages(file, 0) > 1,
    value: true,
    byDefault: false,
  },
  bloomFilterFpp: {
    options: { bloomFilterEnabled: true, bloomFilterFpp: 0.001 },
    seen: (file, bytes) => bloomFilters(file, bytes)[0],
    value: 8192,
    byDefault: undefined,
  },
  bloomFilterNdv: {
    options: { bloomFilterEnabled: true, bloomFilterNdv: 100_000 },
    seen: (file, bytes) => bloomFilters(file, bytes)[0],
    value: 131_072,
    byDefault: undefined,
  },
  keyValueMetadata: {
    options: { keyValueMetadata: { origin: "here" } },
    seen: (file) => file.keyValueMetadata.get("origin"),
    value: "here",
    byDefault: undefined,
  },
  createdBy: {
    options: { createdBy: "somebody" },
    seen: (file) => file.createdBy === "somebody",
    value: true,
    byDefault: false,
  },
  pageChecksum: {
    options: { pageChecksum: false },
    seen: (file) => chunk(file, 0).pages[0]!.hasChecksum,
    value: false,
    byDefault: true,
  },
  skipArrowMetadata: {
    options: { skipArrowMetadata: true },
    seen: (file) => file.keyValueMetadata.has("ARROW:schema"),
    value: false,
    byDefault: true,
  },
  coerceTypes: {
    options: { coerceTypes: true },
    seen: (file) => file.schema.children[2]!.type,
    value: "INT32",
    byDefault: "INT64",
  },
  profile: {
    options: { profile: "compat" },
    seen: (file) => chunk(file, 0).codec,
    value: "SNAPPY",
    byDefault: "ZSTD",
  },
  columns: {
    options: { columns: { word: { compression: "snappy", dictionaryEnabled: false } } },
    seen: (
      file,
    ) => [chunk(file, 0).codec, chunk(file, WORD).codec, chunk(file, WORD).dictionary?.length],
    value: ["ZSTD", "SNAPPY", undefined],
    byDefault: ["ZSTD", "ZSTD", 500],
  },
};

for (const [name, { options, seen, value, byDefault }] of Object.entries(CASES)) {
  test(`option ${name} is seen in the file`, async () => {
    const bytes = await toParquet(table, { parallelism: 0, ...options });
    assert.deepEqual(seen(readPages(bytes), bytes), value);
    const plain = await toParquet(table, { parallelism: 0 });
    assert.deepEqual(seen(readPages(plain), plain), byDefault);
    const expected = expectedOf(table);
    await assertReadable(bytes, options.coerceTypes === true ? coerced(expected) : expected);
  });
}

for (
  const [compression, low, high] of [["gzip", 0, 9], ["brotli", 0, 11], ["zstd", 1, 19]] as const
) {
  test(`compressionLevel makes ${compression} smaller`, async () => {
    const options = { parallelism: 0, compression, dictionaryEnabled: false };
    const [large, small] = await Promise.all(
      [low, high].map((compressionLevel) => toParquet(table, { ...options, compressionLevel })),
    );
    assert.ok(small!.length < large!.length, `${small!.length} < ${large!.length}`);
    await assertReadable(small!, expectedOf(table));
  });
}

test("option reproducible refuses what differs between runtimes", async () => {
  for (const compression of ["gzip", "brotli"] as const) {
    await assert.rejects(toParquet(table, { compression, reproducible: true }), TypeError);
  }
  await assertReadable(await toParquet(table, { reproducible: true }), expectedOf(table));
});

test("option onProgress is told of every row", async () => {
  const seen: number[] = [];
  await toParquet(table, {
    maxRowGroupRowCount: 1000,
    onProgress: ({ rowsWritten }) => seen.push(rowsWritten),
  });
  assert.equal(seen.at(-1), COUNT);
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
});

for (
  const [options, message] of [
    [{ compresion: "zstd" }, /compression/],
    [{ compression: "lzo" }, /lz4_raw/],
    [{ compression: "snappy", compressionLevel: 3 }, /level/i],
    [{ compressionLevel: 99 }, /22/],
    [{ maxRowGroupRowCount: 0 }, /maxRowGroupRowCount/],
    [{ dataPageSizeLimit: -1 }, /dataPageSizeLimit/],
    [{ writerVersion: "3.0" }, /2\.0/],
    [{ statisticsEnabled: "all" }, /chunk/],
    [{ columns: { nothing: {} } }, /nothing/],
    [{ columns: { id: { maxRowGroupRowCount: 5 } } }, /maxRowGroupRowCount/],
    [{ sortingColumns: [{ column: "di" }] }, /sortingColumns\[0\] "di": .*"id"/],
    [{ bloomFilterFpp: 1 }, /bloomFilterFpp/],
    [{ columns: { flag: { bloomFilterEnabled: true } } }, /BOOLEAN/],
    [{ parallelism: -1 }, /parallelism/],
    [{ profile: "fast" }, /compat/],
  ] as const
) {
  test(`options ${JSON.stringify(options)} are refused`, async () => {
    await assert.rejects(
      toParquet(table, options as unknown as WriterOptions),
      (error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
