/**
 * A dictionary of the distinct values of a column chunk, ids in order of first appearance, kept in kernel memory.
 *
 * @module
 */

import type { Kernels, Pointer } from "./kernels.ts";

/** Dictionary under construction. Equality is equality of bytes: −0 and +0, and NaNs of different payload, are distinct. */
export declare class HashDictionary {
  /**
   * `width`: bytes of a fixed-width value, or 0 for byte arrays. `byteLimit`: most bytes that the PLAIN-encoded entries may
   * take (byte arrays: 4 bytes of length each included). Starts small and grows.
   */
  constructor(kernels: Kernels, width: number, byteLimit: number);
  /** Number of entries. */
  readonly count: number;
  /** Bytes of the entries, PLAIN-encoded. */
  readonly byteLength: number;
  /** Bytes of kernel memory held. */
  readonly memoryBytes: number;
  /** Entries one after another (fixed width), or their bytes (byte arrays). */
  readonly data: Pointer;
  /** Byte arrays only: `count + 1` i32 offsets into `data`; 0 otherwise. */
  readonly offsets: Pointer;
  /** Adds n fixed-width values, writes their ids (u32). Returns how many were consumed: fewer than n only when the next would exceed `byteLimit`. */
  appendFixed(src: Pointer, n: number, ids: Pointer): number;
  /** The same for byte arrays `data + offsets[i]` … `data + offsets[i + 1]`. */
  appendBytes(offsets: Pointer, data: Pointer, n: number, ids: Pointer): number;
  /** Forgets all entries from `count` on. Nothing may be appended afterwards. */
  truncate(count: number): void;
  /** Gives all memory back. */
  release(): void;
}
