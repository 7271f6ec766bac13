/**
 * From record batches of any kind to checked column batches.
 *
 * @module
 */

import { InvalidBatchError, SchemaError } from "../util/errors.ts";
import {
  convertArrowJsSchema,
  isArrowJsRecordBatch,
  isArrowJsSchema,
  rawFromArrowJs,
} from "./arrow_js.ts";
import type { ArrowJsRecordBatch, ArrowJsSchema } from "./arrow_js.ts";
import { bitmapBytes, hasClearBit } from "./bitmap.ts";
import { viewBytes } from "./buffers.ts";
import type { ColumnBatch } from "./column_array.ts";
import { convertArray } from "./convert_array.ts";
import type { Tally } from "./convert_array.ts";
import { RawRecordBatch } from "./raw_array.ts";
import type { RawArray } from "./raw_array.ts";
import { columnScope } from "./scope.ts";
import type { ArrowSchema } from "./types.ts";

/** A schema in any form: ours, or that of any Arrow JS version. */
export type SchemaLike = ArrowSchema | ArrowJsSchema;

/** A record batch in any form: of any Arrow JS version, or from our reader of IPC bytes. */
export type RecordBatchLike = ArrowJsRecordBatch | RawRecordBatch;

/** How batches are checked. */
export interface ColumnBatchOptions {
  /** Whether Date64 is going to be written as days, which have less room. Default: false. */
  readonly coerceTypes?: boolean;
}

/**
 * A schema as plain data.
 *
 * @param schema An Arrow JS schema, or one that is plain data already, which is returned as it is.
 * @throws {TypeError} When it is neither.
 * @throws {SchemaError} When it has a type that is not known.
 */
export function toArrowSchema(schema: SchemaLike): ArrowSchema {
  if (isArrowJsSchema(schema) && schema.fields.length > 0) return convertArrowJsSchema(schema);
  if (isArrowSchema(schema)) return schema;
  if (isArrowJsSchema(schema)) return convertArrowJsSchema(schema);
  throw new TypeError("Cannot use a schema: it is not an Arrow schema");
}

function isArrowSchema(value: unknown): value is ArrowSchema {
  const { fields, metadata } = (value ?? {}) as Partial<ArrowSchema>;
  return Array.isArray(fields) && metadata instanceof Map &&
    fields.every((field) => typeof field?.type?.kind === "string");
}

/** Whether a value is a record batch in any form. */
export function isRecordBatchLike(value: unknown): value is RecordBatchLike {
  return value instanceof RawRecordBatch || isArrowJsRecordBatch(value);
}

/**
 * The schema of a batch.
 *
 * @throws {TypeError} When it is not a record batch.
 */
export function schemaOf(batch: RecordBatchLike): ArrowSchema {
  if (batch instanceof RawRecordBatch) return batch.schema;
  if (isArrowJsRecordBatch(batch)) return convertArrowJsSchema(batch.schema);
  throw new TypeError("Cannot use a batch: it is not an Arrow record batch");
}

/** Number of rows that a batch claims. */
export function rowsOf(batch: RecordBatchLike): number {
  return batch instanceof RawRecordBatch ? batch.numRows : batch.data.length;
}

/**
 * Checks a record batch and brings its columns into the few shapes that the encoder knows. Views of the batch's memory
 * wherever possible; the batch is not changed.
 *
 * @param batch The batch. Its schema's names, nullability and metadata are not compared; its types are.
 * @param expected The schema to check it against.
 * @returns The columns.
 * @throws {TypeError} When it is not a record batch.
 * @throws {SchemaError} When its types are not the expected ones.
 * @throws {InvalidBatchError} When it contradicts the Arrow format or the schema.
 * @throws {LimitError} When a value has no room in Parquet.
 */
export function recordBatchToColumns(
  batch: RecordBatchLike,
  expected: ArrowSchema,
  options?: ColumnBatchOptions,
): ColumnBatch {
  if (batch instanceof RawRecordBatch) return toColumnBatch(expected, batch, options);
  if (!isArrowJsRecordBatch(batch)) {
    throw new TypeError("Cannot use a batch: it is not an Arrow record batch");
  }
  const { data } = batch;
  assertNoNullRows(batch);
  const children = data.children ?? [];
  assertColumnCount(children.length, expected);
  const columns = expected.fields.map((field, i) =>
    rawFromArrowJs(children[i], field.type, field.name)
  );
  return toColumnBatch(expected, { numRows: data.length, columns }, options);
}

/** Rows of a batch are never null. Arrow JS can hold such rows all the same; to write them as if they were there would invent data. */
function assertNoNullRows({ data }: ArrowJsRecordBatch): void {
  const { nullBitmap } = data as { nullBitmap?: unknown };
  if (!ArrayBuffer.isView(nullBitmap) || nullBitmap.byteLength === 0) return;
  const bytes = viewBytes(nullBitmap, "");
  if (
    bytes.length < bitmapBytes(data.offset + data.length) ||
    hasClearBit({ bytes, bitOffset: data.offset }, 0, data.length)
  ) {
    throw new InvalidBatchError("", -1, "Cannot accept a record batch that has null rows");
  }
}

function assertColumnCount(count: number, { fields }: ArrowSchema): void {
  if (count !== fields.length) {
    throw new SchemaError(
      "",
      `Cannot read a batch of ${count} columns: the schema has ${fields.length}`,
    );
  }
}

/**
 * Checks raw columns and brings them into shape.
 *
 * @param schema Their schema.
 * @param raw The columns, and how many rows they should have.
 * @throws {SchemaError} When there are more or fewer columns than fields.
 * @throws {InvalidBatchError} When they contradict the Arrow format or the schema.
 * @throws {LimitError} When a value has no room in Parquet.
 */
export function toColumnBatch(
  schema: ArrowSchema,
  raw: { readonly numRows: number; readonly columns: readonly RawArray[] },
  options: ColumnBatchOptions = {},
): ColumnBatch {
  const { numRows, columns } = raw;
  assertColumnCount(columns.length, schema);
  const tally: Tally = { byteLength: 0, coerceTypes: options.coerceTypes ?? false };
  const converted = schema.fields.map((field, i) => {
    const column = columns[i]!;
    if (column.length < numRows) {
      throw new InvalidBatchError(
        field.name,
        column.length,
        `Cannot read a column of ${column.length} slots: the batch has ${numRows} rows`,
      );
    }
    return convertArray(field, {
      raw: column.length === numRows ? column : { ...column, length: numRows },
      scope: columnScope(field.name),
      from: 0,
      to: numRows,
      tally,
    });
  });
  return { numRows, columns: converted, byteLength: tally.byteLength };
}
