/**
 * The zstd module from its bytes. Where modules come compiled (`dist/workerd.js`), the build puts another module in the place of this one.
 *
 * @module
 */

import { decodeBase64 } from "../runtime/base64.ts";
import { inflateRaw } from "../runtime/deflate.ts";
import { ZSTD_WASM_BYTE_LENGTH, ZSTD_WASM_DEFLATE } from "./zstd_wasm.generated.ts";

/** Inflates and compiles the module, in about 3 ms. */
export function zstdModule(): WebAssembly.Module {
  return new WebAssembly.Module(inflateRaw(decodeBase64(ZSTD_WASM_DEFLATE), ZSTD_WASM_BYTE_LENGTH));
}
