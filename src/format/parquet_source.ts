/**
 * A Parquet file, wherever it is, as bytes that can be read at any place.
 *
 * @module
 */

import { openFileForReading } from "../runtime/files.ts";
import { isRemoteUrl } from "../store/object_url.ts";
import type { RandomAccess } from "./read_metadata.ts";

/** A Parquet file: its bytes, a Blob or File, a path, or a URL (`file:`, `s3:`, `az:`, `gs:`, `https:`). */
export type ParquetSource = Uint8Array | ArrayBuffer | Blob | string | URL;

/** A source that was opened, to be closed by who opened it. */
export interface OpenParquetSource extends RandomAccess {
  /** Lets go of the file. */
  close(): Promise<void>;
}

/**
 * Opens a source. Bytes are not copied.
 *
 * @throws {TypeError} where it is none of what a source may be, or a URL that names no file.
 * @throws What the operating system says where the file cannot be opened, {StoreError} where an object cannot.
 */
export async function openParquetSource(source: ParquetSource): Promise<OpenParquetSource> {
  if (typeof source === "string" || source instanceof URL) {
    if (!isRemoteUrl(source)) return await openFileForReading(source);
    // Loaded when needed.
    return await (await import("../store/open_object.ts")).openObject(source);
  }
  if (source instanceof Blob) {
    return {
      byteLength: source.size,
      read: async (offset, length) =>
        new Uint8Array(await source.slice(offset, offset + length).arrayBuffer()),
      close: nothing,
    };
  }
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : source instanceof ArrayBuffer
    ? new Uint8Array(source)
    : undefined;
  if (bytes === undefined) {
    throw new TypeError(
      "Cannot open the source: it is neither bytes, a Blob, a path nor a URL",
    );
  }
  return {
    byteLength: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: nothing,
  };
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
