/** @module A leaf column as the verifier sees it: everything that the schema says about it. */

import type { ColumnOrder, LogicalType, PhysicalType, SchemaElement } from "../format/metadata.ts";
import type { SchemaNode } from "../format/schema_tree.ts";

/** One leaf column of the schema. */
export interface LeafColumn {
  /** Ordinal of the leaf. */
  readonly index: number;
  /** Dotted path, for {@linkcode Fault.column}. */
  readonly name: string;
  readonly path: readonly string[];
  readonly element: SchemaElement;
  /** From below the root down to the leaf. */
  readonly ancestors: readonly SchemaNode[];
  readonly physicalType: PhysicalType;
  /** Bytes of a fixed-width value (BOOLEAN: 1, as decoded); 0 for BYTE_ARRAY. */
  readonly width: number;
  /** The logical type, or what the converted type amounts to; `null` without either. */
  readonly logicalType: LogicalType | null;
  readonly maxDefinitionLevel: number;
  readonly maxRepetitionLevel: number;
  /** Order of the column's bounds; `null` where the file has no column orders. */
  readonly order: ColumnOrder | null;
}

/** Bytes of a value when decoded, by type, as {@linkcode LeafColumn.width} has them. */
export const PHYSICAL_WIDTHS: Readonly<
  Record<Exclude<PhysicalType, "FIXED_LEN_BYTE_ARRAY">, number>
> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 0,
};
