/**
 * Memory for what is gathered from a batch, to be used again as soon as the batch was copied: fresh memory costs page faults, zeros and
 * work for the garbage collector.
 *
 * @module
 */

/** Bytes of the smallest and the largest buffers that are kept, as powers of two: small ones cost little, large ones are rare. */
const SMALLEST = 12, LARGEST = 25;
/** Most bytes that are kept for all batches of a thread. */
const MOST_KEPT_BYTES = 64 * 1024 * 1024;

/** Buffers that nobody uses, by the power of two that their length is. */
const kept: ArrayBuffer[][] = Array.from({ length: LARGEST + 1 }, () => []);
let keptBytes = 0;

/** The memory of one writer's batches. */
export class BatchMemory {
  readonly #used: ArrayBuffer[] = [];
  #byteLength = 0;

  /** Bytes that are in use. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** A buffer of at least `byteLength` bytes, whose content is undefined; valid until `release`. */
  take(byteLength: number): ArrayBuffer {
    const power = Math.max(SMALLEST, 32 - Math.clz32(byteLength - 1));
    if (power > LARGEST) {
      this.#byteLength += byteLength;
      return new ArrayBuffer(byteLength);
    }
    const size = 2 ** power;
    let buffer = kept[power]!.pop();
    if (buffer === undefined) buffer = new ArrayBuffer(size);
    else keptBytes -= size;
    this.#used.push(buffer);
    this.#byteLength += size;
    return buffer;
  }

  /** What was taken is used no more. */
  release(): void {
    this.#byteLength = 0;
    for (let buffer = this.#used.pop(); buffer !== undefined; buffer = this.#used.pop()) {
      const size = buffer.byteLength;
      if (keptBytes + size > MOST_KEPT_BYTES) continue;
      keptBytes += size;
      kept[31 - Math.clz32(size)]!.push(buffer);
    }
  }
}
