/**
 * The key `geo` of a GeoParquet file: which columns are geometries, of which kinds, in which coordinates, and where.
 *
 * @see https://geoparquet.org/releases/v1.1.0/
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import type { ColumnChunk, RowGroup, Statistics } from "../format/metadata.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import {
  extensionName,
  type GeoArrowMetadata,
  geoArrowMetadata,
  isWkb,
} from "../schema/extension_type.ts";
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
  readonly facts: (columns: readonly ColumnChunk[]) => ChunkFacts | "nothing";
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

  /** The JSON text, once all row groups are there. */
  text(rowGroups: readonly RowGroup[]): string {
    const columns = this.#columns.map(({ name, fixed, facts }) => {
      const known = rowGroups.map((rowGroup) => facts(rowGroup.columns))
        .filter((chunk) => chunk !== "nothing");
      const box = union(known.map((chunk) => chunk.box));
      const types = known.every((chunk) => chunk.types !== null)
        ? [...new Set(known.flatMap((chunk) => chunk.types!))].sort()
        : [];
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

/** The box around all; `null` where one is not known, or there is none that JSON could hold. */
function union(boxes: readonly (Box | null)[]): Box | null {
  if (boxes.length === 0) return null;
  const all: [number, number][] = [];
  for (const box of boxes) {
    if (box === null) return null;
    box.forEach(([min, max], axis) => {
      const range = all[axis] ??= [min, max];
      range[0] = Math.min(range[0], min);
      range[1] = Math.max(range[1], max);
    });
  }
  return all.every((range) => range.every(Number.isFinite)) ? all : null;
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
      facts: (columns) => wkbFacts(columns[plan.index]!),
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
    facts: (columns) => nativeFacts(plans.map(({ index }) => columns[index]!)),
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

/** The coordinate reference system, as PROJJSON, and the edges; both left out where they are the default. */
function coordinates(field: ArrowField): Record<string, unknown> {
  const { crs, isDefaultCrs, edges }: GeoArrowMetadata = geoArrowMetadata(field, field.name);
  if (!EDGES.includes(edges)) {
    throw new SchemaError(
      field.name,
      `Cannot write GeoParquet with edges ${
        JSON.stringify(edges)
      }: it knows planar and spherical ones`,
    );
  }
  const isProjJson = typeof crs === "object" && crs !== null;
  if (!isProjJson && !isDefaultCrs) {
    throw new SchemaError(
      field.name,
      `Cannot write GeoParquet with crs ${JSON.stringify(crs)}: it has to be PROJJSON`,
    );
  }
  return {
    ...(isProjJson ? { crs } : {}),
    ...(edges === "planar" ? {} : { edges }),
  };
}

function hasNoValues({ metaData: { statistics, numValues } }: ColumnChunk): boolean {
  return statistics?.nullCount === numValues;
}

function wkbFacts(chunk: ColumnChunk): ChunkFacts | "nothing" {
  if (hasNoValues(chunk)) return "nothing";
  const { bbox, geospatialTypes } = chunk.metaData.geospatialStatistics ?? {};
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

/** The bounds of the coordinates are those of their columns. */
function nativeFacts(chunks: readonly ColumnChunk[]): ChunkFacts | "nothing" {
  if (chunks.every(hasNoValues)) return "nothing";
  const ranges = chunks.map(({ metaData: { statistics } }) => rangeOf(statistics));
  return { types: [], box: ranges.some((range) => range === null) ? null : ranges as Box };
}

function rangeOf(statistics: Statistics | undefined): Range | null {
  const { minValue, maxValue } = statistics ?? {};
  if (minValue === undefined || maxValue === undefined) return null;
  const number = ({ buffer, byteOffset }: Uint8Array) =>
    new DataView(buffer, byteOffset).getFloat64(0, true);
  return [number(minValue), number(maxValue)];
}
