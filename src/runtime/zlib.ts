/**
 * Codecs, one call a block of bytes, and CRC-32 that the runtime has and that work. What the library brings along for the others is
 * elsewhere: `deflate.ts`, and `compression/`.
 *
 * @module
 */

import type * as zlib from "node:zlib";
import { builtinModule, processGlobal } from "./builtin_modules.ts";
import { IS_WORKERD } from "./clock.ts";
import { type Compress, type Decompress, isReliable, once } from "./native_codec.ts";

export type { Compress, Decompress };
export { keepsZstd, keptZstd, sizedZstd } from "./zstd_context.ts";

/** The part of Bun's global that is used. */
interface BunCodecs {
  zstdCompressSync(data: Uint8Array, options: { level: number }): Uint8Array;
  readonly hash: { crc32(data: Uint8Array, seed: number): number };
}

/** `node:zlib` with what older declarations and older runtimes lack; in workerd, calls may be there and fail. */
export type NodeZlib = Partial<typeof zlib> & {
  crc32?(data: Uint8Array, value: number): number;
  zstdCompressSync?(data: Uint8Array, options: Record<string, unknown>): Uint8Array;
  zstdDecompressSync?(data: Uint8Array, options: Record<string, unknown>): Uint8Array;
};

/** `ZSTD_c_compressionLevel` of zstd.h. */
const ZSTD_LEVEL_PARAMETER = 100;

/** Bun's own: `node:zlib` there takes 8 ms to load. `null` elsewhere. */
const bun = once((): BunCodecs | null => {
  const { Bun } = globalThis as { Bun?: Partial<BunCodecs> };
  return typeof Bun?.zstdCompressSync === "function" ? Bun as BunCodecs : null;
});

/** `node:zlib`; empty where there is none. */
export const nodeZlib: () => NodeZlib = once(() => builtinModule("node:zlib") ?? {});

/** Room for an incompressible input in every format here, so that the output is a single chunk that nobody has to join. */
export function outputBound(byteLength: number): number {
  return byteLength + (byteLength >>> 8) + 128;
}

/** Compresses to a brotli stream, levels 0 to 11; `null` where the runtime has no brotli that works. */
export const nativeBrotli: () => Compress | null = once(() => {
  const { brotliCompressSync, constants } = nodeZlib();
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
  const { brotliDecompressSync } = nodeZlib();
  if (brotliDecompressSync === undefined) return null;
  return (bytes, limit) => brotliDecompressSync(bytes, { maxOutputLength: limit });
});

/**
 * Compresses to one zstd frame that says its content's size, levels 1 to 22; `null` where the runtime has no zstd that works. That of
 * Node, Deno and Bun is known to: trying it out takes 1 to 4 ms of a process's first file.
 */
export const nativeZstd: () => Compress | null = once(() => {
  const own = bun();
  if (own !== null) return (bytes, level) => own.zstdCompressSync(bytes, { level });
  const { zstdCompressSync } = nodeZlib();
  if (zstdCompressSync === undefined) return null;
  const compress: Compress = (bytes, level) => nodeZstd(zstdCompressSync, bytes, level);
  return bringsZstd() || isReliable(compress, nativeUnzstd()) ? compress : null;
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
  const { zstdDecompressSync } = nodeZlib();
  if (zstdDecompressSync === undefined) return null;
  return (bytes, limit) => zstdDecompressSync(bytes, { maxOutputLength: limit });
});

/**
 * Whether the runtime brings a zstd, known without a look at `node:zlib`, which takes milliseconds to load: Node, Deno and Bun do, from
 * the oldest versions on that are supported.
 */
export function bringsZstd(): boolean {
  const { versions, getBuiltinModule } = processGlobal() ?? {};
  return versions?.node !== undefined && getBuiltinModule !== undefined && !IS_WORKERD;
}

/** CRC-32 as zlib has it; `seed` is that of the bytes before, 0 at the start. `null` where the runtime has none. */
export const nativeCrc32: () => ((bytes: Uint8Array, seed: number) => number) | null = once(() => {
  const own = bun();
  if (own !== null) return (bytes, seed) => own.hash.crc32(bytes, seed);
  const { crc32 } = nodeZlib();
  return crc32 === undefined ? null : (bytes, seed) => crc32(bytes, seed);
});

/** The same where it uses the instructions that processors have for it: in Deno and Bun, not in Node. */
export const fastCrc32: typeof nativeCrc32 = once(() =>
  "Deno" in globalThis || "Bun" in globalThis ? nativeCrc32() : null
);
