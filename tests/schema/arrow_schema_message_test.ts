import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageReader } from "apache-arrow";
import type { ArrowField, ArrowType, TimeUnit } from "../../src/arrow/types.ts";
import { arrowSchemaValue, encodeSchemaMessage } from "../../src/schema/arrow_schema_message.ts";
import { fieldOf } from "../support/arrow_values.ts";
import {
  decimal,
  dictionary,
  field,
  int,
  INT32,
  list,
  map,
  required,
  runs,
  schemaOf,
  struct,
  timestamp,
  UTF8,
} from "./arrow_fields.ts";
import { readSchemaMessage } from "./read_schema_message.ts";

const UNITS: TimeUnit[] = ["second", "millisecond", "microsecond", "nanosecond"];

const LEAVES: ArrowType[] = [
  { kind: "null" },
  { kind: "bool" },
  ...([8, 16, 32, 64] as const).flatMap((width) => [int(width, true), int(width, false)]),
  ...([16, 32, 64] as const).map((bitWidth): ArrowType => ({ kind: "float", bitWidth })),
  decimal(32, 9, 2),
  decimal(64, 18, 0),
  decimal(128, 38, 38),
  decimal(256, 76, 3),
  { kind: "date", unit: "day" },
  { kind: "date", unit: "millisecond" },
  { kind: "time", bitWidth: 32, unit: "second" },
  { kind: "time", bitWidth: 32, unit: "millisecond" },
  { kind: "time", bitWidth: 64, unit: "microsecond" },
  { kind: "time", bitWidth: 64, unit: "nanosecond" },
  ...UNITS.flatMap((unit) => [timestamp(unit), timestamp(unit, "UTC"), timestamp(unit, "")]),
  ...UNITS.map((unit): ArrowType => ({ kind: "duration", unit })),
  ...(["yearMonth", "dayTime", "monthDayNano"] as const).map((unit): ArrowType => ({
    kind: "interval",
    unit,
  })),
  ...(["utf8", "largeUtf8", "utf8View", "binary", "largeBinary", "binaryView"] as const)
    .map((kind): ArrowType => ({ kind })),
  { kind: "fixedSizeBinary", byteWidth: 16 },
];

const NESTED: ArrowType[] = [
  ...(["list", "largeList", "listView", "largeListView"] as const)
    .map((kind): ArrowType => ({ kind, child: field("item", INT32) })),
  { kind: "fixedSizeList", listSize: 3, child: required("item", list(field("item", UTF8))) },
  map(required("key", UTF8), field("value", struct(field("x", INT32)))),
  {
    kind: "map",
    keysSorted: true,
    child: required("e", struct(required("k", INT32), field("v", INT32))),
  },
  struct(field("x", struct(field("y", dictionary(UTF8)))), required("z", INT32)),
  {
    kind: "union",
    mode: "sparse",
    typeIds: [5, 7],
    children: [field("a", INT32), field("b", UTF8)],
  },
  { kind: "union", mode: "dense", typeIds: [0], children: [field("a", INT32)] },
  dictionary(struct(field("x", INT32))),
  {
    kind: "dictionary",
    index: { kind: "int", bitWidth: 8, signed: false },
    value: timestamp("second", "UTC"),
    ordered: true,
  },
  runs(UTF8),
];

const METADATA = { "PARQUET:field_id": "7", "": "", "__proto__x": "ü\u{1f600}" };

function everything(types: ArrowType[]): ArrowField[] {
  return types.flatMap((type, i) => [
    field(`f${i}`, type),
    field(`f${i}`, type, false, METADATA),
  ]);
}

test("encodeSchemaMessage() says everything about every type", () => {
  const schema = {
    fields: everything([...LEAVES, ...NESTED]),
    metadata: new Map([["pandas", '{"index_columns": []}'], ["empty", ""]]),
  };
  const read = readSchemaMessage(encodeSchemaMessage(schema));
  assert.deepEqual(read.schema, schema);
  assert.deepEqual(read.dictionaries, read.dictionaries.map((_, i) => BigInt(i)));
  assert.equal(read.dictionaries.length, 6);
});

test("encodeSchemaMessage() is understood by Apache Arrow JS", () => {
  // Arrow JS knows no view of a list and no runs, the tests have no plain form of its unions, and it renames the
  // entries of maps.
  const known = [...LEAVES, ...NESTED].filter((type) =>
    !/^(listView|largeListView|union|runEndEncoded)$/.test(type.kind) &&
    !(type.kind === "map" && type.child.name !== "entries")
  );
  const schema = { fields: everything(known), metadata: new Map([["a", "b"]]) };
  const read = new MessageReader(encodeSchemaMessage(schema)).readSchema()!;
  assert.deepEqual(read.fields.map(fieldOf), schema.fields);
  assert.deepEqual(read.metadata, schema.metadata);
});

test("encodeSchemaMessage() takes names as they are", () => {
  const names = ["", "x", "x", "a.b", "__proto__", "ü\0\n"];
  const schema = schemaOf(...names.map((name) => field(name, INT32)));
  assert.deepEqual(readSchemaMessage(encodeSchemaMessage(schema)).schema, schema);
});

test("encodeSchemaMessage() writes a dictionary of a dictionary as one", () => {
  const read = readSchemaMessage(
    encodeSchemaMessage(
      schemaOf(field("a", dictionary(dictionary(UTF8))), field("b", dictionary(UTF8))),
    ),
  );
  assert.deepEqual(read.schema.fields.map(({ type }) => type), [
    dictionary(UTF8),
    dictionary(UTF8),
  ]);
  assert.deepEqual(read.dictionaries, [0n, 1n]);
});

/** What `ARROW:schema` says of a field of this type. */
function restored(type: ArrowType): ArrowType {
  const text = arrowSchemaValue(schemaOf(field("a", type)));
  return readSchemaMessage(Uint8Array.from(Buffer.from(text, "base64"))).schema.fields[0]!.type;
}

test("arrowSchemaValue() is the message in base64", () => {
  for (const type of LEAVES) {
    assert.deepEqual(restored(type), type);
    assert.deepEqual(restored(dictionary(type)), dictionary(type));
    assert.deepEqual(restored(runs(type)), runs(type));
  }
});

test("arrowSchemaValue() leaves out dictionaries and runs of nested types", () => {
  const nested = list(field("item", struct(field("x", UTF8))));
  const wrapped = list(field("item", dictionary(struct(field("x", UTF8)))));
  assert.deepEqual(restored(wrapped), nested);
  assert.deepEqual(restored(runs(wrapped)), nested);
  assert.deepEqual(restored(struct(field("y", runs(wrapped)))), struct(field("y", nested)));
  assert.deepEqual(restored(runs(dictionary(UTF8))), dictionary(UTF8));
  assert.deepEqual(
    restored(map(required("k", UTF8), field("v", dictionary(nested)))),
    map(required("k", UTF8), field("v", nested)),
  );
});
