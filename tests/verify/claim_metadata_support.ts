/** Footers made by hand: schemas with `ARROW:schema` and `geo`, held against each other. */

import type { ArrowSchema } from "../../src/arrow/types.ts";
import type { KeyValue, ParquetMetaData, SchemaElement } from "../../src/format/metadata.ts";
import { buildSchemaTree, type SchemaNode } from "../../src/format/schema_tree.ts";
import { arrowSchemaValue } from "../../src/schema/arrow_schema_message.ts";
import { arrowSchemaClaims } from "../../src/verify/claims/arrow_schema_claims.ts";
import type { Fault } from "../../src/verify/fault.ts";
import { Findings } from "../../src/verify/findings.ts";
import { geoMetadataClaims } from "../../src/verify/claims/geo_metadata_claims.ts";
import { readLeafColumns } from "../../src/verify/frame/leaf_columns.ts";
import type { LeafColumn } from "../../src/verify/leaf_column.ts";

/** A footer without row groups. */
export function footer(
  schema: readonly SchemaElement[],
  keyValueMetadata: readonly KeyValue[],
): ParquetMetaData {
  return { version: 1, schema, numRows: 0, rowGroups: [], keyValueMetadata };
}

/** Leaves of a schema, whatever else is wrong with it. */
export function leavesOf(metadata: ParquetMetaData): LeafColumn[] {
  return readLeafColumns(new Findings(), metadata, buildSchemaTree(metadata.schema));
}

/** What is found about an `ARROW:schema`: a schema, or the value itself. */
export function arrowFaults(
  schema: readonly SchemaElement[],
  arrow: ArrowSchema | string | undefined,
): Fault[] {
  const value = typeof arrow === "object" ? arrowSchemaValue(arrow) : arrow;
  const pair = { key: "ARROW:schema", ...(value === undefined ? {} : { value }) };
  const metadata = footer(schema, [pair]);
  const findings = new Findings();
  arrowSchemaClaims(findings, metadata, leavesOf(metadata));
  return findings.list();
}

/** What is found about a `geo`. */
export function geoFaults(metadata: ParquetMetaData): Fault[] {
  const findings = new Findings();
  geoMetadataClaims(findings, metadata, leavesOf(metadata));
  return findings.list();
}

/** A root over these nodes, as the footer lists them. */
export function schemaOf(...nodes: readonly SchemaElement[][]): SchemaElement[] {
  return [{ name: "schema", numChildren: nodes.length }, ...nodes.flat()];
}

/** Nodes in the order of the footer. */
export function nodesOf(node: SchemaNode): SchemaNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}
