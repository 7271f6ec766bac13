/**
 * Schemas of rows and columns.
 *
 * @module
 */

import { type SchemaLike, toArrowSchema } from "../arrow/arrow_objects.ts";
import type { ArrowField, ArrowSchema } from "../arrow/types.ts";
import { encodeSchemaMessage } from "../schema/arrow_schema_message.ts";
import { SchemaError } from "../util/errors.ts";
import { type FieldType, fieldType } from "./field_type.ts";
import { schemaCode } from "./schema_code.ts";
import { isJsonSchemaText, type JsonField, jsonField, readJsonFields } from "./schema_json.ts";
import { fieldsOf, type RowOf, type Shape } from "./t.ts";

declare const SHAPE: unique symbol;

/**
 * The schema of rows or columns. It is also an Arrow schema as plain data, which every writer takes.
 *
 * It prints as the code that makes it. `JSON.stringify` turns it into text that `schema(JSON.parse(text))` reads.
 *
 * @typeParam S The types of its columns by name.
 */
export class RowSchema<S extends Shape = Shape> implements ArrowSchema {
  /** Only for TypeScript; never set. */
  declare readonly [SHAPE]?: S;
  /** The columns, as Arrow fields. */
  readonly fields: readonly ArrowField[];
  /** Metadata of the schema. */
  readonly metadata: ReadonlyMap<string, string>;

  /** Used by {@linkcode schema}. */
  constructor(fields: readonly ArrowField[], metadata: ReadonlyMap<string, string>) {
    const names = new Set<string>();
    for (const { name } of fields) {
      if (names.has(name)) {
        throw new SchemaError(name, "Cannot make a schema: two fields have the same name");
      }
      names.add(name);
    }
    this.fields = fields;
    this.metadata = metadata;
  }

  /** The types of the columns by name, as given to {@linkcode schema}. */
  get shape(): S {
    return Object.fromEntries(
      this.fields.map((field): [string, FieldType] => [field.name, fieldType(field)]),
    ) as unknown as S;
  }

  /** The code that makes the schema. */
  toString(): string {
    return schemaCode(this);
  }

  /** What `JSON.stringify` writes. */
  toJSON(): { fields: JsonField[]; metadata?: Record<string, string> } {
    return {
      fields: this.fields.map(jsonField),
      ...(this.metadata.size === 0 ? {} : { metadata: Object.fromEntries(this.metadata) }),
    };
  }

  /** Returns an Arrow IPC stream of this schema without rows, from which any Arrow library can read the schema. */
  toIpc(): Uint8Array<ArrayBuffer> {
    const message = encodeSchemaMessage(this);
    // The end of a stream: a continuation, and no length.
    const stream = new Uint8Array(message.length + 8).fill(
      0xff,
      message.length,
      message.length + 4,
    );
    stream.set(message);
    return stream;
  }

  /** How consoles of Node, Bun and Deno print it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** The type of the rows of a schema: what `schema({…})` takes. Nullable members may be missing. */
export type InferRow<T extends RowSchema> = T extends RowSchema<infer S> ? Flat<RowOf<S>> : never;

/** The same members, spelled out in editors. */
export type Flat<T> = { [Name in keyof T]: T[Name] };

/**
 * Makes a schema.
 *
 * @param columns Types of the columns by name, made by `t`; or an Arrow schema (of Arrow JS, or plain data), or what `JSON.parse`
 * makes of a schema's JSON.
 * @param metadata Metadata of the schema.
 * @throws {TypeError} If a column has no type made by `t`.
 * @throws {SchemaError} If two fields of an Arrow schema have the same name.
 *
 * @example A schema and its rows
 * ```ts
 * import { type InferRow, schema, t, toParquet } from "@parquet-ext/parquet-ext";
 *
 * const orders = schema({ id: t.int64(), note: t.utf8().nullable() });
 * const rows: InferRow<typeof orders>[] = [{ id: 1, note: "first" }, { id: 2n }];
 * const bytes = await toParquet(rows, { schema: orders });
 * console.assert(bytes.length > 0);
 * ```
 */
export function schema<const S extends Shape>(
  columns: S,
  metadata?: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
): RowSchema<S>;
/** Makes a schema from an Arrow schema, or from the parsed JSON of a schema. */
export function schema(
  columns: SchemaLike | { readonly fields: readonly unknown[] },
  metadata?: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
): RowSchema;
export function schema(
  columns: Shape | SchemaLike | { readonly fields: readonly unknown[] },
  metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string> = {},
): RowSchema {
  const added = [...metadata instanceof Map ? metadata : Object.entries(metadata)] as [
    string,
    string,
  ][];
  if (typeof columns === "object" && columns !== null && Array.isArray(columns.fields)) {
    const { fields, metadata: own } = isJsonSchemaText(columns)
      ? readJsonFields(columns)
      : toArrowSchema(columns as unknown as SchemaLike);
    return new RowSchema(fields, new Map([...own, ...added]));
  }
  return new RowSchema(fieldsOf(columns as Shape, "a schema"), new Map(added));
}

/** A schema in any form as ours. */
export function toRowSchema(given: SchemaLike): RowSchema {
  return given instanceof RowSchema ? given : schema(given);
}
