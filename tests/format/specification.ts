/**
 * What parquet.thrift declares, as a table, and what follows from it: values at random, and their bare Thrift form. Nothing of
 * `src/` is used, so that a wrong id, type or name there cannot be wrong here as well.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

import fc from "fast-check";
import type { ThriftStruct, ThriftValue } from "../support/thrift_reader.ts";

/** Of one difference to the specification: it calls `meta_data` optional, and says beside it that it has to be there. */
const DECLARATIONS = `
enum Type: 0 BOOLEAN, 1 INT32, 2 INT64, 3 INT96, 4 FLOAT, 5 DOUBLE, 6 BYTE_ARRAY, 7 FIXED_LEN_BYTE_ARRAY
enum ConvertedType: 0 UTF8, 1 MAP, 2 MAP_KEY_VALUE, 3 LIST, 4 ENUM, 5 DECIMAL, 6 DATE, 7 TIME_MILLIS,
  8 TIME_MICROS, 9 TIMESTAMP_MILLIS, 10 TIMESTAMP_MICROS, 11 UINT_8, 12 UINT_16, 13 UINT_32, 14 UINT_64,
  15 INT_8, 16 INT_16, 17 INT_32, 18 INT_64, 19 JSON, 20 BSON, 21 INTERVAL
enum FieldRepetitionType: 0 REQUIRED, 1 OPTIONAL, 2 REPEATED
struct SizeStatistics: 1 optional i64 unencoded_byte_array_data_bytes,
  2 optional list<i64> repetition_level_histogram, 3 optional list<i64> definition_level_histogram
struct BoundingBox: 1 required double xmin, 2 required double xmax, 3 required double ymin,
  4 required double ymax, 5 optional double zmin, 6 optional double zmax, 7 optional double mmin,
  8 optional double mmax
struct GeospatialStatistics: 1 optional BoundingBox bbox, 2 optional list<i32> geospatial_types
struct Statistics: 1 optional binary max, 2 optional binary min, 3 optional i64 null_count,
  4 optional i64 distinct_count, 5 optional binary max_value, 6 optional binary min_value,
  7 optional bool is_max_value_exact, 8 optional bool is_min_value_exact, 9 optional i64 nan_count
struct StringType:
struct UUIDType:
struct MapType:
struct ListType:
struct EnumType:
struct DateType:
struct Float16Type:
struct NullType:
struct DecimalType: 1 required i32 scale, 2 required i32 precision
struct MilliSeconds:
struct MicroSeconds:
struct NanoSeconds:
union TimeUnit: 1 MilliSeconds MILLIS, 2 MicroSeconds MICROS, 3 NanoSeconds NANOS
struct TimestampType: 1 required bool isAdjustedToUTC, 2 required TimeUnit unit
struct TimeType: 1 required bool isAdjustedToUTC, 2 required TimeUnit unit
struct IntType: 1 required i8 bitWidth, 2 required bool isSigned
struct JsonType:
struct BsonType:
struct VariantType: 1 optional i8 specification_version
enum EdgeInterpolationAlgorithm: 0 SPHERICAL, 1 VINCENTY, 2 THOMAS, 3 ANDOYER, 4 KARNEY
struct GeometryType: 1 optional string crs
struct GeographyType: 1 optional string crs, 2 optional EdgeInterpolationAlgorithm algorithm
struct FileType:
union LogicalType: 1 StringType STRING, 2 MapType MAP, 3 ListType LIST, 4 EnumType ENUM,
  5 DecimalType DECIMAL, 6 DateType DATE, 7 TimeType TIME, 8 TimestampType TIMESTAMP, 10 IntType INTEGER,
  11 NullType UNKNOWN, 12 JsonType JSON, 13 BsonType BSON, 14 UUIDType UUID, 15 Float16Type FLOAT16,
  16 VariantType VARIANT, 17 GeometryType GEOMETRY, 18 GeographyType GEOGRAPHY, 19 FileType FILE
struct SchemaElement: 1 optional Type type, 2 optional i32 type_length,
  3 optional FieldRepetitionType repetition_type, 4 required string name, 5 optional i32 num_children,
  6 optional ConvertedType converted_type, 7 optional i32 scale, 8 optional i32 precision,
  9 optional i32 field_id, 10 optional LogicalType logicalType
enum Encoding: 0 PLAIN, 2 PLAIN_DICTIONARY, 3 RLE, 4 BIT_PACKED, 5 DELTA_BINARY_PACKED,
  6 DELTA_LENGTH_BYTE_ARRAY, 7 DELTA_BYTE_ARRAY, 8 RLE_DICTIONARY, 9 BYTE_STREAM_SPLIT, 10 ALP
enum CompressionCodec: 0 UNCOMPRESSED, 1 SNAPPY, 2 GZIP, 3 LZO, 4 BROTLI, 5 LZ4, 6 ZSTD, 7 LZ4_RAW
enum PageType: 0 DATA_PAGE, 1 INDEX_PAGE, 2 DICTIONARY_PAGE, 3 DATA_PAGE_V2
enum BoundaryOrder: 0 UNORDERED, 1 ASCENDING, 2 DESCENDING
struct DataPageHeader: 1 required i32 num_values, 2 required Encoding encoding,
  3 required Encoding definition_level_encoding, 4 required Encoding repetition_level_encoding,
  5 optional Statistics statistics
struct IndexPageHeader:
struct DictionaryPageHeader: 1 required i32 num_values, 2 required Encoding encoding,
  3 optional bool is_sorted
struct DataPageHeaderV2: 1 required i32 num_values, 2 required i32 num_nulls, 3 required i32 num_rows,
  4 required Encoding encoding, 5 required i32 definition_levels_byte_length,
  6 required i32 repetition_levels_byte_length, 7 optional bool is_compressed,
  8 optional Statistics statistics
struct SplitBlockAlgorithm:
union BloomFilterAlgorithm: 1 SplitBlockAlgorithm BLOCK
struct XxHash:
union BloomFilterHash: 1 XxHash XXHASH
struct Uncompressed:
union BloomFilterCompression: 1 Uncompressed UNCOMPRESSED
struct BloomFilterHeader: 1 required i32 numBytes, 2 required BloomFilterAlgorithm algorithm,
  3 required BloomFilterHash hash, 4 required BloomFilterCompression compression
struct PageHeader: 1 required PageType type, 2 required i32 uncompressed_page_size,
  3 required i32 compressed_page_size, 4 optional i32 crc, 5 optional DataPageHeader data_page_header,
  6 optional IndexPageHeader index_page_header, 7 optional DictionaryPageHeader dictionary_page_header,
  8 optional DataPageHeaderV2 data_page_header_v2
struct KeyValue: 1 required string key, 2 optional string value
struct SortingColumn: 1 required i32 column_idx, 2 required bool descending, 3 required bool nulls_first
struct PageEncodingStats: 1 required PageType page_type, 2 required Encoding encoding, 3 required i32 count
struct ColumnMetaData: 1 required Type type, 2 required list<Encoding> encodings,
  3 required list<string> path_in_schema, 4 required CompressionCodec codec, 5 required i64 num_values,
  6 required i64 total_uncompressed_size, 7 required i64 total_compressed_size,
  8 optional list<KeyValue> key_value_metadata, 9 required i64 data_page_offset,
  10 optional i64 index_page_offset, 11 optional i64 dictionary_page_offset,
  12 optional Statistics statistics, 13 optional list<PageEncodingStats> encoding_stats,
  14 optional i64 bloom_filter_offset, 15 optional i32 bloom_filter_length,
  16 optional SizeStatistics size_statistics, 17 optional GeospatialStatistics geospatial_statistics
struct EncryptionWithFooterKey:
struct EncryptionWithColumnKey: 1 required list<string> path_in_schema, 2 optional binary key_metadata
union ColumnCryptoMetaData: 1 EncryptionWithFooterKey ENCRYPTION_WITH_FOOTER_KEY,
  2 EncryptionWithColumnKey ENCRYPTION_WITH_COLUMN_KEY
struct ColumnChunk: 1 optional string file_path, 2 required i64 file_offset,
  3 required ColumnMetaData meta_data, 4 optional i64 offset_index_offset, 5 optional i32 offset_index_length,
  6 optional i64 column_index_offset, 7 optional i32 column_index_length,
  8 optional ColumnCryptoMetaData crypto_metadata, 9 optional binary encrypted_column_metadata
struct RowGroup: 1 required list<ColumnChunk> columns, 2 required i64 total_byte_size,
  3 required i64 num_rows, 4 optional list<SortingColumn> sorting_columns, 5 optional i64 file_offset,
  6 optional i64 total_compressed_size, 7 optional i16 ordinal
struct TypeDefinedOrder:
struct IEEE754TotalOrder:
struct Int96TimestampOrder:
union ColumnOrder: 1 TypeDefinedOrder TYPE_ORDER, 2 IEEE754TotalOrder IEEE_754_TOTAL_ORDER,
  3 Int96TimestampOrder INT96_TIMESTAMP_ORDER
struct PageLocation: 1 required i64 offset, 2 required i32 compressed_page_size,
  3 required i64 first_row_index
struct OffsetIndex: 1 required list<PageLocation> page_locations,
  2 optional list<i64> unencoded_byte_array_data_bytes
struct ColumnIndex: 1 required list<bool> null_pages, 2 required list<binary> min_values,
  3 required list<binary> max_values, 4 required BoundaryOrder boundary_order,
  5 optional list<i64> null_counts, 6 optional list<i64> repetition_level_histograms,
  7 optional list<i64> definition_level_histograms, 8 optional list<i64> nan_counts
struct AesGcmV1: 1 optional binary aad_prefix, 2 optional binary aad_file_unique,
  3 optional bool supply_aad_prefix
struct AesGcmCtrV1: 1 optional binary aad_prefix, 2 optional binary aad_file_unique,
  3 optional bool supply_aad_prefix
union EncryptionAlgorithm: 1 AesGcmV1 AES_GCM_V1, 2 AesGcmCtrV1 AES_GCM_CTR_V1
struct FileMetaData: 1 required i32 version, 2 required list<SchemaElement> schema, 3 required i64 num_rows,
  4 required list<RowGroup> row_groups, 5 optional list<KeyValue> key_value_metadata,
  6 optional string created_by, 7 optional list<ColumnOrder> column_orders,
  8 optional EncryptionAlgorithm encryption_algorithm, 9 optional binary footer_signing_key_metadata
`;

interface Member {
  readonly id: number;
  readonly required: boolean;
  readonly type: string;
  readonly name: string;
}

type Declaration =
  | { readonly kind: "enum"; readonly numbers: ReadonlyMap<string, number> }
  | { readonly kind: "struct" | "union"; readonly members: readonly Member[] };

const declarations = new Map<string, Declaration>();
for (const line of DECLARATIONS.replaceAll("\n  ", " ").trim().split("\n")) {
  const [, kind, name, body] = /^(\w+) (\w+):(.*)$/.exec(line)!;
  const items = body!.split(",").map((item) => item.trim().split(" ")).filter(([id]) => id !== "");
  declarations.set(
    name!,
    kind === "enum"
      ? { kind, numbers: new Map(items.map(([number, label]) => [label!, Number(number)])) }
      : {
        kind: kind as "struct" | "union",
        members: items.map((words) => ({
          id: Number(words[0]),
          required: words[1] !== "optional",
          type: words.at(-2)!,
          name: words.at(-1)!,
        })),
      },
  );
}

/** Every structure of the table that has members. */
export const STRUCTURES: readonly string[] = [...declarations]
  .filter(([, declaration]) => declaration.kind === "struct" && declaration.members.length > 0)
  .map(([name]) => name);

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function membersOf(name: string): readonly Member[] {
  const declaration = declarations.get(name)!;
  return declaration.kind === "enum" ? [] : declaration.members;
}

/** A union that is a mere name in JavaScript. */
function isNameUnion(name: string): boolean {
  return name === "TimeUnit" || name.startsWith("BloomFilter");
}

/** Values at random, in the form of `src/format/metadata.ts`. */
export function valuesOf(type: string): fc.Arbitrary<unknown> {
  if (type.startsWith("list<")) return fc.array(valuesOf(type.slice(5, -1)), { maxLength: 20 });
  switch (type) {
    case "bool":
      return fc.boolean();
    case "i8":
      return fc.integer({ min: -128, max: 127 });
    case "i16":
      return fc.integer({ min: -32768, max: 32767 });
    case "i32":
      return fc.integer();
    case "i64":
      return fc.oneof(fc.integer(), fc.maxSafeInteger());
    case "double":
      return fc.double();
    case "string":
      // hyparquet takes a byte order mark away; it has a test of its own.
      return fc.string({ unit: "binary", maxLength: 200 }).map((text) =>
        text.replace(/^\ufeff+/, "")
      );
    case "binary":
      return fc.uint8Array({ maxLength: 40 });
  }
  const declaration = declarations.get(type)!;
  if (declaration.kind === "enum") return fc.constantFrom(...declaration.numbers.keys());
  if (declaration.kind === "struct") return recordsOf(declaration.members);
  return fc.oneof(
    ...declaration.members.map((member) =>
      isNameUnion(type)
        ? fc.constant(member.name)
        : recordsOf(membersOf(member.type)).map((record) => ({ type: member.name, ...record }))
    ),
  );
}

function recordsOf(members: readonly Member[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(members.map(({ name, type }) => [camelCase(name), valuesOf(type)])),
    {
      requiredKeys: members.filter(({ required }) => required).map(({ name }) => camelCase(name)),
      noNullPrototype: true,
    },
  );
}

/** The form that a reader without any description gives: members by id. */
export function bareThrift(type: string, value: unknown): ThriftValue {
  if (type.startsWith("list<")) {
    return (value as unknown[]).map((item) => bareThrift(type.slice(5, -1), item));
  }
  switch (type) {
    case "i64":
      return BigInt(value as number);
    case "string":
      return new TextEncoder().encode(value as string);
    case "bool":
    case "i8":
    case "i16":
    case "i32":
    case "double":
    case "binary":
      return value as ThriftValue;
  }
  const declaration = declarations.get(type)!;
  if (declaration.kind === "enum") return declaration.numbers.get(value as string)!;
  if (declaration.kind === "struct") return bareMembers(declaration.members, value);
  const name = isNameUnion(type) ? value : (value as { type: string }).type;
  const member = declaration.members.find((candidate) => candidate.name === name)!;
  return { [member.id]: bareMembers(membersOf(member.type), value) };
}

function bareMembers(members: readonly Member[], value: unknown): ThriftStruct {
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    members
      .filter(({ name }) => record[camelCase(name)] !== undefined)
      .map(({ id, name, type }) => [id, bareThrift(type, record[camelCase(name)])]),
  );
}
