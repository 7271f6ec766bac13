/**
 * Elements of the Parquet schema, made from Arrow fields.
 *
 * @module
 */

import type { ArrowField } from "../arrow/types.ts";
import type { SchemaElement } from "../format/metadata.ts";
import type { LeafType } from "./leaf_type.ts";

/** `PARQUET:field_id`; what is not a 32-bit integer is ignored, as arrow-rs does. */
export function fieldId(field: ArrowField): { fieldId?: number } {
  const text = field.metadata.get("PARQUET:field_id");
  if (text === undefined || !/^[+-]?\d{1,10}$/.test(text)) return {};
  const id = Number(text);
  return id === (id | 0) ? { fieldId: id | 0 } : {};
}

/** The schema's element of a leaf. */
export function leafElement(field: ArrowField, leaf: LeafType, nullable: boolean): SchemaElement {
  const decimal = leaf.logicalType?.type === "DECIMAL" ? leaf.logicalType : null;
  return {
    type: leaf.physicalType,
    ...(leaf.typeLength === 0 ? {} : { typeLength: leaf.typeLength }),
    repetitionType: nullable ? "OPTIONAL" : "REQUIRED",
    name: field.name,
    ...(leaf.convertedType === null ? {} : { convertedType: leaf.convertedType }),
    ...(decimal === null ? {} : { scale: decimal.scale, precision: decimal.precision }),
    ...fieldId(field),
    ...(leaf.logicalType === null ? {} : { logicalType: leaf.logicalType }),
  };
}
