/**
 * What to advise where a value does not fit a column whose type was found out from the values before it.
 *
 * @module
 */

import type { ArrowField } from "../arrow/types.ts";
import { CODE } from "./cell_numbers.ts";

/** The value that a reason begins with: a text in quotes, or a number. */
const READ = /^Cannot read ("?)(.*?)\1 as /;

/**
 * A type that takes the value, and those before it, which the column's own type does not take; `null`: none helps.
 *
 * @param otherwise The type that takes anything.
 */
export function betterType(
  { type, nullable }: ArrowField,
  reason: string,
  otherwise: "utf8" | "json",
): string | null {
  if (!nullable && reason.startsWith("Cannot accept a")) return null;
  if (reason.endsWith(CODE)) return otherwise;
  const [, quote = "", value = ""] = READ.exec(reason) ?? [];
  // A text of JSON is none of its numbers or dates: those are not in quotes, these were found out as such.
  if (type.kind === "int" && (quote === "") === (otherwise === "json")) {
    if (/^-?\d+n?$/.test(value)) return type.bitWidth < 64 ? "int64" : "decimal(38, 0)";
    if (/^[+-]?(?:[\d.]+(?:e[+-]?\d+)?|nan|inf(?:inity)?)$/i.test(value)) return "float64";
  }
  if (type.kind === "date" && /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(value)) return 'timestamp("us")';
  return otherwise === "utf8" && type.kind === "utf8" ? null : otherwise;
}
