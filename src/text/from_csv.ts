/**
 * CSV texts as sources of batches. What reads them is loaded with the first that is read.
 *
 * @module
 */

import { giveBack } from "../arrow/source_guard.ts";
import { BatchSource } from "../rows/batch_source.ts";
import { checkCsvOptions, type CsvOptions } from "./text_options.ts";
import type { TextSource } from "./text_source.ts";

/**
 * Reads CSV or TSV as a source of batches.
 *
 * Delimiter and types are detected from the start of the text, unless you give them; types from the first 20,480 records (option
 * `inferRows`), at most 64 MiB. All columns are nullable, and an empty cell is null. Columns of whole numbers become Int64, or `decimal(38,
 * 0)` beyond 64 bits; with fractions Float64; `true` and `false` Bool; ISO dates Date32; date-times Timestamp in microseconds (nanoseconds
 * if they have that many decimals), in UTC if they have an offset; times of day Time64; everything else Utf8, including numbers with
 * leading zeros or a plus sign. Memory is bounded, whatever the size of the text.
 *
 * Records end with LF, CR or both. A delimiter at the end of a line adds no cell. The text may have a byte order mark, and be compressed
 * with gzip or zstd.
 *
 * @param source A path or a `file:` URL; a string with a line break, which is the text itself; bytes, a `Blob`, a `Response`, an (async)
 * iterable or a stream of bytes or strings; or a promise of that.
 * @throws {TypeError | RangeError} If an option is invalid.
 * @throws {TextError} While reading, for a record that does not fit, with its line and column; `onError: "skip"` leaves such records out.
 * @throws {FormatError} While reading, if it is not text, or is empty.
 *
 * @example CSV to Parquet
 * ```ts
 * import { fromCsv, toParquet } from "@parquet-ext/parquet-ext";
 *
 * const source = fromCsv("id,day\n1,2026-01-31\n2,\n", { types: { id: "int32" } });
 * console.assert((await source.ready()).fields[1].type.kind === "date");
 * console.assert((await toParquet(source)).length > 0);
 * ```
 */
export function fromCsv(source: TextSource, options: CsvOptions = {}): BatchSource {
  const checked = checkCsvOptions(options);
  // With types of their own, columns are known once they are named.
  return new BatchSource({
    schema: checked.types.size === 0 ? checked.schema : null,
    open: async (guard, fresh) => {
      const { openCsv } = await import("./csv_reader.ts");
      return await openCsv(source, checked, guard, fresh);
    },
    giveBack: (reason) => giveBack(source, reason),
  });
}
