import assert from "node:assert/strict";
import { test } from "node:test";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import {
  MAX_COLUMNS,
  MAX_DEPTH,
  planSchema,
  type SchemaPlan,
} from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { LimitError, SchemaError } from "../../src/util/errors.ts";
import {
  dictionary,
  extension,
  field,
  INT32,
  INT64,
  list,
  map,
  required,
  runs,
  schemaOf,
  struct,
  UTF8,
} from "./arrow_fields.ts";
import { printSchema } from "./print_schema.ts";

function plan(...fields: ArrowField[]): SchemaPlan {
  return planSchema(schemaOf(...fields), resolveOptions());
}

/** `path | Arrow path | definition/repetition | nodes | leaf`, one line a column. */
function printPlans({ columns }: SchemaPlan): string[] {
  return columns.map((column) => {
    const nodes = column.nodes.map((node) => {
      const mark = node.nullable ? "?" : "";
      if (node.kind === "struct") return `struct${mark}.${node.child}`;
      return node.kind === "list" ? `list${mark}` : `list${mark}*${node.listSize}`;
    });
    return [
      column.path.join("."),
      column.arrowPath,
      `${column.maxDefinitionLevel}/${column.maxRepetitionLevel}`,
      nodes.join(" "),
      column.leaf.nullable ? "nullable" : "required",
    ].join(" | ");
  });
}

const LISTS: ArrowType["kind"][] = ["list", "largeList", "listView", "largeListView"];

test("planSchema() numbers the columns and describes the root", () => {
  const { elements, columns, columnOrders } = plan(
    field("a", INT32),
    required("b", struct(field("x", UTF8), required("y", INT64))),
    required("c", INT64),
  );
  assert.deepEqual(elements[0], { name: "arrow_schema", numChildren: 3 });
  assert.equal(
    printSchema(elements),
    [
      "OPTIONAL INT32 a",
      "REQUIRED b",
      "  OPTIONAL BYTE_ARRAY x STRING/UTF8",
      "  REQUIRED INT64 y",
      "REQUIRED INT64 c",
    ].join("\n"),
  );
  assert.deepEqual(columns.map(({ index, field }) => [index, field]), [[0, 0], [1, 1], [2, 1], [
    3,
    2,
  ]]);
  assert.deepEqual(columnOrders, Array(4).fill({ type: "TYPE_ORDER" }));
  assert.deepEqual(printPlans({ elements, columns, columnOrders, sortingColumns: [] }), [
    "a | a | 1/0 |  | nullable",
    "b.x | b.x | 1/0 | struct.0 | nullable",
    "b.y | b.y | 0/0 | struct.1 | required",
    "c | c | 0/0 |  | required",
  ]);
});

test("planSchema() writes every kind of list with three levels", () => {
  for (const kind of LISTS) {
    const type = { kind, child: field("item", INT32) } as ArrowType;
    const planned = plan(field("a", type));
    assert.equal(
      printSchema(planned.elements),
      "OPTIONAL a LIST/LIST\n  REPEATED list\n    OPTIONAL INT32 element",
    );
    assert.deepEqual(printPlans(planned), ["a.list.element | a | 3/1 | list? | nullable"]);
  }
  const fixed = plan(
    required("a", { kind: "fixedSizeList", listSize: 3, child: required("item", INT32) }),
  );
  assert.equal(
    printSchema(fixed.elements),
    "REQUIRED a LIST/LIST\n  REPEATED list\n    REQUIRED INT32 element",
  );
  assert.deepEqual(printPlans(fixed), ["a.list.element | a | 1/1 | list*3 | required"]);
});

test("planSchema() writes maps with a required key, whatever Arrow calls it", () => {
  const planned = plan(
    field("m", map(field("keys", UTF8), field("values", list(field("item", INT32))))),
  );
  assert.equal(
    printSchema(planned.elements),
    [
      "OPTIONAL m MAP/MAP",
      "  REPEATED key_value",
      "    REQUIRED BYTE_ARRAY key STRING/UTF8",
      "    OPTIONAL value LIST/LIST",
      "      REPEATED list",
      "        OPTIONAL INT32 element",
    ].join("\n"),
  );
  assert.deepEqual(printPlans(planned), [
    "m.key_value.key | m.key | 2/1 | list? struct.0 | required",
    "m.key_value.value.list.element | m.value | 5/2 | list? struct.1 list? | nullable",
  ]);
});

test("planSchema() counts levels through list<list<struct<list>>>", () => {
  const inner = struct(field("x", list(required("item", INT32))), required("y", UTF8));
  const planned = plan(field("a", list(field("item", list(required("item", inner))))));
  assert.deepEqual(printPlans(planned), [
    "a.list.element.list.element.x.list.element | a.x | 6/3 | list? list? struct.0 list? | required",
    "a.list.element.list.element.y | a.y | 4/2 | list? list? struct.1 | required",
  ]);
});

test("planSchema() looks through dictionaries and runs of nested types", () => {
  const type = struct(required("x", INT32));
  const plain = plan(field("a", list(field("item", type))));
  const encoded = plan(field("a", runs(list(field("item", dictionary(type))))));
  assert.deepEqual(encoded, plain);
});

test("planSchema() writes a null within anything", () => {
  const planned = plan(required("a", list(required("item", { kind: "null" }))));
  assert.deepEqual(printPlans(planned), ["a.list.element | a | 2/1 | list | nullable"]);
});

test("planSchema() writes the storage of a variant as VARIANT", () => {
  const binary: ArrowType = { kind: "binaryView" };
  const shredded = struct(
    field("value", binary),
    field("typed_value", UTF8),
  );
  const storage = struct(
    field("metadata", binary),
    field("value", binary),
    field("typed_value", struct(required("b", shredded))),
  );
  const planned = plan(extension(storage, "arrow.parquet.variant", ""));
  assert.equal(
    printSchema(planned.elements),
    [
      "OPTIONAL a VARIANT(1)/–",
      "  REQUIRED BYTE_ARRAY metadata",
      "  OPTIONAL BYTE_ARRAY value",
      "  OPTIONAL typed_value",
      "    REQUIRED b",
      "      OPTIONAL BYTE_ARRAY value",
      "      OPTIONAL BYTE_ARRAY typed_value STRING/UTF8",
    ].join("\n"),
  );
  assert.deepEqual(planned.columns.map(({ order }) => order), ["none", "none", "none", "utf8"]);

  const whole = struct(field("metadata", binary), field("value", binary));
  assert.equal(
    printSchema(plan(extension(whole, "arrow.parquet.variant")).elements),
    [
      "OPTIONAL a VARIANT(1)/–",
      "  REQUIRED BYTE_ARRAY metadata",
      "  REQUIRED BYTE_ARRAY value",
    ].join("\n"),
  );

  const other = struct(field("metadata", UTF8), field("value", binary));
  const { elements, columns } = plan(extension(other, "arrow.parquet.variant"));
  assert.equal(elements[1]!.logicalType, undefined);
  assert.equal(elements[2]!.repetitionType, "OPTIONAL");
  assert.deepEqual(columns.map(({ order }) => order), ["utf8", "bytes"]);
});

test("planSchema() takes field ids from metadata at every level", () => {
  const withId = (name: string, type: ArrowType, id: string) =>
    field(name, type, true, { "PARQUET:field_id": id });
  const planned = plan(
    withId("a", list(withId("item", INT32, "2")), "1"),
    withId("b", struct(withId("x", INT32, "4")), "-3"),
    withId("m", map(withId("key", INT32, "6"), withId("value", INT32, "0")), "5"),
    withId("c", INT32, "2147483648"),
    withId("d", INT32, "1.5"),
    withId("e", INT32, ""),
  );
  assert.equal(
    printSchema(planned.elements),
    [
      "OPTIONAL a LIST/LIST #1",
      "  REPEATED list",
      "    OPTIONAL INT32 element #2",
      "OPTIONAL b #-3",
      "  OPTIONAL INT32 x #4",
      "OPTIONAL m MAP/MAP #5",
      "  REPEATED key_value",
      "    REQUIRED INT32 key #6",
      "    OPTIONAL INT32 value #0",
      "OPTIONAL INT32 c",
      "OPTIONAL INT32 d",
      "OPTIONAL INT32 e",
    ].join("\n"),
  );
});

test("planSchema() takes names as they are", () => {
  const names = ["x", "x", "", "a.b", "__proto__", "constructor", 'say "hi"', "ü\n", "list"];
  const { columns } = plan(...names.map((name) => field(name, INT32)));
  assert.deepEqual(columns.map(({ path }) => path), names.map((name) => [name]));
  const nested = plan(field("__proto__", struct(...names.map((name) => field(name, INT32)))));
  assert.deepEqual(
    nested.columns.map(({ path }) => path),
    names.map((name) => ["__proto__", name]),
  );
});

test("planSchema() refuses schemas that are no Parquet", () => {
  const refused = (message: RegExp, path: string, ...fields: ArrowField[]) =>
    assert.throws(
      () => plan(...fields),
      (error) => error instanceof SchemaError && error.path === path && message.test(error.message),
      String(message),
    );
  refused(/without columns/, "");
  refused(/struct without children/, "a.b", field("a", struct(field("b", struct()))));
  refused(/entries/, "m", field("m", { kind: "map", keysSorted: false, child: field("e", INT32) }));
  const three = struct(field("k", INT32), field("v", INT32), field("w", INT32));
  refused(/entries/, "m", field("m", { kind: "map", keysSorted: false, child: field("e", three) }));
  const ofNulls = (type: ArrowType) =>
    field("m", map(required("key", type), field("value", INT32)));
  // Such a map has no entries, but its key would be OPTIONAL, and pyarrow opens no file with one.
  refused(/keys are of type Null/, "m", ofNulls({ kind: "null" }));
  refused(/keys are of type Null/, "m", ofNulls(runs({ kind: "null" })));
  refused(
    /size -1/,
    "a",
    field("a", { kind: "fixedSizeList", listSize: -1, child: field("i", INT32) }),
  );
  refused(/ends/, "a", field("a", { ...runs(INT32), runEnds: required("r", UTF8) } as ArrowType));
});

function nest(levels: number, wrap: (type: ArrowType) => ArrowType): ArrowField {
  let type: ArrowType = INT32;
  for (let i = 0; i < levels; i++) type = wrap(type);
  return field("a", type);
}

test("planSchema() limits nesting", () => {
  const inStruct = (type: ArrowType) => struct(field("x", type));
  const inList = (type: ArrowType) => list(field("item", type));
  assert.equal(plan(nest(MAX_DEPTH - 1, inStruct)).columns[0]!.maxDefinitionLevel, MAX_DEPTH);
  assert.throws(() => plan(nest(MAX_DEPTH, inStruct)), SchemaError);
  assert.equal(plan(nest(49, inList)).columns[0]!.maxRepetitionLevel, 49);
  assert.throws(() => plan(nest(50, inList)), SchemaError);
  // Far beyond what recursion would survive.
  for (const wrap of [inStruct, inList, dictionary, runs]) {
    assert.throws(() => plan(nest(100_000, wrap)), SchemaError);
  }
});

test("planSchema() limits the number of columns", () => {
  const many = Array.from({ length: MAX_COLUMNS + 1 }, (_, i) => field(`c${i}`, INT32));
  const planned = (fields: ArrowField[]) =>
    planSchema({ fields, metadata: new Map() }, resolveOptions());
  assert.throws(() => planned(many), LimitError);
  assert.equal(planned(many.slice(1)).columns.length, MAX_COLUMNS);
});

test("planSchema() makes plans that can be posted", () => {
  const { columns } = plan(field("a", list(field("item", struct(field("x", INT32))))));
  assert.deepEqual(structuredClone(columns), columns);
});
