/**
 * Decompression with a hard bound: what comes out is exactly as long as the file says, or it is an error.
 *
 * @module
 */

import { webAssemblyAllowed } from "../runtime/web_assembly.ts";
import { type Decompress, gunzip, nativeUnbrotli, nativeUnzstd } from "../runtime/zlib.ts";
import type { CompressionName } from "../schema/column_properties.ts";
import { FormatError } from "../util/errors.ts";
import { compileZstd } from "./load_zstd.ts";
import { decodeLz4Block, LZ4_MAX_RATIO } from "./lz4_block.ts";
import { snappyDecompress } from "./snappy_block.ts";
import { zstdFrames } from "./zstd_frame.ts";
import { zstdInstance } from "./zstd_wasm.ts";

/**
 * Decompresses a block.
 *
 * @param name Codec.
 * @param bytes The compressed block, nothing before or after it.
 * @param uncompressedLength Bytes that must come out: no more are ever produced.
 * @returns The content, starting at a multiple of 8 bytes of its buffer. `bytes` itself for `"uncompressed"`.
 * @throws {FormatError} When the block is corrupt, truncated, or of another length.
 * @throws {TypeError} When the codec cannot be had here: brotli in a browser, zstd without WebAssembly.
 */
export function decompress(
  name: CompressionName,
  bytes: Uint8Array,
  uncompressedLength: number,
): Uint8Array {
  switch (name) {
    case "uncompressed":
      return ofLength(bytes, name, uncompressedLength);
    case "gzip":
      return bounded(name, gunzip, bytes, uncompressedLength);
    case "brotli":
      return bounded(name, unbrotli(), bytes, uncompressedLength);
    case "zstd":
      return bounded(name, unzstd(), bytes, uncompressedLength);
    case "snappy":
      return snappyDecompress(bytes, uncompressedLength);
    case "lz4_raw":
      return lz4RawDecompress(bytes, uncompressedLength);
  }
}

/** An LZ4 block that stands alone. */
function lz4RawDecompress(bytes: Uint8Array, uncompressedLength: number): Uint8Array {
  if (uncompressedLength > bytes.length * LZ4_MAX_RATIO) {
    throw new FormatError(
      `Cannot decompress lz4_raw data: ${bytes.length} bytes cannot hold ${uncompressedLength}`,
    );
  }
  const out = new Uint8Array(uncompressedLength);
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

function unzstd(): Decompress {
  const run = nativeUnzstd() ?? (webAssemblyAllowed() ? wasmUnzstd : null);
  if (run === null) {
    throw new TypeError("Cannot decompress zstd data: WebAssembly is not allowed here");
  }
  return (bytes, limit) => unzstdFrames(run, bytes, limit);
}

/** Frame by frame: Deno stops after the first. */
function unzstdFrames(run: Decompress, bytes: Uint8Array, limit: number): Uint8Array {
  const [first, ...more] = zstdFrames(bytes, limit);
  if (more.length === 0) return run(first!, limit);
  const out = new Uint8Array(limit);
  let written = 0;
  for (const frame of [first!, ...more]) {
    const content = run(frame, Math.max(limit - written, 1));
    if (content.length > limit - written) {
      throw new FormatError(
        `Cannot decompress zstd data: it holds more than the ${limit} bytes stated`,
      );
    }
    out.set(content, written);
    written += content.length;
  }
  return out.subarray(0, written);
}

function wasmUnzstd(bytes: Uint8Array, limit: number): Uint8Array {
  return zstdInstance(compileZstd()).decompress(bytes, limit).slice();
}

/** Runs one of the runtime's decompressors, whose errors come in many classes. */
function bounded(
  name: CompressionName,
  run: Decompress,
  bytes: Uint8Array,
  uncompressedLength: number,
): Uint8Array {
  let out: Uint8Array;
  try {
    // The runtimes want a limit of at least 1; a byte too many is found below.
    out = run(bytes, Math.max(uncompressedLength, 1));
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const reason = (cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE"
      ? `it holds more than the ${uncompressedLength} bytes stated`
      : "it is corrupt or truncated";
    throw new FormatError(`Cannot decompress ${name} data: ${reason}`, { cause });
  }
  ofLength(out, name, uncompressedLength);
  // Small results come out of a pool, at any offset.
  return out.byteOffset % 8 === 0 ? out : new Uint8Array(out);
}

function ofLength(out: Uint8Array, name: CompressionName, length: number): Uint8Array {
  if (out.length !== length) {
    throw new FormatError(
      `Cannot decompress ${name} data: it holds ${out.length} bytes, not the ${length} stated`,
    );
  }
  return out;
}
