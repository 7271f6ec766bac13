/**
 * Columns of lists, which hand the elements of their values on as values of their own.
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { type ColumnBuilder, SlotBuilder } from "./column_builder.ts";
import { ElementsBuilder, MAX_SLOTS } from "./elements_builder.ts";
import { Misfit, misfit, nullMisfit, Overfull } from "./misfit.ts";
import { elementsOf } from "./nested_values.ts";

/** Lists, from arrays and typed arrays. */
export class ListBuilder extends ElementsBuilder implements ColumnBuilder {
  readonly #child: ColumnBuilder;

  /** Begins with no slots. */
  constructor(nullable: boolean, child: ColumnBuilder) {
    super(nullable);
    this.#child = child;
  }

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.#child.byteLength + 4 * (this.length + 1) + this.validityBytes;
  }

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    const start = this.length, end = start + to - from;
    this.reserve(to - from);
    try {
      const flat: unknown[] = [];
      const { offsets } = this, base = offsets[start]!;
      for (let i = from, slot = start; i < to; i++) {
        const value = values[i];
        if (value === null || value === undefined) {
          this.markNull(slot, i, value);
        } else {
          const elements = elementsOf(value);
          if (elements === null) throw misfit(i, value, "list", "an array or a typed array");
          if (base + flat.length + elements.length > MAX_SLOTS) throw new Overfull(MAX_SLOTS);
          for (let k = 0; k < elements.length; k++) flat.push(elements[k]);
        }
        offsets[++slot] = base + flat.length;
      }
      try {
        this.#child.append(flat, 0, flat.length);
      } catch (error) {
        throw this.translate(error, from, start);
      }
      this.length = end;
    } catch (error) {
      this.truncateNulls(start, end);
      throw error;
    }
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.truncateNulls(length, this.length);
    this.#child.truncate(this.offsets[length]!);
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({
      length: this.length,
      ...this.validityParts(),
      offsets: this.offsetBytes,
      children: [this.#child.array()],
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    this.restartOffsets(fresh);
    this.#child.restart(fresh);
  }
}

/** Lists of one size, from arrays and typed arrays of that size. */
export class FixedSizeListBuilder extends SlotBuilder implements ColumnBuilder {
  readonly #size: number;
  readonly #childNullable: boolean;
  readonly #child: ColumnBuilder;

  /** Begins with no slots. The child has to take nulls, for where the list is null. */
  constructor(nullable: boolean, size: number, childNullable: boolean, child: ColumnBuilder) {
    super(nullable);
    this.#size = size;
    this.#childNullable = childNullable;
    this.#child = child;
  }

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.#child.byteLength + this.validityBytes;
  }

  protected override grow(): void {}

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    const start = this.length, end = start + to - from, size = this.#size;
    this.reserve(to - from);
    try {
      const flat: unknown[] = [];
      if ((start + to - from) * size > MAX_SLOTS) throw new Overfull(MAX_SLOTS);
      for (let i = from; i < to; i++) {
        const value = values[i];
        if (value === null || value === undefined) {
          this.markNull(start + i - from, i, value);
          for (let k = 0; k < size; k++) flat.push(null);
          continue;
        }
        const elements = elementsOf(value);
        if (elements?.length !== size) {
          throw misfit(i, value, `fixedSizeList(${size})`, `an array of ${size} elements`);
        }
        for (let k = 0; k < size; k++) {
          const element = elements[k];
          if (!this.#childNullable && (element === null || element === undefined)) {
            throw nullMisfit(i, element);
          }
          flat.push(element);
        }
      }
      try {
        this.#child.append(flat, 0, flat.length);
      } catch (error) {
        if (error instanceof Misfit) error.index = from + Math.floor(error.index / size);
        throw error;
      }
      this.length = end;
    } catch (error) {
      this.truncateNulls(start, end);
      throw error;
    }
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.truncateNulls(length, this.length);
    this.#child.truncate(length * this.#size);
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({
      length: this.length,
      ...this.validityParts(),
      children: [this.#child.array()],
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    this.restartSlots(fresh);
    this.#child.restart(fresh);
  }
}
