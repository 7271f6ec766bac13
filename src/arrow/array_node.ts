/**
 * What the walk over a batch's arrays hands down from array to array.
 *
 * @module
 */

import type { LeafConversion } from "../schema/column_plan.ts";
import type { Allowance } from "./allowance.ts";
import type { BatchMemory } from "./batch_memory.ts";
import { isBitSet, nextSetBit } from "./bitmap.ts";
import type { Bitmap } from "./column_array.ts";
import type { KeptDictionaries } from "./kept_dictionaries.ts";
import type { AscendingCheck } from "../util/ascending_offsets.ts";
import type { RawArray } from "./raw_array.ts";
import type { Scope } from "./scope.ts";

/** What a column's values have to be besides what their type says: convertible, or well-known binary. */
export type ValueCheck = LeafConversion | "wkb";

/** What one walk over a batch keeps. */
export interface Tally {
  /** Bytes of buffers that the rows span, so far. */
  byteLength: number;
  /** What the batch may still cost. */
  readonly allowance: Allowance;
  /** Whether Date64 is going to be written as days. */
  readonly coerceTypes: boolean;
  /** What values have to be besides what their type says, by the path of the field. */
  readonly checks: ReadonlyMap<string, ValueCheck>;
  /** Copies of the caller's dictionaries; `null`: none are kept. */
  readonly kept: KeptDictionaries | null;
  /** How offsets are looked at. */
  readonly ascending: AscendingCheck;
  /** For what is needed no longer than the batch; `null`: fresh memory is. */
  readonly memory: BatchMemory | null;
}

/** An array in the walk. */
export interface Node {
  readonly raw: RawArray;
  readonly scope: Scope;
  /** First slot that is referred to. */
  readonly from: number;
  /** The slot after the last that is referred to. */
  readonly to: number;
  readonly tally: Tally;
}

/** Whether a slot is valid, by a bitmap that may be absent. */
export function isValid(validity: Bitmap | null, slot: number): boolean {
  return validity === null || isBitSet(validity, slot);
}

/** Whether a reader sees a value in the slot: it is valid, and so is all that encloses it. */
export function isPresent({ scope }: Node, validity: Bitmap | null, slot: number): boolean {
  return isValid(validity, slot) && scope.isLive(slot);
}

/** Bytes that a look at what encloses a slot counts as. */
const LOOK_BYTES = 32;

/** The first slot from `first` on, of those referred to, in which a reader sees a value; −1: none. */
export function firstPresent(node: Node, validity: Bitmap | null, first: number): number {
  const { scope, to, tally } = node;
  for (let slot = Math.max(first, node.from); slot < to; slot++) {
    if (validity !== null) slot = nextSetBit(validity, slot, to);
    if (slot === to) return -1;
    if (scope.isLive(slot)) return slot;
    tally.allowance.spend(LOOK_BYTES, scope.path);
  }
  return -1;
}

/** Counts bytes that the slots of an array span. */
export function count({ scope, tally }: Node, bytes: number): void {
  tally.byteLength += bytes;
  tally.allowance.spend(bytes, scope.path);
}
