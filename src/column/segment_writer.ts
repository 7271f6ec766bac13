/**
 * Copies row ranges of a top-level Arrow column into segment records for one of its leaves.
 *
 * @module
 */

import type {
  Bitmap,
  BooleanArray,
  BytesArray,
  ColumnArray,
  DictionaryArray,
  FixedArray,
  LeafArray,
} from "../arrow/column_array.ts";
import { copyBytes } from "../runtime/bytes.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { LimitError } from "../util/errors.ts";
import { LIMITS } from "../util/limits.ts";
import { DictionaryFeed } from "./dictionary_feed.ts";
import {
  align16,
  DICTIONARY_ENTRIES,
  DICTIONARY_OFFSETS,
  DICTIONARY_SHAPE,
  DICTIONARY_VALUES,
  DICTIONARY_VALUES_DETAIL,
  DICTIONARY_WORDS,
  HEADER_WORDS,
  headerByteLength,
  LEAF_BIT_OFFSET,
  LEAF_DICTIONARY,
  LEAF_OFFSETS,
  LEAF_SHAPE,
  LEAF_SHAPES,
  LEAF_SLOTS,
  LEAF_VALIDITY,
  LEAF_VALUES,
  LEAF_VALUES_DETAIL,
  LEAF_WORDS,
  NODE_BIT_OFFSET,
  NODE_OFFSETS,
  NODE_SLOTS,
  NODE_VALIDITY,
  NODE_WORDS,
  RECORD_BYTE_LENGTH,
  RECORD_CHUNK_ID,
  RECORD_ROWS,
} from "./segment.ts";

/** What was written to last, and its words: as a rule kernel memory, which as a rule is the same. */
let lastTarget: Uint8Array = new Uint8Array(0);
let lastWords: Int32Array = new Int32Array(0);

function wordsOf(target: Uint8Array): Int32Array {
  if (target !== lastTarget) {
    lastWords = new Int32Array(target.buffer, target.byteOffset, target.length >> 2);
    lastTarget = target;
  }
  return lastWords;
}

/** So many offsets are copied one by one: a view of their bytes takes as long. */
const FEW_OFFSETS = 64;

/** Bytes that must be readable after the last buffer of a record. */
const SLACK_BYTES = 16;

/**
 * Writes the segment records of one leaf column in one row group.
 *
 * An Arrow dictionary travels inside the first record that needs it, whole or the entries that its rows use (see
 * {@linkcode DictionaryFeed}).
 */
export class SegmentWriter {
  readonly #plan: ColumnPlan;
  readonly #chunkId: number;
  readonly #headerBytes: number;
  /** What the encoder holds of Arrow dictionaries, and what it needs; made when there is one. */
  #dictionaryFeed: DictionaryFeed | null = null;
  /** Target of the record being written. */
  #target: Uint8Array = lastTarget;
  #words: Int32Array = lastWords;
  #start = 0;
  #position = 0;

  /** Creates the writer of one column chunk; `chunkId` is put into each record. */
  constructor(plan: ColumnPlan, chunkId: number) {
    this.#plan = plan;
    this.#chunkId = chunkId;
    this.#headerBytes = headerByteLength(plan.nodes.length);
  }

  /**
   * Most rows of [from, to) whose record fits into `capacity` bytes; at least 1 (whose record may then be larger).
   *
   * @throws {LimitError} When the record of a single row would be larger than records may be.
   */
  rowsWithin(array: ColumnArray, from: number, to: number, capacity: number): number {
    if (this.byteLength(array, from, to) <= capacity) return to - from;
    let fits = from + 1;
    let tooMany = to;
    while (fits + 1 < tooMany) {
      const middle = (fits + tooMany) >>> 1;
      if (this.byteLength(array, from, middle) <= capacity) fits = middle;
      else tooMany = middle;
    }
    if (fits === from + 1) this.#assertRecord(this.byteLength(array, from, fits), from);
    return fits - from;
  }

  /**
   * Bytes that the record of rows [from, to) takes. Slots that have none, as those of Null columns, are given a bit each, which
   * nothing is written to: as many as turn into a great many levels are no small record.
   */
  byteLength(array: ColumnArray, from: number, to: number): number {
    const { nodes } = this.#plan;
    let bytes = this.#headerBytes + SLACK_BYTES;
    let slots = to - from;
    let node = array, first = from, end = to;
    for (let i = 0; i < nodes.length; i++) {
      bytes += bitmapBytes(node.validity, first, end);
      if (node.shape === "list") bytes += align16((end - first + 1) * 4);
      first = slotOfChild(node, first);
      end = slotOfChild(node, end);
      node = childOf(node, nodes[i]!);
      slots = Math.max(slots, end - first);
    }
    const leaf = node as LeafArray;
    bytes += bitmapBytes(leaf.validity, first, end);
    bytes += valuesBytes(leaf, first, end);
    if (leaf.shape === "dictionary") {
      const { dictionary } = this.#feed.select(leaf, first, end);
      if (dictionary !== this.#feed.held) {
        bytes += align16(DICTIONARY_WORDS * 4) + valuesBytes(dictionary, 0, dictionary.length);
      }
    }
    return align16(Math.max(bytes, slots / 8));
  }

  /**
   * Writes the record of rows [from, to) at `at`, a multiple of 16, of `target`; returns its byte length, which callers know as a rule.
   *
   * @throws {LimitError} When the record would be larger than records may be.
   */
  write(
    array: ColumnArray,
    from: number,
    to: number,
    target: Uint8Array,
    at: number,
    byteLength: number = this.byteLength(array, from, to),
  ): number {
    this.#assertRecord(byteLength, from);
    const words = wordsOf(target);
    this.#target = target;
    this.#words = words;
    this.#start = at;
    this.#position = at + this.#headerBytes;
    let word = at >> 2;
    words[word + RECORD_BYTE_LENGTH] = byteLength;
    words[word + RECORD_CHUNK_ID] = this.#chunkId;
    words[word + RECORD_ROWS] = to - from;
    word += HEADER_WORDS;
    const { nodes } = this.#plan;
    let node = array, first = from, end = to;
    for (let i = 0; i < nodes.length; i++) {
      words[word + NODE_SLOTS] = end - first;
      words[word + NODE_VALIDITY] = this.#bitmap(node.validity, first, end);
      words[word + NODE_BIT_OFFSET] = bitOffset(node.validity, first);
      words[word + NODE_OFFSETS] = node.shape === "list"
        ? this.#offsets(node.offsets, first, end)
        : 0;
      word += NODE_WORDS;
      first = slotOfChild(node, first);
      end = slotOfChild(node, end);
      node = childOf(node, nodes[i]!);
    }
    this.#leaf(node as LeafArray, first, end, words, word);
    for (let i = word + LEAF_WORDS; i < (at + this.#headerBytes) >> 2; i++) words[i] = 0;
    return byteLength;
  }

  get #feed(): DictionaryFeed {
    return this.#dictionaryFeed ??= new DictionaryFeed();
  }

  #assertRecord(byteLength: number, row: number): void {
    const { arrowPath, limits } = this.#plan;
    const { maxRecordBytes } = limits ?? LIMITS;
    if (byteLength > maxRecordBytes) {
      const message = `Cannot encode ${byteLength} bytes at once (limit ${maxRecordBytes})`;
      throw new LimitError(arrowPath, row, message);
    }
  }

  #leaf(leaf: LeafArray, from: number, to: number, words: Int32Array, word: number): void {
    for (let i = 0; i < LEAF_WORDS; i++) words[word + i] = 0;
    words[word + LEAF_SLOTS] = to - from;
    words[word + LEAF_VALIDITY] = this.#bitmap(leaf.validity, from, to);
    words[word + LEAF_BIT_OFFSET] = bitOffset(leaf.validity, from);
    words[word + LEAF_SHAPE] = LEAF_SHAPES.indexOf(leaf.shape);
    if (leaf.shape === "dictionary") {
      const { keyWidth: width, keysFrom = 0, keys, dictionary } = this.#feed.select(leaf, from, to);
      const first = (from - keysFrom) * width;
      words[word + LEAF_VALUES] = this.#bytes(keys, first, first + (to - from) * width);
      words[word + LEAF_VALUES_DETAIL] = width;
      if (dictionary !== this.#feed.held) {
        words[word + LEAF_DICTIONARY] = this.#dictionary(dictionary);
        this.#feed.held = dictionary;
      }
    } else if (leaf.shape !== "null") {
      this.#values(
        leaf,
        from,
        to,
        words,
        word + LEAF_VALUES,
        word + LEAF_VALUES_DETAIL,
        word + LEAF_OFFSETS,
      );
    }
  }

  /** Copies values; puts position, detail and offsets into the words named. */
  #values(
    array: BooleanArray | FixedArray | BytesArray,
    from: number,
    to: number,
    words: Int32Array,
    position: number,
    detail: number,
    offsets: number,
  ): void {
    if (array.shape === "boolean") {
      words[position] = this.#bitmap(array.values, from, to);
      words[detail] = bitOffset(array.values, from);
    } else if (array.shape === "fixed") {
      const { width } = array;
      words[position] = this.#bytes(array.values, from * width, to * width);
    } else {
      words[offsets] = this.#offsets(array.offsets, from, to);
      const start = Number(array.offsets[from] ?? 0);
      const end = Number(array.offsets[to] ?? 0);
      words[position] = array.copyTo === undefined
        ? this.#bytes(array.data, start, end)
        : this.#gathered(array, from, to, end - start);
    }
  }

  /** Values that are put together here. Nothing is written yet of what comes behind. */
  #gathered(array: BytesArray, from: number, to: number, byteLength: number): number {
    const at = this.#position;
    array.copyTo!(from, to, this.#target, at);
    this.#position = at + align16(byteLength);
    return at - this.#start;
  }

  #dictionary(dictionary: DictionaryArray["dictionary"]): number {
    const at = this.#position;
    this.#position += align16(DICTIONARY_WORDS * 4);
    const words = this.#words;
    const word = at >> 2;
    for (let i = 0; i < DICTIONARY_WORDS; i++) words[word + i] = 0;
    words[word + DICTIONARY_ENTRIES] = dictionary.length;
    words[word + DICTIONARY_SHAPE] = LEAF_SHAPES.indexOf(dictionary.shape);
    this.#values(
      dictionary,
      0,
      dictionary.length,
      words,
      word + DICTIONARY_VALUES,
      word + DICTIONARY_VALUES_DETAIL,
      word + DICTIONARY_OFFSETS,
    );
    return at - this.#start;
  }

  #bytes(source: Uint8Array, from: number, to: number): number {
    const at = this.#position;
    copyBytes(this.#target, at, source, from, to);
    this.#position = at + align16(to - from);
    return at - this.#start;
  }

  #bitmap(bitmap: Bitmap | null, from: number, to: number): number {
    if (bitmap === null) return 0;
    const first = bitmap.bitOffset + from;
    return this.#bytes(bitmap.bytes, first >>> 3, (first + (to - from) + 7) >>> 3);
  }

  #offsets(offsets: Int32Array | BigInt64Array, from: number, to: number): number {
    if (offsets instanceof Int32Array) {
      if (to - from < FEW_OFFSETS) {
        const position = this.#position;
        const first = position >> 2;
        for (let i = 0; i <= to - from; i++) this.#words[first + i] = offsets[from + i]!;
        this.#position = position + align16((to - from + 1) * 4);
        return position - this.#start;
      }
      const bytes = new Uint8Array(
        offsets.buffer,
        offsets.byteOffset + from * 4,
        (to - from + 1) * 4,
      );
      return this.#bytes(bytes, 0, bytes.length);
    }
    const at = this.#position;
    const narrow = new Int32Array(
      this.#target.buffer,
      this.#target.byteOffset + at,
      to - from + 1,
    );
    // A record has less than 2^31 bytes, so the differences of the lower halves are right, whatever the upper ones are.
    const words = new Int32Array(offsets.buffer, offsets.byteOffset, offsets.length * 2);
    const base = words[2 * from] ?? 0;
    for (let i = 0, w = 2 * from; i < narrow.length; i++, w += 2) narrow[i] = words[w]! - base;
    this.#position = at + align16(narrow.byteLength);
    return at - this.#start;
  }
}

/** The child of an array that a path goes on with. */
export function childOf(array: ColumnArray, node: ColumnPlan["nodes"][number]): ColumnArray {
  switch (array.shape) {
    case "struct":
      return array.children[node.kind === "struct" ? node.child : 0]!;
    case "list":
    case "fixedSizeList":
      return array.child;
    default:
      throw new TypeError(`Cannot descend into a ${array.shape} array: it has no children`);
  }
}

/** Where the slots of a child begin that belong to slot `slot` of its parent. */
export function slotOfChild(array: ColumnArray, slot: number): number {
  if (array.shape === "list") return Number(array.offsets[slot] ?? 0);
  return array.shape === "fixedSizeList" ? slot * array.listSize : slot;
}

function bitOffset(bitmap: Bitmap | null, from: number): number {
  return bitmap === null ? 0 : (bitmap.bitOffset + from) & 7;
}

function bitmapBytes(bitmap: Bitmap | null, from: number, to: number): number {
  if (bitmap === null) return 0;
  const first = bitmap.bitOffset + from;
  return align16(((first + (to - from) + 7) >>> 3) - (first >>> 3));
}

/** Bytes of a leaf's values, offsets included, in a record. */
function valuesBytes(array: LeafArray, from: number, to: number): number {
  switch (array.shape) {
    case "null":
      return 0;
    case "boolean":
      return bitmapBytes(array.values, from, to);
    case "fixed":
      return align16((to - from) * array.width);
    case "bytes":
      return align16((to - from + 1) * 4) +
        align16(Number(array.offsets[to] ?? 0) - Number(array.offsets[from] ?? 0));
    case "dictionary":
      return align16((to - from) * array.keyWidth);
  }
}
