/** @module What `maxRowGroupBytes` is held by. */

import type { ArrowType } from "../arrow/types.ts";
import type { ExecutorResources } from "../executor/encoder_resources.ts";
import { MeasuredRows } from "../executor/measured_rows.ts";
import {
  EncodedSizeEstimator,
  MEASURING_EXTENT,
  SLOW_MEASURING_EXTENT,
} from "../row_group/encoded_size_estimator.ts";
import { compressesSlowly } from "../schema/column_plan.ts";
import type { WriterPlan } from "./writer_plan.ts";

/** What knows when a row group has `maxRowGroupBytes`; `null` where there is no such limit. */
export function sizeEstimator(
  { arrowSchema, schema, options }: WriterPlan,
  { host }: ExecutorResources,
): EncodedSizeEstimator | null {
  const { maxRowGroupBytes } = options;
  if (maxRowGroupBytes === null) return null;
  const { columns } = schema;
  return new EncodedSizeEstimator(
    maxRowGroupBytes,
    () => new MeasuredRows(columns, host),
    arrowSchema.fields.some(({ type }) => holdsKeys(type)),
    columns.some(compressesSlowly) ? SLOW_MEASURING_EXTENT : MEASURING_EXTENT,
  );
}

/** Whether an array of this type may have few bytes for large values: keys of a dictionary, runs. */
function holdsKeys(type: ArrowType): boolean {
  if (type.kind === "dictionary" || type.kind === "runEndEncoded") return true;
  if (type.kind === "struct") return type.children.some((child) => holdsKeys(child.type));
  return "child" in type && holdsKeys(type.child.type);
}
