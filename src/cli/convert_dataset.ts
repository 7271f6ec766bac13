/**
 * `parquet-ext convert` into a folder of partitioned or rolled files.
 *
 * @module
 */

import type { DatasetOptions } from "../dataset/dataset_options.ts";
import { writeDataset } from "../dataset/dataset_writer.ts";
import type { DataSource } from "../pipeline/write_parquet.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import type { SkippedRecord } from "../text/text_options.ts";
import { UsageError } from "./failure.ts";
import { interruptible, type Work } from "./interruptible.ts";
import { STANDARD_STREAM } from "./paths.ts";
import type { DatasetSummary } from "./summary.ts";

/** How a dataset is written: what the flags say of it. */
export type DatasetFlags = Pick<
  DatasetOptions,
  "partitionBy" | "keepPartitionColumns" | "maxFileBytes" | "maxFileRows"
>;

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
 * @param work What is read, and how it is shown.
 * @param sourceOf Opens the rows.
 * @throws {AbortError} When it was interrupted; files that were complete by then may be there.
 */
export async function convertToDataset(
  work: Work,
  sourceOf: (signal: AbortSignal) => Promise<object>,
  output: string,
  dataset: DatasetFlags,
  options: WriterOptions,
  skipped: readonly SkippedRecord[],
): Promise<DatasetSummary> {
  const { input } = work;
  const started = performance.now();
  return await interruptible(work, async (signal, onProgress) => {
    const files = await writeDataset(await sourceOf(signal) as DataSource, output, {
      ...dataset,
      options: { ...options, signal, onProgress },
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
  });
}
