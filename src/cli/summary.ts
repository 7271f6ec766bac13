/**
 * What a command has done, in words.
 *
 * @module
 */

import type { DataFile } from "../dataset/data_file.ts";
import { printableLine } from "../file/printable_text.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import { buildSchemaTree, listElement } from "../format/schema_tree.ts";
import type { SkippedRecord } from "../text/text_options.ts";
import { STANDARD_STREAM } from "./paths.ts";
import {
  amount,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
} from "./quantities.ts";

/** What a conversion did. */
export interface ConvertSummary {
  readonly input: string;
  readonly output: string;
  readonly rows: number;
  readonly rowGroups: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** Mebibytes of input a second. */
  readonly mebibytesPerSecond: number;
  /** Encoder workers that were used; 0: everything was encoded on the main thread. */
  readonly workers: number;
  /** Records that were left out. */
  readonly skippedRecords?: number;
}

/** What a conversion to a dataset did. */
export interface DatasetSummary {
  readonly input: string;
  readonly output: string;
  readonly rows: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** Records that were left out. */
  readonly skippedRecords?: number;
  /** The files, as a commit to a table wants them. */
  readonly files: readonly DataFile[];
}

/** Cells of a line. */
const MAX_WIDTH = 80;

/** What was done and how long it took: in one line, or in two where one is too wide. */
export function summaryLines(
  output: string,
  done: readonly string[],
  took: readonly string[],
): string {
  const name = output === STANDARD_STREAM ? "standard output" : printableLine(output);
  const line = `${name}: ${[...done, ...took].join(", ")}`;
  if (line.length <= MAX_WIDTH) return line;
  return `${name}: ${done.join(", ")},\n  ${took.join(", ")}`;
}

/** What a conversion did. */
export function summaryText(summary: ConvertSummary): string {
  const { output, rows, bytesIn, bytesOut, milliseconds, workers } = summary;
  const ratio = formatRatio(bytesOut > 0 ? bytesIn / bytesOut : null);
  return summaryLines(
    output,
    [amount(rows, "row"), `${formatBytes(bytesIn)} → ${formatBytes(bytesOut)} (ratio ${ratio})`],
    [
      formatDuration(milliseconds),
      formatRate(bytesIn, milliseconds),
      ...(workers === 0 ? [] : [amount(workers, "worker")]),
    ],
  );
}

/** What a conversion to a dataset did. */
export function datasetText(summary: DatasetSummary): string {
  const { output, rows, files, bytesIn, bytesOut, milliseconds } = summary;
  return summaryLines(
    output,
    [
      `${amount(rows, "row")} in ${amount(files.length, "file")}`,
      `${formatBytes(bytesIn)} → ${formatBytes(bytesOut)}`,
    ],
    [formatDuration(milliseconds), formatRate(bytesIn, milliseconds)],
  );
}

/** What is said about a JSON file of one object that has the rows in a member: it became one row. */
export function wrappedRowsNote({ numRows, schema }: ParquetMetaData): string {
  if (numRows !== 1) return "";
  const { root } = buildSchemaTree(schema);
  const lists = root.children.filter((node) => (listElement(node)?.children.length ?? 0) > 0);
  const name = lists.length === 1 ? lists[0]!.element.name : "";
  if (!/^[A-Za-z_]\w*$/.test(name)) return "";
  return `The file is one object, and became one row. For the rows in its member ${name}:\n` +
    `  jq .${name} FILE | parquet-ext convert - OUTPUT\n`;
}

/** What to say where the names of a CSV text, its first line, look like data; empty where they do not. */
export function headerNote(names: readonly string[]): string {
  const areNumbers = names.length > 0 &&
    names.every((name) => /^[+-]?\d[\d.,:/-]*$/.test(name.trim()));
  if (!areNumbers) return "";
  const shown = names.slice(0, 4).map((name) => printableLine(name)).join(", ");
  return `The first line was read as the names of columns: ${shown}${
    names.length > 4 ? ", …" : ""
  }.\n` +
    `If it is data, set --no-header\n`;
}

/** Records that are listed when they are left out. */
const MAX_LISTED = 10;

/** The records that were left out, the first of them one by one. */
export function skippedText(skipped: readonly SkippedRecord[]): string {
  if (skipped.length === 0) return "";
  const lines = skipped.slice(0, MAX_LISTED).map(({ line, column, reason }) =>
    printableLine(`  line ${line}${column === "" ? "" : `, column ${column}`}: ${reason}`)
  );
  const more = skipped.length - lines.length;
  return `${amount(skipped.length, "record")} skipped:\n${lines.join("\n")}\n${
    more > 0 ? `  … and ${formatCount(more)} more\n` : ""
  }`;
}
