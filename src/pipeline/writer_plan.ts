/**
 * Everything about a file that is settled before the first row.
 *
 * @module
 */

import type { ColumnBatchOptions } from "../arrow/column_batch.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { KeptDictionaries } from "../arrow/kept_dictionaries.ts";
import { copySchema, isEqualSchema } from "../arrow/equal_schema.ts";
import type { ValueCheck } from "../arrow/array_node.ts";
import { valueChecks } from "../arrow/value_limits.ts";
import { GeoParquetMetadata } from "../file/geo_parquet.ts";
import { KeyValueMetadata } from "../schema/key_value_metadata.ts";
import { planSchema, type SchemaPlan } from "../schema/parquet_schema.ts";
import { freezeDeeply } from "../util/freeze_deeply.ts";
import { RecentlyUsed } from "../util/recently_used.ts";
import { finished, type Steps } from "../util/steps.ts";
import { settlementOf } from "../schema/resolve_options.ts";
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
  return finished(planWriterSteps(arrowSchema, options));
}

/** {@linkcode planWriter} in steps, between which others may have their turn. */
export function* planWriterSteps(
  arrowSchema: ArrowSchema,
  options: ResolvedOptions,
): Steps<WriterPlan> {
  const { schema, checks, keyValueMetadata } = yield* settledPlan(arrowSchema, options);
  return {
    arrowSchema,
    schema,
    options,
    check: {
      coerceTypes: options.coerceTypes,
      limits: options.limits,
      kept: new KeptDictionaries(options.memoryBudget * KEPT_SHARE, options.transfer),
      ...(checks === undefined ? {} : { checks }),
    },
    geoParquet: options.geoParquet !== false
      ? new GeoParquetMetadata(arrowSchema, schema.columns)
      : null,
    keyValueMetadata: keyValueMetadata.copy(),
  };
}

/** What is the same for every file of one schema and the same options. */
interface SettledPlan {
  readonly schema: SchemaPlan;
  readonly checks: ReadonlyMap<string, ValueCheck> | undefined;
  readonly keyValueMetadata: KeyValueMetadata;
}

/** A plan that was made, and of what. */
interface RememberedPlan {
  /** A copy: that of the caller may change. */
  readonly arrowSchema: ArrowSchema;
  readonly settlement: object;
  readonly plan: SettledPlan;
}

/** Plans that are remembered, those used last. */
const MOST_PLANS = 8;
/** Columns, and bytes of metadata, of a plan that is remembered: the files of others are so large that it takes little time. */
const MOST_COLUMNS = 1000;
const MOST_METADATA_BYTES = 64 * 1024;

const plans = new RecentlyUsed<RememberedPlan>(MOST_PLANS);

function* settledPlan(arrowSchema: ArrowSchema, options: ResolvedOptions): Steps<SettledPlan> {
  const settlement = settlementOf(options);
  const known = plans.find((plan) =>
    plan.settlement === settlement && isEqualSchema(plan.arrowSchema, arrowSchema)
  );
  if (known !== undefined) return known.plan;
  const plan = yield* makePlan(arrowSchema, options);
  const { schema, keyValueMetadata } = plan;
  if (
    settlement !== null && schema.columns.length <= MOST_COLUMNS &&
    keyValueMetadata.byteLength <= MOST_METADATA_BYTES
  ) {
    // Parts of it become parts of the metadata that callers are given: nobody is to change them for the next file.
    freezeDeeply(schema);
    plans.add({ arrowSchema: copySchema(arrowSchema), settlement, plan });
  }
  return plan;
}

function* makePlan(arrowSchema: ArrowSchema, options: ResolvedOptions): Steps<SettledPlan> {
  assertSchemaText(arrowSchema);
  const schema = planSchema(arrowSchema, options);
  yield;
  const checks = valueChecks(schema.columns);
  return { schema, checks, keyValueMetadata: new KeyValueMetadata(arrowSchema, options) };
}
