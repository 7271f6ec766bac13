/** @module Looks for values that are more than once in a dictionary. */

import type { DecodedValues } from "../decoded_page.ts";
import type { Report } from "./page_fault.ts";

/** Slots looked at for each value, on average, beyond which values were chosen to collide. */
const MAX_PROBES = 32;

/** Reports values that are more than once in a dictionary. */
export function reportDuplicates(values: DecodedValues, report: Report): void {
  if (values.count < 2) return;
  const { pairs, first, second } = byHash(values) ?? bySorting(values);
  if (pairs === 0) return;
  const more = pairs === 1 ? "" : ` (and ${pairs - 1} more)`;
  report("dictionary-duplicate", `Entries ${first} and ${second} are the same value${more}`);
}

interface Duplicates {
  readonly pairs: number;
  readonly first: number;
  readonly second: number;
}

/** `null`: gave up. */
function byHash({ bytes, offsets, count }: DecodedValues): Duplicates | null {
  const width = bytes.length / count;
  const table = new Int32Array(2 << (32 - Math.clz32(count))).fill(-1);
  const mask = table.length - 1;
  let pairs = 0, first = -1, second = -1, probes = MAX_PROBES * count;
  for (let i = 0; i < count; i++) {
    const start = offsets === null ? i * width : offsets[i]!;
    const length = offsets === null ? width : offsets[i + 1]! - start;
    let hash = length;
    for (let k = start; k < start + length; k++) hash = Math.imul(hash ^ bytes[k]!, 0x9e3779b1);
    hash ^= hash >>> 15;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const other = table[slot]!;
      if (other === -1) {
        table[slot] = i;
        break;
      }
      const from = offsets === null ? other * width : offsets[other]!;
      const otherLength = offsets === null ? width : offsets[other + 1]! - from;
      if (otherLength === length && isSame(bytes, from, start, length)) {
        if (pairs++ === 0) [first, second] = [other, i];
        break;
      }
      if (--probes === 0) return null;
    }
  }
  return { pairs, first, second };
}

function isSame(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

/** Slower, whatever the values are. */
function bySorting({ bytes, offsets, count }: DecodedValues): Duplicates {
  const width = bytes.length / count;
  const startOf = (i: number) => offsets === null ? i * width : offsets[i]!;
  const compare = (i: number, j: number) => {
    const a = startOf(i), b = startOf(j);
    const aLength = startOf(i + 1) - a, bLength = startOf(j + 1) - b;
    for (let k = 0; k < aLength && k < bLength; k++) {
      const difference = bytes[a + k]! - bytes[b + k]!;
      if (difference !== 0) return difference;
    }
    return aLength - bLength;
  };
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(compare);
  let pairs = 0, first = -1, second = -1;
  for (let i = 1; i < count; i++) {
    if (compare(order[i - 1]!, order[i]!) !== 0) continue;
    if (pairs++ === 0) [first, second] = [order[i - 1]!, order[i]!];
  }
  return { pairs, first, second };
}
