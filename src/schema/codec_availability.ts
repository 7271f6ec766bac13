/**
 * Which codecs can be used here and now. It is known when options are built: a page is never stored under a codec that is not there,
 * and no file breaks off in the middle for want of one.
 *
 * @module
 */

import { webAssemblyAllowed } from "../runtime/web_assembly.ts";
import { nativeBrotli, nativeZstd } from "../runtime/zlib.ts";
import type { CompressionName } from "./column_properties.ts";

/**
 * Why a codec cannot be used, and what to use instead; `null`: it can.
 *
 * @param codec The codec.
 * @param reproducible Whether only the library's own codecs will do.
 */
export function unavailableCodec(codec: CompressionName, reproducible: boolean): string | null {
  if (codec === "brotli" && nativeBrotli() === null) {
    return 'this runtime has no brotli; use "zstd", or "gzip" for readers that lack it';
  }
  if (codec === "zstd" && !webAssemblyAllowed() && (reproducible || nativeZstd() === null)) {
    return "WebAssembly is not allowed here (a content security policy needs 'wasm-unsafe-eval'); use \"snappy\"";
  }
  return null;
}

/** The codec of a writer that was not told one: zstd, and snappy where zstd cannot be had. */
export function defaultCodec(): CompressionName {
  return unavailableCodec("zstd", false) === null ? "zstd" : "snappy";
}
