/**
 * The kernels of a WebAssembly module, as one object.
 *
 * @module
 */

import type { KernelMemory, Kernels, Pointer } from "./kernels.ts";
import { LinearMemory, WebAssemblySource } from "./kernel_memory.ts";

/** What `assembly/index.ts` exports; pointers and counts come back as i32 and may look negative. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  countSetBits(bitmap: number, bitOffset: number, n: number): number;
  expandBits(
    bitmap: number,
    bitOffset: number,
    n: number,
    dst: number,
    whenClear: number,
    whenSet: number,
  ): number;
  validityLevels(
    def: number,
    n: number,
    live: number,
    validity: number,
    bitOffset: number,
    slots: number,
    base: number,
    outSlots: number,
  ): number;
  raiseLevels(def: number, n: number, live: number): void;
  listLevels(
    rep: number,
    def: number,
    n: number,
    live: number,
    slots: number,
    base: number,
    validity: number,
    bitOffset: number,
    offsets: number,
    listSize: number,
    repLevel: number,
    itemLevel: number,
    outRep: number,
    outDef: number,
    outSlots: number,
    result: number,
  ): void;
  takeRows(
    rep: number,
    def: number,
    n: number,
    maxDef: number,
    maxRows: number,
    maxValues: number,
    result: number,
  ): void;
  histogram(levels: number, n: number, counts: number): void;
  compact(
    src: number,
    width: number,
    n: number,
    validity: number,
    bitOffset: number,
    dst: number,
  ): number;
  gather(src: number, width: number, indices: number, n: number, dst: number): void;
  compactOffsets(
    offsets: number,
    n: number,
    validity: number,
    bitOffset: number,
    dst: number,
  ): number;
  byteArraysLength(offsets: number, indices: number, n: number): number;
  gatherByteArrays(
    offsets: number,
    data: number,
    indices: number,
    n: number,
    dstOffsets: number,
    dstData: number,
  ): void;
  setBitIndices(bitmap: number, bitOffset: number, n: number, dst: number): number;
  widen(src: number, width: number, signed: boolean, n: number, dst: number): void;
  cutIntegers(
    src: number,
    slotWidth: number,
    n: number,
    dst: number,
    valueWidth: number,
    bigEndian: boolean,
  ): void;
  areAscending32(offsets: number, n: number): number;
  areAscending64(offsets: number, n: number): number;
  subtractFromOffsets(offsets: number, n: number, base: number): void;
  plainByteArrays(offsets: number, data: number, n: number, dst: number): number;
  plainEntries(offsets: number, data: number, ids: number, n: number, dst: number): number;
  packBooleans(src: number, n: number, dst: number): number;
  byteArrayLengths(offsets: number, n: number, dst: number): void;
  splitPrefixes(
    offsets: number,
    data: number,
    width: number,
    n: number,
    previous: number,
    previousLength: number,
    prefixes: number,
    rests: number,
    dst: number,
  ): number;
  byteStreamSplit(src: number, width: number, n: number, dst: number): void;
  deltaBinaryPacked32(src: number, n: number, dst: number): number;
  deltaBinaryPacked64(src: number, n: number, dst: number): number;
  dictionaryAppendFixed(dictionary: number, src: number, n: number, ids: number): number;
  dictionaryAppendBytes(
    dictionary: number,
    offsets: number,
    data: number,
    n: number,
    ids: number,
  ): number;
  dictionaryRehash(dictionary: number): void;
  unmappedKeys(keys: number, keyWidth: number, n: number, remap: number, dst: number): number;
  mapKeys(keys: number, keyWidth: number, n: number, remap: number, ids: number): void;
  containsIds(ids: number, n: number, first: number, second: number): number;
  usedIds(ids: number, n: number, entries: number, marks: number, dst: number): number;
  prefixKeys(offsets: number, data: number, n: number, skip: number, dst: number): void;
  minMaxIds(
    ids: number,
    n: number,
    keys: number,
    offsets: number,
    data: number,
    result: number,
  ): void;
  hybrid32(src: number, n: number, width: number, dst: number): number;
  hybrid8(src: number, n: number, width: number, dst: number): number;
  minMaxI32(src: number, n: number, result: number): void;
  minMaxU32(src: number, n: number, result: number): void;
  minMaxI64(src: number, n: number, result: number): void;
  minMaxU64(src: number, n: number, result: number): void;
  minMaxF16(src: number, n: number, result: number): number;
  minMaxF32(src: number, n: number, result: number): number;
  minMaxF64(src: number, n: number, result: number): number;
  minMaxByteArrays(offsets: number, data: number, n: number, result: number): void;
  minMaxFixedBytes(src: number, width: number, n: number, signed: boolean, result: number): void;
  xxh64Fixed(src: number, width: number, n: number, dst: number): void;
  xxh64ByteArrays(offsets: number, data: number, n: number, dst: number): void;
  bloomInsert(hashes: number, n: number, bitset: number, blocks: number): void;
  contentBoundary(
    state: number,
    rep: number,
    def: number,
    n: number,
    maxDef: number,
    hashes: number,
    sizes: number,
    width: number,
    result: number,
  ): void;
  crc32(src: number, n: number, seed: number): number;
  snappyCompress(src: number, n: number, dst: number): number;
  lz4Compress(src: number, n: number, dst: number): number;
}

/** The kernels in WebAssembly. Each instance has memory of its own. */
export class WasmKernels implements Kernels {
  readonly kind = "wasm";
  readonly memory: KernelMemory;
  readonly #exports: KernelExports;

  /** Instantiates `module`; throws what `WebAssembly.Instance` throws where WebAssembly is not allowed. */
  constructor(module: WebAssembly.Module) {
    const exports = new WebAssembly.Instance(module).exports as unknown as KernelExports;
    this.#exports = exports;
    this.memory = new LinearMemory(new WebAssemblySource(exports.memory), exports.heapBase());
  }

  countSetBits(bitmap: Pointer, bitOffset: number, n: number): number {
    return this.#exports.countSetBits(bitmap, bitOffset, n) >>> 0;
  }

  expandBits(
    bitmap: Pointer,
    bitOffset: number,
    n: number,
    dst: Pointer,
    whenClear: number,
    whenSet: number,
  ): number {
    return this.#exports.expandBits(bitmap, bitOffset, n, dst, whenClear, whenSet) >>> 0;
  }

  validityLevels(
    def: Pointer,
    n: number,
    live: number,
    validity: Pointer,
    bitOffset: number,
    slots: Pointer,
    base: number,
    outSlots: Pointer,
  ): number {
    return this.#exports.validityLevels(
      def,
      n,
      live,
      validity,
      bitOffset,
      slots,
      base,
      outSlots,
    ) >>> 0;
  }

  raiseLevels(def: Pointer, n: number, live: number): void {
    this.#exports.raiseLevels(def, n, live);
  }

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
  ): void {
    this.#exports.listLevels(
      rep,
      def,
      n,
      live,
      slots,
      base,
      validity,
      bitOffset,
      offsets,
      listSize,
      repLevel,
      itemLevel,
      outRep,
      outDef,
      outSlots,
      result,
    );
  }

  takeRows(
    rep: Pointer,
    def: Pointer,
    n: number,
    maxDef: number,
    maxRows: number,
    maxValues: number,
    result: Pointer,
  ): void {
    this.#exports.takeRows(rep, def, n, maxDef, maxRows, maxValues, result);
  }

  histogram(levels: Pointer, n: number, counts: Pointer): void {
    this.#exports.histogram(levels, n, counts);
  }

  compact(
    src: Pointer,
    width: number,
    n: number,
    validity: Pointer,
    bitOffset: number,
    dst: Pointer,
  ): number {
    return this.#exports.compact(src, width, n, validity, bitOffset, dst) >>> 0;
  }

  gather(src: Pointer, width: number, indices: Pointer, n: number, dst: Pointer): void {
    this.#exports.gather(src, width, indices, n, dst);
  }

  compactOffsets(
    offsets: Pointer,
    n: number,
    validity: Pointer,
    bitOffset: number,
    dst: Pointer,
  ): number {
    return this.#exports.compactOffsets(offsets, n, validity, bitOffset, dst);
  }

  byteArraysLength(offsets: Pointer, indices: Pointer, n: number): number {
    return this.#exports.byteArraysLength(offsets, indices, n);
  }

  gatherByteArrays(
    offsets: Pointer,
    data: Pointer,
    indices: Pointer,
    n: number,
    dstOffsets: Pointer,
    dstData: Pointer,
  ): void {
    this.#exports.gatherByteArrays(offsets, data, indices, n, dstOffsets, dstData);
  }

  setBitIndices(bitmap: Pointer, bitOffset: number, n: number, dst: Pointer): number {
    return this.#exports.setBitIndices(bitmap, bitOffset, n, dst) >>> 0;
  }

  widen(src: Pointer, width: 1 | 2, signed: boolean, n: number, dst: Pointer): void {
    this.#exports.widen(src, width, signed, n, dst);
  }

  cutIntegers(
    src: Pointer,
    slotWidth: number,
    n: number,
    dst: Pointer,
    valueWidth: number,
    bigEndian: boolean,
  ): void {
    this.#exports.cutIntegers(src, slotWidth, n, dst, valueWidth, bigEndian);
  }

  areAscending32(offsets: Pointer, n: number): boolean {
    return this.#exports.areAscending32(offsets, n) !== 0;
  }

  areAscending64(offsets: Pointer, n: number): boolean {
    return this.#exports.areAscending64(offsets, n) !== 0;
  }

  subtractFromOffsets(offsets: Pointer, n: number, base: number): void {
    this.#exports.subtractFromOffsets(offsets, n, base);
  }

  plainByteArrays(offsets: Pointer, data: Pointer, n: number, dst: Pointer): number {
    return this.#exports.plainByteArrays(offsets, data, n, dst) >>> 0;
  }

  plainEntries(offsets: Pointer, data: Pointer, ids: Pointer, n: number, dst: Pointer): number {
    return this.#exports.plainEntries(offsets, data, ids, n, dst) >>> 0;
  }

  packBooleans(src: Pointer, n: number, dst: Pointer): number {
    return this.#exports.packBooleans(src, n, dst) >>> 0;
  }

  byteArrayLengths(offsets: Pointer, n: number, dst: Pointer): void {
    this.#exports.byteArrayLengths(offsets, n, dst);
  }

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
  ): number {
    return this.#exports.splitPrefixes(
      offsets,
      data,
      width,
      n,
      previous,
      previousLength,
      prefixes,
      rests,
      dst,
    ) >>> 0;
  }

  byteStreamSplit(src: Pointer, width: number, n: number, dst: Pointer): void {
    this.#exports.byteStreamSplit(src, width, n, dst);
  }

  deltaBinaryPacked32(src: Pointer, n: number, dst: Pointer): number {
    return this.#exports.deltaBinaryPacked32(src, n, dst) >>> 0;
  }

  deltaBinaryPacked64(src: Pointer, n: number, dst: Pointer): number {
    return this.#exports.deltaBinaryPacked64(src, n, dst) >>> 0;
  }

  dictionaryAppendFixed(dictionary: Pointer, src: Pointer, n: number, ids: Pointer): number {
    return this.#exports.dictionaryAppendFixed(dictionary, src, n, ids) >>> 0;
  }

  dictionaryAppendBytes(
    dictionary: Pointer,
    offsets: Pointer,
    data: Pointer,
    n: number,
    ids: Pointer,
  ): number {
    return this.#exports.dictionaryAppendBytes(dictionary, offsets, data, n, ids) >>> 0;
  }

  dictionaryRehash(dictionary: Pointer): void {
    this.#exports.dictionaryRehash(dictionary);
  }

  unmappedKeys(keys: Pointer, keyWidth: number, n: number, remap: Pointer, dst: Pointer): number {
    return this.#exports.unmappedKeys(keys, keyWidth, n, remap, dst) >>> 0;
  }

  mapKeys(keys: Pointer, keyWidth: number, n: number, remap: Pointer, ids: Pointer): void {
    this.#exports.mapKeys(keys, keyWidth, n, remap, ids);
  }

  containsIds(ids: Pointer, n: number, first: number, second: number): boolean {
    return this.#exports.containsIds(ids, n, first, second) !== 0;
  }

  usedIds(ids: Pointer, n: number, entries: number, marks: Pointer, dst: Pointer): number {
    return this.#exports.usedIds(ids, n, entries, marks, dst) >>> 0;
  }

  prefixKeys(offsets: Pointer, data: Pointer, n: number, skip: number, dst: Pointer): void {
    this.#exports.prefixKeys(offsets, data, n, skip, dst);
  }

  minMaxIds(
    ids: Pointer,
    n: number,
    keys: Pointer,
    offsets: Pointer,
    data: Pointer,
    result: Pointer,
  ): void {
    this.#exports.minMaxIds(ids, n, keys, offsets, data, result);
  }

  hybrid32(src: Pointer, n: number, width: number, dst: Pointer): number {
    return this.#exports.hybrid32(src, n, width, dst) >>> 0;
  }

  hybrid8(src: Pointer, n: number, width: number, dst: Pointer): number {
    return this.#exports.hybrid8(src, n, width, dst) >>> 0;
  }

  minMaxI32(src: Pointer, n: number, result: Pointer): void {
    this.#exports.minMaxI32(src, n, result);
  }

  minMaxU32(src: Pointer, n: number, result: Pointer): void {
    this.#exports.minMaxU32(src, n, result);
  }

  minMaxI64(src: Pointer, n: number, result: Pointer): void {
    this.#exports.minMaxI64(src, n, result);
  }

  minMaxU64(src: Pointer, n: number, result: Pointer): void {
    this.#exports.minMaxU64(src, n, result);
  }

  minMaxF16(src: Pointer, n: number, result: Pointer): number {
    return this.#exports.minMaxF16(src, n, result) >>> 0;
  }

  minMaxF32(src: Pointer, n: number, result: Pointer): number {
    return this.#exports.minMaxF32(src, n, result) >>> 0;
  }

  minMaxF64(src: Pointer, n: number, result: Pointer): number {
    return this.#exports.minMaxF64(src, n, result) >>> 0;
  }

  minMaxByteArrays(offsets: Pointer, data: Pointer, n: number, result: Pointer): void {
    this.#exports.minMaxByteArrays(offsets, data, n, result);
  }

  minMaxFixedBytes(src: Pointer, width: number, n: number, signed: boolean, result: Pointer): void {
    this.#exports.minMaxFixedBytes(src, width, n, signed, result);
  }

  xxh64Fixed(src: Pointer, width: number, n: number, dst: Pointer): void {
    this.#exports.xxh64Fixed(src, width, n, dst);
  }

  xxh64ByteArrays(offsets: Pointer, data: Pointer, n: number, dst: Pointer): void {
    this.#exports.xxh64ByteArrays(offsets, data, n, dst);
  }

  bloomInsert(hashes: Pointer, n: number, bitset: Pointer, blocks: number): void {
    this.#exports.bloomInsert(hashes, n, bitset, blocks);
  }

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
  ): void {
    this.#exports.contentBoundary(state, rep, def, n, maxDef, hashes, sizes, width, result);
  }

  crc32(src: Pointer, n: number, seed: number): number {
    return this.#exports.crc32(src, n, seed) >>> 0;
  }

  snappyCompress(src: Pointer, n: number, dst: Pointer): number {
    return this.#exports.snappyCompress(src, n, dst) >>> 0;
  }

  lz4Compress(src: Pointer, n: number, dst: Pointer): number {
    return this.#exports.lz4Compress(src, n, dst) >>> 0;
  }
}
