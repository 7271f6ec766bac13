/**
 * Parquet's metadata structures, described with the ids of the specification.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 *
 * @module
 */

import type {
  AesGcmParameters,
  BloomFilterHeader,
  BoundingBox,
  ColumnChunk,
  ColumnCryptoMetaData,
  ColumnIndex,
  ColumnMetaData,
  ColumnOrder,
  DataPageHeader,
  DataPageHeaderV2,
  DictionaryPageHeader,
  EdgeInterpolationAlgorithm,
  EncryptionAlgorithm,
  GeospatialStatistics,
  IndexPageHeader,
  KeyValue,
  LogicalType,
  OffsetIndex,
  PageEncodingStats,
  PageHeader,
  PageLocation,
  ParquetMetaData,
  ParquetTimeUnit,
  RowGroup,
  SchemaElement,
  SizeStatistics,
  SortingColumn,
  Statistics,
} from "./metadata.ts";
import {
  BOUNDARY_ORDER,
  COMPRESSION_CODEC,
  CONVERTED_TYPE,
  EDGE_INTERPOLATION_ALGORITHM,
  ENCODING,
  FIELD_REPETITION_TYPE,
  PAGE_TYPE,
  TYPE,
} from "./structure_enums.ts";
import {
  BINARY,
  BOOL,
  DOUBLE,
  EMPTY,
  I16,
  I32,
  I64,
  I8,
  list,
  nameUnion,
  optional,
  required,
  STRING,
  struct,
  type ThriftType,
  union,
} from "./thrift_description.ts";

const TIME_UNIT = nameUnion<ParquetTimeUnit>("TimeUnit", { MILLIS: 1, MICROS: 2, NANOS: 3 });

const TIME_TYPE = struct<{ readonly isAdjustedToUTC: boolean; readonly unit: ParquetTimeUnit }>(
  "TimeType",
  () => ({ isAdjustedToUTC: required(1, BOOL), unit: required(2, TIME_UNIT) }),
);

const LOGICAL_TYPE = union<LogicalType>("LogicalType", () => ({
  STRING: required(1, EMPTY),
  MAP: required(2, EMPTY),
  LIST: required(3, EMPTY),
  ENUM: required(4, EMPTY),
  DECIMAL: required(
    5,
    struct<{ readonly scale: number; readonly precision: number }>("DecimalType", () => ({
      scale: required(1, I32),
      precision: required(2, I32),
    })),
  ),
  DATE: required(6, EMPTY),
  TIME: required(7, TIME_TYPE),
  TIMESTAMP: required(8, TIME_TYPE),
  INTEGER: required(
    10,
    struct<{ readonly bitWidth: number; readonly isSigned: boolean }>("IntType", () => ({
      bitWidth: required(1, I8),
      isSigned: required(2, BOOL),
    })),
  ),
  UNKNOWN: required(11, EMPTY),
  JSON: required(12, EMPTY),
  BSON: required(13, EMPTY),
  UUID: required(14, EMPTY),
  FLOAT16: required(15, EMPTY),
  VARIANT: required(
    16,
    struct<{ readonly specificationVersion?: number }>("VariantType", () => ({
      specificationVersion: optional(1, I8),
    })),
  ),
  GEOMETRY: required(
    17,
    struct<{ readonly crs?: string }>("GeometryType", () => ({ crs: optional(1, STRING) })),
  ),
  GEOGRAPHY: required(
    18,
    struct<{ readonly crs?: string; readonly algorithm?: EdgeInterpolationAlgorithm }>(
      "GeographyType",
      () => ({ crs: optional(1, STRING), algorithm: optional(2, EDGE_INTERPOLATION_ALGORITHM) }),
    ),
  ),
  FILE: required(19, EMPTY),
}));

const COLUMN_ORDER = union<ColumnOrder>("ColumnOrder", () => ({
  TYPE_ORDER: required(1, EMPTY),
  IEEE_754_TOTAL_ORDER: required(2, EMPTY),
  INT96_TIMESTAMP_ORDER: required(3, EMPTY),
}));

const SCHEMA_ELEMENT = struct<SchemaElement>("SchemaElement", () => ({
  type: optional(1, TYPE),
  typeLength: optional(2, I32),
  repetitionType: optional(3, FIELD_REPETITION_TYPE),
  name: required(4, STRING),
  numChildren: optional(5, I32),
  convertedType: optional(6, CONVERTED_TYPE),
  scale: optional(7, I32),
  precision: optional(8, I32),
  fieldId: optional(9, I32),
  logicalType: optional(10, LOGICAL_TYPE),
}));

const SIZE_STATISTICS = struct<SizeStatistics>("SizeStatistics", () => ({
  unencodedByteArrayDataBytes: optional(1, I64),
  repetitionLevelHistogram: optional(2, list(I64)),
  definitionLevelHistogram: optional(3, list(I64)),
}));

const GEOSPATIAL_STATISTICS = struct<GeospatialStatistics>("GeospatialStatistics", () => ({
  bbox: optional(
    1,
    struct<BoundingBox>("BoundingBox", () => ({
      xmin: required(1, DOUBLE),
      xmax: required(2, DOUBLE),
      ymin: required(3, DOUBLE),
      ymax: required(4, DOUBLE),
      zmin: optional(5, DOUBLE),
      zmax: optional(6, DOUBLE),
      mmin: optional(7, DOUBLE),
      mmax: optional(8, DOUBLE),
    })),
  ),
  geospatialTypes: optional(2, list(I32)),
}));

const STATISTICS = struct<Statistics>("Statistics", () => ({
  max: optional(1, BINARY),
  min: optional(2, BINARY),
  nullCount: optional(3, I64),
  distinctCount: optional(4, I64),
  maxValue: optional(5, BINARY),
  minValue: optional(6, BINARY),
  isMaxValueExact: optional(7, BOOL),
  isMinValueExact: optional(8, BOOL),
  nanCount: optional(9, I64),
}));

const KEY_VALUE = struct<KeyValue>("KeyValue", () => ({
  key: required(1, STRING),
  value: optional(2, STRING),
}));

const SORTING_COLUMN = struct<SortingColumn>("SortingColumn", () => ({
  columnIdx: required(1, I32),
  descending: required(2, BOOL),
  nullsFirst: required(3, BOOL),
}));

const PAGE_ENCODING_STATS = struct<PageEncodingStats>("PageEncodingStats", () => ({
  pageType: required(1, PAGE_TYPE),
  encoding: required(2, ENCODING),
  count: required(3, I32),
}));

/** Metadata of a column chunk. */
export const COLUMN_META_DATA: ThriftType<ColumnMetaData> = struct<ColumnMetaData>(
  "ColumnMetaData",
  () => ({
    type: required(1, TYPE),
    encodings: required(2, list(ENCODING)),
    pathInSchema: required(3, list(STRING)),
    codec: required(4, COMPRESSION_CODEC),
    numValues: required(5, I64),
    totalUncompressedSize: required(6, I64),
    totalCompressedSize: required(7, I64),
    keyValueMetadata: optional(8, list(KEY_VALUE)),
    dataPageOffset: required(9, I64),
    indexPageOffset: optional(10, I64),
    dictionaryPageOffset: optional(11, I64),
    statistics: optional(12, STATISTICS),
    encodingStats: optional(13, list(PAGE_ENCODING_STATS)),
    bloomFilterOffset: optional(14, I64),
    bloomFilterLength: optional(15, I32),
    sizeStatistics: optional(16, SIZE_STATISTICS),
    geospatialStatistics: optional(17, GEOSPATIAL_STATISTICS),
  }),
);

const AES_GCM = struct<AesGcmParameters>("AesGcmV1", () => ({
  aadPrefix: optional(1, BINARY),
  aadFileUnique: optional(2, BINARY),
  supplyAadPrefix: optional(3, BOOL),
}));

const ENCRYPTION_ALGORITHM = union<EncryptionAlgorithm>("EncryptionAlgorithm", () => ({
  AES_GCM_V1: required(1, AES_GCM),
  AES_GCM_CTR_V1: required(2, AES_GCM),
}));

const COLUMN_CRYPTO_META_DATA = union<ColumnCryptoMetaData>("ColumnCryptoMetaData", () => ({
  ENCRYPTION_WITH_FOOTER_KEY: required(1, EMPTY),
  ENCRYPTION_WITH_COLUMN_KEY: required(
    2,
    struct<{ readonly pathInSchema: readonly string[]; readonly keyMetadata?: Uint8Array }>(
      "EncryptionWithColumnKey",
      () => ({ pathInSchema: required(1, list(STRING)), keyMetadata: optional(2, BINARY) }),
    ),
  ),
}));

/** A column chunk. */
export const COLUMN_CHUNK: ThriftType<ColumnChunk> = struct<ColumnChunk>("ColumnChunk", () => ({
  filePath: optional(1, STRING),
  fileOffset: required(2, I64),
  metaData: required(3, COLUMN_META_DATA),
  offsetIndexOffset: optional(4, I64),
  offsetIndexLength: optional(5, I32),
  columnIndexOffset: optional(6, I64),
  columnIndexLength: optional(7, I32),
  cryptoMetadata: optional(8, COLUMN_CRYPTO_META_DATA),
  encryptedColumnMetadata: optional(9, BINARY),
}));

const ROW_GROUP = struct<RowGroup>("RowGroup", () => ({
  columns: required(1, list(COLUMN_CHUNK)),
  totalByteSize: required(2, I64),
  numRows: required(3, I64),
  sortingColumns: optional(4, list(SORTING_COLUMN)),
  fileOffset: optional(5, I64),
  totalCompressedSize: optional(6, I64),
  ordinal: optional(7, I16),
}));

/** `FileMetaData` */
export const FILE_META_DATA: ThriftType<ParquetMetaData> = struct<ParquetMetaData>(
  "FileMetaData",
  () => ({
    version: required(1, I32),
    schema: required(2, list(SCHEMA_ELEMENT)),
    numRows: required(3, I64),
    rowGroups: required(4, list(ROW_GROUP)),
    keyValueMetadata: optional(5, list(KEY_VALUE)),
    createdBy: optional(6, STRING),
    columnOrders: optional(7, list(COLUMN_ORDER)),
    encryptionAlgorithm: optional(8, ENCRYPTION_ALGORITHM),
    footerSigningKeyMetadata: optional(9, BINARY),
  }),
);

/** `PageHeader` */
export const PAGE_HEADER: ThriftType<PageHeader> = struct<PageHeader>("PageHeader", () => ({
  type: required(1, PAGE_TYPE),
  uncompressedPageSize: required(2, I32),
  compressedPageSize: required(3, I32),
  crc: optional(4, I32),
  dataPageHeader: optional(
    5,
    struct<DataPageHeader>("DataPageHeader", () => ({
      numValues: required(1, I32),
      encoding: required(2, ENCODING),
      definitionLevelEncoding: required(3, ENCODING),
      repetitionLevelEncoding: required(4, ENCODING),
      statistics: optional(5, STATISTICS),
    })),
  ),
  indexPageHeader: optional(6, struct<IndexPageHeader>("IndexPageHeader", () => ({}))),
  dictionaryPageHeader: optional(
    7,
    struct<DictionaryPageHeader>("DictionaryPageHeader", () => ({
      numValues: required(1, I32),
      encoding: required(2, ENCODING),
      isSorted: optional(3, BOOL),
    })),
  ),
  dataPageHeaderV2: optional(
    8,
    struct<DataPageHeaderV2>("DataPageHeaderV2", () => ({
      numValues: required(1, I32),
      numNulls: required(2, I32),
      numRows: required(3, I32),
      encoding: required(4, ENCODING),
      definitionLevelsByteLength: required(5, I32),
      repetitionLevelsByteLength: required(6, I32),
      isCompressed: optional(7, BOOL),
      statistics: optional(8, STATISTICS),
    })),
  ),
}));

/** `OffsetIndex` */
export const OFFSET_INDEX: ThriftType<OffsetIndex> = struct<OffsetIndex>("OffsetIndex", () => ({
  pageLocations: required(
    1,
    list(struct<PageLocation>("PageLocation", () => ({
      offset: required(1, I64),
      compressedPageSize: required(2, I32),
      firstRowIndex: required(3, I64),
    }))),
  ),
  unencodedByteArrayDataBytes: optional(2, list(I64)),
}));

/** `ColumnIndex` */
export const COLUMN_INDEX: ThriftType<ColumnIndex> = struct<ColumnIndex>("ColumnIndex", () => ({
  nullPages: required(1, list(BOOL)),
  minValues: required(2, list(BINARY)),
  maxValues: required(3, list(BINARY)),
  boundaryOrder: required(4, BOUNDARY_ORDER),
  nullCounts: optional(5, list(I64)),
  repetitionLevelHistograms: optional(6, list(I64)),
  definitionLevelHistograms: optional(7, list(I64)),
  nanCounts: optional(8, list(I64)),
}));

/** `BloomFilterHeader` */
export const BLOOM_FILTER_HEADER: ThriftType<BloomFilterHeader> = struct<BloomFilterHeader>(
  "BloomFilterHeader",
  () => ({
    numBytes: required(1, I32),
    algorithm: required(2, nameUnion<"BLOCK">("BloomFilterAlgorithm", { BLOCK: 1 })),
    hash: required(3, nameUnion<"XXHASH">("BloomFilterHash", { XXHASH: 1 })),
    compression: required(
      4,
      nameUnion<"UNCOMPRESSED">("BloomFilterCompression", { UNCOMPRESSED: 1 }),
    ),
  }),
);
