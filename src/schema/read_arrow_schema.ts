/**
 * Reads schemas of Arrow IPC: those of files and streams, and those within Parquet files (`ARROW:schema`).
 *
 * @see https://github.com/apache/arrow/blob/main/format/Schema.fbs
 * @module
 */

import { FormatError, LimitError } from "../util/errors.ts";
import type { ArrowField, ArrowSchema, ArrowType, IntType, TimeUnit } from "../arrow/types.ts";
import type { FlatTable } from "../util/flat_buffer.ts";
import { metadataIsNoText, nameIsNoText } from "./schema_text.ts";

/** The types that a schema is made of. */
export type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";

/** A field with what only the IPC format knows of it. */
export interface IpcField {
  readonly field: ArrowField;
  /** What is stored in a record batch if `dictionaryId` is `null`, else in its dictionary batches. */
  readonly stored: ArrowType;
  readonly children: readonly IpcField[];
  readonly dictionaryId: bigint | null;
}

/** A schema with what only the IPC format knows of it. */
export interface IpcSchema {
  readonly schema: ArrowSchema;
  readonly fields: readonly IpcField[];
  /** For each dictionary, a field that uses it. */
  readonly dictionaries: ReadonlyMap<bigint, IpcField>;
}

const MAX_DEPTH = 128;
/** Fields of all levels. */
const MAX_FIELDS = 500_000;
const TIME_UNITS: readonly TimeUnit[] = ["second", "millisecond", "microsecond", "nanosecond"];

/**
 * Reads a schema.
 *
 * @throws {FormatError} When it is corrupt, big-endian, or has a type that is not known.
 * @throws {LimitError} When it has too many fields.
 * @throws {SchemaError} When names or metadata are not UTF-8.
 */
export function readSchema(table: FlatTable): IpcSchema {
  if (table.int16(0) !== 0) {
    throw new FormatError(
      "Cannot read Arrow data: it is big-endian; only little-endian data is supported",
    );
  }
  const walk = new SchemaWalk();
  const vector = table.tables(1);
  const fields: IpcField[] = [];
  for (let i = 0; i < vector.length; i++) fields.push(walk.field(vector.at(i), 0, ""));
  return {
    schema: { fields: fields.map(({ field }) => field), metadata: readKeyValues(table, 2, "") },
    fields,
    dictionaries: walk.dictionaries,
  };
}

function readKeyValues(
  table: FlatTable,
  ordinal: number,
  path: string,
): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const vector = table.tables(ordinal);
  for (let i = 0; i < vector.length; i++) {
    const pair = vector.at(i);
    const key = readText(pair, 0, (text) => metadataIsNoText(path, text, "key"));
    pairs.set(key, readText(pair, 1, () => metadataIsNoText(path, key, "value")));
  }
  return pairs;
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossyDecoder = new TextDecoder();

/** A text; `refusal` makes the error of what is left of it where it is not UTF-8. */
function readText(table: FlatTable, ordinal: number, refusal: (text: string) => Error): string {
  const bytes = table.textBytes(ordinal);
  if (bytes === null) return "";
  try {
    return strictDecoder.decode(bytes);
  } catch {
    throw refusal(lossyDecoder.decode(bytes));
  }
}

class SchemaWalk {
  readonly dictionaries = new Map<bigint, IpcField>();
  #fields = 0;

  field(table: FlatTable, depth: number, parent: string): IpcField {
    if (depth > MAX_DEPTH) throw new FormatError("Cannot read a schema: it is too deeply nested");
    if (++this.#fields > MAX_FIELDS) {
      throw new LimitError("", -1, `Cannot read a schema of more than ${MAX_FIELDS} fields`);
    }
    const name = readText(table, 0, (text) => nameIsNoText(parent, text));
    const path = parent === "" ? name : `${parent}.${name}`;
    const vector = table.tables(5);
    const children: IpcField[] = [];
    for (let i = 0; i < vector.length; i++) {
      children.push(this.field(vector.at(i), depth + 1, path));
    }
    const stored = readType(table.uint8(2), table.table(3), children.map(({ field }) => field));
    const dictionary = table.table(4);
    const field: IpcField = {
      field: {
        name,
        type: dictionary === null ? stored : {
          kind: "dictionary",
          index: readIndexType(dictionary.table(1)),
          value: stored,
          ordered: dictionary.bool(2),
        },
        nullable: table.bool(1),
        metadata: readKeyValues(table, 6, path),
      },
      stored,
      children,
      dictionaryId: dictionary === null ? null : dictionary.int64(0),
    };
    if (field.dictionaryId !== null && !this.dictionaries.has(field.dictionaryId)) {
      this.dictionaries.set(field.dictionaryId, field);
    }
    return field;
  }
}

function readIndexType(table: FlatTable | null): IntType {
  return table === null ? { kind: "int", bitWidth: 32, signed: true } : readInt(table);
}

function readInt(table: FlatTable): IntType {
  return {
    kind: "int",
    bitWidth: oneOf(table.int32(0), [8, 16, 32, 64] as const),
    signed: table.bool(1),
  };
}

function readType(
  id: number,
  table: FlatTable | null,
  children: readonly ArrowField[],
): ArrowType {
  if (table === null) throw unknown("a field has no type");
  const unit = (absent: number) => at(TIME_UNITS, table.int16(0, absent));
  const child = (index = 0, count = 1): ArrowField => {
    if (children.length !== count) throw unknown(`a type has ${children.length} children`);
    return children[index]!;
  };
  switch (id) {
    case 1:
      return { kind: "null" };
    case 2:
      return readInt(table);
    case 3:
      return { kind: "float", bitWidth: at([16, 32, 64] as const, table.int16(0)) };
    case 4:
      return { kind: "binary" };
    case 5:
      return { kind: "utf8" };
    case 6:
      return { kind: "bool" };
    case 7:
      return {
        kind: "decimal",
        precision: table.int32(0),
        scale: table.int32(1),
        bitWidth: oneOf(table.int32(2, 128), [32, 64, 128, 256] as const),
      };
    case 8:
      return { kind: "date", unit: at(["day", "millisecond"] as const, table.int16(0, 1)) };
    case 9:
      return {
        kind: "time",
        unit: unit(1),
        bitWidth: oneOf(table.int32(1, 32), [32, 64] as const),
      };
    case 10:
      return { kind: "timestamp", unit: unit(0), timezone: table.text(1) };
    case 11:
      return {
        kind: "interval",
        unit: at(["yearMonth", "dayTime", "monthDayNano"] as const, table.int16(0)),
      };
    case 12:
      return { kind: "list", child: child() };
    case 13:
      return { kind: "struct", children };
    case 14: {
      const typeIds = table.int32s(1);
      return {
        kind: "union",
        mode: table.int16(0) === 1 ? "dense" : "sparse",
        typeIds: typeIds.length > 0 ? typeIds : children.map((_, i) => i),
        children,
      };
    }
    case 15:
      return { kind: "fixedSizeBinary", byteWidth: notNegative(table.int32(0)) };
    case 16:
      return { kind: "fixedSizeList", listSize: notNegative(table.int32(0)), child: child() };
    case 17:
      return { kind: "map", keysSorted: table.bool(0), child: child() };
    case 18:
      return { kind: "duration", unit: unit(1) };
    case 19:
      return { kind: "largeBinary" };
    case 20:
      return { kind: "largeUtf8" };
    case 21:
      return { kind: "largeList", child: child() };
    case 22:
      return { kind: "runEndEncoded", runEnds: child(0, 2), values: child(1, 2) };
    case 23:
      return { kind: "binaryView" };
    case 24:
      return { kind: "utf8View" };
    case 25:
      return { kind: "listView", child: child() };
    case 26:
      return { kind: "largeListView", child: child() };
    default:
      throw unknown(`there is no Arrow type ${id}`);
  }
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw unknown(`a type has parameter ${index}`);
  return value;
}

function oneOf<T extends number>(value: number, values: readonly T[]): T {
  return at(values, values.indexOf(value as T));
}

function notNegative(value: number): number {
  if (value < 0) throw unknown(`a type has parameter ${value}`);
  return value;
}

function unknown(reason: string): FormatError {
  return new FormatError(`Cannot read a schema: ${reason}`);
}
