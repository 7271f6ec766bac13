/**
 * Reads a segment record in kernel memory.
 *
 * @module
 */

import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { NodeBuffers } from "../shred/shredder.ts";
import type { LeafBuffers } from "./leaf_reader.ts";
import {
  DICTIONARY_ENTRIES,
  DICTIONARY_OFFSETS,
  DICTIONARY_SHAPE,
  DICTIONARY_VALUES,
  DICTIONARY_VALUES_DETAIL,
  HEADER_WORDS,
  LEAF_BIT_OFFSET,
  LEAF_DICTIONARY,
  LEAF_OFFSETS,
  LEAF_SHAPE,
  LEAF_SHAPES,
  LEAF_SLOTS,
  LEAF_VALIDITY,
  LEAF_VALUES,
  LEAF_VALUES_DETAIL,
  NODE_BIT_OFFSET,
  NODE_OFFSETS,
  NODE_SLOTS,
  NODE_VALIDITY,
  NODE_WORDS,
  RECORD_ROWS,
} from "./segment.ts";

/** What one record says; its members are replaced by the next `read`. */
export class SegmentReader {
  readonly #kernels: Kernels;
  /** Number of rows. */
  rows = 0;
  /** Buffers of the nodes above the leaf, root first. */
  readonly nodes: readonly NodeBuffers[];
  /** Validity of the leaf. */
  readonly leafNode: NodeBuffers = { slots: 0, validity: 0, bitOffset: 0, offsets: 0 };
  /** Shape in which the leaf has come. */
  shape: (typeof LEAF_SHAPES)[number] = "null";
  /** Values of the leaf: for a dictionary, `values` are its keys. */
  leaf: LeafBuffers = { shape: "fixed", slots: 0, values: 0, bitOffset: 0, offsets: 0 };
  /** Bytes of a dictionary key. */
  keyWidth = 0;
  /** The Arrow dictionary that this record brings, if it does. */
  dictionary: LeafBuffers | null = null;

  /** Creates the reader for records of one column. */
  constructor(kernels: Kernels, plan: ColumnPlan) {
    this.#kernels = kernels;
    this.nodes = plan.nodes.map(() => ({ slots: 0, validity: 0, bitOffset: 0, offsets: 0 }));
  }

  /** Reads the record at `record`. */
  read(record: Pointer): void {
    const { i32 } = this.#kernels.memory;
    let word = record >>> 2;
    const pointer = (position: number): Pointer => position === 0 ? 0 : record + position;
    this.rows = i32[word + RECORD_ROWS]!;
    word += HEADER_WORDS;
    for (const node of this.nodes) {
      node.slots = i32[word + NODE_SLOTS]!;
      node.validity = pointer(i32[word + NODE_VALIDITY]!);
      node.bitOffset = i32[word + NODE_BIT_OFFSET]!;
      node.offsets = this.#fromZero(pointer(i32[word + NODE_OFFSETS]!), node.slots);
      word += NODE_WORDS;
    }
    const slots = i32[word + LEAF_SLOTS]!;
    this.leafNode.slots = slots;
    this.leafNode.validity = pointer(i32[word + LEAF_VALIDITY]!);
    this.leafNode.bitOffset = i32[word + LEAF_BIT_OFFSET]!;
    this.shape = LEAF_SHAPES[i32[word + LEAF_SHAPE]!]!;
    const detail = i32[word + LEAF_VALUES_DETAIL]!;
    this.keyWidth = detail;
    this.leaf = {
      shape: this.shape === "boolean" || this.shape === "bytes" ? this.shape : "fixed",
      slots,
      values: pointer(i32[word + LEAF_VALUES]!),
      bitOffset: detail,
      offsets: this.#fromZero(pointer(i32[word + LEAF_OFFSETS]!), slots),
    };
    const dictionary = i32[word + LEAF_DICTIONARY]!;
    this.dictionary = dictionary === 0 ? null : this.#readDictionary(record, dictionary);
  }

  #readDictionary(record: Pointer, position: number): LeafBuffers {
    const { i32 } = this.#kernels.memory;
    const word = (record + position) >>> 2;
    const slots = i32[word + DICTIONARY_ENTRIES]!;
    const shape = LEAF_SHAPES[i32[word + DICTIONARY_SHAPE]!]!;
    const offsets = i32[word + DICTIONARY_OFFSETS]!;
    return {
      shape: shape === "boolean" || shape === "bytes" ? shape : "fixed",
      slots,
      values: record + i32[word + DICTIONARY_VALUES]!,
      bitOffset: i32[word + DICTIONARY_VALUES_DETAIL]!,
      offsets: offsets === 0 ? 0 : this.#fromZero(record + offsets, slots),
    };
  }

  /** Makes offsets start at 0, as the bytes of a record do. */
  #fromZero(offsets: Pointer, slots: number): Pointer {
    if (offsets === 0) return 0;
    const base = this.#kernels.memory.i32[offsets >>> 2]!;
    if (base !== 0) this.#kernels.subtractFromOffsets(offsets, slots + 1, base);
    return offsets;
  }
}
