/** @module Rules about what a file claims about its values: statistics, indexes, Bloom filters, order, sizes. */

import { fault, remark, type Rule } from "../rule.ts";

const STATISTICS = "parquet.thrift, Statistics";
const COLUMN_INDEX = "parquet.thrift, ColumnIndex";
const COLUMN_ORDER = "parquet.thrift, ColumnOrder";
const SIZES = "parquet.thrift, SizeStatistics";
const GEOSPATIAL = "Geospatial.md, Statistics";
const SORTING = "parquet.thrift, SortingColumn";
const ARROW_SCHEMA = "Arrow Columnar.md, Schema message; key ARROW:schema as Arrow readers use it";

/** Rules by name. */
export const CLAIM_RULES = {
  // Counts.
  "chunk-null-count": fault("null_count of a chunk is the number of its nulls", STATISTICS),
  "page-statistics-null-count": fault(
    "null_count of a page is the number of its nulls",
    STATISTICS,
  ),
  "index-null-count": fault("null_counts hold the number of nulls of each page", COLUMN_INDEX),
  "chunk-nan-count": fault("nan_count of a chunk is the number of its NaNs", STATISTICS),
  "page-nan-count": fault("nan_count of a page is the number of its NaNs", STATISTICS),
  "index-nan-count": fault("nan_counts hold the number of NaNs of each page", COLUMN_INDEX),
  "nan-count-type": fault("NaNs are counted of floating point columns only", STATISTICS),
  "nan-count-missing": fault(
    "Statistics in IEEE 754 total order have a nan_count",
    `${COLUMN_ORDER}, IEEE_754_TOTAL_ORDER`,
  ),
  "chunk-distinct-count": fault(
    "distinct_count of a chunk is the number of its distinct values",
    STATISTICS,
  ),
  "page-distinct-count": fault(
    "distinct_count of a page is the number of its distinct values",
    STATISTICS,
  ),

  // Bounds against values.
  "chunk-min-too-large": fault("No value of a chunk is below its min_value", STATISTICS),
  "chunk-max-too-small": fault("No value of a chunk is above its max_value", STATISTICS),
  "page-min-too-large": fault("No value of a page is below its min_value", STATISTICS),
  "page-max-too-small": fault("No value of a page is above its max_value", STATISTICS),
  "index-min-too-large": fault("No value of a page is below its entry of min_values", COLUMN_INDEX),
  "index-max-too-small": fault("No value of a page is above its entry of max_values", COLUMN_INDEX),
  "chunk-min-not-exact": fault(
    "Where is_min_value_exact is true, min_value is the least value of the chunk",
    STATISTICS,
  ),
  "chunk-max-not-exact": fault(
    "Where is_max_value_exact is true, max_value is the greatest value of the chunk",
    STATISTICS,
  ),
  "page-min-not-exact": fault(
    "Where is_min_value_exact is true, min_value is the least value of the page",
    STATISTICS,
  ),
  "page-max-not-exact": fault(
    "Where is_max_value_exact is true, max_value is the greatest value of the page",
    STATISTICS,
  ),
  "deprecated-min-too-large": fault("No value is below the deprecated min", STATISTICS),
  "deprecated-max-too-small": fault("No value is above the deprecated max", STATISTICS),

  // Bounds in themselves.
  "chunk-bounds-crossed": fault("min_value of a chunk is not above its max_value", STATISTICS),
  "page-bounds-crossed": fault("min_value of a page is not above its max_value", STATISTICS),
  "index-bounds-crossed": fault(
    "An entry of min_values is not above that of max_values",
    COLUMN_INDEX,
  ),
  "bound-encoding": fault(
    "Bounds are PLAIN values that the column's type can have",
    `${STATISTICS}, min_value and max_value`,
  ),
  "bound-fixed-length-cut": remark(
    "Bounds of FIXED_LEN_BYTE_ARRAY have its length",
    "Encodings.md, Plain; written shorter by arrow-rs, whose readers compare prefixes",
  ),
  "bound-nan": fault("A bound in the type's own order is not NaN", `${COLUMN_ORDER}, TYPE_ORDER`),
  "bound-nan-beside-values": fault(
    "A bound in IEEE 754 total order is a NaN only where all values are",
    `${COLUMN_ORDER}, IEEE_754_TOTAL_ORDER`,
  ),
  "bounds-of-nans": fault(
    "Where all values are NaN, the type's own order has no bounds",
    `${COLUMN_ORDER}, TYPE_ORDER`,
  ),
  "bounds-beside-nans": remark(
    "Bounds in the type's own order are written where there is no NaN",
    "DuckDB and Spark: NaN is the greatest number there, and x > 1 finds no row that such bounds leave out",
  ),
  "bounds-of-nothing": remark(
    "Bounds are written where there are values",
    "Readers that take bounds for values of the column",
  ),
  "bounds-undefined-order": remark(
    "Bounds are written where their order is defined",
    "LogicalTypes.md, INTERVAL, GEOMETRY, GEOGRAPHY; parquet.thrift, ColumnOrder (INT96)",
  ),

  // Column index.
  "column-index-length": fault("Lists of a column index have an entry for each page", COLUMN_INDEX),
  "index-null-page": fault("null_pages are true for pages of nothing but nulls", COLUMN_INDEX),
  "index-null-page-bounds": fault("Bounds of a page of nulls are empty", COLUMN_INDEX),
  "index-nan-page": fault(
    "No column index in the type's own order where all values of a page are NaN",
    COLUMN_INDEX,
  ),
  "index-int96": fault(
    "A column index of an INT96 column is in INT96_TIMESTAMP_ORDER",
    COLUMN_INDEX,
  ),
  "boundary-order": fault(
    "Bounds of pages are ordered as boundary_order says",
    `${COLUMN_INDEX}.boundary_order`,
  ),
  "index-repetition-histogram": fault(
    "repetition_level_histograms count the levels of each page",
    COLUMN_INDEX,
  ),
  "index-definition-histogram": fault(
    "definition_level_histograms count the levels of each page",
    COLUMN_INDEX,
  ),

  // Sizes.
  "chunk-repetition-histogram": fault(
    "repetition_level_histogram counts the levels of the chunk",
    SIZES,
  ),
  "chunk-definition-histogram": fault(
    "definition_level_histogram counts the levels of the chunk",
    SIZES,
  ),
  "chunk-unencoded-bytes": fault(
    "unencoded_byte_array_data_bytes is the size of the chunk's values without their lengths",
    SIZES,
  ),
  "page-unencoded-bytes": fault(
    "unencoded_byte_array_data_bytes holds the size of each page's values without their lengths",
    "parquet.thrift, OffsetIndex",
  ),
  "unencoded-bytes-type": remark("Unencoded bytes are given of BYTE_ARRAY only", SIZES),

  // Bloom filters.
  "bloom-filter-false-negative": fault(
    "A Bloom filter finds every value of its chunk",
    "BloomFilter.md, Algorithm",
  ),
  "bloom-filter-full": remark(
    "A Bloom filter has a bit that is not set",
    "BloomFilter.md, Sizing an SBBF: it rules nothing out",
  ),

  // Geospatial.
  "geospatial-statistics-type": fault(
    "Geospatial statistics are of GEOMETRY and GEOGRAPHY columns",
    GEOSPATIAL,
  ),
  "bbox-invalid": fault(
    "A bounding box has pairs of numbers, ordered but for x, within ±180 and ±90 on GEOGRAPHY",
    `${GEOSPATIAL}, Bounding Box`,
  ),
  "bbox-too-small": fault(
    "A bounding box has every coordinate in it",
    `${GEOSPATIAL}, Bounding Box`,
  ),
  "bbox-of-nothing": fault(
    "No bounding box is written where x or y has no value, nor an axis that has none",
    `${GEOSPATIAL}, Bounding Box`,
  ),
  "geospatial-types": fault(
    "geospatial_types are those of the values, each once, or none",
    `${GEOSPATIAL}, Geospatial Types`,
  ),
  "wkb-invalid": fault(
    "Values of GEOMETRY and GEOGRAPHY, and of columns that the key geo calls WKB, are WKB",
    "LogicalTypes.md, GEOMETRY; GeoParquet 1.1.0",
  ),
  "geo-metadata": fault("The key geo is GeoParquet metadata of this file", "GeoParquet 1.1.0"),

  // Order of rows.
  "sorting-violated": fault("Rows are in the order of sorting_columns", SORTING),
  "sorting-unverifiable": remark(
    "sorting_columns are columns whose order is defined and that are not repeated",
    SORTING,
  ),
  "sorting-nan": remark(
    "NaNs are sorted as the greatest values",
    "parquet.thrift, ColumnOrder, TYPE_ORDER: where they stand is not defined",
  ),

  // Arrow schema.
  "arrow-schema-invalid": fault("ARROW:schema is a schema message in base64", ARROW_SCHEMA),
  "arrow-schema-mismatch": fault("ARROW:schema says what the Parquet schema says", ARROW_SCHEMA),
  "arrow-schema-nullability": remark(
    "ARROW:schema has no field nullable that is REQUIRED",
    ARROW_SCHEMA,
  ),
  "arrow-schema-framing": remark(
    "The message of ARROW:schema begins with FFFFFFFF",
    "Arrow Columnar.md, Encapsulated message format, since 0.15",
  ),
} as const satisfies Record<string, Rule>;
