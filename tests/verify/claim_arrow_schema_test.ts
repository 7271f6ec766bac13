/** `ARROW:schema`: what was written from a schema fits it, and what was written from another does not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import type { SchemaElement } from "../../src/format/metadata.ts";
import { arrowSchemaValue, encodeSchemaMessage } from "../../src/schema/arrow_schema_message.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { readArrowSchemaValue } from "../../src/verify/claims/arrow_schema_message.ts";
import { decimal, field, int, INT32, list, schemaOf, timestamp } from "../schema/arrow_fields.ts";
import { LEAVES, schemas } from "../support/arbitraries.ts";
import { arrowFaults } from "./claim_metadata_support.ts";
import { rulesOf } from "./claim_support.ts";

function elementsOf(...fields: ArrowField[]): readonly SchemaElement[] {
  return planSchema(schemaOf(...fields), resolveOptions()).elements;
}

/** Rules broken where a file of the first field says that it was of the second. */
function rules(written: ArrowField, said: ArrowField): string[] {
  return rulesOf(arrowFaults(elementsOf(written), schemaOf(said)));
}

const TYPES: Readonly<Record<string, ArrowType>> = {
  null: { kind: "null" },
  bool: { kind: "bool" },
  int8: int(8, true),
  int16: int(16, true),
  int32: int(32, true),
  int64: int(64, true),
  uint8: int(8, false),
  uint16: int(16, false),
  uint32: int(32, false),
  uint64: int(64, false),
  float16: { kind: "float", bitWidth: 16 },
  float32: { kind: "float", bitWidth: 32 },
  float64: { kind: "float", bitWidth: 64 },
  decimal9: decimal(32, 9, 2),
  decimal9wide: decimal(128, 9, 2),
  decimal18: decimal(64, 18, 2),
  decimal38: decimal(128, 38, 2),
  decimal38scale3: decimal(128, 38, 3),
  date32: { kind: "date", unit: "day" },
  date64: { kind: "date", unit: "millisecond" },
  time32s: { kind: "time", bitWidth: 32, unit: "second" },
  time32ms: { kind: "time", bitWidth: 32, unit: "millisecond" },
  time64us: { kind: "time", bitWidth: 64, unit: "microsecond" },
  time64ns: { kind: "time", bitWidth: 64, unit: "nanosecond" },
  timestampS: timestamp("second"),
  timestampMs: timestamp("millisecond"),
  timestampUs: timestamp("microsecond"),
  timestampNs: timestamp("nanosecond"),
  timestampUsUtc: timestamp("microsecond", "UTC"),
  duration: { kind: "duration", unit: "nanosecond" },
  interval: { kind: "interval", unit: "monthDayNano" },
  utf8: { kind: "utf8" },
  utf8View: { kind: "utf8View" },
  binary: { kind: "binary" },
  largeBinary: { kind: "largeBinary" },
  fixed4: { kind: "fixedSizeBinary", byteWidth: 4 },
  fixed12: { kind: "fixedSizeBinary", byteWidth: 12 },
  list: list(field("item", INT32)),
  listOfText: list(field("item", { kind: "utf8" })),
  fixedSizeList: { kind: "fixedSizeList", listSize: 2, child: field("item", INT32) },
  struct: { kind: "struct", children: [field("x", INT32)] },
  structOfTwo: { kind: "struct", children: [field("x", INT32), field("y", INT32)] },
  structOfOther: { kind: "struct", children: [field("z", INT32)] },
  map: {
    kind: "map",
    keysSorted: false,
    child: field("entries", {
      kind: "struct",
      children: [field("key", { kind: "utf8" }, false), field("value", INT32)],
    }, false),
  },
  dictionary: {
    kind: "dictionary",
    index: { kind: "int", bitWidth: 8, signed: true },
    value: { kind: "utf8" },
    ordered: false,
  },
  runs: {
    kind: "runEndEncoded",
    runEnds: field("run_ends", INT32, false),
    values: field("values", { kind: "float", bitWidth: 64 }),
  },
};

/** Written as the first, each can be read as any of those after it. */
const READABLE_AS: Readonly<Record<string, readonly string[]>> = {
  int32: ["time32s"],
  decimal9: ["decimal9wide"],
  decimal9wide: ["decimal9"],
  date32: ["date64"],
  // Plain integers.
  int64: ["date64", "duration", "timestampS", "uint32"],
  date64: ["int64", "duration", "timestampS", "uint32"],
  duration: ["int64", "date64", "timestampS", "uint32"],
  time32s: ["time32ms"],
  time32ms: ["time32s"],
  // Other units are asked for by options of writers.
  time64us: ["time64ns"],
  timestampS: ["timestampMs", "timestampUs", "timestampNs", "date64"],
  timestampMs: ["timestampS", "timestampUs", "timestampNs", "date64"],
  timestampUs: ["timestampS", "timestampMs", "timestampNs"],
  utf8: ["utf8View", "dictionary"],
  utf8View: ["utf8", "dictionary"],
  dictionary: ["utf8", "utf8View"],
  binary: ["largeBinary"],
  largeBinary: ["binary"],
  float64: ["runs"],
  runs: ["float64"],
  list: ["fixedSizeList"],
  fixedSizeList: ["list"],
};

test("every type is told from every other that it cannot be read as", () => {
  for (const [name, type] of Object.entries(TYPES)) {
    const matching = Object.entries(TYPES).filter(([, other]) =>
      rules(field("a", type), field("a", other)).length === 0
    );
    const expected = [name, ...READABLE_AS[name] ?? []].sort();
    assert.deepEqual(matching.map(([name]) => name).sort(), expected, name);
  }
});

test("what does not fit is the fault arrow-schema-mismatch", () => {
  assert.deepEqual(rules(field("a", INT32), field("a", int(8, true))), ["arrow-schema-mismatch"]);
  assert.deepEqual(rules(field("a", INT32), field("b", INT32)), ["arrow-schema-mismatch"]);
  const deep = (type: ArrowType) => field("a", list(field("item", list(field("item", type)))));
  assert.deepEqual(rules(deep(INT32), deep(INT32)), []);
  assert.deepEqual(rules(deep(INT32), deep(int(64, true))), ["arrow-schema-mismatch"]);
  assert.deepEqual(rules(deep(INT32), field("a", list(field("item", INT32)))), [
    "arrow-schema-mismatch",
  ]);
});

test("schemas fit the files that are written of them", () => {
  fc.assert(fc.property(schemas(LEAVES, { depth: 3 }), (schema) => {
    const arrow = toArrowSchema(schema);
    const elements = planSchema(arrow, resolveOptions()).elements;
    const faults = arrowFaults(elements, arrow).filter(({ severity }) => severity === "fault");
    assert.deepEqual(faults, []);
  }));
});

test("extension types fit the files that are written of them", () => {
  const extension = (name: string, type: ArrowType) =>
    field("a", type, true, { "ARROW:extension:name": name });
  const variant: ArrowType = {
    kind: "struct",
    children: [field("metadata", { kind: "binary" }), field("value", { kind: "binary" })],
  };
  for (
    const written of [
      extension("arrow.uuid", { kind: "fixedSizeBinary", byteWidth: 16 }),
      extension("arrow.json", { kind: "utf8" }),
      extension("arrow.bool8", int(8, true)),
      extension("geoarrow.wkb", { kind: "binary" }),
      extension("arrow.parquet.variant", variant),
    ]
  ) {
    assert.deepEqual(rules(written, written), [], written.metadata.get("ARROW:extension:name")!);
  }
});

test("what is said never to be null is REQUIRED", () => {
  const of = (nullable: boolean) => field("a", INT32, nullable);
  assert.deepEqual(rules(of(true), of(false)), ["arrow-schema-mismatch"]);
  assert.deepEqual(rules(of(false), of(true)), ["arrow-schema-nullability"]);
  const inList = (nullable: boolean) => field("a", list(field("item", INT32, nullable)));
  assert.deepEqual(rules(inList(true), inList(false)), ["arrow-schema-mismatch"]);
  assert.deepEqual(rules(inList(false), inList(true)), ["arrow-schema-nullability"]);
});

test("lists in the shapes of old are read by the rules of LogicalTypes.md", () => {
  const leaf = (name: string, repetitionType: "REQUIRED" | "REPEATED" | "OPTIONAL") =>
    ({ name, type: "INT32", repetitionType }) as const;
  const group = (name: string, repetitionType: "OPTIONAL" | "REPEATED", more: object = {}) =>
    ({ name, repetitionType, numChildren: 1, ...more }) as const;
  const root = { name: "schema", numChildren: 1 };
  const LIST = { convertedType: "LIST" } as const;
  const ofInts = schemaOf(field("a", list(field("element", INT32, false))));
  const struct: ArrowType = { kind: "struct", children: [field("x", INT32, false)] };
  const ofStructs = schemaOf(field("a", list(field("element", struct, false))));
  const two = [root, group("a", "OPTIONAL", LIST), leaf("element", "REPEATED")];
  const tuple = (name: string) => [
    root,
    group("a", "OPTIONAL", LIST),
    group(name, "REPEATED"),
    leaf("x", "REQUIRED"),
  ];
  assert.deepEqual(arrowFaults(two, ofInts), []);
  assert.deepEqual(arrowFaults([root, leaf("a", "REPEATED")], ofInts), []);
  assert.deepEqual(
    rulesOf(arrowFaults([root, leaf("a", "REPEATED")], schemaOf(field("a", INT32)))),
    [
      "arrow-schema-mismatch",
    ],
  );
  for (const name of ["array", "a_tuple"]) {
    assert.deepEqual(arrowFaults(tuple(name), ofStructs), []);
  }
  assert.deepEqual(rulesOf(arrowFaults(tuple("list"), ofStructs)), ["arrow-schema-mismatch"]);
  assert.deepEqual(arrowFaults(tuple("list"), ofInts), []);
});

const RIGHT = schemaOf(field("a", INT32));

test("a value that is no message is arrow-schema-invalid", () => {
  const right = arrowSchemaValue(RIGHT);
  const message = encodeSchemaMessage(RIGHT);
  const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
  const changed = (at: number, byte: number) => {
    const bytes = message.slice();
    bytes[at] = byte;
    return base64(bytes);
  };
  assert.deepEqual(arrowFaults(elementsOf(field("a", INT32)), right), []);
  const wrong: (string | undefined)[] = [
    undefined,
    "",
    right.slice(0, -1),
    `${right.slice(0, -4)}=A==`,
    `*${right.slice(1)}`,
    base64(message.subarray(0, 7)),
    base64(message.subarray(0, message.length - 8)),
    base64(Uint8Array.of(...message, 1)),
    changed(4, 255),
    changed(8, 255),
  ];
  for (const value of wrong) {
    const faults = arrowFaults(elementsOf(field("a", INT32)), value);
    assert.deepEqual(rulesOf(faults), ["arrow-schema-invalid"], value?.slice(0, 40));
  }
  // Bits of the last character that stand for no byte.
  assert.equal(typeof readArrowSchemaValue("AAB="), "string");
  assert.match(String(readArrowSchemaValue("AAB=")), /not base64/);
  assert.match(String(readArrowSchemaValue("AA==")), /1 bytes/);
  assert.match(String(readArrowSchemaValue("AAA=")), /2 bytes/);
});

test("a message of which bytes are changed is read, or is not", () => {
  const message = encodeSchemaMessage(
    schemaOf(field("a", list(field("item", INT32))), field("b", timestamp("second", "UTC"))),
  );
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(changes, (changes) => {
      const bytes = message.slice();
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const faults = arrowFaults(
        elementsOf(field("a", INT32)),
        btoa(String.fromCharCode(...bytes)),
      );
      assert.ok(rulesOf(faults).every((rule) => rule.startsWith("arrow-schema-")));
    }),
    { numRuns: 2000 },
  );
});
