/**
 * Slabs: the buffers in which records get to a worker, to be used again afterwards.
 *
 * @module
 */

import { SHARED_COPIES_ARE_FAST } from "../runtime/bytes.ts";
import { freeBuffer } from "../util/byte_blocks.ts";

/** Memory of a slab: shared with the worker, or its alone until it answers. */
export type SlabBuffer = ArrayBuffer | SharedArrayBuffer;

/**
 * Bytes of a slab. Large enough for a message's cost not to matter, small enough to stay in cache: 1M rows × 10 simple
 * columns with two workers on Node 26.10 took 52 ms with 256 KiB, 48 with 512 KiB, 44 with 1 MiB, 51 with 2 MiB.
 */
export const SLAB_BYTES: number = 1024 * 1024;

/**
 * Bytes of memory for a byte of a row that needs a slab of its own: the slab, and in kernel memory the record, the entry of
 * the dictionary that is tried, the value that it is turned back into, the values of the page, the page, and what the codec makes of it:
 * 20 strings of 64 MiB at zstd 1 on Node 26.10 take 6.5 times a string beside what the process and its input have. Only rows of megabytes are worth counting like that: the kernel memory
 * for others is there anyway.
 */
const HUGE_ROW_FACTOR = 7;

/** Most buffers that the process keeps for reuse. */
const MAX_KEPT = 20;

/**
 * Whether slabs are shared with workers. V8 takes a buffer that comes back for a new one, and collects all garbage for every few dozen
 * megabytes of them: 220 MB of nested rows with two lanes, 40 files one after the other on Node 26.10, three processes each, take 78, 91
 * and 87 ms in the median and 4, 17 and 15 full collections where slabs are transferred; 81, 78 and 77 ms and 12, 4 and 6 where they are
 * shared. That only pays where shared memory is copied as fast as any other.
 */
const ARE_SHARED = SHARED_COPIES_ARE_FAST;

const kept: SlabBuffer[] = [];

/** A buffer that fills with records, front to back. */
export class Slab {
  readonly buffer: SlabBuffer;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Bytes written; a multiple of 16. */
  used = 0;
  /** Milliseconds that encoding the records is expected to take. */
  cost = 0;
  /** Ordinal among the slabs of the worker that has it. */
  ordinal = -1;
  /** Number of column chunks that end in this slab. */
  finishes = 0;
  /** What to blame when encoding fails without a word: the first segment's column and row group. */
  column = -1;
  rowGroup = -1;
  /** Whether it is larger than others, for a single row. */
  readonly huge: boolean;

  /** Takes a kept buffer, or a new one; one of its own when `byteLength` is more than a slab's. */
  constructor(byteLength: number = SLAB_BYTES) {
    this.buffer = byteLength > SLAB_BYTES ? new ArrayBuffer(byteLength) : kept.pop() ??
      (ARE_SHARED ? new SharedArrayBuffer(SLAB_BYTES) : new ArrayBuffer(SLAB_BYTES));
    this.bytes = new Uint8Array(this.buffer);
    this.words = new Int32Array(this.buffer, 0, this.buffer.byteLength >> 2);
    this.huge = byteLength > SLAB_BYTES;
  }

  /** Bytes of memory that its records take until they are encoded. */
  get heldBytes(): number {
    return this.huge ? this.used * HUGE_ROW_FACTOR : this.used;
  }

  /** Bytes left. */
  get room(): number {
    return this.bytes.length - this.used;
  }

  /** Its records are not needed any more. */
  recycle(): void {
    recycle(this.buffer);
  }
}

/** Whether more than one thread has this memory. */
export function isShared(buffer: SlabBuffer): buffer is SharedArrayBuffer {
  return typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer;
}

/**
 * Keeps a buffer for the next slab, and frees that of a huge row. More of them than are ever in flight are left to the garbage
 * collector: a fresh allocation costs page faults, but so does memory that is never used again.
 */
export function recycle(buffer: SlabBuffer): void {
  if (buffer.byteLength === SLAB_BYTES && kept.length < MAX_KEPT) kept.push(buffer);
  freeHuge(buffer);
}

/** Frees the buffer of a huge row, whose bytes are elsewhere now; no others. */
export function freeHuge(buffer: SlabBuffer): void {
  if (buffer.byteLength > SLAB_BYTES && !isShared(buffer)) freeBuffer(buffer);
}
