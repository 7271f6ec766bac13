/**
 * From raw columns to a checked column batch.
 *
 * @module
 */

import { InvalidBatchError, SchemaError } from "../util/errors.ts";
import type { LeafConversion } from "../schema/column_plan.ts";
import type { ColumnBatch } from "./column_array.ts";
import { convertArray } from "./convert_array.ts";
import type { Tally } from "./convert_array.ts";
import type { RawArray } from "./raw_array.ts";
import { columnScope } from "./scope.ts";
import type { ArrowSchema } from "./types.ts";

/** How batches are checked. */
export interface ColumnBatchOptions {
  /** Whether Date64 is going to be written as days, which have less room. Default: false. */
  readonly coerceTypes?: boolean;
  /**
   * How slots are going to be converted, by the dotted path of the field, where that leaves less room than their type has. Looked
   * at again for each batch. Default: none.
   */
  readonly conversions?: ReadonlyMap<string, LeafConversion>;
}

/** One object, so that what was checked before can be seen to have been checked alike. */
const NO_CONVERSIONS: ReadonlyMap<string, LeafConversion> = new Map();

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
  const { conversions = NO_CONVERSIONS } = options;
  const tally: Tally = { byteLength: 0, coerceTypes: options.coerceTypes ?? false, conversions };
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

/** @throws {SchemaError} When a batch has more or fewer columns than its schema has fields. */
export function assertColumnCount(count: number, { fields }: ArrowSchema): void {
  if (count !== fields.length) {
    throw new SchemaError(
      "",
      `Cannot read a batch of ${count} columns: the schema has ${fields.length}`,
    );
  }
}
