/** Right pages of every encoding and type: no finding, and exactly the values that were put into them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Encoding, PhysicalType } from "../../src/format/metadata.ts";
import { randomNumbers } from "../support/random_data.ts";
import { hex } from "../support/values.ts";
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
  littleEndian,
  packedRun,
  pageV1,
  pageV2,
  plain,
  prefixed,
} from "./pages.ts";

const COUNTS = [0, 1, 2, 7, 8, 9, 31, 32, 33, 127, 128, 129, 130, 257, 1000];

/** An encoder of all values of a page. */
type Encode = (values: readonly Uint8Array[], type: PhysicalType) => Uint8Array;

const asNumbers = (values: readonly Uint8Array[]): bigint[] =>
  values.map((value) => BigInt.asIntN(value.length * 8, BigInt(`0x${hex(value.toReversed())}`)));

const ENCODERS: Readonly<Partial<Record<Encoding, Encode>>> = {
  PLAIN: plain,
  RLE: (values) => prefixed(hybrid(values.map(([bit]) => bit!), 1)),
  DELTA_BINARY_PACKED: (values, type) => deltas(asNumbers(values), type === "INT32" ? 32 : 64),
  DELTA_LENGTH_BYTE_ARRAY: deltaLengths,
  DELTA_BYTE_ARRAY: deltaByteArrays,
  BYTE_STREAM_SPLIT: (values) => byteStreams(values, values[0]?.length ?? 0),
};

/** A kind of column, and a way to make its values. */
interface Kind {
  readonly type: PhysicalType;
  readonly typeLength?: number;
  readonly encodings: readonly Encoding[];
  readonly value: (next: () => number, i: number) => Uint8Array;
}

const bytes = (next: () => number, length: number) =>
  Uint8Array.from({ length }, () => Math.floor(next() * 256));
/** Small and large ones, equal ones, runs, the ends of the range. */
const integer = (width: 4 | 8) => (next: () => number, i: number): Uint8Array => {
  const kind = Math.floor(i / 40) % 6;
  if (kind === 0) return littleEndian(i * 3, width);
  if (kind === 1) return littleEndian(Math.floor(next() * 1000) - 500, width);
  if (kind === 2) return bytes(next, width);
  if (kind === 3) return littleEndian(7, width);
  const least = -(1n << BigInt(width * 8 - 1));
  if (kind === 4) return littleEndian(i % 2 === 0 ? least : -least - 1n, width);
  return littleEndian(BigInt(Math.floor(next() * 2 ** 30)) << BigInt(i % (width * 4)), width);
};
const text = (next: () => number, i: number) => {
  const value = bytes(next, next() < 0.1 ? 0 : Math.floor(next() * (i % 50 === 0 ? 300 : 40)));
  return i % 3 === 0 ? value : concat([112, 114, 101, 102, 105, 120], [i & 15], value);
};

const KINDS: readonly Kind[] = [
  {
    type: "BOOLEAN",
    encodings: ["PLAIN", "RLE"],
    value: (next, i) => Uint8Array.of(Math.floor(i / 30) % 2 === 0 ? 1 : Math.floor(next() * 2)),
  },
  {
    type: "INT32",
    encodings: ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    value: integer(4),
  },
  {
    type: "INT64",
    encodings: ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    value: integer(8),
  },
  { type: "INT96", encodings: ["PLAIN"], value: (next) => bytes(next, 12) },
  { type: "FLOAT", encodings: ["PLAIN", "BYTE_STREAM_SPLIT"], value: (next) => bytes(next, 4) },
  { type: "DOUBLE", encodings: ["PLAIN", "BYTE_STREAM_SPLIT"], value: (next) => bytes(next, 8) },
  {
    type: "BYTE_ARRAY",
    encodings: ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    value: text,
  },
  ...[1, 3, 4, 8, 16, 17].map((typeLength): Kind => ({
    type: "FIXED_LEN_BYTE_ARRAY",
    typeLength,
    encodings: ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"],
    value: (next, i) => {
      const value = bytes(next, typeLength);
      return i % 2 === 0 ? value : value.fill(1, 0, Math.floor(typeLength / 2));
    },
  })),
];

for (const { type, typeLength, encodings, value } of KINDS) {
  const lengthOption = typeLength === undefined ? {} : { typeLength };
  const label = `${type}${typeLength === undefined ? "" : `(${typeLength})`}`;

  for (const encoding of encodings) {
    test(`${label} in ${encoding}: the values, and no finding`, () => {
      for (const count of COUNTS) {
        const next = randomNumbers(count + 1);
        const values = Array.from({ length: count }, (_, i) => value(next, i));
        const encoded = ENCODERS[encoding]!(values, type);
        const expected = values.map(hex);

        const required = leaf(type, lengthOption);
        const parts = { numValues: count, values: encoded, encoding };
        for (const page of [pageV1(parts), pageV2(parts, { numNulls: 0, numRows: count })]) {
          const seen = decodeChunk({ column: required, pages: [page] });
          assert.deepEqual(seen.faults, [], `${count} required`);
          assert.deepEqual(seen.pages[0]!.values, expected);
        }

        // Every third entry is null; what is left of the last group of levels is padding.
        const levels = values.flatMap((_, i) => i % 2 === 0 ? [1, 0] : [1]);
        const optional = leaf(type, { ...lengthOption, path: ["OPTIONAL"] });
        const nullable = { ...parts, numValues: levels.length, definition: hybrid(levels, 1) };
        const counts = { numNulls: levels.length - count, numRows: levels.length };
        for (const page of [pageV1(nullable), pageV2(nullable, counts)]) {
          const seen = decodeChunk({ column: optional, pages: [page, page] });
          assert.deepEqual(seen.faults, [], `${count} optional`);
          for (const [i, decoded] of seen.pages.entries()) {
            assert.deepEqual(decoded!.values, expected);
            assert.deepEqual(decoded!.definitionLevels, levels);
            assert.equal(decoded!.firstRow, i * levels.length);
          }
        }
      }
    });
  }

  test(`${label} in a dictionary: ids and values, and no finding`, () => {
    for (const entries of [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 1000]) {
      const next = randomNumbers(entries);
      const distinct = new Map<string, Uint8Array>();
      for (let i = 0; i < entries; i++) {
        const made = value(next, i);
        distinct.set(hex(made), made);
      }
      const dictionary = [...distinct.values()];
      const ids = Array.from(
        { length: 600 },
        (_, i) => i % 100 < 40 ? 0 : Math.floor(next() * dictionary.length),
      );
      const width = 32 - Math.clz32(dictionary.length - 1);
      const first = dictionaryPage(plain(dictionary, type), dictionary.length);
      const page = (run: (ids: readonly number[], width: number) => Uint8Array) =>
        pageV1({
          numValues: ids.length,
          values: concat([width], run(ids, width)),
          encoding: "RLE_DICTIONARY",
        });
      const seen = decodeChunk({
        column: leaf(type, lengthOption),
        pages: [first, page(hybrid), page(packedRun)],
      });
      assert.deepEqual(seen.faults, [], `${entries} entries`);
      assert.deepEqual(seen.dictionary, dictionary.map(hex));
      for (const decoded of seen.pages) {
        assert.deepEqual(decoded!.ids, ids);
        assert.deepEqual(decoded!.values, ids.map((id) => hex(dictionary[id]!)));
      }
    }
  });
}

test("ids of every width up to 32 bits", () => {
  const dictionary = dictionaryPage(plain([Uint8Array.of(9, 0, 0, 0)], "INT32"), 1);
  for (let width = 0; width <= 32; width++) {
    const ids = new Array(29).fill(0);
    const page = pageV1({
      numValues: 58,
      values: concat([width], packedRun([...ids, 0, 0, 0], width), hybrid(ids.slice(3), width)),
      encoding: "RLE_DICTIONARY",
    });
    const seen = decodeChunk({ column: leaf("INT32"), pages: [dictionary, page] });
    assert.deepEqual(seen.rules, width > 1 ? ["dictionary-id-wide"] : [], `${width} bits`);
    assert.equal(seen.pages[0]!.values.length, 58);
  }
});

test("deltas of every width, in blocks of other sizes", () => {
  for (const [type, bits] of [["INT32", 32], ["INT64", 64]] as const) {
    for (let width = 0; width <= bits; width++) {
      const most = (1n << BigInt(width)) - 1n;
      let value = -5n;
      const values = Array.from({ length: 700 }, (_, i) => {
        value += i % 3 === 0 ? most : i % 7 === 0 ? most >> 1n : 0n;
        return BigInt.asIntN(bits, value);
      });
      for (const [blockSize, miniblocks] of [[128, 1], [128, 4], [256, 8], [1024, 4], [640, 2]]) {
        const page = pageV1({
          numValues: values.length,
          values: deltas(values, bits, blockSize, miniblocks),
          encoding: "DELTA_BINARY_PACKED",
        });
        const seen = decodeChunk({ column: leaf(type), pages: [page] });
        assert.deepEqual(seen.faults, [], `${type}, ${width} bits`);
        const expected = values.map((number) => hex(littleEndian(number, bits / 8)));
        assert.deepEqual(seen.pages[0]!.values, expected);
      }
    }
  }
});

test("the examples of the specification", () => {
  const utf8 = new TextEncoder();
  const example = (encoding: Encoding, values: Uint8Array, texts: string[]) => {
    const page = pageV1({ numValues: texts.length, values, encoding });
    const seen = decodeChunk({ column: leaf("BYTE_ARRAY"), pages: [page] });
    assert.deepEqual(seen.faults, []);
    assert.deepEqual(seen.pages[0]!.values, texts.map((text) => hex(utf8.encode(text))));
  };
  example(
    "DELTA_LENGTH_BYTE_ARRAY",
    concat(deltas([5, 5, 6, 6], 32), utf8.encode("HelloWorldFoobarABCDEF")),
    ["Hello", "World", "Foobar", "ABCDEF"],
  );
  example(
    "DELTA_BYTE_ARRAY",
    concat(deltas([0, 2, 0, 3], 32), deltas([4, 2, 6, 5], 32), utf8.encode("axislebabbleyhood")),
    ["axis", "axle", "babble", "babyhood"],
  );
  const floats = Uint8Array.of(0xaa, 0, 0xa3, 0xbb, 0x11, 0xb4, 0xcc, 0x22, 0xc5, 0xdd, 0x33, 0xd6);
  const page = pageV1({ numValues: 3, values: floats, encoding: "BYTE_STREAM_SPLIT" });
  const seen = decodeChunk({ column: leaf("FLOAT"), pages: [page] });
  assert.deepEqual(seen.pages[0]!.values, ["aabbccdd", "00112233", "a3b4c5d6"]);
});
