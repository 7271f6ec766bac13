/** What other readers make of the planned schemas: a file without rows is all that it takes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parquetMetadata, parquetSchema } from "hyparquet";
import { readSchema } from "parquet-wasm";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import { KeyValueMetadata } from "../../src/schema/key_value_metadata.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { query, quoted, withFile } from "../support/duckdb.ts";
import {
  decimal,
  dictionary,
  extension,
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

/** A Parquet file of these columns, without rows. */
function emptyFile(fields: ArrowField[]): Uint8Array<ArrayBuffer> {
  const options = resolveOptions();
  const schema = schemaOf(...fields);
  const { elements, columnOrders } = planSchema(schema, options);
  const footer = encodeFileMetaData({
    version: 1,
    schema: elements,
    numRows: 0,
    rowGroups: [],
    keyValueMetadata: new KeyValueMetadata(schema, options).keyValues(),
    createdBy: options.createdBy,
    columnOrders,
  });
  const magic = new TextEncoder().encode("PAR1");
  const file = new Uint8Array(footer.length + 12);
  file.set(magic);
  file.set(footer, 4);
  new DataView(file.buffer).setUint32(footer.length + 4, footer.length, true);
  file.set(magic, footer.length + 8);
  return file;
}

const BINARY: ArrowType = { kind: "binary" };
const VARIANT = struct(required("metadata", BINARY), required("value", BINARY));

/** Fields, and DuckDB's name of their type. */
const TYPES: [ArrowType | ArrowField, string][] = [
  [{ kind: "null" }, "INTEGER"],
  [{ kind: "bool" }, "BOOLEAN"],
  [int(8, true), "TINYINT"],
  [int(8, false), "UTINYINT"],
  [int(16, true), "SMALLINT"],
  [int(16, false), "USMALLINT"],
  [int(32, true), "INTEGER"],
  [int(32, false), "UINTEGER"],
  [int(64, true), "BIGINT"],
  [int(64, false), "UBIGINT"],
  [{ kind: "float", bitWidth: 16 }, "FLOAT"],
  [{ kind: "float", bitWidth: 32 }, "FLOAT"],
  [{ kind: "float", bitWidth: 64 }, "DOUBLE"],
  [decimal(32, 9, 2), "DECIMAL(9,2)"],
  [decimal(64, 9, 2), "DECIMAL(9,2)"],
  [decimal(64, 18, 2), "DECIMAL(18,2)"],
  [decimal(128, 19, 2), "DECIMAL(19,2)"],
  [decimal(128, 38, 38), "DECIMAL(38,38)"],
  [{ kind: "date", unit: "day" }, "DATE"],
  [{ kind: "date", unit: "millisecond" }, "BIGINT"],
  [{ kind: "time", bitWidth: 32, unit: "second" }, "TIME"],
  [{ kind: "time", bitWidth: 64, unit: "microsecond" }, "TIME"],
  [{ kind: "time", bitWidth: 64, unit: "nanosecond" }, "TIME_NS"],
  [timestamp("second"), "TIMESTAMP"],
  [timestamp("microsecond", "Europe/Paris"), "TIMESTAMP WITH TIME ZONE"],
  [timestamp("nanosecond"), "TIMESTAMP_NS"],
  [{ kind: "duration", unit: "second" }, "BIGINT"],
  [{ kind: "interval", unit: "dayTime" }, "INTERVAL"],
  [{ kind: "largeUtf8" }, "VARCHAR"],
  [{ kind: "utf8View" }, "VARCHAR"],
  [{ kind: "binaryView" }, "BLOB"],
  [{ kind: "fixedSizeBinary", byteWidth: 7 }, "BLOB"],
  [list(field("item", list(required("item", INT32)))), "INTEGER[][]"],
  [{ kind: "listView", child: field("item", UTF8) }, "VARCHAR[]"],
  [{ kind: "fixedSizeList", listSize: 3, child: field("item", INT32) }, "INTEGER[]"],
  [map(required("k", UTF8), field("v", list(field("item", INT32)))), "MAP(VARCHAR, INTEGER[])"],
  [
    struct(field("x", INT32), field("y", struct(field("z", UTF8)))),
    "STRUCT(x INTEGER, y STRUCT(z VARCHAR))",
  ],
  [dictionary(UTF8), "VARCHAR"],
  [dictionary(struct(field("x", INT32))), "STRUCT(x INTEGER)"],
  [runs(UTF8), "VARCHAR"],
  [runs(list(field("item", INT32))), "INTEGER[]"],
  [extension({ kind: "fixedSizeBinary", byteWidth: 16 }, "arrow.uuid"), "UUID"],
  [extension(UTF8, "arrow.json"), "JSON"],
  [extension(VARIANT, "arrow.parquet.variant"), "VARIANT"],
];

const FIELDS = TYPES.map(([column], i): ArrowField =>
  "kind" in column ? field(`c${i}`, column) : { ...column, name: `c${i}` }
);

test("DuckDB understands the schema", async () => {
  await withFile(emptyFile(FIELDS), async (path) => {
    const rows = await query(`describe select * from read_parquet(${quoted(path)})`);
    assert.deepEqual(
      rows.map(([name, type]) => [name, type]),
      TYPES.map(([, type], i) => [`c${i}`, type]),
    );
  });
});

test("parquet-wasm and hyparquet understand the schema", () => {
  const file = emptyFile(FIELDS);
  // arrow-rs compares ARROW:schema with the Parquet schema here.
  assert.doesNotThrow(() => readSchema(file.slice()));
  const { children } = parquetSchema(parquetMetadata(file.buffer));
  assert.deepEqual(children.map(({ element }) => element.name), FIELDS.map(({ name }) => name));
});
