/**
 * The WASM kernels from their bytes. Where modules come compiled (`dist/workerd.js`), the build puts another module in the place of this
 * one.
 *
 * @module
 */

import { decodeBase64 } from "../runtime/base64.ts";
import { b64 } from "./kernels_wasm.generated.ts";

/** Decodes and compiles the module. */
export function kernelsModule(): WebAssembly.Module {
  return new WebAssembly.Module(decodeBase64(b64));
}
