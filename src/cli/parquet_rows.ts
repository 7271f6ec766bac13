/**
 * Rows of Parquet files, exactly as they are, to be written again with other options.
 *
 * @module
 */

import type { ParquetMetaData } from "../format/metadata.ts";
import { type RandomAccess, readFileMetaData } from "../format/read_metadata.ts";
import { type BatchSource, fromRows } from "../rows/batch_source.ts";
import { type RowSchema, schema } from "../rows/schema.ts";
import { GEO_KEY } from "../schema/key_value_metadata.ts";
import { FormatError, InvalidBatchError } from "../util/errors.ts";
import { UsageError } from "./failure.ts";
import { planRows, type RowPlan, setMember, Unfit } from "./parquet_values.ts";

type Hyparquet = typeof import("hyparquet");
type AsyncBuffer = Parameters<Hyparquet["parquetReadObjects"]>[0]["file"];
type FileMetaData = Awaited<ReturnType<Hyparquet["parquetMetadataAsync"]>>;
type RowGroup = FileMetaData["row_groups"][number];

/** Values of a row group that are decoded at a time, and the fewest rows. */
const MAX_VALUES = 1_000_000, MIN_ROWS = 1000;
/** Bytes of a row group that are held while its rows are read piece by piece, so that they are read once. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;
/** Rows that are made at a time. */
const BLOCK_ROWS = 2048;

/** How rows are read. */
export interface ParquetRowsOptions {
  /** The name of the file, for messages. */
  readonly name: string;
  /** The schema that its rows have to have, if there is one. */
  readonly expected?: RowSchema | undefined;
  /** Rows of other files follow. */
  readonly joined?: boolean;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Values that are decoded at a time: of a larger row group, some rows after the others. */
  readonly maxValues?: number;
}

/**
 * The rows of a Parquet file as a source of batches.
 *
 * @param access Its bytes.
 * @throws {UsageError} When it has columns that cannot be kept as they are, or others than expected.
 * @throws {FormatError} When it is damaged, or its footer is encrypted.
 */
export async function openParquetRows(
  access: RandomAccess,
  options: ParquetRowsOptions,
): Promise<BatchSource> {
  const { name, expected, joined = false } = options;
  const metadata = await readFileMetaData(access);
  refuseUnreadable(metadata);
  const plan = planRows(metadata);
  const pairs = new Map(plan.schema.metadata);
  // It has the bounds of all geometries.
  if (joined) pairs.delete(GEO_KEY);
  const own = schema({ fields: plan.schema.fields, metadata: pairs });
  if (expected !== undefined && fieldsText(expected) !== fieldsText(own)) {
    throw new UsageError(
      `Cannot convert ${name}: its columns are not those of the first input, or of --schema`,
    );
  }
  return fromRows(rowsOf(access, metadata, plan, options), own);
}

/** Refuses what cannot be decoded before anything is written. */
function refuseUnreadable({ rowGroups }: ParquetMetaData): void {
  for (const { columns } of rowGroups) {
    for (const { metaData, cryptoMetadata, filePath } of columns) {
      const reason = cryptoMetadata !== undefined
        ? "it is encrypted"
        : filePath !== undefined
        ? "it is in another file"
        : metaData.codec === "LZO"
        ? "it is compressed by LZO"
        : null;
      if (reason === null) continue;
      const name = metaData.pathInSchema.join(".");
      throw new UsageError(`Cannot re-encode column ${JSON.stringify(name)}: ${reason}`);
    }
  }
}

function fieldsText(of: RowSchema): string {
  return JSON.stringify(of.toJSON().fields);
}

async function* rowsOf(
  access: RandomAccess,
  metadata: ParquetMetaData,
  plan: RowPlan,
  { signal, maxValues = MAX_VALUES }: ParquetRowsOptions,
): AsyncGenerator<object[], void, undefined> {
  const { parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const footer = await parquetMetadataAsync(bufferOf(access));
  let row = 0;
  for (const [g, { numRows, columns }] of metadata.rowGroups.entries()) {
    const values = columns.reduce((sum, { metaData }) => sum + metaData.numValues, 0);
    const step = values <= maxValues
      ? numRows
      : Math.max(MIN_ROWS, Math.floor(numRows * (maxValues / values)));
    const group = renamed(footer.row_groups[g]!, plan);
    const file = step < numRows ? await held(access, group) : bufferOf(access);
    for (let at = 0; at < numRows; at += step) {
      if (signal.aborted) return;
      const rowEnd = Math.min(numRows, at + step);
      const read = await parquetReadObjects({
        file,
        metadata: {
          version: footer.version,
          schema: plan.elements as FileMetaData["schema"],
          num_rows: BigInt(numRows),
          row_groups: [group],
          metadata_length: footer.metadata_length,
        },
        compressors,
        geoparquet: false,
        utf8: false,
        rowStart: at,
        rowEnd,
      }).catch((error: unknown) => {
        throw unreadable(g, error);
      }) as Record<string, unknown>[];
      if (read.length !== rowEnd - at) {
        throw new FormatError(`Cannot read row group ${g}: it has fewer rows than it says`);
      }
      for (let from = 0; from < read.length; from += BLOCK_ROWS) {
        const block = read.slice(from, from + BLOCK_ROWS);
        yield block.map((raw, i) => rowOf(raw, plan, row + at + from + i, g));
      }
    }
    row += numRows;
  }
}

function rowOf(
  raw: Record<string, unknown>,
  { columns }: RowPlan,
  index: number,
  group: number,
): object {
  const row: Record<string, unknown> = {};
  for (const { field: { name }, key, isFlat, read } of columns) {
    const value = raw[key];
    if (value === undefined && isFlat) {
      throw new FormatError(
        `Cannot read row group ${group}: column ${
          JSON.stringify(name)
        } has fewer rows than it says`,
      );
    }
    try {
      setMember(row, name, read(value));
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      throw new InvalidBatchError(name, index, error.message);
    }
  }
  return row;
}

/** The row group with the names that its values are read by. */
function renamed(group: RowGroup, { leafPaths }: RowPlan): RowGroup {
  if (group.columns.length !== leafPaths.length) {
    throw new FormatError("Cannot read a row group: it has not the columns of the schema");
  }
  const columns = group.columns.map((chunk, i) => {
    return { ...chunk, meta_data: { ...chunk.meta_data!, path_in_schema: [...leafPaths[i]!] } };
  });
  return { ...group, columns };
}

/** What hyparquet says of damage, in the words of this library; errors of the system and of stores as they are. */
function unreadable(group: number, error: unknown): unknown {
  const isOwn = !(error instanceof Error) || "code" in error ||
    (error.name !== "Error" && error.name !== "RangeError" && error.name !== "TypeError");
  return isOwn ? error : new FormatError(
    `Cannot read row group ${group}: ${error.message.replace(/^parquet /, "")}`,
    { cause: error },
  );
}

function bufferOf(access: RandomAccess): AsyncBuffer {
  const { byteLength } = access;
  return {
    byteLength,
    slice: async (start, end = byteLength) => {
      const to = Math.min(end < 0 ? byteLength + end : end, byteLength);
      const from = start < 0 ? Math.max(0, byteLength + start) : start;
      const bytes = await access.read(from, to - from);
      if (bytes.length !== to - from) throw new FormatError("Cannot read the file: it is cut off");
      return bytes.slice().buffer as ArrayBuffer;
    },
  };
}

/** The bytes of a row group in memory, unless they are too many. */
async function held(access: RandomAccess, group: RowGroup): Promise<AsyncBuffer> {
  const file = bufferOf(access);
  let start = Infinity, end = 0;
  for (const { meta_data: chunk } of group.columns) {
    const at = Math.min(
      Number(chunk!.data_page_offset),
      Number(chunk!.dictionary_page_offset || chunk!.data_page_offset),
    );
    start = Math.min(start, at);
    end = Math.max(end, at + Number(chunk!.total_compressed_size));
  }
  if (!(end > start) || end > file.byteLength || end - start > MAX_HELD_BYTES) return file;
  const bytes = await file.slice(start, end);
  return {
    byteLength: file.byteLength,
    slice: (from, to = file.byteLength) =>
      from >= start && to <= end ? bytes.slice(from - start, to - start) : file.slice(from, to),
  };
}
