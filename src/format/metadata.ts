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
  /** Marks an unknown member. */
  readonly type: "UNRECOGNIZED";
  /** Field id in the union. */
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
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value. */
  readonly typeLength?: number;
  /** Absent for the root. */
  readonly repetitionType?: FieldRepetitionType;
  /** Name of the field. */
  readonly name: string;
  /** Absent for a leaf. */
  readonly numChildren?: number;
  /** Older annotation of what the values mean. */
  readonly convertedType?: ConvertedType;
  /** Digits after the decimal point of a DECIMAL; older form. */
  readonly scale?: number;
  /** Decimal digits of a DECIMAL; older form. */
  readonly precision?: number;
  /** Id of the field in the schema that the file was written from. */
  readonly fieldId?: number;
  /** What the values, or the children, mean. */
  readonly logicalType?: LogicalType;
}

/** Sizes and level histograms of a column chunk. */
export interface SizeStatistics {
  /** Bytes of all BYTE_ARRAY values, without lengths and encodings. */
  readonly unencodedByteArrayDataBytes?: number;
  /** Number of values at each repetition level. */
  readonly repetitionLevelHistogram?: readonly number[];
  /** Number of values at each definition level. */
  readonly definitionLevelHistogram?: readonly number[];
}

/** The box around all geometries, axis by axis. */
export interface BoundingBox {
  /** Least X, or the western edge in degrees. */
  readonly xmin: number;
  /** Largest X, or the eastern edge; less than `xmin` where the box crosses the antimeridian. */
  readonly xmax: number;
  /** Least Y. */
  readonly ymin: number;
  /** Largest Y. */
  readonly ymax: number;
  /** Least Z. */
  readonly zmin?: number;
  /** Largest Z. */
  readonly zmax?: number;
  /** Least M. */
  readonly mmin?: number;
  /** Largest M. */
  readonly mmax?: number;
}

/** Statistics of GEOMETRY and GEOGRAPHY columns. */
export interface GeospatialStatistics {
  /** Box around all geometries. */
  readonly bbox?: BoundingBox;
  /** WKB type codes that occur, each once. */
  readonly geospatialTypes?: readonly number[];
}

/** Statistics of a column chunk or a page. Bounds are PLAIN-encoded, byte arrays without their length. */
export interface Statistics {
  /** Deprecated: by signed comparison whatever the type. */
  readonly max?: Uint8Array;
  /** Deprecated: by signed comparison whatever the type. */
  readonly min?: Uint8Array;
  /** Number of nulls. */
  readonly nullCount?: number;
  /** Number of distinct values. */
  readonly distinctCount?: number;
  /** Upper bound in the order of the column. */
  readonly maxValue?: Uint8Array;
  /** Lower bound in the order of the column. */
  readonly minValue?: Uint8Array;
  /** Whether `maxValue` occurs, and is not a shortened bound. */
  readonly isMaxValueExact?: boolean;
  /** Whether `minValue` occurs, and is not a shortened bound. */
  readonly isMinValueExact?: boolean;
  /** Number of NaNs. */
  readonly nanCount?: number;
}

/** A pair of key-value metadata. */
export interface KeyValue {
  /** The key. */
  readonly key: string;
  /** The value; absent if the key has none. */
  readonly value?: string;
}

/** One column by which the rows of a row group are sorted. */
export interface SortingColumn {
  /** Ordinal of the leaf column. */
  readonly columnIdx: number;
  /** Whether values fall. */
  readonly descending: boolean;
  /** Whether nulls come before values. */
  readonly nullsFirst: boolean;
}

/** How many pages of one type have one encoding. */
export interface PageEncodingStats {
  /** Type of the pages. */
  readonly pageType: PageType;
  /** Encoding of their values. */
  readonly encoding: Encoding;
  /** Number of such pages. */
  readonly count: number;
}

/** Metadata of a column chunk. */
export interface ColumnMetaData {
  /** Physical type. */
  readonly type: PhysicalType;
  /** Encodings that occur, of values and of levels. */
  readonly encodings: readonly Encoding[];
  /** Path of the leaf column, from the root. */
  readonly pathInSchema: readonly string[];
  /** Compression codec of the pages. */
  readonly codec: CompressionCodec;
  /** Values including nulls. */
  readonly numValues: number;
  /** Bytes, page headers included. */
  readonly totalUncompressedSize: number;
  /** Bytes, page headers included. */
  readonly totalCompressedSize: number;
  /** Key-value metadata of the chunk. */
  readonly keyValueMetadata?: readonly KeyValue[];
  /** Offset in the file of the first data page. */
  readonly dataPageOffset: number;
  /** Offset in the file of the index page. */
  readonly indexPageOffset?: number;
  /** Offset in the file of the dictionary page. */
  readonly dictionaryPageOffset?: number;
  /** Statistics of the chunk. */
  readonly statistics?: Statistics;
  /** Number of pages by type and encoding. */
  readonly encodingStats?: readonly PageEncodingStats[];
  /** Offset in the file of the Bloom filter. */
  readonly bloomFilterOffset?: number;
  /** Bytes of the Bloom filter, its header included. */
  readonly bloomFilterLength?: number;
  /** Sizes and level histograms. */
  readonly sizeStatistics?: SizeStatistics;
  /** Statistics of geometries. */
  readonly geospatialStatistics?: GeospatialStatistics;
}

/** `AesGcmV1`, `AesGcmCtrV1`: parameters of a cipher. */
export interface AesGcmParameters {
  /** Prefix of the additional authenticated data. */
  readonly aadPrefix?: Uint8Array;
  /** Part of the additional authenticated data that is unique to the file. */
  readonly aadFileUnique?: Uint8Array;
  /** Whether readers must be given the prefix. */
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
  /** File that contains the chunk, if it is another one. */
  readonly filePath?: string;
  /** Deprecated: 0 where no ColumnMetaData stands outside the footer. */
  readonly fileOffset: number;
  /** Optional in the Thrift definition, but required by the text of the specification. */
  readonly metaData: ColumnMetaData;
  /** Offset in the file of the offset index. */
  readonly offsetIndexOffset?: number;
  /** Bytes of the offset index. */
  readonly offsetIndexLength?: number;
  /** Offset in the file of the column index. */
  readonly columnIndexOffset?: number;
  /** Bytes of the column index. */
  readonly columnIndexLength?: number;
  /** Key that the column is encrypted with. */
  readonly cryptoMetadata?: ColumnCryptoMetaData;
  /** Metadata of the column, encrypted. */
  readonly encryptedColumnMetadata?: Uint8Array;
}

/** A row group: some consecutive rows of the file. */
export interface RowGroup {
  /** One for each leaf column, in the order of the schema. */
  readonly columns: readonly ColumnChunk[];
  /** Uncompressed bytes. */
  readonly totalByteSize: number;
  /** Number of rows. */
  readonly numRows: number;
  /** Columns that the rows are sorted by, the first one first. */
  readonly sortingColumns?: readonly SortingColumn[];
  /** Offset in the file of the first page. */
  readonly fileOffset?: number;
  /** Bytes of all column chunks as stored. */
  readonly totalCompressedSize?: number;
  /** Ordinal in the file; absent beyond 32 767. */
  readonly ordinal?: number;
}

/** `FileMetaData`: the footer of a Parquet file. */
export interface ParquetMetaData {
  /** Version of the format: 1 or 2. */
  readonly version: number;
  /** The schema, flattened depth first. */
  readonly schema: readonly SchemaElement[];
  /** Number of rows. */
  readonly numRows: number;
  /** The row groups, in the order of their rows. */
  readonly rowGroups: readonly RowGroup[];
  /** Key-value metadata of the file. */
  readonly keyValueMetadata?: readonly KeyValue[];
  /** Who wrote the file. */
  readonly createdBy?: string;
  /** One for each leaf column. */
  readonly columnOrders?: readonly ColumnOrder[];
  /** Cipher of encrypted columns. */
  readonly encryptionAlgorithm?: EncryptionAlgorithm;
  /** Key that the footer is signed with. */
  readonly footerSigningKeyMetadata?: Uint8Array;
}

/** Header of a data page, version 1. */
export interface DataPageHeader {
  /** Number of values, nulls included. */
  readonly numValues: number;
  /** Encoding of the values. */
  readonly encoding: Encoding;
  /** Encoding of the definition levels. */
  readonly definitionLevelEncoding: Encoding;
  /** Encoding of the repetition levels. */
  readonly repetitionLevelEncoding: Encoding;
  /** Statistics of the page. */
  readonly statistics?: Statistics;
}

/** Header of an index page: has no members. */
export type IndexPageHeader = Readonly<Record<never, never>>;

/** Header of a dictionary page. */
export interface DictionaryPageHeader {
  /** Number of entries. */
  readonly numValues: number;
  /** Encoding of the entries. */
  readonly encoding: Encoding;
  /** Whether entries ascend. */
  readonly isSorted?: boolean;
}

/** Header of a data page, version 2. */
export interface DataPageHeaderV2 {
  /** Number of values, nulls included. */
  readonly numValues: number;
  /** Number of nulls. */
  readonly numNulls: number;
  /** Number of rows; the page begins with one. */
  readonly numRows: number;
  /** Encoding of the values. */
  readonly encoding: Encoding;
  /** Bytes of the definition levels, never compressed. */
  readonly definitionLevelsByteLength: number;
  /** Bytes of the repetition levels, never compressed. */
  readonly repetitionLevelsByteLength: number;
  /** Absent means true. */
  readonly isCompressed?: boolean;
  /** Statistics of the page. */
  readonly statistics?: Statistics;
}

/** Header of a page. Exactly the member that belongs to `type` is set. */
export interface PageHeader {
  /** Type of the page. */
  readonly type: PageType;
  /** Bytes of the page without its header, uncompressed. */
  readonly uncompressedPageSize: number;
  /** Bytes of the page without its header, as stored. */
  readonly compressedPageSize: number;
  /** CRC-32 of the page as stored, as a signed 32-bit integer. */
  readonly crc?: number;
  /** For `DATA_PAGE`. */
  readonly dataPageHeader?: DataPageHeader;
  /** For `INDEX_PAGE`. */
  readonly indexPageHeader?: IndexPageHeader;
  /** For `DICTIONARY_PAGE`. */
  readonly dictionaryPageHeader?: DictionaryPageHeader;
  /** For `DATA_PAGE_V2`. */
  readonly dataPageHeaderV2?: DataPageHeaderV2;
}

/** Where a data page is. */
export interface PageLocation {
  /** Offset in the file of the page header. */
  readonly offset: number;
  /** Bytes, page header included. */
  readonly compressedPageSize: number;
  /** Ordinal in the row group of the first row. */
  readonly firstRowIndex: number;
}

/** Where the data pages of a column chunk are. */
export interface OffsetIndex {
  /** One for each data page. */
  readonly pageLocations: readonly PageLocation[];
  /** Bytes of the BYTE_ARRAY values of each page, without lengths and encodings. */
  readonly unencodedByteArrayDataBytes?: readonly number[];
}

/** Statistics of the data pages of a column chunk: one entry per page in each list. */
export interface ColumnIndex {
  /** Whether a page contains only nulls. */
  readonly nullPages: readonly boolean[];
  /** Lower bounds; empty for pages of nulls. */
  readonly minValues: readonly Uint8Array[];
  /** Upper bounds; empty for pages of nulls. */
  readonly maxValues: readonly Uint8Array[];
  /** Whether bounds are ordered. */
  readonly boundaryOrder: BoundaryOrder;
  /** Numbers of nulls. */
  readonly nullCounts?: readonly number[];
  /** Histograms of repetition levels, one page after the other. */
  readonly repetitionLevelHistograms?: readonly number[];
  /** Histograms of definition levels, one page after the other. */
  readonly definitionLevelHistograms?: readonly number[];
  /** Numbers of NaNs. */
  readonly nanCounts?: readonly number[];
}

/** Header of a Bloom filter. */
export interface BloomFilterHeader {
  /** Bytes of the bit set that follows. */
  readonly numBytes: number;
  /** Layout of the bit set. */
  readonly algorithm: "BLOCK";
  /** Hash function. */
  readonly hash: "XXHASH";
  /** Compression of the bit set. */
  readonly compression: "UNCOMPRESSED";
}
