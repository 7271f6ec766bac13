/**
 * Writer options as they hold for one column, every default filled in.
 *
 * @module
 */

/** Compression codecs that can be written. */
export type CompressionName = "uncompressed" | "snappy" | "gzip" | "brotli" | "zstd" | "lz4_raw";

/** Statistics to write. */
export type StatisticsLevel = "none" | "chunk" | "page";

/** Encodings of values, by the standard's names. */
export type EncodingName =
  | "PLAIN"
  | "RLE"
  | "DELTA_BINARY_PACKED"
  | "DELTA_LENGTH_BYTE_ARRAY"
  | "DELTA_BYTE_ARRAY"
  | "BYTE_STREAM_SPLIT";

/** Encoding of values outside a dictionary: a named one, or `"auto"`, which tries several and may also drop the dictionary. */
export type EncodingChoice = EncodingName | "auto";

/**
 * Content-defined chunking: bytes of values (as PLAIN has them) and levels (one each) at which pages end; a row of few bytes
 * counts as a quarter of what makes `dataPageRowCountLimit` rows a chunk.
 */
export interface ContentDefinedChunking {
  /** Bytes below which no page ends by its content. */
  readonly minChunkSize: number;
  /** Bytes at which a page ends whatever its content. */
  readonly maxChunkSize: number;
  /** How closely sizes keep to the mean: each level more makes a hit before it rarer by half, and after it more likely. */
  readonly normLevel: number;
}

/** Options of one column, every default filled in; structured-cloneable. */
export interface ColumnProperties {
  readonly compression: CompressionName;
  /** Level of the codec; `null` where the codec has none. */
  readonly compressionLevel: number | null;
  /** Only codecs that give the same bytes in every runtime may be used. */
  readonly reproducible: boolean;
  /** Bytes of encoded values at which a data page ends, at the next record boundary. */
  readonly dataPageSizeLimit: number;
  /** Rows at which a data page ends. */
  readonly dataPageRowCountLimit: number;
  readonly dictionaryEnabled: boolean;
  /** Bytes of dictionary page at which the encoder falls back. */
  readonly dictionaryPageSizeLimit: number;
  /** Encoding of values outside a dictionary; `null`: the default one of the type. */
  readonly encoding: EncodingChoice | null;
  /** "1.0": data page v1; "2.0": data page v2. */
  readonly writerVersion: "1.0" | "2.0";
  readonly statisticsEnabled: StatisticsLevel;
  /** Bytes to which chunk statistics are cut; `null`: never. */
  readonly statisticsTruncateLength: number | null;
  /** Bytes to which column index bounds are cut; `null`: never. */
  readonly columnIndexTruncateLength: number | null;
  readonly bloomFilterEnabled: boolean;
  /** False positive probability, between 0 and 1. */
  readonly bloomFilterFpp: number;
  /** Distinct values to expect in a column chunk; `null`: counted. */
  readonly bloomFilterNdv: number | null;
  /** Order floats by IEEE 754's total order and count NaNs, instead of leaving NaNs out of the bounds. */
  readonly ieee754TotalOrder: boolean;
  /** Write bounds of floats beside NaNs too. */
  readonly nanBounds: boolean;
  /** Timestamps as INT96. */
  readonly int96Timestamps: boolean;
  /** Where pages end by content, `null`: by size alone. */
  readonly contentDefinedChunking: ContentDefinedChunking | null;
  readonly pageChecksum: boolean;
  /** Most rows that a row group may have: what encoders may expect at the most. */
  readonly maxRowGroupRowCount: number;
  /** Leave out what is known to make readers lose rows (`profile: "compat"`). */
  readonly compat: boolean;
  /** Also try encodings that readers know in their newest versions only. */
  readonly newestEncodings: boolean;
}
