/** @module Choices of a fuzzer, drawn from a seed. */

import { randomNumbers } from "../support/random_data.ts";

/** Draws choices. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  /** An integer from 0 to `bound` − 1. */
  below(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a few; there is one at least. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

const NUMBERS = [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, 2 ** 24, 2 ** 28];
const LARGE = [2 ** 31 - 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];

/** A number that is likely to matter where `before` stands. */
export function interestingNumber(random: Random, before: number): number {
  switch (random.below(6)) {
    case 0:
      return before + random.pick([-8, -1, 1, 8]);
    case 1:
      return before * random.pick([2, 16, 1000, 100_000]);
    case 2:
      return -random.pick(NUMBERS);
    case 3:
      return random.pick(LARGE);
    case 4:
      return random.below(1000);
    default:
      return random.pick(NUMBERS);
  }
}
