/**
 * Content-defined chunking, in TypeScript.
 *
 * A gear hash, with one step an entry: shifted left by one bit at each, it has forgotten an entry after 32 more, so that the
 * same 32 entries give the same hash wherever they are.
 *
 * @module
 */

import { BYTES, DUE, HASH, LIKELY, MAX, MIDDLE, MIN, RARE, ROW } from "../content_chunker_state.ts";
import type { KernelMemory, Pointer } from "../kernels.ts";

/** See `Kernels.contentBoundary`. */
export function contentBoundary(
  memory: KernelMemory,
  state: Pointer,
  rep: Pointer,
  def: Pointer,
  n: number,
  maxDef: number,
  hashes: Pointer,
  sizes: Pointer,
  width: number,
  result: Pointer,
): void {
  const { u8, u32, f64 } = memory;
  const min = f64[(state + MIN) >>> 3]!;
  const middle = f64[(state + MIDDLE) >>> 3]!;
  const max = f64[(state + MAX) >>> 3]!;
  const rare = f64[(state + RARE) >>> 3]!;
  const likely = f64[(state + LIKELY) >>> 3]!;
  const row = f64[(state + ROW) >>> 3]!;
  const levelBytes = (rep === 0 ? 0 : 1) + (def === 0 ? 0 : 1);
  const hashWord = hashes >>> 2;
  const sizeWord = sizes >>> 2;
  let hash = u32[(state + HASH) >>> 2]! | 0;
  let due = u32[(state + DUE) >>> 2]!;
  let bytes = f64[(state + BYTES) >>> 3]!;
  let values = 0;
  let cut = 0;
  let i = 0;
  for (; i < n; i++) {
    const repetition = rep === 0 ? 0 : u8[rep + i]!;
    if (due !== 0 && repetition === 0) {
      due = 0;
      bytes = 0;
      cut = 1;
      break;
    }
    const definition = def === 0 ? maxDef : u8[def + i]!;
    let mixed = Math.imul((repetition << 8) | definition, 0x9e3779b1);
    let size = levelBytes;
    if (definition === maxDef) {
      mixed ^= u32[hashWord + values]!;
      size += sizes === 0 ? width : u32[sizeWord + values]!;
      values++;
    }
    if (repetition === 0 && size < row) size = row;
    hash = ((hash << 1) + mixed) | 0;
    bytes += size;
    if (bytes >= min) {
      if (bytes >= max || (hash >>> 0) < size * (bytes < middle ? rare : likely)) due = 1;
    }
  }
  u32[(state + HASH) >>> 2] = hash;
  u32[(state + DUE) >>> 2] = due;
  f64[(state + BYTES) >>> 3] = bytes;
  const word = result >>> 2;
  u32[word] = i;
  u32[word + 1] = values;
  u32[word + 2] = cut;
}
