/**
 * Which worker encodes which column chunk.
 *
 * @module
 */

import type { ColumnPlan } from "../schema/column_plan.ts";

/** Milliseconds a byte of record before anything was measured: about 1 GB/s. */
const FIRST_GUESS = 1e-6;
/** How much dearer than a byte of a fixed-width flat column, before anything was measured. */
const BYTE_ARRAY_WEIGHT = 1.5;
const NESTED_WEIGHT = 2;
/** Milliseconds of the caller's thread for a byte that is checked and copied on its way to an encoder, before anything was seen. */
const COPY_MILLISECONDS = 2.5e-7;
/** Shares of what was known before, and of the chunk just measured: one odd row group does not decide. */
const MEMORY = 0.5;
/** Share of an imbalance that the next row group makes up for. */
const CORRECTION = 0.5;

/** What encoding costs, column by column: guessed at first, then as measured. */
export class CostModel {
  readonly #millisecondsPerByte: Float64Array;
  readonly #measured: Uint8Array;
  #callerMillisecondsPerByte = COPY_MILLISECONDS;

  /** Starts with a guess from the types. */
  constructor(plans: readonly ColumnPlan[]) {
    this.#measured = new Uint8Array(plans.length);
    this.#millisecondsPerByte = Float64Array.from(
      plans,
      ({ leaf, nodes }) =>
        FIRST_GUESS * (leaf.shape === "bytes" ? BYTE_ARRAY_WEIGHT : 1) *
        (nodes.length > 0 ? NESTED_WEIGHT : 1),
    );
  }

  /** Milliseconds that `recordBytes` of a column are expected to take. */
  milliseconds(column: number, recordBytes: number): number {
    return this.#millisecondsPerByte[column]! * recordBytes;
  }

  /** Milliseconds that the caller's thread has to do for records of so many bytes, besides encoding some of them. */
  callerMilliseconds(recordBytes: number): number {
    return recordBytes * this.#callerMillisecondsPerByte;
  }

  /**
   * Learns from who waited for whom while there were so many bytes: workers that run dry say that the caller's thread has more to
   * do than was known (to make the batches, say, which nobody can measure from here); a caller that waits for workers, that it has
   * less, or that a byte costs a worker more.
   */
  balance(recordBytes: number, workersIdle: number, callerWaited: number): void {
    if (recordBytes === 0) return;
    const perByte = this.#callerMillisecondsPerByte +
      (workersIdle - callerWaited) / recordBytes * CORRECTION;
    this.#callerMillisecondsPerByte = Math.max(0, perByte);
  }

  /** Learns what a column chunk took. */
  learn(column: number, recordBytes: number, milliseconds: number): void {
    if (recordBytes === 0) return;
    const now = milliseconds / recordBytes;
    const before = this.#measured[column] === 1 ? this.#millisecondsPerByte[column]! : now;
    this.#millisecondsPerByte[column] = before * MEMORY + now * (1 - MEMORY);
    this.#measured[column] = 1;
  }
}

/** What encoding costs in the files of the process that have the same columns: the next one need not guess. */
export class CostMemory {
  readonly #models = new WeakMap<readonly ColumnPlan[], CostModel>();

  /** The model of files of these columns, which are the same object where a plan is used again. */
  of(plans: readonly ColumnPlan[]): CostModel {
    let model = this.#models.get(plans);
    if (model === undefined) {
      model = new CostModel(plans);
      this.#models.set(plans, model);
    }
    return model;
  }
}

/**
 * Longest processing time first: the dearest column goes to the lane that is free the soonest, and so on.
 *
 * @param costs Expected cost of each column.
 * @param loads Work that each lane has yet to do, in the same unit; it is added to.
 * @returns The lane of each column.
 */
export function placeColumns(costs: ArrayLike<number>, loads: number[]): number[] {
  const order = Array.from(costs, (_, column) => column).sort((a, b) =>
    costs[b]! - costs[a]! || a - b
  );
  const lanes = new Array<number>(order.length).fill(0);
  for (const column of order) {
    let lane = 0;
    for (let i = 1; i < loads.length; i++) if (loads[i]! < loads[lane]!) lane = i;
    lanes[column] = lane;
    loads[lane]! += costs[column]!;
  }
  return lanes;
}
