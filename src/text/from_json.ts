/**
 * NDJSON and JSON texts as sources of batches. What reads them is loaded with the first that is read.
 *
 * @module
 */

import { giveBack } from "../arrow/source_guard.ts";
import { BatchSource } from "../rows/batch_source.ts";
import { checkTextOptions, type TextOptions } from "./text_options.ts";
import type { TextSource } from "./text_source.ts";

/**
 * Reads NDJSON (JSON lines) as a source of batches: one object per line, with a member for each column.
 *
 * Types are inferred as for rows (see {@linkcode inferSchema}), from the first 20,480 records unless `inferRows` says otherwise. In
 * addition, columns of ISO dates and times become Date32, Timestamp or Time64, as in {@linkcode fromCsv}; integers are exact whatever their
 * size (Int64, beyond that `decimal(38, 0)`); columns without any value, and objects without members, are JSON.
 *
 * Memory is bounded, whatever the size of the text. It may be compressed with gzip or zstd.
 *
 * @param source As for {@linkcode fromCsv}.
 * @throws {TypeError | RangeError} If an option is invalid.
 * @throws {TextError} While reading, for a record that does not fit, with its line and column; `onError: "skip"` leaves such records out.
 * @throws {SchemaError} While reading, if a column has values of several kinds; the message shows the schema to write.
 *
 * @example NDJSON to Parquet
 * ```ts
 * import { fromNdjson, toParquet } from "@parquet-ext/parquet-ext";
 *
 * const bytes = await toParquet(fromNdjson('{"id":9007199254740993}\n{"id":null}\n'));
 * console.assert(bytes.length > 0);
 * ```
 */
export function fromNdjson(source: TextSource, options: TextOptions = {}): BatchSource {
  return sourceOf(source, options, true);
}

/**
 * Reads JSON as a source of batches: an array of objects, or objects one after the other, on any number of lines.
 *
 * The text is read one object at a time; everything else is as in {@linkcode fromNdjson}.
 *
 * @param source As for {@linkcode fromCsv}.
 * @throws As {@linkcode fromNdjson}.
 *
 * @example JSON to Parquet
 * ```ts
 * import { fromJson, toParquet } from "@parquet-ext/parquet-ext";
 *
 * const text = JSON.stringify([{ id: 1, tags: ["a"] }, { id: 2, tags: [] }], null, 2);
 * console.assert((await toParquet(fromJson(text))).length > 0);
 * ```
 */
export function fromJson(source: TextSource, options: TextOptions = {}): BatchSource {
  return sourceOf(source, options, false);
}

function sourceOf(source: TextSource, options: TextOptions, inLines: boolean): BatchSource {
  const checked = checkTextOptions(options);
  return new BatchSource({
    schema: checked.types.size === 0 ? checked.schema : null,
    open: async (guard, fresh) => {
      const { openJson } = await import("./json_reader.ts");
      return await openJson(source, checked, inLines, guard, fresh);
    },
    giveBack: (reason) => giveBack(source, reason),
  });
}
