/**
 * Bytes of a stored file.
 *
 * @module
 */

import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { Store } from "../../src/store/mod.ts";

const CHUNK_BYTES = 8 * 1024 * 1024;

/** Whether a file is compressed as a whole. */
export function isCompressed(key: string): boolean {
  return /\.(?:gz|zst)$/i.test(key);
}

/** Size of a file. */
export async function sizeOf(store: Store, key: string): Promise<number> {
  const info = await store.head(key);
  if (info === undefined) throw new Error(`Cannot read ${store.url}/${key}: it is gone`);
  return info.size;
}

/** The bytes of a file, decompressed. */
export async function* plainBytesOf(
  store: Store,
  key: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const bytes = bytesOf(store, key, await sizeOf(store, key));
  if (!isCompressed(key)) return yield* bytes;
  const plain = /\.gz$/i.test(key) ? createGunzip() : createZstdDecompress();
  // What goes wrong comes out of the stream.
  yield* pipeline(bytes, plain, () => {}) as AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** The bytes from `start` on, chunk by chunk. */
export async function* bytesOf(
  store: Store,
  key: string,
  size: number,
  start = 0,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = start; at < size; at += chunkBytes) {
    yield await store.get(key, { start: at, end: Math.min(at + chunkBytes, size) });
  }
}

/** The lines that begin in [from, to), whole: the last one may end behind `to`. */
export async function* linesOf(
  store: Store,
  key: string,
  size: number,
  [from, to]: readonly [number, number],
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const NEWLINE = 10;
  // A line begins here if the byte before ends one.
  let at = Math.max(from - 1, 0);
  let begun = from === 0;
  for await (let chunk of bytesOf(store, key, size, at, chunkBytes)) {
    if (!begun) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        at += chunk.length;
        continue;
      }
      at += end + 1;
      chunk = chunk.subarray(end + 1);
      begun = true;
    }
    if (at >= to) return;
    if (at + chunk.length >= to) {
      // The line that holds the byte before `to` is the last one.
      const end = chunk.indexOf(NEWLINE, to - 1 - at);
      if (end >= 0) return yield chunk.subarray(0, end + 1);
      yield chunk;
      at += chunk.length;
      // It goes on in the chunks that follow.
      to = at + 1;
      continue;
    }
    yield chunk;
    at += chunk.length;
  }
}
