import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundText } from "../../src/file/bound_text.ts";
import type { PhysicalType, SchemaElement } from "../../src/format/metadata.ts";

type Element = Partial<SchemaElement>;

function text(
  type: PhysicalType,
  bytes: readonly number[] | Uint8Array,
  element: Element = {},
): string {
  return boundText({ name: "x", type, ...element }, Uint8Array.from(bytes));
}

function int32(value: number, element?: Element): string {
  return text("INT32", new Uint8Array(Int32Array.of(value).buffer), element);
}

function int64(value: bigint, element?: Element): string {
  return text("INT64", new Uint8Array(BigInt64Array.of(value).buffer), element);
}

function double(value: number): string {
  return text("DOUBLE", new Uint8Array(Float64Array.of(value).buffer));
}

function float(value: number): string {
  return text("FLOAT", new Uint8Array(Float32Array.of(value).buffer));
}

test("boundText() shows integers by their signedness", () => {
  const unsigned: Element = { logicalType: { type: "INTEGER", bitWidth: 32, isSigned: false } };
  assert.equal(int32(-1), "-1");
  assert.equal(int32(-1, unsigned), "4294967295");
  assert.equal(int32(-1, { convertedType: "UINT_32" }), "4294967295");
  assert.equal(int32(-1, { convertedType: "INT_8" }), "-1");
  assert.equal(int64(-(2n ** 63n)), "-9223372036854775808");
  assert.equal(int64(-1n, { convertedType: "UINT_64" }), "18446744073709551615");
});

test("boundText() shows floats by their shortest form, and the sign of zero", () => {
  assert.equal(float(0.1), "0.1");
  assert.equal(float(16777216), "16777216");
  assert.equal(float(-0), "-0");
  assert.equal(float(Infinity), "Infinity");
  assert.equal(float(NaN), "NaN");
  assert.equal(double(-0), "-0");
  assert.equal(double(1 / 3), "0.3333333333333333");
  fc.assert(fc.property(fc.double(), (value) => {
    assert.ok(Object.is(Number(double(value)), value));
  }));
  fc.assert(fc.property(fc.float(), (value) => {
    assert.ok(Object.is(Math.fround(Number(float(value))), value));
  }));
  const float16 = (bits: number) =>
    text("FIXED_LEN_BYTE_ARRAY", [bits & 255, bits >> 8], {
      typeLength: 2,
      logicalType: { type: "FLOAT16" },
    });
  assert.deepEqual(
    [0x3c00, 0xc000, 0x8000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e00].map(float16),
    ["1", "-2", "-0", String(2 ** -24), "65504", "Infinity", "-Infinity", "NaN"],
  );
});

test("boundText() shows decimals with their scale", () => {
  const decimal = (scale: number): Element => ({
    logicalType: { type: "DECIMAL", scale, precision: 38 },
  });
  assert.equal(int32(1250, decimal(2)), "12.50");
  assert.equal(int32(-5, decimal(2)), "-0.05");
  assert.equal(int32(5, decimal(0)), "5");
  assert.equal(int64(-123456n, decimal(6)), "-0.123456");
  assert.equal(int32(5, decimal(-2)), "5E2");
  assert.equal(int32(5, decimal(2 ** 30)), `5E-${2 ** 30}`);
  assert.equal(int32(7, { convertedType: "DECIMAL", scale: 1, precision: 9 }), "0.7");
  assert.equal(text("BYTE_ARRAY", [0xff, 0x85], decimal(2)), "-1.23");
  assert.equal(
    text("FIXED_LEN_BYTE_ARRAY", [0, 1, 0, 0], { typeLength: 4, ...decimal(0) }),
    "65536",
  );
});

test("boundText() shows dates of any year", () => {
  const date: Element = { logicalType: { type: "DATE" } };
  assert.equal(int32(0, date), "1970-01-01");
  assert.equal(int32(-1, { convertedType: "DATE" }), "1969-12-31");
  assert.equal(int32(19782, date), "2024-02-29");
  assert.equal(int32(-719528, date), "0000-01-01");
  assert.equal(int32(-719529, date), "-000001-12-31");
  assert.equal(int32(2932897, date), "+010000-01-01");
  fc.assert(fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (day) => {
    assert.equal(int32(day, date), new Date(day * 86_400_000).toISOString().split("T")[0]);
  }));
  assert.match(int32(-(2 ** 31), date), /^-5877641-06-23$/);
});

test("boundText() shows times and timestamps in their units", () => {
  const of = (
    type: "TIME" | "TIMESTAMP",
    unit: "MILLIS" | "MICROS" | "NANOS",
    isAdjustedToUTC: boolean,
  ): Element => ({ logicalType: { type, unit, isAdjustedToUTC } });
  assert.equal(int32(3_723_004, of("TIME", "MILLIS", false)), "01:02:03.004");
  assert.equal(int64(86_399_999_999n, of("TIME", "MICROS", true)), "23:59:59.999999Z");
  assert.equal(int64(86_400_000_000_000n, of("TIME", "NANOS", true)), "86400000000000");
  assert.equal(int32(-1, of("TIME", "MILLIS", true)), "-1");
  assert.equal(int64(-1n, of("TIMESTAMP", "MILLIS", true)), "1969-12-31T23:59:59.999Z");
  assert.equal(int64(1n, of("TIMESTAMP", "MICROS", false)), "1970-01-01T00:00:00.000001");
  assert.equal(
    int64(-(2n ** 63n), of("TIMESTAMP", "NANOS", true)),
    "1677-09-21T00:12:43.145224192Z",
  );
  assert.equal(int64(0n, { convertedType: "TIMESTAMP_MICROS" }), "1970-01-01T00:00:00.000000Z");
  const int96 = new Uint8Array(12);
  new DataView(int96.buffer).setInt32(8, 2_440_589, true);
  new DataView(int96.buffer).setBigInt64(0, 5n, true);
  assert.equal(text("INT96", int96), "1970-01-02T00:00:00.000000005");
});

test("boundText() shows strings, UUIDs, intervals and bytes", () => {
  const string: Element = { logicalType: { type: "STRING" } };
  assert.equal(text("BYTE_ARRAY", [0xc3, 0xbc], string), "ü");
  assert.equal(text("BYTE_ARRAY", [], string), "");
  assert.equal(text("BYTE_ARRAY", [0xc3], { convertedType: "UTF8" }), "0xc3");
  assert.equal(text("BYTE_ARRAY", [0x61]), "0x61");
  assert.equal(text("BYTE_ARRAY", [0x61], { convertedType: "ENUM" }), "a");
  assert.equal(
    text("FIXED_LEN_BYTE_ARRAY", Array.from({ length: 16 }, (_, i) => i), {
      typeLength: 16,
      logicalType: { type: "UUID" },
    }),
    "00010203-0405-0607-0809-0a0b0c0d0e0f",
  );
  assert.equal(
    text("FIXED_LEN_BYTE_ARRAY", [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0], {
      typeLength: 12,
      convertedType: "INTERVAL",
    }),
    "1 months 2 days 3 ms",
  );
  assert.equal(text("BOOLEAN", [0]), "false");
  assert.equal(text("BOOLEAN", [1]), "true");
});

test("boundText() shows bytes that are no value of the type in hexadecimal", () => {
  const types: PhysicalType[] = [
    "BOOLEAN",
    "INT32",
    "INT64",
    "INT96",
    "FLOAT",
    "DOUBLE",
    "FIXED_LEN_BYTE_ARRAY",
  ];
  for (const type of types) {
    assert.equal(text(type, [0x12, 0xab, 0xcd], { typeLength: 2 }), "0x12abcd", type);
    assert.equal(text(type, [], { typeLength: 2 }), "0x", type);
  }
});
