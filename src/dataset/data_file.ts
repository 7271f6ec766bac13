/**
 * What is known of a file of a dataset: all that a table format's commit needs, as plain JSON.
 *
 * @module
 */

import { boundText } from "../file/bound_text.ts";
import { logicalTypeName } from "../file/describe_schema.ts";
import type {
  ColumnChunk,
  ParquetMetaData,
  PhysicalType,
  SchemaElement,
  Statistics,
} from "../format/metadata.ts";
import { buildSchemaTree } from "../format/schema_tree.ts";
import { encodeFileMetaData } from "../format/structures.ts";
import { encodeBase64 } from "../util/base64.ts";
import { boundOrder } from "./bound_order.ts";

/** A bound of a column: no value is beyond it. */
export interface DataFileBound {
  /** As text: `"42"`, `"2026-01-31"`, `"2026-01-31T12:00:00.000Z"`, a string as it is, bytes as `"0x00ff"`. */
  readonly text: string;
  /** The PLAIN value of the column's physical type, in base64. */
  readonly bytes: string;
  /** Whether it is a value of the column rather than a shortened one. */
  readonly exact: boolean;
}

/** A leaf column of a file. */
export interface DataFileColumn {
  /** Names from the top down to the leaf, those of lists and maps included. */
  readonly path: readonly string[];
  /** Field id, if the schema has one. */
  readonly fieldId?: number;
  /** Physical type. */
  readonly physicalType: PhysicalType;
  /** Logical type with its parameters, such as `"DECIMAL(9,2)"`; absent without one. */
  readonly logicalType?: string;
  /** Bytes in the file. */
  readonly size: number;
  /** Number of values, nulls and list elements included. */
  readonly valueCount: number;
  /** Absent if the file does not say. */
  readonly nullCount?: number;
  /** Absent if the file does not say. */
  readonly nanCount?: number;
  /** Absent if the file does not say, or has no value. NaNs do not count; see `nanCount`. */
  readonly lower?: DataFileBound;
  /** Absent if the file does not say, or has no value. NaNs do not count; see `nanCount`. */
  readonly upper?: DataFileBound;
}

/** A file of a dataset. Plain JSON: made in one process, it can be committed by another. */
export interface DataFile {
  /** Relative to the dataset, `/` between folders. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Rows. */
  readonly rows: number;
  /** Values of the partition columns by name, as text (see `partitionBy`); `null`: null. */
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** Time at which the file was complete, in milliseconds since 1970. */
  readonly modificationTime: number;
  /** The leaf columns, in their order. */
  readonly columns: readonly DataFileColumn[];
  /** Offset of each row group. */
  readonly splitOffsets: readonly number[];
  /** Bytes of the footer, and their SHA-256 in hexadecimal. */
  readonly footer: { readonly length: number; readonly sha256: string };
}

/**
 * Describes a file that was written.
 *
 * @param hidesNans Whether the bounds of a leaf column, by its ordinal, may leave out NaNs that are not counted.
 */
export async function describeDataFile(
  file: Pick<DataFile, "path" | "size" | "partitionValues">,
  metadata: ParquetMetaData,
  hidesNans: (column: number) => boolean,
): Promise<DataFile> {
  const { leaves } = buildSchemaTree(metadata.schema);
  const footer = encodeFileMetaData(metadata);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", footer));
  return {
    ...file,
    rows: metadata.numRows,
    modificationTime: Date.now(),
    columns: leaves.map(({ element, path }, i) =>
      describeColumn(
        element,
        path,
        metadata.rowGroups.map(({ columns }) => columns[i]!),
        hidesNans(i),
      )
    ),
    splitOffsets: metadata.rowGroups.map(({ columns }) => offsetOf(columns[0]!)),
    footer: {
      length: footer.length,
      sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    },
  };
}

function offsetOf({ metaData }: ColumnChunk): number {
  return metaData.dictionaryPageOffset ?? metaData.dataPageOffset;
}

function describeColumn(
  element: SchemaElement,
  path: readonly string[],
  chunks: readonly ColumnChunk[],
  hidesNans: boolean,
): DataFileColumn {
  const sum = (of: (chunk: ColumnChunk) => number | undefined) =>
    chunks.reduce<number | undefined>((total, chunk) => {
      const value = of(chunk);
      return total === undefined || value === undefined ? undefined : total + value;
    }, 0);
  const logicalType = logicalTypeName(element);
  const isFloat = element.type === "FLOAT" || element.type === "DOUBLE" ||
    logicalType === "FLOAT16";
  const nullCount = sum(({ metaData }) => metaData.statistics?.nullCount);
  const nanCount = sum(({ metaData }) => metaData.statistics?.nanCount);
  return {
    path,
    ...(element.fieldId === undefined ? {} : { fieldId: element.fieldId }),
    physicalType: element.type!,
    ...(logicalType === null ? {} : { logicalType }),
    size: sum(({ metaData }) => metaData.totalCompressedSize)!,
    valueCount: sum(({ metaData }) => metaData.numValues)!,
    ...(nullCount === undefined ? {} : { nullCount }),
    ...(nanCount === undefined || chunks.length === 0 ? {} : { nanCount }),
    ...(hidesNans && nanCount === undefined && isFloat ? {} : boundsOf(element, chunks)),
  };
}

interface Bound {
  readonly bytes: Uint8Array;
  readonly exact: boolean;
}

/** The bounds of all chunks together; none where one chunk that has values has none. */
function boundsOf(
  element: SchemaElement,
  chunks: readonly ColumnChunk[],
): Pick<DataFileColumn, "lower" | "upper"> {
  const order = boundOrder(element);
  if (order === null) return {};
  let lower: Bound | null = null, upper: Bound | null = null;
  for (const { metaData: { statistics, numValues } } of chunks) {
    // NaNs are bounds only where there is nothing else, and would be those of the other chunks too.
    const { nullCount, nanCount = 0 } = statistics ?? {} as Statistics;
    if (nullCount !== undefined && nullCount + nanCount === numValues) continue;
    const { minValue, maxValue } = statistics ?? {} as Statistics;
    if (minValue === undefined || maxValue === undefined) return {};
    if (lower === null || order(minValue, lower.bytes) < 0) {
      lower = { bytes: minValue, exact: statistics!.isMinValueExact ?? false };
    }
    if (upper === null || order(maxValue, upper.bytes) > 0) {
      upper = { bytes: maxValue, exact: statistics!.isMaxValueExact ?? false };
    }
  }
  const shown = ({ bytes, exact }: Bound): DataFileBound => ({
    text: boundText(element, bytes),
    bytes: encodeBase64(bytes),
    exact,
  });
  return lower === null || upper === null ? {} : { lower: shown(lower), upper: shown(upper) };
}
