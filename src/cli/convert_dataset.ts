/**
 * `parquet-ext convert` into a folder of partitioned or rolled files.
 *
 * @module
 */

import type { DataFile } from "../dataset/data_file.ts";
import type { DatasetOptions } from "../dataset/dataset_options.ts";
import { writeDataset } from "../dataset/dataset_writer.ts";
import { printableJson, printableLine } from "../file/printable_text.ts";
import type { DataSource } from "../pipeline/write_parquet.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import type { SkippedRecord } from "../text/text_options.ts";
import { AbortError } from "../util/errors.ts";
import { causeOfKind, UsageError } from "./failure.ts";
import type { InputSequence } from "./input.ts";
import { STANDARD_STREAM } from "./paths.ts";
import { NO_PROGRESS, startProgress } from "./progress.ts";
import { formatBytes, formatCount, formatDuration, formatRate } from "./quantities.ts";
import type { Terminal } from "./terminal.ts";

/** How a dataset is written: what the flags say of it. */
export type DatasetFlags = Pick<
  DatasetOptions,
  "partitionBy" | "keepPartitionColumns" | "maxFileBytes" | "maxFileRows"
>;

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

/** Refuses targets that are no folder's. */
export function checkDatasetTarget(output: string | undefined): string {
  if (output !== undefined && output !== STANDARD_STREAM && output !== "") return output;
  throw new UsageError(
    "OUTPUT is required with --partition-by, --max-file-bytes and --max-file-rows: a folder or the URL of a store",
  );
}

/**
 * Writes rows into a folder or a store.
 *
 * @param input What is read, for the summary, the progress bar and errors.
 * @param sourceOf Opens the rows.
 * @throws {AbortError} When it was interrupted; files that were complete by then may be there.
 */
export async function convertToDataset(
  input: InputSequence,
  sourceOf: (signal: AbortSignal) => Promise<object>,
  output: string,
  dataset: DatasetFlags,
  options: WriterOptions,
  showProgress: boolean,
  skipped: readonly SkippedRecord[],
  terminal: Terminal,
): Promise<DatasetSummary> {
  const abort = new AbortController();
  const progress = showProgress ? await startProgress(input.byteLength) : NO_PROGRESS;
  const stopListening = terminal.onInterrupt(() => abort.abort());
  const started = performance.now();
  try {
    const files = await writeDataset(await sourceOf(abort.signal) as DataSource, output, {
      ...dataset,
      options: {
        ...options,
        signal: abort.signal,
        onProgress: ({ bufferedRows, encodingRows, rowsWritten }) =>
          progress.update(bufferedRows + encodingRows + rowsWritten, input.bytesRead),
      },
    });
    return {
      input: input.name,
      output,
      rows: files.reduce((sum, { rows }) => sum + rows, 0),
      bytesIn: input.bytesRead,
      bytesOut: files.reduce((sum, { size }) => sum + size, 0),
      milliseconds: performance.now() - started,
      ...(skipped.length === 0 ? {} : { skippedRecords: skipped.length }),
      files,
    };
  } catch (error) {
    if (abort.signal.aborted && causeOfKind(error, AbortError) !== null) {
      throw new AbortError("Cannot convert: interrupted", { cause: error });
    }
    throw error;
  } finally {
    progress.stop();
    stopListening();
    input.close().catch(() => {});
  }
}

/** The summary in one line, or as JSON. */
export function datasetText(summary: DatasetSummary, json: boolean): string {
  if (json) return printableJson(summary);
  const { output, rows, files, bytesIn, bytesOut, milliseconds } = summary;
  return `${printableLine(output)}: ${formatCount(rows)} row${rows === 1 ? "" : "s"} in ${
    formatCount(files.length)
  } file${files.length === 1 ? "" : "s"}, ${formatBytes(bytesIn)} → ${formatBytes(bytesOut)}, ` +
    `${formatDuration(milliseconds)}, ${formatRate(bytesIn, milliseconds)}`;
}
