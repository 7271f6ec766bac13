/** Blocks to compress, and the part of the kernels that codecs use. */

import { ArrayBufferSource, LinearMemory } from "../../src/kernels/kernel_memory.ts";
import type { Kernels, Pointer } from "../../src/kernels/kernels.ts";
import { lz4Compress } from "../../src/kernels/typescript/lz4.ts";
import { snappyCompress } from "../../src/kernels/typescript/snappy.ts";

/** Kernels over memory of their own. */
export function codecKernels(): Kernels {
  const memory = new LinearMemory(new ArrayBufferSource(), 16);
  return {
    kind: "typescript",
    memory,
    snappyCompress: (src: Pointer, n: number, dst: Pointer) => snappyCompress(memory, src, n, dst),
    lz4Compress: (src: Pointer, n: number, dst: Pointer) => lz4Compress(memory, src, n, dst),
  } as unknown as Kernels;
}

/** Puts bytes into kernel memory. */
export function place(kernels: Kernels, bytes: Uint8Array): Pointer {
  const pointer = kernels.memory.allocate(bytes.length);
  kernels.memory.u8.set(bytes, pointer);
  return pointer;
}

/** Deterministic numbers from 0 to 1. */
export function random(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Incompressible bytes. */
export function noise(length: number, seed = 7): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
}

/** Words of an alphabet of 26 letters, with repeats near and far. */
export function words(length: number, seed = 11): Uint8Array {
  const next = random(seed);
  const list = Array.from(
    { length: 300 },
    () => Array.from({ length: 3 + Math.floor(next() * 9) }, () => 97 + Math.floor(next() * 26)),
  );
  const out = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const word = list[Math.floor(next() * list.length)]!;
    for (const letter of [...word, 32]) out[at++] = letter;
  }
  return out;
}

/** The blocks that every codec is tried on. */
export const BLOCKS: Readonly<Record<string, Uint8Array>> = {
  "no bytes": new Uint8Array(0),
  "one byte": Uint8Array.of(42),
  "255 words": words(255),
  "8 KiB of words": words(8192),
  "8 KiB and a byte of words": words(8193),
  "8 KiB of zeros": new Uint8Array(8192),
  "20,000 bytes of noise": noise(20_000),
  "1 MiB of words": words(1 << 20),
};
