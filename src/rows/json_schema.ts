/**
 * Schemas from JSON Schema, and from whatever can say itself in it: zod, valibot, arktype, TypeBox.
 *
 * @see https://json-schema.org/draft/2020-12
 * @see https://standardschema.dev
 * @module
 */

import { SchemaError } from "../util/errors.ts";
import type { FieldType } from "./field_type.ts";
import { RowSchema, schema } from "./schema.ts";
import { type Shape, t } from "./t.ts";

type Json = Readonly<Record<string, unknown>>;

/** Levels that are followed, references included. */
const MAX_DEPTH = 64;

const STRINGS: Readonly<Record<string, () => FieldType>> = {
  "date-time": () => t.timestamp("us", "UTC"),
  "date": () => t.date(),
  "uuid": () => t.uuid(),
};
const INTEGERS: Readonly<Record<string, () => FieldType>> = {
  int8: t.int8,
  int16: t.int16,
  int32: t.int32,
  int64: t.int64,
  uint8: t.uint8,
  uint16: t.uint16,
  uint32: t.uint32,
  uint64: t.uint64,
};

/**
 * Makes a schema of a JSON Schema of an object, or of a schema of a library that follows Standard JSON Schema or has
 * `toJsonSchema()`. Of zod before 4.2, pass `z.toJSONSchema(…)`.
 *
 * | JSON Schema | type |
 * |---|---|
 * | `integer` | `t.int64()`, or what `format` says: `int8` to `uint64` |
 * | `number` | `t.float64()`, with `format: "float"` `t.float32()` |
 * | `string`, enumerations of strings | `t.utf8()`, with `format` `date-time` `t.timestamp("us", "UTC")`, `date` `t.date()`, `uuid` `t.uuid()` |
 * | `boolean`, `null` | `t.bool()`, `t.null()` |
 * | `array` with `items` | `t.list(…)`; of a fixed size where `minItems` is `maxItems` |
 * | `object` with `properties` | `t.struct({…})` |
 * | `object` with `additionalProperties` alone | `t.map(t.utf8(), …)` |
 * | not in `required`; or `null` as an alternative | nullable |
 * | anything else: no type, alternatives of several types, tuples | `t.json()` |
 *
 * Constraints such as `minimum` or `pattern` are not looked at.
 *
 * @throws {TypeError} When it is no schema.
 * @throws {SchemaError} When expected an object with properties, refers to itself, or to something that is not there.
 *
 * @example A schema that says itself in JSON Schema
 * ```ts
 * import { fromJsonSchema } from "@parquet-ext/parquet-ext";
 *
 * const points = fromJsonSchema({
 *   type: "object",
 *   properties: { id: { type: "integer" }, at: { type: "string", format: "date-time" } },
 *   required: ["id"],
 * });
 * console.assert(String(points).includes("id: t.int64(),"));
 * ```
 */
export function fromJsonSchema(given: object): RowSchema {
  const root = jsonOf(given);
  const { schema: top } = resolve(root, root, "");
  const properties = top.properties;
  if (!isJson(properties) || Object.keys(properties).length === 0) {
    throw new SchemaError(
      "",
      "Cannot make a schema of this JSON Schema: expected an object with properties",
    );
  }
  return schema(shapeOf(top, root, "", 0)) as unknown as RowSchema;
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON Schema of what may be one, or makes one. */
function jsonOf(given: object): Json {
  const any = given as {
    readonly "~standard"?: { readonly jsonSchema?: { input?: unknown; output?: unknown } };
    readonly toJsonSchema?: unknown;
    readonly toJSONSchema?: unknown;
  };
  const makes = (typeof given === "object" || typeof given === "function") && given !== null;
  if (makes) {
    const converter = any["~standard"]?.jsonSchema;
    if (typeof converter?.output === "function") {
      return asJson(converter.output({ target: "draft-2020-12" }));
    }
    if (typeof any.toJsonSchema === "function") return asJson(any.toJsonSchema());
    if (typeof any.toJSONSchema === "function") return asJson(any.toJSONSchema());
    if (any["~standard"] !== undefined) {
      throw new TypeError(
        "Cannot make a schema: this one has no JSON Schema; convert it first, " +
          "for example with z.toJSONSchema(schema) of zod or toJsonSchema(schema) of @valibot/to-json-schema",
      );
    }
  }
  return asJson(given);
}

function asJson(value: unknown): Json {
  if (isJson(value)) return value;
  throw new TypeError("Cannot make a schema: expected a JSON Schema, an object");
}

/** Follows references, single alternatives and `null` beside one. */
function resolve(
  start: unknown,
  root: Json,
  path: string,
): { readonly schema: Json; readonly nullable: boolean } {
  let at = isJson(start) ? start : {};
  let nullable = false;
  for (let steps = 0;; steps++) {
    if (steps > MAX_DEPTH) throw new SchemaError(path, "Cannot follow a reference: it is circular");
    if (at.nullable === true) nullable = true;
    if (typeof at.$ref === "string") {
      at = referred(at.$ref, root, path);
      continue;
    }
    const alternatives = [at.anyOf, at.oneOf, at.allOf].find(Array.isArray) as
      | unknown[]
      | undefined;
    if (alternatives === undefined) break;
    const others = alternatives.filter((one) => !isNull(one));
    if (others.length < alternatives.length) nullable = true;
    if (others.length !== 1) return { schema: {}, nullable };
    at = isJson(others[0]) ? others[0] : {};
  }
  const types = Array.isArray(at.type) ? at.type as unknown[] : null;
  if (types !== null) {
    const others = types.filter((type) => type !== "null");
    if (others.length < types.length) nullable = true;
    const { type: _several, ...rest } = at;
    at = others.length === 1 ? { ...rest, type: others[0] } : {};
  }
  const values = Array.isArray(at.enum) ? at.enum as unknown[] : null;
  if (values !== null && values.includes(null)) nullable = true;
  return { schema: at, nullable };
}

function isNull(schema: unknown): boolean {
  return isJson(schema) && (schema.type === "null" || schema.const === null);
}

function referred(reference: string, root: Json, path: string): Json {
  let at: unknown = reference === "#" || reference.startsWith("#/") ? root : undefined;
  for (const part of reference.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJson(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  if (isJson(at)) return at;
  throw new SchemaError(path, `Cannot find ${JSON.stringify(reference)} in the JSON Schema`);
}

function shapeOf(object: Json, root: Json, path: string, depth: number): Shape {
  const required = Array.isArray(object.required) ? object.required as unknown[] : [];
  return Object.fromEntries(
    Object.entries(object.properties as Json).map(([name, member]): [string, FieldType] => {
      const type = typeOf(member, root, path === "" ? name : `${path}.${name}`, depth + 1);
      return [name, required.includes(name) ? type : type.nullable()];
    }),
  );
}

function typeOf(given: unknown, root: Json, path: string, depth: number): FieldType {
  if (depth > MAX_DEPTH) {
    throw new SchemaError(
      path,
      "Cannot make a schema: it is nested too deeply, or refers to itself",
    );
  }
  const { schema: json, nullable } = resolve(given, root, path);
  const type = plainType(json, root, path, depth);
  return nullable ? type.nullable() : type;
}

function plainType(json: Json, root: Json, path: string, depth: number): FieldType {
  const format = typeof json.format === "string" ? json.format : "";
  switch (json.type ?? impliedType(json)) {
    case "integer":
      return (Object.hasOwn(INTEGERS, format) ? INTEGERS[format]! : t.int64)();
    case "number":
      if (Object.hasOwn(INTEGERS, format)) return INTEGERS[format]!();
      return format === "float" ? t.float32() : t.float64();
    case "string":
      return (Object.hasOwn(STRINGS, format) ? STRINGS[format]! : t.utf8)();
    case "boolean":
      return t.bool();
    case "null":
      return t.null();
    case "array": {
      if (json.prefixItems !== undefined || !isJson(json.items)) return t.json();
      const element = typeOf(json.items, root, path, depth + 1);
      const { minItems, maxItems } = json;
      return typeof minItems === "number" && minItems === maxItems && minItems > 0
        ? t.fixedSizeList(element, minItems)
        : t.list(element);
    }
    case "object":
      if (isJson(json.properties) && Object.keys(json.properties).length > 0) {
        return t.struct(shapeOf(json, root, path, depth));
      }
      return isJson(json.additionalProperties) && Object.keys(json.additionalProperties).length > 0
        ? t.map(t.utf8(), typeOf(json.additionalProperties, root, path, depth + 1))
        : t.json();
    default:
      return t.json();
  }
}

/** The type that values or members imply where none is named. */
function impliedType(json: Json): string | undefined {
  if (isJson(json.properties)) return "object";
  if (isJson(json.items)) return "array";
  const values = (Array.isArray(json.enum) ? json.enum : "const" in json ? [json.const] : [])
    .filter((value) => value !== null);
  if (values.length === 0) return undefined;
  const every = (test: (value: unknown) => boolean) => values.every(test);
  if (every((value) => typeof value === "string")) return "string";
  if (every((value) => typeof value === "boolean")) return "boolean";
  if (every((value) => Number.isSafeInteger(value))) return "integer";
  return every((value) => typeof value === "number") ? "number" : undefined;
}
