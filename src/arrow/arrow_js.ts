/**
 * Data of the Arrow JS library, known by their structure: versions 4 to 21, several copies in one program.
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
import {
  type ArrowJsSchema,
  type ArrowJsType,
  convertType,
  isArrowJsSchema,
  isObject,
  MAX_TYPE_DEPTH,
} from "./arrow_js_type.ts";
import { viewBytes } from "./buffers.ts";
import { rawArray } from "./raw_array.ts";
import type { RawArray, RawDictionary } from "./raw_array.ts";
import { isSameType, typeName } from "./same_type.ts";
import type { ArrowField, ArrowSchema, ArrowType } from "./types.ts";

/** The members of an Arrow JS `Data` that this library uses. */
export interface ArrowJsData {
  /** Type of the values. */
  readonly type: ArrowJsType;
  /** Number of values. */
  readonly length: number;
  /** Ordinal of the first value in the buffers. */
  readonly offset: number;
  /** Data of the children. */
  readonly children?: readonly unknown[];
  /** The children, up to version 6. */
  readonly childData?: readonly unknown[];
}

/** The members of an Arrow JS `RecordBatch` that this library uses. */
export interface ArrowJsRecordBatch {
  /** Its schema. */
  readonly schema: ArrowJsSchema;
  /** Its columns, as a struct. */
  readonly data: ArrowJsData;
  /** Number of rows. */
  readonly numRows: number;
}

/** The members of an Arrow JS `Table` that this library uses. */
export interface ArrowJsTable {
  /** Its schema. */
  readonly schema: ArrowJsSchema;
  /** Its batches. */
  readonly batches: readonly ArrowJsRecordBatch[];
}

/** The members of a `Table` of Arrow JS up to version 6 that this library uses. */
export interface OldArrowJsTable {
  /** Its schema. */
  readonly schema: ArrowJsSchema;
  /** Its batches. */
  readonly chunks: readonly ArrowJsRecordBatch[];
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
  /** Its batches. */
  readonly chunks?: readonly { readonly data: unknown }[];
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

/**
 * The schema of a table, or of a batch of one. In older versions of Arrow JS, such as 7 and 14, `new Table` and `tableFromArrays` declare
 * every field as not nullable, whatever is in it. Newer versions ask `Vector.nullable`, which those lack: there, fields with nulls are nullable.
 */
export function withNullableFields(
  schema: ArrowSchema,
  of: unknown,
  batches: readonly ArrowJsRecordBatch[],
): ArrowSchema {
  const { getChildAt } = of as { readonly getChildAt?: unknown };
  if (typeof getChildAt !== "function" || schema.fields.every(({ nullable }) => nullable)) {
    return schema;
  }
  const first: unknown = getChildAt.call(of, 0);
  if (!isObject(first) || "nullable" in first) return schema;
  const hasNulls = (i: number) =>
    batches.some(({ data }) => {
      const child = arrowJsChildren(data)[i];
      return isObject(child) && Number(child.nullCount) > 0;
    });
  if (!schema.fields.some(({ nullable }, i) => !nullable && hasNulls(i))) return schema;
  const fields = schema.fields.map((field, i) =>
    field.nullable || !hasNulls(i) ? field : { ...field, nullable: true }
  );
  return { ...schema, fields };
}

/** The children of data. A batch without rows may lack them. */
export function arrowJsChildren(data: ArrowJsData): readonly unknown[] {
  return data.children ?? data.childData ?? [];
}

const EMPTY = new Uint8Array(0);
/** Nothing of anything, made once. */
const NOTHING: readonly never[] = [];

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
  return {
    length,
    nullCount: typeof data._nullCount === "number" ? data._nullCount : -1,
    bitOffset: offset,
    validity: readBuffer(data.nullBitmap, path),
    values: readBuffer(data.values, path),
    offsets: readBuffer(data.valueOffsets, path),
    sizes: null,
    variadic: data.variadicBuffers?.map((buffer) => readBuffer(buffer, path) ?? EMPTY) ?? NOTHING,
    children: readChildren(data, type, path, depth),
    dictionary: type.kind === "dictionary" ? readDictionary(data, type.value, path, depth) : null,
  };
}

function readChildren(
  data: AnyData,
  type: ArrowType,
  path: string,
  depth: number,
): readonly RawArray[] {
  const types = childTypes(type);
  if (types.length === 0) return NOTHING;
  return arrowJsChildren(data)
    // Lists made without a child have a hole there.
    .filter((child) => child !== undefined && child !== null)
    .map((child, i) => readChild(child, types[i], type.kind === "struct", path, depth));
}

function readChild(
  child: unknown,
  field: ArrowField | undefined,
  named: boolean,
  path: string,
  depth: number,
): RawArray {
  if (field === undefined) {
    throw new InvalidBatchError(path, -1, "Cannot read children: there are more than in the type");
  }
  return readData(child, field.type, named ? `${path}.${field.name}` : path, depth + 1);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** The bytes of a buffer; `null` where there is none. */
export function readBuffer(buffer: unknown, path: string): Uint8Array | null {
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

/** The fields of the children of a type. */
export function childTypes(type: ArrowType): readonly ArrowField[] {
  switch (type.kind) {
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
    case "map":
      return [type.child];
    case "runEndEncoded":
      return [type.runEnds, type.values];
    case "struct":
    case "union":
      return type.children;
    default:
      return NOTHING;
  }
}
