/**
 * Walks well-known binary, the ISO variant: checks that it is whole, and takes its bounds.
 *
 * ```text
 * u8 byte order · u32 type + 1000 (Z) + 2000 (M) · positions, or u32 counts of rings, of positions, of geometries
 * ```
 *
 * @see https://github.com/apache/parquet-format/blob/master/Geospatial.md
 * @module
 */

/** Geometries within geometries. */
const MAX_DEPTH = 64;
/** Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection. */
const COLLECTION = 7;
/** Type of the last geometry of ISO 13249-3: Triangle. */
const LAST_TYPE = 17;
/** What stands within MultiPoint and the two that follow it. */
const MULTI_TO_SINGLE = 3;
/** Bits of EWKB: Z, M, SRID. */
const EWKB_FLAGS = 0xe0000000;
/** Bytes of the smallest geometry: an empty one. */
const HEADER_BYTES = 5;
const EMPTY_BYTES = HEADER_BYTES + 4;

/** Bytes that are not well-known binary. */
class MalformedWkb extends Error {}

/** Least and greatest coordinate of each axis; `Infinity` and `-Infinity` where there are none. */
export interface CoordinateBounds {
  readonly min: readonly [x: number, y: number, z: number, m: number];
  readonly max: readonly [x: number, y: number, z: number, m: number];
}

/** Reads geometries one after the other, and keeps what is common to them. */
export class WkbReader {
  readonly #takesBounds: boolean;
  readonly #min: [number, number, number, number] = [Infinity, Infinity, Infinity, Infinity];
  readonly #max: [number, number, number, number] = [-Infinity, -Infinity, -Infinity, -Infinity];
  readonly #types = new Set<number>();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #end = 0;
  /** Of the geometry at hand. */
  #opaque = false;
  #anyOpaque = false;

  /** Creates a reader; without `takesBounds` it steps over coordinates. */
  constructor(takesBounds: boolean) {
    this.#takesBounds = takesBounds;
  }

  /** Bounds of all geometries so far, without NaNs: they stand for the coordinates of an empty point. */
  get bounds(): CoordinateBounds {
    return { min: this.#min, max: this.#max };
  }

  /** ISO codes of all geometries so far, in ascending order. */
  get types(): number[] {
    return [...this.#types].sort((a, b) => a - b);
  }

  /** Whether some geometry is or has one whose type is valid, but whose coordinates cannot be told: a curve, a surface. */
  get isOpaque(): boolean {
    return this.#anyOpaque;
  }

  /**
   * Reads the geometry that takes all bytes of `view` from `from` to `to`.
   *
   * @returns What is wrong with it; `null`: nothing.
   */
  read(view: DataView, from: number, to: number): string | null {
    this.#view = view;
    this.#at = from;
    this.#end = to;
    this.#opaque = false;
    try {
      this.#types.add(this.#geometry(0, 0));
      // Where a geometry of unknown form ends, nobody knows.
      if (!this.#opaque && this.#at < to) {
        throw new MalformedWkb(`${to - this.#at} bytes follow the geometry`);
      }
      return null;
    } catch (error) {
      if (error instanceof MalformedWkb) return error.message;
      throw error;
    }
  }

  #need(bytes: number): void {
    if (bytes > this.#end - this.#at) throw new MalformedWkb("it ends too soon");
  }

  #u32(little: boolean): number {
    this.#need(4);
    const value = this.#view.getUint32(this.#at, little);
    this.#at += 4;
    return value;
  }

  /** A number of things of at least `bytes` bytes each. */
  #count(little: boolean, bytes: number): number {
    const count = this.#u32(little);
    this.#need(count * bytes);
    return count;
  }

  /** Reads a geometry, of type `wanted` unless that is 0, and returns its code. */
  #geometry(wanted: number, depth: number): number {
    this.#need(HEADER_BYTES);
    const order = this.#view.getUint8(this.#at++);
    if (order > 1) throw new MalformedWkb(`its byte order is ${order}, not 0 or 1`);
    const little = order === 1;
    const code = this.#u32(little);
    if ((code & EWKB_FLAGS) !== 0) {
      throw new MalformedWkb("it is EWKB, where Parquet has ISO WKB (ST_AsBinary gives that)");
    }
    const type = code % 1000;
    const dimensions = (code - type) / 1000;
    if (type < 1 || type > LAST_TYPE || dimensions > 3) {
      throw new MalformedWkb(`there is no type ${code}`);
    }
    if (wanted !== 0 && type !== wanted) {
      throw new MalformedWkb(`a part of it is of type ${type}, not ${wanted}`);
    }
    if (depth > MAX_DEPTH) throw new MalformedWkb(`it is nested more than ${MAX_DEPTH} deep`);
    const hasZ = dimensions === 1 || dimensions === 3;
    const hasM = dimensions >= 2;
    const bytes = 16 + (hasZ ? 8 : 0) + (hasM ? 8 : 0);
    if (type > COLLECTION) {
      this.#opaque = this.#anyOpaque = true;
    } else if (type === 1) {
      this.#positions(1, bytes, hasZ, hasM, little);
    } else if (type === 2) {
      this.#positions(this.#count(little, bytes), bytes, hasZ, hasM, little);
    } else if (type === 3) {
      for (let rings = this.#count(little, 4); rings > 0; rings--) {
        this.#positions(this.#count(little, bytes), bytes, hasZ, hasM, little);
      }
    } else {
      const single = type === COLLECTION ? 0 : type - MULTI_TO_SINGLE;
      const parts = this.#count(little, EMPTY_BYTES);
      for (let i = 0; i < parts && !this.#opaque; i++) this.#geometry(single, depth + 1);
    }
    return code;
  }

  #positions(count: number, bytes: number, hasZ: boolean, hasM: boolean, little: boolean): void {
    this.#need(count * bytes);
    const end = this.#at + count * bytes;
    if (this.#takesBounds) {
      for (let at = this.#at; at < end; at += bytes) {
        this.#take(0, at, little);
        this.#take(1, at + 8, little);
        if (hasZ) this.#take(2, at + 16, little);
        if (hasM) this.#take(3, at + bytes - 8, little);
      }
    }
    this.#at = end;
  }

  /** Both comparisons are false for a NaN. */
  #take(axis: 0 | 1 | 2 | 3, at: number, little: boolean): void {
    const value = this.#view.getFloat64(at, little);
    if (value < this.#min[axis]) this.#min[axis] = value;
    if (value > this.#max[axis]) this.#max[axis] = value;
  }
}
