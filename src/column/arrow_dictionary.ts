/**
 * The Arrow dictionary of a column, as long as its keys come in: one remap from keys to ids, never a hash per row.
 *
 * @module
 */

import type { DictionaryEncoder } from "../encoding/dictionary_encoder.ts";
import type { LeafValues } from "../encoding/leaf_values.ts";
import { byteArraysLength } from "../encoding/plain_encoder.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { LimitError } from "../util/errors.ts";

/** Bytes of values that keys may stand for at once: a few keys may stand for gigabytes. */
const MAX_GATHERED_BYTES = 32 * 1024 * 1024;
/** Offsets of byte arrays are i32. */
const MAX_OFFSET = 2 ** 31 - 1;
/** Entry of the remap whose key has not been met yet; ids are never negative. */
const UNMAPPED = -1;

/** Holds the entries of the current Arrow dictionary in kernel memory. */
export class ArrowDictionary {
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #path: string;
  readonly #data: KernelBuffer;
  readonly #offsets: KernelBuffer;
  readonly #remap: KernelBuffer;
  readonly #keys: KernelBuffer;
  readonly #ids: KernelBuffer;
  readonly #gathered: KernelBuffer;
  readonly #gatheredOffsets: KernelBuffer;
  #entries = 0;
  /** Bytes of the longest entry. */
  #longest = 0;
  /** What the remap holds: ids of the chunk's dictionary, or the keys themselves. */
  #mapsTo: "ids" | "keys" = "ids";

  /** Creates the holder; `width`: bytes of a value, 0 for byte arrays; `path`: of the column, for messages. */
  constructor(kernels: Kernels, width: number, path: string) {
    const buffer = () => new KernelBuffer(kernels.memory);
    this.#kernels = kernels;
    this.#width = width;
    this.#path = path;
    this.#data = buffer();
    this.#offsets = buffer();
    this.#remap = buffer();
    this.#keys = buffer();
    this.#ids = buffer();
    this.#gathered = buffer();
    this.#gatheredOffsets = buffer();
  }

  /** Takes over a new dictionary; its values are copied. */
  load(values: LeafValues): void {
    const { memory } = this.#kernels;
    const { count } = values;
    this.#entries = count;
    let bytes = count * this.#width;
    let from = values.data;
    this.#longest = this.#width;
    if (this.#width === 0) {
      const { i32 } = memory;
      const word = values.offsets >>> 2;
      const base = i32[word]!;
      from += base;
      bytes = byteArraysLength(i32, values.offsets, count);
      const offsets = this.#offsets.reserve((count + 1) * 4) >>> 2;
      for (let i = 0, before = base; i <= count; i++) {
        const end = memory.i32[word + i]!;
        memory.i32[offsets + i] = end - base;
        this.#longest = Math.max(this.#longest, end - before);
        before = end;
      }
    }
    const data = this.#data.reserve(bytes + 16);
    memory.u8.copyWithin(data, from, from + bytes);
    const remap = this.#remap.reserve(count * 4) >>> 2;
    memory.i32.fill(UNMAPPED, remap, remap + count);
    this.#mapsTo = "ids";
  }

  /** Adds keys to a dictionary page's ids. Returns how many were taken: fewer than n when the dictionary is full. */
  appendIds(encoder: DictionaryEncoder, keys: Pointer, keyWidth: number, n: number): number {
    const kernels = this.#kernels;
    const { memory } = kernels;
    const remap = this.#remap.pointer;
    if (this.#mapsTo === "keys") {
      // Values were asked for before.
      memory.i32.fill(UNMAPPED, remap >>> 2, (remap >>> 2) + this.#entries);
      this.#mapsTo = "ids";
    }
    const unseen = this.#keys.reserve(n * 4);
    const m = kernels.unmappedKeys(keys, keyWidth, n, remap, unseen);
    let known = m;
    if (m > 0) {
      const values = this.#gather(unseen, m);
      const ids = this.#ids.reserve(m * 4);
      known = this.#width > 0
        ? encoder.dictionary.appendFixed(values.data, m, ids)
        : encoder.dictionary.appendBytes(values.offsets, values.data, m, ids);
      for (let i = 0; i < known; i++) {
        memory.i32[(remap >>> 2) + memory.u32[(unseen >>> 2) + i]!] = memory.i32[(ids >>> 2) + i]!;
      }
    }
    // The first key that found no room ends it.
    const taken = known === m
      ? n
      : indexOfKey(memory.u8, keys, keyWidth, n, memory.u32[(unseen >>> 2) + known]!);
    encoder.appendIds(taken, (ids) => kernels.mapKeys(keys, keyWidth, taken, remap, ids));
    return taken;
  }

  /** How many of n values to ask for at once, so that they take no more memory than is fit, or are a single one. */
  valuesAtOnce(n: number): number {
    if (n * this.#longest <= MAX_GATHERED_BYTES) return n;
    return Math.max(1, Math.floor(MAX_GATHERED_BYTES / this.#longest));
  }

  /** The values that the keys stand for; valid until the next call. */
  values(keys: Pointer, keyWidth: number, n: number): LeafValues {
    const { memory } = this.#kernels;
    const remap = this.#remap.pointer;
    if (this.#mapsTo === "ids") {
      for (let i = 0; i < this.#entries; i++) memory.i32[(remap >>> 2) + i] = i;
      this.#mapsTo = "keys";
    }
    const indices = this.#keys.reserve(n * 4);
    this.#kernels.mapKeys(keys, keyWidth, n, remap, indices);
    return this.#gather(indices, n);
  }

  /** Gives all memory back. */
  release(): void {
    this.#data.release();
    this.#offsets.release();
    this.#remap.release();
    this.#keys.release();
    this.#ids.release();
    this.#gathered.release();
    this.#gatheredOffsets.release();
  }

  #gather(indices: Pointer, n: number): LeafValues {
    const kernels = this.#kernels;
    if (this.#width > 0) {
      const data = this.#gathered.reserve(n * this.#width);
      kernels.gather(this.#data.pointer, this.#width, indices, n, data);
      return { count: n, data, offsets: 0 };
    }
    const source = this.#offsets.pointer;
    const bytes = kernels.byteArraysLength(source, indices, n);
    if (bytes > MAX_OFFSET) {
      throw new LimitError(this.#path, -1, `Cannot write ${bytes} bytes of values in one row`);
    }
    const data = this.#gathered.reserve(bytes + 16);
    const offsets = this.#gatheredOffsets.reserve((n + 1) * 4);
    kernels.gatherByteArrays(source, this.#data.pointer, indices, n, offsets, data);
    return { count: n, data, offsets };
  }
}

function indexOfKey(
  u8: Uint8Array,
  keys: Pointer,
  keyWidth: number,
  n: number,
  wanted: number,
): number {
  for (let i = 0; i < n; i++) {
    let key = 0;
    for (let b = keyWidth - 1; b >= 0; b--) key = key * 256 + u8[keys + i * keyWidth + b]!;
    if (key === wanted) return i;
  }
  return n;
}
