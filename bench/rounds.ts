/** @module Rounds of one piece of work in this process, and what they took. */

import process from "node:process";

/** What rounds took, in milliseconds. */
export interface Rounds<T> {
  /** What the last one gave. */
  readonly last: T;
  /** Rounds that were timed. */
  readonly rounds: number;
  /** Wall-clock time of the fastest one. */
  readonly best: number;
  /** Wall-clock time. */
  readonly median: number;
  /** Median of the time of all threads. */
  readonly cpu: number;
}

/** Works for so many seconds, at least three times. The first time warms up. */
export async function timeRounds<T>(work: () => Promise<T>, seconds: number): Promise<Rounds<T>> {
  const wall: number[] = [], cpu: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (let round = 0;; round++) {
    const before = process.cpuUsage();
    const started = performance.now();
    const last = await work();
    const took = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    if (round > 0) {
      wall.push(took);
      cpu.push((user + system) / 1000);
    }
    if (round < 2 || performance.now() < end) continue;
    return {
      last,
      rounds: wall.length,
      best: Math.min(...wall),
      median: median(wall),
      cpu: median(cpu),
    };
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
