/**
 * Geometries, and what is claimed about where they are and what they are.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Geospatial.md#statistics
 * @module
 */

import type { BoundingBox, GeospatialStatistics } from "../../format/metadata.ts";
import { valueAt } from "./extremes.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import type { PageFacts } from "./page_facts.ts";
import { readWkb } from "./wkb.ts";
import { wkbHeaderFault } from "../values/wkb_check.ts";

type Axis = "x" | "y" | "z" | "m";

const AXES: readonly Axis[] = ["x", "y", "z", "m"];

/** The range of an axis, as claimed. */
type Side = readonly [min: number | undefined, max: number | undefined];

function sidesOf(box: BoundingBox): Readonly<Record<Axis, Side>> {
  return {
    x: [box.xmin, box.xmax],
    y: [box.ymin, box.ymax],
    z: [box.zmin, box.zmax],
    m: [box.mmin, box.mmax],
  };
}

/** Whether a column holds geometries. */
export function isGeospatial(column: LeafColumn): boolean {
  const type = column.logicalType?.type;
  return column.physicalType === "BYTE_ARRAY" && (type === "GEOMETRY" || type === "GEOGRAPHY");
}

/** Checks the geometries of one column chunk and its geospatial statistics. */
export class GeospatialClaims {
  readonly #findings: Findings;
  readonly #column: LeafColumn;
  readonly #claims: GeospatialStatistics;
  readonly #place: Place;
  readonly #codes = new Set<number>();
  readonly #min: Record<Axis, number> = { x: Infinity, y: Infinity, z: Infinity, m: Infinity };
  readonly #max: Record<Axis, number> = { x: -Infinity, y: -Infinity, z: -Infinity, m: -Infinity };
  /** An x within the gap of a box that wraps around; NaN: none. */
  #inGap = NaN;
  #unreadable = false;
  #opaque = false;

  constructor(
    findings: Findings,
    column: LeafColumn,
    claims: GeospatialStatistics | undefined,
    place: Place,
  ) {
    this.#findings = findings;
    this.#column = column;
    this.#claims = claims ?? {};
    this.#place = place;
    if (claims !== undefined && !isGeospatial(column)) {
      const message = `there are geospatial statistics of a column of ${column.physicalType}`;
      findings.add("geospatial-statistics-type", message, place);
    }
    const flaw = claims?.bbox === undefined ? null : this.#boxFlaw(claims.bbox);
    if (flaw !== null) findings.add("bbox-invalid", `the bounding box ${flaw}`, place);
  }

  #boxFlaw(box: BoundingBox): string | null {
    const sides = sidesOf(box);
    for (const axis of AXES) {
      const [min, max] = sides[axis];
      if ((min === undefined) !== (max === undefined)) {
        return `has one of ${axis}min and ${axis}max`;
      }
      if (min === undefined || max === undefined) continue;
      if (Number.isNaN(min) || Number.isNaN(max)) return `has a NaN for ${axis}`;
      if (min > max && axis !== "x") return `has ${axis} from ${min} to ${max}`;
      if (this.#column.logicalType?.type !== "GEOGRAPHY") continue;
      const limit = axis === "x" ? 180 : axis === "y" ? 90 : Infinity;
      if (Math.abs(min) > limit || Math.abs(max) > limit) {
        return `has ${axis} from ${min} to ${max}, beyond ±${limit}`;
      }
    }
    return null;
  }

  page(facts: PageFacts): void {
    if (!isGeospatial(this.#column)) return;
    const { values, fresh } = facts;
    const place = { ...this.#place, page: facts.page.ordinal, offset: facts.page.offset };
    const n = fresh === null ? values.count : fresh.length;
    let unreadable = 0, reason = "";
    for (let k = 0; k < n; k++) {
      const value = valueAt(values, 0, fresh === null ? k : fresh[k]!);
      // Has been reported where values are checked.
      if (wkbHeaderFault(value) !== null) {
        this.#unreadable = true;
        continue;
      }
      const geometry = readWkb(value, this.#extend);
      if (typeof geometry === "string") {
        if (unreadable++ === 0) reason = geometry;
        continue;
      }
      this.#codes.add(geometry.code);
      if (geometry.opaque) this.#opaque = true;
    }
    if (unreadable === 0) return;
    this.#unreadable = true;
    const message = `${unreadable} geometries cannot be read; of the first, ${reason}`;
    this.#findings.add("wkb-invalid", message, place);
  }

  readonly #extend = (x: number, y: number, z: number, m: number): void => {
    const min = this.#min, max = this.#max;
    if (x < min.x) min.x = x;
    if (x > max.x) max.x = x;
    if (y < min.y) min.y = y;
    if (y > max.y) max.y = y;
    if (z < min.z) min.z = z;
    if (z > max.z) max.z = z;
    if (m < min.m) min.m = m;
    if (m > max.m) max.m = m;
    const box = this.#claims.bbox;
    if (box !== undefined && x < box.xmin && x > box.xmax) this.#inGap = x;
  };

  finish(complete: boolean): void {
    // What could not be read may have been anywhere, and anything.
    if (!complete || !isGeospatial(this.#column) || this.#unreadable) return;
    if (this.#claims.bbox !== undefined) this.#holdBox(this.#claims.bbox);
    this.#holdTypes(this.#claims.geospatialTypes ?? []);
  }

  #holdBox(box: BoundingBox): void {
    const sides = sidesOf(box);
    for (const axis of AXES) {
      const [min, max] = sides[axis];
      // An axis that is left out claims nothing.
      if (min === undefined || max === undefined) continue;
      const least = this.#min[axis], greatest = this.#max[axis];
      if (least > greatest) {
        if (this.#opaque) continue;
        const message = `the bounding box has ${axis} from ${min} to ${max}, the values have none`;
        this.#findings.add("bbox-of-nothing", message, this.#place);
        continue;
      }
      const wraps = axis === "x" && min > max;
      if (wraps ? Number.isNaN(this.#inGap) : min <= least && greatest <= max) continue;
      const seen = wraps ? `there is ${this.#inGap}` : `the values from ${least} to ${greatest}`;
      const message = `the bounding box has ${axis} from ${min} to ${max}, ${seen}`;
      // A NaN, which has been reported, is no number to be held against.
      if (!Number.isNaN(min) && !Number.isNaN(max)) {
        this.#findings.add("bbox-too-small", message, this.#place);
      }
    }
  }

  #holdTypes(claimed: readonly number[]): void {
    if (claimed.length === 0) return;
    const listed = new Set(claimed);
    const same = listed.size === this.#codes.size && claimed.every((code) => this.#codes.has(code));
    if (same && listed.size === claimed.length) return;
    const [said, seen] = [claimed.slice(0, 30), [...this.#codes].sort((a, b) => a - b)];
    const message = `geospatial_types are [${said}], the values have [${seen}]`;
    this.#findings.add("geospatial-types", message, this.#place);
  }
}
