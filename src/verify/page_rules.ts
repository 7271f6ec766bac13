/** @module Rules about pages: checksums, compression, levels, values. */

import type { Rule } from "./rules.ts";

/** Rules by name. */
export const PAGE_RULES = {
  "page-checksum": {
    severity: "fault",
    rule: "The CRC-32 in a page header is that of the page as it is stored",
    source: "parquet.thrift, PageHeader.crc; README.md, Checksumming",
  },
  "page-decompression": {
    severity: "fault",
    rule: "A page decompresses with the chunk's codec, to exactly the bytes that its header states",
    source: "parquet.thrift, PageHeader.uncompressed_page_size; Compression.md",
  },
  "page-compression-leftover": {
    severity: "fault",
    rule: "Nothing follows the compressed data of a page",
    source: "Compression.md: without any additional framing or padding",
  },
  "page-gzip-members": {
    severity: "remark",
    rule: "A GZIP page is a single member",
    source: "Compression.md, GZIP: some readers stop after the first",
  },
  "page-empty-compression": {
    severity: "remark",
    rule: "A section marked as compressed is what the codec makes of it, even where it is empty",
    source: "parquet.thrift, DataPageHeaderV2.is_compressed; decompressors refuse no bytes at all",
  },
  "page-codec-not-checked": {
    severity: "remark",
    rule:
      "The codec is one that can be read: pages of LZO, and of LZ4 in an unknown framing, are not looked into",
    source: "Compression.md, LZO and LZ4",
  },
  "page-encoding-not-checked": {
    severity: "remark",
    rule: "The encoding is one that can be read: values in ALP are not looked into",
    source: "Encodings.md, ALP (preview)",
  },
  "page-too-large": {
    severity: "remark",
    rule: "A page decodes to what fits in memory; a larger one is not looked into",
    source: "README.md, Configurations: data pages should be small; readers decode whole pages",
  },
  "page-unreadable": {
    severity: "fault",
    rule: "A page can be decoded",
    source: "parquet.thrift, PageHeader",
  },
  "page-value-count": {
    severity: "fault",
    rule: "Counts and sizes in a page header are not negative",
    source: "parquet.thrift, DataPageHeader, DataPageHeaderV2, DictionaryPageHeader",
  },
  "page-first-level": {
    severity: "fault",
    rule:
      "A page begins with a row: the first page of a chunk, every page v2, and every page of a chunk with a page index",
    source: "parquet.thrift, DataPageHeader.num_values, DataPageHeaderV2.num_rows",
  },
  "page-splits-row": {
    severity: "remark",
    rule: "No row goes on from one page to the next",
    source: "parquet.thrift, DataPageHeader.num_values: allowed for pages v1 without a page index",
  },
  "page-num-nulls": {
    severity: "fault",
    rule: "num_nulls of a page v2 is the number of its entries without a value",
    source: "parquet.thrift, DataPageHeaderV2.num_nulls",
  },
  "page-num-rows": {
    severity: "fault",
    rule: "num_rows of a page v2 is the number of rows in it",
    source: "parquet.thrift, DataPageHeaderV2.num_rows",
  },
  "chunk-row-count": {
    severity: "fault",
    rule: "The pages of a column chunk hold as many rows as its row group states",
    source: "parquet.thrift, RowGroup.num_rows",
  },
  "level-section-size": {
    severity: "fault",
    rule:
      "The bytes of the levels lie within their page, and are there only where there are levels",
    source: "README.md, Data Pages; Encodings.md, RLE; parquet.thrift, DataPageHeaderV2",
  },
  "level-encoding": {
    severity: "fault",
    rule: "Levels are encoded with RLE, or with BIT_PACKED in pages v1",
    source: "README.md, Nested Encoding",
  },
  "level-bit-packed": {
    severity: "remark",
    rule: "Levels are encoded with RLE",
    source: "Encodings.md, Bit-packed (deprecated): most readers have no decoder for it",
  },
  "level-count": {
    severity: "fault",
    rule: "There is a level for each of the num_values entries of a page",
    source: "parquet.thrift, DataPageHeader.num_values",
  },
  "level-leftover": {
    severity: "fault",
    rule: "Nothing follows the levels within their section",
    source: "README.md, Data Pages: no padding is allowed",
  },
  "level-padding": {
    severity: "fault",
    rule: "The last byte of BIT_PACKED levels is padded with zeros",
    source: "Encodings.md, Bit-packed (deprecated)",
  },
  "level-out-of-range": {
    severity: "fault",
    rule: "A level is at most the maximum that the schema gives",
    source: "README.md, Nested Encoding",
  },
  "level-nesting": {
    severity: "fault",
    rule:
      "An entry that goes on with a list has an element of that list, and so has the entry before it",
    source: "README.md, Nested Encoding (Dremel)",
  },
  "run-header": {
    severity: "fault",
    rule: "The header of a run is a varint of at most 32 bits",
    source: "Encodings.md, RLE, 2 and 3",
  },
  "run-length": {
    severity: "fault",
    rule:
      "A run has at least one value, and none beyond the last (a packed run: beyond its group of 8)",
    source: "Encodings.md, RLE, 3; README.md, Data Pages: no padding is allowed",
  },
  "run-truncated": {
    severity: "fault",
    rule: "All bytes of a run are there",
    source: "Encodings.md, RLE",
  },
  "run-value": {
    severity: "fault",
    rule: "The value of a run needs no more bits than the width allows",
    source: "Encodings.md, RLE",
  },
  "run-padding": {
    severity: "remark",
    rule: "Places of a packed run behind the last value are zero",
    source: "Encodings.md, RLE: not stated; what is there differs from writer to writer",
  },
  "value-encoding": {
    severity: "fault",
    rule: "Values are in an encoding that is defined for their physical type",
    source: "Encodings.md, Supported Encodings",
  },
  "values-truncated": {
    severity: "fault",
    rule: "A page holds a value for every entry that is not null",
    source: "parquet.thrift, DataPageHeader.num_values; README.md, Nulls",
  },
  "values-leftover": {
    severity: "fault",
    rule: "Nothing follows the last value of a page",
    source: "README.md, Data Pages: no padding is allowed",
  },
  "values-empty": {
    severity: "remark",
    rule: "What an encoding puts before its values is there, even where there are no values",
    source: "Encodings.md, Delta Encoding: some readers read the header first",
  },
  "values-padding": {
    severity: "remark",
    rule: "Bits behind the last BOOLEAN are zero",
    source: "Encodings.md, Plain: not stated",
  },
  "byte-array-length": {
    severity: "fault",
    rule: "The length of a byte array is not negative and lies within the page",
    source: "Encodings.md, Plain, Delta-length byte array",
  },
  "byte-array-prefix": {
    severity: "fault",
    rule: "The prefix of a byte array is not longer than the value before it",
    source: "Encodings.md, Delta Strings",
  },
  "fixed-length": {
    severity: "fault",
    rule: "Values of FIXED_LEN_BYTE_ARRAY have the length of their type",
    source: "Encodings.md, Delta Strings; parquet.thrift, SchemaElement.type_length",
  },
  "dictionary-missing": {
    severity: "fault",
    rule: "A dictionary stands before the pages that refer to it",
    source: "Encodings.md, Dictionary Encoding",
  },
  "dictionary-encoding": {
    severity: "fault",
    rule: "A dictionary page is PLAIN (or PLAIN_DICTIONARY, which means the same)",
    source: "Encodings.md, Dictionary Encoding",
  },
  "dictionary-value-count": {
    severity: "fault",
    rule: "A dictionary page holds exactly num_values values",
    source: "parquet.thrift, DictionaryPageHeader.num_values",
  },
  "dictionary-duplicate": {
    severity: "remark",
    rule: "No value is twice in a dictionary",
    source: "Encodings.md, Dictionary Encoding: distinct values; some readers count entries",
  },
  "dictionary-id-width": {
    severity: "fault",
    rule: "Ids of a dictionary have at most 32 bits",
    source: "Encodings.md, Dictionary Encoding",
  },
  "dictionary-id-wide": {
    severity: "remark",
    rule: "Ids have no more bits than the dictionary asks for",
    source: "Encodings.md, Dictionary Encoding: not stated; a waste of bytes",
  },
  "dictionary-id-out-of-range": {
    severity: "fault",
    rule: "An id is that of an entry of the dictionary",
    source: "Encodings.md, Dictionary Encoding",
  },
  "delta-header": {
    severity: "fault",
    rule:
      "The block size is a multiple of 128 and that of a miniblock one of 32; numbers fit their type",
    source: "Encodings.md, Delta Encoding",
  },
  "delta-value-count": {
    severity: "fault",
    rule: "The total value count is the number of values of the page",
    source: "Encodings.md, Delta Encoding",
  },
  "delta-bit-width": {
    severity: "fault",
    rule: "Deltas are packed with no more bits than the physical type has",
    source: "Encodings.md, Delta Encoding",
  },
  "delta-padding": {
    severity: "remark",
    rule: "What a miniblock holds behind the last value is zero",
    source: "Encodings.md, Delta Encoding: should be zero",
  },
  "delta-unneeded-width": {
    severity: "remark",
    rule: "The bit width of a miniblock that is not needed is zero",
    source: "Encodings.md, Delta Encoding: should be zero",
  },
  "text-not-utf8": {
    severity: "fault",
    rule: "STRING, ENUM and JSON are UTF-8",
    source: "LogicalTypes.md, STRING, ENUM, JSON",
  },
  "json-syntax": {
    severity: "remark",
    rule: "JSON is well-formed",
    source: "LogicalTypes.md, JSON",
  },
  "decimal-out-of-precision": {
    severity: "fault",
    rule: "A DECIMAL has at most as many digits as its precision",
    source: "LogicalTypes.md, DECIMAL",
  },
  "decimal-empty": {
    severity: "fault",
    rule: "A DECIMAL has at least one byte",
    source: "LogicalTypes.md, DECIMAL",
  },
  "decimal-not-minimal": {
    severity: "remark",
    rule: "A DECIMAL in a BYTE_ARRAY has as few bytes as it can",
    source: "LogicalTypes.md, DECIMAL: should be used",
  },
  "integer-out-of-range": {
    severity: "fault",
    rule: "An INTEGER of 8 or 16 bits is within their range",
    source: "LogicalTypes.md, Signed Integers, Unsigned Integers",
  },
  "time-out-of-day": {
    severity: "remark",
    rule: "A TIME is at least 0 and below 24 hours",
    source: "LogicalTypes.md, TIME: after midnight",
  },
  "unknown-not-null": {
    severity: "fault",
    rule: "A column of type UNKNOWN is always null",
    source: "LogicalTypes.md, UNKNOWN",
  },
  "variant-metadata": {
    severity: "fault",
    rule: "The metadata of a VARIANT is well-formed",
    source: "LogicalTypes.md, VARIANT; VariantEncoding.md, Metadata encoding",
  },
  "wkb-header": {
    severity: "fault",
    rule: "GEOMETRY and GEOGRAPHY begin with a byte order and a type, as WKB does",
    source: "Geospatial.md, Well-Known Binary",
  },
  "wkb-type": {
    severity: "remark",
    rule: "GEOMETRY and GEOGRAPHY are of one of the ISO types that the specification lists",
    source: "Geospatial.md, Geospatial Types",
  },
} as const satisfies Record<string, Rule>;

/** Name of a rule about pages. */
export type PageRuleName = keyof typeof PAGE_RULES;
