/** A Parquet schema as text. */

import assert from "node:assert/strict";
import type { LogicalType, SchemaElement } from "../../src/format/metadata.ts";
import { buildSchemaTree } from "../../src/format/schema_tree.ts";

function logicalText(logical: LogicalType): string {
  const { type, ...parameters } = logical;
  const values = Object.values(parameters);
  return values.length === 0 ? type : `${type}(${values.join(",")})`;
}

/** One element: `OPTIONAL INT32 a INTEGER(8,true)/INT_8 #3`. */
export function printElement(element: SchemaElement): string {
  const words: unknown[] = [];
  if (element.repetitionType !== undefined) words.push(element.repetitionType);
  if (element.type !== undefined) {
    words.push(
      element.typeLength === undefined ? element.type : `${element.type}(${element.typeLength})`,
    );
  }
  words.push(element.name);
  const logical = element.logicalType === undefined ? "–" : logicalText(element.logicalType);
  const converted = element.convertedType ?? "–";
  if (logical !== "–" || converted !== "–") words.push(`${logical}/${converted}`);
  if (element.precision !== undefined) words.push(`(${element.precision},${element.scale})`);
  if (element.fieldId !== undefined) words.push(`#${element.fieldId}`);
  return words.join(" ");
}

/** All elements but the root, one a line, children two spaces deeper than their parent. */
export function printSchema(elements: readonly SchemaElement[]): string {
  // Checks that the counts of children describe a tree.
  buildSchemaTree(elements);
  const open: number[] = [];
  const lines: string[] = [];
  for (const element of elements) {
    while (open.at(-1) === 0) open.pop();
    if (open.length > 0) {
      open[open.length - 1]!--;
      lines.push("  ".repeat(open.length - 1) + printElement(element));
    }
    if (element.numChildren !== undefined) open.push(element.numChildren);
  }
  assert.ok(open.every((left) => left === 0), "children are missing");
  return lines.join("\n");
}
