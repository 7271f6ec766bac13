/**
 * Times and dates from one unit to another.
 *
 * @module
 */

import type { Rescaling } from "./column_plan.ts";

/** How many of a unit a day has. */
const PER_DAY = {
  day: 1,
  second: 86_400,
  millisecond: 86_400_000,
  microsecond: 86_400_000_000,
  nanosecond: 86_400_000_000_000,
} as const;

/** A unit of times, timestamps or dates. */
export type CountedUnit = keyof typeof PER_DAY;

/** What counts of `from` become counts of `to` by; they differ. Dates go between days and milliseconds alone. */
export function rescalingOf(from: CountedUnit, to: CountedUnit): Rescaling {
  const [a, b] = [PER_DAY[from], PER_DAY[to]];
  return (b > a ? `times${b / a}` : `over${a / b}`) as Rescaling;
}

/** What a rescaling does. */
export interface RescalingFacts {
  readonly multiplies: boolean;
  readonly factor: bigint;
  /** Unit of the result. */
  readonly to: CountedUnit;
}

/** What a conversion does to counts of `from`; `null`: it is no rescaling. */
export function rescalingFacts(conversion: string, from: CountedUnit): RescalingFacts | null {
  const match = /^(times|over)(\d+)$/.exec(conversion);
  if (match === null) return null;
  const multiplies = match[1] === "times", factor = Number(match[2]);
  const perDay = multiplies ? PER_DAY[from] * factor : PER_DAY[from] / factor;
  const to = Object.entries(PER_DAY).find(([, count]) => count === perDay)![0] as CountedUnit;
  return { multiplies, factor: BigInt(factor), to };
}
