/**
 * Which columns can have a Bloom filter.
 *
 * @see https://github.com/apache/parquet-format/blob/master/BloomFilter.md
 * @module
 */

import type { ColumnPlan } from "./column_plan.ts";

/** Whether a Bloom filter of the column can say anything: not of two booleans, nor of nulls alone. */
export function canHaveBloomFilter(plan: Pick<ColumnPlan, "physicalType" | "leaf">): boolean {
  return plan.physicalType !== "BOOLEAN" && plan.leaf.shape !== "null";
}

/** Whether a Bloom filter of the column is written. */
export function writesBloomFilter(plan: ColumnPlan): boolean {
  const { properties, physicalType, order } = plan;
  if (!properties.bloomFilterEnabled || !canHaveBloomFilter(plan)) return false;
  // DuckDB 1.5 loses rows by filters of these: it hashes half floats and wide decimals as floats, and bytes as their text.
  const risky = physicalType === "FIXED_LEN_BYTE_ARRAY" ||
    (physicalType === "BYTE_ARRAY" && order !== "utf8");
  return !(properties.compat && risky);
}

/**
 * Checks a column for which a Bloom filter was asked by name.
 *
 * @throws {TypeError} When it cannot have one.
 */
export function assertBloomFilterFits(
  plan: Pick<ColumnPlan, "physicalType" | "leaf" | "arrowPath">,
): void {
  if (canHaveBloomFilter(plan)) return;
  const kind = plan.leaf.shape === "null" ? "nulls alone" : plan.physicalType;
  throw new TypeError(
    `Cannot set option "bloomFilterEnabled" of column "${plan.arrowPath}" to true: ` +
      `a column of ${kind} has no Bloom filter; leave it out, or set it for all columns`,
  );
}
