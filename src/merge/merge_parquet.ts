/**
 * Parquet files become one, without decoding a value, or with small row groups joined. What does that is loaded when it is asked for.
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
 * Merges Parquet files: their row groups, one file after the other, byte for byte as they are.
 *
 * The columns must be the same, by name, type and nullability; they may stand in another order, and the merged file has that of the first
 * input. Offsets, page indexes, Bloom filters, statistics, sizes and sorting come along and are corrected. What an input gets wrong about
 * itself (see `verifyParquet`) is put right or left out, and `onDiagnostic` hears of it; where that is not possible the file is refused.
 * Encrypted files are refused. With `rowGroupRows`, small row groups that follow each other become one by re-encoding, whatever the types
 * of their columns; all others stay byte for byte. Memory does not grow with the files: ranges of 4 MiB are copied, 64 MiB and one encoded column chunk are held of row
 * groups that are joined, and only metadata and page indexes are kept until the end.
 *
 * Key-value metadata: a key is kept where all inputs that have it agree, else left out; of `pandas`, the first input's is kept.
 * `ARROW:schema` is kept where all inputs have one; inputs whose `ARROW:schema` or `geo` contradict each other are not merged.
 *
 * @param inputs Files: paths, `file:` URLs, bytes or Blobs.
 * @param sink Where the merged file goes: a `WritableStream`, a path, a `file:` URL or a `Sink`. A path may be that of an input. It gets
 * the whole file, or is what it was before.
 * @param options How to merge.
 * @returns What the footer says.
 * @throws {TypeError | RangeError} For wrong arguments or options, or no inputs.
 * @throws {SchemaError} When the columns, `ARROW:schema` or `geo` of two inputs contradict each other.
 * @throws {FormatError} When an input is no Parquet file, is encrypted, or breaks a rule that a merge cannot mend.
 * @throws {SinkError | AbortError} When the target cannot be written, or `signal` fired.
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
