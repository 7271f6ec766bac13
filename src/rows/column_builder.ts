/**
 * What columns are built with: values of JavaScript in, buffers of Arrow out.
 *
 * @module
 */

import type { RawArray } from "../arrow/raw_array.ts";
import { nullMisfit } from "./misfit.ts";

/**
 * Builds one column, or a part of a nested one.
 *
 * @typeParam Values What it takes values from: values of JavaScript, or cells of a text.
 */
export interface ColumnBuilder<Values = ArrayLike<unknown>> {
  /** Slots so far. */
  readonly length: number;
  /** Bytes of the buffers of these slots. */
  readonly byteLength: number;
  /**
   * Appends the values from `from` on, before `to`.
   *
   * @throws {Misfit} For the first value that does not fit; {@linkcode ColumnBuilder.truncate} takes back what was appended.
   * @throws {Overfull} When there is no room in one array.
   */
  append(values: Values, from: number, to: number): void;
  /** Takes back all slots from `length` on. */
  truncate(length: number): void;
  /** The slots so far: views of memory that the next slots after {@linkcode ColumnBuilder.restart} overwrite. */
  array(): RawArray;
  /** Begins again with no slots, in the same memory unless `fresh`. */
  restart(fresh: boolean): void;
}

/** Slots that a builder has room for at first. */
const FIRST_CAPACITY = 64;

/** Length, capacity and validity of a builder. */
export abstract class SlotBuilder {
  /** {@linkcode ColumnBuilder.length} */
  length = 0;
  /** Slots that there is room for. */
  protected capacity = 0;
  readonly #nullable: boolean;
  /** Set bit = valid; all bits of slots that are not null are set, those to come too. `null`: no null so far. */
  #validity: Uint8Array | null = null;
  #nulls = 0;

  /** Begins with no slots. */
  constructor(nullable: boolean) {
    this.#nullable = nullable;
  }

  /** Makes room for `count` slots more. */
  protected reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.capacity) return;
    this.capacity = Math.max(FIRST_CAPACITY, needed, this.capacity * 2);
    this.grow(this.capacity);
    if (this.#validity === null) return;
    const before = this.#validity;
    this.#validity = new Uint8Array((this.capacity + 7) >>> 3).fill(0xff);
    this.#validity.set(before);
  }

  /** Has the buffers hold `capacity` slots. */
  protected abstract grow(capacity: number): void;

  /** Notes that `slot`, which comes next, is null; `value` is what was given at `index`. */
  protected markNull(slot: number, index: number, value: null | undefined): void {
    if (!this.#nullable) throw nullMisfit(index, value);
    this.#validity ??= new Uint8Array((this.capacity + 7) >>> 3).fill(0xff);
    this.#validity[slot >>> 3]! &= ~(1 << (slot & 7));
    this.#nulls++;
  }

  /** Takes back the nulls from `length` on, of the slots before `end`. */
  protected truncateNulls(length: number, end: number): void {
    if (this.#validity === null || this.#nulls === 0) return;
    for (let slot = length; slot < end; slot++) {
      const bit = 1 << (slot & 7);
      if ((this.#validity[slot >>> 3]! & bit) !== 0) continue;
      this.#validity[slot >>> 3]! |= bit;
      this.#nulls--;
    }
  }

  /** The validity of the slots so far. */
  protected validityParts(): Pick<RawArray, "validity" | "nullCount"> {
    return this.#nulls === 0
      ? { validity: null, nullCount: 0 }
      : { validity: this.#validity!.subarray(0, (this.length + 7) >>> 3), nullCount: this.#nulls };
  }

  /** Bytes of the validity. */
  protected get validityBytes(): number {
    return this.#nulls === 0 ? 0 : (this.length + 7) >>> 3;
  }

  /** Begins again. */
  protected restartSlots(fresh: boolean): void {
    if (fresh) {
      this.#validity = null;
      this.capacity = 0;
    } else if (this.#nulls > 0) {
      this.#validity!.fill(0xff);
    }
    this.length = 0;
    this.#nulls = 0;
  }
}

/** A builder whose values go into buffers of its own, not into other builders. */
export abstract class LeafBuilder<Values = ArrayLike<unknown>> extends SlotBuilder {
  /** {@linkcode ColumnBuilder.append} */
  append(values: Values, from: number, to: number): void {
    this.reserve(to - from);
    const start = this.length;
    // While values are put the length stays, so that what is taken back is known.
    try {
      this.put(values, from, to, start);
      this.length = start + to - from;
    } catch (error) {
      this.truncateNulls(start, start + to - from);
      throw error;
    }
  }

  /** Puts values into the slots from `slot` on, for which there is room. */
  protected abstract put(values: Values, from: number, to: number, slot: number): void;

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.truncateNulls(length, this.length);
    this.length = length;
  }
}
