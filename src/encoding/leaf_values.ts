/**
 * Non-null values of a leaf column in kernel memory, already of the Parquet physical type.
 *
 * @module
 */

import type { Pointer } from "../kernels/kernels.ts";

/** How a physical type lies in kernel memory. */
export interface ValueLayout {
  /** Bytes of a value; 0 for byte arrays. Booleans are one byte each (0 or 1). */
  readonly width: number;
  /** Booleans are packed to bits when they are written. */
  readonly boolean: boolean;
}

/** A run of values. */
export interface LeafValues {
  /** Number of values. */
  count: number;
  /** Fixed width: the values. Byte arrays: where offset 0 points to. */
  data: Pointer;
  /** Byte arrays: `count + 1` i32 offsets, which need not start at 0; else 0. */
  offsets: Pointer;
}
