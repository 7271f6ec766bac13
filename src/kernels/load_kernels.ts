/**
 * Choice and creation of kernels.
 *
 * @module
 */

import type { Kernels } from "./kernels.ts";
import { TypescriptKernels } from "./typescript/typescript_kernels.ts";

/** Which implementation to use; `"auto"`: WASM where it is allowed, else TypeScript. */
export type KernelChoice = "auto" | "typescript" | "wasm";

/** Makes kernels with memory of their own. */
export function createKernels(choice: KernelChoice = "auto"): Kernels {
  if (choice === "wasm") throw new Error("Cannot use WASM kernels: not built");
  return new TypescriptKernels();
}
