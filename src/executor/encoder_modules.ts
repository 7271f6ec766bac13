/**
 * What an encoder worker works with: compiled once on the caller's thread, posted to each worker.
 *
 * @module
 */

/** What an encoder worker is started with; structured-cloneable. */
export interface EncoderModules {
  /** The compiled WASM kernels, or `null` for those in TypeScript. */
  readonly kernels: WebAssembly.Module | null;
}
