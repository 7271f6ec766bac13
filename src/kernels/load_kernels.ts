/**
 * Choice and creation of kernels. Nothing is decoded or compiled before it is asked for.
 *
 * @module
 */

import { kernelsModule } from "./compile_kernels.ts";
import type { Kernels } from "./kernels.ts";
import { TypescriptKernels } from "./typescript/typescript_kernels.ts";
import { WasmKernels } from "./wasm_kernels.ts";

/** Which implementation to use; `"auto"`: WASM where it is allowed, else TypeScript. */
export type KernelChoice = "auto" | "typescript" | "wasm";

let compiled: WebAssembly.Module | undefined;

/**
 * Compiles the WASM kernels, once; the module can be posted to workers.
 *
 * @throws {Error} what the runtime throws where WebAssembly (or its SIMD) is missing or forbidden.
 */
export function compileKernels(): WebAssembly.Module {
  return compiled ??= kernelsModule();
}

/**
 * Makes kernels with memory of their own.
 *
 * `module`: from {@linkcode compileKernels}, perhaps of another thread; compiled here when left out.
 *
 * @throws {Error} when `choice` is `"wasm"` and WebAssembly cannot be used; `cause` says why.
 */
export function createKernels(
  choice: KernelChoice = "auto",
  module?: WebAssembly.Module,
): Kernels {
  if (choice === "typescript") return new TypescriptKernels();
  try {
    return new WasmKernels(module ?? compileKernels());
  } catch (cause) {
    if (choice === "auto") return new TypescriptKernels();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot use the WASM kernels: ${reason}`, { cause });
  }
}
