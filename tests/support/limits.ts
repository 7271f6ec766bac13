/** Lower limits for one writer, so that each can be met. */

import type { WriterPlan } from "../../src/pipeline/writer_plan.ts";
import { LIMITS, type Limits } from "../../src/util/limits.ts";

/** A plan whose file, and whose encoders wherever they are, keep to lower limits. */
export function withLimits(plan: WriterPlan, lowered: Partial<Limits>): WriterPlan {
  const limits = { ...LIMITS, ...lowered };
  const columns = plan.schema.columns.map((column) => ({ ...column, limits }));
  return { ...plan, schema: { ...plan.schema, columns, limits } };
}
