/** @module Changes to bytes of which nothing is known. */

import type { Random } from "./random.ts";

const BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/** Changes a few bytes, in place. */
export function changeBytes(random: Random, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(bytes.length);
    switch (random.below(4)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1:
        bytes[at] = random.pick(BYTES);
        break;
      case 2:
        bytes[at]! += random.pick([-1, 1]);
        break;
      default: {
        // Bytes of elsewhere.
        const length = 1 + random.below(Math.min(16, bytes.length));
        const from = random.below(bytes.length - length + 1);
        bytes.copyWithin(Math.min(at, bytes.length - length), from, from + length);
      }
    }
  }
}

/** Changes, cuts or grows bytes; the original stays as it is. */
export function changedBytes(random: Random, original: Uint8Array): Uint8Array {
  const bytes = original.slice();
  if (!random.oneIn(8)) {
    changeBytes(random, bytes);
    return bytes;
  }
  const from = random.below(bytes.length + 1), to = from + random.below(bytes.length - from + 1);
  // A part left out, or there twice.
  const parts = random.oneIn(2)
    ? [bytes.subarray(0, from), bytes.subarray(to)]
    : [bytes.subarray(0, to), bytes.subarray(from)];
  const changed = new Uint8Array(parts[0]!.length + parts[1]!.length);
  changed.set(parts[0]!);
  changed.set(parts[1]!, parts[0]!.length);
  return changed;
}
