/**
 * Dremel shredding: from Arrow validity bitmaps and list offsets to repetition and definition levels.
 *
 * The layers above a leaf are applied one after another, root first, each to the entries that the one before has made. An
 * entry is live while every layer so far is present; live entries correspond, in order, to slots of the next Arrow array.
 * As long as nothing was left out, those slots are one range and need no list; the first null struct or skipped list
 * range makes the list explicit.
 *
 * @see https://parquet.apache.org/docs/file-format/nestedencoding/
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";

/** The buffers of one Arrow node above a leaf, in kernel memory. */
export interface NodeBuffers {
  /** Number of slots. */
  slots: number;
  /** Validity bitmap, 0 = no slot is null. */
  validity: Pointer;
  bitOffset: number;
  /** `slots + 1` i32 offsets that start at 0; 0 for anything but a list. */
  offsets: Pointer;
}

/** Which of the leaf's slots are values, in order. */
export type ValueSelection =
  /** `count` slots from `base` on. */
  | { readonly kind: "range"; readonly base: number }
  /** Those of `slots` slots from `base` on whose bit is set. */
  | {
    readonly kind: "bitmap";
    readonly base: number;
    readonly slots: number;
    readonly validity: Pointer;
    readonly bitOffset: number;
  }
  /** The slots listed (u32) at `indices`. */
  | { readonly kind: "indices"; readonly indices: Pointer };

/** What of a column's plan the shredder has to know. */
export type ShredPlan = Pick<
  ColumnPlan,
  "nodes" | "leaf" | "maxRepetitionLevel" | "maxDefinitionLevel"
>;

/** What is being shredded. */
interface ShredTask {
  readonly plan: ShredPlan;
  readonly nodes: readonly NodeBuffers[];
  readonly leaf: NodeBuffers;
  readonly allNull: boolean;
}

/** What shredding comes to, in kernel memory. */
export interface ShreddedLevels {
  /** Number of entries (level pairs): whole rows. */
  readonly entries: number;
  /** Number of non-null values. */
  readonly values: number;
  /** u8; 0 when the column is not repeated. */
  readonly repetitionLevels: Pointer;
  /** u8; 0 when the column is required throughout. */
  readonly definitionLevels: Pointer;
}

/** Shreds segments of any column. What it returns lies in buffers of its own, until the next call. */
export class Shredder {
  readonly #kernels: Kernels;
  readonly #repetition: [KernelBuffer, KernelBuffer];
  readonly #definition: [KernelBuffer, KernelBuffer];
  readonly #slots: [KernelBuffer, KernelBuffer];
  readonly #result: KernelBuffer;
  /** Which of each pair of level buffers is written next: a layer reads one and writes the other. */
  #levelTurn: 0 | 1 = 0;
  /** The same for the buffers of slots, which not every layer writes. */
  #slotTurn: 0 | 1 = 0;

  /** Number of entries (level pairs) of the last segment. */
  entries = 0;
  /** Number of non-null leaf values of the last segment. */
  values = 0;
  /** Repetition levels, u8; 0 when the column is not repeated. */
  repetitionLevels: Pointer = 0;
  /** Definition levels, u8; 0 when the column is required throughout. */
  definitionLevels: Pointer = 0;
  /** Where the values are among the leaf's slots. */
  selection: ValueSelection = { kind: "range", base: 0 };

  // State of the walk, from layer to layer.
  #task: ShredTask | null = null;
  #layer = 0;
  #repetitionLevel = 0;
  #rep: Pointer = 0;
  #def: Pointer = 0;
  #live = 0;
  #liveSlots: Pointer = 0;
  #base = 0;

  /** Creates the shredder of a thread. */
  constructor(kernels: Kernels) {
    const buffer = () => new KernelBuffer(kernels.memory);
    this.#kernels = kernels;
    this.#repetition = [buffer(), buffer()];
    this.#definition = [buffer(), buffer()];
    this.#slots = [buffer(), buffer()];
    this.#result = buffer();
  }

  /**
   * Begins to shred `rows` rows of the column that `plan` describes. `nodes` holds the buffers of each node of the path, `leaf` those of the leaf; `allNull` says that
   * the leaf has no values at all (Arrow's Null type). To be gone on with by `next`, as long as that says so.
   */
  begin(
    plan: ShredPlan,
    rows: number,
    nodes: readonly NodeBuffers[],
    leaf: NodeBuffers,
    allNull: boolean,
  ): void {
    this.#task = { plan, nodes, leaf, allNull };
    this.entries = rows;
    this.values = rows;
    this.#rep = 0;
    this.#def = 0;
    this.#live = 0;
    this.#liveSlots = 0;
    this.#base = 0;
    this.#layer = 0;
    this.#repetitionLevel = 0;
  }

  /** Takes levels that are there already, in place of shredding: those of pages that were decoded. */
  adopt({ entries, values, repetitionLevels, definitionLevels }: ShreddedLevels): void {
    this.entries = entries;
    this.values = values;
    this.repetitionLevels = repetitionLevels;
    this.definitionLevels = definitionLevels;
    this.selection = { kind: "range", base: 0 };
  }

  /** Applies a layer. Returns whether there is another one. */
  next(): boolean {
    const { plan, nodes } = this.#task!;
    const i = this.#layer++;
    if (i === plan.nodes.length) {
      this.#applyLeaf();
      return false;
    }
    const node = plan.nodes[i]!;
    if (node.kind === "struct") {
      if (node.nullable) this.#applyValidity(nodes[i]!, false, plan.maxRepetitionLevel > 0);
    } else {
      const listSize = node.kind === "fixedSizeList" ? node.listSize : 0;
      this.#applyList(nodes[i]!, node.nullable, listSize, ++this.#repetitionLevel);
    }
    return true;
  }

  #applyLeaf(): void {
    const { plan, leaf, allNull } = this.#task!;
    this.#task = null;
    const repeated = plan.maxRepetitionLevel > 0;
    let bitmap: ValueSelection | null = null;
    if (allNull) {
      this.values = 0;
    } else if (plan.leaf.nullable) {
      const slots = this.values;
      this.#applyValidity(leaf, true, repeated);
      if (this.values < slots) {
        const base = this.#base;
        bitmap = {
          kind: "bitmap",
          base,
          slots,
          validity: leaf.validity,
          bitOffset: leaf.bitOffset + base,
        };
      }
    }
    if (this.#liveSlots !== 0) this.selection = { kind: "indices", indices: this.#liveSlots };
    else this.selection = bitmap ?? { kind: "range", base: this.#base };
    if (plan.maxDefinitionLevel > 0) this.#materialize(repeated);
    this.repetitionLevels = repeated ? this.#rep : 0;
    this.definitionLevels = plan.maxDefinitionLevel > 0 ? this.#def : 0;
  }

  /** Gives all memory back. */
  release(): void {
    for (const buffers of [this.#repetition, this.#definition, this.#slots]) {
      for (const buffer of buffers) buffer.release();
    }
    this.#result.release();
  }

  /** A nullable struct, or the nullable leaf. */
  #applyValidity(node: NodeBuffers, isLeaf: boolean, repeated: boolean): void {
    const { validity, bitOffset } = node;
    const live = this.#live;
    const liveCount = this.values;
    if (validity === 0) {
      if (this.#def !== 0) this.#kernels.raiseLevels(this.#def, this.entries, live);
      this.#live = live + 1;
    } else if (isLeaf && this.#def === 0) {
      // Every entry is live and meets the bitmap in order: the flat nullable column.
      const def = this.#definition[this.#levelTurn].reserve(this.entries);
      const bit = bitOffset + this.#base;
      this.values = this.#kernels.expandBits(validity, bit, this.entries, def, live, live + 1);
      this.#def = def;
    } else {
      this.#materialize(repeated);
      const needSlots = !isLeaf || this.#liveSlots !== 0;
      const out = needSlots ? this.#slots[this.#slotTurn].reserve(liveCount * 4) : 0;
      this.values = this.#kernels.validityLevels(
        this.#def,
        this.entries,
        live,
        validity,
        bitOffset,
        this.#liveSlots,
        this.#base,
        out,
      );
      this.#live = live + 1;
      // With every slot valid the list says nothing new: one range stays one range.
      if (needSlots && this.values < liveCount) {
        this.#liveSlots = out;
        this.#slotTurn = other(this.#slotTurn);
      }
    }
  }

  #applyList(
    node: NodeBuffers,
    nullable: boolean,
    listSize: number,
    repetitionLevel: number,
  ): void {
    const { memory } = this.#kernels;
    const children = node.offsets === 0
      ? node.slots * listSize
      : memory.i32[(node.offsets >>> 2) + node.slots]!;
    const room = this.entries + children;
    const outRep = this.#repetition[this.#levelTurn].reserve(room);
    const outDef = this.#definition[this.#levelTurn].reserve(room);
    const outSlots = this.#slots[this.#slotTurn].reserve(children * 4);
    const result = this.#result.reserve(16);
    const itemLevel = this.#live + (nullable ? 2 : 1);
    this.#kernels.listLevels(
      this.#rep,
      this.#def,
      this.entries,
      this.#live,
      this.#liveSlots,
      this.#base,
      nullable ? node.validity : 0,
      node.bitOffset,
      node.offsets,
      listSize,
      repetitionLevel,
      itemLevel,
      outRep,
      outDef,
      outSlots,
      result,
    );
    const word = result >>> 2;
    this.entries = memory.i32[word]!;
    this.values = memory.i32[word + 1]!;
    this.#liveSlots = memory.i32[word + 2] === 1 ? 0 : outSlots;
    this.#base = memory.i32[word + 3]!;
    this.#rep = outRep;
    this.#def = outDef;
    this.#live = itemLevel;
    this.#levelTurn = other(this.#levelTurn);
    this.#slotTurn = other(this.#slotTurn);
  }

  /** Writes out levels that were one constant so far. */
  #materialize(repeated: boolean): void {
    if (this.#def !== 0) return;
    const { memory } = this.#kernels;
    const turn = this.#levelTurn;
    this.#def = this.#definition[turn].reserve(this.entries);
    memory.u8.fill(this.#live, this.#def, this.#def + this.entries);
    if (repeated) {
      this.#rep = this.#repetition[turn].reserve(this.entries);
      memory.u8.fill(0, this.#rep, this.#rep + this.entries);
    }
    this.#levelTurn = other(turn);
  }
}

function other(turn: 0 | 1): 0 | 1 {
  return turn === 0 ? 1 : 0;
}
