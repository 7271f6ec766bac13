/**
 * What an input may cost before it is refused: the option `limits` of writers and of everything that reads Parquet.
 *
 * Inputs may come from strangers, and a few bytes can stand for very many: runs, dictionaries, compressed buffers, counts.
 * Defaults are far above what honest inputs need; SECURITY.md has the table.
 *
 * @module
 */

/**
 * Limits of what an input may cost. A limit that is absent or `undefined` has its default; an unknown name is a `TypeError`.
 *
 * @example A server that takes small uploads only
 * ```ts
 * import type { InputLimits } from "./input_limits.ts";
 *
 * const limits: InputLimits = { maxBatchBytes: 2 ** 24, maxExpansion: 8, maxPageBytes: 2 ** 24, maxDecodedBytes: 2 ** 28,
 *   maxDecodedExpansion: 64 };
 * ```
 */
export interface InputLimits {
  /**
   * Bytes that one Arrow batch may take when it is decompressed and its runs, views and nested dictionaries are expanded. A buffer that
   * several arrays share counts once for each. A batch may always take `maxExpansion` times its own bytes. The dictionaries of an IPC
   * stream together may take as much again. Default 256 MiB.
   */
  readonly maxBatchBytes?: number;
  /** Bytes that a batch may take for each byte of input, its dictionaries included. Default 64. */
  readonly maxExpansion?: number;
  /**
   * Bytes that the dictionary-encoded values of a batch may have if each row is written out, as happens beyond `dictionaryPageSizeLimit`.
   * They may always have `maxExpansion` times the bytes of the batch. Default 16 GiB.
   */
  readonly maxPlainBytes?: number;
  /**
   * Bytes held in memory of an Arrow IPC file whose schema is only at its end, as Arrow JS writes it, if it comes as a stream, for example
   * from standard input. A path, a `Blob` and bytes are read in place. Default 1 GiB.
   */
  readonly maxHeldBytes?: number;
  /** Size of a Parquet footer in bytes. Default 128 MiB. */
  readonly maxFooterBytes?: number;
  /** Bytes that one page of a Parquet file may take: as stored, and in memory with all that is decoded of it. Default 256 MiB. */
  readonly maxPageBytes?: number;
  /**
   * Bytes that all pages of a Parquet file together may decode to; pages that are read twice count twice. They may always decode to
   * `maxDecodedExpansion` times their stored bytes. Default 16 GiB.
   */
  readonly maxDecodedBytes?: number;
  /** Bytes that the pages of a Parquet file may decode to for each stored byte. Default 16,384. */
  readonly maxDecodedExpansion?: number;
}

/** Limits with every default filled in. */
export type InputLimitValues = Required<InputLimits>;

const MIB = 2 ** 20;

/** The limits that hold where nobody says otherwise. */
export const DEFAULT_INPUT_LIMITS: InputLimitValues = {
  maxBatchBytes: 256 * MIB,
  maxExpansion: 64,
  maxPlainBytes: 16 * 1024 * MIB,
  maxHeldBytes: 1024 * MIB,
  maxFooterBytes: 128 * MIB,
  maxPageBytes: 256 * MIB,
  maxDecodedBytes: 16 * 1024 * MIB,
  maxDecodedExpansion: 16_384,
};

/** What is valid, for messages. */
export const INPUT_LIMITS_EXPECTED: string = `an object of ${
  Object.keys(DEFAULT_INPUT_LIMITS).join(", ")
}, each a positive number`;

/**
 * Checks limits, and fills in the defaults.
 *
 * @param limits What the caller says; absent: nothing.
 * @param label How to call it in messages.
 * @throws {TypeError} For an unknown name, or a value that is no number.
 * @throws {RangeError} For a number that is not positive. `Infinity` is valid: no limit.
 */
export function resolveInputLimits(
  limits: InputLimits | undefined,
  label = 'option "limits"',
): InputLimitValues {
  if (limits === undefined) return DEFAULT_INPUT_LIMITS;
  if (typeof limits !== "object" || limits === null || Array.isArray(limits)) {
    throw new TypeError(`Cannot set ${label}: expected ${INPUT_LIMITS_EXPECTED}`);
  }
  const values: Record<string, number> = { ...DEFAULT_INPUT_LIMITS };
  for (const [name, value] of Object.entries(limits) as [string, unknown][]) {
    if (!Object.hasOwn(DEFAULT_INPUT_LIMITS, name)) {
      const valid = Object.keys(DEFAULT_INPUT_LIMITS).join(", ");
      throw new TypeError(`Cannot use "${name}" of ${label}: unknown; valid: ${valid}`);
    }
    if (value === undefined) continue;
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new TypeError(`Cannot set ${label}.${name}: expected a positive number`);
    }
    if (value <= 0) {
      throw new RangeError(`Cannot set ${label}.${name} to ${value}: expected a positive number`);
    }
    values[name] = value;
  }
  return values as unknown as InputLimitValues;
}
