/**
 * `parquet-ext schema`, `rowcount`, `head` and `cat`: a look into Parquet files.
 *
 * @module
 */

import { describeFile } from "../file/describe_file.ts";
import { printableLine } from "../file/printable_text.ts";
import { readParquetMetadata } from "../file/read_parquet_metadata.ts";
import { openFileForReading } from "../runtime/files.ts";
import { jsonText } from "../text/json_values.ts";
import { nearestNames } from "../util/nearest_names.ts";
import { EXIT_SUCCESS, namingInput, UsageError } from "./failure.ts";
import { inputName, openParquetInput, type ParquetInput } from "./parquet_input.ts";
import { decimalText } from "./parquet_values.ts";
import { expandPaths } from "./paths.ts";
import { formatTable, shorten, textWidth } from "./table.ts";
import type { Terminal } from "./terminal.ts";

type Hyparquet = typeof import("hyparquet");
type ReadOptions = Parameters<Hyparquet["parquetReadObjects"]>[0];
type AsyncBuffer = ReadOptions["file"];
type Parsers = NonNullable<ReadOptions["parsers"]>;
type FileMetaData = Awaited<ReturnType<Hyparquet["parquetMetadataAsync"]>>;

/** Forms of rows. */
export const ROW_FORMATS = ["table", "json", "ndjson", "csv"] as const;

/** How rows are shown. */
export interface RowsOptions {
  /** Most rows; `null`: all. */
  readonly limit: number | null;
  /** `undefined`: a table on a terminal, NDJSON elsewhere. */
  readonly format: string | undefined;
  /** Names of columns; `undefined`: all. */
  readonly columns: readonly string[] | undefined;
}

/** Rows that are read at a time. */
const CHUNK_ROWS = 10_000;
/** Cells of the widest column of a table. */
const MAX_CELL = 40;

/** Prints the schemas of files, in the form that the format's own tools print. */
export async function showSchemas(args: readonly string[], terminal: Terminal): Promise<number> {
  const paths = await expandPaths(args);
  for (const path of paths) {
    const { schemaText } = describeFile(await metadataOf(path, terminal));
    const name = paths.length > 1 ? `${printableLine(inputName(path))}:\n` : "";
    await terminal.writeOut(`${name}${schemaText.trimEnd()}\n`);
  }
  return EXIT_SUCCESS;
}

/** Prints how many rows files have; of several files, each with its name, and the sum. */
export async function countRows(args: readonly string[], terminal: Terminal): Promise<number> {
  const paths = await expandPaths(args);
  let sum = 0;
  for (const path of paths) {
    const { numRows } = await metadataOf(path, terminal);
    sum += numRows;
    if (paths.length > 1) await terminal.writeOut(`${numRows} ${printableLine(inputName(path))}\n`);
  }
  await terminal.writeOut(paths.length > 1 ? `${sum} total\n` : `${sum}\n`);
  return EXIT_SUCCESS;
}

async function metadataOf(path: string, terminal: Terminal) {
  try {
    return await readParquetMetadata((await openParquetInput(path, terminal)).source);
  } catch (error) {
    throw namingInput(inputName(path), error);
  }
}

type Row = Record<string, unknown>;

/** Prints rows of files, one file after the other. */
export async function showRows(
  args: readonly string[],
  options: RowsOptions,
  terminal: Terminal,
): Promise<number> {
  const format = options.format ?? (terminal.outputIsTerminal ? "table" : "ndjson");
  if (!(ROW_FORMATS as readonly string[]).includes(format)) {
    throw new UsageError(`Cannot read --format ${format}: expected ${ROW_FORMATS.join(", ")}`);
  }
  const paths = await expandPaths(args);
  let left = options.limit ?? Infinity, shown = 0;
  if (format === "json") await terminal.writeOut("[");
  for (const path of paths) {
    if (left <= 0) break;
    try {
      const input = await openParquetInput(path, terminal);
      for await (const { names, rows } of rowsOf(input, left, options.columns)) {
        left -= rows.length;
        await terminal.writeOut(printed(rows, names, format, shown === 0, terminal.columns));
        shown += rows.length;
      }
    } catch (error) {
      throw namingInput(inputName(path), error);
    }
  }
  if (format === "json") await terminal.writeOut("\n]\n");
  return EXIT_SUCCESS;
}

function printed(
  rows: readonly Row[],
  names: readonly string[],
  format: string,
  isFirst: boolean,
  width: number | undefined,
): string {
  switch (format) {
    case "json":
      return rows.map((row, i) => `${isFirst && i === 0 ? "" : ","}\n  ${jsonText(row)}`).join("");
    case "csv": {
      const lines = rows.map((row) => names.map((name) => csvCell(row[name])).join(","));
      if (isFirst) lines.unshift(names.map(csvCell).join(","));
      return lines.map((line) => `${line}\n`).join("");
    }
    case "table": {
      const cells = rows.map((row) =>
        names.map((name) => shorten(printableLine(cellText(row[name], "null")), MAX_CELL))
      );
      const columns = names.map((name, c) => ({
        title: shorten(printableLine(name), MAX_CELL),
        align: rows.some((row) => typeof row[name] === "string")
          ? "left" as const
          : "right" as const,
        shrinkTo: Math.min(6, Math.max(1, ...cells.map((row) => textWidth(row[c]!)))),
      }));
      return `${formatTable(columns, cells, width ?? 1000).join("\n")}\n`;
    }
    default:
      return rows.map((row) => `${jsonText(row)}\n`).join("");
  }
}

function cellText(value: unknown, none: string): string {
  if (value === null || value === undefined) return none;
  return typeof value === "string" ? value : jsonText(value);
}

/** A cell of CSV: null is nothing, an empty text two quotes. */
function csvCell(value: unknown): string {
  const text = cellText(value, "");
  return value === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Exact, and in ISO form. */
const PARSERS: Parsers = {
  timestampFromMilliseconds: (count) => isoTime(count, 1000n, 3),
  timestampFromMicroseconds: (count) => isoTime(count, 1_000_000n, 6),
  timestampFromNanoseconds: (count) => isoTime(count, 1_000_000_000n, 9),
  dateFromDays: (days) => isoDate(days),
};

function isoDate(days: number): string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? `${days} days` : date.toISOString().slice(0, -14);
}

function isoTime(count: bigint, perSecond: bigint, digits: number): string {
  const fraction = ((count % perSecond) + perSecond) % perSecond;
  const date = new Date(Number((count - fraction) / perSecond) * 1000);
  if (Number.isNaN(date.getTime())) return String(count);
  const decimals = String(fraction).padStart(digits, "0").replace(/0+$/, "");
  return `${date.toISOString().slice(0, -5)}${decimals === "" ? "" : `.${decimals}`}`;
}

interface Rows {
  readonly names: readonly string[];
  readonly rows: Row[];
}

async function* rowsOf(
  { source, byteLength }: ParquetInput,
  limit: number,
  columns: readonly string[] | undefined,
): AsyncGenerator<Rows, void, undefined> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const opened = typeof source === "string" ? await openFileForReading(source) : null;
  const file: AsyncBuffer = {
    byteLength,
    slice: async (start, end = byteLength) =>
      opened === null
        ? (source as Uint8Array).slice(start, end).buffer as ArrayBuffer
        : (await opened.read(start, end - start)).slice().buffer,
  };
  try {
    const found: FileMetaData = await parquetMetadataAsync(file);
    const all = parquetSchema(found).children.map(({ element }) => element.name);
    const unknown = columns?.find((name) => !all.includes(name));
    if (unknown !== undefined) {
      const near = nearestNames(unknown, all, 1)[0];
      throw new UsageError(
        `there is no column ${JSON.stringify(unknown)}${
          near === undefined ? "" : `; did you mean ${near}?`
        }`,
      );
    }
    const names = columns ?? all;
    const metadata = withoutDecimals(found);
    const scales = new Map(
      parquetSchema(found).children.filter(({ element }) => isDecimal(element))
        .map(({ element }) => [element.name, element.scale ?? 0]),
    );
    const total = Math.min(limit, Number(found.num_rows));
    for (let at = 0; at < total || at === 0; at += CHUNK_ROWS) {
      const rows = total === 0 ? [] : await parquetReadObjects({
        file,
        metadata,
        compressors,
        parsers: PARSERS,
        geoparquet: false,
        utf8: false,
        rowStart: at,
        rowEnd: Math.min(total, at + CHUNK_ROWS),
        ...(columns === undefined ? {} : { columns: [...columns] }),
      }) as Row[];
      for (const row of rows) {
        for (const name of names) row[name] = plain(row[name], scales.get(name));
      }
      yield {
        names,
        rows: rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]]))),
      };
    }
  } finally {
    await opened?.close();
  }
}

type Element = FileMetaData["schema"][number];

function isDecimal({ converted_type, logical_type }: Element): boolean {
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

/** The same file with columns that are decimals as what they are made of: as numbers they would be rounded. */
function withoutDecimals(metadata: FileMetaData): FileMetaData {
  const depthOne = new Set<Element>();
  let at = 1;
  const pass = (): void => {
    const element = metadata.schema[at++]!;
    for (let i = 0; i < (element.num_children ?? 0); i++) pass();
  };
  while (at < metadata.schema.length) {
    depthOne.add(metadata.schema[at]!);
    pass();
  }
  const schema = metadata.schema.map((element) => {
    if (!depthOne.has(element) || !isDecimal(element)) return element;
    const { converted_type: _, logical_type: __, ...rest } = element;
    return rest as Element;
  });
  return { ...metadata, schema };
}

/** A value as it is shown: bytes as hexadecimal digits, decimals as texts with their scale. */
function plain(value: unknown, scale?: number): unknown {
  if (value === null || value === undefined) return null;
  if (scale !== undefined) return decimalText(value, scale);
  if (value instanceof Uint8Array) {
    return `0x${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  }
  return value;
}
