/**
 * Blocks of bytes of a thread, to be used again: fresh ones cost page faults, zeros, and work for the garbage collector, which sees
 * no more of them than their handles and comes all the sooner.
 *
 * @module
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of the blocks that there are, and how many of each are kept. */
const SMALL = { byteLength: 4 * 1024, most: 256, kept: [] as Bytes[] };
const LARGE = { byteLength: 64 * 1024, most: 256, kept: [] as Bytes[] };

/** Bytes of a block of the larger kind, the most that {@linkcode takeBlock} gives. */
export const BLOCK_BYTES: number = LARGE.byteLength;

/** A block for the first few bytes of something, or for more. What it holds is undefined. */
export function takeBlock(size: "small" | "large"): Bytes {
  const { kept, byteLength } = size === "small" ? SMALL : LARGE;
  return kept.pop() ?? new Uint8Array(byteLength);
}

/** Takes a block back that nobody looks at any more: the buffer of these bytes, which may be of any other origin too. */
export function returnBlock({ buffer }: Bytes): void {
  for (const { byteLength, most, kept } of [LARGE, SMALL]) {
    if (buffer.byteLength === byteLength && kept.length < most) kept.push(new Uint8Array(buffer));
  }
}
