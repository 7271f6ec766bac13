/**
 * Columns of structs, which hand the members of their values on as values of their own.
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { type ColumnBuilder, SlotBuilder } from "./column_builder.ts";
import { KeyCheck } from "./key_check.ts";
import { Misfit, misfit, nullMisfit, within } from "./misfit.ts";
import { isRecord } from "./nested_values.ts";

/** A member of a struct. */
export interface Member {
  readonly name: string;
  readonly nullable: boolean;
  readonly builder: ColumnBuilder;
}

/** Reads a member; names that every object has are looked for in the object itself. */
export function memberReader(name: string): (record: Record<string, unknown>) => unknown {
  return name in Object.prototype
    ? (record) => Object.hasOwn(record, name) ? record[name] : undefined
    : (record) => record[name];
}

/** Structs, from objects. */
export class StructBuilder extends SlotBuilder implements ColumnBuilder {
  readonly #members: readonly Member[];
  readonly #keys: KeyCheck;

  /** Begins with no slots. The builders of members have to take nulls, for where the struct is null. */
  constructor(nullable: boolean, members: readonly Member[]) {
    super(nullable);
    this.#members = members;
    this.#keys = new KeyCheck(members.map(({ name }) => name));
  }

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.#members.reduce((sum, { builder }) => sum + builder.byteLength, this.validityBytes);
  }

  protected override grow(): void {}

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    const start = this.length, count = to - from;
    this.reserve(count);
    try {
      this.#check(values, from, to);
      const parts = new Array<unknown>(count);
      for (const { name, nullable, builder } of this.#members) {
        const read = memberReader(name);
        for (let i = from; i < to; i++) {
          const value = values[i];
          if (value === null || value === undefined) {
            parts[i - from] = null;
            continue;
          }
          const part = read(value as Record<string, unknown>);
          if (!nullable && (part === null || part === undefined)) {
            throw within(nullMisfit(i - from, part), name);
          }
          parts[i - from] = part;
        }
        try {
          builder.append(parts, 0, count);
        } catch (error) {
          throw error instanceof Misfit ? within(error, name) : error;
        }
      }
      this.length = start + count;
    } catch (error) {
      this.#takeBack(start, start + count);
      if (error instanceof Misfit && error.path.length > 0) error.index += from;
      throw error;
    }
  }

  #check(values: ArrayLike<unknown>, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value === null || value === undefined) {
        this.markNull(this.length + i - from, i, value);
      } else if (!isRecord(value)) {
        throw misfit(i, value, "struct", "an object");
      } else {
        const unknown = this.#keys.unknownKey(value);
        if (unknown !== null) throw new Misfit(i, this.#keys.refusal(unknown, "struct"));
      }
    }
  }

  #takeBack(length: number, end: number): void {
    this.truncateNulls(length, end);
    for (const { builder } of this.#members) {
      if (builder.length > length) builder.truncate(length);
    }
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.#takeBack(length, this.length);
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({
      length: this.length,
      ...this.validityParts(),
      children: this.#members.map(({ builder }) => builder.array()),
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    this.restartSlots(fresh);
    for (const { builder } of this.#members) builder.restart(fresh);
  }
}
