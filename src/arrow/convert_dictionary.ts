/**
 * Dictionary arrays.
 *
 * @module
 */

import { count as countBytes, isValid } from "./array_node.ts";
import type { Node, Tally } from "./array_node.ts";
import { copyBitmap, filledBitmap, isBitSet } from "./bitmap.ts";
import { int32View, int64View, MAX_SPREAD_SLOTS } from "./buffers.ts";
import type { Bitmap, ColumnArray, DictionaryArray } from "./column_array.ts";
import { concat } from "./concat.ts";
import { convertArray } from "./convert_array.ts";
import { readValues } from "./convert_leaf.ts";
import { longestValue, plainSize } from "./plain_size.ts";
import { isSameRawArray, rawArray } from "./raw_array.ts";
import type { RawArray } from "./raw_array.ts";
import { isSameType } from "./same_type.ts";
import { entryScope, invalidSlot, slotBeyondLimit } from "./scope.ts";
import { take } from "./take.ts";
import type { ArrowType } from "./types.ts";

type DictionaryType = ArrowType & { readonly kind: "dictionary" };
type Keys = Uint8Array | Uint16Array | Uint32Array;

/** A dictionary that was converted before. */
interface Entries {
  readonly type: ArrowType;
  readonly coerceTypes: boolean;
  readonly checks: Tally["checks"];
  readonly path: string;
  readonly chunks: readonly RawArray[];
  /** The entries with their nulls. */
  readonly array: ColumnArray;
  /** The entries as they travel; one object for as long as the dictionary is the same. */
  readonly entries: DictionaryArray["dictionary"] | null;
  /** Bytes of the longest entry; 0 where they are spread out. */
  readonly longest: number;
}

/**
 * A dictionary is converted and checked once, however many batches use it: as long as its buffers are the same ones, it is
 * taken to be the same dictionary. Entries that are overwritten between two batches are not looked at again.
 */
const known = new WeakMap<object, Entries>();

/**
 * Converts a dictionary array.
 *
 * Slots that refer to a null entry become null. Where entries are nested or dictionaries themselves, they are spread out.
 *
 * @param validity The validity of the slots themselves.
 * @throws {InvalidBatchError} When a slot that is not null has a key without an entry.
 */
export function convertDictionary(
  node: Node,
  type: DictionaryType,
  validity: Bitmap | null,
): ColumnArray {
  const { raw, scope, from, to, tally } = node;
  const { length } = raw;
  const { bitWidth, signed } = type.index;
  const width = bitWidth / 8 as 1 | 2 | 4 | 8;
  const stored = readValues(node, width, validity);
  // Keys of 64 bits are made narrower.
  if (width === 8) tally.allowance.spend(length * 4, scope.path);
  let keys = width === 8 ? narrowed(stored, from, to) : keysView(stored, width);
  const count = (raw.dictionary?.chunks ?? []).reduce((sum, { length }) => sum + length, 0);
  countBytes(node, (to - from) * width);

  // Read as unsigned, a negative key is one that no signed key of the width reaches.
  const bound = signed && width < 8 ? Math.min(count, 2 ** (bitWidth - 1)) : count;
  let copied = false;
  for (let slot = firstBeyond(keys, bound, from, to); slot < to; slot++) {
    if (keys[slot]! < bound || !isValid(validity, slot)) continue;
    if (scope.isLive(slot)) {
      throw invalidSlot(
        scope,
        slot,
        `Cannot use dictionary key ${
          storedKey(stored, width, signed, slot)
        }: there are ${count} entries`,
      );
    }
    // Under null parents anything may stand; nothing later has to know.
    if (!copied) {
      tally.allowance.spend(keys.byteLength, scope.path);
      keys = keys.slice();
      copied = true;
    }
    keys[slot] = 0;
  }

  const { array, entries, longest } = convertEntries(node, type, keys, validity);
  if (entries === null) {
    return take(array, indicesOf(node, keys, validity, count), scope.path, tally.allowance);
  }
  const keyAt = (slot: number) => isValid(validity, slot) ? keys[slot]! : -1;
  const exact = () => plainSize(entries, keyAt, from, to);
  tally.allowance.spendPlain((to - from) * longest, exact, scope.path);
  return {
    shape: "dictionary",
    length,
    validity: withNullEntries(array.validity, keys, validity, node),
    keyWidth: keys.BYTES_PER_ELEMENT as 1 | 2 | 4,
    keys: new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength),
    dictionary: entries,
  };
}

/**
 * The first slot whose key is not below `bound`. One loop for each width: a shared one takes 1.9 ns a key in V8, where these
 * take 0.6 ns.
 */
function firstBeyond(keys: Keys, bound: number, from: number, to: number): number {
  if (keys instanceof Uint8Array) return firstBeyond8(keys, bound, from, to);
  if (keys instanceof Uint16Array) return firstBeyond16(keys, bound, from, to);
  return firstBeyond32(keys, bound, from, to);
}

function firstBeyond8(keys: Uint8Array, bound: number, from: number, to: number): number {
  let slot = from;
  while (slot < to && keys[slot]! < bound) slot++;
  return slot;
}

function firstBeyond16(keys: Uint16Array, bound: number, from: number, to: number): number {
  let slot = from;
  while (slot < to && keys[slot]! < bound) slot++;
  return slot;
}

function firstBeyond32(keys: Uint32Array, bound: number, from: number, to: number): number {
  let slot = from;
  while (slot < to && keys[slot]! < bound) slot++;
  return slot;
}

function keysView(bytes: Uint8Array, width: 1 | 2 | 4): Keys {
  if (width === 1) return bytes;
  if (width === 2) {
    const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
    return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
  }
  const words = int32View(bytes);
  return new Uint32Array(words.buffer, words.byteOffset, words.length);
}

/** 64-bit keys as 32-bit ones; what does not fit becomes the greatest, which no dictionary reaches. */
function narrowed(bytes: Uint8Array, from: number, to: number): Uint32Array {
  const wide = int64View(bytes);
  const words = new Uint32Array(wide.buffer, wide.byteOffset, wide.length * 2);
  const keys = new Uint32Array(wide.length);
  for (let slot = from; slot < to; slot++) {
    keys[slot] = words[2 * slot + 1] === 0 ? words[2 * slot]! : 0xffffffff;
  }
  return keys;
}

function storedKey(bytes: Uint8Array, width: number, signed: boolean, slot: number): bigint {
  let key = 0n;
  for (let i = width - 1; i >= 0; i--) key = key << 8n | BigInt(bytes[slot * width + i]!);
  return signed ? BigInt.asIntN(width * 8, key) : key;
}

function convertEntries(
  node: Node,
  type: DictionaryType,
  keys: Keys,
  validity: Bitmap | null,
): Entries {
  const { raw, scope, from, to, tally } = node;
  const { coerceTypes, checks } = tally;
  const identity = raw.dictionary?.identity ?? type;
  const chunks = raw.dictionary === null || raw.dictionary.chunks.length === 0
    ? [rawArray({ length: 0 })]
    : raw.dictionary.chunks;
  const before = known.get(identity);
  if (
    before !== undefined && before.coerceTypes === coerceTypes &&
    before.checks === checks && (checks.size === 0 || before.path === scope.path) &&
    isSameDeepType(before.type, type.value) && before.chunks.length === chunks.length &&
    before.chunks.every((chunk, i) => isSameRawArray(chunk, chunks[i]!))
  ) return before;

  let base = 0;
  const converted = chunks.map((chunk) => {
    const start = base;
    base += chunk.length;
    const inner = entryScope(scope, (entry) => {
      for (let slot = from; slot < to; slot++) {
        if (keys[slot] === start + entry && isValid(validity, slot)) return slot;
      }
      return -1;
    });
    return convertArray({ type: type.value, nullable: true }, {
      raw: chunk,
      scope: inner,
      from: 0,
      to: chunk.length,
      // What the dictionary takes is not counted: rows span keys.
      tally: { byteLength: 0, allowance: tally.allowance, coerceTypes, checks },
    });
  });
  const array = concat(converted, scope.path, tally.allowance);
  const { shape } = array;
  const entries = shape === "boolean" || shape === "fixed" || shape === "bytes"
    ? { ...array, validity: null }
    : null;
  const result = {
    type: type.value,
    coerceTypes,
    checks,
    path: scope.path,
    chunks,
    array,
    entries,
    longest: entries === null ? 0 : longestValue(entries),
  };
  known.set(identity, result);
  return result;
}

/** All the way down: whoever shares a dictionary shares its type, so this is one comparison of references in general. */
function isSameDeepType(a: ArrowType, b: ArrowType): boolean {
  return a === b || isSameType(a, b) && !("child" in a) && !("children" in a) &&
      a.kind !== "dictionary" && a.kind !== "runEndEncoded";
}

function indicesOf(
  node: Node,
  keys: Keys,
  validity: Bitmap | null,
  count: number,
): Int32Array {
  const { length } = node.raw;
  if (length > MAX_SPREAD_SLOTS) {
    throw slotBeyondLimit(node.scope, -1, `Cannot spread out ${length} dictionary keys at once`);
  }
  node.tally.allowance.spend(length * 4, node.scope.path);
  const indices = new Int32Array(length).fill(-1);
  for (let slot = node.from; slot < node.to; slot++) {
    if (count > 0 && isValid(validity, slot)) indices[slot] = keys[slot]!;
  }
  return indices;
}

/** Clears the slots that refer to null entries. */
function withNullEntries(
  nulls: Bitmap | null,
  keys: Keys,
  validity: Bitmap | null,
  { raw, from, to }: Node,
): Bitmap | null {
  if (nulls === null) return validity;
  let bytes: Uint8Array | null = null;
  for (let slot = from; slot < to; slot++) {
    if (!isValid(validity, slot) || isBitSet(nulls, keys[slot]!)) continue;
    bytes ??= validity === null ? filledBitmap(raw.length).bytes : copyBitmap(validity, raw.length);
    bytes[slot >> 3]! &= ~(1 << (slot & 7));
  }
  return bytes === null ? validity : { bytes, bitOffset: 0 };
}
