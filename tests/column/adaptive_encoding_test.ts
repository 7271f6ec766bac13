/** `encoding: "auto"`: what is chosen for which values, and that it depends on them alone. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import type {
  BytesArray,
  ColumnArray,
  DictionaryArray,
  FixedArray,
} from "../../src/arrow/column_array.ts";
import { ColumnChunkEncoder } from "../../src/column/column_chunk_encoder.ts";
import type { EncodedColumnChunk } from "../../src/column/encoded_column_chunk.ts";
import { SegmentWriter } from "../../src/column/segment_writer.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { ColumnPlan } from "../../src/schema/column_plan.ts";
import type { ColumnProperties, EncodingChoice } from "../../src/schema/column_properties.ts";
import { encodingsOf } from "../../src/schema/value_encodings.ts";
import { bytesOf, encodeChunk, plan, properties } from "./support.ts";

const ROWS = 120_000;
const SMALL: Partial<ColumnProperties> = {
  compression: "zstd",
  compressionLevel: 1,
  reproducible: true,
  dataPageSizeLimit: 16 * 1024 * 1024,
  dataPageRowCountLimit: 1024 * 1024,
  dictionaryPageSizeLimit: 8 * 1024 * 1024,
  newestEncodings: true,
};
const auto = (changes: Partial<ColumnProperties> = {}) =>
  properties({ ...SMALL, encoding: "auto", ...changes });

/** Numbers that look random and are the same each time. */
function mixed(i: number): number {
  let x = Math.imul(i + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
const fraction = (i: number) => mixed(i) / 2 ** 32;

function int64(count: number, value: (i: number) => number): FixedArray {
  const data = BigInt64Array.from({ length: count }, (_, i) => BigInt(Math.floor(value(i))));
  return fixed(8, new Uint8Array(data.buffer));
}

function double(count: number, value: (i: number) => number): FixedArray {
  return fixed(8, new Uint8Array(Float64Array.from({ length: count }, (_, i) => value(i)).buffer));
}

function fixed(width: number, values: Uint8Array): FixedArray {
  return { shape: "fixed", width, length: values.length / width, validity: null, values };
}

function texts(count: number, value: (i: number) => string): BytesArray {
  const encoded = Array.from({ length: count }, (_, i) => new TextEncoder().encode(value(i)));
  const offsets = new Int32Array(count + 1);
  encoded.forEach((bytes, i) => offsets[i + 1] = offsets[i]! + bytes.length);
  const data = new Uint8Array(offsets[count]!);
  encoded.forEach((bytes, i) => data.set(bytes, offsets[i]));
  return { shape: "bytes", length: count, validity: null, offsets, data };
}

const INT64: Partial<ColumnPlan> = {};
const DOUBLE: Partial<ColumnPlan> = { physicalType: "DOUBLE", order: "float" };
const TEXT: Partial<ColumnPlan> = {
  physicalType: "BYTE_ARRAY",
  order: "utf8",
  leaf: { nullable: false, shape: "bytes", width: 0, conversion: "none" },
};
const FIXED_20: Partial<ColumnPlan> = {
  physicalType: "FIXED_LEN_BYTE_ARRAY",
  typeLength: 20,
  order: "bytes",
  leaf: { nullable: false, shape: "fixed", width: 20, conversion: "none" },
};
const BOOLEAN: Partial<ColumnPlan> = {
  physicalType: "BOOLEAN",
  order: "boolean",
  leaf: { nullable: false, shape: "boolean", width: 0, conversion: "none" },
};

interface Column {
  readonly type: Partial<ColumnPlan>;
  readonly array: ColumnArray;
  /** Encodings of the data pages, each once, in the order of their first page. */
  readonly chosen: readonly string[];
}

function booleans(value: (i: number) => boolean): ColumnArray {
  const values = new Uint8Array(ROWS / 8);
  for (let i = 0; i < ROWS; i++) if (value(i)) values[i >> 3]! |= 1 << (i & 7);
  return {
    shape: "boolean",
    length: ROWS,
    validity: null,
    values: { bytes: values, bitOffset: 0 },
  };
}

/** Few addresses take most rows, and there are always some that come for the first time. */
const address = (i: number) => Math.floor(60_000 * fraction(i) ** 4);
function addresses(): FixedArray {
  const bytes = new Uint8Array(ROWS * 20);
  for (let i = 0; i < ROWS; i++) {
    for (let k = 0; k < 20; k++) bytes[i * 20 + k] = mixed(address(i) * 20 + k);
  }
  return fixed(20, bytes);
}
const hash = (i: number) => [0, 1, 2].map((k) => mixed(i * 3 + k).toString(16)).join("");

const COLUMNS: Readonly<Record<string, Column>> = {
  "row numbers": { type: INT64, array: int64(ROWS, (i) => i), chosen: ["DELTA_BINARY_PACKED"] },
  "times in order": {
    type: INT64,
    array: int64(ROWS, (i) => 1.7e15 + i * 1000 + mixed(i) % 900),
    chosen: ["DELTA_BINARY_PACKED"],
  },
  "any numbers of three bytes": {
    type: INT64,
    array: int64(ROWS, (i) => mixed(i) >>> 8),
    chosen: ["BYTE_STREAM_SPLIT"],
  },
  "few numbers": {
    type: INT64,
    array: int64(ROWS, (i) => mixed(mixed(i) % 90) * 4099),
    chosen: ["RLE_DICTIONARY"],
  },
  "measurements": {
    type: DOUBLE,
    array: double(ROWS, (i) => 20 + Math.sin(i / 900) + fraction(i)),
    chosen: ["BYTE_STREAM_SPLIT"],
  },
  "few labels": {
    type: TEXT,
    array: texts(ROWS, (i) => `label ${mixed(i) % 40}`),
    chosen: ["RLE_DICTIONARY"],
  },
  "paths in order": {
    type: TEXT,
    array: texts(ROWS, (i) => `/home/someone/pictures/2024/${String(i).padStart(9, "0")}.jpg`),
    chosen: ["DELTA_BYTE_ARRAY"],
  },
  "tokens": { type: TEXT, array: texts(ROWS, hash), chosen: ["DELTA_LENGTH_BYTE_ARRAY"] },
  "hashes": {
    type: FIXED_20,
    array: fixed(20, Uint8Array.from({ length: ROWS * 20 }, (_, i) => mixed(i))),
    chosen: ["PLAIN"],
  },
  "addresses": { type: FIXED_20, array: addresses(), chosen: ["RLE_DICTIONARY"] },
  "long runs of booleans": {
    type: BOOLEAN,
    array: booleans((i) => i % 40_000 < 20_000),
    chosen: ["RLE"],
  },
  "numbers that repeat, then row numbers": {
    type: INT64,
    array: int64(3 * ROWS, (i) => i < ROWS ? mixed(i) % 3000 * 1_000_003 : i),
    chosen: ["RLE_DICTIONARY", "DELTA_BINARY_PACKED"],
  },
  "one number, then measurements": {
    type: DOUBLE,
    // After the last trial of a page, the next one begins with one.
    array: double(6 * ROWS, (i) => i < 3 * ROWS ? 0 : fraction(i) + 1),
    chosen: ["RLE_DICTIONARY", "BYTE_STREAM_SPLIT"],
  },
};

const planOf = (type: Partial<ColumnPlan>, own: ColumnProperties) =>
  plan({ ...type, properties: own });

function encodingsIn(chunk: EncodedColumnChunk): string[] {
  return chunk.metaData.encodingStats!.filter(({ pageType }) => pageType !== "DICTIONARY_PAGE")
    .map(({ encoding }) => encoding);
}

const wasm = createKernels("wasm");

describe("what is chosen", () => {
  for (const [name, { type, array, chosen }] of Object.entries(COLUMNS)) {
    test(name, () => {
      const chunk = encodeChunk(wasm, planOf(type, auto()), [array]);
      assert.deepEqual(encodingsIn(chunk), chosen);
      const sizes = [null, ...encodingsOf(planOf(type, auto()).physicalType)].map(
        (encoding: EncodingChoice | null) => {
          const dictionaryEnabled = encoding === null;
          const own = properties({ ...SMALL, encoding, dictionaryEnabled });
          return encodeChunk(wasm, planOf(type, own), [array]).byteLength;
        },
      );
      const least = Math.min(...sizes);
      // Where values change, some go by before that is seen.
      const most = chosen.length === 1 ? 1.02 : 1.1;
      assert.ok(chunk.byteLength <= least * most + 200, `${chunk.byteLength}, not ${least}`);
    });
  }
});

describe("the same bytes", () => {
  const kernels = { typescript: createKernels("typescript"), wasm };
  const cases: Partial<ColumnProperties>[] = [
    {},
    { dataPageSizeLimit: 50_000, dictionaryPageSizeLimit: 100_000 },
    {
      dataPageRowCountLimit: 7000,
      newestEncodings: false,
      compression: "snappy",
      compressionLevel: null,
    },
    { contentDefinedChunking: { minChunkSize: 4000, maxChunkSize: 16_000, normLevel: 0 } },
  ];
  for (const [name, { type, array }] of Object.entries(COLUMNS)) {
    test(`${name}, however cut, with both kernels`, () => {
      for (const changes of cases) {
        const own = planOf(type, auto(changes));
        const whole = bytesOf(encodeChunk(wasm, own, [array]));
        for (const [kind, rows] of [["wasm", 777], ["typescript", 30_011]] as const) {
          const cut = bytesOf(encodeChunk(kernels[kind], own, [array], rows));
          assert.ok(Buffer.from(cut).equals(whole), `${kind} ${JSON.stringify(changes)}`);
        }
      }
    });
  }

  test("from keys of a dictionary as from values", () => {
    const entries = 70_000;
    for (const draw of [(i: number) => mixed(i) % 50, address, (i: number) => i % entries]) {
      const entry = (i: number) => `entry ${mixed(i)}`;
      const values = texts(ROWS, (i) => entry(draw(i)));
      const keys = Int32Array.from({ length: ROWS }, (_, i) => draw(i));
      const keyed: DictionaryArray = {
        shape: "dictionary",
        length: ROWS,
        validity: null,
        keyWidth: 4,
        keys: new Uint8Array(keys.buffer),
        dictionary: texts(entries, entry),
      };
      for (const changes of [{}, { dictionaryPageSizeLimit: 300_000 }]) {
        const own = planOf(TEXT, auto(changes));
        const expected = bytesOf(encodeChunk(wasm, own, [values]));
        for (const rows of [Infinity, 9999]) {
          assert.ok(Buffer.from(bytesOf(encodeChunk(wasm, own, [keyed], rows))).equals(expected));
        }
      }
    }
  });
});

test("integers are only split into streams where the newest readers are meant", () => {
  const { type, array } = COLUMNS["any numbers of three bytes"]!;
  const chunk = encodeChunk(wasm, planOf(type, auto({ newestEncodings: false })), [array]);
  assert.deepEqual(encodingsIn(chunk), ["DELTA_BINARY_PACKED"]);
});

test("what readers restore as a dictionary of text has pages of ids and PLAIN ones alone", () => {
  for (const name of ["tokens", "paths in order"]) {
    const { type, array } = COLUMNS[name]!;
    const own = plan({ ...type, properties: auto(), restoredAsDictionary: true });
    assert.deepEqual(encodingsIn(encodeChunk(wasm, own, [array])), ["PLAIN"]);
  }
});

test("without a dictionary there is none", () => {
  for (const { type, array } of Object.values(COLUMNS)) {
    const chunk = encodeChunk(wasm, planOf(type, auto({ dictionaryEnabled: false })), [array]);
    assert.ok(!encodingsIn(chunk).includes("RLE_DICTIONARY"));
  }
});

test("pages that wait for a judgement count as memory, and are bounded", () => {
  // Whether a dictionary pays is open until most of the values have come twice.
  const count = 1_000_000, distinct = 700_000;
  const array = double(count, (i) => fraction(mixed(i) % distinct));
  const own = auto({
    compression: "uncompressed",
    compressionLevel: null,
    dataPageSizeLimit: 8192,
    maxRowGroupRowCount: 2 ** 30,
  });
  const kernels = createKernels("wasm");
  const encoder = new ColumnChunkEncoder(kernels, planOf(DOUBLE, own), null);
  const writer = new SegmentWriter(planOf(DOUBLE, own), 0);
  const { memory } = kernels;
  let most = 0;
  for (let from = 0; from < count; from += 10_000) {
    const record = memory.allocate(writer.byteLength(array, from, from + 10_000));
    writer.write(array, from, from + 10_000, memory.u8, record);
    encoder.append(record);
    memory.free(record);
    const written = (from + 10_000) * 8;
    most = Math.max(most, encoder.memoryBytes - written);
  }
  const chunk = encoder.finish();
  // Fifty samples of four pages, the dictionary that was given up for values, and its hash table.
  assert.ok(most < 50 * 4 * 8192 * 4, `${most} bytes`);
  assert.deepEqual(encodingsIn(chunk), ["PLAIN"]);
});
