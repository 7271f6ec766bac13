/**
 * What GeoParquet's metadata claims about the geometries of a column, held against them. Where the column has no logical type that
 * says so, nothing else in the file tells that its bytes are geometries.
 *
 * @see https://geoparquet.org/releases/v1.1.0/
 * @module
 */

import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { quoted } from "../shown.ts";
import { valueAt } from "./extremes.ts";
import { isGeospatial } from "./geospatial_claims.ts";
import type { PageFacts } from "./page_facts.ts";
import { readWkb } from "./wkb.ts";

/** A box as the metadata has it: all minima, then all maxima. */
export interface GeoBox {
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** What is claimed about a leaf column. */
export interface GeoColumnClaims {
  /** Name of the geometry column. */
  readonly name: string;
  /** `"wkb"`, or the axis of whose coordinates the leaf is made: 0 for x. */
  readonly holds: "wkb" | number;
  /** Names of geometry types; none: they are not known. */
  readonly types: readonly string[];
  /** `null`: not given, or not right in itself (which was reported). */
  readonly box: GeoBox | null;
}

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
/** What is added to the name by the dimensions, and instead: version 1.1 knows no measures. */
const SUFFIXES = [[""], [" Z"], [" M", ""], [" ZM", " Z"]] as const;

/** Names by which geometries of this ISO code may go. */
function namesOf(code: number): readonly string[] {
  const name = TYPE_NAMES[code % 1000];
  if (name === undefined) return [];
  return SUFFIXES[Math.floor(code / 1000)]!.map((suffix) => name + suffix);
}

/** Checks the values of one column chunk. */
export class GeoValueClaims {
  readonly #findings: Findings;
  readonly #column: LeafColumn;
  readonly #claims: GeoColumnClaims;
  readonly #place: Place;
  readonly #codes = new Set<number>();
  /** Whether a coordinate outside the box was reported. */
  #isOutside = false;

  constructor(findings: Findings, column: LeafColumn, claims: GeoColumnClaims, place: Place) {
    this.#findings = findings;
    this.#column = column;
    this.#claims = claims;
    this.#place = place;
  }

  page(facts: PageFacts): void {
    if (this.#claims.holds === "wkb") this.#readGeometries(facts);
    else this.#holdCoordinates(facts, this.#claims.holds);
  }

  #readGeometries({ values, fresh, page }: PageFacts): void {
    const place = { ...this.#place, page: page.ordinal, offset: page.offset };
    const n = fresh === null ? values.count : fresh.length;
    let unreadable = 0, reason = "";
    for (let k = 0; k < n; k++) {
      const geometry = readWkb(valueAt(values, 0, fresh === null ? k : fresh[k]!), this.#hold);
      if (typeof geometry !== "string") this.#codes.add(geometry.code);
      else if (unreadable++ === 0) reason = geometry;
    }
    // Where the logical type says that they are geometries, it was reported.
    if (unreadable === 0 || isGeospatial(this.#column)) return;
    const message = `${unreadable} geometries cannot be read; of the first, ${reason}`;
    this.#findings.add("wkb-invalid", message, place);
  }

  readonly #hold = (x: number, y: number, z: number, m: number): void => {
    this.#holdCoordinate(0, x);
    this.#holdCoordinate(1, y);
    this.#holdCoordinate(2, z);
    this.#holdCoordinate(3, m);
  };

  #holdCoordinates({ extremes }: PageFacts, axis: number): void {
    if (extremes === null || extremes.nan) return;
    for (const { buffer, byteOffset } of [extremes.min, extremes.max]) {
      this.#holdCoordinate(axis, new DataView(buffer, byteOffset).getFloat64(0, true));
    }
  }

  #holdCoordinate(axis: number, value: number): void {
    const { box } = this.#claims;
    // An axis that the box does not have claims nothing, and NaN is no place.
    if (box === null || axis >= box.min.length || value !== value || this.#isOutside) return;
    const min = box.min[axis]!, max = box.max[axis]!;
    // Along x a box may wrap around.
    if (min > max ? value >= min || value <= max : value >= min && value <= max) return;
    this.#isOutside = true;
    this.#fault(`bbox has ${"xyzm"[axis]} from ${min} to ${max}, there is ${value}`);
  }

  #fault(reason: string): void {
    const message = `geo, column ${quoted(this.#claims.name)}: ${reason}`;
    this.#findings.add("geo-metadata", message, this.#place);
  }

  finish(): void {
    const { types } = this.#claims;
    if (types.length === 0) return;
    for (const code of this.#codes) {
      const names = namesOf(code);
      if (names.some((name) => types.includes(name))) continue;
      const seen = names[0] ?? `a geometry of type ${code}`;
      return this.#fault(`geometry_types are [${types.slice(0, 30)}], there is ${seen}`);
    }
  }
}
