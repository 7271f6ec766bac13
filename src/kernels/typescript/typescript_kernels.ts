/**
 * The kernels in TypeScript, as one object.
 *
 * @module
 */

import { areAscending32, areAscending64 } from "../../util/ascending_offsets.ts";
import type { KernelMemory, Kernels, Pointer } from "../kernels.ts";
import { ArrayBufferSource, LinearMemory } from "../kernel_memory.ts";
import { byteStreamSplit } from "./byte_stream_split.ts";
import { bloomInsert, xxh64ByteArrays, xxh64Fixed } from "./bloom_filter.ts";
import { contentBoundary } from "./content_chunking.ts";
import { crc32 } from "./crc32.ts";
import {
  dictionaryAppendBytes,
  dictionaryAppendFixed,
  dictionaryRehash,
  mapKeys,
  unmappedKeys,
} from "./dictionary.ts";
import { byteArrayLengths, splitPrefixes } from "./delta_byte_array.ts";
import { deltaBinaryPacked32, deltaBinaryPacked64 } from "./delta_binary_packed.ts";
import { hybrid32, hybrid8 } from "./hybrid.ts";
import { containsIds, minMaxIds, prefixKeys, usedIds } from "./ids.ts";
import {
  countSetBits,
  expandBits,
  histogram,
  listLevels,
  raiseLevels,
  takeRows,
  validityLevels,
} from "./levels.ts";
import { lz4Compress } from "./lz4.ts";
import { snappyCompress } from "./snappy.ts";
import {
  minMaxByteArrays,
  minMaxF16,
  minMaxF32,
  minMaxF64,
  minMaxFixedBytes,
  minMaxI32,
  minMaxI64,
  minMaxU32,
  minMaxU64,
} from "./statistics.ts";
import {
  byteArraysLength,
  compact,
  compactOffsets,
  cutIntegers,
  gather,
  gatherByteArrays,
  packBooleans,
  plainByteArrays,
  plainEntries,
  setBitIndices,
  subtractFromOffsets,
  widen,
} from "./values.ts";

/** The kernels in TypeScript: the readable reference, available everywhere. */
export class TypescriptKernels implements Kernels {
  readonly kind = "typescript";
  readonly memory: KernelMemory;

  /** `memory`: memory of its own when left out. */
  constructor(memory: KernelMemory = new LinearMemory(new ArrayBufferSource(), 0)) {
    this.memory = memory;
  }

  countSetBits(bitmap: Pointer, bitOffset: number, n: number): number {
    return countSetBits(this.memory, bitmap, bitOffset, n);
  }

  expandBits(
    bitmap: Pointer,
    bitOffset: number,
    n: number,
    dst: Pointer,
    whenClear: number,
    whenSet: number,
  ): number {
    return expandBits(this.memory, bitmap, bitOffset, n, dst, whenClear, whenSet);
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
    return validityLevels(this.memory, def, n, live, validity, bitOffset, slots, base, outSlots);
  }

  raiseLevels(def: Pointer, n: number, live: number): void {
    raiseLevels(this.memory, def, n, live);
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
    listLevels(
      this.memory,
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
    takeRows(this.memory, rep, def, n, maxDef, maxRows, maxValues, result);
  }

  histogram(levels: Pointer, n: number, counts: Pointer): void {
    histogram(this.memory, levels, n, counts);
  }

  compact(
    src: Pointer,
    width: number,
    n: number,
    validity: Pointer,
    bitOffset: number,
    dst: Pointer,
  ): number {
    return compact(this.memory, src, width, n, validity, bitOffset, dst);
  }

  gather(src: Pointer, width: number, indices: Pointer, n: number, dst: Pointer): void {
    gather(this.memory, src, width, indices, n, dst);
  }

  compactOffsets(
    offsets: Pointer,
    n: number,
    validity: Pointer,
    bitOffset: number,
    dst: Pointer,
  ): number {
    return compactOffsets(this.memory, offsets, n, validity, bitOffset, dst);
  }

  byteArraysLength(offsets: Pointer, indices: Pointer, n: number): number {
    return byteArraysLength(this.memory, offsets, indices, n);
  }

  gatherByteArrays(
    offsets: Pointer,
    data: Pointer,
    indices: Pointer,
    n: number,
    dstOffsets: Pointer,
    dstData: Pointer,
  ): void {
    gatherByteArrays(this.memory, offsets, data, indices, n, dstOffsets, dstData);
  }

  setBitIndices(bitmap: Pointer, bitOffset: number, n: number, dst: Pointer): number {
    return setBitIndices(this.memory, bitmap, bitOffset, n, dst);
  }

  widen(src: Pointer, width: 1 | 2, signed: boolean, n: number, dst: Pointer): void {
    widen(this.memory, src, width, signed, n, dst);
  }

  cutIntegers(
    src: Pointer,
    slotWidth: number,
    n: number,
    dst: Pointer,
    valueWidth: number,
    bigEndian: boolean,
  ): void {
    cutIntegers(this.memory, src, slotWidth, n, dst, valueWidth, bigEndian);
  }

  areAscending32(offsets: Pointer, n: number): boolean {
    return areAscending32(this.memory.i32, offsets >>> 2, (offsets >>> 2) + n - 1);
  }

  areAscending64(offsets: Pointer, n: number): boolean {
    return areAscending64(this.memory.i32, offsets >>> 3, (offsets >>> 3) + n - 1);
  }

  subtractFromOffsets(offsets: Pointer, n: number, base: number): void {
    subtractFromOffsets(this.memory, offsets, n, base);
  }

  plainByteArrays(offsets: Pointer, data: Pointer, n: number, dst: Pointer): number {
    return plainByteArrays(this.memory, offsets, data, n, dst);
  }

  plainEntries(offsets: Pointer, data: Pointer, ids: Pointer, n: number, dst: Pointer): number {
    return plainEntries(this.memory, offsets, data, ids, n, dst);
  }

  packBooleans(src: Pointer, n: number, dst: Pointer): number {
    return packBooleans(this.memory, src, n, dst);
  }

  byteArrayLengths(offsets: Pointer, n: number, dst: Pointer): void {
    byteArrayLengths(this.memory, offsets, n, dst);
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
    return splitPrefixes(
      this.memory,
      offsets,
      data,
      width,
      n,
      previous,
      previousLength,
      prefixes,
      rests,
      dst,
    );
  }

  byteStreamSplit(src: Pointer, width: number, n: number, dst: Pointer): void {
    byteStreamSplit(this.memory, src, width, n, dst);
  }

  deltaBinaryPacked32(src: Pointer, n: number, dst: Pointer): number {
    return deltaBinaryPacked32(this.memory, src, n, dst);
  }

  deltaBinaryPacked64(src: Pointer, n: number, dst: Pointer): number {
    return deltaBinaryPacked64(this.memory, src, n, dst);
  }

  dictionaryAppendFixed(dictionary: Pointer, src: Pointer, n: number, ids: Pointer): number {
    return dictionaryAppendFixed(this.memory, dictionary, src, n, ids);
  }

  dictionaryAppendBytes(
    dictionary: Pointer,
    offsets: Pointer,
    data: Pointer,
    n: number,
    ids: Pointer,
  ): number {
    return dictionaryAppendBytes(this.memory, dictionary, offsets, data, n, ids);
  }

  dictionaryRehash(dictionary: Pointer): void {
    dictionaryRehash(this.memory, dictionary);
  }

  unmappedKeys(keys: Pointer, keyWidth: number, n: number, remap: Pointer, dst: Pointer): number {
    return unmappedKeys(this.memory, keys, keyWidth, n, remap, dst);
  }

  mapKeys(keys: Pointer, keyWidth: number, n: number, remap: Pointer, ids: Pointer): void {
    mapKeys(this.memory, keys, keyWidth, n, remap, ids);
  }

  containsIds(ids: Pointer, n: number, first: number, second: number): boolean {
    return containsIds(this.memory, ids, n, first, second);
  }

  usedIds(ids: Pointer, n: number, entries: number, marks: Pointer, dst: Pointer): number {
    return usedIds(this.memory, ids, n, entries, marks, dst);
  }

  prefixKeys(offsets: Pointer, data: Pointer, n: number, skip: number, dst: Pointer): void {
    prefixKeys(this.memory, offsets, data, n, skip, dst);
  }

  minMaxIds(
    ids: Pointer,
    n: number,
    keys: Pointer,
    offsets: Pointer,
    data: Pointer,
    result: Pointer,
  ): void {
    minMaxIds(this.memory, ids, n, keys, offsets, data, result);
  }

  hybrid32(src: Pointer, n: number, width: number, dst: Pointer): number {
    return hybrid32(this.memory, src, n, width, dst);
  }

  hybrid8(src: Pointer, n: number, width: number, dst: Pointer): number {
    return hybrid8(this.memory, src, n, width, dst);
  }

  minMaxI32(src: Pointer, n: number, result: Pointer): void {
    minMaxI32(this.memory, src, n, result);
  }

  minMaxU32(src: Pointer, n: number, result: Pointer): void {
    minMaxU32(this.memory, src, n, result);
  }

  minMaxI64(src: Pointer, n: number, result: Pointer): void {
    minMaxI64(this.memory, src, n, result);
  }

  minMaxU64(src: Pointer, n: number, result: Pointer): void {
    minMaxU64(this.memory, src, n, result);
  }

  minMaxF16(src: Pointer, n: number, result: Pointer): number {
    return minMaxF16(this.memory, src, n, result);
  }

  minMaxF32(src: Pointer, n: number, result: Pointer): number {
    return minMaxF32(this.memory, src, n, result);
  }

  minMaxF64(src: Pointer, n: number, result: Pointer): number {
    return minMaxF64(this.memory, src, n, result);
  }

  minMaxByteArrays(offsets: Pointer, data: Pointer, n: number, result: Pointer): void {
    minMaxByteArrays(this.memory, offsets, data, n, result);
  }

  minMaxFixedBytes(src: Pointer, width: number, n: number, signed: boolean, result: Pointer): void {
    minMaxFixedBytes(this.memory, src, width, n, signed, result);
  }

  xxh64Fixed(src: Pointer, width: number, n: number, dst: Pointer): void {
    xxh64Fixed(this.memory, src, width, n, dst);
  }

  xxh64ByteArrays(offsets: Pointer, data: Pointer, n: number, dst: Pointer): void {
    xxh64ByteArrays(this.memory, offsets, data, n, dst);
  }

  bloomInsert(hashes: Pointer, n: number, bitset: Pointer, blocks: number): void {
    bloomInsert(this.memory, hashes, n, bitset, blocks);
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
    contentBoundary(this.memory, state, rep, def, n, maxDef, hashes, sizes, width, result);
  }

  crc32(src: Pointer, n: number, seed: number): number {
    return crc32(this.memory, src, n, seed);
  }

  snappyCompress(src: Pointer, n: number, dst: Pointer): number {
    return snappyCompress(this.memory, src, n, dst);
  }

  lz4Compress(src: Pointer, n: number, dst: Pointer): number {
    return lz4Compress(this.memory, src, n, dst);
  }
}
