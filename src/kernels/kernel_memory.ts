/**
 * The linear memory that kernels work on, and its allocator.
 *
 * The allocator is a two-level segregated fit: blocks lie one after another, each free one is in the list of its size
 * class (four classes to a power of two), and neighbours that become free are joined at once. Allocation and release take
 * constant time, and what is split off a block returns to the lists.
 *
 * ```text
 * block: | u32 bytes of the block | u32 bytes of the block before it | u32 state | u32 – |  header, 16 bytes
 *        | payload, a multiple of 16 (free: u32 next and u32 previous block of its list) |
 *        | slack, 16 bytes                                                              |
 * ```
 *
 * A last header of state END closes the heap.
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import type { KernelMemory, Pointer } from "./kernels.ts";

/** What the allocator needs of the memory under it. */
export interface MemorySource {
  /** Today's buffer. */
  readonly buffer: ArrayBuffer;
  /** Most bytes that the buffer may ever have; a multiple of {@linkcode GROWTH_UNIT}. */
  readonly maxByteLength: number;
  /** Makes the buffer `byteLength` long (a multiple of {@linkcode GROWTH_UNIT}), keeping its content; throws when it cannot. */
  grow(byteLength: number): void;
}

/** Bytes by which memory grows: a WebAssembly page. */
export const GROWTH_UNIT = 65536;

/**
 * Bytes that memory has once it has grown: what a file of few rows takes, at once. Engines count every buffer that memory ever had as
 * theirs, and collect garbage because of it: Bun within the first file of a process (2 ms). Pages that nothing touches are not there.
 */
const FEWEST_BYTES = 20 * GROWTH_UNIT;

const HEADER = 16;
const SLACK = 16;
const OVERHEAD = HEADER + SLACK;
/** A free block holds two links. */
const SMALLEST_BLOCK = OVERHEAD + 16;

// Words of a block's header.
const SIZE = 0;
const SIZE_BEFORE = 1;
const STATE = 2;
const NEXT = 4;
const PREVIOUS = 5;

const FREE = 0x46524545;
const USED = 0x55534544;
const END = 0x454e4453;

const CLASSES = 128;

/** Largest class whose blocks are at most `size` bytes; classes are 32 × (1, 1.25, 1.5, 1.75) × 2^k. */
function classOf(size: number): number {
  const exponent = 31 - Math.clz32(size);
  // The two bits below the highest one, without 32-bit overflow for sizes from 2^31.
  const quarter = (size >>> (exponent - 2)) & 3;
  return ((exponent - 5) << 2) | quarter;
}

/** Smallest class all of whose blocks have at least `size` bytes. */
function classAtLeast(size: number): number {
  const exponent = 31 - Math.clz32(size);
  const step = 1 << (exponent - 2);
  return (size & (step - 1)) === 0 ? classOf(size) : classOf(size) + 1;
}

/** {@linkcode KernelMemory} over a source of linear memory. */
export class LinearMemory implements KernelMemory {
  /** Views over all memory; replaced when it grows. Plain properties, since kernels read them at every call. */
  u8!: Uint8Array<ArrayBuffer>;
  u16!: Uint16Array<ArrayBuffer>;
  u32!: Uint32Array<ArrayBuffer>;
  i32!: Int32Array<ArrayBuffer>;
  f32!: Float32Array<ArrayBuffer>;
  f64!: Float64Array<ArrayBuffer>;
  i64!: BigInt64Array<ArrayBuffer>;
  u64!: BigUint64Array<ArrayBuffer>;
  /** Bytes allocated and not yet freed, as capacities. */
  allocatedBytes = 0;

  readonly #source: MemorySource;
  /** First free block of each class; 0 = none. */
  readonly #lists = new Uint32Array(CLASSES);
  /** One bit a class: its list is not empty. */
  readonly #filled = new Uint32Array(CLASSES / 32);
  /** Where the END header is. */
  #end: number;

  /** Takes over all of `source` from `heapBase` on. */
  constructor(source: MemorySource, heapBase: Pointer) {
    this.#source = source;
    this.#refresh();
    // Position 0 means "none", so the heap never begins there.
    const base = Math.max(16, Math.ceil(heapBase / 16) * 16);
    this.#end = base;
    this.#setHeader(base, 0, 0, END);
    const room = source.buffer.byteLength - HEADER - base;
    if (room >= SMALLEST_BLOCK) this.#extend(source.buffer.byteLength);
  }

  allocate(byteLength: number): Pointer {
    const payload = Math.max(16, Math.ceil(byteLength / 16) * 16);
    if (!(payload + OVERHEAD < this.#source.maxByteLength)) throw this.#exhausted(byteLength);
    const need = payload + OVERHEAD;
    let block = this.#find(need);
    if (block === 0) {
      this.#growFor(need, byteLength);
      block = this.#find(need);
      if (block === 0) throw this.#exhausted(byteLength);
    }
    this.#unlink(block);
    this.allocatedBytes += this.#use(block, this.u32[(block >>> 2) + SIZE]!, need) - OVERHEAD;
    return block + HEADER;
  }

  extend(pointer: Pointer, byteLength: number): boolean {
    const need = Math.ceil(byteLength / 16) * 16 + OVERHEAD;
    const u32 = this.u32;
    const block = pointer - HEADER;
    const size = u32[(block >>> 2) + SIZE]!;
    if (need <= size) return true;
    const after = (block + size) >>> 2;
    if (u32[after + STATE] !== FREE) return false;
    const joined = size + u32[after + SIZE]!;
    if (joined < need) return false;
    this.#unlink(block + size);
    this.allocatedBytes += this.#use(block, joined, need) - size;
    return true;
  }

  capacity(pointer: Pointer): number {
    return this.u32[((pointer - HEADER) >>> 2) + SIZE]! - OVERHEAD;
  }

  free(pointer: Pointer): void {
    if (pointer === 0) return;
    const u32 = this.u32;
    let block = pointer - HEADER;
    if (block % 16 !== 0 || u32[(block >>> 2) + STATE] !== USED) {
      throw new Error(`Cannot free kernel memory at ${pointer}: it is not allocated`);
    }
    let size = u32[(block >>> 2) + SIZE]!;
    this.allocatedBytes -= size - OVERHEAD;
    // A second release must be noticed even after this block has been joined to another.
    u32[(block >>> 2) + STATE] = FREE;
    const after = block + size;
    if (u32[(after >>> 2) + STATE] === FREE) {
      this.#unlink(after);
      size += u32[(after >>> 2) + SIZE]!;
    }
    const joined = this.#freeBefore(block);
    if (joined > 0) {
      block -= joined;
      this.#unlink(block);
      size += joined;
    }
    u32[(block >>> 2) + SIZE] = size;
    u32[(block >>> 2) + STATE] = FREE;
    u32[((block + size) >>> 2) + SIZE_BEFORE] = size;
    this.#link(block);
  }

  /** Makes a block of `size` bytes a used one of `need` bytes, or a little more. Returns its bytes. */
  #use(block: Pointer, size: number, need: number): number {
    const u32 = this.u32;
    const rest = size - need;
    let kept = size;
    const after = (block + size) >>> 2;
    // A crumb is left inside the block: splitting it off would only litter the lists.
    if (rest >= SMALLEST_BLOCK && rest >= need >>> 4) {
      kept = need;
      this.#setHeader(block + need, rest, need, FREE);
      u32[after + SIZE_BEFORE] = rest;
      this.#link(block + need);
    } else {
      u32[after + SIZE_BEFORE] = size;
    }
    u32[(block >>> 2) + SIZE] = kept;
    u32[(block >>> 2) + STATE] = USED;
    return kept;
  }

  /** First block of the smallest class that surely fits; else the first fitting one of the class below. */
  #find(need: number): Pointer {
    const from = classAtLeast(need);
    for (let word = from >>> 5, mask = -1 << (from & 31); word < this.#filled.length; word++) {
      const bits = this.#filled[word]! & mask;
      if (bits !== 0) return this.#lists[(word << 5) + 31 - Math.clz32(bits & -bits)]!;
      mask = -1;
    }
    const u32 = this.u32;
    let block = this.#lists[classOf(need)]!;
    // A short look only: constant time matters more than the last fit.
    for (let look = 0; look < 8 && block !== 0; look++) {
      if (u32[(block >>> 2) + SIZE]! >= need) return block;
      block = u32[(block >>> 2) + NEXT]!;
    }
    return 0;
  }

  #link(block: Pointer): void {
    const u32 = this.u32;
    const index = classOf(u32[(block >>> 2) + SIZE]!);
    const first = this.#lists[index]!;
    u32[(block >>> 2) + NEXT] = first;
    u32[(block >>> 2) + PREVIOUS] = 0;
    if (first !== 0) u32[(first >>> 2) + PREVIOUS] = block;
    this.#lists[index] = block;
    this.#filled[index >>> 5]! |= 1 << (index & 31);
  }

  #unlink(block: Pointer): void {
    const u32 = this.u32;
    const next = u32[(block >>> 2) + NEXT]!;
    const previous = u32[(block >>> 2) + PREVIOUS]!;
    if (next !== 0) u32[(next >>> 2) + PREVIOUS] = previous;
    if (previous !== 0) {
      u32[(previous >>> 2) + NEXT] = next;
    } else {
      const index = classOf(u32[(block >>> 2) + SIZE]!);
      this.#lists[index] = next;
      if (next === 0) this.#filled[index >>> 5]! &= ~(1 << (index & 31));
    }
  }

  #setHeader(block: Pointer, size: number, sizeBefore: number, state: number): void {
    const words = block >>> 2;
    this.u32[words + SIZE] = size;
    this.u32[words + SIZE_BEFORE] = sizeBefore;
    this.u32[words + STATE] = state;
  }

  /** Bytes of the block before `block` if that is free, else 0. */
  #freeBefore(block: Pointer): number {
    const size = this.u32[(block >>> 2) + SIZE_BEFORE]!;
    return size !== 0 && this.u32[((block - size) >>> 2) + STATE] === FREE ? size : 0;
  }

  /** Grows the buffer so that a block of `need` bytes fits at its end. */
  #growFor(need: number, asked: number): void {
    const now = this.#source.buffer.byteLength;
    const start = this.#end - this.#freeBefore(this.#end);
    const least = Math.ceil((start + need + HEADER) / GROWTH_UNIT) * GROWTH_UNIT;
    if (least > this.#source.maxByteLength) throw this.#exhausted(asked);
    // A quarter more each time, so that the cost of growing stays in proportion.
    const quarter = Math.ceil(now * 1.25 / GROWTH_UNIT) * GROWTH_UNIT;
    const wanted = Math.max(least, quarter, FEWEST_BYTES);
    const target = Math.min(wanted, this.#source.maxByteLength);
    try {
      this.#source.grow(target);
    } catch (cause) {
      if (target === least) throw this.#exhausted(asked, cause);
      try {
        this.#source.grow(least);
      } catch (cause) {
        throw this.#exhausted(asked, cause);
      }
    }
    this.#refresh();
    this.#extend(this.#source.buffer.byteLength);
  }

  /** Turns the bytes up to `byteLength` into a free block. */
  #extend(byteLength: number): void {
    const end = byteLength - HEADER;
    const joined = this.#freeBefore(this.#end);
    const block = this.#end - joined;
    if (joined > 0) this.#unlink(block);
    this.#setHeader(block, end - block, this.u32[(block >>> 2) + SIZE_BEFORE]!, FREE);
    this.#setHeader(end, 0, end - block, END);
    this.#end = end;
    this.#link(block);
  }

  #refresh(): void {
    const buffer = this.#source.buffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
  }

  #exhausted(byteLength: number, cause?: unknown): LimitError {
    return new LimitError(
      "",
      -1,
      `Cannot allocate ${byteLength} bytes of kernel memory: ${this.allocatedBytes} of ` +
        `${this.#source.maxByteLength} bytes are in use`,
      { cause },
    );
  }
}

/** Memory of the TypeScript kernels: an `ArrayBuffer` that is replaced by a longer one. */
export class ArrayBufferSource implements MemorySource {
  buffer: ArrayBuffer;
  readonly maxByteLength: number;

  /** Starts with `byteLength` bytes. Beyond 2 GiB positions would stop being small integers for the engine. */
  constructor(byteLength: number = GROWTH_UNIT, maxByteLength: number = 2 ** 31 - GROWTH_UNIT) {
    this.buffer = new ArrayBuffer(byteLength);
    this.maxByteLength = maxByteLength;
  }

  grow(byteLength: number): void {
    this.buffer = this.buffer.transfer(byteLength);
  }
}

/** Memory of the WASM kernels. */
export class WebAssemblySource implements MemorySource {
  readonly #memory: WebAssembly.Memory;
  /** 4 GiB less a page, so that every end is a u32. */
  readonly maxByteLength: number = 2 ** 32 - GROWTH_UNIT;

  /** Wraps the memory that a module exports. */
  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer;
  }

  grow(byteLength: number): void {
    this.#memory.grow((byteLength - this.#memory.buffer.byteLength) / GROWTH_UNIT);
  }
}
