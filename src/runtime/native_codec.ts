/**
 * Codecs that the runtime brings, and whether they can be relied on.
 *
 * @module
 */

import { isSameBytes } from "./bytes.ts";

/** Compresses a block of bytes. */
export type Compress = (bytes: Uint8Array, level: number) => Uint8Array;

/** Decompresses a block of bytes; more than `limit` bytes (at least 1) never come out: the call throws. */
export type Decompress = (bytes: Uint8Array, limit: number) => Uint8Array;

/** Bytes that a codec has to get through, there and back, before it is trusted: workerd's zstd fails beyond 60 KB. */
const TRIAL_BYTES = 128 * 1024;

/** What is found out once, when it is first asked for. */
export function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | null = null;
  return () => (found ??= { value: find() }).value;
}

/** Half of it hard to compress, half of it easy: what comes out is 64 KiB, too. */
const trialBytes = once(() => {
  const words = new Uint32Array(TRIAL_BYTES / 4);
  let state = 1;
  for (let i = 0; i < words.length / 2; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    words[2 * (i & ~255) + (i & 255)] = state ^ (state >>> 15);
  }
  return new Uint8Array(words.buffer);
});

/** Tries a codec out: whether it gives back what it was given. */
export function isReliable(compress: Compress | null, decompress: Decompress | null): boolean {
  if (compress === null || decompress === null) return false;
  try {
    const bytes = trialBytes();
    return isSameBytes(decompress(compress(bytes, 1), bytes.length), bytes);
  } catch {
    return false;
  }
}
