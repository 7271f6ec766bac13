import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Int32, Int64, Schema } from "apache-arrow";
import { convertArrowJsSchema } from "../../src/arrow/arrow_js_type.ts";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { assertSameSchema } from "../../src/arrow/batch_schema.ts";
import { SchemaError } from "../../src/util/errors.ts";
import {
  decimal,
  dictionary,
  field,
  int,
  INT32,
  INT64,
  list,
  map,
  required,
  runs,
  schemaOf,
  struct,
  timestamp,
  UTF8,
} from "../schema/arrow_fields.ts";

/** Types that are written in the same way within a row, in different ways from row to row. */
const SAME: ArrowType[][] = [
  [
    UTF8,
    { kind: "largeUtf8" },
    { kind: "utf8View" },
    dictionary(UTF8),
    runs({ kind: "largeUtf8" }),
  ],
  [{ kind: "binary" }, { kind: "largeBinary" }, { kind: "binaryView" }],
  [INT32, dictionary(INT32), runs(dictionary(INT32))],
  [INT64],
  [int(32, false)],
  [decimal(128, 10, 2)],
  [decimal(64, 10, 2)],
  [decimal(128, 11, 2)],
  [decimal(128, 10, 3)],
  [timestamp("second"), timestamp("second", "")],
  [timestamp("second", "UTC")],
  [timestamp("second", "Europe/Paris")],
  [timestamp("millisecond")],
  [{ kind: "duration", unit: "second" }],
  [{ kind: "date", unit: "day" }],
  [{ kind: "date", unit: "millisecond" }],
  [{ kind: "interval", unit: "dayTime" }],
  [{ kind: "time", bitWidth: 64, unit: "nanosecond" }],
  [{ kind: "float", bitWidth: 32 }],
  [{ kind: "float", bitWidth: 64 }],
  [{ kind: "fixedSizeBinary", byteWidth: 3 }],
  [{ kind: "fixedSizeBinary", byteWidth: 4 }],
  [{ kind: "bool" }],
  [{ kind: "null" }],
  [
    list(field("item", UTF8)),
    list(required("element", dictionary(UTF8))),
    { kind: "largeList", child: field("x", UTF8) },
    { kind: "listView", child: field("x", UTF8) },
    { kind: "largeListView", child: field("x", UTF8) },
    dictionary(list(field("item", UTF8))),
  ],
  [list(field("item", INT32))],
  [{ kind: "fixedSizeList", listSize: 2, child: field("item", UTF8) }],
  [{ kind: "fixedSizeList", listSize: 3, child: field("item", UTF8) }],
  [
    struct(field("x", INT32), field("y", UTF8)),
    struct(required("x", INT32), field("y", dictionary(UTF8))),
  ],
  [struct(field("y", UTF8), field("x", INT32))],
  [struct(field("x", INT32))],
  [
    map(required("key", UTF8), field("value", INT32)),
    map(field("keys", UTF8), field("values", INT32)),
  ],
  [map(required("key", UTF8), field("value", INT64))],
];

test("assertSameSchema() tells types apart that are written differently, and no others", () => {
  SAME.forEach((group, i) => {
    SAME.forEach((others, j) => {
      for (const wanted of group) {
        for (const given of others) {
          const compare = () =>
            assertSameSchema(schemaOf(field("a", wanted)), schemaOf(field("a", given)));
          const text = `${JSON.stringify(wanted)} and ${JSON.stringify(given)}`;
          if (i === j) assert.doesNotThrow(compare, text);
          else assert.throws(compare, SchemaError, text);
        }
      }
    });
  });
});

test("assertSameSchema() names the first field that differs", () => {
  const base = [field("a", INT32), field("b", struct(field("x", list(field("item", UTF8)))))];
  const cases: [ArrowField[], string, RegExp][] = [
    [[field("a", INT64), base[1]!], "a", /expected int32, found int64/],
    [[base[0]!], "b", /expected the field, found none/],
    [[...base, field("c", INT32)], "c", /expected no such field, found c/],
    [[base[1]!, base[0]!], "a", /expected a field "a", found "b" in its place/],
    [[base[0]!, field("b", struct(field("y", UTF8)))], "b.x", /expected a field "x", found "y"/],
    [[base[0]!, field("b", struct(field("x", UTF8)))], "b.x", /expected list, found utf8/],
    [
      [base[0]!, field("b", struct(field("x", list(field("item", INT32)))))],
      "b.x",
      /expected utf8, found int32/,
    ],
    [
      [field("a", timestamp("second", "UTC")), base[1]!],
      "a",
      /expected int32, found timestamp\(second, UTC\)/,
    ],
  ];
  for (const [fields, path, message] of cases) {
    assert.throws(
      () => assertSameSchema(schemaOf(...base), schemaOf(...fields)),
      (error) => error instanceof SchemaError && error.path === path && message.test(error.message),
      String(message),
    );
  }
  assert.throws(
    () =>
      assertSameSchema(
        schemaOf(field("m", map(required("key", UTF8), field("value", INT32)))),
        schemaOf(field("m", map(required("key", UTF8), field("value", UTF8)))),
      ),
    (error) => error instanceof SchemaError && error.path === "m.value",
  );
});

test("assertSameSchema() looks past nullability and metadata", () => {
  const expected = { fields: [required("a", INT32)], metadata: new Map([["x", "y"]]) };
  assertSameSchema(expected, schemaOf(field("a", INT32, true, { "ARROW:extension:name": "z" })));
  assertSameSchema(expected, expected);
});

test("schemas that are made anew for each batch are the same one, unless they differ in anything", () => {
  const type = new Int32();
  const made = (name: string, nullable = true, metadata?: Map<string, string>) =>
    convertArrowJsSchema(new Schema([new Field(name, type, nullable, metadata)]));
  const first = made("a");
  assert.equal(made("a"), first);
  assert.equal(made("b").fields[0]!.name, "b");
  assert.equal(made("b", false).fields[0]!.nullable, false);
  const noted = made("b", false, new Map([["k", "v"]]));
  assert.deepEqual([...noted.fields[0]!.metadata], [["k", "v"]]);
  assert.deepEqual([...made("b", false).fields[0]!.metadata], []);
  const wider = new Schema([new Field("b", new Int64(), false)]);
  assert.notDeepEqual(convertArrowJsSchema(wider).fields[0]!.type, first.fields[0]!.type);
});
