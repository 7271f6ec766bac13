/**
 * The entries of a dictionary, as far as a batch needs them.
 *
 * Dictionaries are shared by many batches, and what a batch costs must depend on its rows, not on the dictionary. Two cases:
 *
 * - Entries in the caller's memory may be other ones at the next batch, whatever object they are in. They are taken with the
 *   batch: those that its keys use, copied, then checked; all of them where they are hardly more than the rows.
 * - Entries in memory of our own (IPC) never change. They are converted and checked once, and handed on as the same object, by
 *   which later stages know them.
 *
 * What no key uses is neither checked nor written.
 *
 * @module
 */

import { InvalidBatchError, LimitError } from "../util/errors.ts";
import { isValid } from "./array_node.ts";
import type { Node, Tally } from "./array_node.ts";
import type { Bitmap, ColumnArray, DictionaryArray } from "./column_array.ts";
import { concat } from "./concat.ts";
import { convertArray } from "./convert_array.ts";
import { longestValue } from "./plain_size.ts";
import { rawArray } from "./raw_array.ts";
import type { RawArray, RawDictionary } from "./raw_array.ts";
import { isSameType } from "./same_type.ts";
import { referredScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { take } from "./take.ts";
import { takeRaw } from "./take_raw.ts";
import type { ArrowType } from "./types.ts";
import { type Keys, usedEntries } from "./used_entries.ts";

/** Keys of the slots from `keysFrom` on. */
export interface DictionaryKeys {
  readonly keys: Keys;
  readonly keysFrom: number;
}

/** Entries, and keys that refer to them. */
export interface TakenEntries extends DictionaryKeys {
  /** The entries with their nulls. */
  readonly array: ColumnArray;
  /** The same without, as they travel; `null` where they are not of a shape that travels. */
  readonly dictionary: DictionaryArray["dictionary"] | null;
  /** Bytes of the longest entry; 0 where they do not travel. */
  readonly longest: number;
}

type Entries = Omit<TakenEntries, keyof DictionaryKeys>;

/** Bytes of a dictionary that are worth a look for one slot, and for none. */
const BYTES_PER_SLOT = 64, FREE_BYTES = 4096;

/** How a chunk was converted that never changes; `null`: it was refused. */
interface Converted {
  readonly type: ArrowType;
  readonly coerceTypes: boolean;
  readonly checks: Tally["checks"];
  readonly path: string;
  readonly entries: Entries | null;
}

/** By chunk, which is ours. */
const converted = new WeakMap<RawArray, Converted>();

/** Several chunks as one, and how many slots were served without it. */
interface Joined {
  readonly chunks: readonly Entries[];
  entries: Entries | null;
  slots: number;
}

/** By dictionary: one that grows is another one each time. */
const joined = new WeakMap<RawDictionary, Joined>();

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
  const use: Use = { node, value, ...keys, validity, count, chunks };
  if (dictionary?.owned === true) {
    const owned = chunks.map((chunk) => convertOwned(use, chunk));
    if (owned.every((entries) => entries !== null)) return takeOwned(use, dictionary, owned);
  } else if (rawBytes(chunks) <= FREE_BYTES + BYTES_PER_SLOT * (to - from)) {
    try {
      return { ...keys, ...convertAll(use) };
    } catch (error) {
      // Something may be wrong with what no key uses.
      if (!isRefusal(error)) throw error;
    }
  }
  return takeUsed(use);
}

/** What is asked for. */
interface Use extends DictionaryKeys {
  readonly node: Node;
  readonly value: ArrowType;
  readonly validity: Bitmap | null;
  readonly count: number;
  readonly chunks: readonly RawArray[];
}

function isRefusal(error: unknown): boolean {
  return error instanceof InvalidBatchError || error instanceof LimitError;
}

function entriesOf(array: ColumnArray): Entries {
  const { shape } = array;
  if (shape !== "boolean" && shape !== "fixed" && shape !== "bytes") {
    return { array, dictionary: null, longest: 0 };
  }
  const dictionary = array.validity === null ? array : { ...array, validity: null };
  return { array, dictionary, longest: longestValue(dictionary) };
}

/** Bytes of all that chunks consist of. */
function rawBytes(chunks: readonly RawArray[]): number {
  let bytes = 0;
  for (const chunk of chunks) {
    bytes += (chunk.validity?.length ?? 0) + (chunk.values?.length ?? 0) +
      (chunk.offsets?.length ?? 0) + (chunk.sizes?.length ?? 0) + rawBytes(chunk.children);
    for (const { length } of chunk.variadic) bytes += length;
    if (chunk.dictionary !== null) bytes += rawBytes(chunk.dictionary.chunks);
  }
  return bytes;
}

/** Converts a chunk, of which the entries count that are live in `scope`. */
function convertChunk({ node, value }: Use, raw: RawArray, scope: Scope): ColumnArray {
  const { allowance, coerceTypes, checks } = node.tally;
  return convertArray({ type: value, nullable: true }, {
    raw,
    scope,
    from: 0,
    to: raw.length,
    // What the dictionary takes is not counted: rows span keys.
    tally: { byteLength: 0, allowance, coerceTypes, checks },
  });
}

/** Entries are there for a reader as far as slots refer to them; their row is that of the first one that does. */
function useScope({ node, keys, keysFrom, validity, count }: Use): Scope {
  const { scope, from, to } = node;
  return referredScope(scope, 0, count, (own) => {
    for (let slot = from; slot < to; slot++) {
      if (isValid(validity, slot)) own(keys[slot - keysFrom]!, slot);
    }
  });
}

/** The scope of entries that are `base` further on in another one. */
function shifted(scope: Scope, base: number): Scope {
  return base === 0 ? scope : {
    path: scope.path,
    isLive: (entry) => scope.isLive(base + entry),
    row: (entry) => scope.row(base + entry),
  };
}

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

// --- entries that are used ------------------------------------------------------------------------------------------

/** Copies the entries that are used, chunk by chunk, and checks them. */
function takeUsed(use: Use): TakenEntries {
  const { node, value, chunks } = use;
  const { allowance } = node.tally;
  const { used, keys, parts } = usedByChunk(use, chunks.map((chunk) => chunk.length));
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

/** Some entries of one chunk. */
interface ChunkPart {
  readonly chunk: number;
  /** Entries of the chunks before. */
  readonly base: number;
  /** Used entries of the chunks before. */
  readonly from: number;
  /** Positions within the chunk. */
  readonly slots: Int32Array;
}

interface UsedByChunk {
  /** The entries that are used, chunk by chunk. */
  readonly used: Int32Array;
  /** Positions in `used`, from the node's first slot on. */
  readonly keys: Keys;
  /** Chunks of which something is used. */
  readonly parts: readonly ChunkPart[];
}

function usedByChunk(use: Use, lengths: readonly number[]): UsedByChunk {
  const { node: { from, to }, validity, count } = use;
  const { entries, keys } = usedEntries(use.keys, use.keysFrom, validity, from, to, count);
  if (lengths.length === 1) {
    const part = { chunk: 0, base: 0, from: 0, slots: entries };
    return { used: entries, keys, parts: entries.length === 0 ? [] : [part] };
  }
  const order = Uint32Array.from(entries, (_, i) => i).sort((a, b) => entries[a]! - entries[b]!);
  const used = Int32Array.from(order, (i) => entries[i]!);
  const position = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) position[order[i]!] = i;
  for (let i = 0; i < keys.length; i++) {
    if (isValid(validity, from + i)) keys[i] = position[keys[i]!]!;
  }
  const parts: ChunkPart[] = [];
  let base = 0, first = 0;
  for (let chunk = 0; chunk < lengths.length && first < used.length; chunk++) {
    const end = base + lengths[chunk]!;
    let next = first;
    while (next < used.length && used[next]! < end) next++;
    if (next > first) {
      const slots = used.slice(first, next);
      for (let i = 0; i < slots.length; i++) slots[i]! -= base;
      parts.push({ chunk, base, from: first, slots });
    }
    base = end;
    first = next;
  }
  return { used, keys, parts };
}

// --- entries that never change --------------------------------------------------------------------------------------

/** Converts a chunk of ours once; `null` where not all of it can be written. */
function convertOwned(use: Use, chunk: RawArray): Entries | null {
  const { node: { scope, tally: { coerceTypes, checks } }, value } = use;
  const before = converted.get(chunk);
  if (
    before !== undefined && before.coerceTypes === coerceTypes && before.checks === checks &&
    (checks.size === 0 || before.path === scope.path) && isSameDeepType(before.type, value)
  ) return before.entries;
  let entries: Entries | null = null;
  try {
    entries = entriesOf(convertChunk(use, chunk, { ...scope, isLive: () => true, row: () => -1 }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  converted.set(chunk, { type: value, coerceTypes, checks, path: scope.path, entries });
  return entries;
}

/**
 * One chunk as it is. Several as one only when as many slots have asked for it as there are entries: a dictionary that grows
 * with each batch is never joined, one that stays is joined once.
 */
function takeOwned(use: Use, dictionary: RawDictionary, chunks: readonly Entries[]): TakenEntries {
  const { node, keys, keysFrom, count } = use;
  if (chunks.length === 1) return { keys, keysFrom, ...chunks[0]! };
  const { from, to, scope, tally: { allowance } } = node;
  let whole = joined.get(dictionary);
  if (whole === undefined || whole.chunks.some((entries, i) => entries !== chunks[i])) {
    joined.set(dictionary, whole = { chunks, entries: null, slots: 0 });
  }
  whole.slots += to - from;
  if (whole.entries === null && whole.slots >= count) {
    whole.entries = entriesOf(concat(chunks.map(({ array }) => array), scope.path, allowance));
  }
  if (whole.entries !== null) return { keys, keysFrom, ...whole.entries };
  const { keys: taken, parts } = usedByChunk(use, use.chunks.map(({ length }) => length));
  const arrays = parts.map(({ chunk, slots }) =>
    take(chunks[chunk]!.array, slots, scope.path, allowance)
  );
  if (arrays.length === 0) arrays.push(take(chunks[0]!.array, new Int32Array(0), scope.path));
  return { keys: taken, keysFrom: from, ...entriesOf(concat(arrays, scope.path, allowance)) };
}

/** All the way down: whoever shares a dictionary shares its type, so this is one comparison of references in general. */
function isSameDeepType(a: ArrowType, b: ArrowType): boolean {
  return a === b || isSameType(a, b) && !("child" in a) && !("children" in a) &&
      a.kind !== "dictionary" && a.kind !== "runEndEncoded";
}
