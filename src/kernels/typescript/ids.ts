/**
 * What a page uses of its dictionary, in TypeScript.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";
import { compareBytes } from "./statistics.ts";

/** See `Kernels.containsIds`. */
export function containsIds(
  memory: KernelMemory,
  ids: Pointer,
  n: number,
  first: number,
  second: number,
): boolean {
  const { u32 } = memory;
  const from = ids >>> 2;
  const end = from + n;
  let hasFirst = false;
  let hasSecond = false;
  for (let at = from; at < end; at++) {
    const id = u32[at]!;
    if (id === first) hasFirst = true;
    if (id === second) hasSecond = true;
    if (hasFirst && hasSecond) return true;
  }
  return false;
}

/** See `Kernels.usedIds`. */
export function usedIds(
  memory: KernelMemory,
  ids: Pointer,
  n: number,
  entries: number,
  marks: Pointer,
  dst: Pointer,
): number {
  const { u8, u32 } = memory;
  u8.fill(0, marks, marks + entries);
  const end = (ids >>> 2) + n;
  for (let at = ids >>> 2; at < end; at++) u8[marks + u32[at]!] = 1;
  let to = dst >>> 2;
  for (let id = 0; id < entries; id++) if (u8[marks + id] === 1) u32[to++] = id;
  return to - (dst >>> 2);
}

/** See `Kernels.prefixKeys`. */
export function prefixKeys(
  memory: KernelMemory,
  offsets: Pointer,
  data: Pointer,
  n: number,
  skip: number,
  dst: Pointer,
): void {
  const { u8, u32, i32 } = memory;
  const word = offsets >>> 2;
  for (let i = 0; i < n; i++) {
    const from = data + i32[word + i]! + skip;
    const end = data + i32[word + i + 1]!;
    let low = 0;
    let high = 0;
    for (let b = 0; b < 4; b++) high = (high << 8) | (from + b < end ? u8[from + b]! : 0);
    for (let b = 4; b < 8; b++) low = (low << 8) | (from + b < end ? u8[from + b]! : 0);
    u32[(dst >>> 2) + i * 2] = low;
    u32[(dst >>> 2) + i * 2 + 1] = high;
  }
}

/** See `Kernels.minMaxIds`. */
export function minMaxIds(
  memory: KernelMemory,
  ids: Pointer,
  n: number,
  keys: Pointer,
  offsets: Pointer,
  data: Pointer,
  result: Pointer,
): void {
  const { u8, u32, i32 } = memory;
  const start = ids >>> 2;
  const end = start + n;
  const keyWord = keys >>> 2;
  const offsetWord = offsets >>> 2;
  const compare = (left: number, right: number): number => {
    const leftFrom = i32[offsetWord + left]!;
    const rightFrom = i32[offsetWord + right]!;
    return compareBytes(
      u8,
      data + leftFrom,
      i32[offsetWord + left + 1]! - leftFrom,
      data + rightFrom,
      i32[offsetWord + right + 1]! - rightFrom,
    );
  };
  let least = u32[start]!;
  let leastLow = u32[keyWord + least * 2]!;
  let leastHigh = u32[keyWord + least * 2 + 1]!;
  let most = least;
  let mostLow = leastLow;
  let mostHigh = leastHigh;
  for (let at = start + 1; at < end; at++) {
    const id = u32[at]!;
    const high = u32[keyWord + id * 2 + 1]!;
    if (high > leastHigh && high < mostHigh) continue;
    const low = u32[keyWord + id * 2]!;
    const below = high !== leastHigh ? leastHigh - high : leastLow - low;
    if (below > 0 || (below === 0 && id !== least && compare(id, least) < 0)) {
      least = id;
      leastLow = low;
      leastHigh = high;
    }
    const above = high !== mostHigh ? high - mostHigh : low - mostLow;
    if (above > 0 || (above === 0 && id !== most && compare(id, most) > 0)) {
      most = id;
      mostLow = low;
      mostHigh = high;
    }
  }
  u32[result >>> 2] = least;
  u32[(result >>> 2) + 1] = most;
}
