/**
 * What a column chunk says about itself: encodings, counts, sizes, bounds, histograms.
 *
 * @see "ColumnMetaData", "Statistics" and "SizeStatistics" of parquet.thrift
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import type {
  ColumnMetaData,
  CompressionCodec,
  Encoding,
  PageEncodingStats,
  PageType,
  SizeStatistics,
  Statistics,
} from "../format/metadata.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { PageLevels, PageSizes } from "../page/page_writer.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { BoundsBuilder } from "../statistics/bounds.ts";
import { truncateMax, truncateMin } from "../statistics/truncate.ts";

/** Levels are u8. */
const LEVELS = 256;

const CODECS: Record<ColumnPlan["properties"]["compression"], CompressionCodec> = {
  uncompressed: "UNCOMPRESSED",
  snappy: "SNAPPY",
  gzip: "GZIP",
  brotli: "BROTLI",
  zstd: "ZSTD",
  lz4_raw: "LZ4_RAW",
};

/** Gathers the metadata of one column chunk. */
export class ChunkMetaDataBuilder {
  readonly #kernels: Kernels;
  readonly #plan: ColumnPlan;
  readonly #bounds: BoundsBuilder | null;
  readonly #repetitionHistogram: KernelBuffer;
  readonly #definitionHistogram: KernelBuffer;
  readonly #encodingStats: { pageType: PageType; encoding: Encoding; count: number }[] = [];
  #numValues = 0;
  #nullCount = 0;
  #unencodedBytes = 0;
  #uncompressed = 0;
  #compressed = 0;

  /** Creates the builder; `width`: bytes of a fixed-width value, 0 for byte arrays. */
  constructor(kernels: Kernels, plan: ColumnPlan, width: number) {
    const { statisticsEnabled } = plan.properties;
    this.#kernels = kernels;
    this.#plan = plan;
    this.#bounds = statisticsEnabled === "none" || plan.order === "none"
      ? null
      : new BoundsBuilder(kernels, plan.physicalType, plan.order, width);
    this.#repetitionHistogram = new KernelBuffer(kernels.memory);
    this.#definitionHistogram = new KernelBuffer(kernels.memory);
  }

  /** Counts values that are written outside a dictionary. */
  addValues(values: LeafValues, from: number, count: number): void {
    this.#bounds?.add(values, from, count);
  }

  /** Counts the dictionary page, whose entries all occur. */
  addDictionaryPage(entries: LeafValues, sizes: PageSizes): void {
    this.#bounds?.add(entries, 0, entries.count);
    this.#countPage("DICTIONARY_PAGE", "PLAIN", sizes);
  }

  /** Counts a data page. */
  addDataPage(
    encoding: Encoding,
    levels: PageLevels,
    values: number,
    unencodedBytes: number,
    sizes: PageSizes,
  ): void {
    const { writerVersion } = this.#plan.properties;
    this.#numValues += levels.entries;
    this.#nullCount += levels.entries - values;
    this.#unencodedBytes += unencodedBytes;
    this.#countPage(writerVersion === "1.0" ? "DATA_PAGE" : "DATA_PAGE_V2", encoding, sizes);
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#plan;
    if (maxRepetitionLevel > 0) {
      this.#countLevels(this.#repetitionHistogram, levels.repetition, levels.entries);
    }
    if (maxDefinitionLevel > 0) {
      this.#countLevels(this.#definitionHistogram, levels.definition, levels.entries);
    }
  }

  /** The metadata; `dictionaryBytes`: bytes of the dictionary page, which comes first, 0 without one. */
  finish(dictionaryBytes: number): ColumnMetaData {
    const { path, physicalType, properties } = this.#plan;
    const statistics = this.#statistics();
    const encodings = new Set<Encoding>(this.#encodingStats.map((stats) => stats.encoding));
    // Levels are RLE, and said to be even where there are none: so do parquet-java and arrow-rs.
    encodings.add("RLE");
    return {
      type: physicalType,
      encodings: [...encodings],
      pathInSchema: path,
      codec: CODECS[properties.compression],
      numValues: this.#numValues,
      totalUncompressedSize: this.#uncompressed,
      totalCompressedSize: this.#compressed,
      dataPageOffset: dictionaryBytes,
      ...(dictionaryBytes > 0 ? { dictionaryPageOffset: 0 } : {}),
      ...(statistics === null ? {} : { statistics }),
      encodingStats: this.#encodingStats.map((stats): PageEncodingStats => ({ ...stats })),
      sizeStatistics: this.#sizeStatistics(),
    };
  }

  /** Gives all memory back. */
  release(): void {
    this.#bounds?.release();
    this.#repetitionHistogram.release();
    this.#definitionHistogram.release();
  }

  #countPage(pageType: PageType, encoding: Encoding, sizes: PageSizes): void {
    this.#uncompressed += sizes.uncompressed;
    this.#compressed += sizes.compressed;
    const known = this.#encodingStats.find((stats) =>
      stats.pageType === pageType && stats.encoding === encoding
    );
    if (known) known.count++;
    else this.#encodingStats.push({ pageType, encoding, count: 1 });
  }

  #countLevels(histogram: KernelBuffer, levels: Pointer, entries: number): void {
    const { memory } = this.#kernels;
    const fresh = histogram.pointer === 0;
    const counts = histogram.reserve(LEVELS * 4);
    if (fresh) memory.u32.fill(0, counts >>> 2, (counts >>> 2) + LEVELS);
    this.#kernels.histogram(levels, entries, counts);
  }

  #statistics(): Statistics | null {
    const { order, properties } = this.#plan;
    if (properties.statisticsEnabled === "none") return null;
    const nullCount = this.#nullCount;
    const bounds = this.#bounds?.finish() ?? null;
    // Readers have been seen to lose rows where NaN lies beside bounds.
    if (bounds === null || (properties.compat && this.#bounds!.nanCount > 0)) return { nullCount };
    // Only byte strings of free length may be cut: others would no longer be of their type.
    const cut = this.#plan.physicalType === "BYTE_ARRAY" && order !== "decimal";
    const length = cut ? properties.statisticsTruncateLength : null;
    const min = truncateMin(bounds.min, length, order === "utf8");
    const max = truncateMax(bounds.max, length, order === "utf8");
    return {
      nullCount,
      maxValue: max.value,
      minValue: min.value,
      isMaxValueExact: max.exact,
      isMinValueExact: min.exact,
    };
  }

  #sizeStatistics(): SizeStatistics {
    const { maxRepetitionLevel, maxDefinitionLevel, physicalType } = this.#plan;
    return {
      ...(physicalType === "BYTE_ARRAY"
        ? { unencodedByteArrayDataBytes: this.#unencodedBytes }
        : {}),
      ...(maxRepetitionLevel > 0
        ? {
          repetitionLevelHistogram: this.#histogram(this.#repetitionHistogram, maxRepetitionLevel),
        }
        : {}),
      ...(maxDefinitionLevel > 0
        ? {
          definitionLevelHistogram: this.#histogram(this.#definitionHistogram, maxDefinitionLevel),
        }
        : {}),
    };
  }

  #histogram(counts: KernelBuffer, maxLevel: number): number[] {
    if (counts.pointer === 0) return new Array(maxLevel + 1).fill(0);
    const word = counts.pointer >>> 2;
    return Array.from(this.#kernels.memory.u32.subarray(word, word + maxLevel + 1));
  }
}
