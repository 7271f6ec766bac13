/**
 * Files in one call.
 *
 * @module
 */

import { type SchemaLike, toArrowSchema } from "../arrow/arrow_objects.ts";
import { type ArrowSource, openAtOnce, type OpenedSource } from "../arrow/source.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { giveBack, SourceGuard } from "../arrow/source_guard.ts";
import { lz4FrameDecompress } from "../compression/lz4_frame.ts";
import { decompressZstd, loadUnzstd } from "../compression/zstd_decompress.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import {
  type BatchSource,
  checkedInferRows,
  type Columns,
  type RowSource,
} from "../rows/batch_source.ts";
import type { RowSchema } from "../rows/schema.ts";
import { rowOpener } from "../rows/row_opener.ts";
import type { RowOf, Shape } from "../rows/t.ts";
import { afterTurn, now, TURN_MS } from "../runtime/clock.ts";
import { resolveOptions } from "../schema/resolve_options.ts";
import type { ChooseLeafType } from "../schema/leaf_type.ts";
import type { ResolvedOptions, WriterOptions } from "../schema/writer_options.ts";
import { MemorySink } from "../sink/memory_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { type SinkTarget, toSink } from "../store/to_sink.ts";
import { callAndForget, ignore } from "../util/thenable.ts";
import type { openColumnWriter } from "./batch_writer.ts";
import { reasonOf, WriteEnd } from "./write_end.ts";

/** What compressed IPC buffers are read with. */
const DECOMPRESSORS = {
  lz4Frame: lz4FrameDecompress,
  zstd: decompressZstd,
};

/** Any source of a file: rows, columns, sources of batches, Arrow in any form. */
export type DataSource<Row = object> =
  | ArrowSource
  | RowSource<Row>
  | Columns
  | BatchSource
  | PromiseLike<DataSource<Row>>;

/** Options of functions that take a whole source. */
export interface WriteOptions extends WriterOptions {
  /**
   * Schema of rows and columns: made by `schema`, or an Arrow schema. Batches with a schema of their own must agree with it. Default:
   * inferred from the first rows (see `inferSchema`); if they do not determine it, that is an error.
   */
  readonly schema?: SchemaLike | undefined;
  /** Number of rows to infer the schema from. Default 20,480. */
  readonly inferRows?: number | undefined;
}

/** Options with a schema by which TypeScript checks rows. */
export interface TypedWriteOptions<S extends Shape> extends WriteOptions {
  /** What rows are. */
  readonly schema: RowSchema<S>;
}

/**
 * Writes a Parquet file.
 *
 * @param source Rows (objects with a member for each column) in an array, an (async) iterable or a `ReadableStream`, one by one or in
 * arrays; columns (an object of arrays or typed arrays); Arrow tables or record batches (Arrow JS 4 to 21, flechette, arquero); Arrow IPC
 * (bytes, a `Blob`, a `Response`, a path or a `file:` URL); the latter two also in an (async) iterable or a `ReadableStream`; or a promise
 * of any of these. See {@linkcode DataSource}. An array, columns, a table and bytes must not change until the promise settles. A generator
 * may use the same memory again for its next item.
 * @param sink A `WritableStream`, a path, a URL (`file:`; `s3://bucket/key`, `az://container/key`, `gs://bucket/key` with the credentials of
 * the environment) or a `Sink`. If anything fails, it is aborted and the source is released.
 * @returns The metadata of the file.
 * @throws {TypeError | RangeError} If an argument or option is invalid.
 * @throws {ParquetError} If the write fails; the class says what failed. An `InvalidBatchError` names column and row of a value that does not fit.
 *
 * @example Rows to a file
 * ```ts
 * import { schema, t, writeParquet } from "@parquet-ext/parquet-ext";
 *
 * const people = schema({ id: t.int32(), name: t.utf8().nullable() });
 * const metadata = await writeParquet([{ id: 1, name: "Ada" }, { id: 2 }], "people.parquet", { schema: people });
 * console.assert(metadata.numRows === 2);
 * ```
 *
 * @example A table to a file
 * ```ts
 * import { tableFromArrays } from "apache-arrow";
 * import { writeParquet } from "@parquet-ext/parquet-ext";
 *
 * const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
 * const metadata = await writeParquet(table, "out.parquet", { compression: "zstd" });
 * console.assert(metadata.numRows === 3);
 * ```
 */
export function writeParquet<S extends Shape>(
  source: DataSource<RowOf<S>>,
  sink: SinkTarget,
  options: TypedWriteOptions<S>,
): Promise<ParquetMetaData>;
/** The same for rows that TypeScript does not check, and for any other source. */
export function writeParquet(
  source: DataSource,
  sink: SinkTarget,
  options?: WriteOptions & { readonly schema?: UntypedSchema },
): Promise<ParquetMetaData>;
export function writeParquet(
  source: DataSource,
  sink: SinkTarget,
  options: WriteOptions = {},
): Promise<ParquetMetaData> {
  try {
    return writeTo(source, toSink(sink), options);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Writes a Parquet file to memory.
 *
 * @param source As for {@linkcode writeParquet}.
 * @returns The bytes of the file.
 * @throws As {@linkcode writeParquet}.
 *
 * @example A table to bytes
 * ```ts
 * import { tableFromArrays } from "apache-arrow";
 * import { toParquet } from "@parquet-ext/parquet-ext";
 *
 * const bytes = await toParquet(tableFromArrays({ id: Int32Array.of(1, 2, 3) }));
 * console.assert(bytes.length > 0);
 * ```
 */
export function toParquet<S extends Shape>(
  source: DataSource<RowOf<S>>,
  options: TypedWriteOptions<S>,
): Promise<Uint8Array<ArrayBuffer>>;
/** The same for rows that TypeScript does not check, and for any other source. */
export function toParquet(
  source: DataSource,
  options?: WriteOptions & { readonly schema?: UntypedSchema },
): Promise<Uint8Array<ArrayBuffer>>;
export async function toParquet(
  source: DataSource,
  options: WriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  await writeTo(source, sink, options);
  return sink.bytes();
}

/** A schema by which TypeScript cannot check rows. */
export type UntypedSchema = SchemaLike & { readonly shape?: undefined } | undefined;

/** Options that are checked. */
interface CheckedOptions {
  readonly writer: ResolvedOptions;
  readonly schema: ArrowSchema | undefined;
  readonly inferRows: number;
}

/**
 * Checks options.
 *
 * @throws {TypeError | RangeError} For what is unknown or out of range.
 */
export function checkWriteOptions(options: WriteOptions): CheckedOptions {
  const { schema, inferRows, ...rest } = options ?? {};
  return {
    // What is no object has no such members, and is refused as it is.
    writer: resolveOptions(schema === undefined && inferRows === undefined ? options : rest),
    schema: schema === undefined ? undefined : toArrowSchema(schema),
    inferRows: checkedInferRows(inferRows),
  };
}

/** A file that is given, which rows have to go with. */
export interface WriteTarget {
  readonly rows: ArrowSchema;
  readonly leafType: ChooseLeafType;
  /** What a schema of rows is written as: nullable where the file is. */
  readonly written: (schema: ArrowSchema) => ArrowSchema;
}

/**
 * Writes a source to a sink.
 *
 * @param target What rows and columns are where the options do not say, batches having schemas of their own, and how leaves are written.
 */
export async function writeTo(
  source: DataSource,
  sink: Sink,
  options: WriteOptions,
  target: WriteTarget | null = null,
): Promise<ParquetMetaData> {
  let resolved: CheckedOptions | null = null;
  let end: WriteEnd;
  try {
    resolved = checkWriteOptions(options);
    end = new WriteEnd(sink, resolved.writer);
  } catch (error) {
    end = new WriteEnd(sink, { signal: null, sinkTimeoutMs: null });
    end.fail(error);
  }
  try {
    if (resolved !== null && !end.failed) return await run(source, end, resolved, target);
    giveBack(source, reasonOf(end.failure));
  } catch (error) {
    end.fail(error);
  }
  await end.reportable;
  throw end.failure;
}

/** How a source is opened. */
export interface OpenDataOptions {
  /** What rows and columns are, and what batches have to be. */
  readonly schema?: SchemaLike | undefined;
  /** What rows and columns are without it. */
  readonly rowSchema?: ArrowSchema | null;
  readonly inferRows?: number | undefined;
  readonly limits: ResolvedOptions["limits"];
}

/** Opens whatever rows can come from, as batches of one schema. */
export function openDataSource(
  source: DataSource,
  guard: SourceGuard,
  { schema, rowSchema = null, inferRows, limits }: OpenDataOptions,
): OpenedSource | Promise<OpenedSource> {
  const given = schema === undefined ? null : toArrowSchema(schema);
  const opening = openAtOnce(source as ArrowSource, {
    decompressors: { ...DECOMPRESSORS, limits },
    guard,
    rows: rowOpener(given ?? rowSchema, checkedInferRows(inferRows)),
    ...(given === null ? {} : { schema: given }),
  });
  // Where it is not there yet, it has to be before a batch is read.
  const loading = loadUnzstd();
  return loading === null ? opening : Promise.all([opening, loading]).then(([opened]) => opened);
}

let open: typeof openColumnWriter | null = null;

/**
 * Loads what encodes, which a program that has not written yet does without: it is half of the library. Once it is there, nothing is
 * waited for.
 */
export async function loadWriter(): Promise<void> {
  open = (await import("./batch_writer.ts")).openColumnWriter;
}

async function run(
  source: DataSource,
  end: WriteEnd,
  { writer, schema: given, inferRows }: CheckedOptions,
  target: WriteTarget | null,
): Promise<ParquetMetaData> {
  const options = target === null ? writer : { ...writer, leafType: target.leafType };
  const guard = new SourceGuard();
  end.onFailure((error) => guard.end(error, reasonOf(error)));
  const loading = open === null ? loadWriter() : null;
  loading?.catch(ignore);
  const opening = openDataSource(source, guard, {
    schema: given,
    rowSchema: target?.rows ?? null,
    inferRows,
    limits: options.limits,
  });
  try {
    let began = now();
    // What schemas of very many columns take is given back before the next part.
    const turn = (): Promise<void> | null => {
      if (now() - began < TURN_MS) return null;
      return end.orFailure(new Promise<void>(afterTurn)).then(() => void (began = now()));
    };
    // What is there at once is not waited for, here and below.
    const source = "then" in opening ? await end.orFailure(opening) : opening;
    const { schema, batches, steady, rows } = source;
    if (loading !== null) await end.orFailure(loading);
    const create = open!;
    const before = turn();
    if (before !== null) await before;
    const opened = create(end, target?.written(schema) ?? schema, options);
    const writer = "then" in opened ? await end.orFailure(opened) : opened;
    if (steady) writer.expectSteadyMemory();
    const preparing = writer.core.expectRows(rows);
    if (preparing !== null) await end.orFailure(preparing);
    const after = turn();
    if (after !== null) await after;
    for (;;) {
      const next = batches.next();
      const { done, value } = "then" in next ? await end.orFailure(next) : next;
      if (done) break;
      await writer.writeInTurns(value);
    }
    return await writer.close();
  } catch (error) {
    // Not waited for: a source that is stuck would withhold the error.
    const giveBack = ({ batches }: OpenedSource) => callAndForget(() => batches.return());
    if ("then" in opening) opening.then(giveBack, ignore);
    else giveBack(opening);
    throw error;
  }
}
