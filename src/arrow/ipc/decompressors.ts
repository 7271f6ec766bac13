/**
 * Compressed buffers of Arrow IPC.
 *
 * @see https://github.com/apache/arrow/blob/main/format/Message.fbs (BodyCompression)
 * @module
 */

import { FormatError, LimitError } from "../../util/errors.ts";
import type { InputLimitValues } from "../../util/input_limits.ts";

/** Decompresses `bytes` into exactly `size` bytes, or throws a `FormatError`. */
export type Decompress = (bytes: Uint8Array, size: number) => Uint8Array;

/**
 * The decompressors that a reader may use, and how much may come out of them; given to it, because `arrow/` does not know of codecs.
 */
export interface Decompressors {
  /** LZ4 frames. */
  readonly lz4Frame?: Decompress;
  /** Zstandard frames. */
  readonly zstd?: Decompress;
  /** Bounds what comes out of one batch, and of all dictionaries together. Default: the limits that hold otherwise. */
  readonly limits?: InputLimitValues;
}

/** Most bytes that the compressed buffers of one batch may claim to hold, whatever the limits. */
export const MAX_DECOMPRESSED_BYTES: number = 2 ** 31 - 1;

/** Most bytes that may come out of `inputBytes` of messages. */
export function decompressedRoom(limits: InputLimitValues, inputBytes: number): number {
  const { maxBatchBytes, maxExpansion } = limits;
  return Math.min(MAX_DECOMPRESSED_BYTES, Math.max(maxBatchBytes, maxExpansion * inputBytes));
}

/** The decompressor of a codec by its number in the format. */
export function decompressorOf(codec: number, { lz4Frame, zstd }: Decompressors): Decompress {
  const decompress = codec === 0 ? lz4Frame : codec === 1 ? zstd : undefined;
  if (decompress === undefined) {
    const name = ["LZ4", "zstd"][codec] ?? `codec ${codec}`;
    throw new FormatError(
      `Cannot read Arrow buffers compressed with ${name}: no decompressor`,
    );
  }
  return decompress;
}

/**
 * The content of a buffer: its uncompressed length, −1 for "not compressed", then the bytes.
 *
 * @param room Most bytes that may come out.
 * @throws {FormatError} When it is corrupt.
 * @throws {LimitError} When more would come out.
 */
export function decompressBuffer(
  buffer: Uint8Array,
  decompress: Decompress,
  room: number,
): Uint8Array {
  if (buffer.length === 0) return buffer;
  if (buffer.length < 8) {
    throw new FormatError("Cannot read a compressed Arrow buffer: it is too short");
  }
  const size = new DataView(buffer.buffer, buffer.byteOffset).getBigInt64(0, true);
  const content = buffer.subarray(8);
  if (size === -1n) return content;
  if (size < 0n) {
    throw new FormatError(`Cannot read a compressed Arrow buffer: it claims to hold ${size} bytes`);
  }
  if (size > room) {
    throw new LimitError(
      "",
      -1,
      `Cannot decompress an Arrow buffer of ${size} bytes: ${room} are left for the batch; ` +
        "raise limits.maxBatchBytes or limits.maxExpansion to allow it, or write smaller batches",
    );
  }
  return size === 0n ? buffer.subarray(0, 0) : decompress(content, Number(size));
}
