/**
 * `parquet-ext inspect`: what a Parquet file holds.
 *
 * @module
 */

import type {
  BoundDescription,
  ColumnDescription,
  FileDescription,
  RowGroupDescription,
} from "../file/describe_file.ts";
import { describeFile } from "../file/describe_file.ts";
import { printableJson, printableLine, printableText } from "../file/printable_text.ts";
import { readParquetMetadata } from "../file/read_parquet_metadata.ts";
import { describeFailure, EXIT_SUCCESS, namingInput } from "./failure.ts";
import { inputName, openParquetInput } from "./parquet_input.ts";
import { expandPaths, isPattern } from "./paths.ts";
import { formatBytes, formatCount, formatRatio } from "./quantities.ts";
import { formatTable, shorten, type TableColumn } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** What `inspect` was asked for. */
export interface InspectOptions {
  /** JSON instead of text. */
  readonly json: boolean;
  /** Every row group, however many there are. */
  readonly all: boolean;
  /** Cells of a line. */
  readonly width: number;
}

/** Row groups that are shown unless all are asked for: the rest looks alike. */
const FIRST_ROW_GROUPS = 4;

const COLUMNS: readonly TableColumn[] = [
  { title: "column", align: "left", shrinkTo: 16, shrinkOrder: 1 },
  { title: "encodings", align: "left", shrinkTo: 0 },
  { title: "codec", align: "left", shrinkTo: 0 },
  { title: "pages", align: "right", shrinkTo: 0 },
  { title: "nulls", align: "right", shrinkTo: 0 },
  { title: "bytes", align: "right", shrinkTo: 0 },
  { title: "ratio", align: "right", shrinkTo: 0 },
  { title: "min", align: "left", shrinkTo: 7 },
  { title: "max", align: "left", shrinkTo: 7 },
];

/**
 * Describes files, one after the other, and prints that.
 *
 * As JSON, one file is one object of several lines; several files, or a pattern, are one object a line, with the file's name.
 *
 * @param args Paths, patterns, or `-` for standard input.
 * @returns The exit code: 0, or 2 where a file cannot be read or is not a Parquet file.
 * @throws {UsageError} When the only file that is asked for cannot be read, or nothing matches a pattern.
 */
export async function inspect(
  args: readonly string[],
  options: InspectOptions,
  terminal: Terminal,
): Promise<number> {
  const paths = await expandPaths(args);
  const isOne = paths.length === 1 && !await isPattern(args[0]!);
  if (isOne) {
    await terminal.writeOut(`${await describe(paths[0]!, options, 2, terminal)}\n`);
    return EXIT_SUCCESS;
  }
  let exitCode = EXIT_SUCCESS, shown = 0;
  for (const path of paths) {
    try {
      const text = await describe(path, options, 0, terminal);
      await terminal.writeOut(`${shown++ > 0 && !options.json ? "\n" : ""}${text}\n`);
    } catch (error) {
      const failure = describeFailure(error);
      exitCode = Math.max(exitCode, failure.exitCode);
      await terminal.writeErr(`parquet-ext: ${failure.message}\n`);
    }
  }
  return exitCode;
}

/** The text of one file. As JSON it has the file's name unless it is `indent`ed. */
async function describe(
  path: string,
  options: InspectOptions,
  indent: number,
  terminal: Terminal,
): Promise<string> {
  try {
    const { name, byteLength, source } = await openParquetInput(path, terminal);
    const description = describeFile(await readParquetMetadata(source));
    if (!options.json) return inspectText(printableLine(name), byteLength, description, options);
    return printableJson(indent > 0 ? description : { file: name, ...description }, indent);
  } catch (error) {
    throw namingInput(inputName(path), error);
  }
}

/** The text of `inspect`. */
export function inspectText(
  name: string,
  byteLength: number,
  file: FileDescription,
  options: Pick<InspectOptions, "all" | "width">,
): string {
  const lines = [
    `${name}: ${formatBytes(byteLength)}, ${amount(file.numRows, "row")}, ` +
    `${amount(file.numColumns, "column")}, ${amount(file.numRowGroups, "row group")}`,
    `pages: ${sizes(file)}`,
    `written by: ${file.createdBy === null ? "not said" : printableText(file.createdBy)}, ` +
    `format version ${file.version}${file.encrypted ? ", encrypted" : ""}`,
  ];
  if (file.keyValueMetadata.length > 0) {
    lines.push("", "metadata:");
    for (const { key, value } of file.keyValueMetadata) {
      const text = value === null ? "(none)" : printableText(value);
      const line = `  ${printableText(key)}: ${text}`;
      // A value of a line's length or more is data rather than text; its length says more than its beginning.
      lines.push(
        line.length <= options.width
          ? line
          : `${shorten(line, options.width - 20)} (${formatCount(value?.length ?? 0)} chars)`,
      );
    }
  }
  lines.push("", file.schemaText);
  const shown = options.all ? file.rowGroups : file.rowGroups.slice(0, FIRST_ROW_GROUPS);
  for (const rowGroup of shown) lines.push("", ...rowGroupLines(rowGroup, options.width));
  const more = file.rowGroups.length - shown.length;
  if (more > 0) lines.push("", `… and ${amount(more, "more row group")} (--all shows them)`);
  if (shown.some(({ columns }) => columns.some(hasRoughBound))) lines.push("", ROUGH_LEGEND);
  return lines.join("\n");
}

function rowGroupLines(rowGroup: RowGroupDescription, width: number): string[] {
  const sorted = rowGroup.sortingColumns.map(({ path, descending, nullsFirst }) =>
    `${printableText(path)}${descending ? " descending" : ""}${nullsFirst ? " nulls first" : ""}`
  );
  return [
    `row group ${rowGroup.index}: ${amount(rowGroup.numRows, "row")}, ${sizes(rowGroup)}` +
    (sorted.length === 0 ? "" : `, sorted by ${sorted.join(", ")}`),
    ...formatTable(COLUMNS, rowGroup.columns.map(cells), width - 2).map((line) => `  ${line}`),
  ];
}

function cells(column: ColumnDescription): string[] {
  return [
    printableText(column.path),
    (column.dataEncodings ?? valueEncodings(column)).join(","),
    column.codec,
    column.numDataPages === null ? "-" : formatCount(column.numDataPages),
    column.nullCount === null ? "-" : formatCount(column.nullCount),
    formatBytes(column.compressedSize),
    formatRatio(column.ratio),
    bound(column.min),
    bound(column.max),
  ];
}

/** Encodings without those that can only be of levels, for files that do not tell them apart. */
function valueEncodings({ encodings, physicalType }: ColumnDescription): string[] {
  return encodings.filter((encoding) =>
    encoding !== "BIT_PACKED" && (encoding !== "RLE" || physicalType === "BOOLEAN")
  );
}

/** What is said once where there is such a bound. */
const ROUGH_LEGEND = "~: a bound of the values, not one of them";

function hasRoughBound({ min, max }: ColumnDescription): boolean {
  return min?.exact === false || max?.exact === false;
}

/** A tilde says that the bound is not a value of the column. */
function bound(description: BoundDescription | null): string {
  if (description === null) return "-";
  const value = printableText(description.value);
  return description.exact === false ? `~${value}` : value;
}

function sizes(
  part: {
    readonly uncompressedSize: number;
    readonly compressedSize: number;
    readonly ratio: number | null;
  },
): string {
  return `${formatBytes(part.uncompressedSize)} → ${formatBytes(part.compressedSize)} ` +
    `(ratio ${formatRatio(part.ratio)})`;
}

function amount(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;
}
