/** @module Rules about pages: checksums, compression, levels, values. */

import { fault, remark, type Rule } from "../rule.ts";

/** Rules by name. */
export const PAGE_RULES = {
  "page-checksum": fault(
    "The CRC-32 in a page header is that of the page as it is stored",
    "parquet.thrift, PageHeader.crc; README.md, Checksumming",
  ),
  "page-decompression": fault(
    "A page decompresses with the chunk's codec, to exactly the bytes that its header states",
    "parquet.thrift, PageHeader.uncompressed_page_size; Compression.md",
  ),
  "page-compression-leftover": fault(
    "Nothing follows the compressed data of a page",
    "Compression.md: without any additional framing or padding",
  ),
  "page-gzip-members": remark(
    "A GZIP page is a single member",
    "Compression.md, GZIP: some readers stop after the first",
  ),
  "page-empty-compression": remark(
    "A section marked as compressed is what the codec makes of it, even where it is empty",
    "parquet.thrift, DataPageHeaderV2.is_compressed; decompressors refuse no bytes at all",
  ),
  "page-codec-not-checked": remark(
    "The codec is one that can be read: pages of LZO, and of LZ4 in an unknown framing, are not looked into",
    "Compression.md, LZO and LZ4",
  ),
  "page-encoding-not-checked": remark(
    "The encoding is one that can be read: values in ALP are not looked into",
    "Encodings.md, ALP (preview)",
  ),
  "page-unreadable": fault(
    "A page can be decoded",
    "parquet.thrift, PageHeader",
  ),
  "page-splits-row": remark(
    "No row continues from one page to the next",
    "parquet.thrift, DataPageHeader.num_values: allowed for pages v1 without a page index",
  ),
  "page-num-nulls": fault(
    "num_nulls of a page v2 is the number of its entries without a value",
    "parquet.thrift, DataPageHeaderV2.num_nulls",
  ),
  "page-num-rows": fault(
    "num_rows of a page v2 is the number of rows in it",
    "parquet.thrift, DataPageHeaderV2.num_rows",
  ),
  "level-section-size": fault(
    "The bytes of the levels lie within their page, and are there only where there are levels",
    "README.md, Data Pages; Encodings.md, RLE; parquet.thrift, DataPageHeaderV2",
  ),
  "level-count": fault(
    "There is a level for each of the num_values entries of a page",
    "parquet.thrift, DataPageHeader.num_values",
  ),
  "level-leftover": fault(
    "Nothing follows the levels within their section",
    "README.md, Data Pages: no padding is allowed",
  ),
  "level-padding": fault(
    "The last byte of BIT_PACKED levels is padded with zeros",
    "Encodings.md, Bit-packed (deprecated)",
  ),
  "level-out-of-range": fault(
    "A level is at most the maximum that the schema gives",
    "README.md, Nested Encoding",
  ),
  "level-nesting": fault(
    "An entry that continues a list has an element of that list, and so has the entry before it",
    "README.md, Nested Encoding (Dremel)",
  ),
  "run-header": fault(
    "The header of a run is a varint of at most 32 bits",
    "Encodings.md, RLE, 2 and 3",
  ),
  "run-length": fault(
    "A run has at least one value, and one of equal values none beyond the last",
    "Encodings.md, RLE, 3; parquet.thrift, DataPageHeader.num_values",
  ),
  "run-surplus": remark(
    "A packed run has no more groups of 8 than its values need",
    "Encodings.md, RLE: a multiple of 8; README.md, Data Pages: no padding (DuckDB packs 256 at a time)",
  ),
  "run-truncated": fault(
    "All bytes of a run are there",
    "Encodings.md, RLE",
  ),
  "run-value": fault(
    "The value of a run needs no more bits than the width allows",
    "Encodings.md, RLE",
  ),
  "run-padding": remark(
    "Places of a packed run behind the last value are zero",
    "Encodings.md, RLE: not stated; what is there differs from writer to writer",
  ),
  "values-truncated": fault(
    "A page holds a value for every entry that is not null",
    "parquet.thrift, DataPageHeader.num_values; README.md, Nulls",
  ),
  "values-leftover": fault(
    "Nothing follows the last value of a page",
    "README.md, Data Pages: no padding is allowed",
  ),
  "values-empty": remark(
    "What an encoding puts before its values is there, even where there are no values",
    "Encodings.md, Delta Encoding: some readers read the header first",
  ),
  "values-padding": remark(
    "Bits behind the last BOOLEAN are zero",
    "Encodings.md, Plain: not stated",
  ),
  "byte-array-length": fault(
    "The length of a byte array is not negative and lies within the page",
    "Encodings.md, Plain, Delta-length byte array",
  ),
  "byte-array-prefix": fault(
    "The prefix of a byte array is not longer than the value before it",
    "Encodings.md, Delta Strings",
  ),
  "fixed-length": fault(
    "Values of FIXED_LEN_BYTE_ARRAY have the length of their type",
    "Encodings.md, Delta Strings; parquet.thrift, SchemaElement.type_length",
  ),
  "dictionary-value-count": fault(
    "A dictionary page holds exactly num_values values",
    "parquet.thrift, DictionaryPageHeader.num_values",
  ),
  "dictionary-duplicate": remark(
    "No value is twice in a dictionary",
    "Encodings.md, Dictionary Encoding: distinct values; some readers count entries",
  ),
  "dictionary-unused": remark(
    "A dictionary is there for pages that refer to it",
    "Encodings.md, Dictionary Encoding; some readers take its presence for the encoding of all pages",
  ),
  "dictionary-id-width": fault(
    "Ids of a dictionary have at most 32 bits",
    "Encodings.md, Dictionary Encoding",
  ),
  "dictionary-id-wide": remark(
    "Ids have no more bits than the dictionary asks for",
    "Encodings.md, Dictionary Encoding: not stated; a waste of bytes",
  ),
  "dictionary-id-out-of-range": fault(
    "An id is that of an entry of the dictionary",
    "Encodings.md, Dictionary Encoding",
  ),
  "delta-header": fault(
    "The block size is a multiple of 128 and that of a miniblock one of 32; numbers fit their type",
    "Encodings.md, Delta Encoding",
  ),
  "delta-value-count": fault(
    "The total value count is the number of values of the page",
    "Encodings.md, Delta Encoding",
  ),
  "delta-bit-width": fault(
    "Deltas are packed with no more bits than the physical type has",
    "Encodings.md, Delta Encoding",
  ),
  "delta-padding": remark(
    "What a miniblock holds behind the last value is zero",
    "Encodings.md, Delta Encoding: should be zero",
  ),
  "delta-unneeded-width": remark(
    "The bit width of a miniblock that is not needed is zero",
    "Encodings.md, Delta Encoding: should be zero",
  ),
  "text-not-utf8": fault(
    "STRING, ENUM and JSON are UTF-8",
    "LogicalTypes.md, STRING, ENUM, JSON",
  ),
  "json-syntax": remark(
    "JSON is well-formed",
    "LogicalTypes.md, JSON",
  ),
  "decimal-out-of-precision": fault(
    "A DECIMAL has at most as many digits as its precision",
    "LogicalTypes.md, DECIMAL",
  ),
  "decimal-empty": fault(
    "A DECIMAL has at least one byte",
    "LogicalTypes.md, DECIMAL",
  ),
  "decimal-not-minimal": remark(
    "A DECIMAL in a BYTE_ARRAY has as few bytes as it can",
    "LogicalTypes.md, DECIMAL: should be used",
  ),
  "integer-out-of-range": fault(
    "An INTEGER of 8 or 16 bits is within their range",
    "LogicalTypes.md, Signed Integers, Unsigned Integers",
  ),
  "time-out-of-day": remark(
    "A TIME is at least 0 and below 24 hours",
    "LogicalTypes.md, TIME: after midnight",
  ),
  "unknown-not-null": fault(
    "A column of type UNKNOWN is always null",
    "LogicalTypes.md, UNKNOWN",
  ),
  "variant-metadata": fault(
    "The metadata of a VARIANT is well-formed",
    "LogicalTypes.md, VARIANT; VariantEncoding.md, Metadata encoding",
  ),
  "wkb-header": fault(
    "GEOMETRY and GEOGRAPHY begin with a byte order and a type, as WKB does",
    "Geospatial.md, Well-Known Binary",
  ),
  "wkb-type": remark(
    "GEOMETRY and GEOGRAPHY are of one of the ISO types that the specification lists",
    "Geospatial.md, Geospatial Types",
  ),
} as const satisfies Record<string, Rule>;
