/** Writes well-known binary, and says what is in it. */

/** A geometry: its type, and positions (Point: one), rings of positions, or parts. */
export interface Geometry {
  readonly type: number;
  readonly dimensions?: "XY" | "XYZ" | "XYM" | "XYZM";
  readonly little?: boolean;
  /** Positions of a Point (one) or LineString. */
  readonly positions?: readonly (readonly number[])[];
  /** Rings of a Polygon. */
  readonly rings?: readonly (readonly (readonly number[])[])[];
  /** Of a Multi… or collection. */
  readonly parts?: readonly Geometry[];
}

const CODES = { XY: 0, XYZ: 1000, XYM: 2000, XYZM: 3000 } as const;

/** ISO code of a geometry. */
export function codeOf({ type, dimensions = "XY" }: Geometry): number {
  return type + CODES[dimensions];
}

/** Bytes of a geometry. */
export function wkb(geometry: Geometry): Uint8Array {
  const bytes: number[] = [];
  append(geometry, bytes);
  return Uint8Array.from(bytes);
}

function append(geometry: Geometry, out: number[]): void {
  const { type, little = true, positions = [], rings = [], parts = [] } = geometry;
  const put = (size: 4 | 8, value: number) => {
    const view = new DataView(new ArrayBuffer(8));
    if (size === 4) view.setUint32(0, value, little);
    else view.setFloat64(0, value, little);
    out.push(...new Uint8Array(view.buffer, 0, size));
  };
  out.push(little ? 1 : 0);
  put(4, codeOf(geometry));
  const putAll = (all: readonly (readonly number[])[]) => {
    for (const position of all) for (const value of position) put(8, value);
  };
  if (type === 1) return putAll(positions);
  if (type === 2) {
    put(4, positions.length);
    return putAll(positions);
  }
  if (type === 3) {
    put(4, rings.length);
    for (const ring of rings) {
      put(4, ring.length);
      putAll(ring);
    }
    return;
  }
  put(4, parts.length);
  for (const part of parts) append(part, out);
}

/** Every position of a geometry as [x, y, z, m], NaN where there is no such axis. */
export function positionsOf(geometry: Geometry): number[][] {
  const { dimensions = "XY", positions = [], rings = [], parts = [] } = geometry;
  const own = [...positions, ...rings.flat()].map((position) => {
    const [x, y, third, fourth] = position as [number, number, number?, number?];
    const hasZ = dimensions.includes("Z");
    return [
      x,
      y,
      hasZ ? third! : NaN,
      dimensions.endsWith("M") ? (hasZ ? fourth! : third!) : NaN,
    ];
  });
  return [...own, ...parts.flatMap(positionsOf)];
}

/** Least and greatest coordinate of an axis over geometries, NaNs left out; `null`: there is none. */
export function rangeOf(geometries: readonly Geometry[], axis: number): [number, number] | null {
  const values = geometries.flatMap(positionsOf).map((position) => position[axis]!)
    .filter((value) => !Number.isNaN(value));
  if (values.length === 0) return null;
  return [values.reduce((a, b) => a < b ? a : b), values.reduce((a, b) => a > b ? a : b)];
}
