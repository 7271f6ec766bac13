/**
 * Tables of flechette (and of arquero, which has them inside), known by their structure.
 *
 * A table has columns, a column has batches, and the batches of all columns are cut at the same rows.
 *
 * @see https://github.com/uwdata/flechette
 * @module
 */

import { InvalidBatchError, SchemaError } from "../util/errors.ts";
import { childTypes, NO_SLOTS, readBuffer } from "./arrow_js.ts";
import {
  type ArrowJsSchema,
  type ArrowJsType,
  convertArrowJsSchema,
  convertType,
  isObject,
  MAX_TYPE_DEPTH,
} from "./arrow_js_type.ts";
import { rawArray, RawRecordBatch } from "./raw_array.ts";
import type { RawArray, RawDictionary } from "./raw_array.ts";
import { isSameType, typeName } from "./same_type.ts";
import type { ArrowSchema, ArrowType } from "./types.ts";

/** The members of a batch of a flechette column that this library uses. */
export interface FlechetteBatch {
  /** Number of values. */
  readonly length: number;
  /** Number of nulls. */
  readonly nullCount: number;
}

/** The members of a flechette `Column` that this library uses. */
export interface FlechetteColumn {
  /** Its batches. */
  readonly data: readonly FlechetteBatch[];
}

/** The members of a flechette `Table` that this library uses. */
export interface FlechetteTable {
  /** Its schema. */
  readonly schema: ArrowJsSchema;
  /** Its columns. */
  readonly children: readonly FlechetteColumn[];
}

/** Everything that batches of any type may have. */
interface AnyBatch extends FlechetteBatch {
  readonly type: ArrowJsType;
  readonly validity?: unknown;
  readonly values?: unknown;
  readonly offsets?: unknown;
  readonly sizes?: unknown;
  readonly children?: readonly unknown[] | null;
  /** Data buffers of views. */
  readonly data?: readonly unknown[];
  readonly dictionary?: FlechetteColumn;
}

const EMPTY = new Uint8Array(0);

/** Whether a value is a flechette table. */
export function isFlechetteTable(value: unknown): value is FlechetteTable {
  return isObject(value) && Array.isArray(value.children) && !("batches" in value) &&
    isObject(value.schema) && Array.isArray(value.schema.fields) &&
    value.children.every((column) => isObject(column) && Array.isArray(column.data));
}

/**
 * The schema of a table.
 *
 * @throws {SchemaError} When a type is absent, as flechette leaves it where it was given an array without values, or not known.
 */
export function flechetteSchema({ schema }: FlechetteTable): ArrowSchema {
  return convertArrowJsSchema(schema);
}

/**
 * The record batches of a table, read one by one as they are asked for.
 *
 * @throws {SchemaError} When a type is not known.
 * @throws {InvalidBatchError} When columns are not cut at the same rows, or have something else than buffers.
 */
export function* flechetteBatches(table: FlechetteTable): Generator<RawRecordBatch> {
  const schema = flechetteSchema(table);
  const [first] = table.children;
  const count = first?.data.length ?? 0;
  table.children.forEach(({ data }, i) => {
    if (data.length === count && data.every(({ length }, b) => length === first!.data[b]!.length)) {
      return;
    }
    throw new InvalidBatchError(
      schema.fields[i]?.name ?? "",
      -1,
      "Cannot read a table: its columns are not cut into batches at the same rows; make them from whole arrays",
    );
  });
  for (let b = 0; b < count; b++) {
    const numRows = first!.data[b]!.length;
    const columns = table.children.map(({ data }, i) => {
      const field = schema.fields[i];
      if (field === undefined) {
        throw new SchemaError("", "Cannot read a table: it has more columns than fields");
      }
      return readBatch(data[b], field.type, field.name, 0);
    });
    yield new RawRecordBatch(schema, numRows, columns);
  }
}

function readBatch(batch: unknown, type: ArrowType, path: string, depth: number): RawArray {
  if (!isBatch(batch)) {
    throw new InvalidBatchError(path, -1, "Cannot read a column: there is no Arrow data");
  }
  if (depth > MAX_TYPE_DEPTH) {
    throw new SchemaError(path, "Cannot read a column: too deeply nested");
  }
  const own = convertType(batch.type, path, depth);
  if (!isSameType(own, type)) {
    throw new SchemaError(path, `Cannot read ${typeName(own)} as ${typeName(type)}`);
  }
  const { length, nullCount } = batch;
  if (length === 0) return NO_SLOTS;
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new InvalidBatchError(path, -1, `Cannot read ${length} slots`);
  }
  const fields = childTypes(type);
  return rawArray({
    length,
    nullCount: typeof nullCount === "number" ? nullCount : -1,
    validity: readBuffer(batch.validity, path),
    values: readBuffer(batch.values, path),
    offsets: readBuffer(batch.offsets, path),
    sizes: readBuffer(batch.sizes, path),
    variadic: (batch.data ?? []).map((buffer) => readBuffer(buffer, path) ?? EMPTY),
    children: fields.map((field, i) =>
      readBatch(
        batch.children?.[i],
        field.type,
        type.kind === "struct" ? `${path}.${field.name}` : path,
        depth + 1,
      )
    ),
    dictionary: type.kind === "dictionary" ? readDictionary(batch, type.value, path, depth) : null,
  });
}

function isBatch(value: unknown): value is AnyBatch {
  return isObject(value) && isObject(value.type) && typeof value.type.typeId === "number" &&
    typeof value.length === "number";
}

function readDictionary(
  { dictionary }: AnyBatch,
  type: ArrowType,
  path: string,
  depth: number,
): RawDictionary | null {
  if (!isObject(dictionary) || !Array.isArray(dictionary.data)) return null;
  return {
    identity: dictionary,
    chunks: dictionary.data.map((chunk) => readBatch(chunk, type, path, depth + 1)),
  };
}
