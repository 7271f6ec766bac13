/**
 * Shortening of bounds: a minimum becomes a prefix, a maximum a prefix that is incremented.
 *
 * @see "Statistics" of parquet.thrift (`is_max_value_exact`, `is_min_value_exact`)
 * @module
 */

/** A bound as it is written. */
export interface Bound {
  readonly value: Uint8Array;
  /** Whether it is a value that occurs, and not just a bound of those that do. */
  readonly exact: boolean;
}

/** The longest prefix of at most `length` bytes; of whole characters when `utf8`. */
export function truncateMin(value: Uint8Array, length: number | null, utf8: boolean): Bound {
  if (length === null || value.length <= length) return { value, exact: true };
  return { value: value.slice(0, utf8 ? characterBoundary(value, length) : length), exact: false };
}

/** The smallest upper bound of at most `length` bytes that a prefix gives; the whole value when there is none. */
export function truncateMax(value: Uint8Array, length: number | null, utf8: boolean): Bound {
  if (length === null || value.length <= length) return { value, exact: true };
  const bound = utf8
    ? incrementUtf8(value.slice(0, characterBoundary(value, length)))
    : incrementBytes(value.slice(0, length));
  return bound === null ? { value, exact: true } : { value: bound, exact: false };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The last character boundary at or before `length`. */
function characterBoundary(value: Uint8Array, length: number): number {
  let end = length;
  while (end > 0 && isContinuation(value[end])) end--;
  return end;
}

/** Increments the last byte that is not 0xFF, and drops what follows. */
function incrementBytes(prefix: Uint8Array): Uint8Array | null {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i]!;
    if (byte < 0xff) {
      prefix[i] = byte + 1;
      return prefix.slice(0, i + 1);
    }
  }
  return null;
}

/** Largest code point that UTF-8 writes in 1, 2, 3 and 4 bytes. */
const LARGEST_CODE_POINT = [0x7f, 0x7ff, 0xffff, 0x10ffff];

/** Increments the last character that can be without taking more bytes, and drops what follows. */
function incrementUtf8(prefix: Uint8Array): Uint8Array | null {
  let end = prefix.length;
  while (end > 0) {
    let start = end - 1;
    while (start > 0 && isContinuation(prefix[start])) start--;
    const character = new TextDecoder().decode(prefix.subarray(start, end)).codePointAt(0)!;
    // U+D800 to U+DFFF are surrogates, not characters.
    const next = character === 0xd7ff ? 0xe000 : character + 1;
    if (next <= LARGEST_CODE_POINT[end - start - 1]!) {
      const encoded = new TextEncoder().encode(String.fromCodePoint(next));
      const bound = new Uint8Array(start + encoded.length);
      bound.set(prefix.subarray(0, start));
      bound.set(encoded, start);
      return bound;
    }
    end = start;
  }
  return null;
}
