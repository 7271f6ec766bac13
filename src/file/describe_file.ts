/** @module What a Parquet file holds, as plain data that can be shown or turned into JSON. */

import type {
  ColumnChunk,
  CompressionCodec,
  Encoding,
  PageEncodingStats,
  ParquetMetaData,
  PhysicalType,
  RowGroup,
  SchemaElement,
  Statistics,
} from "../format/metadata.ts";
import { buildSchemaTree, type SchemaNode } from "../format/schema_tree.ts";
import { FormatError } from "../util/errors.ts";
import { boundText } from "./bound_text.ts";
import {
  describeSchema,
  logicalTypeName,
  logicalTypeOf,
  type SchemaDescription,
  schemaText,
} from "./describe_schema.ts";

/**
 * Description of a file. Sizes are in bytes; a value that the file does not contain is `null`. Texts are as in the file: escape them before
 * showing them.
 */
export interface FileDescription {
  /** Format version stated in the file: 1 or 2. */
  readonly version: number;
  /** Name of the writer. */
  readonly createdBy: string | null;
  /** Number of rows. */
  readonly numRows: number;
  /** Leaf columns. */
  readonly numColumns: number;
  /** Number of row groups. */
  readonly numRowGroups: number;
  /** Of all column chunks, page headers included. */
  readonly compressedSize: number;
  /** Of all column chunks, page headers included. */
  readonly uncompressedSize: number;
  /** Uncompressed to compressed size. */
  readonly ratio: number | null;
  /** Whether columns are encrypted. */
  readonly encrypted: boolean;
  /** Key-value metadata, in its order. */
  readonly keyValueMetadata: readonly { readonly key: string; readonly value: string | null }[];
  /** The schema, as a tree. */
  readonly schema: SchemaDescription;
  /** The schema in the notation of Parquet's own tools, one node a line; fit for a terminal. */
  readonly schemaText: string;
  /** The row groups, in the order of their rows. */
  readonly rowGroups: readonly RowGroupDescription[];
}

/** A row group. */
export interface RowGroupDescription {
  /** Ordinal in the file. */
  readonly index: number;
  /** Number of rows. */
  readonly numRows: number;
  /** Offset of its first page in the file. */
  readonly fileOffset: number | null;
  /** Bytes of its column chunks as stored. */
  readonly compressedSize: number;
  /** Bytes of its column chunks, uncompressed. */
  readonly uncompressedSize: number;
  /** Uncompressed to compressed size. */
  readonly ratio: number | null;
  /** Columns that its rows are sorted by, the first one first. */
  readonly sortingColumns: readonly {
    readonly path: string;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
  }[];
  /** Its column chunks, in the order of the schema. */
  readonly columns: readonly ColumnDescription[];
}

/** A column chunk. */
export interface ColumnDescription {
  /** Dotted path. */
  readonly path: string;
  /** Physical type. */
  readonly physicalType: PhysicalType;
  /** Such as `"DECIMAL(9,2)"`. */
  readonly logicalType: string | null;
  /** Compression codec. */
  readonly codec: CompressionCodec;
  /** Encodings that occur, of values and of levels. */
  readonly encodings: readonly Encoding[];
  /** Encodings of the data pages' values, without those of levels and dictionary; `null` if the file does not say. */
  readonly dataEncodings: readonly Encoding[] | null;
  /** Number of data pages. */
  readonly numDataPages: number | null;
  /** Whether it has a dictionary page. */
  readonly hasDictionaryPage: boolean;
  /** Values including nulls. */
  readonly numValues: number;
  /** Number of nulls. */
  readonly nullCount: number | null;
  /** Number of distinct values. */
  readonly distinctCount: number | null;
  /** Number of NaNs. */
  readonly nanCount: number | null;
  /** Lower bound. */
  readonly min: BoundDescription | null;
  /** Upper bound. */
  readonly max: BoundDescription | null;
  /** Bytes as stored, page headers included. */
  readonly compressedSize: number;
  /** Bytes uncompressed, page headers included. */
  readonly uncompressedSize: number;
  /** Uncompressed to compressed size. */
  readonly ratio: number | null;
  /** Bytes of a BYTE_ARRAY column's values without any encoding. */
  readonly unencodedByteArrayDataBytes: number | null;
  /** Bytes of its Bloom filter. */
  readonly bloomFilterLength: number | null;
  /** Whether it has a Bloom filter. */
  readonly hasBloomFilter: boolean;
  /** Whether it has a column index. */
  readonly hasColumnIndex: boolean;
  /** Whether it has an offset index. */
  readonly hasOffsetIndex: boolean;
}

/** A bound of a column chunk. */
export interface BoundDescription {
  /** As {@linkcode boundText} shows it. */
  readonly value: string;
  /** Whether it is a value of the column rather than a shortened one; `null` if the file does not say. */
  readonly exact: boolean | null;
  /** Whether it comes from the deprecated members `min` and `max`. */
  readonly deprecated: boolean;
}

/**
 * Describes a file.
 *
 * @throws {FormatError} If schema and row groups contradict each other.
 */
export function describeFile(metadata: ParquetMetaData): FileDescription {
  const { root, leaves } = buildSchemaTree(metadata.schema);
  // Made once for each leaf: names may be long, and be asked for very often.
  const paths = new Map<number, string>();
  const pathOf = (index: number): string => {
    const known = paths.get(index);
    if (known !== undefined) return known;
    const path = leaves[index]?.path.join(".") ?? `#${index}`;
    paths.set(index, path);
    return path;
  };
  const rowGroups = metadata.rowGroups.map((rowGroup, index) =>
    describeRowGroup(rowGroup, index, leaves, pathOf)
  );
  return {
    version: metadata.version,
    createdBy: metadata.createdBy ?? null,
    numRows: metadata.numRows,
    numColumns: leaves.length,
    numRowGroups: rowGroups.length,
    ...sizes(rowGroups),
    encrypted: metadata.encryptionAlgorithm !== undefined,
    keyValueMetadata: (metadata.keyValueMetadata ?? []).map(({ key, value }) => ({
      key,
      value: value ?? null,
    })),
    schema: describeSchema(root),
    schemaText: schemaText(root),
    rowGroups,
  };
}

function describeRowGroup(
  rowGroup: RowGroup,
  index: number,
  leaves: readonly SchemaNode[],
  pathOf: (index: number) => string,
): RowGroupDescription {
  if (rowGroup.columns.length !== leaves.length) {
    throw new FormatError(
      `Cannot describe row group ${index}: it has ${rowGroup.columns.length} columns, the schema ${leaves.length}`,
    );
  }
  const columns = rowGroup.columns.map((chunk, i) => describeColumn(chunk, leaves[i]!.element));
  return {
    index,
    numRows: rowGroup.numRows,
    fileOffset: rowGroup.fileOffset ?? null,
    ...sizes(columns),
    sortingColumns: (rowGroup.sortingColumns ?? []).map((
      { columnIdx, descending, nullsFirst },
    ) => ({
      path: pathOf(columnIdx),
      descending,
      nullsFirst,
    })),
    columns,
  };
}

function describeColumn(chunk: ColumnChunk, element: SchemaElement): ColumnDescription {
  const { metaData } = chunk;
  const { statistics, encodingStats } = metaData;
  const dataPages = encodingStats?.filter(isOfDataPages);
  return {
    path: metaData.pathInSchema.join("."),
    physicalType: metaData.type,
    logicalType: logicalTypeName(element),
    codec: metaData.codec,
    encodings: metaData.encodings,
    dataEncodings: dataPages === undefined
      ? null
      : [...new Set(dataPages.map(({ encoding }) => encoding))],
    numDataPages: dataPages?.reduce((sum, { count }) => sum + count, 0) ?? null,
    hasDictionaryPage: metaData.dictionaryPageOffset !== undefined,
    numValues: metaData.numValues,
    nullCount: statistics?.nullCount ?? null,
    distinctCount: statistics?.distinctCount ?? null,
    nanCount: statistics?.nanCount ?? null,
    min: describeBound(element, statistics, "min"),
    max: describeBound(element, statistics, "max"),
    compressedSize: metaData.totalCompressedSize,
    uncompressedSize: metaData.totalUncompressedSize,
    ratio: ratio(metaData.totalUncompressedSize, metaData.totalCompressedSize),
    unencodedByteArrayDataBytes: metaData.sizeStatistics?.unencodedByteArrayDataBytes ?? null,
    bloomFilterLength: metaData.bloomFilterLength ?? null,
    hasBloomFilter: metaData.bloomFilterOffset !== undefined,
    hasColumnIndex: chunk.columnIndexOffset !== undefined,
    hasOffsetIndex: chunk.offsetIndexOffset !== undefined,
  };
}

function isOfDataPages({ pageType }: PageEncodingStats): boolean {
  return pageType === "DATA_PAGE" || pageType === "DATA_PAGE_V2";
}

function describeBound(
  element: SchemaElement,
  statistics: Statistics | undefined,
  side: "min" | "max",
): BoundDescription | null {
  const value = side === "min" ? statistics?.minValue : statistics?.maxValue;
  if (value !== undefined) {
    const exact = side === "min" ? statistics?.isMinValueExact : statistics?.isMaxValueExact;
    return { value: boundText(element, value), exact: exact ?? null, deprecated: false };
  }
  const deprecated = side === "min" ? statistics?.min : statistics?.max;
  if (deprecated === undefined || !isSigned(element)) return null;
  return { value: boundText(element, deprecated), exact: null, deprecated: true };
}

/** Whether the deprecated bounds, always compared as signed, mean anything. */
function isSigned(element: SchemaElement): boolean {
  switch (element.type) {
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY":
    case "INT96":
      return false;
    default: {
      const logical = logicalTypeOf(element);
      return !(logical?.type === "INTEGER" && !logical.isSigned);
    }
  }
}

function sizes(
  parts: readonly { readonly compressedSize: number; readonly uncompressedSize: number }[],
): { compressedSize: number; uncompressedSize: number; ratio: number | null } {
  const compressedSize = parts.reduce((sum, part) => sum + part.compressedSize, 0);
  const uncompressedSize = parts.reduce((sum, part) => sum + part.uncompressedSize, 0);
  return { compressedSize, uncompressedSize, ratio: ratio(uncompressedSize, compressedSize) };
}

function ratio(uncompressed: number, compressed: number): number | null {
  return compressed > 0 ? uncompressed / compressed : null;
}
