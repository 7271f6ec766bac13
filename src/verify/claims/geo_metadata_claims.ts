/**
 * The key `geo`: GeoParquet metadata against the schema and the bounding boxes of the chunks. What of it is about the
 * values themselves is said by Parquet's own statistics too, and checked there.
 *
 * @see https://geoparquet.org/releases/v1.1.0/
 * @module
 */

import type { BoundingBox, ParquetMetaData } from "../../format/metadata.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { quoted } from "../shown.ts";

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

/** A box as the metadata has it: all minima, then all maxima. */
interface Box {
  readonly min: readonly number[];
  readonly max: readonly number[];
}

function boxOf(value: unknown): Box | null {
  if (!Array.isArray(value) || ![4, 6, 8].includes(value.length)) return null;
  if (!value.every((number) => typeof number === "number")) return null;
  const half = value.length / 2;
  return { min: value.slice(0, half), max: value.slice(half) };
}

/** Whether the outer box has all of the inner one; along x either may wrap around. */
function contains(outer: Box, inner: BoundingBox): boolean {
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

  check(value: unknown, metadata: ParquetMetaData, leaves: readonly LeafColumn[]): void {
    const members = membersOf(value);
    if (members === null) return this.#fault("is no object");
    const leaf = leaves.find(({ path }) => path.length === 1 && path[0] === this.#name);
    const encoding = members.get("encoding");
    const isWkb = encoding === "WKB";
    if (!isWkb && !NATIVE_ENCODINGS.includes(encoding)) {
      this.#fault(`encoding is ${quoted(JSON.stringify(encoding) ?? "not there")}`);
    } else if (isWkb && leaf?.physicalType !== "BYTE_ARRAY") {
      this.#fault("is WKB, and the schema has no BYTE_ARRAY of this name");
    } else if (!isWkb && !leaves.some(({ path }) => path[0] === this.#name)) {
      this.#fault("is not in the schema");
    } else if (leaf !== undefined && leaf.maxRepetitionLevel > 0) {
      this.#fault("is repeated");
    }
    this.#checkTypes(members.get("geometry_types"));
    if (members.has("bbox")) this.#checkBox(boxOf(members.get("bbox")), metadata, leaf);
  }

  #checkTypes(types: unknown): void {
    const valid = Array.isArray(types) && new Set(types).size === types.length &&
      types.every((type) => typeof type === "string" && GEOMETRY_TYPE.test(type));
    if (!valid) this.#fault("geometry_types is no list of geometry types, each once");
  }

  #checkBox(box: Box | null, metadata: ParquetMetaData, leaf: LeafColumn | undefined): void {
    if (box === null) return this.#fault("bbox is no list of 4, 6 or 8 numbers");
    if (box.min.some((min, axis) => axis > 0 && min > box.max[axis]!)) {
      return this.#fault("bbox has a minimum above its maximum");
    }
    if (leaf === undefined) return;
    metadata.rowGroups.forEach((rowGroup, i) => {
      const inner = rowGroup.columns[leaf.index]?.metaData.geospatialStatistics?.bbox;
      if (inner !== undefined && !contains(box, inner)) {
        this.#fault(`bbox does not contain that of row group ${i}`);
      }
    });
  }
}

/**
 * Checks the GeoParquet metadata of a file, where it has any.
 *
 * @param findings Takes what is found.
 * @param metadata The footer.
 * @param leaves All leaf columns.
 */
export function geoMetadataClaims(
  findings: Findings,
  metadata: ParquetMetaData,
  leaves: readonly LeafColumn[],
): void {
  const pair = metadata.keyValueMetadata?.find(({ key }) => key === GEO_KEY);
  if (pair === undefined) return;
  const geo = parse(pair.value ?? "");
  const columns = membersOf(geo?.get("columns"));
  if (geo === null || columns === null) {
    findings.add("geo-metadata", "geo is no JSON object with columns");
    return;
  }
  if (typeof geo.get("version") !== "string") {
    findings.add("geo-metadata", "geo has no version");
  }
  const primary = geo.get("primary_column");
  if (typeof primary !== "string" || !columns.has(primary)) {
    findings.add("geo-metadata", "geo has no primary_column that is one of its columns");
  }
  for (const [name, value] of columns) {
    new GeoColumn(findings, name).check(value, metadata, leaves);
  }
}
