/**
 * Arrays of views: values that lie in the views themselves where they are short, else anywhere in some buffers.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
 *
 * @module
 */

import { isAscii } from "../runtime/text.ts";
import { count } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import { int32View, MAX_COPIED_BYTES } from "./buffers.ts";
import type { Bitmap, BytesArray, CopyValues } from "./column_array.ts";
import { checkGeometries, checkUtf8, readValues } from "./convert_leaf.ts";
import { invalidSlot, slotBeyondLimit } from "./scope.ts";
import type { ArrowType } from "./types.ts";

/** Bytes of a view, and how many of them hold the value where it is short. */
const VIEW_BYTES = 16, INLINE_BYTES = 12;

/** Buffers are looked at as a whole as long as they have no more than this many times the bytes that views point to. */
const WORTH_LOOKING = 2;

/** What a run over views finds out. */
interface Sum {
  /** Bytes of the values so far. */
  total: number;
  /** All words of short values, joined by OR. */
  inline: number;
}

/** An array of views, whose values are gathered where they are needed. */
export function convertViews(
  node: Node,
  type: ArrowType,
  validity: Bitmap | null,
): BytesArray {
  const { raw, scope, from, to, tally } = node;
  const { length, variadic } = raw;
  const views = readValues(node, VIEW_BYTES, validity);
  const words = int32View(views);
  tally.allowance.spend((length + 1) * 4, scope.path);
  const { memory } = tally;
  const offsets = memory === null
    ? new Int32Array(length + 1)
    : new Int32Array(memory.take((length + 1) * 4), 0, length + 1);
  const lengths = variadic.map(({ length }) => length);
  const sum: Sum = { total: 0, inline: 0 };
  for (let slot = from; slot < to; slot++) {
    slot = sumViews(words, lengths, validity, offsets, slot, to, sum);
    if (slot === to) break;
    // Under null parents anything may stand: such a slot is left empty.
    const size = words[slot * 4]!;
    if (size < 0 || !isWithin(words, slot, lengths)) {
      if (!scope.isLive(slot)) continue;
      throw invalidSlot(scope, slot, "Cannot read a view: it points outside its buffers");
    }
    throw slotBeyondLimit(scope, slot, `Cannot gather more than ${MAX_COPIED_BYTES} bytes`);
  }
  const { total } = sum;
  offsets.fill(0, 0, from);
  offsets.fill(total, to);
  count(node, (to - from) * VIEW_BYTES + total);
  const gather = () => {
    const roomBytes = total + INLINE_BYTES;
    const room = new Uint8Array(memory?.take(roomBytes) ?? new ArrayBuffer(roomBytes));
    gatherViews(words, variadic, offsets, from, to, room, 0);
    return room.subarray(0, total);
  };
  const array = memory === null
    ? { shape: "bytes" as const, length, validity, offsets, data: gather() }
    : viewedBytes(length, validity, offsets, gather, (from, to, target, at) => {
      gatherViews(words, variadic, offsets, from, to, target, at);
    });
  if (type.kind === "utf8View" && !(memory !== null && areAscii(variadic, lengths, sum))) {
    checkUtf8(node, offsets, array.data, validity);
  }
  if (tally.checks.size > 0) checkGeometries(node, offsets, array.data, validity);
  return array;
}

/**
 * Byte strings that are gathered when somebody wants them as a whole, and otherwise where they are to be. An object without a class, as all
 * arrays are: others are made of it with another validity.
 */
function viewedBytes(
  length: number,
  validity: Bitmap | null,
  offsets: Int32Array,
  gather: () => Uint8Array,
  copy: CopyValues,
): BytesArray {
  let gathered: Uint8Array | null = null;
  return {
    shape: "bytes",
    length,
    validity,
    offsets,
    get data() {
      return gathered ??= gather();
    },
    copyTo(from, to, target, at) {
      if (gathered === null) copy(from, to, target, at);
      else target.set(gathered.subarray(offsets[from], offsets[to]), at);
    },
  };
}

/** Whether all values are ASCII, as far as that can be seen without gathering them. */
function areAscii(
  variadic: readonly Uint8Array[],
  lengths: readonly number[],
  { total, inline }: Sum,
): boolean {
  if ((inline & 0x80808080) !== 0) return false;
  let bytes = 0;
  for (const length of lengths) bytes += length;
  return bytes <= total * WORTH_LOOKING && variadic.every((buffer) => isAscii(buffer));
}

/**
 * Writes where the values of views begin, up to the first view that points out of its buffers or is too much, and adds them to `sum`.
 * Returns its slot, or `to`.
 */
function sumViews(
  words: Int32Array,
  lengths: readonly number[],
  validity: Bitmap | null,
  offsets: Int32Array,
  from: number,
  to: number,
  sum: Sum,
): number {
  const bits = validity?.bytes ?? null, firstBit = validity?.bitOffset ?? 0;
  let { total, inline } = sum;
  // As a rule one view after the other points to the same buffer.
  let buffer = -1, bufferBytes = 0;
  let slot = from;
  for (; slot < to; slot++) {
    offsets[slot] = total;
    if (bits !== null) {
      const bit = firstBit + slot;
      if ((bits[bit >>> 3]! >> (bit & 7) & 1) === 0) continue;
    }
    const word = slot << 2, size = words[word]!;
    if (size >>> 0 <= INLINE_BYTES) {
      inline |= words[word + 1]! | words[word + 2]! | words[word + 3]!;
    } else {
      if (words[word + 2] !== buffer) {
        buffer = words[word + 2]!;
        bufferBytes = lengths[buffer] ?? -1;
      }
      const start = words[word + 3]!;
      if (size < 0 || start < 0 || start > bufferBytes - size) break;
    }
    if (total > MAX_COPIED_BYTES - size) break;
    total += size;
  }
  offsets[slot] = total;
  sum.total = total;
  sum.inline = inline;
  return slot;
}

/** Whether the value of a view, which is not negative in size, lies in its buffer, if it is not in the view itself. */
function isWithin(words: Int32Array, slot: number, lengths: readonly number[]): boolean {
  const size = words[slot * 4]!;
  if (size <= INLINE_BYTES) return true;
  const length = lengths[words[slot * 4 + 2]!], start = words[slot * 4 + 3]!;
  return length !== undefined && start >= 0 && start + size <= length;
}

/** Bytes up to which a loop is faster than a call of `set`. */
const SHORT_COPY = 64;

/**
 * Copies the values of views to `at` of `data`, one behind the other as the offsets say; up to 12 bytes after them may be written. Long
 * values that lie one behind the other are copied at once.
 */
function gatherViews(
  words: Int32Array,
  variadic: readonly Uint8Array[],
  offsets: Int32Array,
  from: number,
  to: number,
  data: Uint8Array,
  at: number,
): void {
  const target = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const base = at - offsets[from]!;
  // What is to be copied: `run` bytes at `start` of a buffer, to `runAt`.
  let buffer = -1, start = 0, run = 0, runAt = 0;
  for (let slot = from; slot < to; slot++) {
    const valueAt = base + offsets[slot]!, size = base + offsets[slot + 1]! - valueAt;
    if (size === 0) continue;
    const word = slot << 2;
    if (size <= INLINE_BYTES) {
      // What is written too much is overwritten by the values to come.
      target.setInt32(valueAt, words[word + 1]!, true);
      target.setInt32(valueAt + 4, words[word + 2]!, true);
      target.setInt32(valueAt + 8, words[word + 3]!, true);
      continue;
    }
    if (words[word + 2] === buffer && words[word + 3] === start + run && runAt + run === valueAt) {
      run += size;
      continue;
    }
    if (run > 0) copyBytes(variadic[buffer]!, start, run, data, runAt);
    buffer = words[word + 2]!;
    start = words[word + 3]!;
    run = size;
    runAt = valueAt;
  }
  if (run > 0) copyBytes(variadic[buffer]!, start, run, data, runAt);
}

function copyBytes(
  source: Uint8Array,
  from: number,
  length: number,
  target: Uint8Array,
  at: number,
): void {
  if (length > SHORT_COPY) target.set(source.subarray(from, from + length), at);
  else for (let i = 0; i < length; i++) target[at + i] = source[from + i]!;
}
