/**
 * The way back from canonical values to Arrow JS: a column for another writer to write.
 *
 * Types that Parquet holds in the same way become one: views and large types their plain ones, dictionaries and runs what
 * they stand for. Intervals become text, since arrow-rs does not write all of them.
 */

import {
  Binary,
  Bool,
  type Data,
  type DataType,
  Date_,
  DateUnit,
  Decimal,
  Duration,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float,
  Int,
  List,
  makeData,
  Map_,
  Null,
  Precision,
  Struct,
  Time,
  Timestamp,
  TimeUnit as ArrowTimeUnit,
  Utf8,
} from "apache-arrow";
import type { ArrowField, ArrowType, TimeUnit } from "../../src/arrow/types.ts";
import { NANOSECONDS, type Value } from "./values.ts";

const UNITS: Readonly<Record<TimeUnit, ArrowTimeUnit>> = {
  second: ArrowTimeUnit.SECOND,
  millisecond: ArrowTimeUnit.MILLISECOND,
  microsecond: ArrowTimeUnit.MICROSECOND,
  nanosecond: ArrowTimeUnit.NANOSECOND,
};

/** The Arrow JS field of what {@linkcode dataOf} makes of a field's values. */
export function arrowField({ name, type, nullable }: ArrowField): Field {
  return new Field(name, arrowType(type), nullable);
}

function arrowType(type: ArrowType): DataType {
  switch (type.kind) {
    case "null":
      return new Null();
    case "bool":
      return new Bool();
    case "int":
      return new Int(type.signed, type.bitWidth);
    case "float":
      return new Float(
        { 16: Precision.HALF, 32: Precision.SINGLE, 64: Precision.DOUBLE }[
          type.bitWidth
        ],
      );
    case "decimal":
      return new Decimal(type.scale, type.precision, Math.max(128, type.bitWidth));
    case "date":
      return new Date_(type.unit === "day" ? DateUnit.DAY : DateUnit.MILLISECOND);
    case "time":
      return new Time(UNITS[type.unit], type.bitWidth);
    case "timestamp":
      return new Timestamp(UNITS[type.unit], type.timezone);
    case "duration":
      return new Duration(UNITS[type.unit]);
    case "interval":
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return new Utf8();
    case "binary":
    case "largeBinary":
    case "binaryView":
      return new Binary();
    case "fixedSizeBinary":
      return new FixedSizeBinary(type.byteWidth);
    case "dictionary":
      return arrowType(type.value);
    case "runEndEncoded":
      return arrowType(type.values.type);
    case "fixedSizeList":
      return new FixedSizeList(type.listSize, arrowField(type.child));
    case "map":
      return new Map_(arrowField(type.child) as never, type.keysSorted);
    case "struct":
      return new Struct(type.children.map(arrowField));
    default:
      if ("child" in type) return new List(arrowField(type.child));
      throw new Error(`No Arrow JS type for ${type.kind}`);
  }
}

/** An array of canonical values. */
export function dataOf(type: ArrowType, values: readonly Value[]): Data {
  if (type.kind === "dictionary") return dataOf(type.value, values);
  if (type.kind === "runEndEncoded") return dataOf(type.values.type, values);
  const length = values.length;
  const made = arrowType(type);
  if (type.kind === "null") return makeData({ type: new Null(), length });
  const nullCount = values.filter((value) => value === null).length;
  const nullBitmap = nullCount === 0 ? null : bitmap(values.map((value) => value !== null));
  const base = { type: made, length, nullCount, nullBitmap };
  if (type.kind === "bool") {
    return makeData({ ...base, data: bitmap(values.map((value) => value === true)) } as never);
  }
  if (type.kind === "struct") {
    const children = type.children.map((child, i) =>
      dataOf(child.type, values.map((value) => value === null ? null : (value as Value[])[i]!))
    );
    return makeData({ ...base, children } as never);
  }
  if (type.kind === "fixedSizeList") {
    const none: null[] = new Array(type.listSize).fill(null);
    const items = values.flatMap((value) => value === null ? none : value as Value[]);
    return makeData({ ...base, child: dataOf(type.child.type, items) } as never);
  }
  if ("child" in type) {
    const items = values.flatMap((value) => value === null ? [] : value as Value[]);
    const valueOffsets = offsets(values.map((value) => value === null ? 0 : lengthOf(value)));
    return makeData({ ...base, valueOffsets, child: dataOf(type.child.type, items) } as never);
  }
  const slots = values.map((value) => value === null ? new Uint8Array() : bytesOf(type, value));
  const width = widthOf(type);
  const data = new Uint8Array(
    width === 0 ? slots.reduce((sum, bytes) => sum + bytes.length, 0) : length * width,
  );
  const valueOffsets = offsets(slots.map((bytes) => width === 0 ? bytes.length : width));
  slots.forEach((bytes, i) => data.set(bytes, valueOffsets[i]!));
  return makeData(
    (width === 0 ? { ...base, valueOffsets, data } : {
      ...base,
      data: new (made.ArrayType as typeof Uint8Array)(data.buffer),
    }) as never,
  );
}

/** Bytes of a slot; 0 where they differ from slot to slot. */
function widthOf(type: ArrowType): number {
  switch (type.kind) {
    case "int":
    case "float":
    case "time":
      return type.bitWidth / 8;
    case "decimal":
      return Math.max(128, type.bitWidth) / 8;
    case "date":
      return type.unit === "day" ? 4 : 8;
    case "timestamp":
    case "duration":
      return 8;
    case "fixedSizeBinary":
      return type.byteWidth;
    default:
      return 0;
  }
}

function bytesOf(type: ArrowType, value: Value): Uint8Array {
  switch (type.kind) {
    case "float":
      return littleEndian(BigInt(`0x${(value as string).split(":")[1]}`), widthOf(type));
    case "time":
    case "timestamp":
    case "duration":
      return littleEndian((value as bigint) / NANOSECONDS[type.unit], widthOf(type));
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return new TextEncoder().encode((value as string).slice(2));
    case "interval":
      return new TextEncoder().encode(value as string);
    case "binary":
    case "largeBinary":
    case "binaryView":
    case "fixedSizeBinary":
      return Uint8Array.from(
        (value as string).slice(2).match(/../g) ?? [],
        (digits) => parseInt(digits, 16),
      );
    default:
      return littleEndian(BigInt(value as number | bigint), widthOf(type));
  }
}

function littleEndian(value: bigint, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

function bitmap(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    if (bit) bytes[i >> 3]! |= 1 << (i & 7);
  });
  return bytes;
}

function offsets(lengths: readonly number[]): Int32Array {
  const all = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => all[i + 1] = all[i]! + length);
  return all;
}

function lengthOf(value: Value): number {
  return (value as Value[]).length;
}
