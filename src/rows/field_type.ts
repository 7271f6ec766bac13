/**
 * Types of columns, with what belongs to a field: whether it may be null, metadata, a field id.
 *
 * @module
 */

import type { ArrowField, ArrowType } from "../arrow/types.ts";
import { typeCode } from "./schema_code.ts";

declare const VALUE: unique symbol;

/** Key of the field id in the metadata of a field. */
const FIELD_ID = "PARQUET:field_id";

/**
 * The type of a column or of a part of one, as made by `t`.
 *
 * @typeParam Value Values that rows may have there, apart from nulls.
 * @typeParam Nullable Whether a value may be null or missing.
 */
export class FieldType<out Value = unknown, out Nullable extends boolean = boolean> {
  /** Only for TypeScript; never set. */
  declare readonly [VALUE]?: Value;
  /** The Arrow type, as plain data. */
  readonly type: ArrowType;
  /** Whether a value may be null or missing. */
  readonly isNullable: Nullable;
  /** Metadata of the field, extension types and the field id included. */
  readonly fieldMetadata: ReadonlyMap<string, string>;

  /** For `t` alone. */
  constructor(type: ArrowType, isNullable: Nullable, fieldMetadata: ReadonlyMap<string, string>) {
    this.type = type;
    this.isNullable = isNullable;
    this.fieldMetadata = fieldMetadata;
  }

  /** The same type, for values that may be null: `null`, `undefined` or missing. */
  nullable(): FieldType<Value, true> {
    return new FieldType<Value, true>(this.type, true, this.fieldMetadata);
  }

  /**
   * The same type with metadata for its field. Pairs are added to those there are.
   *
   * @throws {TypeError} If a value is not a string.
   */
  metadata(
    pairs: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
  ): FieldType<Value, Nullable> {
    const added = pairs instanceof Map ? pairs : Object.entries(pairs);
    const metadata = new Map(this.fieldMetadata);
    for (const [key, value] of added as Iterable<[string, string]>) {
      if (typeof key !== "string" || typeof value !== "string") {
        throw new TypeError(`Cannot set metadata ${JSON.stringify(key)}: expected a string`);
      }
      metadata.set(key, value);
    }
    return new FieldType<Value, Nullable>(this.type, this.isNullable, metadata);
  }

  /**
   * The same type with a field id, by which Iceberg and others identify columns.
   *
   * @param id An integer of 32 bits.
   * @throws {RangeError} If `id` is not such an integer.
   */
  fieldId(id: number): FieldType<Value, Nullable> {
    if ((id | 0) !== id) {
      throw new RangeError(`Cannot set field id ${String(id)}: expected an integer of 32 bits`);
    }
    return this.metadata({ [FIELD_ID]: String(id) });
  }

  /** The Arrow field of this type. */
  toField(name: string): ArrowField {
    const { type, isNullable: nullable, fieldMetadata: metadata } = this;
    return { name, type, nullable, metadata };
  }

  /** The code that makes this type, such as `t.utf8().nullable()`. */
  toString(): string {
    return typeCode(this.toField(""), "");
  }
}

/** The type of a field. */
export function fieldType({ type, nullable, metadata }: ArrowField): FieldType {
  return new FieldType(type, nullable, metadata);
}
