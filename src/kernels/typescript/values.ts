/**
 * Moving values: compaction, gathering, PLAIN byte arrays and booleans, in TypeScript.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

/** Byte arrays up to this length are copied in a loop, longer ones by `copyWithin`, whose call alone takes about 20 ns. */
const SHORT = 24;

/** See `Kernels.compact`. */
export function compact(
  memory: KernelMemory,
  src: Pointer,
  width: number,
  n: number,
  validity: Pointer,
  bitOffset: number,
  dst: Pointer,
): number {
  const { u8 } = memory;
  const view = width === 4 || width === 8 ? memory.i32 : width === 2 ? memory.u16 : u8;
  const shift = width === 4 || width === 8 ? 2 : width === 2 ? 1 : 0;
  const units = width === 8 ? 2 : width === 4 || width === 2 ? 1 : width;
  let from = src >>> shift;
  let to = dst >>> shift;
  let bit = bitOffset;
  for (let i = 0; i < n; i++, bit++) {
    if (((u8[validity + (bit >>> 3)]! >>> (bit & 7)) & 1) !== 0) {
      view[to] = view[from]!;
      for (let unit = 1; unit < units; unit++) view[to + unit] = view[from + unit]!;
      to += units;
    }
    from += units;
  }
  return (to - (dst >>> shift)) / units;
}

/** See `Kernels.gather`. */
export function gather(
  memory: KernelMemory,
  src: Pointer,
  width: number,
  indices: Pointer,
  n: number,
  dst: Pointer,
): void {
  const { u8, u16, i32, u32 } = memory;
  const indexAt = indices >>> 2;
  if (width === 4) {
    const from = src >>> 2;
    const to = dst >>> 2;
    for (let i = 0; i < n; i++) i32[to + i] = i32[from + u32[indexAt + i]!]!;
  } else if (width === 8) {
    const from = src >>> 2;
    let to = dst >>> 2;
    for (let i = 0; i < n; i++) {
      const at = from + u32[indexAt + i]! * 2;
      i32[to++] = i32[at]!;
      i32[to++] = i32[at + 1]!;
    }
  } else if (width === 2) {
    const from = src >>> 1;
    const to = dst >>> 1;
    for (let i = 0; i < n; i++) u16[to + i] = u16[from + u32[indexAt + i]!]!;
  } else {
    let to = dst;
    for (let i = 0; i < n; i++) {
      const at = src + u32[indexAt + i]! * width;
      for (let byte = 0; byte < width; byte++) u8[to++] = u8[at + byte]!;
    }
  }
}

/** See `Kernels.compactOffsets`. */
export function compactOffsets(
  memory: KernelMemory,
  offsets: Pointer,
  n: number,
  validity: Pointer,
  bitOffset: number,
  dst: Pointer,
): number {
  const { u8, i32 } = memory;
  const from = offsets >>> 2;
  let to = dst >>> 2;
  let before = i32[from]!;
  i32[to++] = before;
  let bit = bitOffset;
  for (let i = 1; i <= n; i++, bit++) {
    const end = i32[from + i]!;
    if (((u8[validity + (bit >>> 3)]! >>> (bit & 7)) & 1) !== 0) i32[to++] = end;
    else if (end !== before) return -1;
    before = end;
  }
  return to - (dst >>> 2) - 1;
}

/** See `Kernels.byteArraysLength`. */
export function byteArraysLength(
  memory: KernelMemory,
  offsets: Pointer,
  indices: Pointer,
  n: number,
): number {
  const { u32, i32 } = memory;
  const offsetsAt = offsets >>> 2;
  const indexAt = indices >>> 2;
  let length = 0;
  for (let i = 0; i < n; i++) {
    const index = offsetsAt + u32[indexAt + i]!;
    length += i32[index + 1]! - i32[index]!;
  }
  return length;
}

/** See `Kernels.gatherByteArrays`. */
export function gatherByteArrays(
  memory: KernelMemory,
  offsets: Pointer,
  data: Pointer,
  indices: Pointer,
  n: number,
  dstOffsets: Pointer,
  dstData: Pointer,
): void {
  const { u8, u32, i32 } = memory;
  const offsetsAt = offsets >>> 2;
  const indexAt = indices >>> 2;
  let outAt = dstOffsets >>> 2;
  let to = dstData;
  i32[outAt++] = 0;
  for (let i = 0; i < n; i++) {
    const index = offsetsAt + u32[indexAt + i]!;
    let from = data + i32[index]!;
    const end = data + i32[index + 1]!;
    if (end - from > SHORT) {
      u8.copyWithin(to, from, end);
      to += end - from;
    } else {
      while (from < end) u8[to++] = u8[from++]!;
    }
    i32[outAt++] = to - dstData;
  }
}

/** See `Kernels.setBitIndices`. */
export function setBitIndices(
  memory: KernelMemory,
  bitmap: Pointer,
  bitOffset: number,
  n: number,
  dst: Pointer,
): number {
  const { u8, u32 } = memory;
  let at = dst >>> 2;
  let bit = bitOffset;
  for (let i = 0; i < n; i++, bit++) {
    if (((u8[bitmap + (bit >>> 3)]! >>> (bit & 7)) & 1) !== 0) u32[at++] = i;
  }
  return at - (dst >>> 2);
}

/** See `Kernels.widen`. */
export function widen(
  memory: KernelMemory,
  src: Pointer,
  width: 1 | 2,
  signed: boolean,
  n: number,
  dst: Pointer,
): void {
  const { u8, u16, i32 } = memory;
  const to = dst >>> 2;
  const unused = signed ? 32 - width * 8 : 0;
  if (width === 1) {
    for (let i = 0; i < n; i++) i32[to + i] = (u8[src + i]! << unused) >> unused;
  } else {
    const from = src >>> 1;
    for (let i = 0; i < n; i++) i32[to + i] = (u16[from + i]! << unused) >> unused;
  }
}

/** See `Kernels.cutIntegers`. */
export function cutIntegers(
  { u8 }: KernelMemory,
  src: Pointer,
  slotWidth: number,
  n: number,
  dst: Pointer,
  valueWidth: number,
  bigEndian: boolean,
): void {
  for (let i = 0; i < n; i++) {
    const from = src + i * slotWidth;
    const to = dst + i * valueWidth;
    if (bigEndian) {
      for (let b = 0; b < valueWidth; b++) u8[to + valueWidth - 1 - b] = u8[from + b]!;
    } else for (let b = 0; b < valueWidth; b++) u8[to + b] = u8[from + b]!;
  }
}

/** See `Kernels.subtractFromOffsets`. */
export function subtractFromOffsets(
  { i32 }: KernelMemory,
  offsets: Pointer,
  n: number,
  base: number,
): void {
  for (let word = offsets >>> 2, end = word + n; word < end; word++) i32[word]! -= base;
}

/** See `Kernels.plainByteArrays`. */
export function plainByteArrays(
  memory: KernelMemory,
  offsets: Pointer,
  data: Pointer,
  n: number,
  dst: Pointer,
): number {
  const { u8, i32 } = memory;
  const offsetsAt = offsets >>> 2;
  let to = dst;
  let from = data + i32[offsetsAt]!;
  for (let i = 1; i <= n; i++) {
    const end = data + i32[offsetsAt + i]!;
    const length = end - from;
    u8[to] = length;
    u8[to + 1] = length >>> 8;
    u8[to + 2] = length >>> 16;
    u8[to + 3] = length >>> 24;
    to += 4;
    if (length > SHORT) {
      u8.copyWithin(to, from, end);
      to += length;
      from = end;
    } else {
      while (from < end) u8[to++] = u8[from++]!;
    }
  }
  return to - dst;
}

/** See `Kernels.plainEntries`. */
export function plainEntries(
  memory: KernelMemory,
  offsets: Pointer,
  data: Pointer,
  ids: Pointer,
  n: number,
  dst: Pointer,
): number {
  const { u32 } = memory;
  let to = dst;
  for (let i = ids >>> 2, end = i + n; i < end; i++) {
    to += plainByteArrays(memory, offsets + u32[i]! * 4, data, 1, to);
  }
  return to - dst;
}

/** See `Kernels.packBooleans`. */
export function packBooleans(memory: KernelMemory, src: Pointer, n: number, dst: Pointer): number {
  const { u8 } = memory;
  let from = src;
  let to = dst;
  for (const end = src + n - 7; from < end; from += 8) {
    u8[to++] = u8[from]! | (u8[from + 1]! << 1) | (u8[from + 2]! << 2) | (u8[from + 3]! << 3) |
      (u8[from + 4]! << 4) | (u8[from + 5]! << 5) | (u8[from + 6]! << 6) | (u8[from + 7]! << 7);
  }
  if ((n & 7) !== 0) {
    let bits = 0;
    for (let k = 0; k < (n & 7); k++) bits |= u8[from + k]! << k;
    u8[to++] = bits;
  }
  return to - dst;
}
