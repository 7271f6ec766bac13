/**
 * Types of columns by their names, as options and command lines have them.
 *
 * @module
 */

import { FieldType } from "../rows/field_type.ts";
import { t } from "../rows/t.ts";
import { nearestNames } from "../util/nearest_names.ts";

/** Names that databases and data frames use, by those of `t`. */
const ALIASES: Readonly<Record<string, string>> = {
  string: "utf8",
  text: "utf8",
  varchar: "utf8",
  str: "utf8",
  int: "int64",
  integer: "int64",
  bigint: "int64",
  long: "int64",
  float: "float32",
  double: "float64",
  number: "float64",
  real: "float32",
  numeric: "decimal",
  bytes: "binary",
  time: "time64",
  timestamptz: "timestamp",
  datetime: "timestamp",
};

/** Types that a name alone, or with numbers and texts in parentheses, makes. */
const NAMES = [
  ...["null", "bool", "boolean", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"],
  ...["uint64", "float16", "float32", "float64", "decimal", "decimal32", "decimal64", "decimal128"],
  ...["decimal256", "date", "date32", "date64", "time32", "time64", "timestamp", "duration"],
  ...["utf8", "largeUtf8", "utf8View", "binary", "largeBinary", "binaryView", "fixedSizeBinary"],
  ...["uuid", "json"],
];

/**
 * The type of a name such as `int32`, `decimal(18, 2)` or `timestamp(us, UTC)`, in any case; nullable.
 *
 * @throws {TypeError | RangeError} When there is no such type.
 */
export function typeOfName(text: string): FieldType {
  const match = /^\s*(?:t\.)?(\w+)\s*(?:\(([^()]*)\))?\s*$/.exec(text);
  const wanted = (match?.[1] ?? text).toLowerCase();
  const alias = Object.hasOwn(ALIASES, wanted) ? ALIASES[wanted]! : wanted;
  const name = NAMES.find((candidate) => candidate.toLowerCase() === alias);
  if (match === null || name === undefined) {
    const near = nearestNames(wanted, [...NAMES, ...Object.keys(ALIASES)]);
    throw new TypeError(
      `Cannot read type ${JSON.stringify(text)}: there is no such type${
        near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`
      }`,
    );
  }
  const given = (match[2] ?? "").split(",").map((part) => part.trim()).filter((part) => part !== "")
    .map((part) => /^-?\d+$/.test(part) ? Number(part) : part.replace(/^["'](.*)["']$/, "$1"));
  if (name === "decimal" && given.length === 0) given.push(38, 9);
  if (wanted === "timestamptz" && given.length < 2) {
    given.splice(1, 0, ...given.length === 0 ? ["us", "UTC"] : ["UTC"]);
  }
  const make = t[name as "int32"] as (...args: unknown[]) => FieldType;
  return make(...given).nullable();
}

/** A type, or the name of one. */
export function toFieldType(given: FieldType | string): FieldType {
  if (typeof given === "string") return typeOfName(given);
  if (given instanceof FieldType) return given;
  throw new TypeError(
    'Cannot set a type: expected one made by t, such as t.int32(), or a name, such as "int32"',
  );
}
