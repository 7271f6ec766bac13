/**
 * What the runtime itself brings: gzip, brotli and zstd, one call a block of bytes, and CRC-32.
 *
 * @module
 */

import * as zlib from "node:zlib";

export { keepsZstd, keptZstd } from "./zstd_context.ts";

/** The part of Bun's global that is used. */
interface BunZstd {
  zstdCompressSync(data: Uint8Array, options: { level: number }): Uint8Array;
}

/** `node:zlib` with what older declarations and older runtimes lack. */
interface NewerZlib {
  crc32?(data: Uint8Array, value: number): number;
  zstdCompressSync?(data: Uint8Array, options: Record<string, unknown>): Uint8Array;
  zstdDecompressSync?(data: Uint8Array, options: Record<string, unknown>): Uint8Array;
}

const node = zlib as unknown as NewerZlib;
const bun = (globalThis as { Bun?: Partial<BunZstd> }).Bun;

const GZIP_OS_BYTE = 9;
const GZIP_OS_UNKNOWN = 255;
/** `ZSTD_c_compressionLevel` of zstd.h. */
const ZSTD_LEVEL_PARAMETER = 100;

/** Room for an incompressible input in every format here, so that the output is a single chunk that nobody has to join. */
function outputBound(byteLength: number): number {
  return byteLength + (byteLength >>> 8) + 128;
}

/**
 * Compresses to one gzip member without a time stamp or a system name.
 *
 * @param bytes What to compress.
 * @param level 0 to 9.
 */
export function gzip(bytes: Uint8Array, level: number): Uint8Array {
  const out = zlib.gzipSync(bytes, { level, chunkSize: outputBound(bytes.length) });
  // The operating system is the only byte of the header that says where the file was made.
  out[GZIP_OS_BYTE] = GZIP_OS_UNKNOWN;
  return out;
}

/**
 * Compresses to a brotli stream.
 *
 * @param bytes What to compress.
 * @param level 0 to 11.
 */
export function brotli(bytes: Uint8Array, level: number): Uint8Array {
  return zlib.brotliCompressSync(bytes, {
    chunkSize: outputBound(bytes.length),
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: level,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** Bun's own call, which spares it the stream object that `node:zlib` makes for every block. */
function bunZstd(bytes: Uint8Array, level: number): Uint8Array {
  return bun!.zstdCompressSync!(bytes, { level });
}

/**
 * The size is pledged because Deno 2.9 otherwise leaves it out of the frame, and takes parameters for large inputs that
 * compress small ones up to 1.5 times worse.
 */
function nodeZstd(bytes: Uint8Array, level: number): Uint8Array {
  return node.zstdCompressSync!(bytes, {
    chunkSize: outputBound(bytes.length),
    pledgedSrcSize: bytes.length,
    params: { [ZSTD_LEVEL_PARAMETER]: level },
  });
}

/**
 * Compresses to one zstd frame that says its content's size; `null` where the runtime has no zstd.
 *
 * The level goes from 1 to 22.
 */
export const nativeZstd: ((bytes: Uint8Array, level: number) => Uint8Array) | null =
  typeof bun?.zstdCompressSync === "function"
    ? bunZstd
    : typeof node.zstdCompressSync === "function"
    ? nodeZstd
    : null;

/**
 * Decompresses gzip members.
 *
 * @param bytes What to decompress.
 * @param limit Most bytes that may come out (at least 1): beyond it, the call throws.
 */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  return zlib.gunzipSync(bytes, { maxOutputLength: limit });
}

/** Decompresses a brotli stream; parameters as in {@linkcode gunzip}. */
export function unbrotli(bytes: Uint8Array, limit: number): Uint8Array {
  return zlib.brotliDecompressSync(bytes, { maxOutputLength: limit });
}

/** Decompresses zstd frames, parameters as in {@linkcode gunzip}; `null` where the runtime has no zstd. */
export const nativeUnzstd: ((bytes: Uint8Array, limit: number) => Uint8Array) | null =
  typeof node.zstdDecompressSync === "function"
    ? (bytes, limit) => node.zstdDecompressSync!(bytes, { maxOutputLength: limit })
    : null;

/** CRC-32 as zlib has it; `seed` is that of the bytes before, 0 at the start. `null` where the runtime has none. */
export const nativeCrc32: ((bytes: Uint8Array, seed: number) => number) | null =
  typeof node.crc32 === "function" ? (bytes, seed) => node.crc32!(bytes, seed) : null;
