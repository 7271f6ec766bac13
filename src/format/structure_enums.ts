/**
 * Enums of Parquet's metadata, with the numbers of the specification.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 *
 * @module
 */

import type {
  BoundaryOrder,
  CompressionCodec,
  ConvertedType,
  EdgeInterpolationAlgorithm,
  Encoding,
  FieldRepetitionType,
  PageType,
  PhysicalType,
} from "./metadata.ts";
import { enumeration, type ThriftType } from "./thrift_description.ts";

/** Physical types. */
export const TYPE: ThriftType<PhysicalType> = enumeration<PhysicalType>("Type", {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
});

/** Converted types. */
export const CONVERTED_TYPE: ThriftType<ConvertedType> = enumeration<ConvertedType>(
  "ConvertedType",
  {
    UTF8: 0,
    MAP: 1,
    MAP_KEY_VALUE: 2,
    LIST: 3,
    ENUM: 4,
    DECIMAL: 5,
    DATE: 6,
    TIME_MILLIS: 7,
    TIME_MICROS: 8,
    TIMESTAMP_MILLIS: 9,
    TIMESTAMP_MICROS: 10,
    UINT_8: 11,
    UINT_16: 12,
    UINT_32: 13,
    UINT_64: 14,
    INT_8: 15,
    INT_16: 16,
    INT_32: 17,
    INT_64: 18,
    JSON: 19,
    BSON: 20,
    INTERVAL: 21,
  },
);

/** Repetition types. */
export const FIELD_REPETITION_TYPE: ThriftType<FieldRepetitionType> = enumeration<
  FieldRepetitionType
>("FieldRepetitionType", {
  REQUIRED: 0,
  OPTIONAL: 1,
  REPEATED: 2,
});

/** Encodings. */
export const ENCODING: ThriftType<Encoding> = enumeration<Encoding>("Encoding", {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  BIT_PACKED: 4,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9,
  ALP: 10,
});

/** Codecs. */
export const COMPRESSION_CODEC: ThriftType<CompressionCodec> = enumeration<CompressionCodec>(
  "CompressionCodec",
  {
    UNCOMPRESSED: 0,
    SNAPPY: 1,
    GZIP: 2,
    LZO: 3,
    BROTLI: 4,
    LZ4: 5,
    ZSTD: 6,
    LZ4_RAW: 7,
  },
);

/** Types of pages. */
export const PAGE_TYPE: ThriftType<PageType> = enumeration<PageType>("PageType", {
  DATA_PAGE: 0,
  INDEX_PAGE: 1,
  DICTIONARY_PAGE: 2,
  DATA_PAGE_V2: 3,
});

/** Orders of the bounds of pages. */
export const BOUNDARY_ORDER: ThriftType<BoundaryOrder> = enumeration<BoundaryOrder>(
  "BoundaryOrder",
  {
    UNORDERED: 0,
    ASCENDING: 1,
    DESCENDING: 2,
  },
);

/** Algorithms of edges. */
export const EDGE_INTERPOLATION_ALGORITHM: ThriftType<EdgeInterpolationAlgorithm> = enumeration<
  EdgeInterpolationAlgorithm
>(
  "EdgeInterpolationAlgorithm",
  { SPHERICAL: 0, VINCENTY: 1, THOMAS: 2, ANDOYER: 3, KARNEY: 4 },
);
