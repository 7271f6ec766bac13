/** What the round trips share: one way of writing, and of seeing that it is right. */

import type { RecordBatch, Schema } from "apache-arrow";
import { toParquet, type WriterOptions } from "../../mod.ts";
import { columnsOf, type ExpectedColumn } from "../support/arrow_values.ts";
import type { Value } from "../support/values.ts";
import { verified } from "../support/verified.ts";

/** A schema and batches of it. */
export interface Rows {
  readonly schema: Schema;
  readonly batches: RecordBatch[];
}

/**
 * Writes the batches. Workers come in even for a handful of rows, unless `parallelism` is 0: what a writer gathers before
 * it turns to them depends on the budget.
 */
export async function written(
  { batches }: Rows,
  options: WriterOptions = {},
): Promise<Uint8Array> {
  return await verified(await toParquet(batches, { parallelism: 0, ...options }));
}

/** What the file has to hold. */
export function expectedOf({ schema, batches }: Rows): ExpectedColumn[] {
  return columnsOf(schema, batches);
}

/** The same, as `coerceTypes` changes it: Date64 loses the time of day. */
export function coerced(columns: readonly ExpectedColumn[]): ExpectedColumn[] {
  return columns.map(({ field, values }) => {
    if (field.type.kind !== "date" || field.type.unit !== "millisecond") return { field, values };
    return { field, values: values.map(wholeDays) };
  });
}

function wholeDays(value: Value): Value {
  if (typeof value !== "bigint") return value;
  const day = 86_400_000n;
  const days = value / day - (value % day < 0n ? 1n : 0n);
  return days * day;
}
