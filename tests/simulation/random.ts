/** Choices drawn from a seed. */

import { randomNumbers } from "../support/random_data.ts";

/** A stream of choices. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
    // Seeds one apart give first numbers that are alike.
    for (let i = 0; i < 4; i++) this.#next();
  }

  /** A number in [0, 1). */
  number(): number {
    return this.#next();
  }

  /** An integer from `low` up to and including `high`. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  /** An integer from `low` to `high`, each order of magnitude as likely as the next. */
  magnitude(low: number, high: number): number {
    return Math.round(low * (high / low) ** this.#next());
  }

  /** Whether something happens that has this probability. */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]!;
  }

  /** A stream of its own: what is drawn from it changes nothing here. */
  fork(): Random {
    return new Random(this.integer(0, 2 ** 31));
  }
}
