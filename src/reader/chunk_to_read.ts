/**
 * A column chunk as a reader needs it: where its pages are, and what the schema says of them.
 *
 * @module
 */

import { logicalTypeOf } from "../file/describe_schema.ts";
import type { ColumnChunk, CompressionCodec } from "../format/metadata.ts";
import type { SchemaNode } from "../format/schema_tree.ts";
import { FormatError, SchemaError } from "../util/errors.ts";
import { type LeafColumn, PHYSICAL_WIDTHS } from "../verify/leaf_column.ts";

/** One column chunk. */
export interface ChunkToRead {
  readonly column: LeafColumn;
  readonly codec: CompressionCodec;
  /** Entries of its pages. */
  readonly numValues: number;
  /** Where its first page begins. */
  readonly start: number;
  /** After its last page. */
  readonly end: number;
  /** What it is called in errors. */
  readonly where: string;
}

/** Bytes of the length of the footer and of the magic behind it. */
const TRAILER_BYTES = 8;
/** What the header of a dictionary page has at the most that old versions of parquet-mr leave out of the size of a chunk. */
const FORGOTTEN_BYTES = 100;

/**
 * Describes a leaf column.
 *
 * @param ancestors From below the root down to the leaf.
 */
export function leafColumn(index: number, ancestors: readonly SchemaNode[]): LeafColumn {
  const node = ancestors.at(-1)!;
  const { element, path, maxDefinitionLevel, maxRepetitionLevel } = node;
  const physicalType = element.type!;
  return {
    index,
    name: path.join("."),
    path,
    element,
    ancestors,
    physicalType,
    width: physicalType === "FIXED_LEN_BYTE_ARRAY"
      ? element.typeLength ?? 0
      : PHYSICAL_WIDTHS[physicalType],
    logicalType: logicalTypeOf(element) ?? null,
    maxDefinitionLevel,
    maxRepetitionLevel,
    order: null,
  };
}

/**
 * Finds a chunk in a file.
 *
 * @param group Ordinal of its row group.
 * @throws {SchemaError} When it cannot be read: it is encrypted, in another file, or compressed by a codec that nothing here has.
 * @throws {FormatError} When it is not what the schema says, or does not lie in the file.
 */
export function chunkToRead(
  column: LeafColumn,
  { metaData, cryptoMetadata, filePath }: ColumnChunk,
  group: number,
  fileBytes: number,
): ChunkToRead {
  const { codec, type, numValues, totalCompressedSize } = metaData;
  const reason = cryptoMetadata !== undefined
    ? "it is encrypted"
    : filePath !== undefined
    ? "it is in another file"
    : codec === "LZO"
    ? "it is compressed by LZO"
    : null;
  if (reason !== null) throw new SchemaError(column.name, `Cannot read a column: ${reason}`);
  const where = `row group ${group}, column ${JSON.stringify(column.name)}`;
  if (type !== column.physicalType) {
    throw new FormatError(`Cannot read ${where}: it is ${type}, not ${column.physicalType}`);
  }
  if (column.width === 0 && type !== "BYTE_ARRAY") {
    throw new FormatError(`Cannot read ${where}: its values have no width`);
  }
  const { dictionaryPageOffset: dictionary, dataPageOffset: data } = metaData;
  // Some writers say 0 where there is none.
  const start = dictionary === undefined || dictionary <= 0 ? data : Math.min(dictionary, data);
  const last = fileBytes - TRAILER_BYTES;
  if (!(start >= 0 && totalCompressedSize >= 0 && start + totalCompressedSize <= last)) {
    throw new FormatError(`Cannot read ${where}: it is outside the file`);
  }
  const end = Math.min(last, start + totalCompressedSize + FORGOTTEN_BYTES);
  return { column, codec, numValues, start, end, where };
}
