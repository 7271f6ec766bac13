/**
 * What a page uses of its dictionary, in TypeScript.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

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
