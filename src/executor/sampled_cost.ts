/**
 * What a column is likely to cost, as a few of its values say: before anything was encoded, nothing else tells columns apart whose
 * values repeat, and become ids, from those whose every byte goes through the codec.
 *
 * @module
 */

import type { ColumnArray, LeafArray } from "../arrow/column_array.ts";
import { childOf, slotOfChild } from "../column/segment_writer.ts";
import type { CompressionName } from "../schema/column_properties.ts";
import type { ColumnPlan, PhysicalType } from "../schema/column_plan.ts";

/** Values that are looked at. */
const SAMPLE = 512;
/** Of these, how many must have been seen before for a dictionary to be expected: so it is with 1/8 of some 65,000 values. */
const FEW_REPEATS = 2;
/** Bytes of a byte string that are looked at. */
const MOST_BYTES = 64;

/**
 * Nanoseconds, as measured with Node 26.10: of a slot, whatever is in it; of an entry of a list or a struct; of a value that is looked up
 * in a dictionary, of fixed width or not; of a key of an Arrow dictionary; of a value for which a dictionary is tried in vain; of a byte
 * that is copied, and looked at for bounds and checksums.
 */
const SLOT = 0.3, LEVEL = 3, FIXED_ENTRY = 4, BYTES_ENTRY = 6, KEY = 1.5, TRIED = 8, BYTE = 0.5;
/** Nanoseconds of a byte, in a codec. */
const CODEC: Readonly<Record<CompressionName, number>> = {
  uncompressed: 0,
  snappy: 0.7,
  lz4_raw: 0.7,
  zstd: 3,
  gzip: 20,
  brotli: 15,
};
/** Bytes of a value, where that is not the width of its slot. */
const WIDTHS: Partial<Record<PhysicalType, number>> = { INT32: 4, INT64: 8 };
/** Bytes of an id in what a codec is given. */
const ID_BYTES = 1;

/**
 * Milliseconds that rows [from, to) of a top-level column are expected to take to encode, for one of its leaves.
 *
 * @param plan Of the leaf.
 */
export function sampledCost(
  plan: ColumnPlan,
  array: ColumnArray,
  from: number,
  to: number,
): number {
  let node = array, first = from, end = to, levels = 0;
  for (const at of plan.nodes) {
    levels += end - first;
    first = slotOfChild(node, first);
    end = slotOfChild(node, end);
    node = childOf(node, at);
  }
  const nanoseconds = levels * LEVEL + leafCost(plan, node as LeafArray, first, end);
  return nanoseconds * 1e-6;
}

function leafCost(plan: ColumnPlan, leaf: LeafArray, from: number, to: number): number {
  const { dictionaryEnabled, compression } = plan.properties;
  const slots = to - from;
  const codec = CODEC[compression];
  const ids = ID_BYTES * codec;
  const tried = dictionaryEnabled ? TRIED : SLOT;
  switch (leaf.shape) {
    case "null":
      return slots * SLOT;
    case "boolean":
      return slots * (SLOT + codec / 8);
    case "dictionary":
      return slots * (KEY + ids);
    case "fixed": {
      const { values, width } = leaf;
      const asIds = dictionaryEnabled &&
        repeats(from, to, (slot) => hash(values, slot * width, (slot + 1) * width));
      if (asIds) return slots * (FIXED_ENTRY + ids);
      return slots * (tried + (WIDTHS[plan.physicalType] ?? width) * (BYTE + codec));
    }
    case "bytes": {
      const { offsets } = leaf;
      const bytes = Number(offsets[to] ?? 0) - Number(offsets[from] ?? 0);
      const data = leaf.copyTo === undefined ? leaf.data : null;
      const asIds = dictionaryEnabled && data !== null && repeats(from, to, (slot) => {
        const at = Number(offsets[slot] ?? 0);
        return hash(data, at, Math.min(Number(offsets[slot + 1] ?? 0), at + MOST_BYTES));
      });
      if (asIds) return slots * (BYTES_ENTRY + ids);
      return slots * tried + bytes * (BYTE + codec);
    }
  }
}

/** Whether values of slots [from, to) that are far from each other are the same now and then. */
function repeats(from: number, to: number, valueOf: (slot: number) => number): boolean {
  const seen = new Set<number>();
  const step = Math.max(1, (to - from) / SAMPLE);
  let looked = 0;
  for (let slot = from; slot < to; slot += step) {
    seen.add(valueOf(Math.floor(slot)));
    looked++;
  }
  return looked - seen.size >= FEW_REPEATS;
}

/** FNV-1a of bytes [from, to). */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let h = 0x811c9dc5 | 0;
  for (let i = from; i < to; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return h;
}
