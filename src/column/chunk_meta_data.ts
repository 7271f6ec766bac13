/**
 * What a column chunk says about itself: encodings, counts, sizes, bounds, histograms.
 *
 * @see "ColumnMetaData", "Statistics" and "SizeStatistics" of parquet.thrift
 * @module
 */

import type { DictionaryEncoder } from "../encoding/dictionary_encoder.ts";
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
import type { Kernels } from "../kernels/kernels.ts";
import type { PageLevels, PageSizes } from "../page/page_writer.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { Bounds, type BoundsType, boundsTypeOf, type MinMax } from "../statistics/bounds.ts";
import { type BoundsScratch, DictionaryBounds } from "../statistics/dictionary_bounds.ts";
import { GeospatialStatisticsBuilder } from "../statistics/geospatial.ts";
import { writtenMax, writtenMin } from "../statistics/truncate.ts";
import type { PageLocations, UnwrittenStatistics } from "./encoded_column_chunk.ts";
import { LevelHistogram } from "./level_histograms.ts";
import { PageIndexBuilder } from "./page_index.ts";
import type { Mutable } from "../util/mutable.ts";

const CODECS: Record<ColumnPlan["properties"]["compression"], CompressionCodec> = {
  uncompressed: "UNCOMPRESSED",
  snappy: "SNAPPY",
  gzip: "GZIP",
  brotli: "BROTLI",
  zstd: "ZSTD",
  lz4_raw: "LZ4_RAW",
};

/** What a column chunk says about itself. */
export interface ChunkDescription {
  readonly metaData: ColumnMetaData;
  readonly unwritten?: UnwrittenStatistics;
  readonly columnIndex?: Uint8Array<ArrayBuffer>;
  readonly offsetIndex?: PageLocations;
}

/** Gathers the metadata of one column chunk. */
export class ChunkMetaDataBuilder {
  readonly #kernels: Kernels;
  readonly #plan: ColumnPlan;
  readonly #scratch: BoundsScratch;
  /** `null`: the column has no bounds, or none are asked for. */
  readonly #boundsType: BoundsType | null;
  /** Bounds are taken page by page, and those of the chunk are merged from them. */
  readonly #paged: boolean;
  /** Of the pages that have ended, or of the chunk; `null` as long as there are none. */
  #bounds: Bounds | null = null;
  /** Of the current page. */
  #pageBounds: Bounds | null = null;
  #dictionaryBounds: DictionaryBounds | null = null;
  readonly #geospatial: GeospatialStatisticsBuilder | null;
  readonly #index: PageIndexBuilder | null;
  readonly #repetition: LevelHistogram | null;
  readonly #definition: LevelHistogram | null;
  readonly #encodingStats: { pageType: PageType; encoding: Encoding; count: number }[] = [];
  #pages = 0;
  #rows = 0;
  /** Bounds of the page before. */
  #lastBounds: MinMax | null = null;
  #numValues = 0;
  #nullCount = 0;
  #unencodedBytes = 0;
  #uncompressed = 0;
  #compressed = 0;

  /** Creates the builder; `width`: bytes of a fixed-width value, 0 for byte arrays. `scratch` may be shared with others. */
  constructor(kernels: Kernels, plan: ColumnPlan, width: number, scratch: BoundsScratch) {
    const { maxRepetitionLevel, maxDefinitionLevel } = plan;
    const paged = plan.properties.statisticsEnabled === "page";
    const type = boundsTypeOf(plan, width);
    this.#kernels = kernels;
    this.#plan = plan;
    this.#scratch = scratch;
    this.#boundsType = type;
    // A dictionary does not say how many NaNs there are: then the pages have to.
    this.#paged = paged || type?.totalOrder === true;
    this.#geospatial = plan.geospatial === undefined || plan.properties.statisticsEnabled === "none"
      ? null
      : new GeospatialStatisticsBuilder(kernels, plan.geospatial.type);
    this.#index = paged ? new PageIndexBuilder(plan, type) : null;
    this.#repetition = maxRepetitionLevel > 0
      ? new LevelHistogram(maxRepetitionLevel, paged)
      : null;
    this.#definition = maxDefinitionLevel > 0
      ? new LevelHistogram(maxDefinitionLevel, paged)
      : null;
  }

  /** Bytes of memory held for bounds and the page index, about. */
  get memoryBytes(): number {
    return (this.#index?.memoryBytes ?? 0) + (this.#dictionaryBounds?.memoryBytes ?? 0);
  }

  /** Counts values of the current page that are written outside a dictionary. */
  addValues(values: LeafValues, from: number, count: number): void {
    this.#currentBounds()?.add(values, from, count);
    this.#geospatial?.add(values, from, count);
  }

  /** Counts the ids of the current page, before they are written. */
  addIds({ dictionary, ids, count, entriesBefore }: DictionaryEncoder): void {
    const type = this.#boundsType;
    if (type === null || !this.#paged) return;
    this.#dictionaryBounds ??= new DictionaryBounds(this.#kernels, type, this.#scratch);
    const page = this.#currentBounds()!;
    this.#dictionaryBounds.addTo(page, dictionary, ids, count, entriesBefore === 0);
  }

  /** Counts the dictionary page, whose entries all occur. */
  addDictionaryPage(entries: LeafValues, sizes: PageSizes): void {
    if (!this.#paged) this.#currentBounds()?.add(entries, 0, entries.count);
    this.#geospatial?.add(entries, 0, entries.count);
    this.#countPage("DICTIONARY_PAGE", "PLAIN", sizes);
  }

  /** Counts a data page, and ends it. */
  addDataPage(
    encoding: Encoding,
    levels: PageLevels,
    values: number,
    unencodedBytes: number,
    sizes: PageSizes,
  ): void {
    const { writerVersion } = this.#plan.properties;
    const { entries, rows } = levels;
    const nulls = entries - values;
    this.#pages++;
    this.#numValues += entries;
    this.#nullCount += nulls;
    this.#unencodedBytes += unencodedBytes;
    this.#countPage(writerVersion === "1.0" ? "DATA_PAGE" : "DATA_PAGE_V2", encoding, sizes);
    this.#countLevels(levels, values);
    const nans = this.#pageBounds?.nanCount ?? 0;
    const bounds = this.#endBounds();
    if (this.#index === null) return;
    const { compressed: compressedSize } = sizes;
    const firstRow = this.#rows;
    this.#index.add({ compressedSize, firstRow, nulls, values, nans, unencodedBytes }, bounds);
    this.#rows += rows;
  }

  /** The metadata; `dictionaryBytes`: bytes of the dictionary page, which comes first, 0 without one. */
  finish(dictionaryBytes: number): ChunkDescription {
    const { path, physicalType, properties } = this.#plan;
    const statistics = this.#statistics();
    const sizeStatistics = this.#sizeStatistics();
    const encodings: Encoding[] = [];
    for (const { encoding } of this.#encodingStats) {
      if (!encodings.includes(encoding)) encodings.push(encoding);
    }
    // Levels are RLE, and said to be even where there are none: so do parquet-java and arrow-rs.
    if (!encodings.includes("RLE")) encodings.push("RLE");
    const metaData: Mutable<ColumnMetaData> = {
      type: physicalType,
      encodings,
      pathInSchema: path,
      codec: CODECS[properties.compression],
      numValues: this.#numValues,
      totalUncompressedSize: this.#uncompressed,
      totalCompressedSize: this.#compressed,
      dataPageOffset: dictionaryBytes,
      encodingStats: this.#encodingStats as PageEncodingStats[],
    };
    if (dictionaryBytes > 0) metaData.dictionaryPageOffset = 0;
    if (statistics !== null) metaData.statistics = statistics;
    if (sizeStatistics !== null) metaData.sizeStatistics = sizeStatistics;
    const chunk: Mutable<ChunkDescription> = { metaData };
    const unwritten = this.#placeGeospatial(metaData);
    if (unwritten !== null) chunk.unwritten = unwritten;
    if (this.#index === null) return chunk;
    chunk.offsetIndex = this.#index.locations(dictionaryBytes);
    // SPEC: a column index has bounds of every page that has values, so a page without leaves the chunk without an index.
    const columnIndex = this.#hidesBounds
      ? null
      : this.#index.columnIndex(this.#repetition, this.#definition);
    if (columnIndex !== null) chunk.columnIndex = columnIndex;
    return chunk;
  }

  /** Adds geospatial statistics where they have a place; returns what is known and has none. */
  #placeGeospatial(metaData: Mutable<ColumnMetaData>): UnwrittenStatistics | null {
    const geospatial = this.#geospatial?.finish() ?? null;
    if (geospatial !== null) {
      if (this.#plan.geospatial?.annotated === false) return { geospatial };
      metaData.geospatialStatistics = geospatial;
    }
    const bounds = this.#hidesBounds ? this.#bounds!.finish() : null;
    return bounds === null ? null : { bounds: { min: bounds.min.value, max: bounds.max.value } };
  }

  /** Gives all kernel memory back. */
  release(): void {
    this.#dictionaryBounds?.release();
  }

  /** What takes values now; `null` where the column has no bounds. */
  #currentBounds(): Bounds | null {
    const type = this.#boundsType;
    if (type === null) return null;
    const { result } = this.#scratch;
    if (this.#paged) return this.#pageBounds ??= new Bounds(this.#kernels, type, result);
    return this.#bounds ??= new Bounds(this.#kernels, type, result);
  }

  /** Ends the bounds of the current page. */
  #endBounds(): MinMax | null {
    const page = this.#pageBounds;
    if (page === null) return this.#lastBounds = null;
    this.#lastBounds = page.finish();
    if (this.#bounds === null) {
      // The only page as yet: as a rule there is no other.
      this.#bounds = page;
      this.#pageBounds = null;
    } else {
      this.#bounds.merge(page);
      page.clear();
    }
    return this.#lastBounds;
  }

  #countPage(pageType: PageType, encoding: Encoding, sizes: PageSizes): void {
    this.#uncompressed += sizes.uncompressed;
    this.#compressed += sizes.compressed;
    for (const stats of this.#encodingStats) {
      if (stats.pageType === pageType && stats.encoding === encoding) {
        stats.count++;
        return;
      }
    }
    this.#encodingStats.push({ pageType, encoding, count: 1 });
  }

  #countLevels({ repetition, definition, entries, rows }: PageLevels, values: number): void {
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#plan;
    const counts = this.#scratch.result;
    // Of one level there is nothing to count that is not known.
    if (maxRepetitionLevel === 1) this.#repetition!.addTwo(rows, entries - rows);
    else this.#repetition?.addLevels(this.#kernels, repetition, entries, counts);
    if (maxDefinitionLevel === 1) this.#definition!.addTwo(entries - values, values);
    else this.#definition?.addLevels(this.#kernels, definition, entries, counts);
  }

  /**
   * Readers that take NaN for the greatest number, as SQL does, lose rows by bounds that leave it out: DuckDB and Spark where they
   * look for `x > 1`, below which all numbers are.
   */
  get #hidesBounds(): boolean {
    const { nanBounds } = this.#plan.properties;
    return !nanBounds && this.#boundsType?.totalOrder === false && this.#bounds !== null &&
      this.#bounds.nanCount > 0;
  }

  #statistics(): Statistics | null {
    const { properties } = this.#plan;
    if (properties.statisticsEnabled === "none") return null;
    const bounds = this.#writtenBounds();
    if (bounds === null && this.#hidesNulls) return null;
    const statistics: Mutable<Statistics> = { nullCount: this.#nullCount };
    if (this.#boundsType?.totalOrder) statistics.nanCount = this.#bounds?.nanCount ?? 0;
    if (bounds === null) return statistics;
    if (properties.compat && hasDeprecatedBounds(this.#plan)) {
      statistics.max = bounds.max.value;
      statistics.min = bounds.min.value;
    }
    const length = properties.statisticsTruncateLength;
    const max = writtenMax(bounds.max, this.#plan, length);
    if (max !== null) {
      statistics.maxValue = max.value;
      statistics.isMaxValueExact = max.exact;
    }
    const min = writtenMin(bounds.min, this.#plan, length);
    if (min !== null) {
      statistics.minValue = min.value;
      statistics.isMinValueExact = min.exact;
    }
    return statistics;
  }

  /** Bounds of the chunk that may be written, uncut. */
  #writtenBounds(): MinMax | null {
    if (this.#hidesBounds) return null;
    return this.#paged && this.#pages === 1 ? this.#lastBounds : this.#bounds?.finish() ?? null;
  }

  /**
   * Of a chunk without bounds. Up to version 1.8, parquet-mr (Hive 2) takes a `null_count` for a sign that there are bounds, and
   * those that are missing for zeros: `x = 301` finds no row. It never looks at statistics of byte arrays that others have written.
   */
  get #hidesNulls(): boolean {
    const { physicalType, properties } = this.#plan;
    const isByteArray = physicalType === "BYTE_ARRAY" || physicalType === "FIXED_LEN_BYTE_ARRAY";
    return properties.compat && !isByteArray && this.#nullCount < this.#numValues;
  }

  #sizeStatistics(): SizeStatistics | null {
    const isByteArray = this.#plan.physicalType === "BYTE_ARRAY";
    if (!isByteArray && this.#repetition === null && this.#definition === null) return null;
    const sizes: Mutable<SizeStatistics> = {};
    if (isByteArray) sizes.unencodedByteArrayDataBytes = this.#unencodedBytes;
    if (this.#repetition !== null) sizes.repetitionLevelHistogram = this.#repetition.chunk;
    if (this.#definition !== null) sizes.definitionLevelHistogram = this.#definition.chunk;
    return sizes;
  }
}

/**
 * Whether the deprecated `min` and `max` mean what `min_value` and `max_value` do: they are compared as signed values. Of byte arrays
 * nobody knows how, so there they are left out.
 */
function hasDeprecatedBounds({ physicalType, order }: ColumnPlan): boolean {
  return order !== "unsigned" &&
    ["BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE"].includes(physicalType);
}
