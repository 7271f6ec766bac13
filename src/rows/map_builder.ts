/**
 * Columns of maps, which hand the keys and the values of their values on as values of their own.
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { type ColumnBuilder } from "./column_builder.ts";
import { ElementsBuilder, MAX_SLOTS } from "./elements_builder.ts";
import { Misfit, misfit, Overfull, within } from "./misfit.ts";
import { isPlain, isRecord } from "./nested_values.ts";

/** Maps, from `Map`s, arrays of pairs, and objects. */
export class MapBuilder extends ElementsBuilder implements ColumnBuilder {
  readonly #keys: ColumnBuilder;
  readonly #values: ColumnBuilder;

  /** Begins with no slots. */
  constructor(nullable: boolean, keys: ColumnBuilder, values: ColumnBuilder) {
    super(nullable);
    this.#keys = keys;
    this.#values = values;
  }

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.#keys.byteLength + this.#values.byteLength + 4 * (this.length + 1) +
      this.validityBytes;
  }

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    const start = this.length, end = start + to - from;
    this.reserve(to - from);
    const { offsets } = this, base = offsets[start]!;
    try {
      const keys: unknown[] = [], mapped: unknown[] = [];
      for (let i = from, slot = start; i < to; i++) {
        const value = values[i];
        if (value === null || value === undefined) this.markNull(slot, i, value);
        else if (!gather(value, keys, mapped)) {
          throw misfit(
            i,
            value,
            "map",
            "a Map, an array of pairs or of { key, value }, or an object",
          );
        }
        if (base + keys.length > MAX_SLOTS) throw new Overfull(MAX_SLOTS);
        offsets[++slot] = base + keys.length;
      }
      this.#append(this.#keys, keys, "key", from, start);
      this.#append(this.#values, mapped, "value", from, start);
      this.length = end;
    } catch (error) {
      this.truncateNulls(start, end);
      if (this.#keys.length > base) this.#keys.truncate(base);
      throw error;
    }
  }

  #append(
    builder: ColumnBuilder,
    values: unknown[],
    name: string,
    from: number,
    start: number,
  ): void {
    try {
      builder.append(values, 0, values.length);
    } catch (error) {
      if (error instanceof Misfit) within(error, name);
      throw this.translate(error, from, start);
    }
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.truncateNulls(length, this.length);
    this.#keys.truncate(this.offsets[length]!);
    this.#values.truncate(this.offsets[length]!);
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    const keys = this.#keys.array();
    return rawArray({
      length: this.length,
      ...this.validityParts(),
      offsets: this.offsetBytes,
      children: [
        rawArray({ length: keys.length, nullCount: 0, children: [keys, this.#values.array()] }),
      ],
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    this.restartOffsets(fresh);
    this.#keys.restart(fresh);
    this.#values.restart(fresh);
  }
}

/** Key and value of an entry as DuckDB and Arrow JS have them; `null`: it is none. */
function pairOf(entry: unknown): [unknown, unknown] | null {
  if (!isRecord(entry) || Object.keys(entry).some((name) => name !== "key" && name !== "value")) {
    return null;
  }
  return "key" in entry ? [entry["key"], entry["value"]] : null;
}

/** Adds the entries of a value; false where it has none. */
function gather(value: unknown, keys: unknown[], values: unknown[]): boolean {
  if (Array.isArray(value)) {
    for (const entry of value) {
      const pair = Array.isArray(entry) ? entry : pairOf(entry);
      if (pair?.length !== 2) return false;
      keys.push(pair[0]);
      values.push(pair[1]);
    }
    return true;
  }
  if (Object.prototype.toString.call(value) === "[object Map]") {
    for (const [key, mapped] of value as Map<unknown, unknown>) {
      keys.push(key);
      values.push(mapped);
    }
    return true;
  }
  if (!isRecord(value)) return false;
  const names = Object.keys(value);
  // What an instance has may be in getters, or private.
  if (names.length === 0 && !isPlain(value)) return false;
  for (const key of names) {
    keys.push(key);
    values.push(value[key]);
  }
  return true;
}
