import assert from "node:assert/strict";
import { test } from "node:test";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { decimalByteLength } from "../../src/schema/leaf_type.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { SchemaError } from "../../src/util/errors.ts";
import {
  decimal,
  dictionary,
  extension,
  field,
  int,
  runs,
  schemaOf,
  struct,
  timestamp,
  UTF8,
} from "./arrow_fields.ts";
import { printElement } from "./print_schema.ts";

/** What is written for a field, and `order shape/width conversion` of its plan. */
function written(column: ArrowField, options = {}): [string, string] {
  const { elements, columns } = planSchema(schemaOf(column), resolveOptions(options));
  const { order, leaf } = columns[0]!;
  const words = [order, leaf.width === 0 ? leaf.shape : `${leaf.shape}/${leaf.width}`];
  if (leaf.conversion !== "none") words.push(leaf.conversion);
  return [printElement(elements[1]!), words.join(" ")];
}

const BINARY: ArrowType = { kind: "binary" };

const TYPES: [ArrowType, string, string][] = [
  [{ kind: "null" }, "INT32 a UNKNOWN/–", "none null"],
  [{ kind: "bool" }, "BOOLEAN a", "boolean boolean"],
  [int(8, true), "INT32 a INTEGER(8,true)/INT_8", "signed fixed/1 int8"],
  [int(16, true), "INT32 a INTEGER(16,true)/INT_16", "signed fixed/2 int16"],
  [int(32, true), "INT32 a", "signed fixed/4"],
  [int(64, true), "INT64 a", "signed fixed/8"],
  [int(8, false), "INT32 a INTEGER(8,false)/UINT_8", "unsigned fixed/1 uint8"],
  [int(16, false), "INT32 a INTEGER(16,false)/UINT_16", "unsigned fixed/2 uint16"],
  [int(32, false), "INT32 a INTEGER(32,false)/UINT_32", "unsigned fixed/4"],
  [int(64, false), "INT64 a INTEGER(64,false)/UINT_64", "unsigned fixed/8"],
  [{ kind: "float", bitWidth: 16 }, "FIXED_LEN_BYTE_ARRAY(2) a FLOAT16/–", "float fixed/2"],
  [{ kind: "float", bitWidth: 32 }, "FLOAT a", "float fixed/4"],
  [{ kind: "float", bitWidth: 64 }, "DOUBLE a", "float fixed/8"],
  [decimal(32, 1), "INT32 a DECIMAL(0,1)/DECIMAL (1,0)", "signed fixed/4"],
  [decimal(32, 9, 9), "INT32 a DECIMAL(9,9)/DECIMAL (9,9)", "signed fixed/4"],
  [decimal(64, 9, 2), "INT32 a DECIMAL(2,9)/DECIMAL (9,2)", "signed fixed/8 decimal"],
  [decimal(64, 10, 2), "INT64 a DECIMAL(2,10)/DECIMAL (10,2)", "signed fixed/8"],
  [decimal(128, 9, 2), "INT32 a DECIMAL(2,9)/DECIMAL (9,2)", "signed fixed/16 decimal"],
  [decimal(128, 18, 2), "INT64 a DECIMAL(2,18)/DECIMAL (18,2)", "signed fixed/16 decimal"],
  [
    decimal(128, 19, 2),
    "FIXED_LEN_BYTE_ARRAY(9) a DECIMAL(2,19)/DECIMAL (19,2)",
    "decimal fixed/16 decimal",
  ],
  [
    decimal(128, 38),
    "FIXED_LEN_BYTE_ARRAY(16) a DECIMAL(0,38)/DECIMAL (38,0)",
    "decimal fixed/16 decimal",
  ],
  [decimal(256, 5), "INT32 a DECIMAL(0,5)/DECIMAL (5,0)", "signed fixed/32 decimal"],
  [
    decimal(256, 76, 76),
    "FIXED_LEN_BYTE_ARRAY(32) a DECIMAL(76,76)/DECIMAL (76,76)",
    "decimal fixed/32 decimal",
  ],
  [{ kind: "date", unit: "day" }, "INT32 a DATE/DATE", "signed fixed/4"],
  [{ kind: "date", unit: "millisecond" }, "INT64 a", "signed fixed/8"],
  [
    { kind: "time", bitWidth: 32, unit: "second" },
    "INT32 a TIME(false,MILLIS)/TIME_MILLIS",
    "signed fixed/4 seconds32ToMilliseconds",
  ],
  [
    { kind: "time", bitWidth: 32, unit: "millisecond" },
    "INT32 a TIME(false,MILLIS)/TIME_MILLIS",
    "signed fixed/4",
  ],
  [
    { kind: "time", bitWidth: 64, unit: "microsecond" },
    "INT64 a TIME(false,MICROS)/TIME_MICROS",
    "signed fixed/8",
  ],
  [
    { kind: "time", bitWidth: 64, unit: "nanosecond" },
    "INT64 a TIME(false,NANOS)/–",
    "signed fixed/8",
  ],
  [
    timestamp("second"),
    "INT64 a TIMESTAMP(false,MILLIS)/TIMESTAMP_MILLIS",
    "signed fixed/8 seconds64ToMilliseconds",
  ],
  [
    timestamp("second", "Europe/Paris"),
    "INT64 a TIMESTAMP(true,MILLIS)/TIMESTAMP_MILLIS",
    "signed fixed/8 seconds64ToMilliseconds",
  ],
  [timestamp("millisecond"), "INT64 a TIMESTAMP(false,MILLIS)/TIMESTAMP_MILLIS", "signed fixed/8"],
  [
    timestamp("microsecond", "UTC"),
    "INT64 a TIMESTAMP(true,MICROS)/TIMESTAMP_MICROS",
    "signed fixed/8",
  ],
  [
    timestamp("microsecond", ""),
    "INT64 a TIMESTAMP(false,MICROS)/TIMESTAMP_MICROS",
    "signed fixed/8",
  ],
  [timestamp("nanosecond", "UTC"), "INT64 a TIMESTAMP(true,NANOS)/–", "signed fixed/8"],
  [{ kind: "duration", unit: "second" }, "INT64 a", "signed fixed/8"],
  [{ kind: "duration", unit: "nanosecond" }, "INT64 a", "signed fixed/8"],
  [
    { kind: "interval", unit: "yearMonth" },
    "FIXED_LEN_BYTE_ARRAY(12) a –/INTERVAL",
    "none fixed/4 intervalYearMonth",
  ],
  [
    { kind: "interval", unit: "dayTime" },
    "FIXED_LEN_BYTE_ARRAY(12) a –/INTERVAL",
    "none fixed/8 intervalDayTime",
  ],
  [
    { kind: "interval", unit: "monthDayNano" },
    "FIXED_LEN_BYTE_ARRAY(12) a –/INTERVAL",
    "none fixed/16 intervalMonthDayNano",
  ],
  [{ kind: "utf8" }, "BYTE_ARRAY a STRING/UTF8", "utf8 bytes"],
  [{ kind: "largeUtf8" }, "BYTE_ARRAY a STRING/UTF8", "utf8 bytes"],
  [{ kind: "utf8View" }, "BYTE_ARRAY a STRING/UTF8", "utf8 bytes"],
  [{ kind: "binary" }, "BYTE_ARRAY a", "bytes bytes"],
  [{ kind: "largeBinary" }, "BYTE_ARRAY a", "bytes bytes"],
  [{ kind: "binaryView" }, "BYTE_ARRAY a", "bytes bytes"],
  [{ kind: "fixedSizeBinary", byteWidth: 5 }, "FIXED_LEN_BYTE_ARRAY(5) a", "bytes fixed/5"],
];

test("planSchema() writes every type as FORMAT says", () => {
  for (const [type, element, plan] of TYPES) {
    assert.deepEqual(written(field("a", type)), [`OPTIONAL ${element}`, plan]);
  }
});

test("planSchema() writes dictionaries and runs of a type as the type", () => {
  for (const [type, element, plan] of TYPES) {
    assert.deepEqual(written(field("a", dictionary(type))), [`OPTIONAL ${element}`, plan]);
    assert.deepEqual(written(field("a", runs(dictionary(type)))), [`OPTIONAL ${element}`, plan]);
  }
});

test("planSchema() writes what cannot be null as REQUIRED, except the null type", () => {
  for (const [type, element, plan] of TYPES) {
    const repetition = type.kind === "null" ? "OPTIONAL" : "REQUIRED";
    assert.deepEqual(written(field("a", type, false)), [`${repetition} ${element}`, plan]);
  }
});

test("planSchema() writes Date64 as DATE with coerceTypes, and nothing else otherwise", () => {
  for (const [type, element, plan] of TYPES) {
    const expected = type.kind === "date" && type.unit === "millisecond"
      ? ["OPTIONAL INT32 a DATE/DATE", "signed fixed/8 millisecondsToDays"]
      : [`OPTIONAL ${element}`, plan];
    assert.deepEqual(written(field("a", type), { coerceTypes: true }), expected);
  }
});

const UUID_STORAGE: ArrowType = { kind: "fixedSizeBinary", byteWidth: 16 };
const CRS84 = JSON.stringify({ crs: { id: { authority: "OGC", code: "CRS84" } } });
const LOCAL_CRS = { name: "a", id: { authority: "EPSG", code: 3857 } };

const EXTENSIONS: [ArrowField, string, string][] = [
  [extension(UUID_STORAGE, "arrow.uuid"), "FIXED_LEN_BYTE_ARRAY(16) a UUID/–", "bytes fixed/16"],
  [
    extension(dictionary(UUID_STORAGE), "arrow.uuid", ""),
    "FIXED_LEN_BYTE_ARRAY(16) a UUID/–",
    "bytes fixed/16",
  ],
  [extension(UTF8, "arrow.json", ""), "BYTE_ARRAY a JSON/JSON", "utf8 bytes"],
  [extension({ kind: "utf8View" }, "arrow.json"), "BYTE_ARRAY a JSON/JSON", "utf8 bytes"],
  [extension(BINARY, "geoarrow.wkb"), "BYTE_ARRAY a GEOMETRY(srid:0)/–", "none bytes"],
  [extension(BINARY, "geoarrow.wkb", "{}"), "BYTE_ARRAY a GEOMETRY(srid:0)/–", "none bytes"],
  [extension(BINARY, "geoarrow.wkb", CRS84), "BYTE_ARRAY a GEOMETRY/–", "none bytes"],
  [
    extension(BINARY, "geoarrow.wkb", '{"crs":"OGC:CRS84"}'),
    "BYTE_ARRAY a GEOMETRY/–",
    "none bytes",
  ],
  [
    extension(BINARY, "geoarrow.wkb", '{"crs":null}'),
    "BYTE_ARRAY a GEOMETRY(srid:0)/–",
    "none bytes",
  ],
  [
    extension(BINARY, "geoarrow.wkb", '{"crs":"EPSG:3857"}'),
    "BYTE_ARRAY a GEOMETRY(EPSG:3857)/–",
    "none bytes",
  ],
  [
    extension(BINARY, "geoarrow.wkb", '{"crs":"3857","crs_type":"srid"}'),
    "BYTE_ARRAY a GEOMETRY(srid:3857)/–",
    "none bytes",
  ],
  [
    extension(BINARY, "geoarrow.wkb", JSON.stringify({ crs: LOCAL_CRS })),
    `BYTE_ARRAY a GEOMETRY(${JSON.stringify(LOCAL_CRS)})/–`,
    "none bytes",
  ],
  [
    extension({ kind: "binaryView" }, "geoarrow.wkb", '{"edges":"spherical"}'),
    "BYTE_ARRAY a GEOGRAPHY(SPHERICAL)/–",
    "none bytes",
  ],
  [
    extension(BINARY, "geoarrow.wkb", '{"crs":"EPSG:4979","edges":"karney"}'),
    "BYTE_ARRAY a GEOGRAPHY(EPSG:4979,KARNEY)/–",
    "none bytes",
  ],
  [
    extension(int(8, true), "arrow.bool8", ""),
    "INT32 a INTEGER(8,true)/INT_8",
    "signed fixed/1 int8",
  ],
  [extension(UTF8, "who.knows"), "BYTE_ARRAY a STRING/UTF8", "utf8 bytes"],
  [extension(UTF8, "__proto__"), "BYTE_ARRAY a STRING/UTF8", "utf8 bytes"],
  // A name on a storage that the extension is not defined for.
  [extension(UTF8, "arrow.uuid"), "BYTE_ARRAY a STRING/UTF8", "utf8 bytes"],
  [
    extension({ kind: "fixedSizeBinary", byteWidth: 15 }, "arrow.uuid"),
    "FIXED_LEN_BYTE_ARRAY(15) a",
    "bytes fixed/15",
  ],
  [extension(BINARY, "arrow.json"), "BYTE_ARRAY a", "bytes bytes"],
  [extension(UTF8, "geoarrow.wkb", "{"), "BYTE_ARRAY a STRING/UTF8", "utf8 bytes"],
];

test("planSchema() annotates extension types that Parquet knows", () => {
  for (const [column, element, plan] of EXTENSIONS) {
    assert.deepEqual(written(column), [`OPTIONAL ${element}`, plan]);
  }
});

test("decimalByteLength() is minimal", () => {
  for (let precision = 1; precision <= 76; precision++) {
    const largest = 10n ** BigInt(precision) - 1n;
    const bits = BigInt(8 * decimalByteLength(precision));
    assert.equal(BigInt.asIntN(Number(bits), largest), largest);
    assert.notEqual(BigInt.asIntN(Number(bits) - 8, largest), largest);
  }
});

const REFUSED: [ArrowField, RegExp][] = [
  [field("a", decimal(128, 10, -1)), /scale -1/],
  [field("a", decimal(128, 10, 11)), /scale 11/],
  [field("a", decimal(128, 0)), /precision 0/],
  [field("a", decimal(32, 10)), /precision 10.*1 to 9/],
  [field("a", decimal(64, 19)), /precision 19.*1 to 18/],
  [field("a", decimal(128, 39)), /precision 39.*1 to 38/],
  [field("a", decimal(256, 77)), /precision 77.*1 to 76/],
  [field("a", decimal(128, NaN)), /precision NaN/],
  [field("a", { kind: "time", bitWidth: 32, unit: "nanosecond" }), /32 bits in nanoseconds/],
  [field("a", { kind: "time", bitWidth: 64, unit: "second" }), /64 bits in seconds/],
  [field("a", { kind: "fixedSizeBinary", byteWidth: 0 }), /0 bytes/],
  [
    field("a", { kind: "union", mode: "dense", typeIds: [0], children: [field("x", UTF8)] }),
    /union/,
  ],
  [field("a", struct()), /struct without children/],
  [extension(BINARY, "geoarrow.wkb", "{"), /not JSON/],
  [extension(BINARY, "geoarrow.wkb", "[]"), /not a JSON object/],
  [extension(BINARY, "geoarrow.wkb", '{"edges":"curly"}'), /edges "curly"/],
  [extension(BINARY, "geoarrow.wkb", '{"crs":5}'), /crs/],
];

test("planSchema() refuses what Parquet cannot hold, naming the column", () => {
  for (const [column, message] of REFUSED) {
    const nested = field("b", struct(field("x", UTF8), column));
    for (const [root, path] of [[column, "a"], [nested, "b.a"]] as const) {
      assert.throws(
        () => planSchema(schemaOf(root), resolveOptions()),
        (error) =>
          error instanceof SchemaError && error.path === path && message.test(error.message),
        String(message),
      );
    }
  }
});
