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
/** Milliseconds a byte that is checked and copied on its way to an encoder. */
const COPY_MILLISECONDS = 2.5e-7;
/** Shares of what was known before, and of the chunk just measured: one odd row group does not decide. */
const MEMORY = 0.5;

/** What encoding costs, column by column: guessed at first, then as measured. */
export class CostModel {
  readonly #millisecondsPerByte: Float64Array;
  readonly #measured: Uint8Array;

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

  /** Milliseconds that the caller's thread takes to copy records of so many bytes, column by column, besides encoding. */
  callerMilliseconds(recordBytes: readonly number[]): number {
    let bytes = 0;
    for (const column of recordBytes) bytes += column;
    return bytes * COPY_MILLISECONDS;
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
