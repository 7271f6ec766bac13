/**
 * Reads well-known binary: the type of a geometry and all its coordinates. Bytes are not trusted.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Geospatial.md
 * @module
 */

/** Collections within collections that are followed. */
const MAX_DEPTH = 64;

/** Flags of EWKB, which stands beside the ISO codes that Parquet asks for. */
const EWKB_Z = 0x80000000, EWKB_M = 0x40000000, EWKB_SRID = 0x20000000;

/** Takes the coordinates of a position; `z` and `m` are NaN where there are none. */
export type Position = (x: number, y: number, z: number, m: number) => void;

/** A geometry that was read. */
export interface Geometry {
  /** ISO code: 1 to 7 or another type, plus 1000 with Z, 2000 with M, 3000 with both. */
  readonly code: number;
  /** It is, or has within it, something of another type, whose coordinates are not known. */
  readonly opaque: boolean;
}

/** What may stand within a geometry of this type; 0: anything. Points of the others have no header of their own. */
const MEMBERS: Readonly<Record<number, number>> = { 4: 1, 5: 2, 6: 3, 7: 0 };

/** Bytes that are not well-known binary. */
class WkbError extends Error {}

/** Types that the specification does not list, and of which nobody says how they go on. */
const MAX_TYPE = 7;

class Reader {
  readonly #view: DataView;
  readonly #position: Position;
  #at = 0;
  opaque = false;

  constructor(bytes: Uint8Array, position: Position) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = position;
  }

  get #left(): number {
    return this.#view.byteLength - this.#at;
  }

  #need(bytes: number): void {
    if (bytes > this.#left) throw new WkbError("it ends too soon");
  }

  #uint32(little: boolean): number {
    this.#need(4);
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, little);
  }

  #count(little: boolean, least: number): number {
    const count = this.#uint32(little);
    if (count * least > this.#left) throw new WkbError(`it says to have ${count} parts`);
    return count;
  }

  #positions(count: number, hasZ: boolean, hasM: boolean, little: boolean): void {
    const view = this.#view;
    const size = 16 + (hasZ ? 8 : 0) + (hasM ? 8 : 0);
    this.#need(count * size);
    for (let i = 0; i < count; i++, this.#at += size) {
      const at = this.#at;
      this.#position(
        view.getFloat64(at, little),
        view.getFloat64(at + 8, little),
        hasZ ? view.getFloat64(at + 16, little) : NaN,
        hasM ? view.getFloat64(at + size - 8, little) : NaN,
      );
    }
  }

  /** Reads a geometry. `allowed`: the type that it must have, 0: any. */
  geometry(allowed: number, depth: number): number {
    if (depth > MAX_DEPTH) throw new WkbError("it is too deeply nested");
    this.#need(1);
    const order = this.#view.getUint8(this.#at++);
    if (order > 1) throw new WkbError(`its byte order is ${order}`);
    const little = order === 1;
    const word = this.#uint32(little);
    const flags = word & (EWKB_Z | EWKB_M | EWKB_SRID);
    const iso = word & 0x1fffffff;
    const type = iso % 1000, dimensions = Math.floor(iso / 1000);
    if (type < 1 || dimensions > 3 || (flags !== 0 && dimensions !== 0)) {
      throw new WkbError(`its type is ${word}`);
    }
    if (allowed !== 0 && type !== allowed) throw new WkbError(`it has a part of type ${type}`);
    if ((flags & EWKB_SRID) !== 0) this.#uint32(little);
    const hasZ = dimensions === 1 || dimensions === 3 || (flags & EWKB_Z) !== 0;
    const hasM = dimensions >= 2 || (flags & EWKB_M) !== 0;
    const code = type + (hasZ ? 1000 : 0) + (hasM ? 2000 : 0);
    if (type > MAX_TYPE) {
      this.opaque = true;
      return code;
    }
    if (type === 1) {
      this.#positions(1, hasZ, hasM, little);
    } else if (type === 2) {
      this.#positions(this.#count(little, 16), hasZ, hasM, little);
    } else if (type === 3) {
      for (let rings = this.#count(little, 4); rings > 0; rings--) {
        this.#positions(this.#count(little, 16), hasZ, hasM, little);
      }
    } else {
      for (let parts = this.#count(little, 9); parts > 0 && !this.opaque; parts--) {
        this.geometry(MEMBERS[type]!, depth + 1);
      }
    }
    return code;
  }

  end(): void {
    if (this.#left > 0) throw new WkbError(`${this.#left} bytes follow it`);
  }
}

/**
 * Reads a geometry.
 *
 * @param bytes One value.
 * @param position Is given every coordinate, those of an empty point (NaN) too.
 * @returns What it is; a text: why it is none.
 */
export function readWkb(bytes: Uint8Array, position: Position): Geometry | string {
  const reader = new Reader(bytes, position);
  try {
    const code = reader.geometry(0, 0);
    if (!reader.opaque) reader.end();
    return { code, opaque: reader.opaque };
  } catch (error) {
    if (error instanceof WkbError) return error.message;
    throw error;
  }
}
