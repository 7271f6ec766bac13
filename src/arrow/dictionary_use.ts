/**
 * A dictionary as the slots of one array use it.
 *
 * @module
 */

import { InvalidBatchError, LimitError } from "../util/errors.ts";
import type { Allowance } from "./allowance.ts";
import { isValid } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import type { Bitmap, ColumnArray, DictionaryArray } from "./column_array.ts";
import { convertArray } from "./convert_array.ts";
import { longestValue } from "./plain_size.ts";
import type { RawArray } from "./raw_array.ts";
import { referredScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
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
  /** Whether they are in memory of our own. */
  readonly owned: boolean;
}

export type Entries = Omit<TakenEntries, keyof DictionaryKeys>;

/** What is asked for. */
export interface Use extends DictionaryKeys {
  readonly node: Node;
  readonly value: ArrowType;
  readonly validity: Bitmap | null;
  readonly count: number;
  readonly chunks: readonly RawArray[];
  /** Found once, when it is asked for. */
  used?: UsedByChunk;
}

/** Whether an error says that a value cannot be written. */
export function isRefusal(error: unknown): boolean {
  return error instanceof InvalidBatchError || error instanceof LimitError;
}

/** Entries as they were converted; `owned`: whether in memory of our own. */
export function entriesOf(array: ColumnArray, owned = false): Entries {
  const { shape } = array;
  if (shape !== "boolean" && shape !== "fixed" && shape !== "bytes") {
    return { array, dictionary: null, longest: 0, owned };
  }
  const dictionary = array.validity === null ? array : { ...array, validity: null };
  return { array, dictionary, longest: longestValue(dictionary), owned };
}

/** Bytes of all that chunks consist of. */
export function rawBytes(chunks: readonly RawArray[]): number {
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
export function convertChunk(
  { node, value }: Use,
  raw: RawArray,
  scope: Scope,
  allowance: Allowance = node.tally.allowance,
): ColumnArray {
  return convertArray({ type: value, nullable: true }, {
    raw,
    scope,
    from: 0,
    to: raw.length,
    // What the dictionary takes is not counted: rows span keys.
    tally: { ...node.tally, byteLength: 0, allowance, kept: null, memory: null },
  });
}

/** Entries are there for a reader as far as slots refer to them; their row is that of the first one that does. */
export function useScope({ node, keys, keysFrom, validity, count }: Use): Scope {
  const { scope, from, to } = node;
  return referredScope(scope, 0, count, (own) => {
    for (let slot = from; slot < to; slot++) {
      if (isValid(validity, slot)) own(keys[slot - keysFrom]!, slot);
    }
  });
}

/** The scope of entries that are `base` further on in another one. */
export function shifted(scope: Scope, base: number): Scope {
  return base === 0 ? scope : {
    path: scope.path,
    isLive: (entry) => scope.isLive(base + entry),
    row: (entry) => scope.row(base + entry),
  };
}

/** Some entries of one chunk. */
export interface ChunkPart {
  readonly chunk: number;
  /** Entries of the chunks before. */
  readonly base: number;
  /** Used entries of the chunks before. */
  readonly from: number;
  /** Positions within the chunk. */
  readonly slots: Int32Array;
}

export interface UsedByChunk {
  /** The entries that are used, chunk by chunk. */
  readonly used: Int32Array;
  /** Positions in `used`, from the node's first slot on. */
  readonly keys: Keys;
  /** Chunks of which something is used. */
  readonly parts: readonly ChunkPart[];
}

/** Finds the entries that are used. */
export function usedByChunk(use: Use): UsedByChunk {
  return use.used ??= findUsed(use);
}

function findUsed(use: Use): UsedByChunk {
  const { node: { from, to }, validity, count } = use;
  const lengths = use.chunks.map(({ length }) => length);
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
