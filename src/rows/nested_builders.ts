/**
 * Columns with columns inside: structs, lists, maps. They take their values apart, and hand the parts on as values of their own.
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { type ColumnBuilder, SlotBuilder } from "./column_builder.ts";
import { KeyCheck } from "./key_check.ts";
import { isDate, Misfit, misfit, nullMisfit, Overfull } from "./misfit.ts";

/** Child slots that offsets of 32 bits reach, and that one array may have. */
const MAX_SLOTS = 2 ** 31 - 2;

/** Nulls alone. */
export class NullBuilder extends SlotBuilder implements ColumnBuilder {
  /** {@linkcode ColumnBuilder.byteLength} */
  readonly byteLength = 0;

  /** Begins with no slots. */
  constructor() {
    super(true);
  }

  protected override grow(): void {}

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value !== null && value !== undefined) throw misfit(i, value, "null", "null");
    }
    this.length += to - from;
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({ length: this.length, nullCount: this.length });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(): void {
    this.length = 0;
  }
}

/** A member of a struct. */
export interface Member {
  readonly name: string;
  readonly nullable: boolean;
  readonly builder: ColumnBuilder;
}

/** Whether a value has members: an object, but not one of the built-in kinds that stand for something else. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return !Array.isArray(value) && !isDate(value) &&
    Object.prototype.toString.call(value) === "[object Object]";
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

function within(error: Misfit, name: string): Misfit {
  error.path = [name, ...error.path];
  return error;
}

/** What has a number of child slots a slot. */
abstract class ElementsBuilder extends SlotBuilder {
  /** Where child slots of each slot begin, and, at last, end. */
  protected offsets = new Int32Array(1);

  protected override grow(capacity: number): void {
    const before = this.offsets;
    this.offsets = new Int32Array(capacity + 1);
    this.offsets.set(before.subarray(0, this.length + 1));
  }

  /** Gives a misfit of the child, whose values began at slot `start`, the index of the value that holds it. */
  protected translate(error: unknown, from: number, start: number): unknown {
    if (!(error instanceof Misfit)) return error;
    const element = this.offsets[start]! + error.index;
    let slot = start;
    while (this.offsets[slot + 1]! <= element) slot++;
    error.index = from + slot - start;
    return error;
  }

  protected restartOffsets(fresh: boolean): void {
    this.restartSlots(fresh);
    if (fresh) this.offsets = new Int32Array(1);
  }

  protected get offsetBytes(): Uint8Array {
    return new Uint8Array(this.offsets.buffer, 0, 4 * (this.length + 1));
  }
}

/** The elements of an array or a typed array; `null`: it is neither. */
export function elementsOf(value: unknown): ArrayLike<unknown> | null {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) && "length" in value
    ? value as unknown as ArrayLike<unknown>
    : null;
}

/** Lists, from arrays and typed arrays. */
export class ListBuilder extends ElementsBuilder implements ColumnBuilder {
  readonly #child: ColumnBuilder;

  /** Begins with no slots. */
  constructor(nullable: boolean, child: ColumnBuilder) {
    super(nullable);
    this.#child = child;
  }

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.#child.byteLength + 4 * (this.length + 1) + this.validityBytes;
  }

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    const start = this.length, end = start + to - from;
    this.reserve(to - from);
    try {
      const flat: unknown[] = [];
      const { offsets } = this, base = offsets[start]!;
      for (let i = from, slot = start; i < to; i++) {
        const value = values[i];
        if (value === null || value === undefined) {
          this.markNull(slot, i, value);
        } else {
          const elements = elementsOf(value);
          if (elements === null) throw misfit(i, value, "list", "an array or a typed array");
          if (base + flat.length + elements.length > MAX_SLOTS) throw new Overfull(MAX_SLOTS);
          for (let k = 0; k < elements.length; k++) flat.push(elements[k]);
        }
        offsets[++slot] = base + flat.length;
      }
      try {
        this.#child.append(flat, 0, flat.length);
      } catch (error) {
        throw this.translate(error, from, start);
      }
      this.length = end;
    } catch (error) {
      this.truncateNulls(start, end);
      throw error;
    }
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.truncateNulls(length, this.length);
    this.#child.truncate(this.offsets[length]!);
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({
      length: this.length,
      ...this.validityParts(),
      offsets: this.offsetBytes,
      children: [this.#child.array()],
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    this.restartOffsets(fresh);
    this.#child.restart(fresh);
  }
}

/** Lists of one size, from arrays and typed arrays of that size. */
export class FixedSizeListBuilder extends SlotBuilder implements ColumnBuilder {
  readonly #size: number;
  readonly #childNullable: boolean;
  readonly #child: ColumnBuilder;

  /** Begins with no slots. The child has to take nulls, for where the list is null. */
  constructor(nullable: boolean, size: number, childNullable: boolean, child: ColumnBuilder) {
    super(nullable);
    this.#size = size;
    this.#childNullable = childNullable;
    this.#child = child;
  }

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.#child.byteLength + this.validityBytes;
  }

  protected override grow(): void {}

  /** {@linkcode ColumnBuilder.append} */
  append(values: ArrayLike<unknown>, from: number, to: number): void {
    const start = this.length, end = start + to - from, size = this.#size;
    this.reserve(to - from);
    try {
      const flat: unknown[] = [];
      if ((start + to - from) * size > MAX_SLOTS) throw new Overfull(MAX_SLOTS);
      for (let i = from; i < to; i++) {
        const value = values[i];
        if (value === null || value === undefined) {
          this.markNull(start + i - from, i, value);
          for (let k = 0; k < size; k++) flat.push(null);
          continue;
        }
        const elements = elementsOf(value);
        if (elements?.length !== size) {
          throw misfit(i, value, `fixedSizeList(${size})`, `an array of ${size} elements`);
        }
        for (let k = 0; k < size; k++) {
          const element = elements[k];
          if (!this.#childNullable && (element === null || element === undefined)) {
            throw nullMisfit(i, element);
          }
          flat.push(element);
        }
      }
      try {
        this.#child.append(flat, 0, flat.length);
      } catch (error) {
        if (error instanceof Misfit) error.index = from + Math.floor(error.index / size);
        throw error;
      }
      this.length = end;
    } catch (error) {
      this.truncateNulls(start, end);
      throw error;
    }
  }

  /** {@linkcode ColumnBuilder.truncate} */
  truncate(length: number): void {
    this.truncateNulls(length, this.length);
    this.#child.truncate(length * this.#size);
    this.length = length;
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({
      length: this.length,
      ...this.validityParts(),
      children: [this.#child.array()],
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    this.restartSlots(fresh);
    this.#child.restart(fresh);
  }
}

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
          throw misfit(i, value, "map", "a Map, an array of pairs, or an object");
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

/** Adds the entries of a value; false where it has none. */
function gather(value: unknown, keys: unknown[], values: unknown[]): boolean {
  if (Array.isArray(value)) {
    for (const pair of value) {
      if (!Array.isArray(pair) || pair.length !== 2) return false;
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
  for (const key of Object.keys(value)) {
    keys.push(key);
    values.push(value[key]);
  }
  return true;
}
