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
import { typeCode } from "./schema_code.ts";
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
 * Makes a schema from a JSON Schema of an object, or from a schema of a library that implements Standard JSON Schema or has
 * `toJsonSchema()`, such as zod 4.2 and arktype. For older zod pass `z.toJSONSchema(…)`, for valibot `toJsonSchema(…)` of
 * `@valibot/to-json-schema`.
 *
 * | JSON Schema | type |
 * |---|---|
 * | `integer`; bigints of zod, arktype and TypeBox | `t.int64()`, or the type that `format` names: `int8` to `uint64` |
 * | `number` | `t.float64()`, with `format: "float"` `t.float32()` |
 * | `string`, enumerations of strings | `t.utf8()`, with `format` `date-time` `t.timestamp("us", "UTC")`, `date` `t.date()`, `uuid` `t.uuid()` |
 * | `z.date()`, `Date` of arktype and TypeBox | `t.timestamp("us", "UTC")` |
 * | `Uint8Array` of TypeBox | `t.binary()` |
 * | `boolean`, `null` | `t.bool()`, `t.null()` |
 * | `array` with `items` | `t.list(…)`; `t.fixedSizeList(…)` if `minItems` equals `maxItems` |
 * | `object` with `properties`; `allOf` of several | `t.struct({…})` |
 * | `object` with only `additionalProperties`, or one of `patternProperties` | `t.map(t.utf8(), …)` |
 * | not in `required`, or `null` as an alternative | nullable |
 * | no type, such as `z.any()` | `t.json().nullable()` |
 * | anything else: alternatives of different types or of objects, tuples, references to an enclosing schema | `t.json()` |
 *
 * Constraints such as `minimum` and `pattern` are ignored.
 *
 * @throws {TypeError} If the argument is not a schema.
 * @throws {SchemaError} If the schema is not an object with properties, is nested too deeply, or refers to something that does not exist.
 *
 * @example From a JSON Schema
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
  const { schema: top, referred } = resolve(root, root, "");
  const properties = top.properties;
  if (!isJson(properties) || Object.keys(properties).length === 0) {
    const hint = top.type === "array" ? "; of rows in an array, give its items" : "";
    throw new SchemaError(
      "",
      `Cannot make a schema of this JSON Schema: expected an object with properties${hint}`,
    );
  }
  return schema(shapeOf(top, root, "", [root, ...referred], 0)) as unknown as RowSchema;
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
      return asJson(converter.output({ target: "draft-2020-12", libraryOptions: BEYOND_JSON }));
    }
    if (typeof any.toJsonSchema === "function") return asJson(any.toJsonSchema(BEYOND_JSON));
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

/** What zod and arktype say of types that JSON Schema lacks, and other libraries pass over. */
const BEYOND_JSON = {
  unrepresentable: "any",
  override({ zodSchema, jsonSchema }: ZodContext): void {
    const { type, format } = zodSchema?._zod?.def ?? {};
    Object.assign(jsonSchema, typeBeyondJson(type), format === "uint64" ? { format } : {});
  },
  fallback(context: ArkContext): Json {
    const { code, base, domain } = context;
    if (code === "unit" && context.unit === undefined) return { type: "null" };
    return { ...base, ...typeBeyondJson(code === "domain" ? domain : code) };
  },
};

interface ZodDefinition {
  readonly type?: unknown;
  readonly format?: unknown;
}

interface ZodContext {
  readonly zodSchema?: { readonly _zod?: { readonly def?: ZodDefinition } };
  readonly jsonSchema: object;
}

interface ArkContext {
  readonly code?: unknown;
  readonly base?: Json;
  readonly domain?: unknown;
  readonly unit?: unknown;
}

function typeBeyondJson(name: unknown): Json {
  if (name === "date") return { type: "string", format: "date-time" };
  return name === "bigint" ? { type: "integer" } : {};
}

function asJson(value: unknown): Json {
  if (isJson(value)) return value;
  throw new TypeError("Cannot make a schema: expected a JSON Schema, an object");
}

/** A schema without references, and what is said around it. */
interface Resolved {
  readonly schema: Json;
  readonly nullable: boolean;
  /** Alternatives other than null, where there are several. */
  readonly alternatives: readonly unknown[];
  /** What references led to. */
  readonly referred: readonly Json[];
}

/** In the place of a schema whose values are of several types. */
const SEVERAL_TYPES: Json = { enum: [] };

/** Follows references, single alternatives and `null` beside one; joins the objects of an intersection. */
function resolve(start: unknown, root: Json, path: string): Resolved {
  const seen: Json[] = [];
  let at = isJson(start) ? start : {};
  let nullable = false;
  for (let steps = 0;; steps++) {
    if (steps > MAX_DEPTH) throw new SchemaError(path, "Cannot follow a reference: it is circular");
    if (at.nullable === true) nullable = true;
    if (typeof at.$ref === "string") {
      at = referredTo(at.$ref, root, path);
      seen.push(at);
      continue;
    }
    if (typeof at.type === "string" && at.type !== "object") break;
    if (Array.isArray(at.allOf) && at.allOf.length > 1) {
      const { allOf, ...own } = at;
      at = isJson(own.properties) ? joined([own, ...allOf], root, path) : joined(allOf, root, path);
      continue;
    }
    const alternatives = [at.anyOf, at.oneOf, at.allOf].find(Array.isArray) as
      | unknown[]
      | undefined;
    if (alternatives === undefined) break;
    const others = alternatives.filter((one) => !isNull(one));
    if (others.length < alternatives.length) nullable = true;
    if (others.length !== 1) {
      return { schema: {}, nullable, alternatives: others, referred: seen };
    }
    at = isJson(others[0]) ? others[0] : {};
  }
  const types = Array.isArray(at.type) ? at.type as unknown[] : null;
  if (types !== null) {
    const others = types.filter((type) => type !== "null");
    if (others.length < types.length) nullable = true;
    const { type: _several, ...rest } = at;
    at = others.length === 1 ? { ...rest, type: others[0] } : SEVERAL_TYPES;
  }
  const values = Array.isArray(at.enum) ? at.enum as unknown[] : null;
  if (values !== null && values.includes(null)) nullable = true;
  return { schema: at, nullable, alternatives: [], referred: seen };
}

/** One object of several, all of which hold; without any type where some of them are no objects. */
function joined(parts: readonly unknown[], root: Json, path: string): Json {
  const properties: Record<string, unknown> = {}, required: unknown[] = [];
  for (const part of parts) {
    const { schema } = isJson(part) && part.allOf === undefined
      ? resolve(part, root, path)
      : { schema: {} as Json };
    if (!isJson(schema.properties)) return SEVERAL_TYPES;
    Object.assign(properties, schema.properties);
    if (Array.isArray(schema.required)) required.push(...schema.required);
  }
  return { type: "object", properties, required };
}

function isNull(schema: unknown): boolean {
  return isJson(schema) && (schema.type === "null" || schema.const === null);
}

function referredTo(reference: string, root: Json, path: string): Json {
  let at: unknown = reference === "#" || reference.startsWith("#/") ? root : undefined;
  for (const part of reference.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJson(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  if (isJson(at)) return at;
  throw new SchemaError(path, `Cannot find ${JSON.stringify(reference)} in the JSON Schema`);
}

/** What is being made a type of: a reference to it has none. */
type Within = readonly Json[];

function shapeOf(object: Json, root: Json, path: string, within: Within, depth: number): Shape {
  const required = Array.isArray(object.required) ? object.required as unknown[] : [];
  return Object.fromEntries(
    Object.entries(object.properties as Json).map(([name, member]): [string, FieldType] => {
      const type = typeOf(member, root, path === "" ? name : `${path}.${name}`, within, depth + 1);
      return [name, required.includes(name) ? type : type.nullable()];
    }),
  );
}

function typeOf(
  given: unknown,
  root: Json,
  path: string,
  within: Within,
  depth: number,
): FieldType {
  if (depth > MAX_DEPTH) {
    throw new SchemaError(
      path,
      `Cannot make a schema: it is nested deeper than ${MAX_DEPTH} levels`,
    );
  }
  const { schema: json, nullable, alternatives, referred } = resolve(given, root, path);
  const isAnything = alternatives.length === 0 && json.type === undefined &&
    impliedType(json) === undefined && !NARROWS.some((name) => name in json);
  const type = referred.some((one) => within.includes(one))
    ? t.json()
    : alternatives.length > 0
    ? commonType(alternatives, root, path)
    : plainType(json, root, path, [...within, ...referred], depth);
  return nullable || isAnything ? type.nullable() : type;
}

/** What a schema without a type may say of values; without any of these it takes all of them, null too. */
const NARROWS = ["enum", "const", "not", "if", "$ref", "properties", "patternProperties"] as const;

/** The type of alternatives that are all of one simple type. */
function commonType(alternatives: readonly unknown[], root: Json, path: string): FieldType {
  const types = alternatives.map((one) => {
    const { schema: json, nullable, alternatives: several } = resolve(one, root, path);
    const isSimple = several.length === 0 && SIMPLE.includes(json.type ?? impliedType(json));
    const type = isSimple ? plainType(json, root, path, [], 0) : t.json();
    return { type, nullable, code: isSimple ? typeCode(type.toField(""), "") : "" };
  });
  const [first] = types;
  const type = first !== undefined && types.every(({ code }) => code !== "" && code === first.code)
    ? first.type
    : t.json();
  return types.some(({ nullable }) => nullable) ? type.nullable() : type;
}

const SIMPLE: readonly unknown[] = ["string", "integer", "number", "boolean"];

function plainType(
  json: Json,
  root: Json,
  path: string,
  within: Within,
  depth: number,
): FieldType {
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
    case "undefined":
      return t.null();
    case "bigint":
      return t.int64();
    case "Date":
      return t.timestamp("us", "UTC");
    case "Uint8Array":
      return t.binary();
    case "array": {
      if (json.prefixItems !== undefined || !isJson(json.items)) return t.json();
      const element = typeOf(json.items, root, path, within, depth + 1);
      const { minItems, maxItems } = json;
      return typeof minItems === "number" && minItems === maxItems && minItems > 0
        ? t.fixedSizeList(element, minItems)
        : t.list(element);
    }
    case "object":
      if (isJson(json.properties) && Object.keys(json.properties).length > 0) {
        return t.struct(shapeOf(json, root, path, within, depth));
      }
      return mapType(json, root, path, within, depth) ?? t.json();
    default:
      return t.json();
  }
}

/** The map of an object whose members are all of one type; `null`: they are not. */
function mapType(
  { additionalProperties, patternProperties }: Json,
  root: Json,
  path: string,
  within: Within,
  depth: number,
): FieldType | null {
  const patterns = isJson(patternProperties) ? Object.values(patternProperties) : [];
  const additional = isJson(additionalProperties) && Object.keys(additionalProperties).length > 0;
  const [values, ...others] = additional ? [...patterns, additionalProperties] : patterns;
  return isJson(values) && others.length === 0
    ? t.map(t.utf8(), typeOf(values, root, path, within, depth + 1))
    : null;
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
