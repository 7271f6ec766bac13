/**
 * Codecs, one call a block of bytes, and CRC-32: those of the runtime where it has them and they work, else what the library brings
 * along.
 *
 * @module
 */

import type * as nodeZlib from "node:zlib";
import { builtinModule } from "./builtin_modules.ts";
import { createDeflate, type Deflate } from "./deflate.generated.ts";
import { type Compress, type Decompress, isReliable, once } from "./native_codec.ts";

export type { Compress, Decompress };
export { keepsZstd, keptZstd } from "./zstd_context.ts";

/** The part of Bun's global that is used. */
interface BunZstd {
  zstdCompressSync(data: Uint8Array, options: { level: number }): Uint8Array;
}

/** `node:zlib` with what older declarations and older runtimes lack; in workerd, calls may be there and fail. */
type NodeZlib = Partial<typeof nodeZlib> & {
  crc32?(data: Uint8Array, value: number): number;
  zstdCompressSync?(data: Uint8Array, options: Record<string, unknown>): Uint8Array;
  zstdDecompressSync?(data: Uint8Array, options: Record<string, unknown>): Uint8Array;
};

const GZIP_OS_BYTE = 9;
const GZIP_OS_UNKNOWN = 255;
/** Bytes of a gzip member after its content. */
const GZIP_TRAILER_BYTES = 8;
/** `ZSTD_c_compressionLevel` of zstd.h. */
const ZSTD_LEVEL_PARAMETER = 100;

const node = once((): NodeZlib => builtinModule("node:zlib") ?? {});
const deflate = once((): Deflate => createDeflate());

/** Room for an incompressible input in every format here, so that the output is a single chunk that nobody has to join. */
function outputBound(byteLength: number): number {
  return byteLength + (byteLength >>> 8) + 128;
}

const nativeGzip = once((): Compress | null => {
  const compress: Compress = (bytes, level) =>
    node().gzipSync!(bytes, { level, chunkSize: outputBound(bytes.length) });
  return isReliable(compress, nativeGunzip) ? compress : null;
});

/**
 * Compresses to one gzip member without a time stamp or a system name.
 *
 * @param bytes What to compress.
 * @param level 0 to 9.
 */
export function gzip(bytes: Uint8Array, level: number): Uint8Array {
  const out = nativeGzip()?.(bytes, level) ?? deflate().gzipSync(bytes, { level, mtime: 0 });
  // The operating system is the only byte of the header that says where the file was made.
  out[GZIP_OS_BYTE] = GZIP_OS_UNKNOWN;
  return out;
}

function nativeGunzip(bytes: Uint8Array, limit: number): Uint8Array {
  return node().gunzipSync!(bytes, { maxOutputLength: limit });
}

/** Decompresses gzip members. */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  return node().gunzipSync === undefined
    ? portableGunzip(bytes, limit)
    : nativeGunzip(bytes, limit);
}

/** {@linkcode gunzip} without the runtime's help. The checksum is looked at where there is one member, as is usual. */
export function portableGunzip(bytes: Uint8Array, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0, members = 0, ended = false;
  const stream = new (deflate().Gunzip)((chunk, final) => {
    length += chunk.length;
    ended = final;
    if (length > limit) throw new RangeError(`more than ${limit} bytes`);
    chunks.push(chunk);
  });
  stream.onmember = () => members++;
  stream.push(bytes, true);
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  if (!ended || members === 0 || bytes.length < GZIP_TRAILER_BYTES) throw new Error("truncated");
  const trailer = new DataView(bytes.buffer, bytes.byteOffset).getUint32(
    bytes.length - GZIP_TRAILER_BYTES,
    true,
  );
  if (members === 1 && trailer !== portableCrc32(out)) throw new Error("another checksum");
  return out;
}

/**
 * Inflates a raw DEFLATE stream.
 *
 * @param bytes The stream.
 * @param byteLength Bytes that it holds.
 */
export function inflateRaw(bytes: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> {
  const { inflateRawSync } = node();
  if (inflateRawSync === undefined) return portableInflateRaw(bytes, byteLength);
  return inflateRawSync(bytes, { maxOutputLength: byteLength, chunkSize: byteLength });
}

/** {@linkcode inflateRaw} without the runtime's help. */
export function portableInflateRaw(bytes: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> {
  return deflate().inflateSync(bytes, { out: new Uint8Array(byteLength) });
}

/** Compresses to a brotli stream, levels 0 to 11; `null` where the runtime has no brotli that works. */
export const nativeBrotli: () => Compress | null = once(() => {
  const { brotliCompressSync, constants } = node();
  if (brotliCompressSync === undefined || constants === undefined) return null;
  const compress: Compress = (bytes, level) =>
    brotliCompressSync(bytes, {
      chunkSize: outputBound(bytes.length),
      params: {
        [constants.BROTLI_PARAM_QUALITY]: level,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    });
  return isReliable(compress, nativeUnbrotli()) ? compress : null;
});

/** Decompresses a brotli stream; `null` where the runtime has no brotli. */
export const nativeUnbrotli: () => Decompress | null = once(() => {
  const { brotliDecompressSync } = node();
  if (brotliDecompressSync === undefined) return null;
  return (bytes, limit) => brotliDecompressSync(bytes, { maxOutputLength: limit });
});

/**
 * Compresses to one zstd frame that says its content's size, levels 1 to 22; `null` where the runtime has no zstd that works.
 */
export const nativeZstd: () => Compress | null = once(() => {
  const bun = (globalThis as { Bun?: Partial<BunZstd> }).Bun;
  const { zstdCompressSync } = node();
  // Bun's own call spares it the stream object that `node:zlib` makes for every block.
  const compress: Compress | null = typeof bun?.zstdCompressSync === "function"
    ? (bytes, level) => bun.zstdCompressSync!(bytes, { level })
    : zstdCompressSync === undefined
    ? null
    : (bytes, level) => nodeZstd(zstdCompressSync, bytes, level);
  return isReliable(compress, nativeUnzstd()) ? compress : null;
});

/**
 * The size is pledged because Deno 2.9 otherwise leaves it out of the frame, and takes parameters for large inputs that
 * compress small ones up to 1.5 times worse.
 */
function nodeZstd(
  compress: NonNullable<NodeZlib["zstdCompressSync"]>,
  bytes: Uint8Array,
  level: number,
): Uint8Array {
  return compress(bytes, {
    chunkSize: outputBound(bytes.length),
    pledgedSrcSize: bytes.length,
    params: { [ZSTD_LEVEL_PARAMETER]: level },
  });
}

/** Decompresses zstd frames; `null` where the runtime has no zstd. */
export const nativeUnzstd: () => Decompress | null = once(() => {
  const { zstdDecompressSync } = node();
  if (zstdDecompressSync === undefined) return null;
  return (bytes, limit) => zstdDecompressSync(bytes, { maxOutputLength: limit });
});

/** CRC-32 as zlib has it; `seed` is that of the bytes before, 0 at the start. `null` where the runtime has none. */
export const nativeCrc32: () => ((bytes: Uint8Array, seed: number) => number) | null = once(() => {
  const { crc32 } = node();
  return crc32 === undefined ? null : (bytes, seed) => crc32(bytes, seed);
});

/** The same where it uses the instructions that processors have for it: in Deno and Bun, not in Node. */
export const fastCrc32: typeof nativeCrc32 = once(() =>
  "Deno" in globalThis || "Bun" in globalThis ? nativeCrc32() : null
);

/** CRC-32, a bit at a time. */
function portableCrc32(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
