/**
 * The zstd module's bytes, compiled on first use. Never imported by what a worker imports: workers are given the module.
 *
 * @module
 */

import type { ColumnProperties } from "../schema/column_properties.ts";
import { type CodecModules, type JudgedColumn, judgesByZstd, needsZstdModule } from "./codec.ts";
import { zstdModule } from "./compile_zstd.ts";

let compiled: WebAssembly.Module | null = null;

/**
 * The compiled zstd module; it may be posted to workers. Compiled once, in about 3 ms.
 *
 * @throws {WebAssembly.CompileError} Where the program may not compile WebAssembly (a content security policy).
 */
export function compileZstd(): WebAssembly.Module {
  return compiled ??= zstdModule();
}

/**
 * The modules that a writer's columns need: to be given to every `createCompressor`, on the caller's thread and in every
 * worker alike, since what a codec writes may depend on them. Nothing is compiled that no column needs.
 *
 * @param columns Properties of the columns.
 */
export function codecModules(
  columns: Iterable<JudgedColumn & Pick<ColumnProperties, "reproducible">>,
): CodecModules {
  for (const column of columns) {
    const needed = column.compression === "zstd" && needsZstdModule(column.reproducible);
    if (needed || judgesByZstd(column)) return { zstd: compileZstd() };
  }
  return {};
}
