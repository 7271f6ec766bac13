/**
 * Blocks of bytes of a thread, to be used again: fresh ones cost page faults, zeros, and work for the garbage collector, which sees
 * no more of them than their handles and comes all the sooner.
 *
 * @module
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of the blocks that there are, and how many of each are kept: of small ones as many as row groups of many columns need. */
const SMALL = { byteLength: 4 * 1024, most: 2048, kept: [] as Bytes[] };
const MIDDLE = { byteLength: 16 * 1024, most: 256, kept: [] as Bytes[] };
const LARGE = { byteLength: 64 * 1024, most: 1024, kept: [] as Bytes[] };

/** Bytes of the smallest blocks. */
export const SMALL_BLOCK_BYTES: number = SMALL.byteLength;

/** A block of something that has `byteLength` bytes as yet: more of them come. What it holds is undefined. */
export function takeBlock(byteLength: number): Bytes {
  const size = byteLength <= SMALL.byteLength
    ? SMALL
    : byteLength <= 2 * MIDDLE.byteLength
    ? MIDDLE
    : LARGE;
  return size.kept.pop() ?? new Uint8Array(size.byteLength);
}

/** Whether these are the bytes of a block of the largest kind. */
export function isLargeBlock({ buffer }: Bytes): boolean {
  return buffer.byteLength === LARGE.byteLength;
}

/** Gives away the buffers of up to `most` blocks of the largest kind, for another thread. */
export function giveBlocks(most: number): ArrayBuffer[] {
  const { kept } = LARGE;
  return kept.splice(Math.max(0, kept.length - most)).map(({ buffer }) => buffer);
}

/**
 * Takes a block back that nobody looks at any more: the buffer of these bytes, which may be of any other origin too. Large blocks that
 * are too many are freed.
 */
export function returnBlock({ buffer }: Bytes): void {
  for (const { byteLength, most, kept } of [LARGE, SMALL, MIDDLE]) {
    if (buffer.byteLength !== byteLength) continue;
    if (kept.length < most) kept.push(new Uint8Array(buffer));
    else if (byteLength === LARGE.byteLength) freeBuffer(buffer);
    return;
  }
}

/**
 * Frees memory that nobody looks at any more. Left to the garbage collector, buffers of many megabytes wait for it together: 20 strings
 * of 64 MiB took up to 1.5 GiB on Bun 1.4.5.
 */
export function freeBuffer(buffer: ArrayBuffer): void {
  buffer.transfer(0);
}
