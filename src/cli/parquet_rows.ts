/**
 * Rows of Parquet files, exactly as they are, to be written again with other options.
 *
 * @module
 */

import type { RandomAccess } from "../format/read_metadata.ts";
import { openParquet, parquetSource } from "../reader/parquet_batches.ts";
import type { BatchSource } from "../rows/batch_source.ts";
import { type RowSchema, schema } from "../rows/schema.ts";
import { GEO_KEY } from "../schema/key_value_metadata.ts";
import { UsageError } from "./failure.ts";

/** How rows are read. */
export interface ParquetRowsOptions {
  /** The name of the file, for messages. */
  readonly name: string;
  /** The schema that its rows have to have, if there is one. */
  readonly expected?: RowSchema | undefined;
  /** Whether the output has other rows than this file: rows of other files too, or some of its own. */
  readonly otherRows?: boolean;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Rows of a batch at the most. */
  readonly maxBatchRows?: number;
}

/**
 * The rows of a Parquet file as a source of batches.
 *
 * @param access Its bytes.
 * @throws {UsageError} When it has other columns than expected.
 * @throws {SchemaError} When it has columns that cannot be kept as they are.
 * @throws {FormatError} When it is damaged, or its footer is encrypted.
 */
export async function openParquetRows(
  access: RandomAccess,
  { name, expected, otherRows = false, ...options }: ParquetRowsOptions,
): Promise<BatchSource> {
  const opened = await openParquet(access, options);
  const { fields, metadata } = opened.plan.schema;
  const pairs = new Map(metadata);
  // It has the bounds of all geometries.
  if (otherRows) pairs.delete(GEO_KEY);
  const own = schema({ fields, metadata: pairs });
  if (expected !== undefined && fieldsText(expected) !== fieldsText(own)) {
    throw new UsageError(
      `Cannot convert ${name}: its columns are not those of the first input, or of --schema`,
    );
  }
  return parquetSource({ ...opened, plan: { ...opened.plan, schema: own } });
}

function fieldsText(of: RowSchema): string {
  return JSON.stringify(of.toJSON().fields);
}
