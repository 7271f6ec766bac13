/**
 * A dictionary of the distinct values of a column chunk, ids in order of first appearance, kept in kernel memory.
 *
 * @module
 */

import {
  BYTE_LIMIT,
  CONTROL_WORDS,
  COUNT,
  DATA,
  DATA_CAPACITY,
  DATA_LENGTH,
  ENTRY_CAPACITY,
  KEYS,
  LOW,
  MODE,
  MODE_DIRECT,
  MODE_HASH,
  OFFSETS,
  SCRATCH,
  STOP,
  STOP_DATA,
  STOP_ENTRIES,
  STOP_OUTSIDE,
  TABLE,
  TABLE_SLOTS,
  WIDTH,
} from "./dictionary_control.ts";
import type { Kernels, Pointer } from "./kernels.ts";

const FIRST_CAPACITY = 256;
/** The same for byte arrays, whose tables hash from the beginning: to clear that of 256 entries takes as long as 100 values. */
const FIRST_BYTE_ARRAYS = 64;
/** The same in bytes: values of kilobytes begin with fewer entries. */
const FIRST_BYTES = 64 * 1024;
/** Below this many entries capacity grows fourfold, then twofold. */
const FAST_GROWTH = 16384;
/**
 * By how much it grows below that at the most, where at least every other value was new and as many are there: to put them into one
 * table after the other takes a third of the time.
 */
const DISTINCT_GROWTH = 16;
/**
 * Up to so many entries a hash table is at most a sixteenth or a quarter full, beyond at most half: collisions, which processors guess
 * wrong, are dearer than memory. Of one table of 1024 slots, 100 integers took 2.7 ns a value, of 4096 1.3; 238,000 integers, 131,072 of
 * them distinct, which the default limit has room for, 10.2 ns half full, 6.4 a quarter.
 */
const FEW_ENTRIES = 1024;
const SPARSE_ENTRIES = 131072;
/** Widest span of values for which a table that they index directly is kept. */
const MAX_DIRECT_SPAN = 65536;
const MIN_DIRECT_SLOTS = 512;
/**
 * Slots that a direct table may have for every value met. Clearing a slot takes 0.06 ns, and direct addressing saves 1 to 3 ns
 * a value.
 */
const DIRECT_SLOTS_PER_VALUE = 16;

/** Dictionary under construction. Equality is equality of bytes: −0 and +0, and NaNs of different payload, are distinct. */
export class HashDictionary {
  readonly #kernels: Kernels;
  readonly #width: number;
  /** Most entries of fixed width that `byteLimit` has room for. */
  readonly #maxEntries: number;
  /** Bytes of a key (see `dictionary_control.ts`). */
  readonly #keyBytes: number;
  #control: Pointer;
  #count = 0;
  #byteLength = 0;
  #memoryBytes = 0;
  /** Values given so far. */
  #seen = 0;

  /**
   * `width`: bytes of a fixed-width value, or 0 for byte arrays. `byteLimit`: most bytes that the PLAIN-encoded entries may
   * take (byte arrays: 4 bytes of length each included). Starts small and grows.
   */
  constructor(kernels: Kernels, width: number, byteLimit: number) {
    this.#kernels = kernels;
    this.#width = width;
    this.#keyBytes = kernels.kind === "wasm" ? 16 : 4;
    const limit = Math.min(byteLimit, 2 ** 31 - 1);
    this.#maxEntries = width === 0 ? 2 ** 28 : Math.floor(limit / width);
    const { memory } = kernels;
    this.#control = memory.allocate(CONTROL_WORDS * 4);
    const at = this.#control >>> 2;
    memory.u32.fill(0, at, at + CONTROL_WORDS);
    memory.u32[at + WIDTH] = width;
    memory.u32[at + BYTE_LIMIT] = limit;
    try {
      // Integers start with an empty direct table, which the first value makes grow.
      if (width === 4 || width === 8) this.#word(MODE, MODE_DIRECT);
      const few = width === 0
        ? FIRST_BYTE_ARRAYS
        : Math.max(1, Math.min(FIRST_CAPACITY, Math.floor(FIRST_BYTES / width)));
      this.#growEntries(Math.min(few, this.#maxEntries));
      if (width === 1 || width === 2) {
        this.#word(MODE, MODE_DIRECT);
        this.#makeTable(2 ** (8 * width));
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Number of entries. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the entries, PLAIN-encoded. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Bytes of kernel memory held. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Entries one after another (fixed width), or their bytes (byte arrays). Moves when the dictionary grows. */
  get data(): Pointer {
    return this.#word(DATA);
  }

  /** Byte arrays only: `count + 1` i32 offsets into `data`; 0 otherwise. */
  get offsets(): Pointer {
    return this.#word(OFFSETS);
  }

  /** Adds n fixed-width values, writes their ids (u32). Returns how many were consumed: fewer than n only when the next would exceed `byteLimit`. */
  appendFixed(src: Pointer, n: number, ids: Pointer): number {
    const kernels = this.#kernels;
    const width = this.#width;
    const before = this.#seen;
    this.#seen += n;
    let done = 0;
    while (true) {
      done += kernels.dictionaryAppendFixed(
        this.#control,
        src + done * width,
        n - done,
        ids + done * 4,
      );
      if (done === n) break;
      const stop = this.#word(STOP);
      if (stop === STOP_OUTSIDE) {
        this.#coverAlso(src + done * width);
      } else if (stop === STOP_ENTRIES && this.#word(COUNT) < this.#maxEntries) {
        this.#growEntries(this.#nextCapacity(before + done, n - done));
      } else {
        break;
      }
    }
    this.#count = this.#word(COUNT);
    this.#byteLength = this.#count * width;
    return done;
  }

  /** The same for byte arrays `data + offsets[i]` … `data + offsets[i + 1]`. */
  appendBytes(offsets: Pointer, data: Pointer, n: number, ids: Pointer): number {
    const kernels = this.#kernels;
    const before = this.#seen;
    this.#seen += n;
    let done = 0;
    while (true) {
      done += kernels.dictionaryAppendBytes(
        this.#control,
        offsets + done * 4,
        data,
        n - done,
        ids + done * 4,
      );
      if (done === n) break;
      const stop = this.#word(STOP);
      if (stop === STOP_ENTRIES) {
        this.#growEntries(this.#nextCapacity(before + done, n - done));
      } else if (stop === STOP_DATA) {
        const { i32 } = kernels.memory;
        const at = (offsets >>> 2) + done;
        const next = i32[at + 1]! - i32[at]!;
        // Where most of many were new, so will be those to come: to grow once is to copy once.
        const length = this.#word(DATA_LENGTH);
        const distinct = length >= FIRST_BYTES && this.#word(COUNT) * 2 >= before + done;
        const rest = distinct ? i32[(offsets >>> 2) + n]! - i32[at]! : 0;
        const limit = this.#word(BYTE_LIMIT) - length;
        this.#growData(Math.max(next, Math.min(rest, limit)));
      } else {
        break;
      }
    }
    this.#count = this.#word(COUNT);
    this.#byteLength = this.#word(DATA_LENGTH) + 4 * this.#count;
    return done;
  }

  /** Forgets all entries from `count` on. Nothing may be appended afterwards. */
  truncate(count: number): void {
    if (count < this.#count) {
      this.#count = count;
      this.#word(COUNT, count);
      if (this.#width === 0) {
        const length = this.#kernels.memory.i32[(this.offsets >>> 2) + count]!;
        this.#word(DATA_LENGTH, length);
        this.#byteLength = length + 4 * count;
      } else {
        this.#byteLength = count * this.#width;
      }
    }
    this.#free(TABLE);
    this.#free(KEYS);
  }

  /** Gives all memory back. */
  release(): void {
    if (this.#control === 0) return;
    for (const word of [DATA, OFFSETS, KEYS, TABLE]) this.#free(word);
    this.#kernels.memory.free(this.#control);
    this.#control = 0;
    this.#count = 0;
    this.#byteLength = 0;
  }

  /** Reads a word of the control block, or sets it. */
  #word(index: number, value?: number): number {
    const { u32 } = this.#kernels.memory;
    // A released dictionary holds nothing.
    if (this.#control === 0) return 0;
    const at = (this.#control >>> 2) + index;
    if (value !== undefined) u32[at] = value;
    return u32[at]!;
  }

  /** Allocates what the control word at `index` points to, in place of what is there. */
  #allocate(index: number, byteLength: number, keep = 0): Pointer {
    const { memory } = this.#kernels;
    const old = this.#word(index);
    if (keep > 0) {
      const before = memory.capacity(old);
      if (memory.extend(old, byteLength)) {
        this.#memoryBytes += memory.capacity(old) - before;
        return old;
      }
    }
    const pointer = memory.allocate(byteLength);
    if (keep > 0) memory.u8.copyWithin(pointer, old, old + keep);
    this.#free(index);
    this.#word(index, pointer);
    this.#memoryBytes += memory.capacity(pointer);
    return pointer;
  }

  #free(index: number): void {
    const { memory } = this.#kernels;
    const pointer = this.#word(index);
    if (pointer === 0) return;
    this.#memoryBytes -= memory.capacity(pointer);
    memory.free(pointer);
    this.#word(index, 0);
  }

  /** `values`: how many have brought the entries that there are; `left`: how many more are there. */
  #nextCapacity(values: number, left: number): number {
    const capacity = this.#word(ENTRY_CAPACITY);
    const distinct = capacity * 2 >= values;
    if (capacity >= FAST_GROWTH) return Math.min(capacity * 2, this.#maxEntries);
    const wanted = distinct ? Math.min(powerOfTwo(capacity + left), capacity * DISTINCT_GROWTH) : 0;
    return Math.min(Math.max(capacity * 4, wanted), FAST_GROWTH * 2, this.#maxEntries);
  }

  #growEntries(capacity: number): void {
    const count = this.#word(COUNT);
    if (this.#width > 0) {
      this.#allocate(DATA, capacity * this.#width, count * this.#width);
    } else {
      if (this.#word(DATA) === 0) this.#growData(FIRST_CAPACITY * 8);
      const hasOffsets = this.#word(OFFSETS) !== 0;
      const offsets = this.#allocate(OFFSETS, (capacity + 1) * 4, hasOffsets ? (count + 1) * 4 : 0);
      if (!hasOffsets) this.#kernels.memory.i32[offsets >>> 2] = 0;
      this.#allocate(KEYS, capacity * this.#keyBytes, count * this.#keyBytes);
    }
    if (this.#word(MODE) === MODE_HASH) this.#makeTable(hashSlots(capacity));
    this.#word(ENTRY_CAPACITY, capacity);
  }

  #growData(more: number): void {
    const { memory } = this.#kernels;
    const length = this.#word(DATA_LENGTH);
    const wanted = Math.max(length + more, 2 * this.#word(DATA_CAPACITY));
    const pointer = this.#allocate(DATA, wanted, length);
    this.#word(DATA_CAPACITY, memory.capacity(pointer));
  }

  #makeTable(slots: number): void {
    if (this.#word(TABLE) === 0 || this.#kernels.memory.capacity(this.#word(TABLE)) < slots * 4) {
      // The old table first: its room may serve the new one.
      this.#free(TABLE);
      this.#allocate(TABLE, slots * 4);
    }
    this.#word(TABLE_SLOTS, slots);
    this.#kernels.dictionaryRehash(this.#control);
  }

  /** Makes the direct table cover the value at `src` too, or leaves direct addressing for hashing. */
  #coverAlso(src: Pointer): void {
    const { memory } = this.#kernels;
    const { i32, i64 } = memory;
    const wide = this.#width === 8;
    const value = wide ? i64[src >>> 3]! : BigInt(i32[src >>> 2]!);
    let least = value;
    let most = value;
    if (this.#word(COUNT) > 0) {
      const scratch = this.#control + SCRATCH * 4;
      if (wide) this.#kernels.minMaxI64(this.data, this.#word(COUNT), scratch);
      else this.#kernels.minMaxI32(this.data, this.#word(COUNT), scratch);
      const before = [0, 8].map((at) =>
        wide ? i64[(scratch + at) >>> 3]! : BigInt(i32[(scratch + at) >>> 2]!)
      );
      if (before[0]! < least) least = before[0]!;
      if (before[1]! > most) most = before[1]!;
    }
    const span = most - least + 1n;
    const allowed = Math.max(
      MIN_DIRECT_SLOTS,
      Math.min(MAX_DIRECT_SPAN, this.#seen * DIRECT_SLOTS_PER_VALUE),
    );
    if (span > BigInt(allowed)) {
      this.#word(MODE, MODE_HASH);
      this.#makeTable(hashSlots(this.#word(ENTRY_CAPACITY)));
      return;
    }
    const slots = Math.min(
      MAX_DIRECT_SPAN,
      Math.max(MIN_DIRECT_SLOTS, powerOfTwo(Number(span) * 2)),
    );
    // Room on both sides, since values to come may be smaller or larger. 64-bit arithmetic wraps, and so do the kernels.
    i64[(this.#control >>> 3) + LOW / 2] = least - (BigInt(slots) - span) / 2n;
    this.#makeTable(slots);
  }
}

/** Slots of a hash table for `capacity` entries. */
function hashSlots(capacity: number): number {
  const slotsPerEntry = capacity <= FEW_ENTRIES ? 16 : capacity <= SPARSE_ENTRIES ? 4 : 2;
  return powerOfTwo(capacity * slotsPerEntry);
}

/** Smallest power of two that is at least `n`. */
function powerOfTwo(n: number): number {
  return n <= 2 ? 2 : 2 ** (32 - Math.clz32(n - 1));
}
