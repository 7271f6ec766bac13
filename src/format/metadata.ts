/**
 * The structures of Parquet's metadata, as plain data.
 *
 * Names are those of the specification in camelCase (`num_values` → `numValues`), enums are unions of the specification's
 * names, `i64` is a JavaScript number (always a safe integer), `binary` is a `Uint8Array`, and an optional member that is
 * absent is an absent property. What each member means is said by the specification; only what differs is said here.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (2.13; names of the 2.14 preview are known too)
 *
 * @module
 */

/** `Type`: the physical type of a column. */
export type PhysicalType =
  | "BOOLEAN"
  | "INT32"
  | "INT64"
  | "INT96"
  | "FLOAT"
  | "DOUBLE"
  | "BYTE_ARRAY"
  | "FIXED_LEN_BYTE_ARRAY";

/** The older annotation of a column's meaning; still written beside {@linkcode LogicalType} where both exist. */
export type ConvertedType =
  | "UTF8"
  | "MAP"
  | "MAP_KEY_VALUE"
  | "LIST"
  | "ENUM"
  | "DECIMAL"
  | "DATE"
  | "TIME_MILLIS"
  | "TIME_MICROS"
  | "TIMESTAMP_MILLIS"
  | "TIMESTAMP_MICROS"
  | "UINT_8"
  | "UINT_16"
  | "UINT_32"
  | "UINT_64"
  | "INT_8"
  | "INT_16"
  | "INT_32"
  | "INT_64"
  | "JSON"
  | "BSON"
  | "INTERVAL";

/** How often a field occurs in its parent. */
export type FieldRepetitionType = "REQUIRED" | "OPTIONAL" | "REPEATED";

/** Encodings of values and of levels. */
export type Encoding =
  | "PLAIN"
  | "PLAIN_DICTIONARY"
  | "RLE"
  | "BIT_PACKED"
  | "DELTA_BINARY_PACKED"
  | "DELTA_LENGTH_BYTE_ARRAY"
  | "DELTA_BYTE_ARRAY"
  | "RLE_DICTIONARY"
  | "BYTE_STREAM_SPLIT"
  | "ALP";

/** Compression codecs. */
export type CompressionCodec =
  | "UNCOMPRESSED"
  | "SNAPPY"
  | "GZIP"
  | "LZO"
  | "BROTLI"
  | "LZ4"
  | "ZSTD"
  | "LZ4_RAW";

/** Kinds of pages. */
export type PageType = "DATA_PAGE" | "INDEX_PAGE" | "DICTIONARY_PAGE" | "DATA_PAGE_V2";

/** Whether the bounds of a {@linkcode ColumnIndex} are ordered, and how. */
export type BoundaryOrder = "UNORDERED" | "ASCENDING" | "DESCENDING";

/** How edges between points of a GEOGRAPHY run. */
export type EdgeInterpolationAlgorithm =
  | "SPHERICAL"
  | "VINCENTY"
  | "THOMAS"
  | "ANDOYER"
  | "KARNEY";

/** `TimeUnit`: the unit of a TIME or TIMESTAMP. */
export type ParquetTimeUnit = "MILLIS" | "MICROS" | "NANOS";

/** A member of a union that this library does not know, by its field id. It can be read, but not written. */
export interface UnrecognizedMember {
  readonly type: "UNRECOGNIZED";
  readonly id: number;
}

/** What the values of a column, or the children of a group, mean. */
export type LogicalType =
  | {
    readonly type:
      | "STRING"
      | "MAP"
      | "LIST"
      | "ENUM"
      | "DATE"
      | "UNKNOWN"
      | "JSON"
      | "BSON"
      | "UUID"
      | "FLOAT16"
      | "FILE";
  }
  | { readonly type: "DECIMAL"; readonly scale: number; readonly precision: number }
  | {
    readonly type: "TIME" | "TIMESTAMP";
    readonly isAdjustedToUTC: boolean;
    readonly unit: ParquetTimeUnit;
  }
  | { readonly type: "INTEGER"; readonly bitWidth: number; readonly isSigned: boolean }
  | { readonly type: "VARIANT"; readonly specificationVersion?: number }
  | { readonly type: "GEOMETRY"; readonly crs?: string }
  | {
    readonly type: "GEOGRAPHY";
    readonly crs?: string;
    readonly algorithm?: EdgeInterpolationAlgorithm;
  }
  | UnrecognizedMember;

/** Order in which a column's bounds were taken. */
export type ColumnOrder =
  | { readonly type: "TYPE_ORDER" | "IEEE_754_TOTAL_ORDER" | "INT96_TIMESTAMP_ORDER" }
  | UnrecognizedMember;

/** One node of the schema; the tree is flattened depth first, its root comes first. */
export interface SchemaElement {
  /** Absent for a group. */
  readonly type?: PhysicalType;
  readonly typeLength?: number;
  /** Absent for the root. */
  readonly repetitionType?: FieldRepetitionType;
  readonly name: string;
  /** Absent for a leaf. */
  readonly numChildren?: number;
  readonly convertedType?: ConvertedType;
  readonly scale?: number;
  readonly precision?: number;
  readonly fieldId?: number;
  readonly logicalType?: LogicalType;
}

/** Sizes and level histograms of a column chunk. */
export interface SizeStatistics {
  readonly unencodedByteArrayDataBytes?: number;
  readonly repetitionLevelHistogram?: readonly number[];
  readonly definitionLevelHistogram?: readonly number[];
}

/** The box around all geometries, axis by axis. */
export interface BoundingBox {
  readonly xmin: number;
  readonly xmax: number;
  readonly ymin: number;
  readonly ymax: number;
  readonly zmin?: number;
  readonly zmax?: number;
  readonly mmin?: number;
  readonly mmax?: number;
}

/** Statistics of GEOMETRY and GEOGRAPHY columns. */
export interface GeospatialStatistics {
  readonly bbox?: BoundingBox;
  readonly geospatialTypes?: readonly number[];
}

/** Statistics of a column chunk or a page. Bounds are PLAIN-encoded, byte arrays without their length. */
export interface Statistics {
  /** Deprecated: by signed comparison whatever the type. */
  readonly max?: Uint8Array;
  /** Deprecated: by signed comparison whatever the type. */
  readonly min?: Uint8Array;
  readonly nullCount?: number;
  readonly distinctCount?: number;
  readonly maxValue?: Uint8Array;
  readonly minValue?: Uint8Array;
  readonly isMaxValueExact?: boolean;
  readonly isMinValueExact?: boolean;
  readonly nanCount?: number;
}

/** A pair of key-value metadata. */
export interface KeyValue {
  readonly key: string;
  readonly value?: string;
}

/** One column by which the rows of a row group are sorted. */
export interface SortingColumn {
  /** Ordinal of the leaf column. */
  readonly columnIdx: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** How many pages of one type have one encoding. */
export interface PageEncodingStats {
  readonly pageType: PageType;
  readonly encoding: Encoding;
  readonly count: number;
}

/** Metadata of a column chunk. */
export interface ColumnMetaData {
  readonly type: PhysicalType;
  readonly encodings: readonly Encoding[];
  readonly pathInSchema: readonly string[];
  readonly codec: CompressionCodec;
  /** Values including nulls. */
  readonly numValues: number;
  /** Bytes, page headers included. */
  readonly totalUncompressedSize: number;
  /** Bytes, page headers included. */
  readonly totalCompressedSize: number;
  readonly keyValueMetadata?: readonly KeyValue[];
  readonly dataPageOffset: number;
  readonly indexPageOffset?: number;
  readonly dictionaryPageOffset?: number;
  readonly statistics?: Statistics;
  readonly encodingStats?: readonly PageEncodingStats[];
  readonly bloomFilterOffset?: number;
  readonly bloomFilterLength?: number;
  readonly sizeStatistics?: SizeStatistics;
  readonly geospatialStatistics?: GeospatialStatistics;
}

/** `AesGcmV1`, `AesGcmCtrV1`: parameters of a cipher. */
export interface AesGcmParameters {
  readonly aadPrefix?: Uint8Array;
  readonly aadFileUnique?: Uint8Array;
  readonly supplyAadPrefix?: boolean;
}

/** Cipher of an encrypted file with a plain footer. Read only to be shown: this library does not decrypt. */
export type EncryptionAlgorithm =
  | { readonly type: "AES_GCM_V1" | "AES_GCM_CTR_V1" } & AesGcmParameters
  | UnrecognizedMember;

/** Key of an encrypted column. Read only to be shown. */
export type ColumnCryptoMetaData =
  | { readonly type: "ENCRYPTION_WITH_FOOTER_KEY" }
  | {
    readonly type: "ENCRYPTION_WITH_COLUMN_KEY";
    readonly pathInSchema: readonly string[];
    readonly keyMetadata?: Uint8Array;
  }
  | UnrecognizedMember;

/** One leaf column of one row group. */
export interface ColumnChunk {
  readonly filePath?: string;
  /** Deprecated: 0 where no ColumnMetaData stands outside the footer. */
  readonly fileOffset: number;
  /** Optional by its declaration, but required by the specification's text. */
  readonly metaData: ColumnMetaData;
  readonly offsetIndexOffset?: number;
  readonly offsetIndexLength?: number;
  readonly columnIndexOffset?: number;
  readonly columnIndexLength?: number;
  readonly cryptoMetadata?: ColumnCryptoMetaData;
  readonly encryptedColumnMetadata?: Uint8Array;
}

/** A horizontal cut of the file. */
export interface RowGroup {
  /** One for each leaf column, in the order of the schema. */
  readonly columns: readonly ColumnChunk[];
  /** Uncompressed bytes. */
  readonly totalByteSize: number;
  readonly numRows: number;
  readonly sortingColumns?: readonly SortingColumn[];
  readonly fileOffset?: number;
  readonly totalCompressedSize?: number;
  /** Ordinal in the file; absent beyond 32 767. */
  readonly ordinal?: number;
}

/** `FileMetaData`: the footer of a Parquet file. */
export interface ParquetMetaData {
  readonly version: number;
  readonly schema: readonly SchemaElement[];
  readonly numRows: number;
  readonly rowGroups: readonly RowGroup[];
  readonly keyValueMetadata?: readonly KeyValue[];
  readonly createdBy?: string;
  /** One for each leaf column. */
  readonly columnOrders?: readonly ColumnOrder[];
  readonly encryptionAlgorithm?: EncryptionAlgorithm;
  readonly footerSigningKeyMetadata?: Uint8Array;
}

/** Header of a data page, version 1. */
export interface DataPageHeader {
  readonly numValues: number;
  readonly encoding: Encoding;
  readonly definitionLevelEncoding: Encoding;
  readonly repetitionLevelEncoding: Encoding;
  readonly statistics?: Statistics;
}

/** Header of an index page: has no members. */
export type IndexPageHeader = Readonly<Record<never, never>>;

/** Header of a dictionary page. */
export interface DictionaryPageHeader {
  readonly numValues: number;
  readonly encoding: Encoding;
  readonly isSorted?: boolean;
}

/** Header of a data page, version 2. */
export interface DataPageHeaderV2 {
  readonly numValues: number;
  readonly numNulls: number;
  readonly numRows: number;
  readonly encoding: Encoding;
  readonly definitionLevelsByteLength: number;
  readonly repetitionLevelsByteLength: number;
  /** Absent means true. */
  readonly isCompressed?: boolean;
  readonly statistics?: Statistics;
}

/** Header of a page. Exactly the member that belongs to `type` is set. */
export interface PageHeader {
  readonly type: PageType;
  readonly uncompressedPageSize: number;
  readonly compressedPageSize: number;
  /** CRC-32 of the page as stored, as a signed 32-bit integer. */
  readonly crc?: number;
  readonly dataPageHeader?: DataPageHeader;
  readonly indexPageHeader?: IndexPageHeader;
  readonly dictionaryPageHeader?: DictionaryPageHeader;
  readonly dataPageHeaderV2?: DataPageHeaderV2;
}

/** Where a data page is. */
export interface PageLocation {
  readonly offset: number;
  /** Bytes, page header included. */
  readonly compressedPageSize: number;
  readonly firstRowIndex: number;
}

/** Where the data pages of a column chunk are. */
export interface OffsetIndex {
  readonly pageLocations: readonly PageLocation[];
  readonly unencodedByteArrayDataBytes?: readonly number[];
}

/** Statistics of the data pages of a column chunk: one entry per page in each list. */
export interface ColumnIndex {
  readonly nullPages: readonly boolean[];
  readonly minValues: readonly Uint8Array[];
  readonly maxValues: readonly Uint8Array[];
  readonly boundaryOrder: BoundaryOrder;
  readonly nullCounts?: readonly number[];
  readonly repetitionLevelHistograms?: readonly number[];
  readonly definitionLevelHistograms?: readonly number[];
  readonly nanCounts?: readonly number[];
}

/** What stands before the bits of a Bloom filter. */
export interface BloomFilterHeader {
  /** Bytes of the bit set that follows. */
  readonly numBytes: number;
  readonly algorithm: "BLOCK";
  readonly hash: "XXHASH";
  readonly compression: "UNCOMPRESSED";
}
