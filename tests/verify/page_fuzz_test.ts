/** Pages that nobody wrote: no call throws, hangs, or takes memory that the page does not pay for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type {
  CompressionCodec,
  Encoding,
  FieldRepetitionType,
  LogicalType,
  PhysicalType,
} from "../../src/format/metadata.ts";
import {
  byteStreams,
  concat,
  decodeChunk,
  deltaByteArrays,
  deltaLengths,
  deltas,
  dictionaryPage,
  hybrid,
  leaf,
  pageV1,
  pageV2,
  plain,
  prefixed,
} from "./pages.ts";

const TYPES: PhysicalType[] = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
];
const ENCODINGS: Encoding[] = [
  "PLAIN",
  "PLAIN_DICTIONARY",
  "RLE",
  "BIT_PACKED",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "RLE_DICTIONARY",
  "BYTE_STREAM_SPLIT",
  "ALP",
];
const CODECS: CompressionCodec[] = [
  "UNCOMPRESSED",
  "SNAPPY",
  "GZIP",
  "LZO",
  "BROTLI",
  "LZ4",
  "ZSTD",
  "LZ4_RAW",
];
const PATHS: FieldRepetitionType[][] = [
  ["REQUIRED"],
  ["OPTIONAL"],
  ["OPTIONAL", "REPEATED", "OPTIONAL"],
  ["REPEATED", "REPEATED"],
];
const LOGICAL: (LogicalType | undefined)[] = [
  undefined,
  { type: "STRING" },
  { type: "JSON" },
  { type: "DECIMAL", precision: 9, scale: 2 },
  { type: "INTEGER", bitWidth: 8, isSigned: true },
  { type: "TIME", isAdjustedToUTC: true, unit: "MICROS" },
  { type: "GEOMETRY" },
  { type: "UNKNOWN" },
];
const LIMIT = 1 << 20;

const columns = fc.record({
  type: fc.constantFrom(...TYPES),
  path: fc.constantFrom(...PATHS),
  logicalType: fc.constantFrom(...LOGICAL),
  typeLength: fc.constantFrom(0, 1, 3, 16),
}).map(({ type, path, logicalType, typeLength }) =>
  leaf(type, {
    path,
    ...(logicalType === undefined ? {} : { logicalType }),
    ...(type === "FIXED_LEN_BYTE_ARRAY" ? { typeLength } : {}),
  })
);
/** Small numbers, for which bytes may well suffice, and hostile ones. */
const counts = fc.oneof(fc.nat(40), fc.nat(100_000), fc.constantFrom(-1, 2 ** 31 - 1));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  // Most bytes of headers are small.
  fc.array(fc.oneof(fc.nat(4), fc.constantFrom(8, 16, 32, 128, 255)), { maxLength: 60 })
    .map((list) => Uint8Array.from(list)),
);

test("bytes at random as pages", () => {
  fc.assert(
    fc.property(
      columns,
      fc.constantFrom(...ENCODINGS),
      fc.constantFrom(...CODECS),
      counts,
      bytes,
      bytes,
      fc.record({ v2: fc.boolean(), a: fc.nat(20), b: fc.nat(20), size: fc.nat(200) }),
      (column, encoding, codec, numValues, body, dictionary, { v2, a, b, size }) => {
        const page = v2
          ? pageV2({ numValues, values: body, encoding }, {
            numNulls: a,
            numRows: b,
            definitionLevelsByteLength: a,
            repetitionLevelsByteLength: b,
          })
          : pageV1({ numValues, values: body, encoding });
        if (codec !== "UNCOMPRESSED") Object.assign(page.header, { uncompressedPageSize: size });
        const entries = column.physicalType === "BYTE_ARRAY" ? 3 : 1;
        const pages = [dictionaryPage(dictionary, entries), page, page];
        const seen = decodeChunk({ column, codec, pages, maxPageBytes: LIMIT });
        assert.ok(!seen.rules.includes("page-unreadable"), JSON.stringify(seen.faults));
        for (const decoded of seen.pages) {
          // What cannot be decoded was reported.
          if (decoded === null) assert.ok(seen.faults.length > 0);
        }
      },
    ),
    { numRuns: 4000 },
  );
});

/** Right pages of every encoding, to be made wrong. */
function rightPage(encoding: Encoding, optional: boolean) {
  const numbers = Array.from({ length: 200 }, (_, i) => i * i % 1000);
  const words = numbers.map((n) => Uint8Array.of(n & 255, n >> 8, 0, 0));
  const type: PhysicalType = encoding === "RLE"
    ? "BOOLEAN"
    : encoding.endsWith("BYTE_ARRAY")
    ? "BYTE_ARRAY"
    : "INT32";
  const values: Partial<Record<Encoding, () => Uint8Array>> = {
    PLAIN: () => plain(words, type),
    RLE: () => prefixed(hybrid(numbers.map((n) => n & 1), 1)),
    DELTA_BINARY_PACKED: () => deltas(numbers, 32),
    DELTA_LENGTH_BYTE_ARRAY: () => deltaLengths(words),
    DELTA_BYTE_ARRAY: () => deltaByteArrays(words),
    BYTE_STREAM_SPLIT: () => byteStreams(words, 4),
    RLE_DICTIONARY: () => concat(3, hybrid(numbers.map((n) => n % 5), 3)),
  };
  const column = leaf(type, optional ? { path: ["OPTIONAL"] } : {});
  const levels = numbers.flatMap((_, i) => i % 20 === 0 ? [0, 1] : [1]);
  const page = pageV1({
    numValues: optional ? levels.length : numbers.length,
    values: values[encoding]!(),
    encoding,
    ...(optional ? { definition: hybrid(levels, 1) } : {}),
  });
  const dictionary = dictionaryPage(plain(words.slice(0, 5), type), 5);
  const pages = encoding === "RLE_DICTIONARY" ? [dictionary, page] : [page];
  return { column, pages };
}

for (const encoding of ENCODINGS) {
  if (["PLAIN_DICTIONARY", "BIT_PACKED", "ALP"].includes(encoding)) continue;
  test(`${encoding}: every bit of a right page turned, and every length of it`, () => {
    for (const optional of [false, true]) {
      const { column, pages } = rightPage(encoding, optional);
      assert.deepEqual(decodeChunk({ column, pages, maxPageBytes: LIMIT }).faults, []);
      const page = pages.at(-1)!;
      const others = pages.slice(0, -1);
      const decode = (body: Uint8Array) => {
        const { crc: _, ...header } = page.header;
        const sizes = { uncompressedPageSize: body.length, compressedPageSize: body.length };
        const wrong = { header: { ...header, ...sizes }, body };
        const seen = decodeChunk({ column, pages: [...others, wrong], maxPageBytes: LIMIT });
        assert.ok(!seen.rules.includes("page-unreadable"), JSON.stringify(seen.faults));
        return seen;
      };
      for (let bit = 0; bit < page.body.length * 8; bit++) {
        const body = page.body.slice();
        body[bit >> 3]! ^= 1 << (bit & 7);
        decode(body);
      }
      for (let length = 0; length < page.body.length; length++) {
        const seen = decode(page.body.slice(0, length));
        assert.ok(seen.faults.length > 0, `${length} bytes of ${page.body.length}`);
      }
      assert.ok(decode(concat(page.body, 0)).faults.length > 0);
    }
  });
}
