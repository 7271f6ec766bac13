import assert from "node:assert/strict";
import { test } from "node:test";
import type { ArrowSchema } from "../../src/arrow/types.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { ColumnOptions, WriterOptions } from "../../src/schema/writer_options.ts";
import { field, INT32, list, map, schemaOf, struct, UTF8 } from "./arrow_fields.ts";

const SCHEMA = schemaOf(
  field("id", INT32),
  field(
    "points",
    list(field("item", struct(field("x", INT32), field("tags", list(field("item", UTF8)))))),
  ),
  field("attributes", map(field("k", UTF8), field("v", struct(field("b", INT32))))),
  field("flag", { kind: "bool" }),
);

/** Columns for which dictionaries are off, when these keys say so. */
function hit(keys: string[], schema: ArrowSchema = SCHEMA): string[] {
  const columns = new Map(keys.map((key) => [key, { dictionaryEnabled: false }]));
  return planSchema(schema, resolveOptions({ columns })).columns
    .filter(({ properties }) => !properties.dictionaryEnabled)
    .map(({ path }) => path.join("/"));
}

const POINTS = ["points/list/element/x", "points/list/element/tags/list/element"];
const ATTRIBUTES = ["attributes/key_value/key", "attributes/key_value/value/b"];

test("columns can be named by Arrow and by Parquet paths", () => {
  const cases: [string, string[]][] = [
    ["id", ["id"]],
    ["points", POINTS],
    ["points.list", POINTS],
    ["points.list.element", POINTS],
    ["points.x", [POINTS[0]!]],
    ["points.list.element.x", [POINTS[0]!]],
    ["points.tags", [POINTS[1]!]],
    ["points.list.element.tags.list.element", [POINTS[1]!]],
    ["attributes", ATTRIBUTES],
    ["attributes.key", [ATTRIBUTES[0]!]],
    ["attributes.value", [ATTRIBUTES[1]!]],
    ["attributes.value.b", [ATTRIBUTES[1]!]],
    ["attributes.key_value", ATTRIBUTES],
    ["attributes.key_value.value.b", [ATTRIBUTES[1]!]],
    ['"points"."x"', [POINTS[0]!]],
    ['points."list".element.x', [POINTS[0]!]],
  ];
  for (const [key, columns] of cases) assert.deepEqual(hit([key]), columns, key);
});

test("columns of any name can be named", () => {
  const schema = schemaOf(
    field("a.b", INT32),
    field("a", struct(field("c.d", INT32), field("list", list(field("item", INT32))))),
    field("", INT32),
    field("__proto__", INT32),
    field('"q"', INT32),
    field("twice", INT32),
    field("twice", INT32),
  );
  const cases: [string, string[]][] = [
    ["a.b", ["a.b"]],
    ['"a.b"', ["a.b"]],
    ["a.c.d", ["a/c.d"]],
    ['a."c.d"', ["a/c.d"]],
    ["a.list", ["a/list/list/element"]],
    ["", [""]],
    ['""', [""]],
    ["__proto__", ["__proto__"]],
    ['"q"', ['"q"']],
    ['"""q"""', ['"q"']],
    ["twice", ["twice", "twice"]],
  ];
  for (const [key, columns] of cases) assert.deepEqual(hit([key], schema), columns, key);
});

test("a key that could mean two columns is refused until it is quoted", () => {
  const schema = schemaOf(field("a.b", INT32), field("a", struct(field("b", INT32))));
  assert.throws(
    () => hit(["a.b"], schema),
    new TypeError(
      'Cannot use columns["a.b"]: it could mean "a.b" or "a"."b"; quote the names as here',
    ),
  );
  assert.deepEqual(hit(['"a.b"'], schema), ["a.b"]);
  assert.deepEqual(hit(['"a"."b"'], schema), ["a/b"]);
  assert.deepEqual(hit(['a."b"'], schema), ["a/b"]);
});

test("an Arrow path goes before a Parquet path", () => {
  const inner = struct(field("list", INT32), field("element", INT32));
  const schema = schemaOf(field("a", list(field("item", inner))));
  assert.deepEqual(hit(["a.list"], schema), ["a/list/element/list"]);
  assert.deepEqual(hit(["a.element"], schema), ["a/list/element/element"]);
  assert.deepEqual(hit(["a.list.element"], schema), [
    "a/list/element/list",
    "a/list/element/element",
  ]);
  assert.deepEqual(hit(["a.list.element.list"], schema), ["a/list/element/list"]);
});

test("of several keys each option comes from the deepest", () => {
  const columns: Record<string, ColumnOptions> = {
    "points.list.element.tags": { compression: "snappy" },
    "points": { compression: "gzip", dictionaryEnabled: false },
    "points.list.element.tags.list.element": { dictionaryPageSizeLimit: 7 },
  };
  const planned = planSchema(SCHEMA, resolveOptions({ columns, dataPageSizeLimit: 5 })).columns;
  const seen = planned.map(({ properties: p }) => [
    p.compression,
    p.compressionLevel,
    p.dictionaryEnabled,
    p.dictionaryPageSizeLimit,
    p.dataPageSizeLimit,
  ]);
  const rest = ["zstd", 1, true, 1024 * 1024, 5];
  assert.deepEqual(seen, [
    rest,
    ["gzip", 6, false, 1024 * 1024, 5],
    ["snappy", null, false, 7, 5],
    rest,
    rest,
    rest,
  ]);
});

test("a level belongs to the codec that it was given for", () => {
  const levelOf = (options: WriterOptions) =>
    planSchema(schemaOf(field("id", INT32)), resolveOptions(options)).columns[0]!.properties
      .compressionLevel;
  assert.equal(levelOf({ compressionLevel: 19, columns: { id: { compression: "gzip" } } }), 6);
  assert.equal(levelOf({ compressionLevel: 19, columns: { id: { compression: "zstd" } } }), 19);
  assert.equal(levelOf({ compressionLevel: 19, columns: { id: { compressionLevel: 2 } } }), 2);
  assert.equal(levelOf({ compressionLevel: 19, columns: { id: { compressionLevel: null } } }), 1);
  assert.equal(levelOf({ compressionLevel: 19, columns: { id: { compression: "snappy" } } }), null);
  assert.throws(
    () => levelOf({ compression: "gzip", columns: { id: { compressionLevel: 10 } } }),
    new RangeError(
      'Cannot set option "compressionLevel" of column "id" to 10: gzip has levels 0 to 9',
    ),
  );
  assert.throws(
    () => levelOf({ compression: "snappy", columns: { id: { compressionLevel: 1 } } }),
    TypeError,
  );
});

test("a key that names no column is refused with the valid names", () => {
  assert.throws(
    () => hit(["poimts.x"]),
    (error) =>
      error instanceof TypeError &&
      /columns\["poimts.x"\]: no such column; did you mean "points.x"/.test(error.message) &&
      /valid: "id", "points", "points.x"/.test(error.message),
  );
  assert.throws(() => hit(['"points.x"']), TypeError);
  assert.throws(() => hit(['"points']), TypeError);
  assert.throws(() => hit(['"points"x']), TypeError);
  const wide = schemaOf(...Array.from({ length: 1000 }, (_, i) => field(`c${i}`, INT32)));
  assert.throws(
    () => hit(["nothing like it"], wide),
    (error) =>
      error instanceof TypeError && / and 980 more$/.test(error.message) &&
      error.message.length < 300,
  );
});

test("two keys for the same column are refused", () => {
  assert.throws(
    () => hit(["points.x", "points.list.element.x"]),
    (error) =>
      error instanceof TypeError &&
      error.message.includes('columns["points.x"] and columns["points.list.element.x"]'),
  );
});

test("an encoding has to fit the column's type", () => {
  const plan = (options: WriterOptions) => planSchema(SCHEMA, resolveOptions(options)).columns;
  assert.equal(plan({ columns: { flag: { encoding: "RLE" } } })[5]!.properties.encoding, "RLE");
  assert.throws(
    () => plan({ columns: { points: { encoding: "RLE" } } }),
    new TypeError(
      'Cannot set option "encoding" of column "points.x" to "RLE": it does not encode INT32; ' +
        "valid for INT32: PLAIN, DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT",
    ),
  );
  assert.throws(() => plan({ encoding: "RLE" }), TypeError);
  assert.ok(plan({ encoding: "PLAIN" }).every(({ properties }) => properties.encoding === "PLAIN"));
  const exception = plan({ encoding: "PLAIN", columns: { id: { encoding: null } } });
  assert.deepEqual(exception.slice(0, 2).map(({ properties }) => properties.encoding), [
    null,
    "PLAIN",
  ]);
  const compat = plan({ profile: "compat", columns: { id: { encoding: null } } });
  assert.ok(compat.every(({ properties }) => properties.encoding === "PLAIN"));
});

test("reproducible holds for every column", () => {
  assert.throws(
    () =>
      planSchema(
        SCHEMA,
        resolveOptions({ reproducible: true, columns: { id: { compression: "brotli" } } }),
      ),
    (error) => error instanceof TypeError && error.message.includes('of column "id" to "brotli"'),
  );
});

test("columns that no key names share their properties", () => {
  const options = resolveOptions({ columns: { id: { pageChecksum: false } } });
  const { columns } = planSchema(SCHEMA, options);
  assert.equal(columns[0]!.properties.pageChecksum, false);
  assert.ok(columns.slice(1).every(({ properties }) => properties === options.column));
});
