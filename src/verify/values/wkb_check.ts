/**
 * The first bytes of a geometry in Well-Known Binary: byte order, type.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Geospatial.md
 *
 * @module
 */

const HEADER_SIZE = 5;
/** Point to GeometryCollection. */
const TYPES = 7;
/** XY, XYZ, XYM, XYZM, in steps of a thousand. */
const DIMENSIONS = 4;

/** Whether a value is too short for a header, or has no byte order. */
export function wkbHeaderFault(value: Uint8Array): string | null {
  if (value.length < HEADER_SIZE) return `has ${value.length} bytes, too few for a header of WKB`;
  return value[0]! <= 1 ? null : `has ${value[0]} for a byte order, not 0 or 1`;
}

/** Whether a value that has a header is of a type that the specification does not list. */
export function wkbTypeFault(value: Uint8Array): string | null {
  if (wkbHeaderFault(value) !== null) return null;
  const code = new DataView(value.buffer, value.byteOffset + 1, 4).getUint32(0, value[0] === 1);
  const type = code % 1000;
  return type >= 1 && type <= TYPES && code < DIMENSIONS * 1000 ? null : `is of type ${code}`;
}
