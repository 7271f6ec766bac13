/**
 * Objects of the Arrow JS library, known by their structure: versions 4 to 21, several copies in one program.
 *
 * Up to version 6 a table has `chunks` for `batches`, data has `childData` for `children`, and a dictionary is a vector of one
 * chunk or one with `chunks`.
 *
 * After `slice`, Arrow JS has cut `values`, `valueOffsets` and the children of structs and fixed-size lists already, while
 * `offset` still applies to `nullBitmap` and to the values of Booleans. Children of lists are not cut.
 *
 * @module
 */

import { InvalidBatchError, SchemaError } from "../util/errors.ts";
import { viewBytes } from "./buffers.ts";
import { rawArray } from "./raw_array.ts";
import type { RawArray, RawDictionary } from "./raw_array.ts";
import { isSameType, typeName } from "./same_type.ts";
import type { ArrowField, ArrowSchema, ArrowType, IntType, TimeUnit } from "./types.ts";

/** What of an Arrow JS `DataType` is looked at. */
export interface ArrowJsType {
  readonly typeId: number;
}

/** What of an Arrow JS `Field` is looked at. */
export interface ArrowJsField {
  readonly name: string;
  readonly type: ArrowJsType;
  readonly nullable: boolean;
  readonly metadata?: ReadonlyMap<string, string> | null;
}

/** What of an Arrow JS `Schema` is looked at. */
export interface ArrowJsSchema {
  readonly fields: readonly ArrowJsField[];
  readonly metadata?: ReadonlyMap<string, string> | null;
}

/** What of an Arrow JS `Data` is looked at. */
export interface ArrowJsData {
  readonly type: ArrowJsType;
  readonly length: number;
  readonly offset: number;
  readonly children?: readonly unknown[];
  /** The children, up to version 6. */
  readonly childData?: readonly unknown[];
}

/** What of an Arrow JS `RecordBatch` is looked at. */
export interface ArrowJsRecordBatch {
  readonly schema: ArrowJsSchema;
  readonly data: ArrowJsData;
  readonly numRows: number;
}

/** What of an Arrow JS `Table` is looked at. */
export interface ArrowJsTable {
  readonly schema: ArrowJsSchema;
  readonly batches: readonly ArrowJsRecordBatch[];
}

/** What of a `Table` is looked at up to version 6. */
export interface OldArrowJsTable {
  readonly schema: ArrowJsSchema;
  readonly chunks: readonly ArrowJsRecordBatch[];
}

/** Everything that types of any kind may have. */
interface AnyType extends ArrowJsType {
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  readonly precision?: number;
  readonly scale?: number;
  readonly unit?: number;
  readonly timezone?: string | null;
  readonly byteWidth?: number;
  readonly listSize?: number;
  readonly keysSorted?: boolean;
  readonly mode?: number;
  readonly typeIds?: ArrayLike<number>;
  readonly children?: readonly ArrowJsField[] | null;
  readonly indices?: ArrowJsType;
  readonly dictionary?: ArrowJsType;
  readonly isOrdered?: boolean;
}

/** Everything that data of any kind may have. */
interface AnyData extends ArrowJsData {
  readonly _nullCount?: number;
  readonly nullBitmap?: unknown;
  readonly values?: unknown;
  readonly valueOffsets?: unknown;
  readonly variadicBuffers?: readonly unknown[];
  readonly dictionary?: DictionaryVector | null;
}

/** A vector: its data in one or more chunks, up to version 6 of vectors or as one piece of data. */
interface DictionaryVector {
  readonly data?: unknown;
  readonly chunks?: readonly { readonly data: unknown }[];
}

/** Levels of nesting that are followed. */
export const MAX_TYPE_DEPTH = 128;

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether a value is an Arrow JS schema. */
export function isArrowJsSchema(value: unknown): value is ArrowJsSchema {
  return isObject(value) && Array.isArray(value.fields) &&
    value.fields.every((field) =>
      isObject(field) && isObject(field.type) && typeof field.type.typeId === "number"
    );
}

function isArrowJsData(value: unknown): value is AnyData {
  return isObject(value) && isObject(value.type) && typeof value.type.typeId === "number" &&
    typeof value.length === "number";
}

/** Whether a value is an Arrow JS record batch. */
export function isArrowJsRecordBatch(value: unknown): value is ArrowJsRecordBatch {
  // Old tables show the data of their first batch as theirs.
  return isObject(value) && isArrowJsData(value.data) && isArrowJsSchema(value.schema) &&
    !Array.isArray(value.chunks);
}

/** Whether a value is an Arrow JS table. */
export function isArrowJsTable(value: unknown): value is ArrowJsTable | OldArrowJsTable {
  return isObject(value) && (Array.isArray(value.batches) || Array.isArray(value.chunks)) &&
    isArrowJsSchema(value.schema);
}

/** The batches of a table. */
export function arrowJsBatches(
  table: ArrowJsTable | OldArrowJsTable,
): readonly ArrowJsRecordBatch[] {
  return "batches" in table ? table.batches : table.chunks;
}

/** The children of data. A batch without rows may lack them. */
export function arrowJsChildren(data: ArrowJsData): readonly unknown[] {
  return data.children ?? data.childData ?? [];
}

const TIME_UNITS: readonly TimeUnit[] = ["second", "millisecond", "microsecond", "nanosecond"];
const INTERVAL_UNITS = ["yearMonth", "dayTime", "monthDayNano"] as const;
const FLOAT_WIDTHS = [16, 32, 64] as const;
const EMPTY = new Uint8Array(0);

/** Types do not change once they are made, and converting them for every batch would cost more than the batch. */
const convertedTypes = new WeakMap<ArrowJsType, ArrowType>();
const convertedSchemas = new WeakMap<ArrowJsSchema, ArrowSchema>();

/**
 * Converts an Arrow JS schema. Nothing of it is kept but text.
 *
 * @throws {SchemaError} When it has a type that is not Arrow, or is nested too deeply.
 */
export function convertArrowJsSchema(schema: ArrowJsSchema): ArrowSchema {
  let converted = convertedSchemas.get(schema);
  if (converted === undefined) {
    converted = {
      fields: schema.fields.map((field) => convertField(field, "", 0)),
      metadata: convertMetadata(schema.metadata),
    };
    convertedSchemas.set(schema, converted);
  }
  return converted;
}

function convertField(field: ArrowJsField, parent: string, depth: number): ArrowField {
  const name = String(field.name);
  const path = parent === "" ? name : `${parent}.${name}`;
  if (depth > MAX_TYPE_DEPTH) {
    throw new SchemaError(parent, "Cannot read a schema: too deeply nested");
  }
  if (!isObject(field.type)) throw new SchemaError(path, "Cannot read a field: it has no type");
  return {
    name,
    type: convertType(field.type, path, depth),
    nullable: Boolean(field.nullable),
    metadata: convertMetadata(field.metadata),
  };
}

function convertMetadata(
  metadata: ReadonlyMap<string, string> | null | undefined,
): ReadonlyMap<string, string> {
  const entries = metadata ?? [];
  return new Map([...entries].map(([key, value]) => [String(key), String(value)]));
}

function convertType(type: ArrowJsType, path: string, depth: number): ArrowType {
  let converted = convertedTypes.get(type);
  if (converted === undefined) {
    converted = typeOf(type, path, depth);
    convertedTypes.set(type, converted);
  }
  return converted;
}

function typeOf(type: AnyType, path: string, depth: number): ArrowType {
  const children = () => (type.children ?? []).map((child) => convertField(child, path, depth + 1));
  const child = (): ArrowField => {
    const [only] = children();
    if (only === undefined) throw unknownType(type, path);
    return only;
  };
  const known = <T>(value: T | undefined): T => {
    if (value === undefined) throw unknownType(type, path);
    return value;
  };
  switch (type.typeId) {
    case 1:
      return { kind: "null" };
    case 2:
      return intType(type, path);
    case 3:
      return { kind: "float", bitWidth: known(FLOAT_WIDTHS[type.precision ?? -1]) };
    case 4:
      return { kind: "binary" };
    case 5:
      return { kind: "utf8" };
    case 6:
      return { kind: "bool" };
    case 7:
      return {
        kind: "decimal",
        bitWidth: known(
          ([32, 64, 128, 256] as const).find((width) => width === (type.bitWidth ?? 128)),
        ),
        precision: known(type.precision),
        scale: type.scale ?? 0,
      };
    case 8:
      return { kind: "date", unit: known((["day", "millisecond"] as const)[type.unit ?? -1]) };
    case 9:
      return {
        kind: "time",
        unit: known(TIME_UNITS[type.unit ?? -1]),
        bitWidth: known(([32, 64] as const).find((width) => width === type.bitWidth)),
      };
    case 10:
      return {
        kind: "timestamp",
        unit: known(TIME_UNITS[type.unit ?? -1]),
        timezone: type.timezone ?? null,
      };
    case 11:
      return { kind: "interval", unit: known(INTERVAL_UNITS[type.unit ?? -1]) };
    case 12:
      return { kind: "list", child: child() };
    case 13:
      return { kind: "struct", children: children() };
    case 14:
      return {
        kind: "union",
        mode: type.mode === 1 ? "dense" : "sparse",
        typeIds: Array.from(type.typeIds ?? []),
        children: children(),
      };
    case 15:
      return { kind: "fixedSizeBinary", byteWidth: known(type.byteWidth) };
    case 16:
      return { kind: "fixedSizeList", listSize: known(type.listSize), child: child() };
    case 17:
      return { kind: "map", keysSorted: Boolean(type.keysSorted), child: child() };
    case 18:
      return { kind: "duration", unit: known(TIME_UNITS[type.unit ?? -1]) };
    case 19:
      return { kind: "largeBinary" };
    case 20:
      return { kind: "largeUtf8" };
    case 21:
      return { kind: "largeList", child: child() };
    case 23:
      return { kind: "binaryView" };
    case 24:
      return { kind: "utf8View" };
    case -1: {
      if (depth > MAX_TYPE_DEPTH) throw unknownType(type, path);
      return {
        kind: "dictionary",
        index: intType(known(type.indices), path),
        value: convertType(known(type.dictionary), path, depth + 1),
        ordered: Boolean(type.isOrdered),
      };
    }
    default:
      throw unknownType(type, path);
  }
}

function intType(type: AnyType, path: string): IntType {
  const bitWidth = ([8, 16, 32, 64] as const).find((width) => width === type.bitWidth);
  if (type.typeId !== 2 || bitWidth === undefined) throw unknownType(type, path);
  return { kind: "int", bitWidth, signed: Boolean(type.isSigned) };
}

function unknownType(type: ArrowJsType, path: string): SchemaError {
  return new SchemaError(path, `Cannot read Arrow JS type ${type.typeId}: it is not known`);
}

/**
 * The buffers of Arrow JS data.
 *
 * @param data The data.
 * @param type The type that it should have.
 * @param path Dotted path, for messages.
 * @throws {SchemaError} When it has another type.
 * @throws {InvalidBatchError} When a buffer is detached, resizable, or no buffer.
 */
export function rawFromArrowJs(data: unknown, type: ArrowType, path: string): RawArray {
  return readData(data, type, path, 0);
}

/** An array without slots: whatever its type, it needs no buffers. */
export const NO_SLOTS: RawArray = rawArray({ length: 0 });

function readData(data: unknown, type: ArrowType, path: string, depth: number): RawArray {
  if (!isArrowJsData(data)) {
    throw new InvalidBatchError(path, -1, "Cannot read a column: there is no Arrow data");
  }
  const own = convertType(data.type, path, depth);
  if (!isSameType(own, type)) {
    throw new SchemaError(path, `Cannot read ${typeName(own)} as ${typeName(type)}`);
  }
  if (depth > MAX_TYPE_DEPTH) {
    throw new SchemaError(path, "Cannot read a column: too deeply nested");
  }
  const { length, offset } = data;
  // Arrow JS puts other things in the place of empty data, vectors for example, which have neither buffers nor an offset.
  if (length === 0) return NO_SLOTS;
  if (!isCount(length) || !isCount(offset)) {
    throw new InvalidBatchError(path, -1, `Cannot read ${length} slots from ${offset} on`);
  }
  const types = childTypes(type);
  return rawArray({
    length,
    nullCount: typeof data._nullCount === "number" ? data._nullCount : -1,
    bitOffset: offset,
    validity: readBuffer(data.nullBitmap, path),
    values: readBuffer(data.values, path),
    offsets: readBuffer(data.valueOffsets, path),
    variadic: (data.variadicBuffers ?? []).map((buffer) => readBuffer(buffer, path) ?? EMPTY),
    children: types.length === 0 ? [] : arrowJsChildren(data)
      // Lists made without a child have a hole there.
      .filter((child) => child !== undefined && child !== null)
      .map((child, i) => readChild(child, types[i], type.kind === "struct", path, depth)),
    dictionary: type.kind === "dictionary" ? readDictionary(data, type.value, path, depth) : null,
  });
}

function readChild(
  child: unknown,
  field: ArrowField | undefined,
  named: boolean,
  path: string,
  depth: number,
): RawArray {
  if (field === undefined) {
    throw new InvalidBatchError(path, -1, "Cannot read children: there are more than the type has");
  }
  return readData(child, field.type, named ? `${path}.${field.name}` : path, depth + 1);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function readBuffer(buffer: unknown, path: string): Uint8Array | null {
  if (buffer === undefined || buffer === null) return null;
  if (!ArrayBuffer.isView(buffer)) {
    throw new InvalidBatchError(path, -1, "Cannot read a buffer: it is not a typed array");
  }
  return viewBytes(buffer, path);
}

function readDictionary(
  data: AnyData,
  type: ArrowType,
  path: string,
  depth: number,
): RawDictionary | null {
  const vector = data.dictionary;
  if (!isObject(vector)) return null;
  return {
    identity: vector,
    chunks: vectorChunks(vector).map((chunk) => readData(chunk, type, path, depth + 1)),
  };
}

function vectorChunks({ data, chunks }: DictionaryVector): readonly unknown[] {
  if (Array.isArray(chunks)) return chunks.map((chunk) => chunk.data);
  if (Array.isArray(data)) return data;
  return data === undefined || data === null ? [] : [data];
}

function childTypes(type: ArrowType): readonly ArrowField[] {
  switch (type.kind) {
    case "list":
    case "largeList":
    case "fixedSizeList":
    case "map":
      return [type.child];
    case "struct":
    case "union":
      return type.children;
    default:
      return [];
  }
}
