/**
 * Slabs: the buffers in which records travel to a worker, and come back to be used again.
 *
 * @module
 */

/**
 * Bytes of a slab. Large enough for a message's cost not to matter, small enough to stay in cache: 1M rows × 10 simple
 * columns with two workers on Node 26.10 took 52 ms with 256 KiB, 48 with 512 KiB, 44 with 1 MiB, 51 with 2 MiB.
 *
 * Transferred, not shared. Copying 90 MB into plain memory runs at 8.7 GiB/s; into shared memory, of WebAssembly or not, at 4.7 to 6.4
 * GiB/s on Node (Deno 6.8), and at 2.7 (3.4) where source and target are not alike modulo 8, as bytes of text are not: V8 copies such
 * memory word by word or byte by byte. That is more than what sharing saves: the worker's copy to its kernels (4 ms of 44 for 90 MB),
 * and messages, 13 to 18 µs a slab there and back on both threads together (1.5 ms). Bun copies both alike.
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

const kept: ArrayBuffer[] = [];

/** A buffer that fills with records, front to back. */
export class Slab {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes written; a multiple of 16. */
  used = 0;
  /** Milliseconds that encoding the records is expected to take. */
  cost = 0;
  /** Number of column chunks that end in this slab. */
  finishes = 0;
  /** What to blame when encoding fails without a word: the first segment's column and row group. */
  column = -1;
  rowGroup = -1;
  /** Whether it is larger than others, for a single row. */
  readonly huge: boolean;

  /** Takes a kept buffer, or a new one; one of its own when `byteLength` is more than a slab's. */
  constructor(byteLength: number = SLAB_BYTES) {
    this.buffer = byteLength > SLAB_BYTES
      ? new ArrayBuffer(byteLength)
      : kept.pop() ?? new ArrayBuffer(SLAB_BYTES);
    this.bytes = new Uint8Array(this.buffer);
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

/**
 * Keeps a buffer for the next slab. Buffers of other sizes, and more of them than are ever in flight, are left to the
 * garbage collector: a fresh allocation costs page faults, but so does memory that is never used again.
 */
export function recycle(buffer: ArrayBuffer): void {
  if (buffer.byteLength === SLAB_BYTES && kept.length < MAX_KEPT) kept.push(buffer);
}
