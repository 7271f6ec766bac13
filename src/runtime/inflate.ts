/**
 * Decompression of streams: gzip members and zstd frames, as many as there are, one after the other.
 *
 * @module
 */

import { Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";

/** What streams are compressed with. */
export type StreamCodec = "gzip" | "zstd";

/** Bytes that come out at a time. */
const CHUNK_BYTES = 256 * 1024;

interface NewerZlib {
  createZstdDecompress?(options: { chunkSize: number }): Transform;
}

/**
 * Decompresses a stream of chunks of any size.
 *
 * @param name What is read, for errors of a runtime that lacks the codec.
 * @throws {TypeError} When the runtime has no zstd. What `node:zlib` says of bytes that cannot be decompressed.
 */
export function inflated(
  chunks: AsyncIterable<Uint8Array>,
  codec: StreamCodec,
  name: string,
): AsyncIterable<Uint8Array> {
  return runThrough(chunks, decompressor(codec, name));
}

function decompressor(codec: StreamCodec, name: string): Transform {
  const options = { chunkSize: CHUNK_BYTES };
  if (codec === "gzip") return zlib.createGunzip(options);
  const stream = (zlib as unknown as NewerZlib).createZstdDecompress?.(options);
  if (stream === undefined) {
    throw new TypeError(`Cannot read ${name}: this runtime has no streaming zstd`);
  }
  return stream;
}

async function* runThrough(
  chunks: AsyncIterable<Uint8Array>,
  stream: Transform,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(chunks, { objectMode: false, highWaterMark: CHUNK_BYTES });
  source.on("error", (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } finally {
    source.destroy();
    stream.destroy();
  }
}
