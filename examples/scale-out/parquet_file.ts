/**
 * Parquet files in a store, by row groups.
 *
 * @module
 */

import { type OpenedParquet, openParquet } from "../../src/reader/parquet_batches.ts";
import { openStoreObject } from "../../src/store/open_object.ts";
import type { Store } from "../../src/store/mod.ts";
import { isCompressed, plainBytesOf } from "./byte_source.ts";

/**
 * Opens a file; what is compressed as a whole is held in memory.
 *
 * @param rowGroups [from, to) of its row groups; all where it is missing.
 */
export async function openParquetFile(
  store: Store,
  key: string,
  rowGroups?: readonly [from: number, to: number],
): Promise<OpenedParquet> {
  const file = isCompressed(key) ? await inMemory(store, key) : await openStoreObject(store, key);
  return await openParquet(file, { rowGroups });
}

async function inMemory(store: Store, key: string) {
  const chunks = await Array.fromAsync(plainBytesOf(store, key));
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return {
    byteLength: bytes.length,
    read: (offset: number, length: number) =>
      Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}
