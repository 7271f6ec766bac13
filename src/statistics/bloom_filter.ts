/**
 * The Bloom filter of a column chunk: a split-block filter over XXH64 of the values' PLAIN bytes.
 *
 * Its size follows from what it holds. Hashes are kept until they take as much room as the largest filter that the chunk may
 * need, and go into such a filter from then on. In the end the filter is folded: halved, neighbouring blocks put together,
 * as often as its bits say that it keeps the false positive probability. So no two values are ever compared, and the size
 * depends on the set of values alone.
 *
 * @see https://github.com/apache/parquet-format/blob/master/BloomFilter.md
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import { encodeBloomFilterHeader } from "../format/structures.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";

/** Bytes of a block, the smallest filter. */
const BLOCK_BYTES = 32;
const BLOCK_WORDS = BLOCK_BYTES / 4;
/** Largest filter, as in arrow-rs and parquet-cpp. */
export const MAX_BLOOM_FILTER_BYTES: number = 128 * 1024 * 1024;
const HASH_BYTES = 8;
/** Hashes made at once. */
const BATCH = 4096;
/** Values that a row of a repeated column may be expected to have, when the largest filter is chosen. */
const VALUES_PER_REPEATED_ROW = 8;

/** Values that readers may take for one another although their bytes differ. */
interface FloatKind {
  /** −0 and +0. */
  readonly zeros: Uint8Array;
  /** The quiet NaNs that processors make. */
  readonly nans: Uint8Array;
  /** Number of NaNs among n values. */
  readonly countNaNs: (kernels: Kernels, src: Pointer, n: number, result: Pointer) => number;
}

const FLOAT16: FloatKind = {
  zeros: bytesOf(Uint16Array.of(0, 0x8000)),
  nans: bytesOf(Uint16Array.of(0x7e00, 0xfe00)),
  countNaNs: (kernels, src, n, result) => kernels.minMaxF16(src, n, result),
};
const FLOAT: FloatKind = {
  zeros: bytesOf(Uint32Array.of(0, 0x80000000)),
  nans: bytesOf(Uint32Array.of(0x7fc00000, 0xffc00000)),
  countNaNs: (kernels, src, n, result) => kernels.minMaxF32(src, n, result),
};
const DOUBLE: FloatKind = {
  zeros: bytesOf(BigUint64Array.of(0n, 0x8000000000000000n)),
  nans: bytesOf(BigUint64Array.of(0x7ff8000000000000n, 0xfff8000000000000n)),
  countNaNs: (kernels, src, n, result) => kernels.minMaxF64(src, n, result),
};

function floatKind({ physicalType, order }: ColumnPlan): FloatKind | null {
  if (physicalType === "FLOAT") return FLOAT;
  if (physicalType === "DOUBLE") return DOUBLE;
  return physicalType === "FIXED_LEN_BYTE_ARRAY" && order === "float" ? FLOAT16 : null;
}

/** Gathers the values of one column chunk; each has to come at least once, in any order. */
export class BloomFilterBuilder {
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #floats: FloatKind | null;
  readonly #fpp: number;
  /** The size is given, not found. */
  readonly #fixedSize: boolean;
  /** Bytes of the filter that is filled: the given size, or the largest that the chunk may need. */
  readonly #filterBytes: number;
  /** Hashes that are kept before there is a filter. */
  readonly #mostKept: number;
  readonly #hashes: KernelBuffer;
  readonly #filter: KernelBuffer;
  readonly #result: KernelBuffer;
  #kept = 0;
  #isFilling = false;
  #nanCount = 0;

  /** Creates the builder; `width`: bytes of a fixed-width value, 0 for byte arrays. */
  constructor(kernels: Kernels, plan: ColumnPlan, width: number) {
    const { bloomFilterFpp, bloomFilterNdv, maxRowGroupRowCount } = plan.properties;
    const valuesPerRow = plan.maxRepetitionLevel > 0 ? VALUES_PER_REPEATED_ROW : 1;
    const mostDistinct = bloomFilterNdv ?? maxRowGroupRowCount * valuesPerRow;
    this.#kernels = kernels;
    this.#width = width;
    this.#floats = floatKind(plan);
    this.#fpp = bloomFilterFpp;
    this.#fixedSize = bloomFilterNdv !== null;
    this.#filterBytes = bloomFilterBytes(mostDistinct, bloomFilterFpp);
    this.#mostKept = this.#fixedSize ? 0 : this.#filterBytes / HASH_BYTES;
    this.#hashes = new KernelBuffer(kernels.memory);
    this.#filter = new KernelBuffer(kernels.memory);
    this.#result = new KernelBuffer(kernels.memory);
  }

  /** Bytes of kernel memory held. */
  get memoryBytes(): number {
    return this.#isFilling ? this.#filterBytes : this.#kept * HASH_BYTES;
  }

  /** Takes `count` values from `from` on in. */
  add(values: LeafValues, from: number, count: number): void {
    if (count === 0) return;
    if (this.#floats !== null) {
      const src = values.data + from * this.#width;
      const result = this.#result.reserve(16);
      this.#nanCount += this.#floats.countNaNs(this.#kernels, src, count, result);
    }
    for (let done = 0; done < count;) {
      if (!this.#isFilling && this.#kept === this.#mostKept) this.#fill(this.#filterBytes);
      const most = this.#isFilling ? BATCH : this.#mostKept - this.#kept;
      const n = Math.min(most, count - done);
      const used = this.#kept * HASH_BYTES;
      const hashes = this.#hashes.reserve(used + n * HASH_BYTES, used) + used;
      this.#hash(values, from + done, n, hashes);
      if (this.#isFilling) this.#insert(hashes, n, this.#filterBytes);
      else this.#kept += n;
      done += n;
    }
  }

  /** Header and bit set; `null` without any value. */
  finish(): Uint8Array<ArrayBuffer> | null {
    let bytes = this.#filterBytes;
    if (!this.#isFilling) {
      if (this.#kept === 0) return null;
      bytes = Math.min(bytes, bloomFilterBytes(this.#kept, this.#fpp));
      this.#fill(bytes);
    }
    if (this.#floats !== null) this.#addEqualFloats(this.#floats, bytes);
    const word = this.#filter.pointer >>> 2;
    let bits = this.#kernels.memory.u32.slice(word, word + bytes / 4);
    while (!this.#fixedSize && bits.length > BLOCK_WORDS) {
      const half = folded(bits);
      if (falsePositiveProbability(half) > this.#fpp) break;
      bits = half;
    }
    return withHeader(bytesOf(bits));
  }

  /** Gives all memory back. */
  release(): void {
    this.#hashes.release();
    this.#filter.release();
    this.#result.release();
  }

  #hash(values: LeafValues, from: number, n: number, dst: Pointer): void {
    const width = this.#width;
    if (width > 0) this.#kernels.xxh64Fixed(values.data + from * width, width, n, dst);
    else this.#kernels.xxh64ByteArrays(values.offsets + from * 4, values.data, n, dst);
  }

  #insert(hashes: Pointer, n: number, filterBytes: number): void {
    this.#kernels.bloomInsert(hashes, n, this.#filter.pointer, filterBytes / BLOCK_BYTES);
  }

  /** Makes an empty filter and puts what was kept into it. */
  #fill(filterBytes: number): void {
    const filter = this.#filter.reserve(filterBytes);
    this.#kernels.memory.u8.fill(0, filter, filter + filterBytes);
    this.#insert(this.#hashes.pointer, this.#kept, filterBytes);
    this.#hashes.release();
    this.#kept = 0;
    this.#isFilling = true;
  }

  /**
   * Whoever looks for 0 means −0 too, and whoever looks for NaN means any: the filter gets what else a reader may hash. The
   * specification leaves floats open; parquet-java and DuckDB have lost rows to −0.
   */
  #addEqualFloats({ zeros, nans }: FloatKind, filterBytes: number): void {
    if (this.#hashAll(zeros).some((hash) => this.#mayHold(hash, filterBytes))) {
      this.#insert(this.#hashes.pointer, 2, filterBytes);
    }
    if (this.#nanCount > 0) {
      this.#hashAll(nans);
      this.#insert(this.#hashes.pointer, 2, filterBytes);
    }
  }

  /** Where the hashes of two values are, which are hashed. */
  #hashAll(values: Uint8Array): Pointer[] {
    const { memory } = this.#kernels;
    const width = this.#width;
    const source = this.#result.reserve(values.length);
    memory.u8.set(values, source);
    const hashes = this.#hashes.reserve(2 * HASH_BYTES);
    this.#kernels.xxh64Fixed(source, width, values.length / width, hashes);
    return [hashes, hashes + HASH_BYTES];
  }

  #mayHold(hash: Pointer, filterBytes: number): boolean {
    // A filter of one block shows which bits a hash sets in its block.
    const mask = this.#result.reserve(BLOCK_BYTES);
    const { u8, u32 } = this.#kernels.memory;
    u8.fill(0, mask, mask + BLOCK_BYTES);
    this.#kernels.bloomInsert(hash, 1, mask, 1);
    const block = Math.floor(u32[(hash >>> 2) + 1]! * (filterBytes / BLOCK_BYTES) / 2 ** 32);
    const at = (this.#filter.pointer >>> 2) + block * BLOCK_WORDS;
    for (let i = 0; i < BLOCK_WORDS; i++) {
      const bit = u32[(mask >>> 2) + i]!;
      if ((u32[at + i]! & bit) >>> 0 !== bit) return false;
    }
    return true;
  }
}

/**
 * Bytes of a filter for `distinct` values: the smallest power of two that keeps the false positive probability, within
 * what readers take.
 */
export function bloomFilterBytes(distinct: number, fpp: number): number {
  const load = highestLoad(fpp);
  let bytes = BLOCK_BYTES;
  while (bytes < MAX_BLOOM_FILTER_BYTES && distinct / (bytes / BLOCK_BYTES) > load) bytes *= 2;
  return bytes;
}

/** The last probability that was asked for, and its load: to find one takes longer than to write a small column chunk. */
let lastFpp = NaN;
let lastLoad = 0;

/** Most values that a block may hold on average. */
function highestLoad(fpp: number): number {
  if (fpp === lastFpp) return lastLoad;
  let load = 0, beyond = 501;
  for (let middle = beyond / 2; middle > load && middle < beyond; middle = (load + beyond) / 2) {
    if (expectedFalsePositives(middle) > fpp) beyond = middle;
    else load = middle;
  }
  lastFpp = fpp;
  return lastLoad = load;
}

/** False positive probability where a block holds `load` values on average: their number follows Poisson's distribution. */
function expectedFalsePositives(load: number): number {
  // At half a bit a value every answer is wrong; the exponential would underflow in the end.
  if (load > 500) return 1;
  let share = Math.exp(-load);
  let clear = 1;
  let sum = 0;
  for (let values = 1; values <= load * 3 + 40; values++) {
    share *= load / values;
    clear *= 31 / 32;
    sum += share * (1 - clear) ** 8;
  }
  return sum;
}

/** The filter of half as many blocks. */
function folded(bits: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const half = new Uint32Array(bits.length / 2);
  for (let i = 0; i < half.length; i++) {
    const pair = (i >> 3) * 2 * BLOCK_WORDS + (i & 7);
    half[i] = bits[pair]! | bits[pair + BLOCK_WORDS]!;
  }
  return half;
}

/** Probability that a value that is not in the filter seems to be. */
function falsePositiveProbability(bits: Uint32Array): number {
  let sum = 0;
  for (let block = 0; block < bits.length; block += BLOCK_WORDS) {
    let product = 1;
    for (let word = 0; word < BLOCK_WORDS; word++) product *= countBits(bits[block + word]!) / 32;
    sum += product;
  }
  return sum / (bits.length / BLOCK_WORDS);
}

function countBits(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function withHeader(bits: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = encodeBloomFilterHeader({
    numBytes: bits.length,
    algorithm: "BLOCK",
    hash: "XXHASH",
    compression: "UNCOMPRESSED",
  });
  const filter = new Uint8Array(header.length + bits.length);
  filter.set(header);
  filter.set(bits, header.length);
  return filter;
}

function bytesOf(array: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
