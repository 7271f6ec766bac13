import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { describeFile } from "../../src/file/describe_file.ts";
import { printableText } from "../../src/file/printable_text.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import type { ColumnMetaData, ParquetMetaData, Statistics } from "../../src/format/metadata.ts";
import { FormatError } from "../../src/util/errors.ts";
import { duckdb, quoted, withFile } from "../support/duckdb.ts";

const META_DATA: ColumnMetaData = {
  type: "INT32",
  encodings: ["PLAIN", "RLE", "RLE_DICTIONARY"],
  pathInSchema: ["a"],
  codec: "SNAPPY",
  numValues: 10,
  totalUncompressedSize: 300,
  totalCompressedSize: 100,
  dictionaryPageOffset: 4,
  dataPageOffset: 20,
};

function fileWith(metaData: Partial<ColumnMetaData>, unsigned = false): ParquetMetaData {
  return {
    version: 1,
    schema: [
      { name: "schema", numChildren: 1 },
      {
        name: "a",
        type: "INT32",
        repetitionType: "OPTIONAL",
        ...(unsigned ? { convertedType: "UINT_32" } : {}),
      },
    ],
    numRows: 10,
    rowGroups: [{
      columns: [{ fileOffset: 0, metaData: { ...META_DATA, ...metaData } }],
      totalByteSize: 300,
      numRows: 10,
      sortingColumns: [
        { columnIdx: 0, descending: true, nullsFirst: false },
        { columnIdx: 9, descending: false, nullsFirst: false },
      ],
    }],
  };
}

test("describeFile() says everything about a column chunk, and null for what is not known", () => {
  const description = describeFile(fileWith({
    statistics: {
      nullCount: 2,
      minValue: Uint8Array.of(1, 0, 0, 0),
      maxValue: Uint8Array.of(9, 0, 0, 0),
      isMinValueExact: true,
    },
    encodingStats: [
      { pageType: "DICTIONARY_PAGE", encoding: "PLAIN", count: 1 },
      { pageType: "DATA_PAGE", encoding: "RLE_DICTIONARY", count: 2 },
      { pageType: "DATA_PAGE_V2", encoding: "PLAIN", count: 3 },
      { pageType: "DATA_PAGE", encoding: "PLAIN", count: 1 },
    ],
    bloomFilterOffset: 200,
  }));
  assert.deepEqual(description, {
    version: 1,
    createdBy: null,
    numRows: 10,
    numColumns: 1,
    numRowGroups: 1,
    compressedSize: 100,
    uncompressedSize: 300,
    ratio: 3,
    encrypted: false,
    keyValueMetadata: [],
    schema: {
      name: "schema",
      repetition: null,
      physicalType: null,
      typeLength: null,
      logicalType: null,
      convertedType: null,
      fieldId: null,
      maxDefinitionLevel: 0,
      maxRepetitionLevel: 0,
      children: [{
        name: "a",
        repetition: "OPTIONAL",
        physicalType: "INT32",
        typeLength: null,
        logicalType: null,
        convertedType: null,
        fieldId: null,
        maxDefinitionLevel: 1,
        maxRepetitionLevel: 0,
        children: [],
      }],
    },
    schemaText: "message schema {\n  optional int32 a;\n}",
    rowGroups: [{
      index: 0,
      numRows: 10,
      fileOffset: null,
      compressedSize: 100,
      uncompressedSize: 300,
      ratio: 3,
      sortingColumns: [
        { path: "a", descending: true, nullsFirst: false },
        { path: "#9", descending: false, nullsFirst: false },
      ],
      columns: [{
        path: "a",
        physicalType: "INT32",
        logicalType: null,
        codec: "SNAPPY",
        encodings: ["PLAIN", "RLE", "RLE_DICTIONARY"],
        dataEncodings: ["RLE_DICTIONARY", "PLAIN"],
        numDataPages: 6,
        hasDictionaryPage: true,
        numValues: 10,
        nullCount: 2,
        distinctCount: null,
        nanCount: null,
        min: { value: "1", exact: true, deprecated: false },
        max: { value: "9", exact: null, deprecated: false },
        compressedSize: 100,
        uncompressedSize: 300,
        ratio: 3,
        unencodedByteArrayDataBytes: null,
        bloomFilterLength: null,
        hasBloomFilter: true,
        hasColumnIndex: false,
        hasOffsetIndex: false,
      }],
    }],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(description)), description);
});

test("describeFile() takes deprecated bounds only where they mean something", () => {
  const statistics: Statistics = { min: Uint8Array.of(1, 0, 0, 0), max: Uint8Array.of(2, 0, 0, 0) };
  const bounds = (unsigned: boolean) => {
    const column = describeFile(fileWith({ statistics }, unsigned)).rowGroups[0]!.columns[0]!;
    return [column.min, column.max];
  };
  assert.deepEqual(bounds(false), [
    { value: "1", exact: null, deprecated: true },
    { value: "2", exact: null, deprecated: true },
  ]);
  assert.deepEqual(bounds(true), [null, null]);
});

test("describeFile() knows no ratio of nothing", () => {
  const empty = fileWith({ totalCompressedSize: 0, totalUncompressedSize: 0 });
  assert.equal(describeFile(empty).ratio, null);
  assert.equal(describeFile({ ...empty, rowGroups: [] }).ratio, null);
});

test("describeFile() refuses row groups that are not of the schema", () => {
  const { schema: _, ...rest } = fileWith({});
  const schema = [{ name: "schema", numChildren: 0 }];
  assert.throws(() => describeFile({ ...rest, schema }), FormatError);
});

test("describeFile() draws the schema in the notation of Parquet's tools", () => {
  const { schemaText } = describeFile({
    version: 1,
    numRows: 0,
    rowGroups: [],
    schema: [
      { name: "schema", numChildren: 5 },
      { name: "id", type: "INT64", repetitionType: "REQUIRED", fieldId: 7 },
      {
        name: "price",
        type: "FIXED_LEN_BYTE_ARRAY",
        typeLength: 9,
        repetitionType: "OPTIONAL",
        logicalType: { type: "DECIMAL", scale: 2, precision: 20 },
      },
      { name: "tags", repetitionType: "OPTIONAL", numChildren: 1, convertedType: "LIST" },
      { name: "list", repetitionType: "REPEATED", numChildren: 1 },
      {
        name: "element",
        type: "BYTE_ARRAY",
        repetitionType: "REQUIRED",
        logicalType: { type: "STRING" },
      },
      {
        name: "at\u001b[2J",
        type: "INT64",
        repetitionType: "OPTIONAL",
        logicalType: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
      },
      {
        name: "span",
        type: "FIXED_LEN_BYTE_ARRAY",
        typeLength: 12,
        repetitionType: "OPTIONAL",
        convertedType: "INTERVAL",
      },
    ],
  });
  assert.deepEqual(schemaText.split("\n"), [
    "message schema {",
    "  required int64 id = 7;",
    "  optional fixed_len_byte_array(9) price (DECIMAL(20,2));",
    "  optional group tags (LIST) {",
    "    repeated group list {",
    "      required binary element (STRING);",
    "    }",
    "  }",
    "  optional int64 at\\u{1b}[2J (TIMESTAMP(MICROS,true));",
    "  optional fixed_len_byte_array(12) span (INTERVAL);",
    "}",
  ]);
});

test("describeFile() describes a file of DuckDB", async () => {
  const file = await withFile(new Uint8Array(0), async (path) => {
    await (await duckdb()).run(`copy (
      select range::int as id, 'name ' || lpad(range::varchar, 3, '0') as name,
        (range / 100)::decimal(9, 2) as amount, timestamp '2024-01-01' + interval (range) hour as at,
        date '2024-02-29' as day, range / 4 as value, [range] as list
      from range(100)) to ${quoted(path)} (format parquet, compression snappy)`);
    return new Uint8Array(readFileSync(path));
  });
  const { rowGroups, numColumns, createdBy } = describeFile(await readParquetMetadata(file));
  assert.equal(numColumns, 7);
  assert.match(createdBy ?? "", /DuckDB/);
  const columns = rowGroups[0]!.columns;
  assert.deepEqual(
    columns.map((
      { path, codec, numValues, min, max },
    ) => [path, codec, numValues, min?.value, max?.value]),
    [
      ["id", "SNAPPY", 100, "0", "99"],
      ["name", "SNAPPY", 100, "name 000", "name 099"],
      ["amount", "SNAPPY", 100, "0.00", "0.99"],
      ["at", "SNAPPY", 100, "2024-01-01T00:00:00.000000", "2024-01-05T03:00:00.000000"],
      ["day", "SNAPPY", 100, "2024-02-29", "2024-02-29"],
      ["value", "SNAPPY", 100, "0", "24.75"],
      ["list.list.element", "SNAPPY", 100, "0", "99"],
    ],
  );
});

test("printableText() lets nothing through that could change what is shown", () => {
  assert.equal(printableText("plain – ünïcode 😀"), "plain – ünïcode 😀");
  assert.equal(printableText("a\nb\r\t\\"), "a\\nb\\r\\t\\\\");
  assert.equal(printableText("\u001b[31m\u0000\u007f\u009b"), "\\u{1b}[31m\\u{0}\\u{7f}\\u{9b}");
  assert.equal(printableText("\u202e\u2028\ufeff\ud800"), "\\u{202e}\\u{2028}\\u{feff}\\u{d800}");
});
