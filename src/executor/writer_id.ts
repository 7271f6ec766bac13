/** @module Numbers by which encoder hosts tell writers apart. */

let last = 0;

/** A number that no other writer of this process has. */
export function nextWriterId(): number {
  return ++last;
}
