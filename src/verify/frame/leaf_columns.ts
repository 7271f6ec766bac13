/**
 * From the schema to its leaf columns, with everything that the footer says about each.
 *
 * @module
 */

import type {
  ColumnOrder,
  LogicalType,
  ParquetMetaData,
  PhysicalType,
  SchemaElement,
} from "../../format/metadata.ts";
import type { SchemaNode, SchemaTree } from "../../format/schema_tree.ts";
import { readAnnotations } from "./annotations.ts";
import type { Findings } from "../findings.ts";
import { type LeafColumn, PHYSICAL_WIDTHS } from "../leaf_column.ts";
import { dottedPath } from "../shown.ts";

/** Checks the annotations of every node and the column orders, and describes the leaves. */
export function readLeafColumns(
  findings: Findings,
  metadata: ParquetMetaData,
  { root, leaves }: SchemaTree,
): LeafColumn[] {
  const { columnOrders } = metadata;
  if (columnOrders !== undefined && columnOrders.length !== leaves.length) {
    const message = `there are ${columnOrders.length} column orders for ${leaves.length} leaves`;
    findings.add("column-orders", message);
  }
  const columns: LeafColumn[] = [];
  const visit = (node: SchemaNode, ancestors: readonly SchemaNode[]): void => {
    const below = node === root ? ancestors : [...ancestors, node];
    const place = { column: dottedPath(node.path) };
    const logicalType = node === root ? null : readAnnotations(findings, node.element, place);
    const { type } = node.element;
    if (type !== undefined) {
      const index = columns.length;
      const order = columnOrders?.[index] ?? null;
      checkOrder(findings, order, type, logicalType, place);
      columns.push({
        index,
        name: place.column,
        path: node.path,
        element: node.element,
        ancestors: below,
        physicalType: type,
        width: widthOf(findings, node.element, type, place),
        logicalType,
        maxDefinitionLevel: node.maxDefinitionLevel,
        maxRepetitionLevel: node.maxRepetitionLevel,
        order,
      });
    }
    for (const child of node.children) visit(child, below);
  };
  visit(root, []);
  return columns;
}

/** Whether values of the column can be told apart at all. */
export function hasWidth({ physicalType, width }: LeafColumn): boolean {
  return width > 0 || physicalType === "BYTE_ARRAY";
}

function widthOf(
  findings: Findings,
  { typeLength }: SchemaElement,
  type: PhysicalType,
  place: { readonly column: string },
): number {
  if (type === "INT96") findings.add("deprecated-int96", "the column is INT96", place);
  if (type !== "FIXED_LEN_BYTE_ARRAY") return PHYSICAL_WIDTHS[type];
  if (typeLength !== undefined && typeLength > 0) return typeLength;
  findings.add("type-length", `type_length is ${typeLength ?? "absent"}`, place);
  return 0;
}

function checkOrder(
  findings: Findings,
  order: ColumnOrder | null,
  type: PhysicalType,
  logicalType: LogicalType | null,
  place: { readonly column: string },
): void {
  const isFloat = type === "FLOAT" || type === "DOUBLE" || logicalType?.type === "FLOAT16";
  if (
    (order?.type === "IEEE_754_TOTAL_ORDER" && !isFloat) ||
    (order?.type === "INT96_TIMESTAMP_ORDER" && type !== "INT96")
  ) {
    findings.add("column-orders", `${type} cannot have the order ${order.type}`, place);
  }
}
