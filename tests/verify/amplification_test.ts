/** Small files have small costs: memory of a page and work of a file are bounded, and cut into turns. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { test } from "node:test";
import { AbortError, type InputLimits, readParquetMetadata, verifyParquet } from "../../mod.ts";
import type { CompressionCodec, PageHeader, SchemaElement } from "../../src/format/metadata.ts";
import { encodePageHeader } from "../../src/format/structures.ts";
import { countAllocations } from "../support/allocations.ts";
import { emptyMetaData, fileOf, findingsOf, joined, withFooter } from "./frame_support.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import { concat, pageV1, pageV2, prefixed, run, type StoredPage, varint, zigzag } from "./pages.ts";

const MIB = 2 ** 20;

interface FileOptions {
  readonly codec?: CompressionCodec;
  readonly element?: Partial<SchemaElement>;
  readonly values: number;
  readonly rows?: number;
}

/** A file of one column chunk with these pages. */
function fileWith(pages: readonly StoredPage[], options: FileOptions): Uint8Array {
  const { codec = "UNCOMPRESSED", element = {}, values, rows = values } = options;
  const schema = [{ name: "root", numChildren: 1 }, {
    name: "a",
    type: "INT32",
    repetitionType: "REQUIRED",
    ...element,
  }] as SchemaElement[];
  const stored = pages.map(({ header, body }) =>
    joined(encodePageHeader({ ...header, compressedPageSize: body.length } as PageHeader), body)
  );
  const data = joined(...stored);
  const totalUncompressedSize = pages.reduce(
    (sum, { header, body }, i) =>
      sum + stored[i]!.length - body.length + header.uncompressedPageSize,
    0,
  );
  const metaData = {
    type: schema[1]!.type!,
    encodings: ["PLAIN", "RLE"] as const,
    pathInSchema: ["a"],
    codec,
    numValues: values,
    totalUncompressedSize,
    totalCompressedSize: data.length,
    dataPageOffset: 4,
  };
  const footer = encodeFileMetaData({
    ...emptyMetaData(schema),
    numRows: rows,
    rowGroups: [{
      columns: [{ fileOffset: 0, metaData }],
      totalByteSize: totalUncompressedSize,
      numRows: rows,
    }],
  });
  return withFooter(footer, data);
}

function compressedPage(
  content: Uint8Array,
  compress: (bytes: Uint8Array) => Uint8Array,
  count: number,
) {
  const { header } = pageV1({ numValues: count, values: content });
  const { crc: _, ...rest } = header;
  return { header: rest, body: new Uint8Array(compress(content)) };
}

/** A page of nothing but nulls, or of one level. */
function levelsPage(count: number): StoredPage {
  const level = run(0, count, 1);
  return pageV2({ numValues: count, definition: level, values: new Uint8Array(0) }, {
    numNulls: count,
    numRows: count,
  });
}

const OPTIONAL = { repetitionType: "OPTIONAL" } as const;
const LIST = { repetitionType: "REPEATED" } as const;
const zeros = new Uint8Array(4 * MIB);
const BOMBS: Readonly<Record<string, () => Uint8Array>> = {
  "levels of nulls": () => fileWith([levelsPage(2 ** 30)], { values: 2 ** 30, element: OPTIONAL }),
  "levels of a list": () => {
    const count = 2 ** 27 + 2 ** 26;
    const page = pageV2({
      numValues: count,
      repetition: run(0, count, 1),
      definition: run(0, count, 1),
      values: new Uint8Array(0),
    }, { numNulls: count, numRows: count });
    return fileWith([page], { values: count, element: LIST });
  },
  "deltas of no bits": () => {
    const count = 2 ** 29;
    const values = concat(varint(2 ** 30), varint(1), varint(count), zigzag(1), zigzag(1), 0);
    return fileWith([pageV1({ numValues: count, values, encoding: "DELTA_BINARY_PACKED" })], {
      values: count,
    });
  },
  "booleans": () => {
    const count = 2 ** 31 - 1;
    const values = prefixed(run(1, count, 1));
    return fileWith([pageV1({ numValues: count, values, encoding: "RLE" })], {
      values: count,
      element: { type: "BOOLEAN" },
    });
  },
};

for (const [name, make] of Object.entries(BOMBS)) {
  test(`${name}: refused before memory is taken`, async () => {
    const file = make();
    assert.ok(file.length < 1000);
    const { bytes } = await countAllocations(async () => {
      const faults = await verifyParquet(file);
      assert.ok(
        faults.some(({ rule, message }) => rule === "limit" && /limits\.max/.test(message)),
      );
    });
    assert.ok(bytes < 320 * MIB, `${bytes} bytes were allocated`);
  });
}

test("compressed pages: nothing is decompressed that is larger than a page may be", async () => {
  const limits: InputLimits = { maxPageBytes: 2 * MIB };
  for (
    const [codec, compress] of [["GZIP", gzipSync], ["BROTLI", brotliCompressSync]] as const
  ) {
    const page = compressedPage(zeros, compress, zeros.length / 4);
    const file = fileWith([page], { codec, values: zeros.length / 4 });
    assert.ok(file.length < 10_000);
    const { largest } = await countAllocations(async () => {
      const faults = await verifyParquet(file, { limits });
      assert.deepEqual(faults.map(({ rule }) => rule).filter((rule) => rule === "limit"), [
        "limit",
      ]);
    });
    assert.ok(largest < MIB, `${largest}`);
    const faults = await verifyParquet(file);
    assert.deepEqual(faults.filter(({ rule }) => rule === "limit"), []);
  }
});

test("the memory of pages does not add up", async () => {
  const count = 2 ** 20;
  const pages = Array.from({ length: 40 }, () => levelsPage(count));
  const file = fileWith(pages, { values: 40 * count, element: OPTIONAL });
  const { bytes } = await countAllocations(async () => {
    assert.deepEqual((await findingsOf(file)).filter(({ severity }) => severity === "fault"), []);
  });
  assert.ok(bytes > count, "what is allocated is counted");
  assert.ok(bytes < 8 * MIB, `${bytes} bytes were allocated for ${40 * count} levels`);
});

test("the work of all pages together is bounded, those that are read twice counted twice", async () => {
  const count = 2 ** 16;
  const file = fileWith(Array.from({ length: 8 }, () => levelsPage(count)), {
    values: 8 * count,
    element: OPTIONAL,
  });
  const limitsOf = async (limits: InputLimits) =>
    (await verifyParquet(file, { limits })).filter(({ rule }) => rule === "limit").length;
  assert.equal(await limitsOf({ maxDecodedBytes: 8 * count, maxDecodedExpansion: 1 }), 0);
  assert.ok(await limitsOf({ maxDecodedBytes: 8 * count - 1, maxDecodedExpansion: 1 }) > 0);
  assert.equal(await limitsOf({ maxDecodedBytes: 1, maxDecodedExpansion: 100_000 }), 0);
});

test("the work of one page is cut into turns, in which a signal ends it", async () => {
  const count = 2 ** 27;
  const file = fileWith([levelsPage(count)], { values: count, element: OPTIONAL });
  const controller = new AbortController();
  let turns = 0;
  const onProgress = () => {
    if (++turns === 3) controller.abort(new Error("enough"));
  };
  await assert.rejects(
    verifyParquet(file, { onProgress, signal: controller.signal }),
    (error) => error instanceof AbortError && (error.cause as Error).message === "enough",
  );
  assert.equal(turns, 3);
});

test("map_like_json.parquet takes no more than a page may", async () => {
  const url = new URL("../fixtures/hostile/map_like_json.parquet", import.meta.url);
  const file = new Uint8Array(readFileSync(url));
  const { bytes } = await countAllocations(() => verifyParquet(file));
  assert.ok(bytes < 320 * MIB, `${bytes}`);
});

test("limits are checked wherever they are given", async () => {
  const file = fileOf(emptyMetaData([{ name: "root", numChildren: 0 }]));
  for (const read of [verifyParquet, readParquetMetadata]) {
    const wrong = { limits: { maxRows: 1 } } as never;
    await assert.rejects(read(file, wrong), /"maxRows".*valid: maxBatchBytes, .*maxPageBytes/);
    await assert.rejects(read(file, { limits: { maxPageBytes: 0 } }), RangeError);
  }
});
