/**
 * Levels of the compression codecs.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Compression.md
 * @module
 */

import type { CompressionName } from "./column_properties.ts";

/** Levels that a codec has. */
export interface CompressionLevels {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** Levels of each codec; `null`: it has none. The defaults are those of arrow-rs. */
export const COMPRESSION_LEVELS: Readonly<Record<CompressionName, CompressionLevels | null>> = {
  uncompressed: null,
  snappy: null,
  gzip: { min: 0, max: 9, default: 6 },
  brotli: { min: 0, max: 11, default: 1 },
  zstd: { min: 1, max: 22, default: 1 },
  lz4_raw: null,
};

/** Codecs that give the same bytes in every runtime, because this library brings them along. */
export const REPRODUCIBLE_CODECS: readonly CompressionName[] = [
  "uncompressed",
  "snappy",
  "zstd",
  "lz4_raw",
];

/**
 * The level at which a codec is used.
 *
 * @param codec The codec.
 * @param level What was asked for, `null` for the codec's default.
 * @param column What the option was given for, to end a message with: `""`, or ` of column "a.b"`.
 * @returns The level, `null` where the codec has none.
 * @throws {TypeError} When a level is asked of a codec that has none.
 * @throws {RangeError} When the codec does not have that level.
 */
export function compressionLevel(
  codec: CompressionName,
  level: number | null,
  column: string,
): number | null {
  const levels = COMPRESSION_LEVELS[codec];
  if (levels === null) {
    if (level === null) return null;
    const withLevels = Object.entries(COMPRESSION_LEVELS)
      .filter(([, range]) => range !== null)
      .map(([name, range]) => `${name} (${range!.min} to ${range!.max})`);
    throw new TypeError(
      `Cannot set option "compressionLevel"${column} to ${level}: ${codec} has no levels; ` +
        `codecs with levels: ${withLevels.join(", ")}`,
    );
  }
  if (level === null) return levels.default;
  if (level < levels.min || level > levels.max) {
    throw new RangeError(
      `Cannot set option "compressionLevel"${column} to ${level}: ` +
        `${codec} has levels ${levels.min} to ${levels.max}`,
    );
  }
  return level;
}
