/**
 * The key `geo`: GeoParquet metadata against the schema and the bounding boxes of the chunks. What of it is about the values
 * themselves is handed on, to be checked when they are read.
 *
 * @see https://geoparquet.org/releases/v1.1.0/
 * @module
 */

import type { BoundingBox, ParquetMetaData } from "../../format/metadata.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { quoted } from "../shown.ts";
import type { GeoBox, GeoColumnClaims } from "./geo_value_claims.ts";

const GEO_KEY = "geo";

const NATIVE_ENCODINGS: readonly unknown[] = [
  "point",
  "linestring",
  "polygon",
  "multipoint",
  "multilinestring",
  "multipolygon",
];

const GEOMETRY_TYPE =
  /^(?:Point|LineString|Polygon|MultiPoint|MultiLineString|MultiPolygon|GeometryCollection)(?: Z| M| ZM)?$/;

type Members = ReadonlyMap<string, unknown>;

/** Members of an object; `null`: it is none. */
function membersOf(value: unknown): Members | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value));
}

function parse(text: string): Members | null {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    // Not JSON, or deeper than the engine goes.
    return null;
  }
}

function boxOf(value: unknown): GeoBox | null {
  if (!Array.isArray(value) || ![4, 6, 8].includes(value.length)) return null;
  if (!value.every((number) => typeof number === "number")) return null;
  const half = value.length / 2;
  return { min: value.slice(0, half), max: value.slice(half) };
}

/** Edges of version 1.1, and what later ones add. */
const EDGES: readonly unknown[] = [
  "planar",
  "spherical",
  "vincenty",
  "thomas",
  "andoyer",
  "karney",
];

/** Axes of GeoArrow's own encodings by the names of their leaves. */
const AXES: readonly (string | undefined)[] = ["x", "y", "z", "m"];

/** Whether the outer box has all of the inner one; along x either may wrap around. */
function contains(outer: GeoBox, inner: BoundingBox): boolean {
  const [xmin, ymin] = outer.min, [xmax, ymax] = outer.max;
  if (inner.ymin < ymin! || inner.ymax > ymax!) return false;
  const wraps = inner.xmin > inner.xmax;
  if (xmin! <= xmax!) return !wraps && inner.xmin >= xmin! && inner.xmax <= xmax!;
  return wraps
    ? inner.xmin >= xmin! && inner.xmax <= xmax!
    : inner.xmin >= xmin! || inner.xmax <= xmax!;
}

class GeoColumn {
  readonly #findings: Findings;
  readonly #name: string;

  constructor(findings: Findings, name: string) {
    this.#findings = findings;
    this.#name = name;
  }

  #fault(reason: string): void {
    this.#findings.add("geo-metadata", `geo, column ${quoted(this.#name)}: ${reason}`);
  }

  /** Returns what is claimed about the values of leaf columns, by their ordinal. */
  check(
    value: unknown,
    metadata: ParquetMetaData,
    leaves: readonly LeafColumn[],
  ): [leaf: number, claims: GeoColumnClaims][] {
    const members = membersOf(value);
    if (members === null) {
      this.#fault("is not an object");
      return [];
    }
    const name = this.#name;
    const leaf = leaves.find(({ path }) => path.length === 1 && path[0] === name);
    const encoding = members.get("encoding");
    const isWkb = encoding === "WKB";
    const isNative = NATIVE_ENCODINGS.includes(encoding);
    if (!isWkb && !isNative) {
      this.#fault(`encoding is ${quoted(JSON.stringify(encoding) ?? "not there")}`);
    } else if (isWkb && leaf?.physicalType !== "BYTE_ARRAY") {
      this.#fault("is WKB, and the schema has no BYTE_ARRAY of this name");
    } else if (!isWkb && !leaves.some(({ path }) => path[0] === name)) {
      this.#fault("is not in the schema");
    } else if (leaf !== undefined && leaf.maxRepetitionLevel > 0) {
      this.#fault("is repeated");
    }
    this.#checkCoordinates(members);
    const types = this.#checkTypes(members.get("geometry_types"));
    const box = members.has("bbox") ? this.#checkBox(members.get("bbox"), metadata, leaf) : null;
    if (isWkb) {
      return leaf?.physicalType === "BYTE_ARRAY"
        ? [[leaf.index, { name, holds: "wkb", types, box }]]
        : [];
    }
    if (!isNative || box === null) return [];
    return leaves.flatMap(({ index, path, physicalType }) => {
      const axis = AXES.indexOf(path.at(-1));
      return path[0] === name && path.length > 1 && physicalType === "DOUBLE" && axis >= 0
        ? [[index, { name, holds: axis, types: [], box }]]
        : [];
    });
  }

  #checkCoordinates(members: Members): void {
    const crs = members.get("crs");
    if (crs !== undefined && crs !== null && membersOf(crs) === null) {
      this.#fault("crs is neither a PROJJSON object nor null");
    }
    const edges = members.get("edges");
    if (edges !== undefined && !EDGES.includes(edges)) {
      this.#fault(`edges is ${quoted(JSON.stringify(edges) ?? "not there")}`);
    }
  }

  #checkTypes(types: unknown): readonly string[] {
    const valid = Array.isArray(types) && new Set(types).size === types.length &&
      types.every((type) => typeof type === "string" && GEOMETRY_TYPE.test(type));
    if (valid) return types;
    this.#fault("geometry_types is not a list of geometry types, each once");
    return [];
  }

  #checkBox(
    value: unknown,
    metadata: ParquetMetaData,
    leaf: LeafColumn | undefined,
  ): GeoBox | null {
    const box = boxOf(value);
    if (box === null) {
      this.#fault("bbox is not a list of 4, 6 or 8 numbers");
      return null;
    }
    if (box.min.some((min, axis) => axis > 0 && min > box.max[axis]!)) {
      this.#fault("bbox has a minimum above its maximum");
      return null;
    }
    if (leaf === undefined) return box;
    metadata.rowGroups.forEach((rowGroup, i) => {
      const inner = rowGroup.columns[leaf.index]?.metaData.geospatialStatistics?.bbox;
      if (inner !== undefined && !contains(box, inner)) {
        this.#fault(`bbox does not contain that of row group ${i}`);
      }
    });
    return box;
  }
}

/**
 * Checks the GeoParquet metadata of a file, where it has any.
 *
 * @param findings Takes what is found.
 * @param metadata The footer.
 * @param leaves All leaf columns.
 * @returns What it claims about the values of leaf columns, by their ordinal.
 */
export function geoMetadataClaims(
  findings: Findings,
  metadata: ParquetMetaData,
  leaves: readonly LeafColumn[],
): ReadonlyMap<number, GeoColumnClaims> {
  const claims = new Map<number, GeoColumnClaims>();
  const pair = metadata.keyValueMetadata?.find(({ key }) => key === GEO_KEY);
  if (pair === undefined) return claims;
  const geo = parse(pair.value ?? "");
  const columns = membersOf(geo?.get("columns"));
  if (geo === null || columns === null) {
    findings.add("geo-metadata", "geo is not a JSON object with columns");
    return claims;
  }
  if (typeof geo.get("version") !== "string") {
    findings.add("geo-metadata", "geo has no version");
  }
  const primary = geo.get("primary_column");
  if (typeof primary !== "string" || !columns.has(primary)) {
    findings.add("geo-metadata", "geo has no primary_column that is one of its columns");
  }
  for (const [name, value] of columns) {
    for (const [leaf, of] of new GeoColumn(findings, name).check(value, metadata, leaves)) {
      claims.set(leaf, of);
    }
  }
  return claims;
}
