/** @module What a check of values is, and how it tells what it found. */

import type { DecodedValues } from "../decoded_page.ts";
import type { Report } from "../pages/page_fault.ts";
import type { RuleName } from "../rules.ts";

/** Looks at values, of a page or a dictionary. */
export type ValueCheck = (values: DecodedValues, report: Report) => void;

/** Counts values that break a rule, to report them at once. */
export class WrongValues {
  /** How many. */
  count = 0;
  /** The first of them. */
  first = -1;

  /** Adds one. */
  add(index: number): void {
    if (this.count++ === 0) this.first = index;
  }

  /** Reports them, where there are any. */
  report(report: Report, rule: RuleName, what: string): void {
    if (this.count === 0) return;
    const more = this.count === 1 ? "" : ` (and ${this.count - 1} more)`;
    report(rule, `Value ${this.first} ${what}${more}`);
  }
}

/**
 * Holds byte arrays one by one against a rule.
 *
 * @param wrong Says what is wrong with a value; `null`: nothing.
 */
export function eachValue(
  rule: RuleName,
  wrong: (value: Uint8Array) => string | null,
): ValueCheck {
  return ({ bytes, offsets, count }, report) => {
    if (offsets === null) return;
    const found = new WrongValues();
    let what = "";
    for (let i = 0; i < count; i++) {
      const here = wrong(bytes.subarray(offsets[i]!, offsets[i + 1]!));
      if (here === null) continue;
      if (found.count === 0) what = here;
      found.add(i);
    }
    found.report(report, rule, what);
  };
}
