/**
 * What DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY make of byte arrays before lengths are packed, in TypeScript.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

/** Rests up to this length are copied in a loop, longer ones by `copyWithin`, whose call alone takes about 20 ns. */
const SHORT = 24;

/** See `Kernels.byteArrayLengths`. */
export function byteArrayLengths(
  memory: KernelMemory,
  offsets: Pointer,
  n: number,
  dst: Pointer,
): void {
  const { i32 } = memory;
  const from = offsets >>> 2;
  const to = dst >>> 2;
  let before = i32[from]!;
  for (let i = 0; i < n; i++) {
    const end = i32[from + i + 1]!;
    i32[to + i] = end - before;
    before = end;
  }
}

/** See `Kernels.splitPrefixes`. */
export function splitPrefixes(
  memory: KernelMemory,
  offsets: Pointer,
  data: Pointer,
  width: number,
  n: number,
  previous: Pointer,
  previousLength: number,
  prefixes: Pointer,
  rests: Pointer,
  dst: Pointer,
): number {
  const { u8, i32 } = memory;
  const offsetsAt = offsets >>> 2;
  const prefixesAt = prefixes >>> 2;
  const restsAt = rests >>> 2;
  let to = dst;
  let before = previous;
  let beforeLength = previousLength;
  let from = offsets === 0 ? data : data + i32[offsetsAt]!;
  for (let i = 0; i < n; i++) {
    const end = offsets === 0 ? from + width : data + i32[offsetsAt + i + 1]!;
    const length = end - from;
    const most = length < beforeLength ? length : beforeLength;
    let prefix = 0;
    while (prefix < most && u8[before + prefix] === u8[from + prefix]) prefix++;
    i32[prefixesAt + i] = prefix;
    i32[restsAt + i] = length - prefix;
    before = from;
    beforeLength = length;
    from += prefix;
    if (end - from > SHORT) {
      u8.copyWithin(to, from, end);
      to += end - from;
      from = end;
    } else {
      while (from < end) u8[to++] = u8[from++]!;
    }
  }
  return to - dst;
}
