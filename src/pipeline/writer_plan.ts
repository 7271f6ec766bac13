/**
 * Everything about a file that is settled before the first row.
 *
 * @module
 */

import type { ColumnBatchOptions } from "../arrow/column_batch.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { checkedConversions } from "../arrow/value_limits.ts";
import { KeyValueMetadata } from "../schema/key_value_metadata.ts";
import { planSchema, type SchemaPlan } from "../schema/parquet_schema.ts";
import type { ResolvedOptions } from "../schema/writer_options.ts";

/** What a writer works by. */
export interface WriterPlan {
  readonly arrowSchema: ArrowSchema;
  readonly schema: SchemaPlan;
  readonly options: ResolvedOptions;
  /** How batches are checked. */
  readonly check: ColumnBatchOptions;
  /** Of this file alone: pairs may be appended while it is written. */
  readonly keyValueMetadata: KeyValueMetadata;
}

/**
 * Plans a file.
 *
 * @param arrowSchema Schema of the batches.
 * @param options Checked options.
 * @throws {SchemaError} When Parquet cannot hold the schema.
 * @throws {TypeError} When options contradict the schema.
 * @throws {LimitError} When the schema or the metadata is too large.
 */
export function planWriter(arrowSchema: ArrowSchema, options: ResolvedOptions): WriterPlan {
  const schema = planSchema(arrowSchema, options);
  const conversions = checkedConversions(schema.columns);
  return {
    arrowSchema,
    schema,
    options,
    check: {
      coerceTypes: options.coerceTypes,
      ...(conversions === undefined ? {} : { conversions }),
    },
    keyValueMetadata: new KeyValueMetadata(arrowSchema, options),
  };
}
