// The kernels in AssemblyScript. Same signatures and same bytes as ../typescript, where the algorithms are explained;
// comments here say what is done differently for speed.

export {
  countSetBits,
  expandBits,
  histogram,
  raiseLevels,
  takeRows,
  validityLevels,
} from "./levels";
export { listLevels } from "./list_levels";
export {
  byteArraysLength,
  compact,
  compactOffsets,
  gather,
  gatherByteArrays,
  packBooleans,
  plainByteArrays,
  plainEntries,
  setBitIndices,
  widen,
} from "./values";
export { dictionaryAppendBytes } from "./byte_array_dictionary";
export { dictionaryAppendFixed, dictionaryRehash } from "./dictionary";
export { mapKeys, unmappedKeys } from "./dictionary_keys";
export { cutIntegers, subtractFromOffsets } from "./integers";
export { areAscending32, areAscending64 } from "./offsets";
export { byteArrayLengths, splitPrefixes } from "./delta_byte_array";
export { deltaBinaryPacked32, deltaBinaryPacked64 } from "./delta_binary_packed";
export { byteStreamSplit } from "./byte_stream_split";
export { hybrid32, hybrid8 } from "./hybrid";
export { containsIds, minMaxIds, prefixKeys, usedIds } from "./ids";
export {
  minMaxByteArrays,
  minMaxF16,
  minMaxF32,
  minMaxF64,
  minMaxFixedBytes,
  minMaxI32,
  minMaxI64,
  minMaxU32,
  minMaxU64,
} from "./statistics";
export { bloomInsert, xxh64ByteArrays, xxh64Fixed } from "./bloom_filter";
export { contentBoundary } from "./content_chunking";
export { crc32 } from "./crc32";
export { snappyCompress } from "./snappy";
export { lz4Compress } from "./lz4";

/** First byte that the allocator may use. */
export function heapBase(): usize {
  return __heap_base;
}
