/**
 * The coordinate reference system of a geometry column: from the forms that GeoArrow has to those of Parquet and GeoParquet.
 *
 * They differ in what saying nothing means. GeoArrow: unknown. Parquet and GeoParquet: longitude, latitude on WGS 84. So an
 * unknown one is said: `srid:0` in Parquet, `null` in GeoParquet.
 *
 * @see https://geoarrow.org/extension-types.html#extension-metadata
 * @see https://github.com/apache/parquet-format/blob/master/Geospatial.md#coordinate-reference-system
 * @see https://geoparquet.org/releases/v1.1.0/
 * @module
 */

import { SchemaError } from "../util/errors.ts";

/** A coordinate reference system. */
export type Crs =
  /** Not known. */
  | { readonly kind: "unknown" }
  /** Longitude, latitude on WGS 84, given by name or not at all. */
  | { readonly kind: "longitudeLatitude" }
  /** PROJJSON; `isLongitudeLatitude`: its identifier says that it is that. */
  | { readonly kind: "projJson"; readonly value: object; readonly isLongitudeLatitude: boolean }
  /** `AUTHORITY:CODE`, WKT2, `srid:…` or a text of another kind. */
  | { readonly kind: "text"; readonly value: string };

/**
 * Identifiers of longitude, latitude on WGS 84. EPSG has latitude first, but all these formats have longitude first whatever the
 * definition says.
 */
const LONGITUDE_LATITUDE: readonly string[] = ["OGC:CRS84", "EPSG:4326"];

/** An SRID that stands for no reference system. */
const UNKNOWN_SRID = "srid:0";

const UNKNOWN: Crs = { kind: "unknown" };

/**
 * Reads `crs` and `crs_type` of GeoArrow's metadata.
 *
 * @param metadata Members of the extension's metadata.
 * @param path Dotted path of the field, for messages.
 * @throws {SchemaError} When `crs` is neither a text nor an object, or is not what `crs_type` says.
 */
export function readCrs(metadata: ReadonlyMap<string, unknown>, path: string): Crs {
  const crs = metadata.get("crs");
  const type = metadata.get("crs_type");
  if (crs === undefined) {
    // Edges that are not straight are lines on the globe: their ends can only be longitudes and latitudes.
    const edges = metadata.get("edges") ?? "planar";
    return edges === "planar" ? UNKNOWN : { kind: "longitudeLatitude" };
  }
  if (crs === null || crs === "") return UNKNOWN;
  if (type === "srid" && (typeof crs === "string" || typeof crs === "number")) {
    return readText(`${crs}`.startsWith("srid:") ? `${crs}` : `srid:${crs}`);
  }
  if (typeof crs === "object" && !Array.isArray(crs)) return projJson(crs);
  if (typeof crs === "string") {
    // An object that was taken for a text is an object all the same.
    if (type === "projjson" || crs.trimStart().startsWith("{")) return projJson(parse(crs, path));
    return readText(crs);
  }
  throw new SchemaError(
    path,
    `Cannot read the metadata of a geometry: crs is ${
      JSON.stringify(crs)
    }, neither text nor an object`,
  );
}

function parse(text: string, path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SchemaError(path, "Cannot read the metadata of a geometry: crs is not JSON", {
      cause,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new SchemaError(path, "Cannot read the metadata of a geometry: crs is not a JSON object");
}

function projJson(value: object): Crs {
  const { id, ids } = value as { id?: unknown; ids?: unknown };
  const all = [id, ...(Array.isArray(ids) ? ids : [])];
  const isLongitudeLatitude = all.some((entry) => {
    const { authority, code } = (entry ?? {}) as { authority?: unknown; code?: unknown };
    return isName(`${authority}:${code}`);
  });
  return { kind: "projJson", value, isLongitudeLatitude };
}

function readText(text: string): Crs {
  if (text.toLowerCase() === UNKNOWN_SRID) return UNKNOWN;
  if (isName(text) || isName(identifierOf(text))) return { kind: "longitudeLatitude" };
  return { kind: "text", value: text };
}

function isName(name: string | null): boolean {
  return name !== null && LONGITUDE_LATITUDE.includes(name.toUpperCase());
}

/** `urn:ogc:def:crs:EPSG::4326` and `http://www.opengis.net/def/crs/OGC/1.3/CRS84`. */
const OGC_NAME =
  /^(?:urn:ogc:def:crs:|https?:\/\/www\.opengis\.net\/def\/crs\/)([^:/]+)[:/][^:/]*[:/]([^:/]+)$/i;
/** The identifier of WKT as a whole, its last member: those of its parts are followed by more than one bracket. */
const WKT_IDENTIFIER =
  /,\s*(?:ID|AUTHORITY)\s*\[\s*"([^"]*)"\s*,\s*"?([^",[\]]*)"?[^[\]]*\]\s*\]\s*$/i;

/** `AUTHORITY:CODE` of a URN, a URL or WKT; `null`: it has none. */
function identifierOf(text: string): string | null {
  const match = OGC_NAME.exec(text) ?? WKT_IDENTIFIER.exec(text);
  return match === null ? null : `${match[1]!}:${match[2]!.trim()}`;
}

/** What Parquet's GEOMETRY and GEOGRAPHY have for `crs`; `undefined`: nothing, which means longitude and latitude. */
export function parquetCrs(crs: Crs): string | undefined {
  switch (crs.kind) {
    case "unknown":
      return UNKNOWN_SRID;
    case "longitudeLatitude":
      return undefined;
    case "projJson":
      return crs.isLongitudeLatitude ? undefined : JSON.stringify(crs.value);
    case "text":
      return crs.value;
  }
}

/**
 * What GeoParquet has for `crs`; `undefined`: nothing, which means longitude and latitude.
 *
 * @param path Dotted path of the field, for messages.
 * @throws {SchemaError} For a text: GeoParquet has PROJJSON alone.
 */
export function geoParquetCrs(crs: Crs, path: string): object | null | undefined {
  switch (crs.kind) {
    case "unknown":
      return null;
    case "longitudeLatitude":
      return undefined;
    case "projJson":
      return crs.value;
    case "text": {
      const shown = crs.value.length > 100 ? `${crs.value.slice(0, 100)}…` : crs.value;
      throw new SchemaError(
        path,
        `Cannot write GeoParquet with crs ${JSON.stringify(shown)}: it has to be PROJJSON; ` +
          "convert it (pyproj: CRS.to_json_dict), or write crs null",
      );
    }
  }
}
