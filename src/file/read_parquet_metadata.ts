/** @module Reads the metadata of a Parquet file, wherever it is. */

import type { ParquetMetaData } from "../format/metadata.ts";
import { openParquetSource, type ParquetSource } from "../format/parquet_source.ts";
import { readFileMetaData, type ReadMetadataOptions } from "../format/read_metadata.ts";

/**
 * Reads the metadata of a Parquet file. Only its footer is read.
 *
 * @param source The file: its bytes, a Blob, a path, or a URL: `file:`, `s3:`, `az:`, `gs:`, or `https:`, read by ranges.
 * @param options Limits for the footer.
 * @returns The footer, by the names of the specification in camelCase.
 * @throws {FormatError} If it is not a Parquet file, or is truncated, corrupt or encrypted.
 * @throws {LimitError} If its footer is larger than `limits.maxFooterBytes`.
 *
 * @example Rows and columns of a file
 * ```ts
 * import { readParquetMetadata, toParquet } from "parquet-ext";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const bytes = await toParquet(tableFromArrays({ id: Int32Array.of(1, 2, 3) }));
 * const metadata = await readParquetMetadata(bytes);
 * console.assert(metadata.numRows === 3);
 * ```
 */
export async function readParquetMetadata(
  source: ParquetSource,
  options: ReadMetadataOptions = {},
): Promise<ParquetMetaData> {
  const file = await openParquetSource(source);
  try {
    return await readFileMetaData(file, options);
  } finally {
    await file.close();
  }
}
