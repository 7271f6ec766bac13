/**
 * `parquet-ext schema`, `rowcount`, `head` and `cat`: a look into Parquet files.
 *
 * @module
 */

import { describeFile } from "../file/describe_file.ts";
import { printableLine } from "../file/printable_text.ts";
import { readParquetMetadata } from "../file/read_parquet_metadata.ts";
import { openParquetSource } from "../format/parquet_source.ts";
import { openParquet } from "../reader/parquet_batches.ts";
import { type ReadRow, rowsOf as batchRows } from "../reader/row_values.ts";
import { jsonText } from "../text/json_values.ts";
import { FormatError } from "../util/errors.ts";
import { EXIT_SUCCESS, namingInput, UsageError } from "./failure.ts";
import { inputName, openParquetInput, type ParquetInput } from "./parquet_input.ts";
import { expandPaths } from "./paths.ts";
import { shownValue } from "./shown_value.ts";
import { formatTable, shorten, textWidth } from "./table.ts";
import type { Terminal } from "./terminal.ts";

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
    const { schemaText } = describeFile(await metadataOf(path, terminal, INFER_HINT));
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

/** What to do with a file that is not Parquet but has a schema. */
const INFER_HINT = "; --infer reads CSV, NDJSON, JSON and Arrow";

async function metadataOf(path: string, terminal: Terminal, hint = "") {
  try {
    return await readParquetMetadata((await openParquetInput(path, terminal)).source);
  } catch (error) {
    const isOther = error instanceof FormatError && error.message.includes("it is not Parquet");
    throw namingInput(
      inputName(path),
      isOther ? new FormatError(`${error.message}${hint}`, { cause: error }) : error,
    );
  }
}

type Row = ReadRow;

interface Rows {
  readonly names: readonly string[];
  readonly rows: Row[];
}

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
  let header: { readonly file: string; readonly names: readonly string[] } | null = null;
  if (format === "json") await terminal.writeOut("[");
  for (const path of paths) {
    if (left <= 0) break;
    try {
      const input = await openParquetInput(path, terminal);
      for await (const { names, rows } of rowsOf(input, left, options.columns)) {
        const isFirst = format === "json" ? shown === 0 : header === null;
        header ??= { file: inputName(path), names };
        if (format === "csv" && names.join("\0") !== header.names.join("\0")) {
          throw new UsageError(
            `Cannot print ${inputName(path)} as CSV: its columns are not those of ${header.file}` +
              " (set --columns, or --format ndjson)",
          );
        }
        left -= rows.length;
        await terminal.writeOut(printed(rows, names, format, isFirst, terminal.columns));
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

/** Rows of a file, as they are shown. */
async function* rowsOf(
  { source }: ParquetInput,
  limit: number,
  columns: readonly string[] | undefined,
): AsyncGenerator<Rows, void, undefined> {
  const file = await openParquetSource(source);
  try {
    const { plan, batches } = await openParquet(file, {
      columns,
      limit,
      maxBatchRows: CHUNK_ROWS,
      lenient: true,
    });
    const names = columns ?? plan.schema.fields.map(({ name }) => name);
    for await (const batch of batches(false)) {
      const rows = batchRows(batch, { leafValue: shownValue });
      yield {
        names,
        rows: columns === undefined
          ? rows
          : rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]]))),
      };
    }
  } finally {
    await file.close();
  }
}
