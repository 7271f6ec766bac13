/**
 * Timestamps as INT96: eight bytes of nanoseconds of the day, four of the Julian day, little-endian, in UTC.
 *
 * Deprecated, and still the only timestamps that old Hive, Impala and Spark read.
 *
 * @see "INT96" of parquet.thrift
 * @module
 */

import type { ArrowType } from "../arrow/types.ts";
import type { SchemaElement } from "../format/metadata.ts";
import type { ColumnPlan } from "./column_plan.ts";
import type { ColumnOverrideValues } from "./writer_options.ts";

/** A leaf that was planned. */
export interface PlannedLeaf {
  /** Ordinals of the elements from the top-level field down to its own. */
  readonly ancestors: readonly number[];
  /** Whether the Arrow type is a dictionary. */
  readonly dictionary: boolean;
  /** Its Arrow type, dictionaries and runs looked through. */
  readonly type: ArrowType;
  readonly plan: Omit<ColumnPlan, "properties">;
}

/**
 * The leaf as INT96, if it is a timestamp.
 *
 * @param elements The Parquet schema, in which its element is replaced.
 */
export function asInt96(leaf: PlannedLeaf, elements: SchemaElement[]): PlannedLeaf["plan"] {
  const { ancestors, type, plan } = leaf;
  if (type.kind !== "timestamp") return plan;
  const ordinal = ancestors.at(-1)!;
  const { type: _type, convertedType: _converted, logicalType: _logical, ...rest } =
    elements[ordinal]!;
  elements[ordinal] = { type: "INT96", ...rest };
  const conversion = `${type.unit}sToInt96` as const;
  return { ...plan, leaf: { ...plan.leaf, conversion }, physicalType: "INT96", order: "none" };
}

/**
 * Checks that `int96Timestamps`, where it is given for a column, is given for a timestamp.
 *
 * @param overrides Options of columns by the ordinal of the element.
 * @throws {TypeError} When it is given for something that has no timestamp in it.
 */
export function assertInt96Fits(
  overrides: ReadonlyMap<number, ColumnOverrideValues>,
  leaves: readonly PlannedLeaf[],
  elements: readonly SchemaElement[],
): void {
  for (const [element, { int96Timestamps }] of overrides) {
    if (int96Timestamps !== true) continue;
    const fits = leaves.some(({ ancestors, type }) =>
      ancestors.includes(element) && type.kind === "timestamp"
    );
    if (!fits) {
      throw new TypeError(
        `Cannot set option "int96Timestamps" of column "${elements[element]!.name}": ` +
          "it is not a timestamp",
      );
    }
  }
}
