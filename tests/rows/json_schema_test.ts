/** Schemas from JSON Schema, and from libraries that convert to it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJsonSchema, SchemaError } from "../../mod.ts";

test("fromJsonSchema(): types, references, nullability, and what it cannot say", () => {
  const found = fromJsonSchema({
    type: "object",
    $defs: { point: { type: "object", properties: { x: { type: "number" } }, required: ["x"] } },
    properties: {
      id: { type: "string", format: "uuid" },
      n: { anyOf: [{ type: "integer", format: "int32" }, { type: "null" }] },
      at: { type: ["string", "null"], format: "date-time" },
      p: { $ref: "#/$defs/point" },
      kind: { enum: ["a", "b"] },
      extra: {},
      either: { anyOf: [{ type: "string" }, { type: "number" }] },
      by: { type: "object", additionalProperties: { type: "boolean" } },
      pair: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
    },
    required: ["id", "n", "at", "p", "kind", "extra", "either", "by"],
  });
  assert.equal(
    String(found),
    `schema({
  id: t.uuid(),
  n: t.int32().nullable(),
  at: t.timestamp("us", "UTC").nullable(),
  p: t.struct({
    x: t.float64(),
  }),
  kind: t.utf8(),
  extra: t.json().nullable(),
  either: t.json(),
  by: t.map(t.utf8(), t.bool()),
  pair: t.fixedSizeList(t.float64(), 2).nullable(),
})`,
  );
  assert.throws(() => fromJsonSchema({ type: "string" }), SchemaError);
  assert.throws(() => fromJsonSchema({ "~standard": {} }), TypeError);
});

test("fromJsonSchema(): alternatives of one type, intersections, and references to an enclosing schema", () => {
  const found = fromJsonSchema({
    $ref: "#/$defs/row",
    $defs: {
      row: {
        allOf: [
          { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
          { $ref: "#/$defs/more" },
        ],
      },
      more: {
        type: "object",
        properties: {
          kind: { oneOf: [{ const: "x" }, { const: "y" }, { type: "null" }] },
          id: { anyOf: [{ type: "string", format: "uuid" }, { const: "", format: "uuid" }] },
          text: { type: "string", anyOf: [{ format: "email" }, { pattern: "^$" }] },
          some: { anyOf: [{ type: "integer" }, { type: "number" }] },
          objects: { oneOf: [{ type: "object", properties: { x: {} } }, { type: "object" }] },
          parts: { allOf: [{ type: "object", properties: { x: {} } }, { type: "string" }] },
          row: { $ref: "#/$defs/row" },
          rows: { type: "array", items: { $ref: "#" } },
        },
        required: ["kind", "id", "text", "some", "objects", "parts", "row", "rows"],
      },
    },
  });
  assert.equal(
    String(found),
    `schema({
  a: t.int64(),
  kind: t.utf8().nullable(),
  id: t.uuid(),
  text: t.utf8(),
  some: t.json(),
  objects: t.json(),
  parts: t.json(),
  row: t.json(),
  rows: t.list(t.json()),
})`,
  );
  assert.throws(
    () => fromJsonSchema({ $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }),
    SchemaError,
  );
});

test("fromJsonSchema() asks zod and arktype for Dates and bigints, which JSON Schema lacks", () => {
  type Options = {
    unrepresentable: string;
    override(context: object): void;
    fallback(context: object): object;
  };
  const made = `schema({
  at: t.timestamp("us", "UTC"),
  big: t.int64(),
  other: t.json().nullable(),
})`;
  const objectOf = (typeOf: (type: string) => object) => ({
    type: "object",
    properties: { at: typeOf("date"), big: typeOf("bigint"), other: typeOf("map") },
    required: ["at", "big", "other"],
  });
  const zod = {
    "~standard": {
      jsonSchema: {
        output: ({ target, libraryOptions }: { target: string; libraryOptions: Options }) => {
          assert.equal(target, "draft-2020-12");
          assert.equal(libraryOptions.unrepresentable, "any");
          return objectOf((type) => {
            const jsonSchema = {};
            libraryOptions.override({ zodSchema: { _zod: { def: { type } } }, jsonSchema });
            return jsonSchema;
          });
        },
      },
    },
  };
  assert.equal(String(fromJsonSchema(zod)), made);
  const arktype = {
    toJsonSchema: ({ fallback }: Options) =>
      objectOf((type) =>
        fallback(
          type === "bigint"
            ? { code: "domain", domain: type, base: {} }
            : { code: type, base: { description: type } },
        )
      ),
  };
  assert.equal(String(fromJsonSchema(arktype)), made);
});

test("fromJsonSchema(): what takes anything takes null; maps by a pattern; types beyond JSON of TypeBox", () => {
  const found = fromJsonSchema({
    type: "object",
    properties: {
      any: {},
      yes: true,
      described: { description: "anything" },
      several: { type: ["string", "integer"] },
      literals: { enum: [1, "a"] },
      negated: { not: { type: "null" } },
      byPattern: { type: "object", patternProperties: { "^.*$": { type: "number" } } },
      patterns: {
        type: "object",
        patternProperties: { "^a": { type: "number" }, "^b": { type: "string" } },
      },
      big: { type: "bigint" },
      at: { type: "Date" },
      bytes: { type: "Uint8Array" },
    },
    required: [
      "any",
      "yes",
      "described",
      "several",
      "literals",
      "negated",
      "byPattern",
      "patterns",
      "big",
      "at",
      "bytes",
    ],
  });
  assert.equal(
    String(found),
    `schema({
  any: t.json().nullable(),
  yes: t.json().nullable(),
  described: t.json().nullable(),
  several: t.json(),
  literals: t.json(),
  negated: t.json(),
  byPattern: t.map(t.utf8(), t.float64()),
  patterns: t.json(),
  big: t.int64(),
  at: t.timestamp("us", "UTC"),
  bytes: t.binary(),
})`,
  );
});
