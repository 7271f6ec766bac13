/**
 * Parquet files become one, without decoding a value, or with row groups encoded again. What does that is loaded when it is asked for.
 *
 * @module
 */

import type { ParquetMetaData } from "../format/metadata.ts";
import type { ParquetSource } from "../format/parquet_source.ts";
import { WriteEnd } from "../pipeline/write_end.ts";
import { type SinkTarget, toSink } from "../store/to_sink.ts";
import { describeValue } from "../schema/option_checks.ts";
import { type MergeOptions, resolveMergeOptions } from "./merge_options.ts";

/**
 * Merges Parquet files: copies their row groups one after the other, byte for byte.
 *
 * The inputs must have the same columns, by name, type and nullability. The order of columns may differ; the merged file has that of the
 * first input. Offsets, page indexes, Bloom filters, statistics, sizes and sorting are carried over and corrected. What an input says
 * wrongly about itself (see `verifyParquet`) is corrected or left out, and reported to `onDiagnostic`; a row group whose pages have wrong
 * counts but can be read is encoded again. A file that cannot be corrected is refused, and so are encrypted files. With `rowGroupRows`, adjacent small row groups are joined by re-encoding them, whatever the types of
 * their columns; all others stay byte for byte.
 *
 * Memory does not grow with the files. Ranges of 4 MiB are copied; for joined row groups 64 MiB and one encoded column chunk are held; only
 * metadata and page indexes are kept until the end.
 *
 * Key-value metadata: a key is kept if all inputs that have it agree, otherwise it is left out; for `pandas`, the value of the first input
 * is kept. `ARROW:schema` is kept if all inputs have one. Inputs whose `ARROW:schema` or `geo` contradict each other are not merged.
 *
 * @param inputs Files: paths, `file:` URLs, bytes or Blobs.
 * @param sink Target of the merged file: a `WritableStream`, a path, a `file:` URL or a `Sink`. A path may be that of an input. It gets the
 * whole file, or stays unchanged.
 * @param options Options of the merge.
 * @returns The metadata of the merged file.
 * @throws {TypeError | RangeError} If an argument or option is invalid, or there are no inputs.
 * @throws {SchemaError} If the columns, `ARROW:schema` or `geo` of two inputs contradict each other.
 * @throws {FormatError} If an input is not a Parquet file, is encrypted, or breaks a rule that a merge cannot correct.
 * @throws {SinkError | AbortError} If the target cannot be written, or `signal` fired.
 *
 * @example Two files become one
 * ```ts
 * import { mergeParquet, MemorySink, toParquet } from "@parquet-ext/parquet-ext";
 *
 * const monday = await toParquet([{ id: 1 }, { id: 2 }]);
 * const tuesday = await toParquet([{ id: 3 }]);
 * const week = new MemorySink();
 * const metadata = await mergeParquet([monday, tuesday], week);
 * console.assert(metadata.numRows === 3 && metadata.rowGroups.length === 2);
 * ```
 */
export async function mergeParquet(
  inputs: Iterable<ParquetSource>,
  sink: SinkTarget,
  options?: MergeOptions,
): Promise<ParquetMetaData> {
  const resolved = resolveMergeOptions(options);
  const sources = sourcesOf(inputs);
  const end = new WriteEnd(toSink(sink), resolved);
  try {
    const { mergeFiles } = await end.orFailure(import("./merge_files.ts"));
    return await mergeFiles(sources, end, resolved);
  } catch (error) {
    end.fail(error);
  }
  await end.reportable;
  throw end.failure;
}

function sourcesOf(inputs: Iterable<ParquetSource>): ParquetSource[] {
  // A text is an iterable too, and so are bytes: one file alone is a mistake that should not become "cannot open 'd'".
  const isMany = typeof inputs === "object" && inputs !== null && Symbol.iterator in inputs &&
    !ArrayBuffer.isView(inputs);
  if (!isMany) {
    throw new TypeError(`Cannot merge ${describeValue(inputs)}: expected an array of files`);
  }
  const sources = [...inputs];
  if (sources.length === 0) throw new TypeError("Cannot merge: there are no inputs");
  return sources;
}
