/**
 * The hot loops, as one interface with two implementations: TypeScript (the readable reference, always available) and
 * AssemblyScript compiled to WASM SIMD. Same signatures, same bytes out, one shared test suite.
 *
 * All data lives in one linear {@linkcode KernelMemory}; a {@linkcode Pointer} is a byte offset into it, and 0 stands for
 * "none". Kernels trust their arguments: whatever comes from outside was checked before. Sources may be read up to 16
 * bytes beyond their end (never written), so every allocation has that much slack. Destinations whose length is what a
 * kernel returns may be written up to 16 bytes beyond it; that slack is there too. Destinations do not overlap sources
 * unless a kernel says so. Bitmaps are least significant bit first and start `bitOffset` bits after their pointer. Values
 * of 2, 4 and 8 bytes, offsets, indices and results are aligned to their size.
 *
 * @module
 */

/** Byte offset into a {@linkcode KernelMemory}; 0 = none. */
export type Pointer = number;

/** Linear memory that kernels work on, with an allocator. Views are replaced when it grows: never keep one across `allocate`. */
export interface KernelMemory {
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly u16: Uint16Array<ArrayBuffer>;
  readonly u32: Uint32Array<ArrayBuffer>;
  readonly i32: Int32Array<ArrayBuffer>;
  readonly f32: Float32Array<ArrayBuffer>;
  readonly f64: Float64Array<ArrayBuffer>;
  readonly i64: BigInt64Array<ArrayBuffer>;
  readonly u64: BigUint64Array<ArrayBuffer>;
  /**
   * Returns at least `byteLength` writable bytes, aligned to 16, followed by 16 bytes of readable slack. Content is
   * undefined; the slack may be written too. Throws `LimitError` when linear memory is exhausted.
   */
  allocate(byteLength: number): Pointer;
  /** Makes room for `byteLength` bytes at `pointer`, if what comes after it is free; else nothing happens. Returns whether there is. */
  extend(pointer: Pointer, byteLength: number): boolean;
  /** Bytes that may be used at `pointer` (≥ what was asked for). */
  capacity(pointer: Pointer): number;
  /** Gives memory back for reuse. Freeing 0 does nothing. */
  free(pointer: Pointer): void;
  /** Bytes allocated and not yet freed. */
  readonly allocatedBytes: number;
}

/** The hot loops. */
export interface Kernels {
  readonly kind: "typescript" | "wasm";
  readonly memory: KernelMemory;

  // --- bitmaps, levels ---------------------------------------------------------------------------------------------

  /** Number of set bits among `n` bits. */
  countSetBits(bitmap: Pointer, bitOffset: number, n: number): number;
  /** `dst[i] = bit i ? whenSet : whenClear`, one byte each. Returns the number of set bits. */
  expandBits(
    bitmap: Pointer,
    bitOffset: number,
    n: number,
    dst: Pointer,
    whenClear: number,
    whenSet: number,
  ): number;
  /**
   * Applies a validity bitmap to the live entries of `def` (those equal to `live`): valid → `live + 1`, null → unchanged.
   * The k-th live entry looks at bit `slots[k]` (i32), or `base + k` when `slots` is 0. Returns how many are valid. When
   * `outSlots` is not 0, the slots of the valid ones are written there (i32). `outSlots` may equal `slots`.
   */
  validityLevels(
    def: Pointer,
    n: number,
    live: number,
    validity: Pointer,
    bitOffset: number,
    slots: Pointer,
    base: number,
    outSlots: Pointer,
  ): number;
  /** `def[i] += 1` wherever `def[i]` is `live`: a nullable layer without nulls. */
  raiseLevels(def: Pointer, n: number, live: number): void;
  /**
   * Expands a list layer. Input: `n` entries with levels `rep`, `def` (u8); both 0 when every entry is live with
   * repetition level 0 and definition level `live`. The k-th live entry (def = `live`) stands for list slot `slots[k]`, or
   * `base + k` when `slots` is 0. Slot s is null when `validity` is not 0 and its bit is clear (such a slot's range is
   * ignored); else it holds the child slots `offsets[s]` to `offsets[s + 1]` (i32), or `s × listSize` to
   * `(s + 1) × listSize` when `offsets` is 0.
   *
   * Output: an entry that is not live is copied; null → one entry (rep, live); empty → one entry (rep, `itemLevel − 1`);
   * else one entry a child: the first (rep, `itemLevel`), the others (`repLevel`, `itemLevel`). `itemLevel` is
   * `live + 1` for a list that is not nullable, `live + 2` for one that is.
   *
   * Writes to `result` (i32 × 4): entries written; live children; 1 when the live children's slots are one unbroken
   * ascending range, else 0; the first child slot (0 without any). Only when they are not one range, the children's slots
   * are in `outSlots` (i32 each, room for all of them). `outRep`, `outDef`: room for n + all children.
   */
  listLevels(
    rep: Pointer,
    def: Pointer,
    n: number,
    live: number,
    slots: Pointer,
    base: number,
    validity: Pointer,
    bitOffset: number,
    offsets: Pointer,
    listSize: number,
    repLevel: number,
    itemLevel: number,
    outRep: Pointer,
    outDef: Pointer,
    outSlots: Pointer,
    result: Pointer,
  ): void;
  /**
   * Counts whole rows off the front of `n` entries (which end at a row's end): stops before the next row as soon as
   * `maxRows` rows or at least `maxValues` values were taken. A row starts where `rep` is 0 (every entry when the pointer
   * is 0); an entry is a value where `def` is `maxDef` (every entry when the pointer is 0). At least one row is taken when
   * n > 0, maxRows > 0 and maxValues > 0. Writes to `result` (i32 × 3): entries, rows, values.
   */
  takeRows(
    rep: Pointer,
    def: Pointer,
    n: number,
    maxDef: number,
    maxRows: number,
    maxValues: number,
    result: Pointer,
  ): void;
  /** `counts[levels[i]] += 1` (u32 counts). */
  histogram(levels: Pointer, n: number, counts: Pointer): void;

  // --- values ------------------------------------------------------------------------------------------------------

  /** Copies the `width`-byte values whose bit is set, in order. Returns how many. `dst` may equal `src`. */
  compact(
    src: Pointer,
    width: number,
    n: number,
    validity: Pointer,
    bitOffset: number,
    dst: Pointer,
  ): number;
  /** `dst[i] = src[indices[i]]`, `width` bytes each; indices u32. */
  gather(src: Pointer, width: number, indices: Pointer, n: number, dst: Pointer): void;
  /**
   * Offsets (i32) of the byte arrays whose bit is set: count + 1 of them, the first being `offsets[0]`. Returns the count,
   * or −1 when a null slot is not empty, so that offsets alone cannot say it (then use {@linkcode gatherByteArrays}).
   */
  compactOffsets(
    offsets: Pointer,
    n: number,
    validity: Pointer,
    bitOffset: number,
    dst: Pointer,
  ): number;
  /** Sum of the lengths of the byte arrays at `indices` (u32). */
  byteArraysLength(offsets: Pointer, indices: Pointer, n: number): number;
  /** Copies byte arrays by index (u32): n + 1 new offsets from 0, and their bytes. */
  gatherByteArrays(
    offsets: Pointer,
    data: Pointer,
    indices: Pointer,
    n: number,
    dstOffsets: Pointer,
    dstData: Pointer,
  ): void;
  /** Writes the indices (u32) of the set bits. Returns how many. */
  setBitIndices(bitmap: Pointer, bitOffset: number, n: number, dst: Pointer): number;
  /** Widens integers of 1 or 2 bytes to 4. */
  widen(src: Pointer, width: 1 | 2, signed: boolean, n: number, dst: Pointer): void;
  /**
   * Takes the low `valueWidth` ≤ 32 bytes of little-endian integers of `slotWidth` bytes; `bigEndian`: in reversed order. Up to 16 bytes
   * beyond the last value may be written.
   */
  cutIntegers(
    src: Pointer,
    slotWidth: number,
    n: number,
    dst: Pointer,
    valueWidth: number,
    bigEndian: boolean,
  ): void;
  /** Whether n > 0 i32 offsets are not negative, and none is less than the one before it. */
  areAscending32(offsets: Pointer, n: number): boolean;
  /** The same for i64 offsets; 2^53 and more may be taken for either. */
  areAscending64(offsets: Pointer, n: number): boolean;
  /** Subtracts `base` from n i32 offsets, in place. */
  subtractFromOffsets(offsets: Pointer, n: number, base: number): void;
  /** PLAIN byte arrays: u32 length + bytes each. Values are `data + offsets[i]` to `data + offsets[i + 1]`. Returns bytes written. */
  plainByteArrays(offsets: Pointer, data: Pointer, n: number, dst: Pointer): number;
  /** The same for those of the byte arrays whose numbers are the n `ids` (u32), in their order. */
  plainEntries(offsets: Pointer, data: Pointer, ids: Pointer, n: number, dst: Pointer): number;
  /** Packs bytes (0 or 1) to bits, last byte padded with zeros. Returns bytes written. */
  packBooleans(src: Pointer, n: number, dst: Pointer): number;

  /**
   * Lengths (i32) of n byte arrays: `dst[i] = offsets[i + 1] − offsets[i]`. Up to 16 bytes beyond them may be written, too.
   */
  byteArrayLengths(offsets: Pointer, n: number, dst: Pointer): void;
  /**
   * Splits byte arrays into the prefix that each shares with the one before it, and the rest. `offsets` as for
   * {@linkcode plainByteArrays}, or 0 when every value has `width` bytes. The value before the first one has
   * `previousLength` bytes at `previous` (0 without any). Writes the lengths of the prefixes and of the rests (i32 each), and
   * the rests one after another to `dst`. Returns the bytes of all rests.
   */
  splitPrefixes(
    offsets: Pointer,
    data: Pointer,
    width: number,
    n: number,
    previous: Pointer,
    previousLength: number,
    prefixes: Pointer,
    rests: Pointer,
    dst: Pointer,
  ): number;
  /** BYTE_STREAM_SPLIT: byte k of value i goes to `dst + k × n + i`. Writes `n × width` bytes, none beyond. */
  byteStreamSplit(src: Pointer, width: number, n: number, dst: Pointer): void;
  /**
   * DELTA_BINARY_PACKED over n values of 4 bytes, the header included: blocks of 128 values in 4 miniblocks. Differences
   * wrap at 32 bits. Returns bytes written: at most {@linkcode maxDeltaBinaryPackedSize}.
   */
  deltaBinaryPacked32(src: Pointer, n: number, dst: Pointer): number;
  /** The same over values of 8 bytes: blocks of 256 values in 4 miniblocks. Differences wrap at 64 bits. */
  deltaBinaryPacked64(src: Pointer, n: number, dst: Pointer): number;

  // --- dictionaries ------------------------------------------------------------------------------------------------

  /** See `hash_dictionary.ts`: looks values up, adds unseen ones, writes their ids (u32). Returns the values consumed. */
  dictionaryAppendFixed(dictionary: Pointer, src: Pointer, n: number, ids: Pointer): number;
  /** The same for byte arrays. */
  dictionaryAppendBytes(
    dictionary: Pointer,
    offsets: Pointer,
    data: Pointer,
    n: number,
    ids: Pointer,
  ): number;
  /** Rebuilds the hash table from the entries, after it has grown. */
  dictionaryRehash(dictionary: Pointer): void;
  /**
   * Arrow dictionary keys: lists (u32) in order of first appearance every key whose `remap` entry (i32) is −1, and sets
   * that entry to −2. Returns how many.
   */
  unmappedKeys(keys: Pointer, keyWidth: number, n: number, remap: Pointer, dst: Pointer): number;
  /** `ids[i] = remap[keys[i]]`. */
  mapKeys(keys: Pointer, keyWidth: number, n: number, remap: Pointer, ids: Pointer): void;
  /** Whether both `first` and `second` are among n ids (u32). */
  containsIds(ids: Pointer, n: number, first: number, second: number): boolean;
  /**
   * Writes the distinct ids (u32) among n, in ascending order, all of them below `entries`. Returns how many. `marks`: room for
   * `entries` bytes, `dst`: for as many ids.
   */
  usedIds(ids: Pointer, n: number, entries: number, marks: Pointer, dst: Pointer): number;
  /**
   * The 8 bytes of each byte array after its first `skip` (which all have), as a u64 in the order of the bytes; zeros where there
   * are fewer.
   */
  prefixKeys(offsets: Pointer, data: Pointer, n: number, skip: number, dst: Pointer): void;
  /**
   * Of n > 0 ids (u32) of byte arrays, those of the smallest and the largest (u32 × 2 at `result`), unsigned order. No two of the
   * arrays are equal, and {@linkcode prefixKeys} of all of them, the same bytes skipped, are at `keys`.
   */
  minMaxIds(
    ids: Pointer,
    n: number,
    keys: Pointer,
    offsets: Pointer,
    data: Pointer,
    result: Pointer,
  ): void;

  // --- RLE / bit-packing hybrid -------------------------------------------------------------------------------------

  /**
   * The RLE/bit-packed hybrid over u32 values of `width` bits (0 to 32), without any length prefix. Returns bytes written:
   * at most {@linkcode maxHybridSize}. Both implementations cut runs in the same way.
   */
  hybrid32(src: Pointer, n: number, width: number, dst: Pointer): number;
  /** The same over u8 values (levels, booleans), `width` 0 to 8. */
  hybrid8(src: Pointer, n: number, width: number, dst: Pointer): number;

  // --- statistics --------------------------------------------------------------------------------------------------

  /** Minimum and maximum of n > 0 values, written to `result` as two values of the same width, 8 bytes apart. */
  minMaxI32(src: Pointer, n: number, result: Pointer): void;
  minMaxU32(src: Pointer, n: number, result: Pointer): void;
  minMaxI64(src: Pointer, n: number, result: Pointer): void;
  minMaxU64(src: Pointer, n: number, result: Pointer): void;
  /**
   * The same for floats. NaN never enters; −0 counts as less than +0. Returns the number of NaNs (when it is n, `result` is
   * undefined). Half floats are 2 bytes each, written as 2 bytes.
   */
  minMaxF16(src: Pointer, n: number, result: Pointer): number;
  minMaxF32(src: Pointer, n: number, result: Pointer): number;
  minMaxF64(src: Pointer, n: number, result: Pointer): number;
  /** Indices (u32 × 2 at `result`) of the first smallest and first largest byte array, unsigned order; n > 0. */
  minMaxByteArrays(offsets: Pointer, data: Pointer, n: number, result: Pointer): void;
  /** The same for fixed-width byte strings; `signed`: big-endian two's complement. */
  minMaxFixedBytes(src: Pointer, width: number, n: number, signed: boolean, result: Pointer): void;

  // --- Bloom filters ----------------------------------------------------------------------------------------------

  /** XXH64, seed 0, of each of n values of `width` bytes: u64 each at `dst`. */
  xxh64Fixed(src: Pointer, width: number, n: number, dst: Pointer): void;
  /** The same of byte arrays `data + offsets[i]` to `data + offsets[i + 1]`. */
  xxh64ByteArrays(offsets: Pointer, data: Pointer, n: number, dst: Pointer): void;
  /** Inserts n hashes (u64) into a split-block Bloom filter of `blocks` blocks of 32 bytes. */
  bloomInsert(hashes: Pointer, n: number, bitset: Pointer, blocks: number): void;

  // --- content-defined chunking -------------------------------------------------------------------------------------

  /**
   * Goes on through `n` entries (levels `rep`, `def`, u8; 0 = none) until a content-defined chunk ends before one of them,
   * which only happens where `rep` is 0. The k-th entry whose `def` is `maxDef` (every one when the pointer is 0) is a value
   * with the hash `hashes[k]` (u32) and `sizes[k]` (u32) bytes, or `width` bytes when `sizes` is 0; a level counts as a byte.
   * `state`: see `content_chunker_state.ts`. Writes to `result` (u32 × 3): entries and values passed, and 1 when a chunk
   * ends there, else 0.
   */
  contentBoundary(
    state: Pointer,
    rep: Pointer,
    def: Pointer,
    n: number,
    maxDef: number,
    hashes: Pointer,
    sizes: Pointer,
    width: number,
    result: Pointer,
  ): void;

  // --- checksums and codecs ----------------------------------------------------------------------------------------

  /** CRC-32 (IEEE 802.3, as in gzip) of n bytes, continuing from `seed` (0 at first). Returns a u32. */
  crc32(src: Pointer, n: number, seed: number): number;
  /** Snappy raw block format. `dst`: {@linkcode maxSnappySize}. Returns bytes written. */
  snappyCompress(src: Pointer, n: number, dst: Pointer): number;
  /** LZ4 raw block format. `dst`: {@linkcode maxLz4Size}. Returns bytes written. */
  lz4Compress(src: Pointer, n: number, dst: Pointer): number;
}

/** Largest output of `hybrid32` and `hybrid8`, in bytes. */
export function maxHybridSize(n: number, width: number): number {
  const groups = Math.ceil(n / 8);
  // Worst case: a header of up to 5 bytes and a value of up to 4 for every group, and the group itself.
  return 16 + groups * width + Math.ceil(groups / 2) * 10;
}

/** Largest output of `deltaBinaryPacked32` (`width` 4) and `deltaBinaryPacked64` (8), in bytes. */
export function maxDeltaBinaryPackedSize(n: number, width: 4 | 8): number {
  // A header of up to 18 bytes; for every block its least difference, four widths, and its values in full.
  return 32 + Math.ceil(n / (32 * width)) * (14 + 32 * width * width);
}

/** Largest output of `snappyCompress`, in bytes. */
export function maxSnappySize(n: number): number {
  return 32 + n + Math.ceil(n / 6);
}

/** Largest output of `lz4Compress`, in bytes. */
export function maxLz4Size(n: number): number {
  return 16 + n + Math.ceil(n / 255);
}
