/** Well-known binary, made by hand. */

/** How a geometry is written. */
export interface WkbStyle {
  readonly bigEndian?: boolean;
  /** Dimensions by flags rather than ISO codes. */
  readonly extended?: boolean;
  /** Axes beyond x and y. */
  readonly axes?: "" | "z" | "m" | "zm";
}

/** A geometry: positions, lines, polygons, or geometries within. */
export type Shape =
  | { readonly type: 1; readonly at: readonly number[] }
  | { readonly type: 2; readonly at: readonly (readonly number[])[] }
  | { readonly type: 3; readonly rings: readonly (readonly (readonly number[])[])[] }
  | { readonly type: 4 | 5 | 6 | 7; readonly parts: readonly Shape[] };

/** Encodes a geometry. */
export function wkb(shape: Shape, style: WkbStyle = {}): Uint8Array {
  const bytes: number[] = [];
  const scratch = new DataView(new ArrayBuffer(8));
  const little = !style.bigEndian;
  const push = (length: number) => bytes.push(...new Uint8Array(scratch.buffer, 0, length));
  const uint32 = (value: number) => {
    scratch.setUint32(0, value, little);
    push(4);
  };
  const position = (coordinates: readonly number[]) => {
    for (const value of coordinates) {
      scratch.setFloat64(0, value, little);
      push(8);
    }
  };
  const axes = style.axes ?? "";
  const [z, m] = [axes.includes("z"), axes.includes("m")];
  const write = (inner: Shape) => {
    bytes.push(little ? 1 : 0);
    uint32(
      style.extended
        ? (inner.type | (z ? 0x80000000 : 0) | (m ? 0x40000000 : 0)) >>> 0
        : inner.type + (z ? 1000 : 0) + (m ? 2000 : 0),
    );
    if (inner.type === 1) return position(inner.at);
    if (inner.type === 2) {
      uint32(inner.at.length);
      inner.at.forEach(position);
    } else if (inner.type === 3) {
      uint32(inner.rings.length);
      for (const ring of inner.rings) {
        uint32(ring.length);
        ring.forEach(position);
      }
    } else {
      uint32(inner.parts.length);
      inner.parts.forEach(write);
    }
  };
  write(shape);
  return Uint8Array.from(bytes);
}

/** A point. */
export function point(...at: number[]): Shape {
  return { type: 1, at };
}
