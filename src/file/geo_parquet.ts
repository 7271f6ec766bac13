/**
 * The key `geo` of a GeoParquet file: which columns are geometries, of which kinds, in which coordinates, and where.
 *
 * @see https://geoparquet.org/releases/v1.1.0/
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import type { EncodedColumnChunk } from "../column/encoded_column_chunk.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { geoParquetCrs } from "../schema/coordinate_reference_system.ts";
import { extensionName, geoArrowMetadata, isWkb } from "../schema/extension_type.ts";
import { SchemaError } from "../util/errors.ts";

const VERSION = "1.1.0";

/** Names of the geometry types by their ISO code without dimensions. */
const TYPE_NAMES = [
  "",
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
] as const;

/** Extensions of GeoArrow with coordinates in Arrow's own types: lists around a position, and name of the geometry type. */
const NATIVE: ReadonlyMap<string, { readonly lists: number; readonly type: string }> = new Map([
  ["geoarrow.point", { lists: 0, type: "Point" }],
  ["geoarrow.linestring", { lists: 1, type: "LineString" }],
  ["geoarrow.polygon", { lists: 2, type: "Polygon" }],
  ["geoarrow.multipoint", { lists: 1, type: "MultiPoint" }],
  ["geoarrow.multilinestring", { lists: 2, type: "MultiLineString" }],
  ["geoarrow.multipolygon", { lists: 3, type: "MultiPolygon" }],
]);

/** Edges that GeoParquet 1.1 knows. */
const EDGES: readonly unknown[] = ["planar", "spherical"];

/** Least and greatest coordinate of each axis that has any: x, y, z. */
type Range = readonly [min: number, max: number];
type Box = readonly Range[];

/** What a column chunk says of its geometries; `null`: it does not say. */
interface ChunkFacts {
  readonly box: Box | null;
  readonly types: readonly string[] | null;
}

/** One geometry column. */
interface GeometryColumn {
  readonly name: string;
  /** What is known before the first row. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** What the chunks of a row group say; `"nothing"`: they have no geometry. */
  readonly facts: (chunks: readonly EncodedColumnChunk[]) => ChunkFacts | "nothing";
  /** What those of the row groups so far say together; `"nothing"`: there was no geometry. */
  known: ChunkFacts | "nothing";
}

/** GeoParquet metadata in the making. */
export class GeoParquetMetadata {
  readonly #columns: readonly GeometryColumn[];

  /**
   * Finds the geometry columns: those of the type `geoarrow.wkb`, and those of GeoArrow's types for a single kind of geometry
   * whose positions are structs of `x`, `y` and perhaps `z`. Only columns that are not nested count.
   *
   * @param schema The Arrow schema.
   * @param plans Plans of its leaf columns.
   * @throws {TypeError} When there is none.
   * @throws {SchemaError} When GeoParquet has no words for the coordinate reference system or the edges of one.
   */
  constructor(schema: ArrowSchema, plans: readonly ColumnPlan[]) {
    this.#columns = schema.fields.flatMap((field, i) =>
      geometryColumn(field, plans.filter((plan) => plan.field === i)) ?? []
    );
    const [primary] = this.#columns;
    if (primary === undefined) {
      throw new TypeError(
        'Cannot set option "geoParquet": the schema has no geometry column (extension type geoarrow.wkb)',
      );
    }
    const names = new Set<string>();
    for (const { name } of this.#columns) {
      if (names.has(name)) {
        throw new SchemaError(name, "Cannot write GeoParquet: two geometry columns have this name");
      }
      names.add(name);
    }
  }

  /** Takes a row group into account, whose chunks are in the order of the columns. */
  add(chunks: readonly EncodedColumnChunk[]): void {
    for (const column of this.#columns) column.known = union(column.known, column.facts(chunks));
  }

  /** The JSON text, once all row groups are there. */
  text(): string {
    const columns = this.#columns.map(({ name, fixed, known }) => {
      const { types, box } = known === "nothing" ? { types: [], box: null } : written(known);
      return [name, {
        geometry_types: types,
        ...fixed,
        ...(box === null
          ? {}
          : { bbox: [...box.map(([min]) => min), ...box.map(([, max]) => max)] }),
      }] as const;
    });
    return JSON.stringify({
      version: VERSION,
      primary_column: this.#columns[0]!.name,
      // Not by assignment: a column may be called "__proto__".
      columns: Object.fromEntries(columns),
    });
  }
}

/** What both say; what one does not know is not known. */
function union(a: ChunkFacts | "nothing", b: ChunkFacts | "nothing"): ChunkFacts | "nothing" {
  if (a === "nothing" || b === "nothing") return a === "nothing" ? b : a;
  return {
    types: a.types === null || b.types === null ? null : [...new Set([...a.types, ...b.types])],
    box: a.box === null || b.box === null ? null : around(a.box, b.box),
  };
}

/** The box around two, which need not have the same axes. */
function around(a: Box, b: Box): Box {
  const [more, fewer] = a.length < b.length ? [b, a] : [a, b];
  return more.map(([min, max], axis) => {
    const [otherMin, otherMax] = fewer[axis] ?? [min, max];
    return [Math.min(min, otherMin), Math.max(max, otherMax)];
  });
}

/** What is known, as far as GeoParquet can say it: JSON has no infinite numbers. */
function written({ types, box }: ChunkFacts): { types: readonly string[]; box: Box | null } {
  const isFinite = box?.every((range) => range.every(Number.isFinite)) === true;
  return { types: types === null ? [] : [...types].sort(), box: isFinite ? box : null };
}

function geometryColumn(
  field: ArrowField,
  plans: readonly ColumnPlan[],
): GeometryColumn | null {
  const name = extensionName(field) ?? "";
  const [plan] = plans;
  if (plan === undefined) return null;
  if (isWkb(field, storageOf(field.type))) {
    return {
      name: field.name,
      fixed: { encoding: "WKB", ...coordinates(field) },
      facts: (chunks) => wkbFacts(chunks[plan.index]!),
      known: "nothing",
    };
  }
  const native = NATIVE.get(name);
  if (native === undefined) return null;
  const axes = axesOf(field.type, native.lists);
  if (axes === null) return null;
  return {
    name: field.name,
    fixed: {
      encoding: name.slice("geoarrow.".length),
      geometry_types: [`${native.type}${axes === 3 ? " Z" : ""}`],
      ...coordinates(field),
    },
    facts: (chunks) => nativeFacts(plans.map(({ index }) => chunks[index]!)),
    known: "nothing",
  };
}

/** What a dictionary or runs stand for. */
function storageOf(type: ArrowType): ArrowType {
  if (type.kind === "dictionary") return storageOf(type.value);
  return type.kind === "runEndEncoded" ? storageOf(type.values.type) : type;
}

/** Axes of a position `lists` lists deep, where it is a struct as GeoParquet wants it; else `null`. */
function axesOf(type: ArrowType, lists: number): 2 | 3 | null {
  if (lists > 0) {
    const isList = type.kind === "list" || type.kind === "largeList";
    return isList ? axesOf(type.child.type, lists - 1) : null;
  }
  if (type.kind !== "struct") return null;
  const names = type.children.map((child) => child.name).join();
  const areDoubles = type.children.every(({ type }) =>
    type.kind === "float" && type.bitWidth === 64
  );
  if (!areDoubles) return null;
  return names === "x,y" ? 2 : names === "x,y,z" ? 3 : null;
}

/** The coordinate reference system and the edges; both left out where they are the default. */
function coordinates(field: ArrowField): Record<string, unknown> {
  const { crs: given, edges } = geoArrowMetadata(field, field.name);
  if (!EDGES.includes(edges)) {
    throw new SchemaError(
      field.name,
      `Cannot write GeoParquet with edges ${
        JSON.stringify(edges)
      }: it knows planar and spherical ones`,
    );
  }
  const crs = geoParquetCrs(given, field.name);
  return {
    ...(crs === undefined ? {} : { crs }),
    ...(edges === "planar" ? {} : { edges }),
  };
}

function hasNoValues({ metaData: { statistics, numValues } }: EncodedColumnChunk): boolean {
  return statistics?.nullCount === numValues;
}

function wkbFacts(chunk: EncodedColumnChunk): ChunkFacts | "nothing" {
  if (hasNoValues(chunk)) return "nothing";
  const statistics = chunk.metaData.geospatialStatistics ?? chunk.unwritten?.geospatial;
  const { bbox, geospatialTypes } = statistics ?? {};
  const types = geospatialTypes?.map((code) => {
    const name = TYPE_NAMES[code % 1000];
    // GeoParquet has no M.
    return name === undefined || code >= 2000 ? null : code < 1000 ? name : `${name} Z`;
  });
  return {
    types: types === undefined || types.includes(null) ? null : types as string[],
    box: bbox === undefined ? null : [
      [bbox.xmin, bbox.xmax],
      [bbox.ymin, bbox.ymax],
      ...(bbox.zmin === undefined || bbox.zmax === undefined
        ? []
        : [[bbox.zmin, bbox.zmax] as const]),
    ],
  };
}

/** The bounds of the coordinates are those of their columns. An empty point has NaNs. */
function nativeFacts(chunks: readonly EncodedColumnChunk[]): ChunkFacts | "nothing" {
  if (chunks.every(hasNoValues)) return "nothing";
  const ranges = chunks.map(rangeOf);
  return { types: [], box: ranges.some((range) => range === null) ? null : ranges as Box };
}

function rangeOf({ metaData: { statistics }, unwritten }: EncodedColumnChunk): Range | null {
  const min = statistics?.minValue ?? unwritten?.bounds?.min;
  const max = statistics?.maxValue ?? unwritten?.bounds?.max;
  if (min === undefined || max === undefined) return null;
  const number = ({ buffer, byteOffset }: Uint8Array) =>
    new DataView(buffer, byteOffset).getFloat64(0, true);
  return [number(min), number(max)];
}
