/**
 * Key-value metadata of a merged file.
 *
 * - A key that all inputs that have it give the same value is kept, in the order of the inputs.
 * - A key with different values is left out, and a note says so; `pandas` is kept as the first input has it, since it describes columns
 *   and an index whose rows readers count for themselves.
 * - `ARROW:schema` is kept as the first input has it where all inputs have one and they agree: fields by name, types that mean the same
 *   (offsets of 32 or 64 bits, views and dictionaries do not matter). Where some inputs have none it is left out, since it would say of
 *   their columns what nobody said. Where inputs contradict each other, they are not merged.
 * - `geo` (GeoParquet): all inputs must have it or none; encodings, coordinate systems and edges must agree; geometry types and boxes are
 *   united.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import type { KeyValue } from "../format/metadata.ts";
import { ARROW_SCHEMA_KEY, GEO_KEY, KeyValueMetadata } from "../schema/key_value_metadata.ts";
import { SchemaError } from "../util/errors.ts";
import { readArrowSchemaValue } from "../verify/claims/arrow_schema_message.ts";
import { mergeGeo } from "./merged_geo.ts";
import type { MergeInput } from "./merge_input.ts";
import type { MergeNote } from "./merge_options.ts";
import { asIn } from "./schema_agreement.ts";

/** Kept as the first input has it. */
const PANDAS_KEY = "pandas";

/**
 * Merges the key-value metadata of all inputs.
 *
 * @param given Pairs that the caller sets.
 * @throws {SchemaError} When `ARROW:schema` or `geo` contradict each other.
 * @throws {TypeError} When the caller sets one of these.
 */
export function mergeKeyValues(
  inputs: readonly MergeInput[],
  given: ReadonlyMap<string, string | null>,
  note: (note: MergeNote) => void,
): readonly KeyValue[] {
  for (const key of [ARROW_SCHEMA_KEY, GEO_KEY]) {
    if (given.has(key)) {
      throw new TypeError(`Cannot set the key "${key}": it comes from the inputs`);
    }
  }
  const merged = new KeyValueMetadata();
  for (const [key, values] of valuesByKey(inputs)) {
    if (given.has(key)) continue;
    if (key === GEO_KEY) {
      const geo = mergeGeo(inputs, values);
      if (geo !== null) merged.append(key, geo);
    } else if (key === ARROW_SCHEMA_KEY) {
      const value = mergedArrowSchema(inputs, values, note);
      if (value !== null) merged.append(key, value);
    } else {
      const [first] = values.values();
      const agree = [...values.values()].every((value) => value === first);
      if (agree || key === PANDAS_KEY) merged.append(key, first ?? null);
      else note({ message: `the inputs have different values of the key "${key}": left out` });
    }
  }
  for (const [key, value] of given) merged.append(key, value);
  return merged.keyValues();
}

/** Values by key and input, in order of appearance. Of a key that is there twice in one file, readers differ in which counts: the last. */
function valuesByKey(
  inputs: readonly MergeInput[],
): Map<string, Map<MergeInput, string | null>> {
  const keys = new Map<string, Map<MergeInput, string | null>>();
  for (const input of inputs) {
    for (const { key, value = null } of input.metadata.keyValueMetadata ?? []) {
      if (key === ARROW_SCHEMA_KEY && input.omissions.has("arrowSchema")) continue;
      if (key === GEO_KEY && input.omissions.has("geo")) continue;
      const values = keys.get(key) ?? new Map<MergeInput, string | null>();
      keys.set(key, values);
      values.set(input, value);
    }
  }
  return keys;
}

function mergedArrowSchema(
  inputs: readonly MergeInput[],
  values: ReadonlyMap<MergeInput, string | null>,
  note: (note: MergeNote) => void,
): string | null {
  const [first, ...rest] = [...values];
  const without = inputs.find((input) => !values.has(input));
  if (without !== undefined) {
    note({ message: `${without.name} has no usable ARROW:schema: left out` });
    return null;
  }
  const [input, text] = first!;
  const schema = schemaOf(input, text);
  for (const [other, otherText] of rest) {
    if (otherText !== text) assertAgree(schema, schemaOf(other, otherText), other.name, input.name);
  }
  // Without its metadata it would say nothing else; fields stand in the order of the first input, as in the merged file.
  return text;
}

function schemaOf({ name }: MergeInput, text: string | null): ArrowSchema {
  const read = readArrowSchemaValue(text ?? "");
  if (typeof read === "object") return read.schema;
  throw new SchemaError("", `Cannot merge ${name}: its ARROW:schema cannot be read: ${read}`);
}

function assertAgree(a: ArrowSchema, b: ArrowSchema, name: string, first: string): void {
  const fields = new Map(b.fields.map((field) => [field.name, field]));
  for (const field of a.fields) {
    const other = fields.get(field.name);
    const meanings = [
      meaningOf(field),
      other === undefined ? "nothing" : meaningOf(other),
    ] as const;
    if (meanings[0] === meanings[1]) continue;
    throw new SchemaError(
      field.name,
      `Cannot merge ${name}: in ARROW:schema, ${asIn(first, meanings)}`,
    );
  }
}

/** What a field means, in a text that is the same for all layouts of the same values. */
function meaningOf({ type, metadata }: ArrowField): string {
  const extension = metadata.get("ARROW:extension:name");
  return `${meaningOfType(type)}${extension === undefined ? "" : ` as ${extension}`}`;
}

function meaningOfType(type: ArrowType): string {
  switch (type.kind) {
    case "dictionary":
      return meaningOfType(type.value);
    case "runEndEncoded":
      return meaningOf(type.values);
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return "utf8";
    case "binary":
    case "largeBinary":
    case "binaryView":
      return "binary";
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
      return `list<${meaningOf(type.child)}>`;
    case "fixedSizeList":
      // Readers refuse rows with another number of elements.
      return `list<${meaningOf(type.child)}> of ${type.listSize}`;
    case "map":
      return `map<${meaningOf(type.child)}>`;
    case "struct":
      return `struct<${
        type.children.map((child) => `${child.name}: ${meaningOf(child)}`).sort().join(", ")
      }>`;
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "timestamp":
      return `timestamp(${type.timezone === null ? "local" : "UTC"})`;
    case "time":
      return "time";
    case "date":
      return "date";
    case "union":
      return "union";
    default:
      return Object.values(type).join(" ");
  }
}
