/**
 * The CRC-32 of a page, over its bytes as they are stored, without the header.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/checksumming/
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { fastCrc32, nativeCrc32 } from "../runtime/zlib.ts";

/**
 * Bytes from which on a call of the runtime's own pays.
 *
 * 1 KiB, 16 KiB and 1 MiB in µs, kernel/native: Node 26.10 0.3/0.4, 1.2/4.6 and 60/237; 4 KiB and 1 MiB native: Deno 2.9.6 0.1 and 18,
 * Bun 1.4.5 0.1 and 18.
 */
const NATIVE_BYTES = 1024;

/** Bytes that are copied for the kernel at once: they stay in cache. */
const PIECE_BYTES = 64 * 1024;

/** Sums pages, by the kernel or by the runtime, whichever is faster. */
export class PageChecksum {
  readonly #kernels: Kernels;
  readonly #native: ReturnType<typeof nativeCrc32>;
  readonly #copied: KernelBuffer;

  /** Creates one for a thread. */
  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#native = kernels.kind === "wasm" ? fastCrc32() : nativeCrc32();
    this.#copied = new KernelBuffer(kernels.memory);
  }

  /**
   * The sum over `bytes` and those before, whose sum is `sum` (0: there are none); a page header holds it as a signed number. Kernel
   * memory may grow; views of it are useless afterwards.
   */
  add(bytes: Uint8Array, sum: number): number {
    const { length } = bytes;
    if (length === 0) return sum;
    const { memory } = this.#kernels;
    const inKernelMemory = bytes.buffer === memory.u8.buffer;
    if (this.#native !== null && (!inKernelMemory || length >= NATIVE_BYTES)) {
      return this.#native(bytes, sum);
    }
    if (inKernelMemory) return this.#kernels.crc32(bytes.byteOffset, length, sum);
    const copied = this.#copied.reserve(Math.min(length, PIECE_BYTES));
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const piece = length <= PIECE_BYTES ? bytes : bytes.subarray(at, at + PIECE_BYTES);
      memory.u8.set(piece, copied);
      sum = this.#kernels.crc32(copied, piece.length, sum);
    }
    return sum;
  }

  /** Gives all memory back. */
  release(): void {
    this.#copied.release();
  }
}
