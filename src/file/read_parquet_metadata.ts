/** @module Reads the metadata of a Parquet file, wherever it is. */

import type { ParquetMetaData } from "../format/metadata.ts";
import {
  type RandomAccess,
  readFileMetaData,
  type ReadMetadataOptions,
} from "../format/read_metadata.ts";
import { openFileForReading } from "../runtime/files.ts";

/** A Parquet file: its bytes, a Blob or File, a path, or a `file:` URL. */
export type ParquetSource = Uint8Array | ArrayBuffer | Blob | string | URL;

/**
 * Reads the metadata of a Parquet file. Of the file, only the footer is read.
 *
 * @param source The file: its bytes, a Blob, a path, or a `file:` URL.
 * @param options How to read it.
 * @returns The footer, by the names of the specification in camelCase.
 * @throws {FormatError} where it is not a Parquet file, or is truncated, corrupt or encrypted.
 * @throws {LimitError} where its footer is larger than `maxFooterBytes`.
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
  if (typeof source === "string" || source instanceof URL) {
    const file = await openFileForReading(source);
    try {
      return await readFileMetaData(file, options);
    } finally {
      await file.close();
    }
  }
  return await readFileMetaData(inMemory(source), options);
}

function inMemory(source: Uint8Array | ArrayBuffer | Blob): RandomAccess {
  if (source instanceof Blob) {
    return {
      byteLength: source.size,
      read: async (offset, length) =>
        new Uint8Array(await source.slice(offset, offset + length).arrayBuffer()),
    };
  }
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : source instanceof ArrayBuffer
    ? new Uint8Array(source)
    : undefined;
  if (bytes === undefined) {
    throw new TypeError(
      "Cannot read metadata: the source is neither bytes, a Blob, a path nor a URL",
    );
  }
  return {
    byteLength: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}
