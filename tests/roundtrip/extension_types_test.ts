/** Extension types: what the Parquet schema says of them, what comes back, and which storage they need. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  BinaryView,
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  Int64,
  Int8,
  LargeBinary,
  LargeUtf8,
  List,
  makeData,
  Map_,
  Null,
  RecordBatch,
  Schema,
  Struct,
  tableFromIPC,
  Utf8,
  Utf8View,
  vectorFromArray,
} from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { readParquetMetadata, toParquet } from "../../mod.ts";
import type { SchemaElement } from "../../src/format/metadata.ts";
import { verifyParquet } from "../../src/verify/verify_parquet.ts";
import { query, quoted, withFile } from "../support/duckdb.ts";
import { isKnownToParquetWasm } from "../support/parquet_wasm_reader.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable, type AssertReadableOptions } from "../support/readers.ts";
import { wkb } from "../support/wkb.ts";
import { expectedOf } from "./written.ts";

/** An extension type on a storage, and what Parquet says of it. */
interface Case {
  readonly name: string;
  readonly storage: () => DataType;
  readonly metadata?: string;
  /** Logical types of the elements from the column down, LIST, MAP and STRING among them. */
  readonly logicalTypes: readonly (string | undefined)[];
  readonly convertedType?: string;
  /** Values, where random ones would not be of the type. */
  readonly values?: readonly unknown[];
  /** Readers that give values of the type's own kind, with a comparison of the test's own. */
  readonly except?: AssertReadableOptions["except"];
  /** What DuckDB calls it. */
  readonly duckdb?: RegExp;
}

const field = (name: string, type: DataType, nullable = true) => new Field(name, type, nullable);
const uuid = () => new FixedSizeBinary(16);
const variant = (...more: Field[]) =>
  new Struct([field("metadata", new Binary(), false), field("value", new Binary()), ...more]);
const position = () =>
  new Struct([field("x", new Float64(), false), field("y", new Float64(), false)]);

const JSONS = ['{"a": [1, null]}', null, '"text"', "[]", "-0.5"];
/** The variant 42, an int8, with metadata of version 1 and an empty dictionary. */
const NUMBER = { metadata: Uint8Array.of(1, 0, 0), value: Uint8Array.of(12, 42) };

const CASES: readonly Case[] = [
  {
    name: "arrow.uuid",
    storage: uuid,
    logicalTypes: ["UUID"],
    except: ["duckdb"],
    duckdb: /^UUID$/,
  },
  {
    name: "arrow.uuid",
    storage: () => new Dictionary(uuid(), new Int32()),
    logicalTypes: ["UUID"],
    except: ["duckdb"],
    duckdb: /^UUID$/,
  },
  { name: "arrow.uuid", storage: () => new FixedSizeBinary(8), logicalTypes: [undefined] },
  {
    name: "arrow.uuid",
    storage: () => new Utf8(),
    logicalTypes: ["STRING"],
    convertedType: "UTF8",
    duckdb: /^VARCHAR$/,
  },
  ...[() => new Utf8(), () => new LargeUtf8(), () => new Utf8View()].map((storage): Case => ({
    name: "arrow.json",
    storage,
    values: JSONS,
    logicalTypes: ["JSON"],
    convertedType: "JSON",
    duckdb: /^JSON$/,
  })),
  {
    name: "arrow.json",
    storage: () => new Dictionary(new Utf8(), new Int8()),
    values: JSONS,
    logicalTypes: ["JSON"],
    convertedType: "JSON",
  },
  { name: "arrow.json", storage: () => new Binary(), logicalTypes: [undefined] },
  {
    name: "arrow.bool8",
    storage: () => new Int8(),
    logicalTypes: ["INTEGER"],
    convertedType: "INT_8",
    duckdb: /^TINYINT$/,
  },
  {
    name: "arrow.fixed_shape_tensor",
    storage: () => new FixedSizeList(6, field("item", new Float32())),
    metadata: '{"shape":[2,3],"permutation":[1,0]}',
    logicalTypes: ["LIST", undefined, undefined],
    convertedType: "LIST",
    duckdb: /^FLOAT\[\]$/,
  },
  {
    name: "arrow.variable_shape_tensor",
    storage: () =>
      new Struct<Record<string, DataType>>([
        field("data", new List(field("item", new Float32()))),
        field("shape", new FixedSizeList(2, field("item", new Int32()))),
      ]),
    metadata: '{"dim_names":["h","w"]}',
    logicalTypes: [undefined, "LIST", undefined, undefined, "LIST", undefined, undefined],
  },
  {
    name: "arrow.opaque",
    storage: () => new Binary(),
    metadata: '{"type_name":"point","vendor_name":"somebody"}',
    logicalTypes: [undefined],
    duckdb: /^BLOB$/,
  },
  { name: "arrow.opaque", storage: () => new Null(), metadata: "{}", logicalTypes: ["UNKNOWN"] },
  {
    name: "somebody.temperature",
    storage: () => new Int64(),
    metadata: "°C, not JSON",
    logicalTypes: [undefined],
    duckdb: /^BIGINT$/,
  },
  {
    name: "arrow.parquet.variant",
    storage: () => variant(),
    values: [NUMBER, null, { ...NUMBER, value: Uint8Array.of(0) }],
    logicalTypes: ["VARIANT", undefined, undefined],
    except: ["duckdb"],
    duckdb: /^VARIANT$/,
  },
  {
    name: "arrow.parquet.variant",
    storage: () =>
      variant(field(
        "typed_value",
        new Struct([
          field(
            "n",
            new Struct([field("value", new Binary()), field("typed_value", new Int64())]),
            false,
          ),
        ]),
      )),
    values: [
      { ...NUMBER, typed_value: null },
      null,
      { ...NUMBER, value: null, typed_value: { n: { value: null, typed_value: 7n } } },
    ],
    except: ["duckdb"],
    duckdb: /^VARIANT$/,
    logicalTypes: [
      "VARIANT",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ],
  },
  {
    name: "arrow.parquet.variant",
    storage: () => new Struct([field("value", new Binary())]),
    logicalTypes: [undefined, undefined],
  },
  {
    name: "geoarrow.wkt",
    storage: () => new Utf8(),
    metadata: '{"crs":"EPSG:4326"}',
    logicalTypes: ["STRING"],
    convertedType: "UTF8",
  },
  { name: "geoarrow.point", storage: position, logicalTypes: [undefined, undefined, undefined] },
  {
    name: "geoarrow.linestring",
    storage: () => new List(field("vertices", position(), false)),
    logicalTypes: ["LIST", undefined, undefined, undefined, undefined],
    convertedType: "LIST",
  },
];

/** The field of an extension type. */
function extension(
  { name, metadata = "" }: Pick<Case, "name" | "metadata">,
  storage: DataType,
  columnName = "a",
  nullable = true,
): Field {
  const pairs = [["ARROW:extension:name", name], ["ARROW:extension:metadata", metadata]] as const;
  return new Field(columnName, storage, nullable, new Map(pairs));
}

const SHAPE = { seed: 5, nulls: 0.2, distinct: 0, garbage: true, sliced: 2 };

function rowsOf(...fields: Field[]) {
  const schema = new Schema(fields);
  return { schema, batches: [randomBatch(schema, 40, SHAPE), randomBatch(schema, 3, SHAPE)] };
}

function rowsFor(one: Case) {
  const column = extension(one, one.storage());
  if (one.values === undefined) return rowsOf(column);
  const schema = new Schema([column]);
  const [child] = vectorFromArray([...one.values], column.type).data;
  const { length } = one.values;
  const data = makeData({ type: new Struct(schema.fields), length, children: [child as Data] });
  return { schema, batches: [new RecordBatch(schema, data)] };
}

async function elementsOf(bytes: Uint8Array): Promise<readonly SchemaElement[]> {
  assert.deepEqual((await verifyParquet(bytes)).filter(({ severity }) => severity === "fault"), []);
  return (await readParquetMetadata(bytes)).schema;
}

for (const one of CASES) {
  test(`${one.name} on ${one.storage()}`, async () => {
    const rows = rowsFor(one);
    const bytes = await toParquet(rows.batches, { parallelism: 0 });
    const expected = expectedOf(rows);
    await assertReadable(bytes, expected, { except: one.except ?? [] });
    const elements = (await elementsOf(bytes)).slice(1);
    assert.deepEqual(elements.map(({ logicalType }) => logicalType?.type), one.logicalTypes);
    assert.equal(elements[0]!.convertedType, one.convertedType);
    // An Arrow reader gets the extension type back, from ARROW:schema.
    if (isKnownToParquetWasm(expected[0]!.field.type, true)) {
      const { fields } = tableFromIPC(readParquet(bytes.slice()).intoIPCStream()).schema;
      assert.equal(fields[0]!.metadata.get("ARROW:extension:name"), one.name);
      assert.equal(fields[0]!.metadata.get("ARROW:extension:metadata") ?? "", one.metadata ?? "");
    }
    if (one.duckdb === undefined) return;
    await withFile(bytes, async (path) => {
      const [[type]] = await query(`SELECT typeof(a) FROM ${quoted(path)} LIMIT 1`) as [[string]];
      assert.match(type, one.duckdb!);
      if (type !== "UUID") return;
      const texts = await query(`SELECT replace(a::VARCHAR, '-', '') FROM ${quoted(path)}`);
      const bare = expected[0]!.values.map((value) => value === null ? null : `${value}`.slice(2));
      assert.deepEqual(texts.flat(), bare);
    });
  });
}

test("extension types within structs, lists and maps", async () => {
  const inner = (name: string) => extension({ name: "arrow.uuid" }, uuid(), name);
  const other = extension({ name: "somebody.word" }, new Utf8(), "value");
  const entries = new Struct<Record<string, DataType>>([field("key", new Utf8(), false), other]);
  const rows = rowsOf(
    field("s", new Struct([inner("u")])),
    field("l", new List(inner("item"))),
    field("f", new FixedSizeList(2, inner("item"))),
    field("m", new Map_(new Field("entries", entries, false) as never)),
    field(
      "deep",
      new List(field("item", new Struct([extension({ name: "x.y" }, new Int8(), "n")]))),
    ),
  );
  const bytes = await toParquet(rows.batches, { parallelism: 0 });
  await assertReadable(bytes, expectedOf(rows), { except: ["duckdb"] });
  const leaves = (await elementsOf(bytes)).filter(({ type }) => type !== undefined);
  assert.deepEqual(leaves.map(({ name, logicalType }) => [name, logicalType?.type]), [
    ["u", "UUID"],
    ["element", "UUID"],
    ["element", "UUID"],
    ["key", "STRING"],
    ["value", "STRING"],
    ["n", "INTEGER"],
  ]);
  const { fields } = tableFromIPC(readParquet(bytes.slice()).intoIPCStream()).schema;
  const children = (type: DataType): Field[] => type.children as Field[];
  const names = [
    children(fields[0]!.type)[0]!,
    children(fields[1]!.type)[0]!,
    children(fields[2]!.type)[0]!,
    children(children(fields[3]!.type)[0]!.type)[1]!,
    children(children(fields[4]!.type)[0]!.type)[0]!,
  ].map(({ metadata }) => metadata.get("ARROW:extension:name"));
  assert.deepEqual(names, ["arrow.uuid", "arrow.uuid", "arrow.uuid", "somebody.word", "x.y"]);
});

test("geoarrow.wkb on every binary storage", async () => {
  const cases = [
    [() => new Binary(), "", "GEOMETRY", "srid:0"],
    [() => new LargeBinary(), '{"edges":"karney"}', "GEOGRAPHY", undefined],
    [() => new BinaryView(), '{"crs":"EPSG:3857"}', "GEOMETRY", "EPSG:3857"],
    [() => new Dictionary(new Binary(), new Int32()), '{"crs":null}', "GEOMETRY", "srid:0"],
  ] as const;
  const point = wkb({ type: 1, positions: [[1, 2]] });
  for (const [storage, metadata, type, crs] of cases) {
    const one = { name: "geoarrow.wkb", metadata, storage, logicalTypes: [] };
    const rows = rowsFor({ ...one, values: [point, null] });
    const bytes = await toParquet(rows.batches, { parallelism: 0 });
    await assertReadable(bytes, expectedOf(rows), { except: ["duckdb", "hyparquet"] });
    const [, element] = await elementsOf(bytes);
    assert.equal(element!.logicalType!.type, type);
    assert.equal((element!.logicalType as { crs?: string }).crs, crs);
    const { fields } = tableFromIPC(readParquet(bytes.slice()).intoIPCStream()).schema;
    assert.equal(fields[0]!.metadata.get("ARROW:extension:name"), "geoarrow.wkb");
    await withFile(bytes, async (path) => {
      const [[name]] = await query(`SELECT typeof(a) FROM ${quoted(path)} LIMIT 1`) as [[string]];
      assert.match(name, /^GEO/);
    });
  }
});
