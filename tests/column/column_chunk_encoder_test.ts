import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BytesArray, DictionaryArray, FixedArray } from "../../src/arrow/column_array.ts";
import type { EncodedColumnChunk } from "../../src/column/encoded_column_chunk.ts";
import { decompress } from "../../src/compression/decompress.ts";
import { decodePageHeader } from "../../src/format/structures.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import { bytesOf, encodeChunk, plan, properties } from "./support.ts";

const kernels = createKernels("typescript");

function int64(values: readonly (bigint | number)[]): FixedArray {
  const data = BigInt64Array.from(values, (value) => BigInt(value));
  return {
    shape: "fixed",
    width: 8,
    length: data.length,
    validity: null,
    values: new Uint8Array(data.buffer),
  };
}

function strings(values: readonly string[]): BytesArray {
  const encoded = values.map((value) => new TextEncoder().encode(value));
  const offsets = new Int32Array(values.length + 1);
  encoded.forEach((bytes, i) => offsets[i + 1] = offsets[i]! + bytes.length);
  const data = new Uint8Array(offsets[values.length]!);
  encoded.forEach((bytes, i) => data.set(bytes, offsets[i]));
  return { shape: "bytes", length: values.length, validity: null, offsets, data };
}

const stringPlan = (changes: Partial<ColumnPlan> = {}): ColumnPlan =>
  plan({
    leaf: { nullable: false, shape: "bytes", width: 0, conversion: "none" },
    physicalType: "BYTE_ARRAY",
    order: "utf8",
    ...changes,
  });

/** Encoding and number of values of each page. */
function pagesOf(chunk: EncodedColumnChunk): string[] {
  const bytes = bytesOf(chunk);
  const pages: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const { header, byteLength } = decodePageHeader(bytes, at);
    const page = header.dataPageHeader ?? header.dataPageHeaderV2 ?? header.dictionaryPageHeader!;
    const kind = header.type === "DICTIONARY_PAGE" ? "dictionary " : "";
    pages.push(`${kind}${page.encoding} ${page.numValues}`);
    at += byteLength + header.compressedPageSize;
  }
  return pages;
}

const range = (n: number, value: (i: number) => number) =>
  Array.from({ length: n }, (_, i) => value(i));

describe("ColumnChunkEncoder pages", () => {
  it("ends pages at dataPageRowCountLimit", () => {
    const chunk = encodeChunk(kernels, plan(), [int64(range(45_000, (i) => i % 10))]);
    assert.deepEqual(pagesOf(chunk), [
      "dictionary PLAIN 10",
      "RLE_DICTIONARY 20000",
      "RLE_DICTIONARY 20000",
      "RLE_DICTIONARY 5000",
    ]);
  });

  it("ends pages when dataPageSizeLimit is reached, never before", () => {
    const small = properties({ dataPageSizeLimit: 100, dictionaryEnabled: false });
    const chunk = encodeChunk(kernels, plan({ properties: small }), [int64(range(30, (i) => i))]);
    // 13 values of 8 bytes are the first to reach 100 bytes.
    assert.deepEqual(pagesOf(chunk), ["PLAIN 13", "PLAIN 13", "PLAIN 4"]);
  });

  it("measures byte arrays with their lengths", () => {
    const small = properties({ dataPageSizeLimit: 20, dictionaryEnabled: false });
    const values = strings(["12345678", "12345678", "x".repeat(100), "", "", "", "", ""]);
    const chunk = encodeChunk(kernels, stringPlan({ properties: small }), [values]);
    assert.deepEqual(pagesOf(chunk), ["PLAIN 2", "PLAIN 1", "PLAIN 5"]);
  });

  it("writes PLAIN when every value is distinct", () => {
    const chunk = encodeChunk(kernels, plan(), [int64(range(45_000, (i) => i * 7))]);
    assert.deepEqual(pagesOf(chunk), ["PLAIN 20000", "PLAIN 20000", "PLAIN 5000"]);
  });

  it("keeps a dictionary that pays over the chunk though hardly over its first page", () => {
    let state = 1;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 8;
    const values = range(100_000, () => random() % 50_000);
    const chunk = encodeChunk(kernels, plan(), [int64(values)]);
    assert.match(pagesOf(chunk)[0]!, /^dictionary PLAIN 4/);
  });

  it("waits for values to come again before it gives up a dictionary", () => {
    const values = range(100_000, (i) => (i * 17) % 33_333);
    const chunk = encodeChunk(kernels, plan(), [int64(values)]);
    assert.equal(pagesOf(chunk)[0], "dictionary PLAIN 33333");
    const distinct = range(60_000, (i) => (i * 17) % 60_001);
    assert.deepEqual(pagesOf(encodeChunk(kernels, plan(), [int64(distinct)])), [
      "PLAIN 20000",
      "PLAIN 20000",
      "PLAIN 20000",
    ]);
  });

  it("falls back in mid-chunk when the dictionary is full, and counts its pages", () => {
    const limit = properties({ dictionaryPageSizeLimit: 800, dataPageRowCountLimit: 400 });
    // 50 values come again and again; then only new ones.
    const values = range(2000, (i) => i < 1000 ? i % 50 : i);
    const chunk = encodeChunk(kernels, plan({ properties: limit }), [int64(values)]);
    assert.deepEqual(pagesOf(chunk), [
      "dictionary PLAIN 100",
      "RLE_DICTIONARY 400",
      "RLE_DICTIONARY 400",
      "RLE_DICTIONARY 250",
      "PLAIN 400",
      "PLAIN 400",
      "PLAIN 150",
    ]);
    assert.deepEqual([...chunk.metaData.encodings].sort(), ["PLAIN", "RLE", "RLE_DICTIONARY"]);
    const { statistics } = chunk.metaData;
    assert.equal(new DataView(statistics!.maxValue!.buffer).getBigInt64(0, true), 1999n);
    assert.equal(new DataView(statistics!.minValue!.buffer).getBigInt64(0, true), 0n);
  });

  it("does not need a dictionary for pages without values", () => {
    const nullable = plan({
      leaf: { nullable: true, shape: "fixed", width: 8, conversion: "none" },
      maxDefinitionLevel: 1,
      properties: properties({ dataPageRowCountLimit: 1000 }),
    });
    const nulls: FixedArray = {
      ...int64(range(1500, () => 5)),
      validity: { bytes: new Uint8Array(188), bitOffset: 3 },
    };
    const chunk = encodeChunk(kernels, nullable, [nulls]);
    assert.deepEqual(pagesOf(chunk), ["PLAIN 1000", "PLAIN 500"]);
    assert.deepEqual(chunk.metaData.statistics, { nullCount: 1500 });
    const later = encodeChunk(kernels, nullable, [nulls, int64(range(3000, (i) => i % 3))]);
    assert.deepEqual(pagesOf(later), [
      "dictionary PLAIN 3",
      "PLAIN 1000",
      "RLE_DICTIONARY 1000",
      "RLE_DICTIONARY 1000",
      "RLE_DICTIONARY 1000",
      "RLE_DICTIONARY 500",
    ]);
  });

  it("writes the same bytes however rows are cut into segments", () => {
    const limit = properties({ dictionaryPageSizeLimit: 3000, dataPageRowCountLimit: 333 });
    const values = int64(range(5000, (i) => i < 2500 ? i % 70 : i));
    const p = plan({ properties: limit });
    const whole = bytesOf(encodeChunk(kernels, p, [values]));
    for (const rows of [1, 7, 64, 332, 333, 334, 1000]) {
      assert.deepEqual(bytesOf(encodeChunk(kernels, p, [values], rows)), whole, `${rows} rows`);
    }
  });

  it("writes the same bytes of strings however rows are cut into segments", () => {
    const values = strings(range(3000, (i) => i).map((i) => `${i % 40} ${"x".repeat(i % 7)}`));
    for (const dictionaryEnabled of [true, false]) {
      const small = properties({ dataPageSizeLimit: 500, dictionaryEnabled });
      const p = stringPlan({ properties: small });
      const whole = bytesOf(encodeChunk(kernels, p, [values]));
      for (const rows of [1, 7, 100, 1000]) {
        assert.deepEqual(bytesOf(encodeChunk(kernels, p, [values], rows)), whole, `${rows} rows`);
      }
    }
  });

  it("compresses the dictionary page of data pages v2 too: only data pages can say that they are not", () => {
    const tiny = properties({ compression: "lz4_raw", writerVersion: "2.0" });
    const chunk = encodeChunk(kernels, plan({ properties: tiny }), [int64([1, 1, 1, 1, 2])]);
    const { header, byteLength } = decodePageHeader(bytesOf(chunk), 0);
    assert.equal(header.type, "DICTIONARY_PAGE");
    const page = bytesOf(chunk).subarray(byteLength, byteLength + header.compressedPageSize);
    assert.deepEqual([...decompress("lz4_raw", page, 16)], [...int64([1, 2]).values]);
  });

  it("gives all kernel memory back", () => {
    const before = kernels.memory.allocatedBytes;
    encodeChunk(kernels, stringPlan(), [strings(range(5000, (i) => i).map(String))]);
    assert.equal(kernels.memory.allocatedBytes, before);
  });
});

describe("ColumnChunkEncoder with Arrow dictionaries", () => {
  const dictionaryArray = (keys: number[], entries: string[]): DictionaryArray => ({
    shape: "dictionary",
    length: keys.length,
    validity: null,
    keyWidth: 1,
    keys: Uint8Array.from(keys),
    dictionary: strings(entries),
  });
  const rows = range(3000, (i) => (i * 5) % 4);
  const entries = ["zero", "unused", "two", "two", "three"];

  it("writes the bytes that the values themselves give, entries in order of appearance", () => {
    const keys = rows.map((row) => row === 1 ? 4 : row);
    const asKeys = encodeChunk(kernels, stringPlan(), [dictionaryArray(keys, entries)]);
    const asValues = encodeChunk(kernels, stringPlan(), [
      strings(keys.map((key) => entries[key]!)),
    ]);
    assert.deepEqual(bytesOf(asKeys), bytesOf(asValues));
    assert.deepEqual(asKeys.metaData, asValues.metaData);
    assert.deepEqual(new TextDecoder().decode(asKeys.metaData.statistics!.maxValue), "zero");
  });

  it("takes over a dictionary that is replaced from batch to batch", () => {
    const chunk = encodeChunk(kernels, stringPlan(), [
      dictionaryArray([0, 1, 0], ["a", "b"]),
      dictionaryArray([0, 1, 2], ["b", "c", "a"]),
    ]);
    const asValues = encodeChunk(kernels, stringPlan(), [strings(["a", "b", "a", "b", "c", "a"])]);
    assert.deepEqual(bytesOf(chunk).slice(-10), bytesOf(asValues).slice(-10));
  });

  it("falls back to values when the dictionary page is full", () => {
    const full = stringPlan({ properties: properties({ dictionaryPageSizeLimit: 16 }) });
    const keys = [0, 0, 1, 0, 2, 2, 0, 3];
    const chunk = encodeChunk(kernels, full, [dictionaryArray(keys, ["abcd", "efgh", "i", "k"])]);
    assert.deepEqual(pagesOf(chunk), ["dictionary PLAIN 2", "RLE_DICTIONARY 4", "PLAIN 4"]);
  });
});

describe("ColumnChunkEncoder statistics", () => {
  it("keeps −0 and NaN payloads apart from +0 and out of the bounds", () => {
    const data = new Float64Array([0, -0, NaN, 1, -1, NaN]);
    new BigUint64Array(data.buffer)[5] = 0xfff8000000000001n;
    const doubles: FixedArray = {
      shape: "fixed",
      width: 8,
      length: 6,
      validity: null,
      values: new Uint8Array(data.buffer),
    };
    const p = plan({
      physicalType: "DOUBLE",
      order: "float",
      properties: properties({ nanBounds: true }),
    });
    const all: FixedArray = { ...doubles, length: 6000, values: repeat(doubles.values, 1000) };
    const chunk = encodeChunk(kernels, p, [all]);
    assert.deepEqual(pagesOf(chunk), ["dictionary PLAIN 6", "RLE_DICTIONARY 6000"]);
    const bound = (bytes: Uint8Array) => new DataView(bytes.buffer).getFloat64(0, true);
    assert.equal(bound(chunk.metaData.statistics!.minValue!), -1);
    assert.equal(bound(chunk.metaData.statistics!.maxValue!), 1);
    const zeros: FixedArray = { ...doubles, length: 1, values: doubles.values.slice(0, 8) };
    const { statistics } = encodeChunk(kernels, p, [zeros]).metaData;
    assert.ok(Object.is(bound(statistics!.minValue!), -0));
    assert.ok(Object.is(bound(statistics!.maxValue!), 0));
  });

  it("cuts long bounds and says so", () => {
    const cut = stringPlan({ properties: properties({ statisticsTruncateLength: 4 }) });
    const values = strings(["abcdefgh", "zzzzzzzz", "abz"]);
    const { statistics } = encodeChunk(kernels, cut, [values]).metaData;
    assert.equal(new TextDecoder().decode(statistics!.minValue), "abcd");
    assert.equal(new TextDecoder().decode(statistics!.maxValue), "zzz{");
    assert.equal(statistics!.isMinValueExact, false);
    assert.equal(statistics!.isMaxValueExact, false);
  });

  it("leaves bounds out when statistics are off, but counts nulls in data pages v2", () => {
    const off = plan({
      leaf: { nullable: true, shape: "fixed", width: 8, conversion: "none" },
      maxDefinitionLevel: 1,
      properties: properties({ statisticsEnabled: "none", writerVersion: "2.0" }),
    });
    const half: FixedArray = {
      ...int64(range(16, (i) => i)),
      validity: { bytes: Uint8Array.of(0b01010101, 0b00001111), bitOffset: 0 },
    };
    const chunk = encodeChunk(kernels, off, [half]);
    assert.equal(chunk.metaData.statistics, undefined);
    assert.equal(decodePageHeader(bytesOf(chunk), 0).header.dataPageHeaderV2!.numNulls, 8);
  });
});

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}
