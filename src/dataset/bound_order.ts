/**
 * The order of bounds: PLAIN values of a column, as statistics have them.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
 *
 * @module
 */

import { logicalTypeOf } from "../file/describe_schema.ts";
import type { SchemaElement } from "../format/metadata.ts";

/** Compares two bounds; negative: the first one is less. */
export type BoundOrder = (a: Uint8Array, b: Uint8Array) => number;

/** The order of a column's bounds; `null`: it has none that is defined. */
export function boundOrder(element: SchemaElement): BoundOrder | null {
  const logical = logicalTypeOf(element);
  const isUnsigned = logical?.type === "INTEGER" && !logical.isSigned;
  switch (element.type) {
    case "BOOLEAN":
      return (a, b) => a[0]! - b[0]!;
    case "INT32":
      return isUnsigned
        ? (a, b) => view(a).getUint32(0, true) - view(b).getUint32(0, true)
        : (a, b) => view(a).getInt32(0, true) - view(b).getInt32(0, true);
    case "INT64":
      return isUnsigned
        ? (a, b) => compare(view(a).getBigUint64(0, true), view(b).getBigUint64(0, true))
        : (a, b) => compare(view(a).getBigInt64(0, true), view(b).getBigInt64(0, true));
    case "FLOAT":
      return (a, b) => view(a).getFloat32(0, true) - view(b).getFloat32(0, true);
    case "DOUBLE":
      return (a, b) => compare(view(a).getFloat64(0, true), view(b).getFloat64(0, true));
    case "FIXED_LEN_BYTE_ARRAY":
    case "BYTE_ARRAY":
      if (logical?.type === "FLOAT16") return (a, b) => compare(float16(a), float16(b));
      if (logical?.type === "DECIMAL") return (a, b) => compare(decimal(a), decimal(b));
      if (element.convertedType === "INTERVAL") return null;
      return compareBytes;
    default:
      return null;
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function compare<T extends number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function float16(bytes: Uint8Array): number {
  const bits = view(bytes).getUint16(0, true);
  const exponent = bits >> 10 & 31, fraction = bits & 1023;
  const magnitude = exponent === 0
    ? fraction * 2 ** -24
    : exponent === 31
    ? Infinity
    : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 === 0 ? magnitude : -magnitude;
}

/** Two's complement, the largest byte first. */
function decimal(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value << 8n | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}
