/**
 * Reads Arrow JS vectors by the letter of the Arrow format, one slot at a time: the values that a written file must hold.
 *
 * Shares nothing with `src/arrow/` but the names of the types.
 */

import {
  type Data,
  DataType,
  DateUnit,
  type Field,
  IntervalUnit,
  type Schema,
  type Table,
  TimeUnit as ArrowTimeUnit,
  type Vector,
} from "apache-arrow";
import type { ArrowField, ArrowType, TimeUnit } from "../../src/arrow/types.ts";
import {
  floatFromBits,
  hex,
  interval,
  littleEndianInteger,
  NANOSECONDS,
  text,
  type Value,
} from "./values.ts";

/** A column as it was given to a writer. */
export interface ExpectedColumn {
  readonly field: ArrowField;
  readonly values: readonly Value[];
}

const UNITS: Readonly<Record<number, TimeUnit>> = {
  [ArrowTimeUnit.SECOND]: "second",
  [ArrowTimeUnit.MILLISECOND]: "millisecond",
  [ArrowTimeUnit.MICROSECOND]: "microsecond",
  [ArrowTimeUnit.NANOSECOND]: "nanosecond",
};

/** The field of an Arrow JS schema as plain data. */
export function fieldOf(field: Field): ArrowField {
  return {
    name: field.name,
    type: typeOf(field.type),
    nullable: field.nullable,
    metadata: new Map(field.metadata),
  };
}

/** The Arrow JS type as plain data. */
export function typeOf(type: DataType): ArrowType {
  if (DataType.isNull(type)) return { kind: "null" };
  if (DataType.isBool(type)) return { kind: "bool" };
  if (DataType.isInt(type)) return { kind: "int", bitWidth: type.bitWidth, signed: type.isSigned };
  if (DataType.isFloat(type)) {
    return { kind: "float", bitWidth: ([16, 32, 64] as const)[type.precision] };
  }
  if (DataType.isDecimal(type)) {
    return {
      kind: "decimal",
      bitWidth: type.bitWidth as 128,
      precision: type.precision,
      scale: type.scale,
    };
  }
  if (DataType.isDate(type)) {
    return { kind: "date", unit: type.unit === DateUnit.DAY ? "day" : "millisecond" };
  }
  if (DataType.isTime(type)) {
    return { kind: "time", bitWidth: type.bitWidth, unit: UNITS[type.unit]! };
  }
  if (DataType.isTimestamp(type)) {
    return { kind: "timestamp", unit: UNITS[type.unit]!, timezone: type.timezone ?? null };
  }
  if (DataType.isDuration(type)) return { kind: "duration", unit: UNITS[type.unit]! };
  if (DataType.isInterval(type)) {
    const unit = type.unit === IntervalUnit.YEAR_MONTH
      ? "yearMonth"
      : type.unit === IntervalUnit.DAY_TIME
      ? "dayTime"
      : "monthDayNano";
    return { kind: "interval", unit };
  }
  if (DataType.isUtf8(type)) return { kind: "utf8" };
  if (DataType.isLargeUtf8(type)) return { kind: "largeUtf8" };
  if (DataType.isUtf8View(type)) return { kind: "utf8View" };
  if (DataType.isBinary(type)) return { kind: "binary" };
  if (DataType.isLargeBinary(type)) return { kind: "largeBinary" };
  if (DataType.isBinaryView(type)) return { kind: "binaryView" };
  if (DataType.isFixedSizeBinary(type)) {
    return { kind: "fixedSizeBinary", byteWidth: type.byteWidth };
  }
  if (DataType.isList(type)) return { kind: "list", child: fieldOf(type.children[0]!) };
  if (DataType.isLargeList(type)) return { kind: "largeList", child: fieldOf(type.children[0]!) };
  if (DataType.isFixedSizeList(type)) {
    return { kind: "fixedSizeList", listSize: type.listSize, child: fieldOf(type.children[0]!) };
  }
  if (DataType.isMap(type)) {
    return { kind: "map", keysSorted: type.keysSorted, child: fieldOf(type.children[0]!) };
  }
  if (DataType.isStruct(type)) return { kind: "struct", children: type.children.map(fieldOf) };
  if (DataType.isDictionary(type)) {
    const { bitWidth, isSigned } = type.indices;
    return {
      kind: "dictionary",
      index: { kind: "int", bitWidth, signed: isSigned },
      value: typeOf(type.dictionary),
      ordered: type.isOrdered,
    };
  }
  throw new Error(`No plain form of ${type}`);
}

/** The columns of a table, or of batches with one schema. */
export function columnsOf(schema: Schema, batches: Table["batches"]): ExpectedColumn[] {
  return schema.fields.map((field, i) => ({
    field: fieldOf(field),
    values: batches.flatMap((batch) => valuesOfData(batch.data.children[i]!)),
  }));
}

/** The values of a vector. */
export function valuesOf(vector: Vector): Value[] {
  return vector.data.flatMap(valuesOfData);
}

/** The values of one array. */
export function valuesOfData(data: Data): Value[] {
  return Array.from({ length: data.length }, (_, i) => slot(data, i));
}

/** The value of slot `i`. Only bitmaps need the offset: the other buffers of Arrow JS start at slot 0. */
function slot(data: Data, i: number): Value {
  const { type } = data;
  if (DataType.isNull(type)) return null;
  if (data.nullBitmap && data.nullBitmap.length > 0 && !bit(data.nullBitmap, data.offset + i)) {
    return null;
  }
  if (DataType.isBool(type)) return bit(data.values as Uint8Array, data.offset + i);
  if (DataType.isInt(type)) return data.values[i] as number | bigint;
  if (DataType.isFloat(type)) {
    const bitWidth = [16, 32, 64][type.precision]!;
    return floatFromBits(bitWidth, littleEndianInteger(fixed(data, i, bitWidth / 8)));
  }
  if (DataType.isDecimal(type)) {
    return BigInt.asIntN(type.bitWidth, littleEndianInteger(fixed(data, i, type.bitWidth / 8)));
  }
  if (DataType.isDate(type)) {
    return type.unit === DateUnit.DAY
      ? signed(data, i, 4, Number)
      : signed(data, i, 8, (value) => value);
  }
  if (DataType.isTime(type)) {
    return signed(data, i, type.bitWidth / 8, (value) => value * NANOSECONDS[UNITS[type.unit]!]);
  }
  if (DataType.isTimestamp(type) || DataType.isDuration(type)) {
    return signed(data, i, 8, (value) => value * NANOSECONDS[UNITS[type.unit]!]);
  }
  if (DataType.isInterval(type)) return intervalSlot(data, i, type.unit);
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return text(variable(data, i));
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return `x:${hex(variable(data, i))}`;
  if (DataType.isUtf8View(type)) return text(view(data, i));
  if (DataType.isBinaryView(type)) return `x:${hex(view(data, i))}`;
  if (DataType.isFixedSizeBinary(type)) return `x:${hex(fixed(data, i, type.byteWidth))}`;
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type)) {
    return range(data.children[0]!, Number(data.valueOffsets[i]), Number(data.valueOffsets[i + 1]));
  }
  if (DataType.isFixedSizeList(type)) {
    return range(data.children[0]!, i * type.listSize, (i + 1) * type.listSize);
  }
  if (DataType.isStruct(type)) return data.children.map((child) => slot(child!, i));
  if (DataType.isDictionary(type)) return entry(data.dictionary!, Number(data.values[i]));
  throw new Error(`No values of ${type}`);
}

function bit(bitmap: Uint8Array, i: number): boolean {
  return (bitmap[i >> 3]! >> (i & 7) & 1) === 1;
}

/** Bytes of a slot of `width` bytes. */
function fixed(data: Data, i: number, width: number): Uint8Array {
  const { buffer, byteOffset } = data.values as Uint8Array;
  return new Uint8Array(buffer, byteOffset + i * width, width);
}

function signed(data: Data, i: number, width: number, convert: (value: bigint) => Value): Value {
  return convert(BigInt.asIntN(8 * width, littleEndianInteger(fixed(data, i, width))));
}

function intervalSlot(data: Data, i: number, unit: IntervalUnit): Value {
  const width = unit === IntervalUnit.YEAR_MONTH ? 4 : unit === IntervalUnit.DAY_TIME ? 8 : 16;
  const bytes = fixed(data, i, width).slice();
  const words = new DataView(bytes.buffer);
  switch (unit) {
    case IntervalUnit.YEAR_MONTH:
      return interval(words.getInt32(0, true), 0, 0);
    case IntervalUnit.DAY_TIME:
      return interval(0, words.getInt32(0, true), words.getInt32(4, true));
    default:
      return interval(
        words.getInt32(0, true),
        words.getInt32(4, true),
        words.getBigInt64(8, true) / 1_000_000n,
      );
  }
}

function variable(data: Data, i: number): Uint8Array {
  const [from, to] = [Number(data.valueOffsets[i]), Number(data.valueOffsets[i + 1])];
  return (data.values as Uint8Array).subarray(from, to);
}

/** Bytes of a view: 4 bytes length, then 12 inline bytes or 4 bytes prefix, buffer index, offset. */
function view(data: Data, i: number): Uint8Array {
  const bytes = fixed(data, i, 16);
  const words = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const length = words.getInt32(0, true);
  if (length <= 12) return bytes.subarray(4, 4 + length);
  const offset = words.getInt32(12, true);
  return data.variadicBuffers[words.getInt32(8, true)]!.subarray(offset, offset + length);
}

function range(child: Data, from: number, to: number): Value[] {
  return Array.from({ length: to - from }, (_, i) => slot(child, from + i));
}

/** Entry of a dictionary, which may come in several pieces. */
function entry(dictionary: Vector, key: number): Value {
  for (const data of dictionary.data) {
    if (key < data.length) return slot(data, key);
    key -= data.length;
  }
  throw new Error("A key beyond the dictionary");
}
