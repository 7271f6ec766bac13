/**
 * Dictionaries in memory of our own, as IPC brings them: they never change, so they are converted and checked once, and handed
 * on as the same object, by which later stages know them.
 *
 * @module
 */

import type { Allowance } from "./allowance.ts";
import type { Tally } from "./array_node.ts";
import { concat } from "./concat.ts";
import {
  convertChunk,
  type Entries,
  entriesOf,
  isRefusal,
  type TakenEntries,
  type Use,
  usedByChunk,
} from "./dictionary_use.ts";
import type { RawArray, RawDictionary } from "./raw_array.ts";
import { isSameType } from "./same_type.ts";
import { take } from "./take.ts";
import type { ArrowType } from "./types.ts";

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

/** Converts a chunk of ours once; `null` where not all of it can be written. */
function convertOwned(use: Use, chunk: RawArray, allowance: Allowance): Entries | null {
  const { node: { scope, tally: { coerceTypes, checks } }, value } = use;
  const before = converted.get(chunk);
  if (
    before !== undefined && before.coerceTypes === coerceTypes && before.checks === checks &&
    (checks.size === 0 || before.path === scope.path) && isSameDeepType(before.type, value)
  ) return before.entries;
  let entries: Entries | null = null;
  try {
    const all = { ...scope, isLive: () => true, row: () => -1 };
    entries = entriesOf(convertChunk(use, chunk, all, allowance), true);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  converted.set(chunk, { type: value, coerceTypes, checks, path: scope.path, entries });
  return entries;
}

/**
 * Takes what an array needs of a dictionary that never changes; `null` where not all of that dictionary can be written.
 *
 * One chunk goes as it is. Several as one only when as many slots have asked for it as there are entries: a dictionary that grows
 * with each batch is never joined, one that stays is joined once.
 *
 * @param allowance What converting and joining is taken from. Default: that of the batch.
 */
export function takeOwned(
  use: Use,
  dictionary: RawDictionary,
  allowance: Allowance = use.node.tally.allowance,
): TakenEntries | null {
  const { node: { from, to, scope }, keys, keysFrom, count } = use;
  const chunks: Entries[] = [];
  for (const chunk of use.chunks) {
    const entries = convertOwned(use, chunk, allowance);
    if (entries === null) return null;
    chunks.push(entries);
  }
  if (chunks.length === 1) return { keys, keysFrom, ...chunks[0]! };
  let whole = joined.get(dictionary);
  if (whole === undefined || whole.chunks.some((entries, i) => entries !== chunks[i])) {
    joined.set(dictionary, whole = { chunks, entries: null, slots: 0 });
  }
  whole.slots += to - from;
  if (whole.entries === null && whole.slots >= count) {
    const all = concat(chunks.map(({ array }) => array), scope.path, allowance);
    whole.entries = entriesOf(all, true);
  }
  if (whole.entries !== null) return { keys, keysFrom, ...whole.entries };
  const { keys: taken, parts } = usedByChunk(use);
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
