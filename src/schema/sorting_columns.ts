/**
 * From the option `sortingColumns` to leaf columns of the file.
 *
 * @module
 */

import type { SortingColumn } from "../format/metadata.ts";
import type { ColumnKeys } from "./column_keys.ts";
import type { ColumnPlan } from "./column_plan.ts";
import type { SortingColumnOption } from "./writer_options.ts";

/** A leaf column, and where its path leads through the Parquet schema. */
export interface SortableLeaf {
  /** Ordinals of the schema elements from the top-level field to the leaf. */
  readonly ancestors: readonly number[];
  readonly plan: Omit<ColumnPlan, "properties">;
}

/**
 * Finds the columns that rows are sorted by.
 *
 * @param options What was asked for.
 * @param keys Fields of the schema.
 * @param leaves The leaf columns of the file, in order.
 * @throws {TypeError} Where a path does not name exactly one leaf column, or one that rows cannot be sorted by: its values are
 * in lists, or have no order; and where two paths name the same column.
 */
export function resolveSortingColumns(
  options: readonly Required<SortingColumnOption>[],
  keys: ColumnKeys,
  leaves: readonly SortableLeaf[],
): SortingColumn[] {
  const sorting: SortingColumn[] = [];
  for (const [i, { column, descending, nullsFirst }] of options.entries()) {
    const place = `sortingColumns[${i}] ${JSON.stringify(column)}`;
    const fail = (reason: string) => new TypeError(`Cannot use ${place}: ${reason}`);
    const elements = keys.find(column, place);
    const named = leaves.filter(({ ancestors }) => elements.some((e) => ancestors.includes(e)));
    const repeated = named.find(({ plan }) => plan.maxRepetitionLevel > 0);
    if (repeated !== undefined) {
      throw fail(`a row has any number of values of "${repeated.plan.path.join(".")}"`);
    }
    const [leaf] = named;
    if (elements.length > 1) throw fail(`${elements.length} columns have this name`);
    if (leaf === undefined || leaf.ancestors.at(-1) !== elements[0]) {
      const paths = named.map(({ plan }) => JSON.stringify(plan.arrowPath)).join(", ");
      throw fail(`it is a struct; its columns are ${paths}`);
    }
    const { index, order, physicalType, leaf: { shape } } = leaf.plan;
    if (order === "none" && physicalType !== "INT96" && shape !== "null") {
      throw fail("Parquet defines no order for values of its type");
    }
    if (sorting.some(({ columnIdx }) => columnIdx === index)) {
      throw fail("it names the same column as one before");
    }
    sorting.push({ columnIdx: index, descending, nullsFirst });
  }
  return sorting;
}
