/**
 * The compiled modules that codecs of a writer need.
 *
 * @module
 */

import type { ColumnProperties } from "../schema/column_properties.ts";
import { type CodecModules, type JudgedColumn, judgesByZstd, needsZstdModule } from "./codec.ts";
import { compileZstd, loadZstd } from "./load_zstd.ts";

/** What of a column says whether it needs the module. */
type CodecColumn = JudgedColumn & Pick<ColumnProperties, "reproducible">;

function needZstd(columns: readonly CodecColumn[]): boolean {
  return columns.some((column) =>
    column.compression === "zstd" && needsZstdModule(column.reproducible) || judgesByZstd(column)
  );
}

/** Loads what `codecModules` needs for these columns; `null`: it is there. */
export function loadCodecs(columns: readonly CodecColumn[]): Promise<void> | null {
  return needZstd(columns) ? loadZstd() : null;
}

/**
 * The modules that a writer's columns need: to be given to every `createCompressor`, on the caller's thread and in every
 * worker alike, since what a codec writes may depend on them. Nothing is compiled that no column needs.
 *
 * @param columns Properties of the columns.
 */
export function codecModules(columns: readonly CodecColumn[]): CodecModules {
  return needZstd(columns) ? { zstd: compileZstd() } : {};
}
