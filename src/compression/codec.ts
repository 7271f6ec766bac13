/**
 * Compression of pages: one {@linkcode Compressor} for each codec of the Parquet specification that is written.
 *
 * Specification: {@link https://github.com/apache/parquet-format/blob/master/Compression.md | Compression.md}
 *
 * @module
 */

import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { maxLz4Size, maxSnappySize } from "../kernels/kernels.ts";
import { webAssemblyAllowed } from "../runtime/web_assembly.ts";
import { gzip } from "../runtime/deflate.ts";
import { keptZstd, nativeBrotli, nativeZstd, sizedZstd } from "../runtime/zlib.ts";
import { unavailableCodec } from "../schema/codec_availability.ts";
import type { ColumnProperties, CompressionName } from "../schema/column_properties.ts";
import {
  COMPRESSION_LEVELS,
  compressionLevel,
  REPRODUCIBLE_CODECS,
} from "../schema/compression_levels.ts";
import { reserveScratch, type Scratch } from "./scratch.ts";
import { zstdInstance } from "./zstd_wasm.ts";

/** Compresses one block of bytes at a time. */
export interface Compressor {
  /** The codec, as it is named in options. */
  readonly name: CompressionName;
  /**
   * Compresses `length` bytes at `src` of kernel memory.
   *
   * @returns A view that is valid until the next call of any compressor of this thread, and until kernel memory grows; one of all of its
   * buffer stays.
   */
  compress(src: Pointer, length: number): Uint8Array;
  /** Gives kernel memory back; nothing may be compressed afterwards. May be called more than once. */
  dispose(): void;
}

/** Compiled WebAssembly modules, by codec. Structured-cloneable. */
export interface CodecModules {
  readonly zstd?: WebAssembly.Module;
}

/** Options of {@linkcode createCompressor}. */
export interface CompressorOptions {
  /** Only write what every runtime writes. */
  readonly reproducible: boolean;
  /** What `codecModules` gave. */
  readonly modules?: CodecModules;
}

/**
 * Pages, and bytes of pages, that a runtime's own zstd compresses before its context is kept: to try that out takes 3 ms in Node and, with
 * what has to be loaded, 10 in Bun. Without, a page of 4 KiB takes 44 µs more in Node, 3 in Bun.
 */
const UNKEPT_PAGES = 32;
const UNKEPT_BYTES = 1024 * 1024;

/**
 * Says whether zstd in this runtime uses the WebAssembly module, when WebAssembly is allowed: only where there is no other, or where
 * bytes have to be the same everywhere. To compile it and to warm it up takes 20 ms.
 */
export function needsZstdModule(reproducible: boolean): boolean {
  if (!webAssemblyAllowed()) return false;
  return reproducible || nativeZstd() === null;
}

/** A codec, and how it is used. */
export type CodecChoice = Pick<
  ColumnProperties,
  "compression" | "compressionLevel" | "reproducible"
>;

/** What stands in for zstd at any level, and for codecs that are another library's in every runtime. */
const JUDGE: CodecChoice = { compression: "zstd", compressionLevel: 1, reproducible: true };
/** The same where WebAssembly is not allowed. */
const JUDGE_WITHOUT_WASM: CodecChoice = {
  ...JUDGE,
  compression: "lz4_raw",
  compressionLevel: null,
};

/** What of a column says how its encodings are judged. */
export type JudgedColumn =
  & Pick<ColumnProperties, "compression">
  & Partial<Pick<ColumnProperties, "encoding">>;

/** Says whether zstd in WebAssembly judges the encodings of a column, when WebAssembly is allowed. */
export function judgesByZstd({ encoding, compression }: JudgedColumn): boolean {
  if (encoding !== "auto") return false;
  const lacksOwn = compression === "zstd" || compression === "gzip" || compression === "brotli";
  return lacksOwn && webAssemblyAllowed();
}

/**
 * The codec that encodings of a column are judged by: what it makes of the same bytes is the same everywhere. `null`: encodings
 * are not tried, or pages are not compressed.
 *
 * @param column Properties of the column.
 * @param modules What `codecModules` gave.
 */
export function judgingCodec(column: ColumnProperties, modules: CodecModules): CodecChoice | null {
  if (column.encoding !== "auto" || column.compression === "uncompressed") return null;
  if (column.compression === "snappy" || column.compression === "lz4_raw") return column;
  return modules.zstd === undefined ? JUDGE_WITHOUT_WASM : JUDGE;
}

/**
 * Checks that a codec can be used as asked for, here and now: a page is never stored under a codec that is not there.
 *
 * @param name Name of the codec.
 * @param level Its level; `null`: the default one.
 * @param reproducible Only codecs that write the same bytes in every runtime will do.
 * @throws {TypeError} When the codec is unknown, has no levels, is not reproducible, or is not there.
 * @throws {RangeError} When the codec does not have that level.
 */
export function assertCodecAvailable(
  name: CompressionName,
  level: number | null,
  reproducible: boolean,
): void {
  if (!Object.hasOwn(COMPRESSION_LEVELS, name)) {
    const valid = Object.keys(COMPRESSION_LEVELS).join(", ");
    throw new TypeError(`Cannot compress with ${JSON.stringify(name)}: unknown; valid: ${valid}`);
  }
  compressionLevel(name, level, "");
  if (reproducible && !REPRODUCIBLE_CODECS.includes(name)) {
    throw new TypeError(
      `Cannot compress with ${name} reproducibly: its bytes differ from runtime to runtime; ` +
        `valid: ${REPRODUCIBLE_CODECS.join(", ")}`,
    );
  }
  const reason = unavailableCodec(name, reproducible);
  if (reason !== null) throw new TypeError(`Cannot compress with ${name}: ${reason}`);
}

/**
 * Creates a compressor.
 *
 * @param kernels Where the bytes are.
 * @param name Name of the codec.
 * @param level Its level; `null`: the default one.
 * @throws {TypeError | RangeError} As {@linkcode assertCodecAvailable}; and when a module is missing that is needed.
 */
export function createCompressor(
  kernels: Kernels,
  name: CompressionName,
  level: number | null,
  options: CompressorOptions,
): Compressor {
  assertCodecAvailable(name, level, options.reproducible);
  const atLevel = compressionLevel(name, level, "") ?? 0;
  const { memory } = kernels;
  switch (name) {
    case "uncompressed":
      return new ViewCompressor(kernels, name, (bytes) => bytes);
    case "gzip":
      return new ViewCompressor(kernels, name, (bytes) => gzip(bytes, atLevel));
    case "brotli": {
      const brotli = nativeBrotli()!;
      return new ViewCompressor(kernels, name, (bytes) => brotli(bytes, atLevel));
    }
    case "zstd":
      return new ViewCompressor(kernels, name, zstd(atLevel, options));
    case "snappy":
      return new KernelCompressor(
        name,
        reserveScratch(memory),
        maxSnappySize,
        (src, n, dst) => kernels.snappyCompress(src, n, dst),
      );
    case "lz4_raw":
      return new KernelCompressor(
        name,
        reserveScratch(memory),
        maxLz4Size,
        (src, n, dst) => kernels.lz4Compress(src, n, dst),
      );
  }
}

type CompressBytes = (bytes: Uint8Array) => Uint8Array;

function zstd(level: number, { reproducible, modules }: CompressorOptions): CompressBytes {
  if (!reproducible && nativeZstd() !== null) return ownZstd(level);
  const module = modules?.zstd;
  if (module === undefined) {
    throw new TypeError("Cannot compress with zstd: its WebAssembly module was not given");
  }
  return (bytes) => zstdInstance(module).compress(bytes, level);
}

/** The runtime's own zstd; with a context that is kept, where that can be, as soon as there is more than a little to do. */
function ownZstd(level: number): CompressBytes {
  const native = nativeZstd()!;
  let pages = 0, length = 0;
  let compress: CompressBytes | null = null;
  return (bytes) => {
    if (compress !== null) return compress(bytes);
    pages++;
    length += bytes.length;
    if (pages >= UNKEPT_PAGES || length >= UNKEPT_BYTES) {
      compress = keptZstd(level) ?? sizedZstd(level, native) ?? ((bytes) => native(bytes, level));
    }
    return native(bytes, level);
  };
}

/** Codecs that take a view of kernel memory. */
class ViewCompressor implements Compressor {
  readonly name: CompressionName;
  readonly #kernels: Kernels;
  readonly #compress: CompressBytes;

  constructor(kernels: Kernels, name: CompressionName, compress: CompressBytes) {
    this.#kernels = kernels;
    this.name = name;
    this.#compress = compress;
  }

  compress(src: Pointer, length: number): Uint8Array {
    return this.#compress(this.#kernels.memory.u8.subarray(src, src + length));
  }

  dispose(): void {}
}

/** Codecs that are kernels: from kernel memory to kernel memory. */
class KernelCompressor implements Compressor {
  readonly name: CompressionName;
  readonly #scratch: Scratch;
  readonly #maxSize: (length: number) => number;
  readonly #compress: (src: Pointer, length: number, dst: Pointer) => number;

  constructor(
    name: CompressionName,
    scratch: Scratch,
    maxSize: (length: number) => number,
    compress: (src: Pointer, length: number, dst: Pointer) => number,
  ) {
    this.name = name;
    this.#scratch = scratch;
    this.#maxSize = maxSize;
    this.#compress = compress;
  }

  compress(src: Pointer, length: number): Uint8Array {
    const dst = this.#scratch.reserve(this.#maxSize(length));
    const written = this.#compress(src, length, dst);
    return this.#scratch.memory.u8.subarray(dst, dst + written);
  }

  dispose(): void {
    this.#scratch.release();
  }
}
