/**
 * The zstd module: its bytes loaded only where it is needed, since most runtimes have a zstd of their own, and compiled on first use. Never
 * imported by what a worker imports: workers are given the module.
 *
 * @module
 */

type CompileModule = () => WebAssembly.Module;

/** `null`: not there yet. */
let compile: CompileModule | null = null;
let compiled: WebAssembly.Module | null = null;

/** Says how the module is compiled; of several ways the first is taken. */
export function provideZstd(compileModule: CompileModule): void {
  compile ??= compileModule;
}

/** Loads the module's bytes; `null`: they are there. */
export function loadZstd(): Promise<void> | null {
  if (compile !== null) return null;
  return import("./compile_zstd.ts").then(({ zstdModule }) => provideZstd(zstdModule));
}

/**
 * The compiled zstd module; it may be posted to workers. Compiled once, in about 3 ms.
 *
 * @throws {WebAssembly.CompileError} Where the program may not compile WebAssembly (a content security policy).
 * @throws {Error} Before its bytes are there.
 */
export function compileZstd(): WebAssembly.Module {
  if (compile === null) throw new Error("Cannot compile zstd: its module was not loaded");
  return compiled ??= compile();
}
