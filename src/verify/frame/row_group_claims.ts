/**
 * What the footer says about its row groups, held against itself.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (RowGroup, ColumnChunk)
 *
 * @module
 */

import type { ColumnChunk, ParquetMetaData, RowGroup } from "../../format/metadata.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import type { Steps } from "../../util/steps.ts";
import { dottedPath, quoted } from "../shown.ts";

/** An i16 has no more. */
const MAX_ORDINAL = 32767;

/** Checks the row groups of a file. */
export function* checkRowGroups(
  findings: Findings,
  metadata: ParquetMetaData,
  leaves: readonly LeafColumn[],
): Steps<void> {
  const { rowGroups, numRows, columnOrders } = metadata;
  let rows = 0;
  let hasBounds = false;
  for (const [index, rowGroup] of rowGroups.entries()) {
    yield;
    rows += rowGroup.numRows;
    checkRowGroup(findings, rowGroup, index, leaves);
    hasBounds ||= rowGroup.columns.some(({ metaData: { statistics }, columnIndexOffset }) =>
      statistics?.minValue !== undefined || statistics?.maxValue !== undefined ||
      columnIndexOffset !== undefined
    );
  }
  if (rows !== numRows) {
    findings.add("file-rows", `num_rows is ${numRows}, its row groups have ${rows} in all`);
  }
  if (hasBounds && columnOrders === undefined) {
    findings.add(
      "column-orders-missing",
      "there are bounds, and no column_orders that say what they mean",
    );
  }
}

function checkRowGroup(
  findings: Findings,
  rowGroup: RowGroup,
  index: number,
  leaves: readonly LeafColumn[],
): void {
  const { columns, numRows, totalByteSize, totalCompressedSize, ordinal, fileOffset } = rowGroup;
  const place = { rowGroup: index };
  if (columns.length !== leaves.length) {
    const message = `the row group has ${columns.length} columns, the schema ${leaves.length}`;
    findings.add("row-group-columns", message, place);
  }
  if (numRows < 0) findings.add("row-group-rows", `num_rows is ${numRows}`, place);
  if (numRows === 0) findings.add("row-group-empty", "the row group has no rows", place);
  const byteSize = sum(columns, ({ metaData }) => metaData.totalUncompressedSize);
  if (totalByteSize !== byteSize) {
    const message = `total_byte_size is ${totalByteSize}, the chunks have ${byteSize} in all`;
    findings.add("row-group-byte-size", message, place);
  }
  const compressedSize = sum(columns, ({ metaData }) => metaData.totalCompressedSize);
  if (totalCompressedSize !== undefined && totalCompressedSize !== compressedSize) {
    const message =
      `total_compressed_size is ${totalCompressedSize}, the chunks have ${compressedSize} in all`;
    findings.add("row-group-compressed-size", message, place);
  }
  if (ordinal !== undefined && ordinal !== index) {
    const limit = index > MAX_ORDINAL ? ", for which an i16 has no room" : "";
    findings.add("row-group-ordinal", `ordinal is ${ordinal}, not ${index}${limit}`, place);
  }
  const firstPage = columns.reduce(
    (first, chunk) =>
      chunk.metaData.totalCompressedSize === 0 ? first : Math.min(first, chunkStart(chunk)),
    Infinity,
  );
  if (fileOffset !== undefined && compressedSize > 0 && fileOffset !== firstPage) {
    const message = `file_offset is ${fileOffset}, the first page is at ${firstPage}`;
    findings.add("row-group-offset", message, place);
  }
  checkSortingColumns(findings, rowGroup, place);
  columns.forEach((chunk, i) => {
    const leaf = leaves[i];
    if (leaf !== undefined) {
      checkChunk(findings, chunk, leaf, numRows, { ...place, column: leaf.name });
    }
  });
}

function checkSortingColumns(
  findings: Findings,
  { sortingColumns = [], columns }: RowGroup,
  place: Place,
): void {
  const seen = new Set<number>();
  for (const { columnIdx } of sortingColumns) {
    if (columnIdx < 0 || columnIdx >= columns.length) {
      const message = `column_idx is ${columnIdx} among ${columns.length} columns`;
      findings.add("sorting-columns", message, place);
    } else if (seen.has(columnIdx)) {
      findings.add("sorting-columns-duplicate", `column ${columnIdx} is there twice`, place);
    }
    seen.add(columnIdx);
  }
}

function checkChunk(
  findings: Findings,
  chunk: ColumnChunk,
  leaf: LeafColumn,
  numRows: number,
  place: Place,
): void {
  const { metaData, fileOffset, filePath } = chunk;
  const { type, pathInSchema, codec, numValues, statistics, dictionaryPageOffset } = metaData;
  const { path, physicalType, maxRepetitionLevel } = leaf;
  if (pathInSchema.length !== path.length || !path.every((name, i) => name === pathInSchema[i])) {
    const message = `path_in_schema is ${quoted(dottedPath(pathInSchema))}`;
    findings.add("column-path", message, place);
  }
  if (type !== physicalType) {
    findings.add("column-type", `type is ${type}, in the schema ${physicalType}`, place);
  }
  if (filePath !== undefined) {
    findings.add("file-path", `the metadata says that the data is in ${quoted(filePath)}`, place);
  }
  if (chunk.cryptoMetadata !== undefined || chunk.encryptedColumnMetadata !== undefined) {
    findings.add(
      "encrypted",
      "the column chunk is encrypted: its pages cannot be verified without its key",
      place,
    );
  }
  if (fileOffset !== 0) {
    findings.add("deprecated-file-offset", `file_offset is ${fileOffset}`, place);
  }
  if (codec === "LZ4" || codec === "LZO") {
    findings.add("deprecated-codec", `the codec is ${codec}`, place);
  }
  if (statistics?.min !== undefined || statistics?.max !== undefined) {
    findings.add("deprecated-min-max", "the chunk has min or max", place);
  }
  if (dictionaryPageOffset !== undefined && dictionaryPageOffset <= 0) {
    const message = `dictionary_page_offset is ${dictionaryPageOffset}, where no page is`;
    findings.add("dictionary-page-offset", message, place);
  }
  if (numValues < 0 || (maxRepetitionLevel === 0 ? numValues !== numRows : numValues < numRows)) {
    findings.add("chunk-values", `num_values is ${numValues} for ${numRows} rows`, place);
  }
}

/** Where the first page of a column chunk is. */
export function chunkStart(
  { metaData: { dictionaryPageOffset, dataPageOffset } }: ColumnChunk,
): number {
  // 0 was written where there is none: of a dictionary, and of data pages in a chunk without values.
  if (dictionaryPageOffset === undefined || dictionaryPageOffset <= 0) return dataPageOffset;
  return dataPageOffset === 0
    ? dictionaryPageOffset
    : Math.min(dictionaryPageOffset, dataPageOffset);
}

function sum(columns: readonly ColumnChunk[], of: (chunk: ColumnChunk) => number): number {
  return columns.reduce((total, chunk) => total + of(chunk), 0);
}
