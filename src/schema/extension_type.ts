/**
 * Arrow extension types that have a Parquet logical type. All others are written as their storage.
 *
 * An extension name on a storage that it is not defined for says nothing that could be trusted: it is ignored, as other
 * writers do. It stays in the field's metadata within `ARROW:schema` all the same.
 *
 * @see https://arrow.apache.org/docs/format/CanonicalExtensions.html
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 * @module
 */

import type { ArrowField, ArrowType } from "../arrow/types.ts";
import type { EdgeInterpolationAlgorithm, LogicalType } from "../format/metadata.ts";
import { SchemaError } from "../util/errors.ts";
import { type Crs, parquetCrs, readCrs } from "./coordinate_reference_system.ts";
import type { LeafType } from "./leaf_type.ts";

const BINARY_KINDS: readonly string[] = ["binary", "largeBinary", "binaryView"];

/** Edges of GeoArrow that are not planar, and what Parquet calls them. */
const EDGES: ReadonlyMap<string, EdgeInterpolationAlgorithm> = new Map([
  ["spherical", "SPHERICAL"],
  ["vincenty", "VINCENTY"],
  ["thomas", "THOMAS"],
  ["andoyer", "ANDOYER"],
  ["karney", "KARNEY"],
]);

/** Name of a field's extension type, if it has one. */
export function extensionName(field: ArrowField): string | undefined {
  return field.metadata.get("ARROW:extension:name");
}

/** The extension's own metadata as JSON; an empty text means an empty object. */
function extensionJson(field: ArrowField, path: string): Map<string, unknown> {
  const text = field.metadata.get("ARROW:extension:metadata") ?? "";
  if (text === "") return new Map();
  const name = extensionName(field);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SchemaError(path, `Cannot read the metadata of ${name}: not JSON`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SchemaError(path, `Cannot read the metadata of ${name}: not a JSON object`);
  }
  return new Map(Object.entries(value));
}

/** What a type of GeoArrow says about its coordinates. */
export interface GeoArrowMetadata {
  readonly crs: Crs;
  readonly edges: unknown;
}

/**
 * Reads the metadata of a type of GeoArrow.
 *
 * @throws {SchemaError} When it is not a JSON object, or its `crs` cannot be read.
 */
export function geoArrowMetadata(field: ArrowField, path: string): GeoArrowMetadata {
  const metadata = extensionJson(field, path);
  return { crs: readCrs(metadata, path), edges: metadata.get("edges") ?? "planar" };
}

function geospatialType(field: ArrowField, path: string): LogicalType {
  const { crs: given, edges } = geoArrowMetadata(field, path);
  const crs = parquetCrs(given);
  const withCrs = crs === undefined ? {} : { crs };
  if (edges === "planar") return { type: "GEOMETRY", ...withCrs };
  const algorithm = typeof edges === "string" ? EDGES.get(edges) : undefined;
  if (algorithm === undefined) {
    throw new SchemaError(
      path,
      `Cannot write geoarrow.wkb with edges ${JSON.stringify(edges)}: ` +
        `known are planar, ${[...EDGES.keys()].join(", ")}`,
    );
  }
  return { type: "GEOGRAPHY", ...withCrs, algorithm };
}

/** Whether a field, of type `storage` when dictionaries and runs are looked through, holds well-known binary. */
export function isWkb(field: ArrowField, storage: ArrowType): boolean {
  return extensionName(field) === "geoarrow.wkb" && BINARY_KINDS.includes(storage.kind);
}

/**
 * The leaf as its field's extension type has it written.
 *
 * @param field The field whose metadata names the extension.
 * @param storage The field's type, dictionaries and runs looked through.
 * @param leaf How the storage is written.
 * @param path Dotted path of the field, for messages.
 * @returns `leaf`, annotated where the extension has a logical type.
 * @throws {SchemaError} When metadata that decides how a geometry is read cannot be understood.
 */
export function extensionLeafType(
  field: ArrowField,
  storage: ArrowType,
  leaf: LeafType,
  path: string,
): LeafType {
  switch (extensionName(field)) {
    case "arrow.uuid":
      if (storage.kind !== "fixedSizeBinary" || storage.byteWidth !== 16) return leaf;
      return { ...leaf, logicalType: { type: "UUID" } };
    case "arrow.json":
      if (leaf.logicalType?.type !== "STRING") return leaf;
      return { ...leaf, logicalType: { type: "JSON" }, convertedType: "JSON" };
    case "geoarrow.wkb":
      if (!isWkb(field, storage)) return leaf;
      return { ...leaf, logicalType: geospatialType(field, path), order: "none" };
    default:
      return leaf;
  }
}

/** The same leaf, its bytes not called geometries: for readers that open no file with such a type. Bytes of WKB have no order. */
export function withoutGeospatialType(leaf: LeafType): LeafType {
  const type = leaf.logicalType?.type;
  return type === "GEOMETRY" || type === "GEOGRAPHY" ? { ...leaf, logicalType: null } : leaf;
}

/**
 * Whether a struct is the storage of `arrow.parquet.variant`: binary `metadata`, and binary `value` or a shredded
 * `typed_value` or both, and nothing else.
 *
 * @param field The field whose metadata names the extension.
 * @param children Children of its struct.
 */
export function isVariant(field: ArrowField, children: readonly ArrowField[]): boolean {
  if (extensionName(field) !== "arrow.parquet.variant") return false;
  const byName = new Map(children.map((child) => [child.name, child.type.kind]));
  const isBinary = (name: string): boolean => BINARY_KINDS.includes(byName.get(name) ?? "");
  const known = ["metadata", "value", "typed_value"];
  return byName.size === children.length && children.every((child) => known.includes(child.name)) &&
    isBinary("metadata") && (isBinary("value") || !byName.has("value")) &&
    (byName.has("value") || byName.has("typed_value"));
}

/**
 * The children of a variant's struct as they are written. Metadata is always there, and so is the value where nothing is
 * shredded: the specification has them required.
 *
 * @param children Children of its struct.
 */
export function variantChildren(children: readonly ArrowField[]): readonly ArrowField[] {
  const isShredded = children.some(({ name }) => name === "typed_value");
  return children.map((child) =>
    child.name === "metadata" || !isShredded ? { ...child, nullable: false } : child
  );
}
