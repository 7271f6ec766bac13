/** Columns of every order that the specification defines, with a naive comparison and arbitrary values. */

import fc from "fast-check";
import { type ColumnSpec, type Compare, plain, type PlainValue } from "./claim_support.ts";

/** One order. */
export interface OrderCase {
  readonly name: string;
  readonly spec: ColumnSpec;
  readonly values: fc.Arbitrary<PlainValue>;
  readonly compare: Compare;
  readonly isNaN: ((value: Uint8Array) => boolean) | null;
  readonly total: boolean;
}

const sign = (a: bigint | number, b: bigint | number) => a < b ? -1 : a > b ? 1 : 0;

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
}

function bigEndian(bytes: Uint8Array): bigint {
  const unsigned = bytes.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, unsigned);
}

const signed: Compare = (a, b) =>
  sign(BigInt.asIntN(8 * a.length, littleEndian(a)), BigInt.asIntN(8 * b.length, littleEndian(b)));
const unsigned: Compare = (a, b) => sign(littleEndian(a), littleEndian(b));
const decimal: Compare = (a, b) => sign(bigEndian(a), bigEndian(b));
const lexicographic: Compare = (a, b) => {
  const [x, y] = [a, b].map((bytes) =>
    [...bytes].map((byte) => String.fromCharCode(byte)).join("")
  );
  return x! < y! ? -1 : x! > y! ? 1 : 0;
};
const int96: Compare = (a, b) =>
  signed(a.subarray(8), b.subarray(8)) || signed(a.subarray(0, 8), b.subarray(0, 8));

function floatValue(bytes: Uint8Array): number {
  const view = new DataView(bytes.slice().buffer);
  if (bytes.length === 8) return view.getFloat64(0, true);
  if (bytes.length === 4) return view.getFloat32(0, true);
  const bits = view.getUint16(0, true), exponent = bits >> 10 & 31, fraction = bits & 1023;
  const size = exponent === 31
    ? (fraction === 0 ? Infinity : NaN)
    : exponent === 0
    ? fraction * 2 ** -24
    : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >= 0x8000 ? -size : size;
}

const isNaNBytes = (bytes: Uint8Array) => Number.isNaN(floatValue(bytes));

/** Numbers, −0 before +0. */
const floats: Compare = (a, b) => {
  const [x, y] = [floatValue(a), floatValue(b)];
  return x === y ? sign(1 / x, 1 / y) : x - y;
};

/** IEEE 754 total order: magnitudes with their sign. */
const totalOrder: Compare = (a, b) => {
  const key = (bytes: Uint8Array) => {
    const bits = littleEndian(bytes), top = 1n << BigInt(8 * bytes.length - 1);
    return bits >= top ? -(bits - top) - 1n : bits;
  };
  return sign(key(a), key(b));
};

const fixedBytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const someBytes = (maxLength: number) =>
  fc.oneof(
    fc.uint8Array({ maxLength }),
    fc.array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { maxLength }).map((list) =>
      Uint8Array.from(list)
    ),
  );

/** Bits of floats, the odd ones often. */
function floatBytes(width: 2 | 4 | 8): fc.Arbitrary<Uint8Array> {
  const special = {
    2: [0, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0xfe01, 0x7c01, 1, 0x3c00],
    4: [],
    8: [],
  };
  const listed = width === 2
    ? special[2].map((bits) => Uint8Array.of(bits & 255, bits >> 8))
    : [0, -0, Infinity, -Infinity, NaN, 1, -1, 5e-324].map((value) =>
      plain({ type: width === 4 ? "FLOAT" : "DOUBLE" }, value)
    );
  const negativeNaN = listed.filter(isNaNBytes).map((bytes) => {
    const copy = bytes.slice();
    copy[width - 1]! |= 0x80;
    return copy;
  });
  return fc.oneof(fixedBytes(width), fc.constantFrom(...listed, ...negativeNaN));
}

function float(name: string, spec: ColumnSpec, width: 2 | 4 | 8, total: boolean): OrderCase {
  return {
    name: total ? `${name}, total order` : name,
    spec: total ? { ...spec, order: "IEEE_754_TOTAL_ORDER" } : spec,
    values: floatBytes(width),
    compare: total ? totalOrder : floats,
    isNaN: isNaNBytes,
    total,
  };
}

function simple(
  name: string,
  spec: ColumnSpec,
  values: fc.Arbitrary<PlainValue>,
  compare: Compare,
): OrderCase {
  return { name, spec, values, compare, isNaN: null, total: false };
}

const int = (bitWidth: number, isSigned: boolean) =>
  ({ type: "INTEGER", bitWidth, isSigned }) as const;
const HALF: ColumnSpec = {
  type: "FIXED_LEN_BYTE_ARRAY",
  width: 2,
  logical: { type: "FLOAT16" },
};
const DECIMAL = { type: "DECIMAL", scale: 2, precision: 9 } as const;
const nearBytes = fc.tuple(
  fc.constantFrom("", "pre", "prefix that is shared "),
  fc.string({ maxLength: 6 }),
)
  .map(([head, tail]) => head + tail.toWellFormed());

/** Every order. */
export const ORDERS: readonly OrderCase[] = [
  simple("BOOLEAN", { type: "BOOLEAN" }, fc.boolean(), unsigned),
  simple("INT32", { type: "INT32" }, fixedBytes(4), signed),
  simple("UINT_32", { type: "INT32", logical: int(32, false) }, fixedBytes(4), unsigned),
  simple(
    "INT_8",
    { type: "INT32", logical: int(8, true) },
    fc.integer({ min: -128, max: 127 }),
    signed,
  ),
  simple("UINT_16", { type: "INT32", logical: int(16, false) }, fc.nat({ max: 65535 }), unsigned),
  simple("INT64", { type: "INT64" }, fc.oneof(fixedBytes(8), fc.integer()), signed),
  simple("UINT_64", { type: "INT64", logical: int(64, false) }, fixedBytes(8), unsigned),
  simple("DATE", { type: "INT32", logical: { type: "DATE" } }, fixedBytes(4), signed),
  simple("DECIMAL in INT32", { type: "INT32", logical: DECIMAL }, fixedBytes(4), signed),
  simple(
    "DECIMAL in FIXED_LEN_BYTE_ARRAY(9)",
    { type: "FIXED_LEN_BYTE_ARRAY", width: 9, logical: DECIMAL },
    fixedBytes(9),
    decimal,
  ),
  simple(
    "DECIMAL in FIXED_LEN_BYTE_ARRAY(3)",
    { type: "FIXED_LEN_BYTE_ARRAY", width: 3, logical: DECIMAL },
    fixedBytes(3),
    decimal,
  ),
  simple(
    "DECIMAL in BYTE_ARRAY",
    { type: "BYTE_ARRAY", logical: DECIMAL },
    someBytes(6).filter((bytes) => bytes.length > 0),
    decimal,
  ),
  simple("BYTE_ARRAY", { type: "BYTE_ARRAY" }, someBytes(9), lexicographic),
  simple("STRING", { type: "BYTE_ARRAY", logical: { type: "STRING" } }, nearBytes, lexicographic),
  simple(
    "FIXED_LEN_BYTE_ARRAY(5)",
    { type: "FIXED_LEN_BYTE_ARRAY", width: 5 },
    fixedBytes(5),
    lexicographic,
  ),
  simple(
    "UUID",
    { type: "FIXED_LEN_BYTE_ARRAY", width: 16, logical: { type: "UUID" } },
    fixedBytes(16),
    lexicographic,
  ),
  simple("INT96", { type: "INT96", order: "INT96_TIMESTAMP_ORDER" }, fixedBytes(12), int96),
  ...[false, true].flatMap((total) => [
    float("FLOAT", { type: "FLOAT" }, 4, total),
    float("DOUBLE", { type: "DOUBLE" }, 8, total),
    float("FLOAT16", HALF, 2, total),
  ]),
];

/** An order by its name. */
export function orderCase(name: string): OrderCase {
  return ORDERS.find((order) => order.name === name)!;
}
