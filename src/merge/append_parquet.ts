/**
 * Rows behind those of a file. What appends them is loaded when it is asked for.
 *
 * @module
 */

import type { ParquetMetaData } from "../format/metadata.ts";
import type { DataSource } from "../pipeline/write_parquet.ts";
import { describeValue } from "../schema/option_checks.ts";
import type { AppendOptions } from "./append_options.ts";

/**
 * Appends rows to a Parquet file, in new row groups. A new file with the old row groups, copied as they are, and the new ones replaces the
 * old file, which is unchanged until then. If the file does not exist, it is created.
 *
 * The whole file is copied, so append many rows at a time. If two programs append at once, one of them wins: let one program do it, or
 * write separate files and merge them.
 *
 * @param file A path, or a `file:` URL.
 * @param rows As for `writeParquet`. Rows and columns have the schema of the file, unless `options.schema` says otherwise. Columns are
 * written as the file has them: times and dates in its unit, decimals in its physical type, nullable where it is; a value that would change
 * by that is a `LimitError` with column and row.
 * @param options As for `writeParquet`; `verify` and `onDiagnostic` as for `mergeParquet`.
 * @returns The metadata of the new file.
 * @throws {TypeError | RangeError} For wrong arguments or options.
 * @throws {SchemaError} If the columns of the rows are not those of the file.
 * @throws {ParquetError} As for `writeParquet` and `mergeParquet`; the file is unchanged.
 *
 * @example Rows of another day
 * ```ts
 * import { appendParquet, readParquetMetadata, writeParquet } from "@parquet-ext/parquet-ext";
 *
 * await writeParquet([{ day: 1, sold: 12 }, { day: 2, sold: 7 }], "sales.parquet");
 * await appendParquet("sales.parquet", [{ day: 3, sold: 9 }]);
 * console.assert((await readParquetMetadata("sales.parquet")).numRows === 3);
 * ```
 */
export async function appendParquet(
  file: string | URL,
  rows: DataSource,
  options: AppendOptions = {},
): Promise<ParquetMetaData> {
  if (typeof file !== "string" && !(file instanceof URL)) {
    throw new TypeError(`Cannot append to ${describeValue(file)}: expected a path or a file: URL`);
  }
  const { appendRows } = await import("./append_rows.ts");
  return await appendRows(file, rows, options);
}
