/**
 * From record batches of any kind to checked column batches.
 *
 * @module
 */

import type { Steps } from "../util/steps.ts";
import { assertSameSchema, hasSameTypes } from "./batch_schema.ts";
import { InvalidBatchError } from "../util/errors.ts";
import { arrowJsChildren, NO_SLOTS, rawFromArrowJs } from "./arrow_js.ts";
import type { ArrowJsRecordBatch } from "./arrow_js.ts";
import { schemaOf } from "./arrow_objects.ts";
import type { AnyRecordBatch } from "./arrow_objects.ts";
import { bitmapBytes, hasClearBit } from "./bitmap.ts";
import { viewBytes } from "./buffers.ts";
import type { ColumnBatch } from "./column_array.ts";
import { assertColumnCount, columnBatchSteps, toColumnBatch } from "./column_batch.ts";
import type { ColumnBatchOptions } from "./column_batch.ts";
import { RawRecordBatch } from "./raw_array.ts";
import type { ArrowField, ArrowSchema, ArrowType } from "./types.ts";

/**
 * Checks a record batch and brings its columns into the few shapes that the encoder knows. Views of the batch's memory
 * wherever possible; the batch is not changed.
 *
 * @param batch The batch.
 * @param expected The schema to check it against. Batches may differ in how they encode their values (dictionary,
 * run-end, large and view variants); whether nulls are allowed is for the expected schema to say.
 * @returns The columns.
 * @throws {TypeError} When it is not a record batch.
 * @throws {SchemaError} When its schema is another one.
 * @throws {InvalidBatchError} When it contradicts the Arrow format or the schema.
 * @throws {LimitError} When a value has no room in Parquet.
 */
export function recordBatchToColumns(
  batch: AnyRecordBatch,
  expected: ArrowSchema,
  options?: ColumnBatchOptions,
): ColumnBatch {
  const raw = toRawBatch(batch, expected);
  return toColumnBatch(readingSchema(expected, raw.schema), raw, options);
}

/**
 * A record batch as buffers, which are not checked.
 *
 * @throws {TypeError | SchemaError | InvalidBatchError} When it is none, or has not the columns of the expected schema.
 */
export function toRawBatch(batch: AnyRecordBatch, expected: ArrowSchema): RawRecordBatch {
  if (batch instanceof RawRecordBatch) return batch;
  const actual = schemaOf(batch);
  const reading = readingSchema(expected, actual);
  const { fields } = reading;
  const { data } = batch;
  assertNoNullRows(batch);
  const children = arrowJsChildren(data);
  // What a batch without rows has in the place of columns differs from version to version, and nothing of it is needed.
  if (data.length === 0 && children.length < fields.length) {
    return new RawRecordBatch(actual, 0, fields.map(() => NO_SLOTS));
  }
  assertColumnCount(children.length, reading);
  const columns = fields.map(({ type, name }, i) => rawFromArrowJs(children[i], type, name));
  return new RawRecordBatch(actual, data.length, columns);
}

/** {@linkcode recordBatchToColumns} in steps, between which others may have their turn. */
export function recordBatchSteps(
  batch: RawRecordBatch,
  expected: ArrowSchema,
  options?: ColumnBatchOptions,
): Steps<ColumnBatch> {
  return columnBatchSteps(readingSchema(expected, batch.schema), batch, options);
}

/** Rows of a batch are never null. Arrow JS can hold such rows; to write them as if they were there would invent data. */
function assertNoNullRows({ data }: ArrowJsRecordBatch): void {
  const { nullBitmap, _nullCount } = data as { nullBitmap?: unknown; _nullCount?: unknown };
  if (typeof _nullCount === "number" && _nullCount > 0 && data.length > 0) {
    throw new InvalidBatchError(
      "",
      -1,
      `Cannot accept a record batch with ${_nullCount} null rows`,
    );
  }
  if (!ArrayBuffer.isView(nullBitmap) || nullBitmap.byteLength === 0) return;
  const bytes = viewBytes(nullBitmap, "");
  if (
    bytes.length < bitmapBytes(data.offset + data.length) ||
    hasClearBit({ bytes, bitOffset: data.offset }, 0, data.length)
  ) {
    throw new InvalidBatchError("", -1, "Cannot accept a record batch that has null rows");
  }
}

/** By the batch's schema: all batches of a source usually share one. */
const known = new WeakMap<ArrowSchema, { expected: ArrowSchema; reading: ArrowSchema }>();

/** The batch's types with the names and the nullability of the expected schema. */
function readingSchema(expected: ArrowSchema, actual: ArrowSchema): ArrowSchema {
  if (expected === actual || hasSameTypes(expected, actual)) return expected;
  const before = known.get(actual);
  if (before?.expected === expected) return before.reading;
  assertSameSchema(expected, actual);
  const reading = { ...expected, fields: readingFields(expected.fields, actual.fields) };
  known.set(actual, { expected, reading });
  return reading;
}

function readingFields(
  expected: readonly ArrowField[],
  actual: readonly ArrowField[],
): readonly ArrowField[] {
  return expected.map((field, i) => ({
    ...field,
    type: readingType(field.type, actual[i]!.type),
  }));
}

function readingType(expected: ArrowType, actual: ArrowType): ArrowType {
  if (expected === actual) return actual;
  if (expected.kind === "dictionary") return readingType(expected.value, actual);
  if (expected.kind === "runEndEncoded") return readingType(expected.values.type, actual);
  switch (actual.kind) {
    case "dictionary":
      return { ...actual, value: readingType(expected, actual.value) };
    case "runEndEncoded":
      return {
        ...actual,
        values: { ...actual.values, type: readingType(expected, actual.values.type) },
      };
    case "struct":
      return expected.kind === "struct"
        ? { ...actual, children: readingFields(expected.children, actual.children) }
        : actual;
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
    case "map":
      return "child" in expected
        ? { ...actual, child: readingFields([expected.child], [actual.child])[0]! }
        : actual;
    default:
      return actual;
  }
}
