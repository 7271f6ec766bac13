import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ColumnOrder, LogicalType, ParquetMetaData } from "../../src/format/metadata.ts";
import {
  decodeColumnIndex,
  decodeFileMetaData,
  encodeColumnIndex,
  encodeFileMetaData,
} from "../../src/format/structures.ts";
import { decodeStruct, type ThriftAnomaly } from "../../src/format/thrift_compact_reader.ts";
import { encodeStruct } from "../../src/format/thrift_compact_writer.ts";
import {
  BINARY,
  BOOL,
  DOUBLE,
  I16,
  I32,
  I64,
  I8,
  list,
  optional,
  required,
  STRING,
  struct,
} from "../../src/format/thrift_description.ts";
import { FormatError, LimitError } from "../../src/util/errors.ts";

interface Sample {
  readonly i8?: number;
  readonly i16?: number;
  readonly i32?: number;
  readonly i64?: number;
  readonly bool?: boolean;
  readonly double?: number;
  readonly binary?: Uint8Array;
  readonly string?: string;
  readonly i64s?: readonly number[];
  readonly bools?: readonly boolean[];
  readonly late?: number;
}

const SAMPLE = struct<Sample>("Sample", () => ({
  i8: optional(1, I8),
  i16: optional(2, I16),
  i32: optional(3, I32),
  i64: optional(4, I64),
  bool: optional(5, BOOL),
  double: optional(6, DOUBLE),
  binary: optional(7, BINARY),
  string: optional(8, STRING),
  i64s: optional(9, list(I64)),
  bools: optional(10, list(BOOL)),
  late: optional(20, I32),
}));

const STRICT = struct<{ readonly a: number; readonly b: number }>("Strict", () => ({
  a: required(1, I32),
  b: required(3, I32),
}));

function hexOf(value: Sample): string {
  return Buffer.from(encodeStruct(SAMPLE, value)).toString("hex");
}

function read(...bytes: number[]): Sample {
  return decodeStruct(SAMPLE, Uint8Array.from(bytes)).value;
}

function anomaliesOf(...bytes: number[]): string[] {
  const kinds: string[] = [];
  const onAnomaly = ({ kind, struct, id }: ThriftAnomaly) => kinds.push(`${kind} ${struct}.${id}`);
  decodeStruct(SAMPLE, Uint8Array.from(bytes), 0, { onAnomaly });
  return kinds;
}

/** Fails if `run` takes longer than any linear work over the input could. */
function quickly<T>(run: () => T): T {
  const start = performance.now();
  const result = run();
  const elapsed = performance.now() - start;
  assert.ok(elapsed < 2000, `it took ${elapsed} ms`);
  return result;
}

/** Little-endian base-128 of an unsigned number. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  bytes.push(Number(value));
  return bytes;
}

test("encodeStruct() writes the bytes of the compact protocol", () => {
  assert.equal(hexOf({}), "00");
  assert.equal(hexOf({ i8: -1 }), "13ff00");
  assert.equal(hexOf({ i16: 1 }), "240200");
  assert.equal(hexOf({ i32: -1 }), "350100");
  assert.equal(hexOf({ i32: 50399 }), "35be930600");
  assert.equal(hexOf({ bool: true }), "5100");
  assert.equal(hexOf({ bool: false }), "5200");
  assert.equal(hexOf({ double: 1 }), "67000000000000f03f00");
  assert.equal(hexOf({ binary: Uint8Array.of(1, 2) }), "7802010200");
  assert.equal(hexOf({ string: "ü" }), "8802c3bc00");
  assert.equal(hexOf({ i64s: [0, -1, 1] }), "993600010200");
  assert.equal(hexOf({ bools: [true, false] }), "a921010200");
  assert.equal(hexOf({ bool: true, late: 1 }), "51f50200");
  // Fifteen elements have their count in a varint.
  assert.equal(hexOf({ i64s: new Array(15).fill(0) }), `99f60f${"00".repeat(15)}00`);
});

test("integers are exact to the ends of their types", () => {
  const check = (value: Sample) =>
    assert.deepEqual(decodeStruct(SAMPLE, encodeStruct(SAMPLE, value)).value, value);
  for (const i64 of [0, 1, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
    for (const value of [i64, i64 - 1, -i64, 1 - i64]) {
      if (!Number.isSafeInteger(value)) continue;
      const plus = value === 0 ? 0 : value;
      check({ i64: plus });
      const zigzag = BigInt.asUintN(64, (BigInt(plus) << 1n) ^ (BigInt(plus) >> 63n));
      assert.deepEqual(
        [...encodeStruct(SAMPLE, { i64: plus })],
        [0x46, ...varint(zigzag), 0],
        `${plus}`,
      );
    }
  }
  for (const i32 of [-(2 ** 31), 2 ** 31 - 1]) check({ i32 });
  for (const i16 of [-(2 ** 15), 2 ** 15 - 1]) check({ i16 });
  for (const i8 of [-128, 127]) check({ i8 });
  fc.assert(fc.property(fc.maxSafeInteger(), (i64) => check({ i64 })));
});

test("numbers without room are a LimitError when written, a FormatError when read", () => {
  for (
    const value of [
      { i8: 128 },
      { i8: -129 },
      { i16: 32768 },
      { i32: 2 ** 31 },
      { i32: -(2 ** 31) - 1 },
      { i64: 2 ** 53 },
      { i64: -(2 ** 53) },
      { i64s: [2 ** 60] },
    ]
  ) assert.throws(() => encodeStruct(SAMPLE, value), LimitError, JSON.stringify(value));
  const limits: [number[], string][] = [
    [[0x46, ...varint(2n ** 54n), 0], "2^53"],
    [[0x46, ...varint(2n ** 54n - 1n), 0], "-2^53"],
    [[0x46, ...varint(2n ** 64n - 1n), 0], "-2^63"],
    [[0x46, ...varint(2n ** 70n - 1n), 0], "70 bits"],
    [[0x46, ...new Array(40).fill(0x80), 0, 0], "no end"],
    [[0x35, ...varint(2n ** 32n), 0], "i32"],
    [[0x24, ...varint(2n ** 16n), 0], "i16"],
    [[0x78, ...varint(2n ** 31n), 0], "length"],
    [[0x78, ...new Array(40).fill(0x80), 0, 0], "length without end"],
  ];
  for (const [bytes, what] of limits) assert.throws(() => read(...bytes), FormatError, what);
  assert.deepEqual(read(0x46, ...varint(2n ** 54n - 3n), 0), { i64: Number.MIN_SAFE_INTEGER });
});

test("encodeStruct() refuses what is not of the type", () => {
  const wrong: unknown[] = [
    { i32: 1.5 },
    { i32: NaN },
    { i64: "1" },
    { i64: 1n },
    { bool: 1 },
    { double: "1" },
    { binary: [1] },
    { string: 1 },
    { string: null },
    { string: "\ud800" },
    { string: `${"a".repeat(500)}\udfff` },
    { i64s: 1 },
    { bools: [1] },
    null,
    7,
  ];
  for (const value of wrong) assert.throws(() => encodeStruct(SAMPLE, value as Sample), TypeError);
  assert.throws(() => encodeStruct(STRICT, { a: 1 } as { a: number; b: number }), {
    name: "TypeError",
    message: "Cannot write Strict.b: it is required",
  });
  const metadata = { version: 1, numRows: 0, rowGroups: [] };
  const write = (schema: unknown[], columnOrders: unknown[] = []) =>
    encodeFileMetaData({ ...metadata, schema, columnOrders } as unknown as ParquetMetaData);
  assert.throws(() => write([{ name: "a", type: "INT31" }]), TypeError);
  assert.throws(() => write([{ name: "a", type: "constructor" }]), TypeError);
  assert.throws(
    () => write([{ name: "a", logicalType: { type: "UNRECOGNIZED", id: 9 } }]),
    TypeError,
  );
  assert.throws(() => write([{ name: "a", logicalType: null }]), TypeError);
  assert.throws(() => write([], [{}]), TypeError);
  // After a failure the next call starts afresh.
  assert.equal(hexOf({ i8: 1 }), "130100");
});

test("encodeStruct() keeps to maxByteLength", () => {
  const value = { binary: new Uint8Array(100_000) };
  const { length } = encodeStruct(SAMPLE, value);
  assert.equal(encodeStruct(SAMPLE, value, length).length, length);
  assert.throws(() => encodeStruct(SAMPLE, value, length - 1), LimitError);
  assert.throws(() => encodeStruct(SAMPLE, value, 10), LimitError);
  assert.throws(
    () => encodeStruct(SAMPLE, { i64s: new Array(100_000).fill(1) }, 50_000),
    LimitError,
  );
});

test("what encodeStruct() returned does not change with the next call", () => {
  const first = encodeStruct(SAMPLE, { string: "first" });
  const copy = first.slice();
  encodeStruct(SAMPLE, { string: "other" });
  assert.deepEqual(first, copy);
  assert.equal(first.byteLength, first.buffer.byteLength);
});

test("strings keep a byte order mark, lengths around the short form, and every character", () => {
  for (
    const string of [
      "",
      "\ufeffname",
      "a".repeat(127),
      "a".repeat(128),
      "é".repeat(64),
      "a".repeat(126) + "é",
      "a".repeat(23) + "é",
      "\0",
      "😀",
      "__proto__",
    ]
  ) {
    assert.deepEqual(decodeStruct(SAMPLE, encodeStruct(SAMPLE, { string })).value, { string });
  }
  assert.throws(() => read(0x88, 2, 0xc3, 0x28, 0), FormatError);
});

test("doubles keep their sign", () => {
  for (const double of [-0, 0, -Infinity, 5e-324, Math.PI]) {
    assert.deepEqual(decodeStruct(SAMPLE, encodeStruct(SAMPLE, { double })).value, { double });
  }
});

test("decodeStruct() gives bytes of its own, even from a Buffer", () => {
  const bytes = Buffer.from(encodeStruct(SAMPLE, { binary: Uint8Array.of(1, 2, 3) }));
  const { binary } = decodeStruct(SAMPLE, bytes).value;
  bytes.fill(9);
  assert.deepEqual(binary, Uint8Array.of(1, 2, 3));
});

test("decodeStruct() reports what is unusual, and reads on", () => {
  // Every wire type as an unknown member: bool, i8, i16, i32, i64, double, binary, list, set, map, struct, uuid.
  const unknown = [
    [0x01, 60],
    [0x13, 1],
    [0x14, 0x80, 1],
    [0x15, 0],
    [0x16, ...varint(2n ** 64n - 1n)],
    [0x17, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x18, 2, 0xff, 0xff],
    [0x19, 0x31, 1, 2, 1],
    [0x1a, 0x25, 0, 0],
    [0x1b, 0],
    [0x1b, 2, 0x58, 2, 1, 65, 4, 0],
    [0x1c, 0x15, 0, 0x0c, 0x80, 2, 0x00, 0x00],
    [0x1d, ...new Array(16).fill(7)],
  ];
  const bytes = [...unknown.flat(), 0x05, 6, 8, 0];
  assert.deepEqual(read(...bytes), { i32: 4 });
  assert.deepEqual(
    anomaliesOf(...bytes),
    unknown.map((_, i) => `unknownField Sample.${30 + i}`),
  );
  assert.deepEqual(anomaliesOf(0x36, 8, 0), ["integerWidth Sample.3"]);
  assert.deepEqual(read(0x33, 0xff, 0), { i32: -1 });
  assert.deepEqual(anomaliesOf(0x99, 0x05, 0), []);
  assert.deepEqual(anomaliesOf(0x99, 0x00, 0), ["emptyListType Sample.9"]);
  assert.deepEqual(anomaliesOf(0x05, 6, 8, 0), ["longFieldHeader Sample.0"]);
  assert.deepEqual(anomaliesOf(0x35, 0x88, 0x80, 0x00, 0), ["paddedInteger Sample.3"]);
  assert.deepEqual(anomaliesOf(0x78, 0x81, 0x00, 7, 0), ["paddedInteger Sample.7"]);
  assert.deepEqual(anomaliesOf(0xa9, 0x22, 1, 0, 0), []);
  assert.deepEqual(read(0xa9, 0x32, 1, 0, 2, 0), { bools: [true, false, false] });
});

test("decodeStruct() refuses what cannot be meant", () => {
  const cases: [number[], string][] = [
    [[], "nothing"],
    [[0x35], "no value"],
    [[0x35, 2], "no stop"],
    [[0x38, 0], "another type"],
    [[0x55, 2, 0], "an integer for a bool"],
    [[0x99, 0x18, 0, 0], "a list of another type"],
    [[0x99, 0xf6, 0xff, 0xff, 0xff, 0xff, 0x07], "a list longer than the bytes"],
    [[0xa9, 0x11, 3, 0], "a bool that is none"],
    [[0x35, 2, 0x05, 6, 2, 0], "a member twice"],
    [[0x05, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0], "an id that is not an i16"],
    [[0xe0, 0], "a wire type of 0"],
    [[0xfe, 0], "a wire type of 14"],
    [[0xfb, 5, 0x88], "a map longer than the bytes"],
    [[0xf8, 0xff, 0xff, 0xff, 0xff, 0x07], "a binary longer than the bytes"],
  ];
  for (const [bytes, what] of cases) assert.throws(() => read(...bytes), FormatError, what);
  assert.throws(() => decodeStruct(STRICT, Uint8Array.of(0x35, 2, 0)), {
    name: "FormatError",
    message: 'Cannot read Strict, field 1 at byte 3: "a" is missing',
  });
  assert.throws(() => decodeStruct(SAMPLE, Uint8Array.of(0), 2), RangeError);
  assert.throws(() => decodeStruct(SAMPLE, Uint8Array.of(0), -1), RangeError);
});

test("unions have exactly one member; unknown ones are kept as such", () => {
  const footer = (logicalType: number[], columnOrder: number[]) =>
    Uint8Array.from([
      ...[0x15, 2, 0x19, 0x1c, 0x48, 1, 65, 0x6c, ...logicalType, 0, 0],
      ...[0x16, 0, 0x19, 0x0c, 0x39, 0x1c, ...columnOrder, 0, 0],
    ]);
  const unions = (bytes: Uint8Array): [LogicalType | undefined, ColumnOrder | undefined] => {
    const { schema, columnOrders } = decodeFileMetaData(bytes);
    return [schema[0]!.logicalType, columnOrders?.[0]];
  };
  assert.deepEqual(unions(footer([0x1c, 0], [0x2c, 0])), [
    { type: "STRING" },
    { type: "IEEE_754_TOTAL_ORDER" },
  ]);
  assert.deepEqual(unions(footer([0x0c, 0xd0, 0x0f, 0x15, 2, 0], [0x9c, 0])), [
    { type: "UNRECOGNIZED", id: 1000 },
    { type: "UNRECOGNIZED", id: 9 },
  ]);
  assert.throws(() => unions(footer([], [0x1c, 0])), FormatError);
  assert.throws(() => unions(footer([0x1c, 0, 0x1c, 0], [0x1c, 0])), FormatError);
  assert.throws(() => unions(footer([0x15, 2], [0x1c, 0])), FormatError);
  // DECIMAL without its precision.
  assert.throws(() => unions(footer([0x5c, 0x15, 2, 0], [0x1c, 0])), FormatError);
  // TIME of a unit that does not exist.
  assert.throws(() => unions(footer([0x7c, 0x11, 0x1c, 0x4c, 0, 0, 0], [0x1c, 0])), FormatError);
});

test("hostile names and keys are mere values", () => {
  const metadata: ParquetMetaData = {
    version: 1,
    schema: [{ name: "__proto__", numChildren: 0 }],
    numRows: 0,
    rowGroups: [],
    keyValueMetadata: [{ key: "__proto__", value: '{"polluted":true}' }, { key: "constructor" }],
  };
  assert.deepEqual(decodeFileMetaData(encodeFileMetaData(metadata)), metadata);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

const FOOTER = encodeFileMetaData({
  version: 1,
  schema: [
    { name: "schema", numChildren: 2 },
    { name: "id", type: "INT64", repetitionType: "REQUIRED" },
    {
      name: "amount",
      type: "FIXED_LEN_BYTE_ARRAY",
      typeLength: 9,
      repetitionType: "OPTIONAL",
      convertedType: "DECIMAL",
      scale: 2,
      precision: 20,
      logicalType: { type: "DECIMAL", scale: 2, precision: 20 },
    },
  ],
  numRows: 1000,
  rowGroups: [{
    columns: [{
      fileOffset: 0,
      metaData: {
        type: "INT64",
        encodings: ["PLAIN", "RLE_DICTIONARY"],
        pathInSchema: ["id"],
        codec: "ZSTD",
        numValues: 1000,
        totalUncompressedSize: 8000,
        totalCompressedSize: 4000,
        dataPageOffset: 4,
        statistics: { nullCount: 0, minValue: new Uint8Array(8), isMinValueExact: true },
        encodingStats: [{ pageType: "DATA_PAGE", encoding: "PLAIN", count: 2 }],
        sizeStatistics: { definitionLevelHistogram: [1, 999] },
      },
    }],
    totalByteSize: 8000,
    numRows: 1000,
    sortingColumns: [{ columnIdx: 0, descending: false, nullsFirst: true }],
    ordinal: 0,
  }],
  keyValueMetadata: [{ key: "k", value: "v" }],
  createdBy: "test",
  columnOrders: [{ type: "TYPE_ORDER" }, { type: "TYPE_ORDER" }],
});

test("a footer cut anywhere is a FormatError", () => {
  for (let length = 0; length < FOOTER.length; length++) {
    assert.throws(() => decodeFileMetaData(FOOTER.subarray(0, length)), FormatError, `${length}`);
  }
});

test("a footer with any bit flipped is read, or is a FormatError", () => {
  let refused = 0;
  for (let bit = 0; bit < FOOTER.length * 8; bit++) {
    const bytes = FOOTER.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    try {
      decodeFileMetaData(bytes);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      refused++;
    }
  }
  assert.ok(refused > FOOTER.length, `${refused}`);
});

test("any bytes at all are read, or are a FormatError", () => {
  const columnIndex = encodeColumnIndex({
    nullPages: [false, true],
    minValues: [Uint8Array.of(1), new Uint8Array(0)],
    maxValues: [Uint8Array.of(2), new Uint8Array(0)],
    boundaryOrder: "ASCENDING",
    nullCounts: [0, 5],
  });
  const mutated = fc.tuple(
    fc.constantFrom(FOOTER, columnIndex),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
  ).map(([source, changes]) => {
    const bytes = source.slice();
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      for (const decode of [decodeFileMetaData, decodeColumnIndex]) {
        try {
          decode(bytes as Uint8Array<ArrayBuffer>);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("Thrift bombs end quickly", () => {
  const bombs: Record<string, number[]> = {
    "a list of 2^31 - 1 schema elements": [0x15, 2, 0x29, 0xfc, ...varint(2n ** 31n - 1n)],
    "unknown structures within structures": new Array(1_000_000).fill(0xfc),
    "unknown lists within lists": [0xf9, ...new Array(1_000_000).fill(0x19)],
    "unknown maps within maps": [0xfb, ...new Array(1_000_000).fill(0x1b)],
    "an unknown list of 2^31 - 1 bools": [0xf9, 0xf1, ...varint(2n ** 31n - 1n)],
    "an unknown map of 2^31 - 1 pairs": [0xfb, ...varint(2n ** 31n - 1n), 0x11],
    "a map whose pairs have no type": [0xfb, 0x7f, ...new Array(1000).fill(0)],
    "a list whose elements have no type": [0xf9, 0xf0, 0x7f, ...new Array(1000).fill(0)],
    "a megabyte of empty schema elements": [
      ...[0x15, 2, 0x19, 0xfc],
      ...varint(1_000_000n),
      ...new Array(1_000_000).fill(0),
    ],
  };
  for (const [name, bytes] of Object.entries(bombs)) {
    const source = Uint8Array.from(bytes);
    quickly(() => assert.throws(() => decodeFileMetaData(source), FormatError, name));
  }
});

test("a great many small members are read in linear time", () => {
  const minValues = new Array(300_000).fill(new Uint8Array(0));
  const bytes = encodeColumnIndex({
    nullPages: new Array(300_000).fill(true),
    minValues,
    maxValues: minValues,
    boundaryOrder: "UNORDERED",
  });
  assert.equal(quickly(() => decodeColumnIndex(bytes)).value.minValues.length, 300_000);
  // 300 000 unknown members, all with the same id.
  const unknown = new Uint8Array(1_200_001);
  for (let i = 0; i < 300_000; i++) unknown.set([0x05, 0xc8, 0x01, 0x02], i * 4);
  assert.deepEqual(quickly(() => decodeStruct(SAMPLE, unknown)).value, {});
});
