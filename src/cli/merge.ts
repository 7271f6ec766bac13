/**
 * `parquet-ext merge`: Parquet files become one.
 *
 * @module
 */

import { printableJson, printableLine } from "../file/printable_text.ts";
import type { ParquetSource } from "../format/parquet_source.ts";
import type { MergeNote } from "../merge/merge_options.ts";
import { mergeParquet } from "../merge/merge_parquet.ts";
import { AbortError } from "../util/errors.ts";
import { causeOfKind, EXIT_SUCCESS, namingInput, UsageError } from "./failure.ts";
import { inputName, openParquetInput } from "./parquet_input.ts";
import { expandPaths, STANDARD_STREAM } from "./paths.ts";
import { NO_PROGRESS, startProgress } from "./progress.ts";
import { amount, formatBytes, formatCount, formatDuration, formatRate } from "./quantities.ts";
import { summaryLines } from "./summary.ts";
import { checkEnding, isCommitted, openTarget, type Target } from "./target.ts";
import type { Terminal } from "./terminal.ts";

/** What `merge` was asked for. */
export interface MergeFlags {
  /** Path of the merged file, or `-`. */
  readonly output: string;
  /** Replace the output. */
  readonly force: boolean;
  /** Show nothing. */
  readonly quiet: boolean;
  /** The summary is JSON on standard output. */
  readonly json: boolean;
  /** Decode the inputs and check all that they claim; `undefined`: those of other writers. */
  readonly verify: boolean | undefined;
  /** Rows up to which row groups are joined; `null`: none are. */
  readonly rowGroupRows: number | null;
}

/** What a merge did. */
export interface MergeSummary {
  readonly inputs: number;
  readonly output: string;
  readonly rows: number;
  readonly rowGroups: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** What was left out or put right. */
  readonly notes: readonly MergeNote[];
}

/**
 * Merges files, one behind the other, in the order of the arguments.
 *
 * @param args Paths, patterns, or `-` for standard input.
 * @returns The exit code.
 * @throws {UsageError} When an input cannot be read or merged, or the output cannot be used as asked for.
 * @throws {AbortError} When it was interrupted. Nothing is left of the output then.
 */
export async function merge(
  args: readonly string[],
  flags: MergeFlags,
  terminal: Terminal,
): Promise<number> {
  const { output, force, quiet, json } = flags;
  if (json && output === STANDARD_STREAM) {
    throw new UsageError("Cannot write both the file and --json to standard output");
  }
  if (!force) checkEnding(output);
  const paths = await expandPaths(args);
  const sources: ParquetSource[] = [];
  let bytesIn = 0;
  for (const path of paths) {
    try {
      const { source, byteLength } = await openParquetInput(path, terminal);
      sources.push(source);
      bytesIn += byteLength;
    } catch (error) {
      throw namingInput(inputName(path), error);
    }
  }
  // An input may be the output: it is read to its end before it is replaced.
  const target = await openTarget([], output, force, terminal);
  const started = performance.now();
  const { rows, rowGroups, notes } = await run(sources, target, flags, bytesIn, terminal);
  const milliseconds = performance.now() - started;
  const summary: MergeSummary = {
    inputs: paths.length,
    output,
    rows,
    rowGroups,
    bytesIn,
    bytesOut: await target.byteLength(),
    milliseconds,
    notes,
  };
  if (json) await terminal.writeOut(`${printableJson(summary)}\n`);
  else if (!quiet) await terminal.writeErr(`${mergeText(summary)}\n`);
  return EXIT_SUCCESS;
}

async function run(
  sources: readonly ParquetSource[],
  { path, sink }: Target,
  { quiet, verify, rowGroupRows }: MergeFlags,
  byteLength: number,
  terminal: Terminal,
): Promise<Pick<MergeSummary, "rows" | "rowGroups" | "notes">> {
  const abort = new AbortController();
  const shown = !quiet && terminal.errorIsTerminal;
  const progress = shown ? await startProgress(byteLength) : NO_PROGRESS;
  const stopListening = terminal.onInterrupt(() => abort.abort(), async () => {
    progress.stop();
    await sink.abort(abort.signal.reason);
    return !isCommitted(sink);
  });
  const notes: MergeNote[] = [];
  try {
    const { numRows, rowGroups } = await mergeParquet(sources, sink, {
      ...(verify === undefined ? {} : { verify }),
      rowGroupRows,
      signal: abort.signal,
      onProgress: ({ rows, bytes }) => progress.update(rows, bytes),
      onDiagnostic: (note) => notes.push(note),
    });
    return { rows: numRows, rowGroups: rowGroups.length, notes };
  } catch (error) {
    const aborted = abort.signal.aborted ? causeOfKind(error, AbortError) : null;
    if (aborted === null) throw error;
    const { outcome } = aborted;
    throw new AbortError(`Cannot merge into ${path}: interrupted`, { cause: error, outcome });
  } finally {
    progress.stop();
    stopListening();
  }
}

/** The summary: a line for each kind of note, and one for the file. */
export function mergeText(
  { inputs, output, rows, rowGroups, bytesIn, bytesOut, milliseconds, notes }: MergeSummary,
): string {
  const byRule = Map.groupBy(notes, ({ source, rule, message }) => `${source} ${rule ?? message}`);
  const lines = [...byRule.values()].map((same) => {
    const [{ source, rule, message, rowGroup, column }] = same as [MergeNote, ...MergeNote[]];
    const place = [
      ...(source === undefined ? [] : [printableLine(source)]),
      ...(rowGroup === undefined ? [] : [`row group ${rowGroup}`]),
      ...(column === undefined ? [] : [`column ${printableLine(column)}`]),
    ].join(", ");
    const times = same.length === 1 ? "" : ` (and ${formatCount(same.length - 1)} more)`;
    const named = rule === undefined ? "" : ` [${rule}]`;
    return `${place === "" ? "" : `${place}: `}${printableLine(message)}${named}${times}`;
  });
  const summary = summaryLines(
    output,
    [
      `${amount(inputs, "file")}, ${amount(rows, "row")}, ${amount(rowGroups, "row group")}`,
      `${formatBytes(bytesIn)} → ${formatBytes(bytesOut)}`,
    ],
    [formatDuration(milliseconds), formatRate(bytesIn, milliseconds)],
  );
  return [...lines, summary].join("\n");
}
