/** @module Collects what is found, in bounded memory. */

import type { Fault, Place } from "./fault.ts";
import { type RuleName, RULES } from "./rules.ts";

/** Findings of one rule that are kept one by one; of more only the number is. */
const MAX_PER_RULE = 100;

/** Findings about one file. */
export class Findings {
  readonly #faults: Fault[] = [];
  readonly #counts = new Map<RuleName, number>();

  /** Adds a finding, its severity being that of its rule unless it is graver here. */
  add(
    rule: RuleName,
    message: string,
    place: Place = {},
    severity: Fault["severity"] = RULES[rule].severity,
  ): void {
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    if (count > MAX_PER_RULE) return;
    this.#faults.push({ severity, rule, message, ...place });
  }

  /** How often a rule was broken. */
  count(rule: RuleName): number {
    return this.#counts.get(rule) ?? 0;
  }

  /** All findings, in the order in which they were made. */
  list(): Fault[] {
    const faults = [...this.#faults];
    for (const [rule, count] of this.#counts) {
      if (count <= MAX_PER_RULE) continue;
      const more = count - MAX_PER_RULE;
      const message = `… and ${more} more`;
      faults.push({ severity: RULES[rule].severity, rule, message, count: more });
    }
    return faults;
  }
}
