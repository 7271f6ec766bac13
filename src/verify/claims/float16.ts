/** @module Half-precision numbers by their bits. */

const INFINITY_BITS = 0x7c00;
/** Above the key of every number and, in total order, of every NaN without a sign. */
const NAN_KEY = 0x8000;

/** Whether the bits are those of a NaN. */
export function isFloat16NaN(bits: number): boolean {
  return (bits & 0x7fff) > INFINITY_BITS;
}

/**
 * A number that is ordered as the half is: −0 before +0. NaNs are above all others, and equal, unless the order is total:
 * then each has its place, those with a sign below all others.
 *
 * @param bits The 16 bits.
 * @param total IEEE 754 total order.
 */
export function float16Key(bits: number, total: boolean): number {
  if (!total && isFloat16NaN(bits)) return NAN_KEY;
  return bits < 0x8000 ? bits : 0x7fff - bits;
}

/** The value, for messages. */
export function float16Value(bits: number): number {
  const sign = bits < 0x8000 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
