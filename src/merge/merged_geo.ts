/**
 * The key `geo` of a merged GeoParquet file.
 *
 * @see https://geoparquet.org/releases/v1.1.0/
 *
 * @module
 */

import { SchemaError } from "../util/errors.ts";
import type { MergeInput } from "./merge_input.ts";

type Json = Record<string, unknown>;

/** What says something about the rows of one file alone. */
const OF_ROWS: readonly string[] = ["geometry_types", "bbox"];

/**
 * Merges the values of the key `geo`.
 *
 * @param values By input.
 * @returns The merged value; `null` where there is none to merge.
 * @throws {SchemaError} When an input has none, or they contradict each other.
 */
export function mergeGeo(
  inputs: readonly MergeInput[],
  values: ReadonlyMap<MergeInput, string | null>,
): string | null {
  let merged: Json | null = null;
  for (const input of inputs) {
    const text = values.get(input);
    if (text === undefined || text === null) {
      throw new SchemaError(
        "",
        `Cannot merge ${input.name}: it has no usable key "geo", other inputs have one`,
      );
    }
    const geo = parsed(text, input.name);
    merged = merged === null ? geo : united(merged, geo, input.name);
  }
  return merged === null ? null : JSON.stringify(merged);
}

function parsed(text: string, name: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && isObject(value["columns"])) return value;
  } catch {
    // Told below.
  }
  throw new SchemaError("", `Cannot merge ${name}: its key "geo" is not GeoParquet metadata`);
}

function united(a: Json, b: Json, name: string): Json {
  const { columns: columnsA, ...restA } = a;
  const { columns: columnsB, ...restB } = b;
  const fail = (column: string, what: string) =>
    new SchemaError(
      column,
      `Cannot merge ${name}: of the key "geo", ${what} is not as in the inputs before it`,
    );
  if (canonical(restA) !== canonical(restB)) throw fail("", "version or primary_column");
  const [ours, theirs] = [columnsA as Json, columnsB as Json];
  if (canonical(Object.keys(ours).sort()) !== canonical(Object.keys(theirs).sort())) {
    throw fail("", "the list of columns");
  }
  const columns = Object.entries(ours).map(([column, value]) => {
    const [one, other] = [value as Json, theirs[column] as Json];
    if (!isObject(one) || !isObject(other) || canonical(fixed(one)) !== canonical(fixed(other))) {
      throw fail(column, "what is stated about the column");
    }
    return [column, unitedColumn(one, other)] as const;
  });
  return { ...restA, columns: Object.fromEntries(columns) };
}

/** What does not depend on rows. */
function fixed(column: Json): Json {
  return Object.fromEntries(Object.entries(column).filter(([key]) => !OF_ROWS.includes(key)));
}

function unitedColumn(a: Json, b: Json): Json {
  const [typesA, typesB] = [a["geometry_types"], b["geometry_types"]];
  // No types: nobody knows which.
  const known = [typesA, typesB].every((types) => Array.isArray(types) && types.length > 0);
  const types = known ? [...new Set([...typesA as unknown[], ...typesB as unknown[]])].sort() : [];
  const bbox = unitedBox(a["bbox"], b["bbox"]);
  const { bbox: _before, ...rest } = a;
  return { ...rest, geometry_types: types, ...(bbox === null ? {} : { bbox }) };
}

/** The box around both; `null` where one is unknown, or they are not comparable (x may wrap around the antimeridian). */
function unitedBox(a: unknown, b: unknown): number[] | null {
  if (!isBox(a) || !isBox(b) || a.length !== b.length) return null;
  const half = a.length / 2;
  if (a[0]! > a[half]! || b[0]! > b[half]!) return null;
  return a.map((value, i) => i < half ? Math.min(value, b[i]!) : Math.max(value, b[i]!));
}

function isBox(value: unknown): value is number[] {
  return Array.isArray(value) && (value.length === 4 || value.length === 6) &&
    value.every((number) => typeof number === "number");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON with the members of objects in order. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part: unknown) =>
      isObject(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}
