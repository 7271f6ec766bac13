/**
 * Rows of batches as objects, with values as `fromRows` takes them: exact, and in the units of their columns.
 *
 * @module
 */

import type { RawArray, RawRecordBatch } from "../arrow/raw_array.ts";
import type { ArrowField, ArrowType } from "../arrow/types.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import { FormatError } from "../util/errors.ts";
import { openParquet, type ReadOptions } from "./parquet_batches.ts";

/** A row. */
export type ReadRow = Record<string, unknown>;

/**
 * Makes what is shown, or used, of a value that is not null and is neither a struct nor a list. Default: the value as it is.
 *
 * Integers of 64 bits, and times counted in them, are bigints; decimals texts; intervals objects of months, days and nanoseconds.
 */
export type LeafValue = (field: ArrowField, value: unknown) => unknown;

/** Rows that are made of a batch at a time. */
const DEFAULT_BATCH_ROWS = 8192;

/**
 * Reads the rows of a Parquet file as objects: structs too, lists as arrays, maps as arrays of pairs.
 *
 * @param file Its bytes, to be closed by the caller.
 * @throws {SchemaError | FormatError | LimitError} As `openParquet`, and when a page is damaged.
 */
export async function* readRows(
  file: RandomAccess,
  options: ReadOptions = {},
): AsyncGenerator<ReadRow[], void, undefined> {
  const { batches } = await openParquet(file, { maxBatchRows: DEFAULT_BATCH_ROWS, ...options });
  for await (const batch of batches(false)) {
    if (batch.numRows > 0) yield rowsOf(batch);
  }
}

/** How rows are made. */
export interface RowOptions {
  /** Default: values as they are. */
  readonly leafValue?: LeafValue | undefined;
  /** Whether members that are null are left out of rows and structs. Default `false`. */
  readonly omitNulls?: boolean;
}

/** The rows of a batch. */
export function rowsOf(batch: RawRecordBatch, options: RowOptions = {}): ReadRow[] {
  const { schema: { fields }, columns, numRows } = batch;
  return structs(fields, columns, numRows, null, options) as ReadRow[];
}

/** One a slot; of a slot that is null, `null`. */
function structs(
  fields: readonly ArrowField[],
  columns: readonly RawArray[],
  length: number,
  validity: Uint8Array | null,
  options: RowOptions,
): (ReadRow | null)[] {
  const rows = Array.from({ length }, (_, r): ReadRow | null => isValid(validity, r) ? {} : null);
  fields.forEach((field, i) => {
    const values = valuesOf(field, columns[i]!, options);
    for (let r = 0; r < length; r++) {
      const row = rows[r]!, value = values[r];
      if (row !== null && !(options.omitNulls && value === null)) setMember(row, field.name, value);
    }
  });
  return rows;
}

function isValid(validity: Uint8Array | null, slot: number): boolean {
  return validity === null || (validity[slot >>> 3]! >> (slot & 7) & 1) === 1;
}

/** Sets a member whatever its name is. */
function setMember(row: ReadRow, name: string, value: unknown): void {
  if (name !== "__proto__") row[name] = value;
  else {
    Object.defineProperty(row, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** The values of an array of this reader. */
function valuesOf(field: ArrowField, array: RawArray, options: RowOptions): unknown[] {
  const { leafValue } = options;
  const { length, validity } = array, { type } = field;
  const values: unknown[] = new Array(length).fill(null);
  if (type.kind === "null" || length === 0) return values;
  const valueAt = readerOf(type, array, options);
  for (let slot = 0; slot < length; slot++) {
    if (!isValid(validity, slot)) continue;
    const value = valueAt(slot);
    values[slot] = leafValue === undefined || isPassed(type) ? value : leafValue(field, value);
  }
  return values;
}

function isPassed({ kind }: ArrowType): boolean {
  return kind === "struct" || kind === "list" || kind === "fixedSizeList";
}

type ValueAt = (slot: number) => unknown;

function readerOf(type: ArrowType, array: RawArray, options: RowOptions): ValueAt {
  const bytes = array.values ?? new Uint8Array(0);
  switch (type.kind) {
    case "bool":
      return (slot) => (bytes[slot >>> 3]! >> (slot & 7) & 1) === 1;
    case "int":
      return integers(bytes, type.bitWidth, type.signed);
    case "float":
      return floats(bytes, type.bitWidth);
    case "decimal":
      return (slot) => decimalText(bytes, slot * type.bitWidth / 8, type.bitWidth / 8, type.scale);
    case "date":
      return integers(bytes, type.unit === "day" ? 32 : 64, true);
    case "time":
      return integers(bytes, type.bitWidth, true);
    case "timestamp":
    case "duration":
      return integers(bytes, 64, true);
    case "interval":
      return intervals(bytes, type.unit);
    case "fixedSizeBinary":
      return (slot) => bytes.slice(slot * type.byteWidth, (slot + 1) * type.byteWidth);
    case "utf8": {
      const offsets = offsetsOf(array);
      return (slot) => textOf(bytes.subarray(offsets[slot]!, offsets[slot + 1]!));
    }
    case "binary": {
      const offsets = offsetsOf(array);
      return (slot) => bytes.slice(offsets[slot]!, offsets[slot + 1]!);
    }
    case "struct": {
      const { children, length, validity } = array;
      const members = structs(type.children, children, length, validity, options);
      return (slot) => members[slot];
    }
    case "list": {
      const offsets = offsetsOf(array);
      const elements = valuesOf(type.child, array.children[0]!, options);
      return (slot) => elements.slice(offsets[slot]!, offsets[slot + 1]!);
    }
    case "fixedSizeList": {
      const { listSize, child } = type;
      const elements = valuesOf(child, array.children[0]!, options);
      return (slot) => elements.slice(slot * listSize, (slot + 1) * listSize);
    }
    case "map": {
      const offsets = offsetsOf(array);
      const entries = type.child.type;
      if (entries.kind !== "struct") break;
      const [keys, values] = entries.children.map((entry, i) =>
        valuesOf(entry, array.children[0]!.children[i]!, options)
      );
      return (slot) => {
        const pairs: [unknown, unknown][] = [];
        for (let at = offsets[slot]!; at < offsets[slot + 1]!; at++) {
          pairs.push([keys![at], values![at]]);
        }
        return pairs;
      };
    }
  }
  throw new TypeError(`Cannot read values of Arrow type "${type.kind}"`);
}

function offsetsOf({ offsets }: RawArray): Int32Array {
  const bytes = offsets!;
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
}

function integers(bytes: Uint8Array, bitWidth: 8 | 16 | 32 | 64, signed: boolean): ValueAt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bitWidth) {
    case 8:
      return signed ? (slot) => view.getInt8(slot) : (slot) => view.getUint8(slot);
    case 16:
      return signed
        ? (slot) => view.getInt16(slot * 2, true)
        : (slot) => view.getUint16(slot * 2, true);
    case 32:
      return signed
        ? (slot) => view.getInt32(slot * 4, true)
        : (slot) => view.getUint32(slot * 4, true);
    case 64:
      return signed
        ? (slot) => view.getBigInt64(slot * 8, true)
        : (slot) => view.getBigUint64(slot * 8, true);
  }
}

function floats(bytes: Uint8Array, bitWidth: 16 | 32 | 64): ValueAt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bitWidth) {
    case 16:
      return (slot) => float16Of(view.getUint16(slot * 2, true));
    case 32:
      return (slot) => view.getFloat32(slot * 4, true);
    case 64:
      return (slot) => view.getFloat64(slot * 8, true);
  }
}

function float16Of(bits: number): number {
  const exponent = bits >> 10 & 31, fraction = bits & 1023;
  const size = exponent === 31
    ? (fraction === 0 ? Infinity : NaN)
    : exponent === 0
    ? fraction * 2 ** -24
    : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** A decimal as a text: of an integer in bytes, the lowest first. */
function decimalText(bytes: Uint8Array, at: number, width: number, scale: number): string {
  let unscaled = 0n;
  for (let i = width - 1; i >= 0; i--) unscaled = unscaled << 8n | BigInt(bytes[at + i]!);
  unscaled = BigInt.asIntN(8 * width, unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? "-" : ""}${whole}${scale === 0 ? "" : `.${digits.slice(-scale)}`}`;
}

function intervals(bytes: Uint8Array, unit: "yearMonth" | "dayTime" | "monthDayNano"): ValueAt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (unit) {
    case "yearMonth":
      return (slot) => ({ months: view.getInt32(slot * 4, true), days: 0, nanoseconds: 0n });
    case "dayTime":
      return (slot) => ({
        months: 0,
        days: view.getInt32(slot * 8, true),
        nanoseconds: BigInt(view.getInt32(slot * 8 + 4, true)) * 1_000_000n,
      });
    case "monthDayNano":
      return (slot) => ({
        months: view.getInt32(slot * 16, true),
        days: view.getInt32(slot * 16 + 4, true),
        nanoseconds: view.getBigInt64(slot * 16 + 8, true),
      });
  }
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    throw new FormatError("Cannot read a text: its bytes are not UTF-8", { cause });
  }
}
