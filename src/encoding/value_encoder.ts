/**
 * What every encoding of a page's values can do.
 *
 * @module
 */

import type { Pointer } from "../kernels/kernels.ts";
import type { Encoding } from "../format/metadata.ts";
import type { LeafValues } from "./leaf_values.ts";

/** A page's values, encoded. */
export interface EncodedValues {
  readonly pointer: Pointer;
  readonly byteLength: number;
}

/** Gathers the values of one data page after another. */
export interface ValueEncoder {
  /** The encoding, as the page header names it. */
  readonly encoding: Encoding;
  /** Number of values in the page so far. */
  readonly count: number;
  /** Bytes of the page's values without any encoding: byte arrays without lengths (SizeStatistics). */
  readonly unencodedBytes: number;
  /** Most bytes that `write` may need. */
  readonly maxByteLength: number;
  /** Bytes of kernel memory held. */
  readonly memoryBytes: number;
  /**
   * How many of the values from `from` on the page should still take to hold about `byteLimit` bytes: the first number
   * at which the limit is reached, at least 1 unless the page is full already.
   */
  valuesUntil(byteLimit: number, values: LeafValues, from: number): number;
  /** Adds values to the page. Returns how many were taken: fewer than `count` only when the encoding has to be given up. */
  append(values: LeafValues, from: number, count: number): number;
  /** Adds the entries of a dictionary that `count` ids (u32) stand for. Without this they have to be looked up first. */
  appendEntries?(entries: LeafValues, ids: Pointer, count: number): void;
  /** Writes the page's values to `dst` and starts the next page. Returns the bytes written. */
  write(dst: Pointer): number;
  /**
   * The same for encoders that have the values as they are to be written: where they lie, until anything is appended. Starts the next
   * page, as `write` does.
   */
  take?(): EncodedValues;
  /**
   * The same with other bytes, the page's levels, in front of them; `null`, and nothing has changed, where there is no room for these.
   */
  takeBehind?(levels: EncodedValues): EncodedValues | null;
  /** Gives all memory back. */
  release(): void;
}
