/**
 * What an encoder has to know of a column of a Parquet file, so that its values come out as they went in.
 *
 * @module
 */

import { logicalTypeOf } from "../file/describe_schema.ts";
import type { ColumnOrder, ParquetMetaData } from "../format/metadata.ts";
import type { BoundsOrder, ColumnPlan } from "../schema/column_plan.ts";
import type { ColumnProperties, CompressionName } from "../schema/column_properties.ts";
import { columnProperties, resolveOptions } from "../schema/resolve_options.ts";
import type { LeafColumn } from "../verify/leaf_column.ts";

type ColumnMetaData = ParquetMetaData["rowGroups"][number]["columns"][number]["metaData"];

/** Codecs as options name them; others, which are not written, become the default one. */
const CODECS: Readonly<Record<string, CompressionName>> = {
  UNCOMPRESSED: "uncompressed",
  SNAPPY: "snappy",
  GZIP: "gzip",
  BROTLI: "brotli",
  ZSTD: "zstd",
  LZ4: "lz4_raw",
  LZ4_RAW: "lz4_raw",
};

/**
 * Plans a column of a row group that others become.
 *
 * @param order Of the column's bounds in the file.
 * @param chunks What becomes one: the first one's codec is kept, and Bloom filters where all have one.
 * @param rows Of the row group.
 */
export function leafPlan(
  column: LeafColumn,
  order: ColumnOrder,
  chunks: readonly ColumnMetaData[],
  rows: number,
): ColumnPlan {
  const { physicalType, width, logicalType, path, name } = column;
  const isFixed = physicalType === "FIXED_LEN_BYTE_ARRAY";
  const isGeo = logicalType?.type === "GEOMETRY" || logicalType?.type === "GEOGRAPHY";
  const shape = logicalType?.type === "UNKNOWN"
    ? "null"
    : physicalType === "BOOLEAN"
    ? "boolean"
    : physicalType === "BYTE_ARRAY"
    ? "bytes"
    : "fixed";
  return {
    index: column.index,
    field: 0,
    path,
    arrowPath: name,
    // Rows come as levels and values: nothing is shredded.
    nodes: [],
    leaf: {
      nullable: column.element.repetitionType === "OPTIONAL",
      shape,
      width: shape === "fixed" ? width : 0,
      conversion: "none",
    },
    maxDefinitionLevel: column.maxDefinitionLevel,
    maxRepetitionLevel: column.maxRepetitionLevel,
    physicalType,
    typeLength: isFixed ? width : 0,
    order: boundsOrder(column),
    ...(isGeo ? { geospatial: { type: logicalType.type, annotated: true } } : {}),
    properties: propertiesOf(name, order, chunks, rows),
  };
}

function propertiesOf(
  name: string,
  order: ColumnOrder,
  chunks: readonly ColumnMetaData[],
  maxRowGroupRowCount: number,
): ColumnProperties {
  const hasOrder = order.type === "TYPE_ORDER" || order.type === "IEEE_754_TOTAL_ORDER";
  return columnProperties(resolveOptions({ maxRowGroupRowCount }).column, [{
    compression: CODECS[chunks[0]!.codec] ?? "zstd",
    bloomFilterEnabled: chunks.some(hasBloomFilter) &&
      chunks.every((chunk) => hasBloomFilter(chunk) || hasNoValues(chunk)),
    ieee754TotalOrder: order.type === "IEEE_754_TOTAL_ORDER",
    ...(hasOrder ? {} : { statisticsEnabled: "none" }),
  }], name);
}

function hasBloomFilter({ bloomFilterOffset }: ColumnMetaData): boolean {
  return bloomFilterOffset !== undefined;
}

function hasNoValues({ numValues, statistics }: ColumnMetaData): boolean {
  return statistics?.nullCount === numValues;
}

/**
 * In which order bounds are taken.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 */
function boundsOrder({ physicalType, logicalType, element, ancestors }: LeafColumn): BoundsOrder {
  if (logicalType?.type === "UNKNOWN" || logicalType?.type === "UNRECOGNIZED") return "none";
  // Within a variant there are encodings of its own, which no order of bytes fits.
  const isBytes = logicalType === null && element.convertedType === undefined;
  const isOpaque = ancestors.some(({ element }) => logicalTypeOf(element)?.type === "VARIANT");
  switch (physicalType) {
    case "BOOLEAN":
      return "boolean";
    case "INT32":
    case "INT64":
      return logicalType?.type === "INTEGER" && !logicalType.isSigned ? "unsigned" : "signed";
    case "FLOAT":
    case "DOUBLE":
      return "float";
    case "BYTE_ARRAY":
      switch (logicalType?.type) {
        case "STRING":
        case "JSON":
        case "ENUM":
          return "utf8";
        case "BSON":
          return "bytes";
      }
      return isBytes && !isOpaque ? "bytes" : "none";
    case "FIXED_LEN_BYTE_ARRAY":
      switch (logicalType?.type) {
        case "DECIMAL":
          return "decimal";
        case "FLOAT16":
          return "float";
        case "UUID":
          return "bytes";
      }
      return isBytes && !isOpaque ? "bytes" : "none";
    case "INT96":
      return "none";
  }
}
