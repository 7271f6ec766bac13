/**
 * Geospatial statistics of a column chunk: the box around its geometries, and their types.
 *
 * The box of a GEOGRAPHY is given for points only: edges that are not straight leave the box of their ends. It never wraps
 * around the antimeridian. Nothing is said of a chunk with bytes that are not ISO WKB (there are none in batches that were
 * checked), and there is no box where a geometry is a curve or a surface, or has no coordinates.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Geospatial.md#statistics
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import type { BoundingBox, GeospatialStatistics } from "../format/metadata.ts";
import { WkbReader } from "../format/well_known_binary.ts";
import type { Kernels } from "../kernels/kernels.ts";

/** Longitudes and latitudes end here. */
const MAX_X = 180, MAX_Y = 90;

/** Gathers the statistics of one column chunk. */
export class GeospatialStatisticsBuilder {
  readonly #kernels: Kernels;
  readonly #type: "GEOMETRY" | "GEOGRAPHY";
  readonly #reader: WkbReader = new WkbReader(true);
  #malformed = false;

  /** Creates the builder for geometries of the logical type `type`. */
  constructor(kernels: Kernels, type: "GEOMETRY" | "GEOGRAPHY") {
    this.#kernels = kernels;
    this.#type = type;
  }

  /** Takes `count` byte arrays from `from` on into account. */
  add({ data, offsets }: LeafValues, from: number, count: number): void {
    const { u8, i32 } = this.#kernels.memory;
    const view = new DataView(u8.buffer);
    const word = (offsets >>> 2) + from;
    for (let i = word; i < word + count && !this.#malformed; i++) {
      this.#malformed = this.#reader.read(view, data + i32[i]!, data + i32[i + 1]!) !== null;
    }
  }

  /** The statistics; `null`: there is nothing to be said. */
  finish(): GeospatialStatistics | null {
    const { types } = this.#reader;
    if (this.#malformed || types.length === 0) return null;
    const bbox = this.#box(types);
    return { ...(bbox === null ? {} : { bbox }), geospatialTypes: types };
  }

  #box(types: readonly number[]): BoundingBox | null {
    const { bounds: { min, max }, isOpaque } = this.#reader;
    if (isOpaque || min[0] > max[0] || min[1] > max[1]) return null;
    if (this.#type === "GEOGRAPHY") {
      const arePoints = types.every((type) => type % 1000 === 1 || type % 1000 === 4);
      const areCanonical = min[0] >= -MAX_X && max[0] <= MAX_X && min[1] >= -MAX_Y &&
        max[1] <= MAX_Y;
      if (!arePoints || !areCanonical) return null;
    }
    return {
      xmin: min[0],
      xmax: max[0],
      ymin: min[1],
      ymax: max[1],
      ...(min[2] > max[2] ? {} : { zmin: min[2], zmax: max[2] }),
      ...(min[3] > max[3] ? {} : { mmin: min[3], mmax: max[3] }),
    };
  }
}
