/**
 * Bitmaps and levels, in TypeScript.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

/** Set bits of a 32-bit word. */
function popcount(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** See `Kernels.countSetBits`. */
export function countSetBits(
  memory: KernelMemory,
  bitmap: Pointer,
  bitOffset: number,
  n: number,
): number {
  if (n === 0) return 0;
  const { u8, i32 } = memory;
  const last = bitOffset + n - 1;
  let at = bitmap + Math.floor(bitOffset / 8);
  const lastByte = bitmap + Math.floor(last / 8);
  const headMask = (0xff << (bitOffset & 7)) & 0xff;
  const tailMask = 0xff >>> (7 - (last & 7));
  if (at === lastByte) return popcount(u8[at]! & headMask & tailMask);
  let count = popcount(u8[at++]! & headMask) + popcount(u8[lastByte]! & tailMask);
  while ((at & 3) !== 0 && at < lastByte) count += popcount(u8[at++]!);
  const words = at >>> 2;
  const wordsEnd = words + ((lastByte - at) >>> 2);
  if (at < lastByte) {
    for (let word = words; word < wordsEnd; word++) count += popcount(i32[word]!);
    for (at = wordsEnd << 2 >>> 0; at < lastByte; at++) count += popcount(u8[at]!);
  }
  return count;
}

/** See `Kernels.expandBits`. */
export function expandBits(
  memory: KernelMemory,
  bitmap: Pointer,
  bitOffset: number,
  n: number,
  dst: Pointer,
  whenClear: number,
  whenSet: number,
): number {
  const { u8 } = memory;
  const difference = whenSet - whenClear;
  let set = 0;
  let at = dst;
  // Eight at a time from bits that straddle two bytes.
  let byte = bitmap + Math.floor(bitOffset / 8);
  const shift = bitOffset & 7;
  for (const end = dst + n - 7; at < end; at += 8, byte++) {
    const bits = ((u8[byte]! | (u8[byte + 1]! << 8)) >>> shift) & 0xff;
    u8[at] = whenClear + difference * (bits & 1);
    u8[at + 1] = whenClear + difference * ((bits >>> 1) & 1);
    u8[at + 2] = whenClear + difference * ((bits >>> 2) & 1);
    u8[at + 3] = whenClear + difference * ((bits >>> 3) & 1);
    u8[at + 4] = whenClear + difference * ((bits >>> 4) & 1);
    u8[at + 5] = whenClear + difference * ((bits >>> 5) & 1);
    u8[at + 6] = whenClear + difference * ((bits >>> 6) & 1);
    u8[at + 7] = whenClear + difference * (bits >>> 7);
    set += popcount(bits);
  }
  const rest = ((u8[byte]! | (u8[byte + 1]! << 8)) >>> shift) & ((1 << (n & 7)) - 1);
  for (let k = 0; k < (n & 7); k++) u8[at + k] = whenClear + difference * ((rest >>> k) & 1);
  return set + popcount(rest);
}

/** See `Kernels.validityLevels`. */
export function validityLevels(
  memory: KernelMemory,
  def: Pointer,
  n: number,
  live: number,
  validity: Pointer,
  bitOffset: number,
  slots: Pointer,
  base: number,
  outSlots: Pointer,
): number {
  const { u8, i32 } = memory;
  let slotAt = slots >>> 2;
  let outAt = outSlots >>> 2;
  let next = base;
  let valid = 0;
  const end = def + n;
  for (let at = def; at < end; at++) {
    if (u8[at] !== live) continue;
    const slot = slots === 0 ? next++ : i32[slotAt++]!;
    const bit = bitOffset + slot;
    if (((u8[validity + (bit >>> 3)]! >>> (bit & 7)) & 1) === 0) continue;
    u8[at] = live + 1;
    valid++;
    if (outSlots !== 0) i32[outAt++] = slot;
  }
  return valid;
}

/** See `Kernels.listLevels`. */
export function listLevels(
  memory: KernelMemory,
  rep: Pointer,
  def: Pointer,
  n: number,
  live: number,
  slots: Pointer,
  base: number,
  validity: Pointer,
  bitOffset: number,
  offsets: Pointer,
  listSize: number,
  repLevel: number,
  itemLevel: number,
  outRep: Pointer,
  outDef: Pointer,
  outSlots: Pointer,
  result: Pointer,
): void {
  const { u8, i32 } = memory;
  const offsetsAt = offsets >>> 2;
  let slotAt = slots >>> 2;
  let next = base;
  let out = 0;
  let children = 0;
  let first = 0;
  let expected = 0;
  // While the children are one range their slots are not written; at the first gap those before it are.
  let unbroken = true;
  let outSlotAt = outSlots >>> 2;
  for (let entry = 0; entry < n; entry++) {
    const entryRep = rep === 0 ? 0 : u8[rep + entry]!;
    const entryDef = def === 0 ? live : u8[def + entry]!;
    if (entryDef !== live) {
      u8[outRep + out] = entryRep;
      u8[outDef + out++] = entryDef;
      continue;
    }
    const slot = slots === 0 ? next++ : i32[slotAt++]!;
    if (validity !== 0) {
      const bit = bitOffset + slot;
      if (((u8[validity + (bit >>> 3)]! >>> (bit & 7)) & 1) === 0) {
        u8[outRep + out] = entryRep;
        u8[outDef + out++] = live;
        continue;
      }
    }
    const from = offsets === 0 ? slot * listSize : i32[offsetsAt + slot]!;
    const to = offsets === 0 ? from + listSize : i32[offsetsAt + slot + 1]!;
    if (from === to) {
      u8[outRep + out] = entryRep;
      u8[outDef + out++] = itemLevel - 1;
      continue;
    }
    const length = to - from;
    if (children === 0) {
      first = from;
      expected = from;
    }
    if (unbroken && from !== expected) {
      unbroken = false;
      for (let child = 0; child < children; child++) i32[outSlotAt++] = first + child;
    }
    if (!unbroken) { for (let child = from; child < to; child++) i32[outSlotAt++] = child; }
    expected = to;
    children += length;
    u8[outRep + out] = entryRep;
    u8[outDef + out++] = itemLevel;
    for (let item = 1; item < length; item++) {
      u8[outRep + out] = repLevel;
      u8[outDef + out++] = itemLevel;
    }
  }
  const resultAt = result >>> 2;
  i32[resultAt] = out;
  i32[resultAt + 1] = children;
  i32[resultAt + 2] = unbroken ? 1 : 0;
  i32[resultAt + 3] = first;
}

/** See `Kernels.takeRows`. */
export function takeRows(
  memory: KernelMemory,
  rep: Pointer,
  def: Pointer,
  n: number,
  maxDef: number,
  maxRows: number,
  maxValues: number,
  result: Pointer,
): void {
  const { u8, i32 } = memory;
  let entries = 0;
  let rows = 0;
  let values = 0;
  if (rep === 0 && def === 0) {
    entries = rows = values = Math.max(0, Math.min(n, maxRows, maxValues));
  } else if (rep === 0) {
    const most = Math.min(n, maxRows);
    while (entries < most && values < maxValues) {
      if (u8[def + entries] === maxDef) values++;
      entries++;
    }
    rows = entries;
  } else {
    while (entries < n) {
      if (u8[rep + entries] === 0) {
        if (rows >= maxRows || values >= maxValues) break;
        rows++;
      }
      if (def === 0 || u8[def + entries] === maxDef) values++;
      entries++;
    }
  }
  const resultAt = result >>> 2;
  i32[resultAt] = entries;
  i32[resultAt + 1] = rows;
  i32[resultAt + 2] = values;
}

/** See `Kernels.histogram`. */
export function histogram(memory: KernelMemory, levels: Pointer, n: number, counts: Pointer): void {
  const { u8, u32 } = memory;
  const countsAt = counts >>> 2;
  const end = levels + n;
  let at = levels;
  while (at < end) {
    // Levels come in runs: one addition a run.
    const level = u8[at]!;
    const start = at++;
    while (at < end && u8[at] === level) at++;
    u32[countsAt + level]! += at - start;
  }
}

/** See `Kernels.raiseLevels`. */
export function raiseLevels(memory: KernelMemory, def: Pointer, n: number, live: number): void {
  const { u8 } = memory;
  for (let at = def, end = def + n; at < end; at++) if (u8[at] === live) u8[at] = live + 1;
}
