/**
 * Everything about a file that is settled before the first row.
 *
 * @module
 */

import type { ArrowSchema } from "../arrow/types.ts";
import { KeyValueMetadata } from "../schema/key_value_metadata.ts";
import { planSchema, type SchemaPlan } from "../schema/parquet_schema.ts";
import type { ResolvedOptions } from "../schema/writer_options.ts";

/** What a writer works by. */
export interface WriterPlan {
  readonly arrowSchema: ArrowSchema;
  readonly schema: SchemaPlan;
  readonly options: ResolvedOptions;
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
  return {
    arrowSchema,
    schema: planSchema(arrowSchema, options),
    options,
    keyValueMetadata: new KeyValueMetadata(arrowSchema, options),
  };
}
