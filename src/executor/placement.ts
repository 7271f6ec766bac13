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
/** Milliseconds of the caller's thread for a byte, before anything was seen: read and checked, copied for a worker, copied to its own encoder. */
const CHECK_MILLISECONDS = 5e-8, HAND_MILLISECONDS = 2e-7, FILL_MILLISECONDS = 1e-7;
/** Shares of what was known before, and of the chunk just measured: one odd row group does not decide. */
const MEMORY = 0.5;
/** How many times as long as encoding a worker is busy with it, before anything was seen, and at the most. */
const FIRST_FACTOR = 1.2, MOST_FACTOR = 3;

/** What a byte costs: guessed at first, then as measured. */
export class ByteCost {
  #millisecondsPerByte: number;

  /** Starts with a guess. */
  constructor(millisecondsPerByte: number) {
    this.#millisecondsPerByte = millisecondsPerByte;
  }

  /** Milliseconds that so many bytes are expected to take. */
  of(bytes: number): number {
    return bytes * this.#millisecondsPerByte;
  }

  /** Learns what bytes took. */
  learn(bytes: number, milliseconds: number): void {
    if (bytes === 0) return;
    const now = Math.max(0, milliseconds) / bytes;
    this.#millisecondsPerByte = this.#millisecondsPerByte * MEMORY + now * (1 - MEMORY);
  }
}

/** What encoding costs, column by column: guessed at first, then as measured. */
export class CostModel {
  readonly #millisecondsPerByte: Float64Array;
  readonly #measured: Uint8Array;
  /** What the caller's thread does for a byte of record that anybody encodes: batches are made, read and checked. */
  readonly checking: ByteCost = new ByteCost(CHECK_MILLISECONDS);
  /** The same for one that is handed to a worker. */
  readonly handing: ByteCost = new ByteCost(HAND_MILLISECONDS);
  /** The same for one that it encodes itself, besides that. */
  readonly filling: ByteCost = new ByteCost(FILL_MILLISECONDS);
  #workerFactor = FIRST_FACTOR;
  /** Record bytes of the last file. */
  fileBytes = 0;

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

  /** How many times as long as encoding takes a worker is busy with it: records are copied to it, and results leave. */
  get workerFactor(): number {
    return this.#workerFactor;
  }

  /** Learns how many times as long as encoding workers were busy. */
  learnWorker(factor: number): void {
    const bounded = Math.min(Math.max(1, factor), MOST_FACTOR);
    this.#workerFactor += (bounded - this.#workerFactor) * (1 - MEMORY);
  }

  /** Whether a column was measured. */
  isMeasured(column: number): boolean {
    return this.#measured[column] === 1;
  }

  /** Expects of a column that was not measured what part of it says. */
  guess(column: number, recordBytes: number, milliseconds: number): void {
    if (recordBytes > 0) this.#millisecondsPerByte[column] = milliseconds / recordBytes;
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

/** What one column costs the lane that it is given to. */
export interface ColumnCosts {
  /** The caller's thread, which encodes it. */
  readonly own: number;
  /** A worker, which encodes it. */
  readonly worker: number;
  /** The caller's thread, where a worker encodes it. */
  readonly handing: number;
}

/**
 * Longest processing time first: the dearest column goes to the lane that would be done with it the soonest, and so on.
 *
 * @param costs Expected cost of each column.
 * @param loads Work that each lane has yet to do, in the same unit; it is added to.
 * @param callerShares Whether the first lane is the caller's thread; the others are workers.
 * @returns The lane of each column.
 */
export function placeColumns(
  costs: readonly ColumnCosts[],
  loads: number[],
  callerShares: boolean,
): number[] {
  const order = Array.from(costs, (_, column) => column).sort((a, b) =>
    costs[b]!.worker - costs[a]!.worker || a - b
  );
  // As if all were handed to workers, until it is known which ones are not.
  if (callerShares) loads[0]! += costs.reduce((sum, { handing }) => sum + handing, 0);
  const lanes = new Array<number>(order.length).fill(0);
  for (const column of order) {
    const { own, worker, handing } = costs[column]!;
    let lane = 0;
    let end = loads[0]! + (callerShares ? own - handing : worker);
    for (let i = 1; i < loads.length; i++) {
      const done = loads[i]! + worker;
      if (done < end) {
        end = done;
        lane = i;
      }
    }
    lanes[column] = lane;
    loads[lane] = end;
  }
  return lanes;
}
