/**
 * Values of Parquet columns as `head` and `cat` show them: exact, dates and times in ISO form, bytes as hexadecimal digits.
 *
 * @module
 */

import type { ArrowField, TimeUnit } from "../arrow/types.ts";
import { PER_SECOND } from "../rows/temporal_values.ts";
import { exactJson } from "../text/exact_json.ts";

/** What is shown of a value that is not null and is neither a struct nor a list. */
export function shownValue({ type, metadata }: ArrowField, value: unknown): unknown {
  switch (type.kind) {
    case "date":
      return type.unit === "day"
        ? isoDate(value as number)
        : isoTimestamp(value as bigint, "millisecond");
    case "timestamp":
      return isoTimestamp(value as bigint, type.unit, type.timezone ? "Z" : "");
    case "time":
      return isoTime(BigInt(value as number | bigint), type.unit);
    case "interval":
      return isoDuration(value as Interval);
    case "float":
      return Number.isFinite(value) ? value : String(value);
    case "utf8":
      return metadata.get(EXTENSION) === "arrow.json" ? parsedJson(value as string) : value;
    case "binary":
      return `0x${hexOf(value as Uint8Array)}`;
    case "fixedSizeBinary": {
      const digits = hexOf(value as Uint8Array);
      return metadata.get(EXTENSION) === "arrow.uuid" && digits.length === 32
        ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
        : `0x${digits}`;
    }
    case "map":
      return objectOf(value as [unknown, unknown][]);
    default:
      return value;
  }
}

/** A map of texts as an object, unless a key is there twice. */
function objectOf(pairs: readonly [unknown, unknown][]): unknown {
  const keys = new Set(pairs.map(([key]) => key));
  const isObject = keys.size === pairs.length && pairs.every(([key]) => typeof key === "string");
  return isObject ? Object.fromEntries(pairs) : pairs;
}

const EXTENSION = "ARROW:extension:name";

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** JSON within a row is shown as a part of it, and as a text where it is none. */
function parsedJson(text: string): unknown {
  try {
    return exactJson(text);
  } catch {
    return text;
  }
}

function isoDate(days: number): string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? `${days} days` : date.toISOString().slice(0, -14);
}

/** A date and a time, in UTC where there is a zone; beyond the years that a `Date` has, the count. */
function isoTimestamp(count: bigint, unit: TimeUnit, zone = ""): string {
  const perSecond = BigInt(PER_SECOND[unit]);
  const fraction = ((count % perSecond) + perSecond) % perSecond;
  const date = new Date(Number((count - fraction) / perSecond) * 1000);
  if (Number.isNaN(date.getTime())) return String(count);
  return `${date.toISOString().slice(0, -5)}${decimals(fraction, perSecond)}${zone}`;
}

/** A time of day; where it is none, the count. */
function isoTime(count: bigint, unit: TimeUnit): string {
  const perSecond = BigInt(PER_SECOND[unit]), seconds = count / perSecond;
  if (count < 0n || seconds > 86_400n) return String(count);
  const parts = [seconds / 3600n, seconds / 60n % 60n, seconds % 60n];
  return parts.map((part) => String(part).padStart(2, "0")).join(":") +
    decimals(count % perSecond, perSecond);
}

function decimals(fraction: bigint, perSecond: bigint): string {
  if (fraction === 0n) return "";
  return `.${String(fraction).padStart(String(perSecond).length - 1, "0").replace(/0+$/, "")}`;
}

interface Interval {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
}

/** An interval as ISO 8601 has durations, such as `P1M2DT0.5S`. */
function isoDuration({ months, days, nanoseconds }: Interval): string {
  const perSecond = 1_000_000_000n;
  const seconds = `${nanoseconds / perSecond}${decimals(nanoseconds % perSecond, perSecond)}`;
  const date = `${months === 0 ? "" : `${months}M`}${days === 0 ? "" : `${days}D`}`;
  const isNothing = nanoseconds === 0n;
  if (date === "" && isNothing) return "PT0S";
  return `P${date}${isNothing ? "" : `T${seconds}S`}`;
}
