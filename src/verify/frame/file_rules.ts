/** @module Rules about the file's frame: magic, footer, schema, row groups, chunk metadata, page headers. */

import { fault, remark, type Rule } from "../rule.ts";

const THRIFT = "parquet.thrift";
const README = "parquet-format README.md";
const TYPES = "LogicalTypes.md";

/** Rules by name. */
export const FILE_RULES = {
  // The file as a whole.
  "magic": fault("the file begins and ends with PAR1", `${README}, File format`),
  "footer-length": fault(
    "the four bytes before the last magic are the length of the footer, which lies within the file",
    `${README}, File format`,
  ),
  "encrypted": remark(
    "nothing is encrypted: what is cannot be verified without its keys; a fault where the footer is, since nothing else can be read",
    "parquet-ext; Encryption.md",
  ),
  "limit": fault(
    "nothing is larger than this verifier looks at: what was not looked at cannot be called right",
    "parquet-ext",
  ),
  "overlap": fault(
    "no byte belongs to two structures of the file",
    `${README}, File format; Column chunks`,
  ),
  "gap": remark(
    "every byte of the file belongs to a structure that the footer knows of",
    `${README}, File format (padding is not forbidden)`,
  ),
  "metadata-copies": remark(
    "metadata of column chunks is in the footer only: no reader uses copies between the chunks",
    `${THRIFT}, ColumnChunk.file_offset; written by old parquet-java, arrow-cpp, polars, ClickHouse`,
  ),
  "version": fault("version is 1 or 2", `${THRIFT}, FileMetaData.version`),
  "created-by": remark(
    "created_by reads <application> version <version>, without which parquet-java distrusts statistics",
    `${THRIFT}, FileMetaData.created_by`,
  ),
  "key-value-duplicate": remark(
    "a key of key_value_metadata occurs once, since readers differ in which value they take",
    `${THRIFT}, FileMetaData.key_value_metadata`,
  ),

  // Thrift.
  "thrift": fault(
    "a structure can be read by the compact protocol, with every required member, known names and valid UTF-8",
    `${THRIFT}; thrift-compact-protocol.md`,
  ),
  "thrift-type": fault(
    "a member is written with the type that it is declared with; readers skip it otherwise",
    "thrift-compact-protocol.md, Struct encoding",
  ),
  "thrift-length": fault(
    "a structure takes exactly the bytes that are set aside for it",
    `${README}, File format; ${THRIFT}, ColumnChunk`,
  ),
  "thrift-form": remark(
    "integers, field ids and empty lists take the shortest form that the protocol has",
    "thrift-compact-protocol.md, Struct encoding; List and set",
  ),
  "thrift-unknown-field": remark(
    "every member is known to the specification",
    `${THRIFT}; BinaryProtocolExtensions.md`,
  ),

  // Schema.
  "schema-tree": fault(
    "the schema is one tree, flattened depth first, each node followed by as many children as it says",
    `${THRIFT}, FileMetaData.schema; SchemaElement.num_children`,
  ),
  "schema-node": fault(
    "a node has either a type, which makes it a leaf, or children",
    `${THRIFT}, SchemaElement`,
  ),
  "repetition": fault(
    "every node but the root has a repetition type",
    `${THRIFT}, SchemaElement.repetition_type`,
  ),
  "root-repetition": remark(
    "the root of the schema has no repetition type other than REQUIRED",
    `${THRIFT}, SchemaElement.repetition_type`,
  ),
  "leaf-children": remark(
    "num_children is not set for a leaf, not even to 0",
    `${THRIFT}, SchemaElement.num_children`,
  ),
  "group-empty": remark(
    "a group has a child; most readers refuse one without",
    `${THRIFT}, SchemaElement`,
  ),
  "name-empty": remark("a name is not empty", `${THRIFT}, SchemaElement.name`),
  "name-duplicate": remark(
    "children of one group have different names; readers by name find only one of them",
    `${THRIFT}, SchemaElement.name`,
  ),
  "type-length": fault(
    "a FIXED_LEN_BYTE_ARRAY has a type_length of 1 or more",
    `${THRIFT}, SchemaElement.type_length`,
  ),
  "annotation-type": fault(
    "a logical or converted type annotates a physical type, or a group, that it is defined for",
    `${TYPES}; ${THRIFT}, LogicalType; ConvertedType`,
  ),
  "annotation-unknown": remark(
    "the logical type is one that the specification has",
    `${THRIFT}, LogicalType`,
  ),
  "converted-type": fault(
    "the converted type is the one that belongs to the logical type",
    `${THRIFT}, LogicalType; ${TYPES}, Forward compatibility`,
  ),
  "converted-type-missing": fault(
    "a logical type that has a converted type comes with it",
    `${THRIFT}, LogicalType`,
  ),
  "converted-type-local": remark(
    "local times have the converted type of UTC times too, for readers that know no other",
    `${TYPES}, Deprecated time ConvertedType; left out by pyarrow, parquet-java, polars`,
  ),
  "decimal": fault(
    "a decimal has a precision of 1 or more that its type has room for, and a scale from 0 to it",
    `${TYPES}, DECIMAL`,
  ),
  "decimal-members": fault(
    "scale and precision of the SchemaElement are those of the DECIMAL annotation",
    `${THRIFT}, DecimalType; LogicalType`,
  ),
  "decimal-width": remark("an INT64 decimal has 10 digits or more", `${TYPES}, DECIMAL`),
  "list-shape": fault(
    "a LIST is an optional or required group of one repeated field",
    `${TYPES}, Lists`,
  ),
  "list-legacy": remark(
    "a LIST has three levels, named list and element",
    `${TYPES}, Lists, Backward-compatibility rules`,
  ),
  "map-shape": fault(
    "a MAP is an optional or required group of one repeated group of a required key and at most a value",
    `${TYPES}, Maps`,
  ),
  "map-legacy": remark(
    "a MAP is annotated as such, its levels named key_value, key and value",
    `${TYPES}, Maps, Backward-compatibility rules`,
  ),
  "repeated-unannotated": remark(
    "a repeated field belongs to a LIST or a MAP",
    `${TYPES}, Nested Types`,
  ),
  "variant-shape": fault(
    "a VARIANT is a group of a required BYTE_ARRAY metadata and a BYTE_ARRAY value, optional only with typed_value",
    `${TYPES}, VARIANT; VariantShredding.md`,
  ),
  "file-shape": fault(
    "a FILE is a group of optional uri, offset, size, content_type, checksum and inline, each of its type",
    `${TYPES}, FILE`,
  ),
  "column-orders": fault(
    "there is one column order for each leaf, and one that its type may have",
    `${THRIFT}, FileMetaData.column_orders; ColumnOrder`,
  ),
  "column-orders-missing": fault(
    "where min_value and max_value are written, column_orders is too",
    `${THRIFT}, FileMetaData.column_orders`,
  ),
  "deprecated-int96": remark("no column is INT96", `${THRIFT}, Type`),

  // Row groups.
  "file-rows": fault(
    "num_rows of the file is the sum of its row groups'",
    `${THRIFT}, FileMetaData.num_rows`,
  ),
  "row-group-columns": fault(
    "a row group has one column chunk for each leaf, in the order of the schema",
    `${README}, Glossary; ${THRIFT}, RowGroup.columns`,
  ),
  "row-group-rows": fault("num_rows is not negative", `${THRIFT}, RowGroup.num_rows`),
  "row-group-empty": remark("a row group has rows", `${THRIFT}, RowGroup.num_rows`),
  "row-group-byte-size": fault(
    "total_byte_size is the sum of the chunks' uncompressed sizes",
    `${THRIFT}, RowGroup.total_byte_size`,
  ),
  "row-group-compressed-size": fault(
    "total_compressed_size is the sum of the chunks' compressed sizes",
    `${THRIFT}, RowGroup.total_compressed_size`,
  ),
  "row-group-ordinal": fault(
    "ordinal is the ordinal of the row group in the file",
    `${THRIFT}, RowGroup.ordinal`,
  ),
  "row-group-offset": fault(
    "file_offset is where the first page of the row group begins",
    `${THRIFT}, RowGroup.file_offset`,
  ),
  "sorting-columns": fault(
    "column_idx of a sorting column is the ordinal of a leaf",
    `${THRIFT}, SortingColumn.column_idx`,
  ),
  "sorting-columns-duplicate": remark(
    "a column is a sorting column once",
    `${THRIFT}, RowGroup.sorting_columns`,
  ),

  // Column chunks.
  "column-path": fault(
    "path_in_schema is the path of the leaf at the chunk's place",
    `${THRIFT}, ColumnMetaData.path_in_schema`,
  ),
  "column-type": fault(
    "type is the physical type of the leaf",
    `${THRIFT}, ColumnMetaData.type`,
  ),
  "file-path": fault(
    "the data of a column chunk is in the file itself",
    `${THRIFT}, ColumnChunk.file_path`,
  ),
  "deprecated-file-offset": remark(
    "file_offset of a column chunk is 0",
    `${THRIFT}, ColumnChunk.file_offset`,
  ),
  "deprecated-min-max": remark(
    "min and max, whose order is undefined for most types, are not written",
    `${THRIFT}, Statistics.min; Statistics.max`,
  ),
  "deprecated-codec": remark(
    "the codec is neither LZ4, of which two framings are about, nor LZO, which hardly a reader has",
    `${THRIFT}, CompressionCodec; Compression.md`,
  ),
  "chunk-range": fault(
    "a column chunk lies between the first magic and the footer",
    `${README}, File format; ${THRIFT}, ColumnMetaData.data_page_offset`,
  ),
  "chunk-values": fault(
    "num_values is the sum of the data pages', and one a row in a column that is not repeated",
    `${THRIFT}, ColumnMetaData.num_values`,
  ),
  "chunk-rows": fault(
    "the pages of a column chunk hold the rows of the row group",
    `${THRIFT}, RowGroup.num_rows; DataPageHeaderV2.num_rows`,
  ),
  "chunk-compressed-size": fault(
    "total_compressed_size is the sum of all pages, headers included",
    `${THRIFT}, ColumnMetaData.total_compressed_size`,
  ),
  "chunk-uncompressed-size": fault(
    "total_uncompressed_size is the sum of all pages before compression, headers included",
    `${THRIFT}, ColumnMetaData.total_uncompressed_size`,
  ),
  "data-page-offset": fault(
    "data_page_offset is where the first data page begins",
    `${THRIFT}, ColumnMetaData.data_page_offset`,
  ),
  "dictionary-page-offset": fault(
    "dictionary_page_offset is where the dictionary page begins, before the data pages, and absent without one",
    `${THRIFT}, ColumnMetaData.dictionary_page_offset`,
  ),
  "encodings": fault(
    "encodings lists those of the data pages, and none that no page has",
    `${THRIFT}, ColumnMetaData.encodings`,
  ),
  "encodings-incomplete": fault(
    "encodings lists those of levels and of the dictionary page too",
    `${THRIFT}, ColumnMetaData.encodings; Encoding`,
  ),
  "encodings-levels-v2": remark(
    "encodings lists RLE for the levels of data pages v2, which have no other",
    `${THRIFT}, ColumnMetaData.encodings; left out by parquet-java`,
  ),
  "encodings-duplicate": remark(
    "encodings is a set",
    `${THRIFT}, ColumnMetaData.encodings`,
  ),
  "encoding-stats-v2": remark(
    "encoding_stats counts data pages v2 as DATA_PAGE_V2, not as DATA_PAGE",
    `${THRIFT}, PageEncodingStats; counted as DATA_PAGE by pyarrow, arrow-go`,
  ),
  "encoding-stats": fault(
    "encoding_stats says how many pages of each type have each encoding",
    `${THRIFT}, ColumnMetaData.encoding_stats; PageEncodingStats`,
  ),

  // Pages.
  "page-header-member": fault(
    "a page header has the member that belongs to its type, and no other",
    `${THRIFT}, PageHeader`,
  ),
  "page-size": fault(
    "sizes of a page are not negative, and it ends within its column chunk",
    `${THRIFT}, PageHeader.compressed_page_size`,
  ),
  "page-counts": fault(
    "counts and lengths in a page header are not negative, and fit into each other",
    `${THRIFT}, DataPageHeader; DataPageHeaderV2`,
  ),
  "page-encoding": fault(
    "the encoding of a page is one that its type of page and its physical type may have",
    "Encodings.md, Supported Encodings",
  ),
  "level-encoding": fault(
    "levels are encoded as RLE or BIT_PACKED",
    "Encodings.md, Supported Encodings; RLE",
  ),
  "deprecated-encoding": remark(
    "neither PLAIN_DICTIONARY nor BIT_PACKED is used",
    "Encodings.md, Deprecated Encodings; Dictionary Encoding",
  ),
  "dictionary-page": fault(
    "a column chunk has one dictionary page at most, and it comes first",
    `${README}, Column chunks; ${THRIFT}, DictionaryPageHeader`,
  ),
  "dictionary-missing": fault(
    "a page with dictionary ids has a dictionary page before it",
    "Encodings.md, Dictionary Encoding",
  ),
  "page-mid-row": fault(
    "the first page of a chunk begins with a row; each page does in version 2, and where there is a page index",
    `${THRIFT}, DataPageHeader.num_values; DataPageHeaderV2.num_rows`,
  ),
  "index-page": remark(
    "there are no index pages: nothing is said about what they hold",
    `${THRIFT}, IndexPageHeader`,
  ),

  // Indexes and Bloom filters.
  "index-location": fault(
    "offset and length of an index are both present, and lie between the first magic and the footer",
    `${THRIFT}, ColumnChunk.column_index_offset; PageIndex.md`,
  ),
  "offset-index": fault(
    "an offset index has one entry for each data page, with its place, its bytes and its first row",
    `${THRIFT}, OffsetIndex; PageLocation`,
  ),
  "offset-index-missing": fault(
    "where there is a column index, there is an offset index",
    `${THRIFT}, ColumnIndex`,
  ),
  "bloom-filter-location": fault(
    "a Bloom filter lies between the first magic and the footer",
    `${THRIFT}, ColumnMetaData.bloom_filter_offset`,
  ),
  "bloom-filter-size": fault(
    "a Bloom filter has one or more blocks of 32 bytes",
    "BloomFilter.md, Split Block Filter",
  ),
  "bloom-filter-length": fault(
    "bloom_filter_length is the length of the filter with its header",
    `${THRIFT}, ColumnMetaData.bloom_filter_length`,
  ),
  "bloom-filter-length-missing": remark(
    "bloom_filter_length is there, so that a filter is read in one go",
    `${THRIFT}, ColumnMetaData.bloom_filter_length`,
  ),
  "bloom-filter-power": remark(
    "a Bloom filter has a power of two of bytes, up to 128 MiB: parquet-cpp refuses others",
    "parquet-cpp, BlockSplitBloomFilter::Init",
  ),
} as const satisfies Record<string, Rule>;
