/**
 * Columns of nothing but nulls.
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { type ColumnBuilder, SlotBuilder } from "./column_builder.ts";
import { misfit } from "./misfit.ts";

/** Nulls alone. */
export class NullBuilder extends SlotBuilder implements ColumnBuilder {
  /** {@linkcode ColumnBuilder.byteLength} */
  readonly byteLength = 0;

  /** Begins with no slots. */
  constructor() {
    super(true);
  }

  protected override grow(): void {}

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value !== null && value !== undefined) throw misfit(i, value, "null", "null");
    }
    this.length += to - from;
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({ length: this.length, nullCount: this.length });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(): void {
    this.length = 0;
  }
}
