/**
 * Values of JSON texts, made ready for the columns that they go to.
 *
 * @module
 */

import type { ArrowField } from "../arrow/types.ts";
import type { TextKinds } from "../rows/infer.ts";
import { parseIso, parseIsoTime } from "../rows/iso_text.ts";

/** Strings of JSON that are dates and times. */
export const JSON_TEXTS: TextKinds = {
  text(value) {
    const first = value.charCodeAt(0);
    if (value.length < 5 || value.length > 40 || !(first >= 48 && first <= 57)) return "text";
    const moment = parseIso(value);
    if (moment !== null) {
      if (moment.seconds === null) return "isoDate";
      const isNano = moment.nanoseconds % 1000 !== 0;
      if (moment.offset === null) return isNano ? "isoLocalNano" : "isoLocal";
      return isNano ? "isoMomentNano" : "isoMoment";
    }
    const time = parseIsoTime(value);
    return time === null || time.nanoseconds % 1000 !== 0 ? "text" : "isoTime";
  },
};

/** A value as JSON, with bigints as the integers that they are. */
export function jsonText(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  // JSON has it, `JSON.stringify` does not.
  if (Object.is(value, -0)) return "-0";
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${
      Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`)
        .join(",")
    }}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Makes a value ready; `null`: values are ready as they are. */
type Preparation = ((value: unknown) => unknown) | null;

/**
 * Makes rows ready in place: JSON columns get texts, floats what integers are nearest to, bytes the text's. `null`: nothing is to be done.
 *
 * @param isFoundOut Whether nobody gave the type of the field of a name. Where dates and times were found out, from texts, numbers are none.
 */
export function rowPreparation(
  fields: readonly ArrowField[],
  isFoundOut: (name: string) => boolean,
): ((row: object) => void) | null {
  const steps = fields
    .map((field) => [field.name, preparationOf(field, isFoundOut(field.name))] as const)
    .filter(([, prepare]) => prepare !== null);
  if (steps.length === 0) return null;
  return (row) => {
    const members = row as Record<string, unknown>;
    for (const [name, prepare] of steps) {
      const value = Object.hasOwn(row, name) ? members[name] : null;
      if (value !== null && value !== undefined) members[name] = prepare!(value);
    }
  };
}

const encoder = new TextEncoder();

function preparationOf({ type, metadata }: ArrowField, isFoundOut: boolean): Preparation {
  switch (type.kind) {
    case "date":
    case "time":
    case "timestamp":
      // As a text it is refused: it would count days or microseconds since 1970, which nobody has said.
      return isFoundOut
        ? (value) =>
          typeof value === "number" || typeof value === "bigint" ? jsonText(value) : value
        : null;
    case "utf8":
      return metadata.get("ARROW:extension:name") === "arrow.json" ? jsonText : null;
    case "float":
      // One beyond all doubles stays what it is, and is refused as that.
      return (value) =>
        typeof value === "bigint" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "binary":
    case "largeBinary":
    case "binaryView":
    case "fixedSizeBinary":
      if (metadata.get("ARROW:extension:name") === "arrow.uuid") return null;
      return (value) => typeof value === "string" ? encoder.encode(value) : value;
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList": {
      const prepare = preparationOf(type.child, isFoundOut);
      if (prepare === null) return null;
      return (value) =>
        Array.isArray(value) ? value.map((item) => item === null ? null : prepare(item)) : value;
    }
    case "struct": {
      const prepare = rowPreparation(type.children, () => isFoundOut);
      if (prepare === null) return null;
      return (value) => {
        if (typeof value === "object" && value !== null && !Array.isArray(value)) prepare(value);
        return value;
      };
    }
    case "map": {
      const prepare = type.child.type.kind === "struct"
        ? preparationOf(type.child.type.children[1]!, isFoundOut)
        : null;
      if (prepare === null) return null;
      return (value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(
            Object.entries(value).map(([key, item]) => [key, item === null ? null : prepare(item)]),
          )
          : value;
    }
    default:
      return null;
  }
}
