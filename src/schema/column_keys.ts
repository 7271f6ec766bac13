/**
 * Finds the fields that a key of the options `columns` and `sortingColumns` names.
 *
 * @module
 */

import { nearestNames } from "../util/nearest_names.ts";
import type { ColumnOverride, ColumnOverrideValues } from "./writer_options.ts";

/** A field under one of its spellings. */
interface Spelling {
  /** Ordinal of the field's element in the Parquet schema. */
  readonly element: number;
  readonly segments: readonly string[];
}

/** Names that an error message lists at the most. */
const MAX_LISTED = 20;

/** Segments of a key with names in double quotes, `null` when it is not well-formed. */
function parseQuoted(key: string): string[] | null {
  const segments: string[] = [];
  const segment = /(?:"((?:[^"]|"")*)"|([^".]*))(\.|$)/y;
  while (true) {
    const match = segment.exec(key);
    if (match === null) return null;
    segments.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === "") return segments;
  }
}

function quote(segments: readonly string[]): string {
  return segments.map((name) => `"${name.replaceAll('"', '""')}"`).join(".");
}

function sameSegments(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function add(map: Map<string, Spelling[]>, spelling: Spelling): void {
  const key = spelling.segments.join(".");
  const known = map.get(key);
  if (known === undefined) map.set(key, [spelling]);
  else known.push(spelling);
}

/** Fields of a schema by what a key may call them. */
export class ColumnKeys {
  /** Paths as in Arrow, the unnamed levels of lists and maps left out. These are tried first. */
  readonly #arrow = new Map<string, Spelling[]>();
  /** Paths as in the Parquet schema. */
  readonly #parquet = new Map<string, Spelling[]>();

  /**
   * Adds a field.
   *
   * @param element Ordinal of its element in the Parquet schema.
   * @param arrowPath Its path in Arrow; `null` for levels that have no name there.
   * @param parquetPath Its path in the Parquet schema.
   */
  add(element: number, arrowPath: readonly string[] | null, parquetPath: readonly string[]): void {
    if (arrowPath !== null) add(this.#arrow, { element, segments: arrowPath });
    add(this.#parquet, { element, segments: parquetPath });
  }

  /**
   * The fields that a key names: more than one only where fields have the same name.
   *
   * @param key The key.
   * @param place Where it was given, for messages.
   * @returns Ordinals of their elements in the Parquet schema.
   * @throws {TypeError} When no field has that name, or when fields of different paths have it.
   */
  find(key: string, place: string = `columns[${JSON.stringify(key)}]`): number[] {
    const plain = this.#arrow.get(key) ?? this.#parquet.get(key);
    if (plain !== undefined) {
      const other = plain.find(({ segments }) => !sameSegments(segments, plain[0]!.segments));
      if (other !== undefined) {
        throw new TypeError(
          `Cannot use ${place}: it could mean ${quote(plain[0]!.segments)} ` +
            `or ${quote(other.segments)}; quote the names as here`,
        );
      }
      return plain.map(({ element }) => element);
    }
    const segments = key.includes('"') ? parseQuoted(key) : null;
    if (segments !== null) {
      for (const spellings of [this.#arrow, this.#parquet]) {
        const found = spellings.get(segments.join("."))
          ?.filter((spelling) => sameSegments(spelling.segments, segments));
        if (found !== undefined && found.length > 0) return found.map(({ element }) => element);
      }
    }
    throw this.#notFound(key, place);
  }

  #notFound(key: string, place: string): TypeError {
    const near = nearestNames(key, this.#arrow.keys());
    const hint = near.length === 0
      ? ""
      : `did you mean ${near.map((name) => JSON.stringify(name)).join(" or ")}? `;
    const names = [...this.#arrow.keys()];
    const listed = names.slice(0, MAX_LISTED).map((name) => JSON.stringify(name)).join(", ");
    const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
    return new TypeError(
      `Cannot use ${place}: no such column; ${hint}valid: ${listed}${more}`,
    );
  }
}

/**
 * Options under `columns` by the element that they are given for.
 *
 * @param keys Fields of the schema.
 * @param columns What was given.
 * @returns Options by the ordinal of the element in the Parquet schema.
 * @throws {TypeError} When a key names no field, or two keys name the same.
 */
export function overridesByElement(
  keys: ColumnKeys,
  columns: readonly ColumnOverride[],
): Map<number, ColumnOverrideValues> {
  const byElement = new Map<number, ColumnOverrideValues>();
  const keyOf = new Map<number, string>();
  for (const { key, options: values } of columns) {
    for (const element of keys.find(key)) {
      const other = keyOf.get(element);
      if (other !== undefined) {
        throw new TypeError(
          `Cannot use both columns[${JSON.stringify(other)}] and columns[${
            JSON.stringify(key)
          }]: ` +
            "they name the same column",
        );
      }
      keyOf.set(element, key);
      byElement.set(element, values);
    }
  }
  return byElement;
}
