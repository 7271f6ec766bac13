/**
 * The writers of the bench: each from an array of rows to a file in memory, or, where it knows nothing else, on disk. All with snappy.
 *
 * @module
 */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArrowField } from "../../src/arrow/types.ts";
import { toParquet } from "../../mod.ts";
import type { Shape } from "./shapes.ts";

type Rows = readonly Record<string, unknown>[];
/** Writes rows; gives the bytes of the file. */
export type WriteRows = (rows: Rows) => Promise<number>;

// deno-lint-ignore no-explicit-any
type Any = any;

const folder = mkdtempSync(join(tmpdir(), "rows-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "out.parquet");
const size = (): number => {
  const { size } = statSync(path);
  rmSync(path);
  return size;
};

/** Makes a writer for rows of a shape. */
export const WRITERS: Readonly<Record<string, (shape: Shape) => Promise<WriteRows>>> = {
  "parquet-ext": ({ schema }) =>
    Promise.resolve(async (rows) =>
      (await toParquet(rows as Any, { schema, compression: "snappy" })).length
    ),
  "parquet-ext, inferred": () =>
    Promise.resolve(async (rows) =>
      (await toParquet(rows as Any, { compression: "snappy" })).length
    ),
  "tableFromJSON + parquet-ext": async () => {
    const { tableFromJSON } = await import("apache-arrow");
    return async (rows) =>
      (await toParquet(tableFromJSON(rows as Any), { compression: "snappy" })).length;
  },
  "hyparquet-writer": async ({ schema }) => {
    const { parquetWriteBuffer } = await import("hyparquet-writer");
    const elements = [{ name: "root", num_children: schema.fields.length }] as Any[];
    for (const field of schema.fields) hyparquetElements(field, elements);
    return (rows) =>
      Promise.resolve(
        parquetWriteBuffer({
          columnData: schema.fields.map((field) => ({
            name: field.name,
            data: hyparquetData(field, rows.map((row) => row[field.name])),
          })),
          schema: elements,
          codec: "SNAPPY",
        } as Any).byteLength,
      );
  },
  "@dsnp/parquetjs": async ({ schema }) => {
    const module = await import("@dsnp/parquetjs") as Any;
    const { ParquetSchema, ParquetWriter } = module.default ?? module;
    const parquetSchema = new ParquetSchema(
      Object.fromEntries(schema.fields.map((field) => [field.name, parquetjsField(field)])),
    );
    return async (rows) => {
      const writer = await ParquetWriter.openFile(parquetSchema, path, { rowGroupSize: 1 << 20 });
      for (const row of rows) await writer.appendRow(row);
      await writer.close();
      return size();
    };
  },
  "DuckDB appender": async ({ schema }) => {
    const api = await import("@duckdb/node-api");
    const connection = await (await api.DuckDBInstance.create(":memory:")).connect();
    const columns = schema.fields.map((field) => `"${field.name}" ${duckdbType(field)}`);
    const values = schema.fields.map((field) => duckdbValue(field, api));
    return async (rows) => {
      await connection.run(`CREATE OR REPLACE TABLE input (${columns.join(", ")})`);
      const appender = await connection.createAppender("input");
      const types = schema.fields.map((field) => duckdbApiType(field, api));
      for (const row of rows) {
        schema.fields.forEach(({ name }, i) => {
          const value = row[name];
          if (value === null || value === undefined) appender.appendNull();
          else appender.appendValue(values[i]!(value), types[i]);
        });
        appender.endRow();
      }
      appender.closeSync();
      await connection.run(`COPY input TO '${path}' (FORMAT parquet, CODEC snappy)`);
      return size();
    };
  },
};

// --- hyparquet-writer -----------------------------------------------------------------------------------------------

function hyparquetElements({ name, type, nullable }: ArrowField, out: Any[]): void {
  const repetition_type = nullable ? "OPTIONAL" : "REQUIRED";
  switch (type.kind) {
    case "list":
      out.push({ name, repetition_type, num_children: 1, converted_type: "LIST" });
      out.push({ name: "list", repetition_type: "REPEATED", num_children: 1 });
      return hyparquetElements({ ...type.child, name: "element" }, out);
    case "struct":
      out.push({ name, repetition_type, num_children: type.children.length });
      for (const child of type.children) hyparquetElements(child, out);
      return;
    case "int":
      return void out.push({
        name,
        repetition_type,
        type: type.bitWidth === 64 ? "INT64" : "INT32",
      });
    case "float":
      return void out.push({ name, repetition_type, type: "DOUBLE" });
    case "bool":
      return void out.push({ name, repetition_type, type: "BOOLEAN" });
    case "timestamp":
      return void out.push({
        name,
        repetition_type,
        type: "INT64",
        converted_type: "TIMESTAMP_MILLIS",
      });
    default:
      out.push({ name, repetition_type, type: "BYTE_ARRAY", converted_type: "UTF8" });
  }
}

/** It takes bigints alone for INT64. */
function hyparquetData({ type }: ArrowField, values: unknown[]): unknown[] {
  return type.kind === "int" && type.bitWidth === 64
    ? values.map((value) => typeof value === "number" ? BigInt(value) : value)
    : values;
}

// --- parquetjs ------------------------------------------------------------------------------------------------------

function parquetjsField({ type, nullable }: ArrowField): Any {
  const optional = nullable ? { optional: true } : {};
  const compression = "SNAPPY";
  switch (type.kind) {
    case "list":
      return { ...parquetjsField(type.child), repeated: true };
    case "struct":
      return {
        ...optional,
        fields: Object.fromEntries(
          type.children.map((child) => [child.name, parquetjsField(child)]),
        ),
      };
    case "int":
      return { ...optional, type: type.bitWidth === 64 ? "INT64" : "INT32", compression };
    case "float":
      return { ...optional, type: "DOUBLE", compression };
    case "bool":
      return { ...optional, type: "BOOLEAN", compression };
    case "timestamp":
      return { ...optional, type: "TIMESTAMP_MILLIS", compression };
    default:
      return { ...optional, type: "UTF8", compression };
  }
}

// --- DuckDB ---------------------------------------------------------------------------------------------------------

function duckdbType({ type }: ArrowField): string {
  switch (type.kind) {
    case "list":
      return `${duckdbType(type.child)}[]`;
    case "struct":
      return `STRUCT(${
        type.children.map((child) => `"${child.name}" ${duckdbType(child)}`).join(", ")
      })`;
    case "int":
      return type.bitWidth === 64 ? "BIGINT" : "INTEGER";
    case "float":
      return "DOUBLE";
    case "bool":
      return "BOOLEAN";
    case "timestamp":
      return "TIMESTAMP_MS";
    default:
      return "VARCHAR";
  }
}

function duckdbApiType({ type }: ArrowField, api: Any): Any {
  switch (type.kind) {
    case "list":
      return api.LIST(duckdbApiType(type.child, api));
    case "struct":
      return api.STRUCT(
        Object.fromEntries(type.children.map((child) => [child.name, duckdbApiType(child, api)])),
      );
    case "int":
      return type.bitWidth === 64 ? api.BIGINT : api.INTEGER;
    case "float":
      return api.DOUBLE;
    case "bool":
      return api.BOOLEAN;
    case "timestamp":
      return api.TIMESTAMP_MS;
    default:
      return api.VARCHAR;
  }
}

function duckdbValue({ type }: ArrowField, api: Any): (value: Any) => Any {
  switch (type.kind) {
    case "list": {
      const element = duckdbValue(type.child, api);
      return (value) => api.listValue(value.map(element));
    }
    case "struct": {
      const members = type.children.map((child) => [child.name, duckdbValue(child, api)] as const);
      return (value) =>
        api.structValue(
          Object.fromEntries(
            members.map(([name, of]) => [name, value[name] === null ? null : of(value[name])]),
          ),
        );
    }
    case "int":
      return type.bitWidth === 64 ? (value) => BigInt(value) : (value) => value;
    case "timestamp":
      return (value) => new api.DuckDBTimestampMillisecondsValue(BigInt(value.getTime()));
    default:
      return (value) => value;
  }
}
