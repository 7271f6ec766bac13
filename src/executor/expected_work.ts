/**
 * How much a file and its row groups are expected to be, where it is known how many rows there will be.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { CostModel } from "./placement.ts";
import { sampledCost } from "./sampled_cost.ts";

/** Bytes of a value, before any was seen. */
const GUESSED_BYTES = 8;

/** What is expected of one file. */
export class ExpectedWork {
  readonly #plans: readonly ColumnPlan[];
  readonly #costs: CostModel;
  #rows = Infinity;
  #groupRows = Infinity;

  /** Nothing is known yet but what `costs` knows of other files. */
  constructor(plans: readonly ColumnPlan[], costs: CostModel) {
    this.#plans = plans;
    this.#costs = costs;
  }

  /** Hears how many rows the file has, about, and a row group at the most. */
  expectRows(rows: number, rowGroupRows: number): void {
    this.#rows = rows;
    this.#groupRows = Math.min(rows, rowGroupRows);
  }

  /** Whether it is known that the file is going to have more than `rows`. */
  hasMoreThan(rows: number): boolean {
    return this.#rows > rows && this.#rows !== Infinity;
  }

  /** Bytes of the file's records, before any row was seen; `Infinity`: nobody knows. */
  get guessedBytes(): number {
    return this.#rows * this.#plans.length * GUESSED_BYTES;
  }

  /** Bytes of records, or milliseconds, of a row group, of whose rows `rows` take `part`. */
  ofRowGroup(part: number, rows: number): number {
    return this.#groupRows === Infinity ? part : part / rows * this.#groupRows;
  }

  /** The same of the file, whose row groups take `ofOne` each; `Infinity`: nobody knows. */
  ofFile(ofOne: number): number {
    return this.#rows === Infinity ? Infinity : ofOne / this.#groupRows * this.#rows;
  }

  /** Milliseconds that records of so many bytes a column take to encode. */
  milliseconds(bytes: readonly number[]): number {
    let milliseconds = 0;
    for (const [column, one] of bytes.entries()) {
      milliseconds += this.#costs.milliseconds(column, one);
    }
    return milliseconds;
  }

  /** Looks at rows [from, to), whose records have so many bytes a column, where no file has shown yet what a column costs. */
  look(bytes: readonly number[], columns: readonly ColumnArray[], from: number, to: number): void {
    for (const [column, plan] of this.#plans.entries()) {
      if (this.#costs.isMeasured(column)) continue;
      const milliseconds = sampledCost(plan, columns[plan.field]!, from, to);
      this.#costs.guess(column, bytes[column]!, milliseconds);
    }
  }
}
