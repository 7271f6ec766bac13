/**
 * Timestamps as INT96: eight bytes of nanoseconds of the day, four of the Julian day, little-endian, in UTC.
 *
 * Deprecated, and still the only timestamps that old Hive, Impala and Spark read.
 *
 * @see "INT96" of parquet.thrift
 * @module
 */

import type { ArrowType } from "../arrow/types.ts";
import type { LeafConversion } from "./column_plan.ts";

/** How timestamps of a type become INT96; `null`: it is not a timestamp. */
export function int96Conversion(type: ArrowType): LeafConversion | null {
  return type.kind === "timestamp" ? `${type.unit}sToInt96` : null;
}
