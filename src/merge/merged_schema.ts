/** @module The schema of a merged file: that of the first input, with the annotations that belong together. */

import type { ColumnOrder, SchemaElement } from "../format/metadata.ts";
import { convertedTypeOf } from "../verify/frame/annotations.ts";
import type { MergeInput } from "./merge_input.ts";

/** The elements of `schema`, each logical type with the converted type and the members that go with it. */
export function mendedSchema(schema: readonly SchemaElement[]): SchemaElement[] {
  return schema.map((element) => {
    const { logicalType } = element;
    if (logicalType === undefined) return element;
    const expected = convertedTypeOf(logicalType);
    // Local times may stand without the converted type, which means UTC.
    const isLocal = "isAdjustedToUTC" in logicalType && !logicalType.isAdjustedToUTC;
    const keeps = expected === undefined || (isLocal && element.convertedType === undefined);
    const { convertedType: _converted, ...rest } = element;
    const decimal = logicalType.type === "DECIMAL"
      ? { scale: logicalType.scale, precision: logicalType.precision }
      : {};
    return keeps ? element : {
      ...rest,
      ...(expected === null ? {} : { convertedType: expected }),
      ...decimal,
    };
  });
}

/** Order of bounds of each column: as the first input says that has any; the usual one where none has. */
export function mergedColumnOrders(inputs: readonly MergeInput[]): ColumnOrder[] {
  const columns = inputs[0]!.columns;
  return columns.map((_, i) => {
    for (const input of inputs) {
      const order = orderOf(input, i);
      if (order !== null) return order;
    }
    return { type: "TYPE_ORDER" };
  });
}

/** Order in which an input has the bounds of a column of the merged file; `null`: it does not say. */
export function orderOf({ metadata, columns }: MergeInput, column: number): ColumnOrder | null {
  return metadata.columnOrders?.[columns[column]!] ?? null;
}
