/**
 * The ways of the bench: each from a text in memory, as bytes, to a file in memory, or, of DuckDB, from disk to disk. All with snappy.
 *
 * Parsers of CSV give texts, or guess: their rows are made of the columns' types, as whoever uses them has to do.
 *
 * @module
 */

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { fromCsv, fromNdjson, toParquet } from "../../mod.ts";
import type { Text } from "./texts.ts";

/** Writes a text; gives the bytes of the file. */
export type WriteText = (bytes: Uint8Array) => Promise<number>;
/** `null`: it does not take such texts. */
type MakeWriter = (text: Text) => Promise<WriteText> | null;

// deno-lint-ignore no-explicit-any
type Any = any;
type Row = Record<string, unknown>;

const own = (options: object, parallelism?: number): MakeWriter => ({ header }) =>
  Promise.resolve(async (bytes) => {
    const source = (header === undefined ? fromNdjson : fromCsv)(bytes, options);
    const writing = parallelism === undefined ? {} : { parallelism };
    return (await toParquet(source, { compression: "snappy", ...writing })).length;
  });

/** The writers. */
export const WRITERS: Readonly<Record<string, MakeWriter>> = {
  "parquet-ext": own({}),
  "parquet-ext, one thread": own({}, 0),
  "parquet-ext, with a schema": (text) => own({ schema: text.schema })(text),
  "udsv + parquet-ext rows": csvRows(udsvRows, ownRows),
  "csv-parse + parquet-ext rows": csvRows(csvParseRows, ownRows),
  "papaparse + parquet-ext rows": csvRows(papaRows, ownRows),
  "udsv + hyparquet-writer": csvRows(udsvRows, hyparquetRows),
  "JSON.parse + parquet-ext rows": jsonRows(ownRows),
  "JSON.parse + hyparquet-writer": (text) =>
    text.name === "NDJSON, nested" ? null : jsonRows(hyparquetRows)(text),
  "DuckDB, one thread": duckdb(1),
  DuckDB: duckdb(null),
};

const decoder = new TextDecoder();

function jsonRows(write: (rows: Row[], text: Text) => Promise<number>): MakeWriter {
  return (text) =>
    text.header !== undefined ? null : Promise.resolve((bytes) => {
      const lines = decoder.decode(bytes).split("\n");
      lines.pop();
      return write(lines.map((line) => JSON.parse(line)), text);
    });
}

function csvRows(
  parse: (csv: string) => Promise<string[][]>,
  write: (rows: Row[], text: Text) => Promise<number>,
): MakeWriter {
  return (text) => {
    const { header, schema } = text;
    if (header === undefined) return null;
    const names = schema.fields.map(({ name }) => name);
    const reads = schema.fields.map(({ type }) => readerOf(type));
    return Promise.resolve(async (bytes) => {
      const cells = await parse(decoder.decode(bytes));
      const rows = cells.map((record) => {
        const row: Row = {};
        for (let i = 0; i < names.length; i++) {
          const cell = record[i]!;
          row[names[i]!] = cell === "" ? null : reads[i]!(cell);
        }
        return row;
      });
      return await write(rows, text);
    });
  };
}

function readerOf(type: ArrowType): (cell: string) => unknown {
  switch (type.kind) {
    case "int":
    case "float":
      return Number;
    case "bool":
      return (cell) => cell === "true";
    case "date":
    case "timestamp":
      return (cell) => new Date(cell);
    default:
      return (cell) => cell;
  }
}

async function udsvRows(csv: string): Promise<string[][]> {
  const { inferSchema, initParser } = await import("udsv") as Any;
  return initParser(inferSchema(csv)).stringArrs(csv);
}

async function csvParseRows(csv: string): Promise<string[][]> {
  const { parse } = await import("csv-parse/sync") as Any;
  return parse(csv, { from_line: 2 });
}

async function papaRows(csv: string): Promise<string[][]> {
  const { default: papa } = await import("papaparse" as string) as Any;
  return papa.parse(csv, { skipEmptyLines: true }).data.slice(1);
}

async function ownRows(rows: Row[], { schema }: Text): Promise<number> {
  return (await toParquet(rows as Any, { schema, compression: "snappy" })).length;
}

async function hyparquetRows(rows: Row[], { schema }: Text): Promise<number> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  return parquetWriteBuffer({
    columnData: schema.fields.map((field) => ({
      name: field.name,
      data: rows.map((row) => hyparquetValue(field, row[field.name])),
      type: hyparquetType(field),
      nullable: true,
    })),
    codec: "SNAPPY",
  } as Any).byteLength;
}

function hyparquetType({ type }: ArrowField): string {
  switch (type.kind) {
    case "int":
      return "INT64";
    case "float":
      return "DOUBLE";
    case "bool":
      return "BOOLEAN";
    case "date":
    case "timestamp":
      return "TIMESTAMP";
    default:
      return "STRING";
  }
}

function hyparquetValue({ type }: ArrowField, value: unknown): unknown {
  return type.kind === "int" && typeof value === "number" ? BigInt(value) : value ?? undefined;
}

function duckdb(threads: number | null): MakeWriter {
  return async ({ header }) => {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    if (threads !== null) await connection.run(`SET threads = ${threads}`);
    const folder = mkdtempSync(join(tmpdir(), "text-bench-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    const [input, output] = [join(folder, "in.txt"), join(folder, "out.parquet")];
    const read = header === undefined
      ? `read_json('${input}', format = 'newline_delimited')`
      : `read_csv('${input}')`;
    let isWritten = false;
    return async (bytes) => {
      if (!isWritten) writeFileSync(input, bytes);
      isWritten = true;
      await connection.run(`COPY (FROM ${read}) TO '${output}' (FORMAT parquet, CODEC snappy)`);
      return statSync(output).size;
    };
  };
}
