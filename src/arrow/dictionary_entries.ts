/**
 * The entries of a dictionary, as far as a batch needs them.
 *
 * Dictionaries are shared by many batches, and what a batch costs must depend on its rows, not on the dictionary. Two cases:
 *
 * - Entries in the caller's memory may be other ones at the next batch, whatever object they are in. They are taken with the
 *   batch: those that its keys use, copied, then checked; all of them where they are hardly more than the rows. Of dictionaries
 *   that come again and again a copy is kept, and what the batch uses is compared with it.
 * - Entries in memory of our own (IPC, and such copies) never change. They are converted and checked once, and handed on as the
 *   same object, by which later stages know them.
 *
 * What no key uses is neither checked nor written.
 *
 * @module
 */

import { DEFAULT_INPUT_LIMITS } from "../util/input_limits.ts";
import { Allowance } from "./allowance.ts";
import { isValid } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import type { Bitmap } from "./column_array.ts";
import { concat } from "./concat.ts";
import {
  convertChunk,
  type DictionaryKeys,
  type Entries,
  entriesOf,
  isRefusal,
  rawBytes,
  shifted,
  type TakenEntries,
  type Use,
  usedByChunk,
  useScope,
} from "./dictionary_use.ts";
import { assertDictionaryNullCounts } from "./null_count.ts";
import { takeOwned } from "./owned_dictionary.ts";
import { ownCopies, rawArray } from "./raw_array.ts";
import type { RawDictionary } from "./raw_array.ts";
import { isComparable, isSameAtOnce, isSameSlots } from "./same_entries.ts";
import type { Scope } from "./scope.ts";
import { take } from "./take.ts";
import { takeRaw } from "./take_raw.ts";
import type { ArrowType } from "./types.ts";

/** Bytes of a dictionary that are worth a look for one slot, and for none. */
const BYTES_PER_SLOT = 64, FREE_BYTES = 4096;
/**
 * The same of one that is compared with its copy: as a whole, 1.4 MB take 0.09 ms on Node 26.10, entry by entry 0.02 µs each.
 */
const COMPARED_BYTES_PER_SLOT = 256;
/** What taking all of a dictionary costs, where taking some of its entries one by one costs 1 a byte. */
const SMALL_PRICE = 1 / 8;
/** Copies that are kept are bounded by themselves, and serve more than the batch that they are made with. */
const FREE = new Allowance(
  { ...DEFAULT_INPUT_LIMITS, maxBatchBytes: Infinity, maxPlainBytes: Infinity },
  () => 0,
);
/** Bytes of an entry that is short, its offset included. */
const SHORT_BYTES = 64;
/** Bytes that a slot counts as whose value is spread out. */
const SPREAD_BYTES = 16;

/**
 * Converts the entries that the slots of a dictionary array refer to.
 *
 * @param value Type of the entries.
 * @param keys Checked: those of valid slots are below `count`.
 * @param count Entries of the dictionary.
 * @throws {InvalidBatchError | LimitError} When an entry that is used, in a slot that a reader sees, cannot be written. The row
 * is that of its first use.
 */
export function convertEntries(
  node: Node,
  value: ArrowType,
  keys: DictionaryKeys,
  validity: Bitmap | null,
  count: number,
): TakenEntries {
  const { raw: { dictionary }, from, to } = node;
  const chunks = dictionary === null || dictionary.chunks.length === 0
    ? [rawArray({ length: 0 })]
    : dictionary.chunks;
  if (dictionary !== null) assertDictionaryNullCounts(dictionary, node.scope);
  const use: Use = { node, value, ...keys, validity, count, chunks };
  if (dictionary?.owned === true) return takeOwned(use, dictionary) ?? takeUsed(use);
  const bytes = rawBytes(chunks);
  const small = bytes <= FREE_BYTES + BYTES_PER_SLOT * (to - from);
  const kept = node.tally.kept;
  if (kept === null || dictionary?.identity === undefined || !isComparable(value)) {
    return takeCallers(use, small);
  }
  const known = kept.of(dictionary.identity);
  if (known.copy !== null) {
    const all = bytes <= FREE_BYTES + COMPARED_BYTES_PER_SLOT * (to - from);
    if (!(kept.steady ? isAsLong : isSame)(use, known.copy, all, bytes)) kept.outdate(known);
  }
  if (known.copy === null) {
    // Most of it at once is as dear as all of it.
    if (!small && usedByChunk(use).used.length * 2 >= count) known.takenBytes = bytes;
    if (kept.isWorthCopying(known, bytes)) {
      kept.keep(known, { owned: true, chunks: ownCopies(chunks) }, bytes);
    }
  }
  if (known.copy !== null) {
    const taken = takeOwned({ ...use, chunks: known.copy.chunks }, known.copy, FREE);
    if (taken !== null) return taken;
    kept.outdate(known);
    kept.refuse(known);
  }
  const taken = takeCallers(use, small);
  known.takenBytes += small ? bytes * SMALL_PRICE : takenBytes(taken, to - from);
  return taken;
}

/** Bytes that were copied, and checked, for a batch. */
function takenBytes({ array, dictionary }: TakenEntries, slots: number): number {
  if (dictionary === null) return slots * SPREAD_BYTES;
  if (dictionary.shape === "bytes") return dictionary.data.length + array.length * 4;
  return dictionary.shape === "fixed" ? dictionary.values.length : array.length / 8;
}

/** Takes entries that may be others by the next batch. */
function takeCallers(use: Use, small: boolean): TakenEntries {
  if (small) {
    const { keys, keysFrom } = use;
    try {
      return { keys, keysFrom, ...convertAll(use) };
    } catch (error) {
      // Something may be wrong with what no key uses.
      if (!isRefusal(error)) throw error;
    }
  }
  return takeUsed(use);
}

// --- copies that are kept -------------------------------------------------------------------------------------------

/** Whether the entries that are used are as they were; all of them, where that is faster to say. */
function isSame(use: Use, copy: RawDictionary, all: boolean, bytes: number): boolean {
  const { value, chunks, count } = use;
  if (copy.chunks.length !== chunks.length) return false;
  if (all && chunks.every((raw, i) => isSameAtOnce(raw, copy.chunks[i]!))) return true;
  const only = chunks.length === 1 ? chunks[0]! : null;
  if (only !== null && bytes <= count * SHORT_BYTES) {
    // Few are used twice, and to compare some of those twice takes less time than to find them.
    return isSameSlots(value, only, copy.chunks[0]!, usedSlots(use));
  }
  const { parts } = usedByChunk(use);
  return parts.every(({ chunk, slots }) =>
    isSameSlots(value, chunks[chunk]!, copy.chunks[chunk]!, slots)
  );
}

/** Whether there are as many entries as there were: keys were checked by that. */
function isAsLong({ chunks }: Use, copy: RawDictionary): boolean {
  return copy.chunks.length === chunks.length &&
    copy.chunks.every(({ length }, i) => length === chunks[i]!.length);
}

/** The key of each slot that has one. */
function usedSlots({ node: { from, to }, keys, keysFrom, validity }: Use): Int32Array {
  const own = keys.subarray(from - keysFrom, to - keysFrom);
  if (validity === null && own instanceof Uint32Array) {
    return new Int32Array(own.buffer, own.byteOffset, own.length);
  }
  const slots = new Int32Array(own);
  if (validity === null) return slots;
  let used = 0;
  for (let slot = from; slot < to; slot++) {
    if (isValid(validity, slot)) slots[used++] = slots[slot - from]!;
  }
  return slots.subarray(0, used);
}

// --- entries as they are now ----------------------------------------------------------------------------------------

/** All entries, as views where that is possible. */
function convertAll(use: Use): Entries {
  const scope = useScope(use);
  let base = 0;
  const arrays = use.chunks.map((chunk) => {
    const array = convertChunk(use, chunk, shifted(scope, base));
    base += chunk.length;
    return array;
  });
  return entriesOf(concat(arrays, scope.path, use.node.tally.allowance));
}

/** Copies the entries that are used, chunk by chunk, and checks them. */
function takeUsed(use: Use): TakenEntries {
  const { node, value, chunks } = use;
  const { allowance } = node.tally;
  const { used, keys, parts } = usedByChunk(use);
  const all = useScope(use);
  const scope: Scope = {
    path: all.path,
    isLive: (entry) => all.isLive(used[entry]!),
    row: (entry) => all.row(used[entry]!),
  };
  const arrays = parts.map(({ chunk, base, from, slots }) => {
    const raw = chunks[chunk]!;
    const taken = takeRaw(value, raw, slots, allowance, all.path);
    if (taken !== null) return convertChunk(use, taken, shifted(scope, from));
    return take(convertChunk(use, raw, shifted(all, base)), slots, all.path, allowance);
  });
  if (arrays.length === 0) arrays.push(convertChunk(use, rawArray({ length: 0 }), scope));
  return { keys, keysFrom: node.from, ...entriesOf(concat(arrays, all.path, allowance)) };
}
