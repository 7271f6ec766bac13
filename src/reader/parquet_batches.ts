/**
 * The rows of a Parquet file as record batches, exactly as they are.
 *
 * @module
 */

import { rawArray, RawRecordBatch } from "../arrow/raw_array.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import { type RandomAccess, readFileMetaData } from "../format/read_metadata.ts";
import { BatchSource } from "../rows/batch_source.ts";
import { FormatError } from "../util/errors.ts";
import { type InputLimits, resolveInputLimits } from "../util/input_limits.ts";
import { DecodingResources } from "../verify/pages/decoding_resources.ts";
import { assemble } from "./assemble.ts";
import { chunkToRead } from "./chunk_to_read.ts";
import { LeafReader } from "./leaf_reader.ts";
import { PageReader } from "./page_reader.ts";
import { rowsAtATime } from "./rows_at_a_time.ts";
import { type PlanOptions, planRead, type ReadPlan } from "./read_plan.ts";

/** Bytes that windows on all column chunks of a row group come to, and those of each. */
const ALL_WINDOWS_BYTES = 2 ** 26, MIN_WINDOW_BYTES = 2 ** 15, MAX_WINDOW_BYTES = 2 ** 20;

/** How a file is read. */
export interface ReadOptions extends PlanOptions {
  /** Rows of a batch at the most. Default 65,536. */
  readonly maxBatchRows?: number;
  /** Rows to read at the most. Default: all. */
  readonly limit?: number;
  /** What the file may cost: of the limits, those of footers and pages count. */
  readonly limits?: InputLimits;
  /** Row groups to read, by their ordinals: the first one, and the one before which it ends. Default: all. */
  readonly rowGroups?: readonly [from: number, to: number] | undefined;
  /** Ends the reading: no batch follows. */
  readonly signal?: AbortSignal;
  /** Footer of the file, where it was read before. */
  readonly metadata?: ParquetMetaData;
}

/** A file that was looked at, and can be read. */
export interface OpenedParquet {
  readonly metadata: ParquetMetaData;
  readonly plan: ReadPlan;
  /**
   * Its rows, in order; without rows, one batch of none. To be read once.
   *
   * @param fresh Whether each batch is in memory of its own; else it is in that of the one before.
   */
  batches(fresh: boolean): AsyncGenerator<RawRecordBatch, void, undefined>;
}

/**
 * Opens a file to read its rows: reads the footer, and plans.
 *
 * @param file Its bytes, to be closed by the caller after the last batch.
 * @throws {SchemaError} When it has columns that cannot be kept as they are, or not those asked for.
 * @throws {FormatError} When it is no Parquet file, damaged, or its footer is encrypted. Of damaged pages, `batches` throws it.
 */
export async function openParquet(
  file: RandomAccess,
  options: ReadOptions = {},
): Promise<OpenedParquet> {
  const { limits } = options;
  const metadata = options.metadata ??
    await readFileMetaData(file, limits === undefined ? {} : { limits });
  const plan = planRead(metadata, options);
  checkChunks(file, metadata, plan);
  return { metadata, plan, batches: (fresh) => batchesOf(file, metadata, plan, options, fresh) };
}

/**
 * The rows of a file as a source of batches.
 *
 * @throws As {@linkcode openParquet}.
 */
export function parquetSource({ plan: { schema }, batches }: OpenedParquet): BatchSource {
  return new BatchSource({
    schema,
    open: (guard, fresh) => {
      const rows = batches(fresh);
      guard.onEnd(() => void rows.return().catch(() => {}));
      return { schema, batches: rows };
    },
    giveBack: () => {},
  });
}

/** Refuses what cannot be read before anything is. */
function checkChunks(file: RandomAccess, metadata: ParquetMetaData, { leaves }: ReadPlan): void {
  const { length } = metadata.schema.filter(({ type }) => type !== undefined);
  for (const [group, { columns, numRows }] of metadata.rowGroups.entries()) {
    if (columns.length !== length) {
      throw new FormatError(
        `Cannot read row group ${group}: it does not have the columns of the schema`,
      );
    }
    if (numRows < 0) {
      throw new FormatError(`Cannot read row group ${group}: it has ${numRows} rows`);
    }
    for (const leaf of leaves) chunkToRead(leaf, columns[leaf.index]!, group, file.byteLength);
  }
}

async function* batchesOf(
  file: RandomAccess,
  { rowGroups }: ParquetMetaData,
  plan: ReadPlan,
  { maxBatchRows, limit = Infinity, limits, signal, rowGroups: chosen }: ReadOptions,
  fresh: boolean,
): AsyncGenerator<RawRecordBatch, void, undefined> {
  const values = resolveInputLimits(limits);
  const windowBytes = Math.min(
    MAX_WINDOW_BYTES,
    Math.max(MIN_WINDOW_BYTES, Math.floor(ALL_WINDOWS_BYTES / plan.leaves.length)),
  );
  const [from, to] = chosen ?? [0, rowGroups.length];
  const before = rowGroups.slice(0, from).reduce((sum, { numRows }) => sum + numRows, 0);
  let row = 0;
  for (const [i, { columns, numRows }] of rowGroups.slice(from, to).entries()) {
    const g = from + i;
    const chunks = plan.leaves.map((leaf) =>
      chunkToRead(leaf, columns[leaf.index]!, g, file.byteLength)
    );
    const readers = chunks.map((chunk) =>
      new LeafReader(
        chunk,
        new PageReader(file, chunk, new DecodingResources(values), windowBytes),
      )
    );
    const widest = Math.max(...await Promise.all(readers.map((reader) => reader.open())));
    const bytes = plan.leaves.reduce(
      (sum, { index }) => sum + columns[index]!.metaData.totalUncompressedSize,
      0,
    );
    const step = rowsAtATime(numRows, bytes, widest, maxBatchRows);
    for (let at = 0; at < numRows; at += step) {
      if (signal?.aborted || row >= limit) return;
      const rows = Math.min(step, numRows - at, limit - row);
      const leaves = await Promise.all(readers.map((reader) => reader.read(rows, fresh)));
      const arrays = plan.nodes.map((node) => assemble(node, { leaves, firstRow: before + row }));
      const other = arrays.findIndex(({ length }) => length !== rows);
      if (other >= 0) {
        throw new FormatError(
          `Cannot read row group ${g}: column ${
            JSON.stringify(plan.schema.fields[other]!.name)
          } has ${arrays[other]!.length} rows of ${rows}`,
        );
      }
      yield new RawRecordBatch(plan.schema, rows, arrays, undefined, before + row);
      row += rows;
      if (at + rows === numRows) await Promise.all(readers.map((reader) => reader.finish()));
    }
  }
  if (row === 0) {
    const arrays = plan.nodes.map(() => rawArray({ length: 0 }));
    yield new RawRecordBatch(plan.schema, 0, arrays);
  }
}
