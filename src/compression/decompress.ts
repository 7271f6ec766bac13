/**
 * Decompression with a hard bound: what comes out is exactly as long as the file says, or it is an error.
 *
 * @module
 */

import { gunzip } from "../runtime/deflate.ts";
import { type Decompress, nativeUnbrotli } from "../runtime/zlib.ts";
import type { CompressionName } from "../schema/column_properties.ts";
import { FormatError } from "../util/errors.ts";
import { embedZstd } from "./embed_zstd.ts";
import { decodeLz4Block, LZ4_MAX_RATIO } from "./lz4_block.ts";
import { snappyDecompress } from "./snappy_block.ts";
import { bounded, decompressZstd, ofLength } from "./zstd_decompress.ts";

/** Gives memory of so many bytes, at a multiple of 8 bytes of its buffer. */
export type Room = (byteLength: number) => Uint8Array;

const newMemory: Room = (byteLength) => new Uint8Array(byteLength);

/**
 * Decompresses a block.
 *
 * @param name Codec.
 * @param bytes The compressed block, nothing before or after it.
 * @param uncompressedLength Bytes that must come out: no more are ever produced.
 * @param room Gives memory for the content, of any content itself, where the codec can do with it. Default: new memory.
 * @returns The content, starting at a multiple of 8 bytes of its buffer. `bytes` itself for `"uncompressed"`.
 * @throws {FormatError} When the block is corrupt, truncated, or of another length.
 * @throws {TypeError} When the codec cannot be had here: brotli in a browser, zstd without WebAssembly.
 */
export function decompress(
  name: CompressionName,
  bytes: Uint8Array,
  uncompressedLength: number,
  room: Room = newMemory,
): Uint8Array {
  switch (name) {
    case "uncompressed":
      return ofLength(bytes, name, uncompressedLength);
    case "gzip":
      return bounded(name, gunzip, bytes, uncompressedLength);
    case "brotli":
      return bounded(name, unbrotli(), bytes, uncompressedLength);
    case "zstd":
      embedZstd();
      return decompressZstd(bytes, uncompressedLength);
    case "snappy":
      return snappyDecompress(bytes, uncompressedLength, room);
    case "lz4_raw":
      return lz4RawDecompress(bytes, uncompressedLength, room);
  }
}

/** An LZ4 block that stands alone. */
function lz4RawDecompress(bytes: Uint8Array, uncompressedLength: number, room: Room): Uint8Array {
  if (uncompressedLength > bytes.length * LZ4_MAX_RATIO) {
    throw new FormatError(
      `Cannot decompress lz4_raw data: ${bytes.length} bytes cannot hold ${uncompressedLength}`,
    );
  }
  const out = room(uncompressedLength);
  const written = decodeLz4Block(bytes, out, 0, 0);
  return ofLength(out.subarray(0, written), "lz4_raw", uncompressedLength);
}

function unbrotli(): Decompress {
  const run = nativeUnbrotli();
  if (run === null) {
    throw new TypeError("Cannot decompress brotli data: this runtime has no brotli");
  }
  return run;
}
