/**
 * Everything about a file that is settled before the first row.
 *
 * @module
 */

import type { ColumnBatchOptions } from "../arrow/column_batch.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { KeptDictionaries } from "../arrow/kept_dictionaries.ts";
import { valueChecks } from "../arrow/value_limits.ts";
import { GeoParquetMetadata } from "../file/geo_parquet.ts";
import { KeyValueMetadata } from "../schema/key_value_metadata.ts";
import { planSchema, type SchemaPlan } from "../schema/parquet_schema.ts";
import { assertSchemaText } from "../schema/schema_text.ts";
import type { ResolvedOptions } from "../schema/writer_options.ts";

/** What a writer works by. */
export interface WriterPlan {
  readonly arrowSchema: ArrowSchema;
  readonly schema: SchemaPlan;
  readonly options: ResolvedOptions;
  /** How batches are checked. */
  readonly check: ColumnBatchOptions;
  /** What is gathered for GeoParquet; `null`: nothing. */
  readonly geoParquet: GeoParquetMetadata | null;
  /** Of this file alone: pairs may be appended while it is written. */
  readonly keyValueMetadata: KeyValueMetadata;
}

/** Part of the budget that copies of the caller's dictionaries may take. */
const KEPT_SHARE = 1 / 8;

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
  assertSchemaText(arrowSchema);
  const schema = planSchema(arrowSchema, options);
  const checks = valueChecks(schema.columns);
  return {
    arrowSchema,
    schema,
    options,
    check: {
      coerceTypes: options.coerceTypes,
      limits: options.limits,
      kept: new KeptDictionaries(options.memoryBudget * KEPT_SHARE),
      ...(checks === undefined ? {} : { checks }),
    },
    geoParquet: options.geoParquet !== false
      ? new GeoParquetMetadata(arrowSchema, schema.columns)
      : null,
    keyValueMetadata: new KeyValueMetadata(arrowSchema, options),
  };
}
