/** Each rule about pages: a page that breaks it, and nothing else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { FieldRepetitionType, LogicalType, PhysicalType } from "../../src/format/metadata.ts";
import { PAGE_RULES } from "../../src/verify/pages/page_rules.ts";
import { RULES } from "../../src/verify/rules.ts";
import {
  type Chunk,
  type ColumnOptions,
  concat,
  decodeChunk,
  deltas,
  dictionaryPage,
  hybrid,
  leaf,
  littleEndian,
  packBigEndian,
  packedRun,
  type PageParts,
  pageV1,
  pageV2,
  plain,
  prefixed,
  run,
  type StoredPage,
  varint,
  zigzag,
} from "./pages.ts";

interface Case {
  /** Broken, alone. */
  readonly rule: string;
  readonly what: string;
  readonly chunk: Chunk;
  /** Whether the last data page is decoded all the same. */
  readonly decoded: boolean;
}

const CASES: Case[] = [];
function add(rule: string, what: string, chunk: Chunk, decoded: boolean): void {
  CASES.push({ rule, what, chunk, decoded });
}

const utf8 = new TextEncoder();
const int32s = (...values: number[]) => concat(...values.map((value) => littleEndian(value, 4)));
const int64s = (...values: bigint[]) => concat(...values.map((value) => littleEndian(value, 8)));
const byteArrays = (...values: (Uint8Array | readonly number[])[]) =>
  plain(values.map((value) => Uint8Array.from(value)), "BYTE_ARRAY");
const OPTIONAL = { path: ["OPTIONAL"] } as const;
/** An optional list of optional INT32. */
const LIST = { path: ["OPTIONAL", "REPEATED", "OPTIONAL"] } as const;
const four: PageParts = { numValues: 4, values: int32s(1, 2, 3, 4) };

function edited(page: StoredPage, header: Partial<StoredPage["header"]>): StoredPage {
  return { ...page, header: { ...page.header, ...header } };
}
function compressed(parts: PageParts, compress: (bytes: Uint8Array) => Uint8Array): StoredPage {
  return pageV1({ ...parts, compress });
}

// Bytes as they are stored.
add("page-checksum", "v1", {
  column: leaf("INT32"),
  pages: [edited(pageV1(four), { crc: 1 })],
}, true);
add("page-checksum", "v2, in its levels", {
  column: leaf("INT32", OPTIONAL),
  pages: [
    edited(
      pageV2({ ...four, definition: run(1, 4, 1) }, { numNulls: 0, numRows: 4 }),
      { crc: pageV1(four).header.crc! },
    ),
  ],
}, true);
add("page-checksum", "dictionary", {
  column: leaf("INT32"),
  pages: [
    edited(dictionaryPage(int32s(5), 1), { crc: -1 }),
    pageV1({ numValues: 1, values: concat(0, run(0, 1, 0)), encoding: "RLE_DICTIONARY" }),
  ],
}, true);
add("page-decompression", "corrupt", {
  column: leaf("INT32"),
  codec: "GZIP",
  pages: [compressed(four, () => Uint8Array.of(31, 139, 1, 2, 3))],
}, false);
add("page-decompression", "another length", {
  column: leaf("INT32"),
  codec: "GZIP",
  pages: [edited(compressed(four, gzipSync), { uncompressedPageSize: 15 })],
}, false);
add("page-decompression", "not compressed, and of another length", {
  column: leaf("INT32"),
  pages: [edited(pageV1(four), { uncompressedPageSize: 20 })],
}, false);
add("page-compression-leftover", "GZIP", {
  column: leaf("INT32"),
  codec: "GZIP",
  pages: [compressed(four, (bytes) => concat(gzipSync(bytes), [0, 0, 0]))],
}, true);
add("page-compression-leftover", "BROTLI", {
  column: leaf("INT32"),
  codec: "BROTLI",
  pages: [compressed(four, (bytes) => concat(brotliCompressSync(bytes), [0, 0, 0, 0]))],
}, true);
add("page-gzip-members", "two", {
  column: leaf("INT32"),
  codec: "GZIP",
  pages: [
    compressed(
      four,
      (bytes) => concat(gzipSync(bytes.subarray(0, 5)), gzipSync(bytes.subarray(5))),
    ),
  ],
}, true);
add("page-empty-compression", "v2, all null", {
  column: leaf("INT32", OPTIONAL),
  codec: "SNAPPY",
  pages: [
    pageV2(
      { numValues: 4, definition: run(0, 4, 1), values: Uint8Array.of() },
      { numNulls: 4, numRows: 4 },
    ),
  ],
}, true);
add("page-codec-not-checked", "LZO", {
  column: leaf("INT32"),
  codec: "LZO",
  pages: [pageV1(four)],
}, false);
add("page-codec-not-checked", "LZ4 of no known framing", {
  column: leaf("INT32"),
  codec: "LZ4",
  pages: [compressed(four, () => Uint8Array.of(4, 34, 77, 24, 96, 64))],
}, false);
add("page-encoding-not-checked", "ALP", {
  column: leaf("FLOAT"),
  pages: [pageV1({ ...four, encoding: "ALP" })],
}, false);
add("page-unreadable", "a header without its member", {
  column: leaf("INT32"),
  pages: [{
    header: { type: "DATA_PAGE", uncompressedPageSize: 0, compressedPageSize: 0 },
    body: Uint8Array.of(),
  }],
}, false);

// Memory and time.
const small = { maxPageBytes: 1000 };
add("limit", "decompressed", {
  column: leaf("INT32"),
  codec: "GZIP",
  ...small,
  pages: [compressed({ numValues: 300, values: new Uint8Array(1200) }, gzipSync)],
}, false);
add("limit", "levels", {
  column: leaf("INT32", OPTIONAL),
  ...small,
  pages: [pageV1({ numValues: 2 ** 31 - 1, definition: run(0, 2 ** 31 - 1, 1), values: int32s() })],
}, false);
add("limit", "ids", {
  column: leaf("INT32"),
  ...small,
  pages: [
    dictionaryPage(int32s(7), 1),
    pageV1({
      numValues: 2 ** 31 - 1,
      values: concat(0, run(0, 2 ** 31 - 1, 0)),
      encoding: "RLE_DICTIONARY",
    }),
  ],
}, false);
add("limit", "deltas of no bits", {
  column: leaf("INT64"),
  ...small,
  pages: [pageV1({
    numValues: 1 << 30,
    values: concat(varint(2 ** 31), varint(1), varint(1 << 30), zigzag(1), zigzag(1), 0),
    encoding: "DELTA_BINARY_PACKED",
  })],
}, false);
add("limit", "prefixes of a long value", {
  column: leaf("BYTE_ARRAY"),
  ...small,
  pages: [pageV1({
    numValues: 4,
    values: concat(deltas([0, 400, 400, 400], 32), deltas([400, 0, 0, 0], 32), new Uint8Array(400)),
    encoding: "DELTA_BYTE_ARRAY",
  })],
}, false);
add("limit", "booleans", {
  column: leaf("BOOLEAN"),
  ...small,
  pages: [pageV1({
    numValues: 2 ** 31 - 1,
    values: prefixed(run(1, 2 ** 31 - 1, 1)),
    encoding: "RLE",
  })],
}, false);

add("limit", "page after page of very many levels", {
  column: leaf("INT32", OPTIONAL),
  limits: { maxDecodedBytes: 1000, maxDecodedExpansion: 1 },
  pages: [0, 1, 2].map(() =>
    pageV1({ numValues: 400, definition: run(0, 400, 1), values: int32s() })
  ),
}, false);

// Headers that do not fit; these are looked at before, too.
add("page-counts", "v1", {
  column: leaf("INT32"),
  pages: [pageV1({ ...four, numValues: -1 })],
}, false);
add("page-encoding", "RLE of integers", {
  column: leaf("INT32"),
  pages: [pageV1({ ...four, encoding: "RLE" })],
}, false);
add("page-encoding", "BIT_PACKED values", {
  column: leaf("BOOLEAN"),
  pages: [pageV1({ numValues: 4, values: Uint8Array.of(5), encoding: "BIT_PACKED" })],
}, false);
add("page-encoding", "a dictionary of deltas", {
  column: leaf("INT32"),
  pages: [dictionaryPage(int32s(1), 1, { encoding: "DELTA_BINARY_PACKED" })],
}, true);
add("level-encoding", "PLAIN", {
  column: leaf("INT32", OPTIONAL),
  pages: [
    pageV1({ ...four, definition: run(1, 4, 1) }, { definitionLevelEncoding: "PLAIN" }),
  ],
}, false);

// Rows.
const indexed = {
  offsetIndex: { pageLocations: [{ offset: 4, compressedPageSize: 40, firstRowIndex: 0 }] },
};
/** Two pages of a list: [1, 2] begins in the first and ends in the second. */
const split = [
  { numValues: 1, repetition: run(0, 1, 1), definition: run(3, 1, 2), values: int32s(1) },
  { numValues: 1, repetition: run(1, 1, 1), definition: run(3, 1, 2), values: int32s(2) },
] as const;
add("page-mid-row", "the first of a chunk", {
  column: leaf("INT32", LIST),
  pages: [pageV1(split[1])],
}, true);
add("page-mid-row", "with an offset index", {
  column: leaf("INT32", LIST),
  context: indexed,
  pages: split.map((parts) => pageV1(parts)),
}, true);
add("page-mid-row", "v2", {
  column: leaf("INT32", LIST),
  pages: split.map((parts, i) => pageV2(parts, { numNulls: 0, numRows: 1 - i })),
}, true);
add("page-splits-row", "v1", {
  column: leaf("INT32", LIST),
  pages: split.map((parts) => pageV1(parts)),
}, true);
const nullable = { numValues: 4, definition: packedRun([1, 0, 1, 1], 1), values: int32s(1, 2, 3) };
add("page-num-nulls", "one too few", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV2(nullable, { numNulls: 0, numRows: 4 })],
}, true);
add("page-num-rows", "one too many", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV2(nullable, { numNulls: 1, numRows: 5 })],
}, true);

// Levels.
add("level-section-size", "v1, beyond the page", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV1({ numValues: 4, values: concat([200, 0, 0, 0, 1, 2]) })],
}, false);
add("level-section-size", "v1, no length", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV1({ numValues: 4, values: concat([2, 0, 0]) })],
}, false);
add("level-section-size", "BIT_PACKED, too few", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV1({ numValues: 9, values: concat([1]) }, { definitionLevelEncoding: "BIT_PACKED" })],
}, false);
add("level-section-size", "v2, beyond the page", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV2(nullable, { numNulls: 1, numRows: 4, definitionLevelsByteLength: 100 })],
}, false);
add("level-section-size", "v2, negative", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV2(nullable, { numNulls: 1, numRows: 4, repetitionLevelsByteLength: -1 })],
}, false);
add("level-section-size", "v2, of a required column", {
  column: leaf("INT32"),
  pages: [pageV2({ ...four, definition: run(0, 4, 1) }, { numNulls: 0, numRows: 4 })],
}, false);
const definition = (bytes: Uint8Array, numValues = 4, values = four.values) =>
  pageV1({ numValues, definition: bytes, values });
function addLevels(rule: string, what: string, page: StoredPage, decoded = false): void {
  add(rule, what, { column: leaf("INT32", OPTIONAL), pages: [page] }, decoded);
}
addLevels("level-count", "too few", definition(run(1, 3, 1)));
addLevels("level-count", "none", definition(concat()));
addLevels("level-leftover", "a byte more", definition(concat(run(1, 4, 1), 0)));
addLevels("level-leftover", "a run more", definition(concat(run(1, 4, 1), run(1, 1, 1))));
add("level-out-of-range", "packed", {
  column: leaf("INT32", { path: ["OPTIONAL", "OPTIONAL"] }),
  pages: [pageV1({ numValues: 4, definition: packedRun([1, 3, 2, 0], 2), values: int32s(1) })],
}, false);
addLevels("level-out-of-range", "a run", definition(run(2, 4, 1)));
add("level-padding", "BIT_PACKED", {
  column: leaf("INT32", OPTIONAL),
  pages: [pageV1(
    { numValues: 4, values: concat(0b1111_0001, four.values) },
    { definitionLevelEncoding: "BIT_PACKED" },
  )],
}, false);
add("level-nesting", "an empty list that goes on", {
  column: leaf("INT32", LIST),
  pages: [pageV1({
    numValues: 2,
    repetition: packedRun([0, 1], 1),
    definition: packedRun([1, 3], 2),
    values: int32s(1),
  })],
}, false);
add("level-nesting", "an item that is not there", {
  column: leaf("INT32", LIST),
  pages: [pageV1({
    numValues: 2,
    repetition: packedRun([0, 1], 1),
    definition: packedRun([3, 1], 2),
    values: int32s(1),
  })],
}, false);
add("run-header", "cut off", {
  column: leaf("INT32", OPTIONAL),
  pages: [definition(Uint8Array.of(0x88))],
}, false);
addLevels(
  "run-header",
  "five bytes of 7 bits",
  definition(concat([0x88, 0x80, 0x80, 0x80, 0x10], 1)),
);
addLevels(
  "run-header",
  "six bytes",
  definition(concat([0x88, 0x80, 0x80, 0x80, 0x80, 0x00], 1)),
);
addLevels("run-length", "nothing, repeated", definition(concat(run(1, 0, 1), run(1, 4, 1))));
addLevels("run-length", "nothing, packed", definition(concat(1, run(1, 4, 1))));
addLevels("run-length", "repeated beyond the last", definition(run(1, 5, 1)));
addLevels("run-length", "repeated, far beyond the last", definition(run(1, 2 ** 31 - 1, 1)));
addLevels("run-length", "packed, 2^31", definition(varint(2 ** 28 * 2 + 1)));
addLevels("run-surplus", "a group beyond the last", definition(concat(5, [15, 0])), true);
addLevels("run-truncated", "repeated", definition(varint(8)));
addLevels("run-truncated", "packed", definition(concat(5, 1), 12));
addLevels("run-padding", "levels", definition(concat(3, 0b1_1111)), true);
add("run-padding", "ids", {
  column: leaf("INT32"),
  pages: [
    dictionaryPage(int32s(5, 6), 2),
    pageV1({ numValues: 3, values: concat(1, 3, 128), encoding: "RLE_DICTIONARY" }),
  ],
}, true);

// Values.
function addValues(
  rule: string,
  what: string,
  type: PhysicalType,
  parts: PageParts,
  // What follows the values keeps none of them from being read.
  decoded = rule === "values-leftover",
  options: ColumnOptions = {},
): void {
  add(rule, what, { column: leaf(type, options), pages: [pageV1(parts)] }, decoded);
}
addValues("values-truncated", "INT32", "INT32", { ...four, numValues: 5 });
addValues("values-truncated", "BOOLEAN", "BOOLEAN", { numValues: 9, values: concat(1) });
addValues("values-truncated", "BYTE_ARRAY, a length", "BYTE_ARRAY", {
  numValues: 2,
  values: concat(byteArrays([1, 2, 3]), [1]),
});
addValues("values-truncated", "BYTE_ARRAY, many", "BYTE_ARRAY", {
  numValues: 2 ** 31 - 1,
  values: byteArrays([1]),
});
addValues("values-leftover", "INT32", "INT32", { ...four, numValues: 3 });
addValues("values-leftover", "BOOLEAN", "BOOLEAN", { numValues: 8, values: concat(1, 0) });
addValues("values-leftover", "BYTE_ARRAY", "BYTE_ARRAY", {
  numValues: 1,
  values: concat(byteArrays([1]), 0),
});
addValues("values-leftover", "required, no values", "INT32", { numValues: 0, values: concat(0) });
addValues("values-padding", "BOOLEAN", "BOOLEAN", { numValues: 3, values: concat(9) }, true);
addValues("byte-array-length", "PLAIN", "BYTE_ARRAY", {
  numValues: 1,
  values: concat([4, 0, 0, 0], [1, 2, 3]),
});
addValues("byte-array-length", "PLAIN, negative", "BYTE_ARRAY", {
  numValues: 1,
  values: concat([255, 255, 255, 255], [1, 2, 3]),
});
for (const [what, run1] of [["RLE", run(1, 3, 1)], ["packed RLE", concat()]] as const) {
  addValues("values-truncated", what, "BOOLEAN", {
    numValues: 4,
    values: prefixed(run1),
    encoding: "RLE",
  });
}
addValues("values-truncated", "RLE, its length", "BOOLEAN", {
  numValues: 4,
  values: concat([2, 0]),
  encoding: "RLE",
});
addValues("values-truncated", "RLE, beyond the page", "BOOLEAN", {
  numValues: 4,
  values: concat([3, 0, 0, 0], run(1, 4, 1)),
  encoding: "RLE",
});
addValues("values-leftover", "RLE, behind its length", "BOOLEAN", {
  numValues: 4,
  values: concat(prefixed(run(1, 4, 1)), 0),
  encoding: "RLE",
});
addValues("values-leftover", "RLE, within its length", "BOOLEAN", {
  numValues: 4,
  values: prefixed(concat(run(1, 4, 1), 0)),
  encoding: "RLE",
});
addValues("run-value", "a boolean of 2", "BOOLEAN", {
  numValues: 4,
  values: prefixed(run(2, 4, 1)),
  encoding: "RLE",
});
for (const encoding of ["RLE", "DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY"] as const) {
  const type = encoding === "RLE"
    ? "BOOLEAN"
    : encoding === "DELTA_BYTE_ARRAY"
    ? "BYTE_ARRAY"
    : "INT32";
  add("values-empty", encoding, {
    column: leaf(type, OPTIONAL),
    pages: [pageV1({ numValues: 4, definition: run(0, 4, 1), values: concat(), encoding })],
  }, true);
}

// Dictionaries.
const ids = (values: Uint8Array, numValues: number) =>
  pageV1({ numValues, values, encoding: "RLE_DICTIONARY" });
function addIds(rule: string, what: string, values: Uint8Array, numValues: number, ok?: boolean) {
  const pages = [dictionaryPage(int32s(5, 6, 7), 3), ids(values, numValues)];
  add(rule, what, { column: leaf("INT32"), pages }, ok ?? rule === "values-leftover");
}
add("dictionary-missing", "no dictionary", {
  column: leaf("INT32"),
  pages: [ids(concat(0, run(0, 1, 0)), 1)],
}, false);
for (const [what, count] of [["too many bytes", 3], ["too few", 5]] as const) {
  add("dictionary-value-count", what, {
    column: leaf("INT32"),
    pages: [dictionaryPage(four.values, count), ids(concat(0, run(0, 1, 0)), 1)],
  }, count === 3);
  add("dictionary-value-count", `${what} byte arrays`, {
    column: leaf("BYTE_ARRAY"),
    pages: [
      dictionaryPage(byteArrays([1], [2], [3], [4]), count),
      ids(concat(0, run(0, 1, 0)), 1),
    ],
  }, count === 3);
}
add("dictionary-duplicate", "INT32", {
  column: leaf("INT32"),
  pages: [dictionaryPage(int32s(5, 6, 5), 3), ids(concat(2, run(2, 1, 2)), 1)],
}, true);
add("dictionary-duplicate", "BYTE_ARRAY", {
  column: leaf("BYTE_ARRAY"),
  pages: [
    dictionaryPage(byteArrays([1], [], [1, 0], [0, 1], []), 5),
    ids(concat(3, run(2, 1, 3)), 1),
  ],
}, true);
add("dictionary-unused", "by PLAIN pages", {
  column: leaf("INT32"),
  pages: [dictionaryPage(int32s(1, 2, 3, 4), 4), pageV1(four)],
}, true);
addIds("dictionary-id-width", "33", concat(33, run(0, 1, 33)), 1);
addIds("dictionary-id-wide", "three", concat(3, run(0, 1, 3)), 1, true);
addIds("dictionary-id-out-of-range", "a run", concat(2, run(3, 1, 2)), 1);
addIds("dictionary-id-out-of-range", "packed", concat(2, packedRun([0, 1, 3], 2)), 3);
add("dictionary-id-out-of-range", "of an empty dictionary", {
  column: leaf("INT32"),
  pages: [dictionaryPage(int32s(), 0), ids(concat(0, run(0, 1, 0)), 1)],
}, false);
addIds("run-value", "more bits than the width", concat(1, run(2, 1, 1)), 1);
addIds("values-truncated", "no width", concat(), 1);
addIds("values-truncated", "too few ids", concat(2, run(0, 1, 2)), 2);
addIds("values-leftover", "behind the ids", concat(2, run(0, 1, 2), 0), 1);
add("run-length", "a run of nothing for a dictionary of one", {
  column: leaf("INT32"),
  pages: [dictionaryPage(int32s(5), 1), ids(concat(0, 0), 3)],
}, false);
add("values-truncated", "no run for a dictionary of one", {
  column: leaf("INT32"),
  pages: [dictionaryPage(int32s(5), 1), ids(concat(0), 3)],
}, false);
add("values-empty", "no width of no ids", {
  column: leaf("INT32", OPTIONAL),
  pages: [
    dictionaryPage(int32s(5), 1),
    pageV1({
      numValues: 4,
      definition: run(0, 4, 1),
      values: concat(),
      encoding: "RLE_DICTIONARY",
    }),
  ],
}, true);

// Deltas.
function addDeltas(
  rule: string,
  what: string,
  numValues: number,
  values: Uint8Array,
  ok?: boolean,
) {
  addValues(rule, what, "INT32", { numValues, values, encoding: "DELTA_BINARY_PACKED" }, ok);
}
const header = (count: number, first = 1, block = 128, miniblocks = 4) =>
  concat(varint(block), varint(miniblocks), varint(count), zigzag(first));
addDeltas("delta-header", "blocks of 64", 1, header(1, 1, 64, 2));
addDeltas("delta-header", "blocks of none", 1, header(1, 1, 0, 4));
addDeltas("delta-header", "no miniblocks", 1, header(1, 1, 128, 0));
addDeltas("delta-header", "miniblocks of 16", 1, header(1, 1, 128, 8));
addDeltas("delta-header", "a first value of 33 bits", 1, header(1, 2 ** 31));
addDeltas(
  "delta-header",
  "a least delta of 33 bits",
  2,
  concat(header(2), zigzag(2 ** 31), [0, 0, 0, 0]),
);
addDeltas("delta-header", "a varint that goes on", 1, concat([255, 255, 255, 255, 255, 1]));
addDeltas("delta-value-count", "too many", 1, header(2));
addDeltas("delta-value-count", "too few", 3, deltas([1, 2], 32));
addDeltas(
  "delta-bit-width",
  "33",
  2,
  concat(header(2), zigzag(0), [33, 0, 0, 0], new Uint8Array(132)),
);
addDeltas("values-truncated", "the header of deltas", 1, concat(varint(128), varint(4)));
addDeltas("values-truncated", "no block", 2, header(2));
addDeltas("values-truncated", "the bit widths", 2, concat(header(2), zigzag(0), [0, 0, 0]));
addDeltas("values-truncated", "a miniblock", 3, deltas([1, 3, 2], 32).subarray(0, -1));
addDeltas("values-leftover", "behind deltas", 2, concat(deltas([1, 3], 32), 0));
addDeltas(
  "values-leftover",
  "the body of a miniblock that is not needed",
  2,
  concat(header(2), zigzag(0), [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]),
);
addDeltas(
  "delta-padding",
  "a bit",
  2,
  concat(header(2), zigzag(0), [1, 0, 0, 0], [3, 0, 0, 0]),
  true,
);
addDeltas(
  "delta-unneeded-width",
  "without a body",
  2,
  concat(header(2), zigzag(0), [1, 0, 0, 7], [1, 0, 0, 0]),
  true,
);
const lengths = (parts: PageParts["values"], numValues: number): PageParts => ({
  numValues,
  values: parts,
  encoding: "DELTA_LENGTH_BYTE_ARRAY",
});
addValues(
  "byte-array-length",
  "negative",
  "BYTE_ARRAY",
  lengths(concat(deltas([2, -1, 2], 32), [1, 2, 3]), 3),
);
addValues("byte-array-length", "too long", "BYTE_ARRAY", lengths(concat(deltas([2, 2], 32), 1), 2));
addValues(
  "values-leftover",
  "behind byte arrays",
  "BYTE_ARRAY",
  lengths(concat(deltas([1, 1], 32), [1, 2, 3]), 2),
);
const prefixes = (before: number[], after: number[], bytes: number[]): PageParts => ({
  numValues: before.length,
  values: concat(deltas(before, 32), deltas(after, 32), bytes),
  encoding: "DELTA_BYTE_ARRAY",
});
addValues("byte-array-prefix", "of the first", "BYTE_ARRAY", prefixes([1], [0], []));
addValues("byte-array-prefix", "too long", "BYTE_ARRAY", prefixes([0, 3], [2, 1], [1, 2, 3]));
addValues("byte-array-prefix", "negative", "BYTE_ARRAY", prefixes([0, -1], [2, 1], [1, 2, 3]));
addValues("byte-array-length", "suffix", "BYTE_ARRAY", prefixes([0, 1], [2, 2], [1, 2, 3]));
addValues("values-leftover", "suffix", "BYTE_ARRAY", prefixes([0, 1], [2, 1], [1, 2, 3, 4]));
addValues(
  "fixed-length",
  "of FIXED_LEN_BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
  prefixes([0, 1], [3, 1], [1, 2, 3, 4]),
  false,
  { typeLength: 3 },
);
for (const [rule, numValues] of [["values-truncated", 5], ["values-leftover", 3]] as const) {
  addValues(rule, "BYTE_STREAM_SPLIT", "INT32", {
    ...four,
    numValues,
    encoding: "BYTE_STREAM_SPLIT",
  });
}

// What values mean.
function addMeaning(
  rule: string,
  what: string,
  type: PhysicalType,
  logicalType: LogicalType,
  values: readonly Uint8Array[],
  options: ColumnOptions = {},
): void {
  const column = leaf(type, { logicalType, ...options });
  const encoded = plain(values, type);
  add(rule, what, { column, pages: [pageV1({ numValues: values.length, values: encoded })] }, true);
  add(rule, `${what}, in a dictionary`, {
    column,
    pages: [
      dictionaryPage(encoded, values.length),
      pageV1({ numValues: 1, values: concat(0, run(0, 1, 0)), encoding: "RLE_DICTIONARY" }),
    ],
  }, true);
}
const texts = (...values: string[]) => values.map((value) => utf8.encode(value));
for (const type of ["STRING", "ENUM", "JSON"] as const) {
  const right = texts('"é"');
  addMeaning("text-not-utf8", type, "BYTE_ARRAY", { type }, [
    ...right,
    Uint8Array.of(0x22, 0xff, 0x22),
  ]);
}
addMeaning("text-not-utf8", "a character over two values", "BYTE_ARRAY", { type: "STRING" }, [
  Uint8Array.of(0x61, 0xc3),
  Uint8Array.of(0xa9),
]);
addMeaning("text-not-utf8", "a surrogate", "BYTE_ARRAY", { type: "STRING" }, [
  Uint8Array.of(0xed, 0xa0, 0x80),
]);
addMeaning("json-syntax", "cut off", "BYTE_ARRAY", { type: "JSON" }, texts("[1]", "[1"));
addMeaning("json-syntax", "nothing", "BYTE_ARRAY", { type: "JSON" }, texts(""));
const decimal = (precision: number): LogicalType => ({ type: "DECIMAL", scale: 0, precision });
addMeaning("decimal-out-of-precision", "INT32", "INT32", decimal(3), [int32s(-999), int32s(1000)]);
addMeaning("decimal-out-of-precision", "INT32, negative", "INT32", decimal(9), [
  int32s(-1_000_000_000),
]);
addMeaning("decimal-out-of-precision", "INT64", "INT64", decimal(18), [int64s(10n ** 18n)]);
addMeaning("decimal-out-of-precision", "INT64, negative", "INT64", decimal(17), [
  int64s(-(10n ** 17n)),
]);
addMeaning("decimal-out-of-precision", "FIXED_LEN_BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY", decimal(3), [
  Uint8Array.of(0x03, 0xe8),
], { typeLength: 2 });
addMeaning("decimal-out-of-precision", "wide", "FIXED_LEN_BYTE_ARRAY", decimal(38), [
  littleEndian(-(10n ** 38n), 16).toReversed(),
]);
addMeaning("decimal-out-of-precision", "BYTE_ARRAY", "BYTE_ARRAY", decimal(4), [
  Uint8Array.of(0xd8, 0xf0),
]);
addMeaning("decimal-empty", "BYTE_ARRAY", "BYTE_ARRAY", decimal(4), [Uint8Array.of()]);
addMeaning("decimal-not-minimal", "positive", "BYTE_ARRAY", decimal(4), [Uint8Array.of(0, 0x7f)]);
addMeaning("decimal-not-minimal", "negative", "BYTE_ARRAY", decimal(4), [
  Uint8Array.of(255, 255, 0x7f),
]);
const integer = (bitWidth: number, isSigned: boolean): LogicalType => ({
  type: "INTEGER",
  bitWidth,
  isSigned,
});
for (
  const [bitWidth, isSigned, wrong] of [
    [8, true, 128],
    [8, true, -129],
    [8, false, 256],
    [8, false, -1],
    [16, true, 32768],
    [16, true, -32769],
    [16, false, 65536],
    [16, false, -1],
  ] as const
) {
  addMeaning(
    "integer-out-of-range",
    `${wrong} in ${isSigned ? "" : "U"}INT_${bitWidth}`,
    "INT32",
    integer(bitWidth, isSigned),
    [int32s(1), int32s(wrong)],
  );
}
const time = (unit: "MILLIS" | "MICROS" | "NANOS"): LogicalType => ({
  type: "TIME",
  isAdjustedToUTC: true,
  unit,
});
const DAY = 86_400_000;
addMeaning("time-out-of-day", "MILLIS", "INT32", time("MILLIS"), [int32s(DAY)]);
addMeaning("time-out-of-day", "MILLIS, negative", "INT32", time("MILLIS"), [int32s(-1)]);
addMeaning("time-out-of-day", "MICROS", "INT64", time("MICROS"), [int64s(BigInt(DAY) * 1000n)]);
addMeaning("time-out-of-day", "NANOS", "INT64", time("NANOS"), [int64s(BigInt(DAY) * 1000000n)]);
addMeaning("time-out-of-day", "NANOS, negative", "INT64", time("NANOS"), [int64s(-1n)]);
addMeaning("unknown-not-null", "INT32", "INT32", { type: "UNKNOWN" }, [int32s(0)]);
const variant: ColumnOptions = {
  path: ["REQUIRED", "REQUIRED"],
  name: "metadata",
  group: { type: "VARIANT" },
};
for (
  const [what, metadata] of Object.entries({
    "nothing": [],
    "version 2": [2, 0, 0],
    "no size": [1],
    "no offsets": [1, 1, 0],
    "a first offset of 1": [1, 1, 1, 1, 97],
    "offsets that go back": [1, 2, 0, 2, 1, 97, 98],
    "an offset beyond": [1, 1, 0, 5, 97],
    "bytes left over": [1, 1, 0, 1, 97, 98],
    "not UTF-8": [1, 1, 0, 1, 255],
    "not sorted": [17, 2, 0, 1, 2, 98, 97],
    "sorted, and twice": [17, 2, 0, 1, 2, 97, 97],
    "two bytes an offset": [65, 1, 0, 0, 0, 2, 0, 97],
  })
) {
  const bytes = Uint8Array.from(metadata);
  const column = leaf("BYTE_ARRAY", variant);
  const page = pageV1({ numValues: 1, values: byteArrays(bytes) });
  add("variant-metadata", what, { column, pages: [page] }, true);
}
for (const type of ["GEOMETRY", "GEOGRAPHY"] as const) {
  addMeaning("wkb-header", "too short", "BYTE_ARRAY", { type }, [Uint8Array.of(1, 1, 0, 0)]);
  addMeaning("wkb-header", "byte order", "BYTE_ARRAY", { type }, [Uint8Array.of(2, 1, 0, 0, 0)]);
  addMeaning("wkb-type", "8", "BYTE_ARRAY", { type }, [Uint8Array.of(1, 8, 0, 0, 0)]);
  addMeaning("wkb-type", "0", "BYTE_ARRAY", { type }, [Uint8Array.of(0, 0, 0, 0, 0)]);
  addMeaning("wkb-type", "EWKB", "BYTE_ARRAY", { type }, [Uint8Array.of(0, 0x20, 0, 0, 1)]);
}

for (const { rule, what, chunk, decoded } of CASES) {
  test(`${rule}: ${what}`, () => {
    const seen = decodeChunk(chunk);
    assert.deepEqual(seen.rules, [rule], JSON.stringify(seen.faults));
    const { severity } = RULES[rule as keyof typeof RULES];
    for (const fault of seen.faults) {
      assert.equal(fault.severity, severity);
      assert.equal(fault.column, chunk.column.name);
      assert.ok(fault.message.length > 0 && !/undefined|NaN|object/.test(fault.message));
    }
    if (seen.pages.length > 0) assert.equal(seen.pages.at(-1) !== null, decoded);
  });
}

test("every rule about pages has a case", () => {
  const tested = new Set(CASES.map(({ rule }) => rule));
  assert.deepEqual(Object.keys(PAGE_RULES).filter((rule) => !tested.has(rule)), []);
});

test("what is right at its limits", () => {
  const right = (type: PhysicalType, logicalType: LogicalType, values: readonly Uint8Array[]) => {
    const options = type === "FIXED_LEN_BYTE_ARRAY" ? { typeLength: values[0]!.length } : {};
    const page = pageV1({ numValues: values.length, values: plain(values, type) });
    const seen = decodeChunk({ column: leaf(type, { logicalType, ...options }), pages: [page] });
    assert.deepEqual(seen.faults, [], JSON.stringify(logicalType));
  };
  right("INT32", integer(8, true), [int32s(-128), int32s(127)]);
  right("INT32", integer(16, false), [int32s(0), int32s(65535)]);
  right("INT32", integer(32, false), [int32s(-1)]);
  right("INT32", decimal(9), [int32s(999_999_999), int32s(-999_999_999)]);
  right("INT64", decimal(18), [int64s(10n ** 18n - 1n), int64s(1n - 10n ** 18n)]);
  for (const precision of [1, 2, 3, 9, 10, 18, 19, 37, 38, 76]) {
    const most = 10n ** BigInt(precision) - 1n;
    for (const width of [Math.ceil((most.toString(2).length + 1) / 8), 40]) {
      right("FIXED_LEN_BYTE_ARRAY", decimal(precision), [
        ...[most, -most, 0n, -1n, 1n].map((value) => littleEndian(value, width).toReversed()),
      ]);
    }
  }
  right("BYTE_ARRAY", decimal(4), [
    Uint8Array.of(0),
    Uint8Array.of(0, 0x80),
    Uint8Array.of(255, 0x7f),
    Uint8Array.of(0x80),
    Uint8Array.of(0x27, 0x0f),
    Uint8Array.of(0xd8, 0xf1),
  ]);
  right("INT32", time("MILLIS"), [int32s(0), int32s(DAY - 1)]);
  right("INT64", time("NANOS"), [int64s(0n), int64s(BigInt(DAY) * 1000000n - 1n)]);
  right("BYTE_ARRAY", { type: "STRING" }, texts("", "a", "é", "", "€", "𝄞", "\ufeffx"));
  right("BYTE_ARRAY", { type: "JSON" }, texts("null", '{"a": [1, "é"]}', " 1 "));
  right("BYTE_ARRAY", { type: "GEOMETRY" }, [
    Uint8Array.of(1, 1, 0, 0, 0),
    Uint8Array.of(0, 0, 0, 0x0b, 0xbf),
  ]);
  const variants = [[1, 0, 0], [17, 2, 0, 1, 2, 97, 98], [65, 1, 0, 0, 0, 1, 0, 97]];
  for (const bytes of variants) {
    const page = pageV1({ numValues: 1, values: byteArrays(bytes) });
    assert.deepEqual(
      decodeChunk({ column: leaf("BYTE_ARRAY", variant), pages: [page] }).faults,
      [],
    );
  }
});

test("BIT_PACKED levels", () => {
  const levels = [1, 0, 2, 2, 1, 0, 0, 2, 2, 2, 1];
  const count = levels.filter((level) => level === 2).length;
  const page = pageV1({
    numValues: levels.length,
    values: concat(packBigEndian(levels, 2), int32s(...new Array(count).fill(3))),
  }, { definitionLevelEncoding: "BIT_PACKED" });
  const path: FieldRepetitionType[] = ["OPTIONAL", "OPTIONAL"];
  const seen = decodeChunk({ column: leaf("INT32", { path }), pages: [page] });
  assert.deepEqual(seen.faults, []);
  assert.deepEqual(seen.pages[0]!.definitionLevels, levels);
});

test("LZ4 as Hadoop frames it, and as a block alone", () => {
  const literals = (bytes: Uint8Array) => concat(bytes.length << 4, bytes);
  const framed = (bytes: Uint8Array) =>
    concat(
      littleEndian(bytes.length, 4).toReversed(),
      littleEndian(bytes.length + 1, 4).toReversed(),
      literals(bytes),
    );
  const two = (bytes: Uint8Array) =>
    concat(framed(bytes.subarray(0, 7)), framed(bytes.subarray(7)));
  const parts = { numValues: 3, values: int32s(1, 2, 3) };
  for (const compress of [literals, framed, two]) {
    const pages = [compressed(parts, compress)];
    const seen = decodeChunk({ column: leaf("INT32"), codec: "LZ4", pages });
    assert.deepEqual(seen.faults, []);
    assert.deepEqual(seen.pages[0]!.values, ["01000000", "02000000", "03000000"]);
  }
});

test("a page after one that cannot be decoded", () => {
  const wrong = pageV1({ ...four, numValues: 5 });
  const seen = decodeChunk({ column: leaf("INT32"), pages: [wrong, pageV1(four)] });
  assert.deepEqual(seen.rules, ["values-truncated"]);
  assert.equal(seen.pages[1]!.firstRow, 5);
  assert.equal(seen.faults[0]!.page, 0);
  assert.equal(seen.faults[0]!.offset, 4);
});

test("a dictionary that cannot be decoded is reported once", () => {
  const pages = [
    dictionaryPage(int32s(1, 2), 3),
    ids(concat(0, run(0, 1, 0)), 1),
    ids(concat(0, run(0, 1, 0)), 1),
  ];
  const seen = decodeChunk({ column: leaf("INT32"), pages });
  assert.deepEqual(seen.faults.map(({ rule }) => rule), ["dictionary-value-count"]);
  assert.deepEqual(seen.pages, [null, null]);
});

test("levels of hybrid runs of all kinds", () => {
  const levels = Array.from({ length: 1000 }, (_, i) => i % 300 < 100 ? 2 : i * i % 3);
  const count = levels.filter((level) => level === 2).length;
  const page = pageV1({
    numValues: 1000,
    definition: hybrid(levels, 2),
    values: int32s(...new Array(count).fill(3)),
  });
  const column = leaf("INT32", { path: ["OPTIONAL", "OPTIONAL"] });
  const seen = decodeChunk({ column, pages: [page] });
  assert.deepEqual(seen.faults, []);
  assert.deepEqual(seen.pages[0]!.definitionLevels, levels);
});
