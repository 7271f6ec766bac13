import assert from "node:assert/strict";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import type { Kernels, Pointer } from "../../src/kernels/kernels.ts";

/** Lengths at which vectors, words and bytes end in the middle. */
export const LENGTHS: readonly number[] = [0, 1, 7, 8, 9, 63, 64, 65, 127, 1027];

/** Both implementations. */
export const IMPLEMENTATIONS: readonly ("typescript" | "wasm")[] = ["typescript", "wasm"];

const ready = new Map<string, Kernels>();

/**
 * Runs `body` with kernels of each implementation, of whose memory nothing is held; afterwards all that `Scope` allocated is free and
 * nothing else is held. They are used again: an instance costs Bun 10 ms.
 */
export function withKernels(body: (scope: Scope, kernels: Kernels) => void): void {
  for (const implementation of IMPLEMENTATIONS) {
    const kernels = ready.get(implementation) ?? createKernels(implementation);
    // Those that fail may hold something.
    ready.delete(implementation);
    const scope = new Scope(kernels);
    body(scope, kernels);
    scope.release();
    if (kernels.memory.allocatedBytes !== 0) throw new Error(`${implementation} leaks`);
    ready.set(implementation, kernels);
  }
}

/** Kernel memory filled and read by value. */
export class Scope {
  readonly kernels: Kernels;
  readonly #pointers: Pointer[] = [];

  constructor(kernels: Kernels) {
    this.kernels = kernels;
  }

  /** Room for `byteLength` bytes, filled with 0xCD, as is what surrounds it. */
  room(byteLength: number): Pointer {
    const { memory } = this.kernels;
    const pointer = memory.allocate(byteLength + 32);
    memory.u8.fill(0xcd, pointer, pointer + byteLength + 32);
    this.#pointers.push(pointer);
    return pointer;
  }

  /** Copies the bytes of `source` in. What follows them is 0xCD. */
  put(source: ArrayBufferView): Pointer {
    const pointer = this.room(source.byteLength);
    this.kernels.memory.u8.set(
      new Uint8Array(source.buffer, source.byteOffset, source.byteLength),
      pointer,
    );
    return pointer;
  }

  bytes(pointer: Pointer, byteLength: number): Uint8Array<ArrayBuffer> {
    return this.kernels.memory.u8.slice(pointer, pointer + byteLength);
  }

  u32(pointer: Pointer, n: number): number[] {
    return [...this.kernels.memory.u32.subarray(pointer / 4, pointer / 4 + n)];
  }

  i32(pointer: Pointer, n: number): number[] {
    return [...this.kernels.memory.i32.subarray(pointer / 4, pointer / 4 + n)];
  }

  /** Frees what was put so far. */
  release(): void {
    for (const pointer of this.#pointers.splice(0)) this.kernels.memory.free(pointer);
  }
}

/** Numbers from 0 to below 1, the same in every run. */
export function random(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A bitmap of `bits` after `bitOffset` bits of noise, followed by noise. */
export function bitmapOf(bits: readonly boolean[], bitOffset: number): Uint8Array {
  const noise = random(bits.length + bitOffset);
  const bytes = Uint8Array.from(
    { length: Math.ceil((bitOffset + bits.length) / 8) + 2 },
    () => noise() * 256,
  );
  bits.forEach((bit, i) => {
    const at = bitOffset + i;
    if (bit) bytes[at >> 3]! |= 1 << (at & 7);
    else bytes[at >> 3]! &= ~(1 << (at & 7));
  });
  return bytes;
}

/** Bits of several characters: none, all, alternating, sparse, dense, in runs. */
export function bitPatterns(n: number): boolean[][] {
  const next = random(n);
  let run = false;
  return [
    Array.from({ length: n }, () => false),
    Array.from({ length: n }, () => true),
    Array.from({ length: n }, (_, i) => i % 2 === 0),
    Array.from({ length: n }, () => next() < 0.05),
    Array.from({ length: n }, () => next() < 0.7),
    Array.from({ length: n }, () => (next() < 0.05 ? run = !run : run)),
  ];
}

/** i32 offsets and bytes of byte arrays, beginning at `start`. */
export function byteArrays(
  values: readonly Uint8Array[],
  start = 0,
): { offsets: Int32Array; data: Uint8Array } {
  const offsets = new Int32Array(values.length + 1);
  offsets[0] = start;
  values.forEach((value, i) => offsets[i + 1] = offsets[i]! + value.length);
  const data = new Uint8Array(offsets[values.length]!).fill(0xee);
  values.forEach((value, i) => data.set(value, offsets[i]!));
  return { offsets, data };
}

/** Fails unless both implementations wrote the same, output by output (a difference of all at once would take hours to print). */
export function assertSameOutputs(written: readonly (readonly Uint8Array[])[]): void {
  const [first, second] = written;
  assert.equal(second!.length, first!.length);
  first!.forEach((output, i) => assert.deepEqual(second![i], output, `output ${i}`));
}
