/**
 * Schemas and record batches in every form that is accepted.
 *
 * @module
 */

import { isArrowJsRecordBatch } from "./arrow_js.ts";
import type { ArrowJsRecordBatch } from "./arrow_js.ts";
import { convertArrowJsSchema, convertChangedSchema, isArrowJsSchema } from "./arrow_js_type.ts";
import type { ArrowJsSchema } from "./arrow_js_type.ts";
import { RawRecordBatch } from "./raw_array.ts";
import type { ArrowSchema } from "./types.ts";

/** A schema in any form: ours, or that of any Arrow JS version. */
export type SchemaLike = ArrowSchema | ArrowJsSchema;

/** A record batch of any Arrow JS version. */
export type RecordBatchLike = ArrowJsRecordBatch;

/** A record batch in any form: of any Arrow JS version, or from our reader of IPC bytes. */
export type AnyRecordBatch = RecordBatchLike | RawRecordBatch;

/**
 * A schema as plain data.
 *
 * @param schema An Arrow JS schema, or one that is plain data already, which is returned as it is.
 * @throws {TypeError} When it is neither.
 * @throws {SchemaError} When it has a type that is not known.
 */
export function toArrowSchema(schema: SchemaLike): ArrowSchema {
  if (isArrowJsSchema(schema) && schema.fields.length > 0) return convertChangedSchema(schema);
  if (isArrowSchema(schema)) return schema;
  if (isArrowJsSchema(schema)) return convertChangedSchema(schema);
  throw new TypeError("Cannot use a schema: expected `schema({…})` or an Arrow schema");
}

function isArrowSchema(value: unknown): value is ArrowSchema {
  const { fields, metadata } = (value ?? {}) as Partial<ArrowSchema>;
  return Array.isArray(fields) && metadata instanceof Map &&
    fields.every((field) => typeof field?.type?.kind === "string");
}

/** Whether a value is a record batch in any form. */
export function isRecordBatchLike(value: unknown): value is AnyRecordBatch {
  return value instanceof RawRecordBatch || isArrowJsRecordBatch(value);
}

/**
 * The schema of a batch.
 *
 * @throws {TypeError} When it is not a record batch.
 */
export function schemaOf(batch: AnyRecordBatch): ArrowSchema {
  if (batch instanceof RawRecordBatch) return batch.schema;
  if (isArrowJsRecordBatch(batch)) return convertArrowJsSchema(batch.schema);
  throw new TypeError("Cannot use a batch: it is not an Arrow record batch");
}

/** A file begins with `first`: if that is a batch, its schema may say something else than in the file before. */
export function noteChangedSchema(first: unknown): void {
  if (isArrowJsRecordBatch(first)) convertChangedSchema(first.schema);
}

/** Number of rows that a batch claims. */
export function rowsOf(batch: AnyRecordBatch): number {
  return batch instanceof RawRecordBatch ? batch.numRows : batch.data.length;
}
