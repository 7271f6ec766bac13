/**
 * Sources of batches: what rows, columns and texts become before anything else.
 *
 * @module
 */

import type { SchemaLike } from "../arrow/arrow_objects.ts";
import type { RawRecordBatch } from "../arrow/raw_array.ts";
import { giveBack, SourceGuard } from "../arrow/source_guard.ts";
import { isAsyncIterable } from "../arrow/source_parts.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { promiseOf } from "../util/thenable.ts";
import { DEFAULT_INFER_ROWS } from "./infer.ts";
import {
  inferFrom,
  inferFromAsync,
  openColumnObject,
  type OpenedRows,
  openRowArray,
  openRowItems,
  openRowItemsAsync,
  type RowReading,
} from "./row_reader.ts";
import { type RowSchema, toRowSchema } from "./schema.ts";
import type { RowOf, Shape } from "./t.ts";

/** A batch of checked columns, which every writer takes. */
export type SourceBatch = RawRecordBatch;

/** How a source of batches is read: once, with `guard` to end it early. */
export interface BatchSourceParts {
  /** The schema; `null`: it is known once the source is opened. */
  readonly schema: ArrowSchema | null;
  /**
   * Opens it. At least one batch has to come, of no rows where there are none.
   *
   * @param fresh Whether each batch has to be in memory of its own; else it may be in that of the one before.
   */
  open(guard: SourceGuard, fresh: boolean): OpenedRows | Promise<OpenedRows>;
  /** Gives back what was not opened. */
  giveBack(reason: unknown): void;
}

/** Batches of one schema, which can be read once. Every writer takes it as a source, and its batches in `write`. */
export class BatchSource implements AsyncIterable<SourceBatch> {
  readonly #parts: BatchSourceParts;
  readonly #guard = new SourceGuard();
  #opened: OpenedRows | Promise<OpenedRows> | null = null;
  #schema: RowSchema | null;
  #taken = false;

  /** Used by {@linkcode fromRows} and {@linkcode fromColumns}. */
  constructor(parts: BatchSourceParts) {
    this.#parts = parts;
    this.#schema = parts.schema === null ? null : toRowSchema(parts.schema);
  }

  /**
   * The schema of all batches.
   *
   * @throws {TypeError} When it is inferred from rows that have to be waited for: {@linkcode BatchSource.ready} does.
   */
  get schema(): RowSchema {
    if (this.#schema === null) {
      throw new TypeError(
        "The schema is not known yet: it is inferred from rows that have not been read; await source.ready() first, or give a schema",
      );
    }
    return this.#schema;
  }

  /** Resolves with the schema; if it is inferred, reads as many rows as that needs. */
  async ready(): Promise<RowSchema> {
    return this.#schema ??= toRowSchema((await this.#open(true)).schema);
  }

  /**
   * Opens the source for a writer, which, unless `fresh`, uses each batch before it requests the next one. Call it once.
   *
   * @internal
   */
  openFor(guard: SourceGuard, fresh = false): OpenedRows | Promise<OpenedRows> {
    this.#take();
    // What ends the writer's reading ends this too.
    guard.onEnd(() => this.#guard.end(new Error("the writer has ended"), undefined));
    return this.#open(fresh);
  }

  #take(): void {
    if (this.#taken) {
      throw new TypeError("Cannot read a source of batches again: it has already been read");
    }
    this.#taken = true;
  }

  #open(fresh: boolean): OpenedRows | Promise<OpenedRows> {
    if (this.#opened !== null) return this.#opened;
    const opened = this.#parts.open(this.#guard, fresh);
    const noted = (rows: OpenedRows): OpenedRows => {
      this.#schema ??= toRowSchema(rows.schema);
      return rows;
    };
    return this.#opened = "then" in opened ? opened.then(noted) : noted(opened);
  }

  /**
   * The batches, each in its own memory; at least one, which is empty if there are no rows. Leaving the loop early releases the source.
   */
  [Symbol.asyncIterator](): AsyncGenerator<SourceBatch, void, undefined> {
    this.#take();
    const parts = this.#parts, guard = this.#guard;
    const isOpen = () => this.#opened !== null;
    const batches = this.#batches();
    const { return: giveUp } = batches;
    batches.return = (value) => {
      // A generator that was never asked does nothing when it is given up.
      if (isOpen()) guard.end(new Error("the source was given back"), undefined);
      else parts.giveBack(undefined);
      return giveUp.call(batches, value);
    };
    return batches;
  }

  async *#batches(): AsyncGenerator<SourceBatch, void, undefined> {
    const { batches } = await this.#open(true);
    yield* batches;
  }

  /** Releases the source unread. */
  cancel(reason?: unknown): void {
    if (this.#taken) return;
    this.#taken = true;
    if (this.#opened === null) this.#parts.giveBack(reason);
    else this.#guard.end(reason, reason);
  }
}

/** Rows in an (async) iterable or a `ReadableStream`, one by one or in arrays; or a promise of these. */
export type RowSource<Row = object> =
  | Iterable<Row | readonly Row[]>
  | AsyncIterable<Row | readonly Row[]>
  | ReadableStream<Row | readonly Row[]>
  | PromiseLike<RowSource<Row>>;

/** Values of one column: an array, or a typed array. */
export type ColumnLike = readonly unknown[] | ArrayBufferView & ArrayLike<unknown>;

/** Columns by name, all of the same length. */
export type Columns = Readonly<Record<string, ColumnLike>>;

/** Options of inference. */
export interface InferOptions {
  /** Number of rows to infer from. Default 20,480. */
  readonly inferRows?: number;
}

/**
 * Checks a number of rows to infer from.
 *
 * @throws {TypeError | RangeError} When it is none.
 */
export function checkedInferRows(rows: unknown): number {
  if (rows === undefined) return DEFAULT_INFER_ROWS;
  if (typeof rows !== "number") {
    throw new TypeError('Cannot set option "inferRows": expected a positive integer');
  }
  if (!(rows >= 1) || (!Number.isSafeInteger(rows) && rows !== Infinity)) {
    throw new RangeError(`Cannot set option "inferRows" to ${rows}: expected a positive integer`);
  }
  return rows;
}

/**
 * A source of batches from rows.
 *
 * @param rows Rows, objects with a member for each column: in an array, an (async) iterable or a `ReadableStream`, one by one or in arrays;
 * or a promise of that. An array must not change until it has been read.
 * @param schema Their schema. Default: inferred from the first rows.
 * @throws {SchemaError} If it cannot be inferred. For an array this is thrown at once, for other rows when they are read.
 * @throws {TypeError} If there are no rows to infer it from.
 *
 * @example Rows, and the batches they become
 * ```ts
 * import { fromRows, schema, t } from "@parquet-ext/parquet-ext";
 *
 * const source = fromRows([{ id: 1 }, { id: 2 }], schema({ id: t.int32() }));
 * for await (const batch of source) console.assert(batch.numRows === 2);
 * ```
 */
export function fromRows<S extends Shape>(
  rows: RowSource<RowOf<S>>,
  schema?: RowSchema<S> | SchemaLike,
  options: InferOptions = {},
): BatchSource {
  return sourceOf(rows, schema, options, false);
}

/**
 * A source of batches from columns.
 *
 * @param columns Arrays or typed arrays by name, all of the same length; or several such objects one after the other, in an (async)
 * iterable or a `ReadableStream`; or a promise of that.
 * @param schema Their schema. Default: inferred; a typed array determines its type.
 * @throws {SchemaError} If it cannot be inferred. For one object this is thrown at once, for several when they are read.
 *
 * @example Columns
 * ```ts
 * import { fromColumns, toParquet } from "@parquet-ext/parquet-ext";
 *
 * const bytes = await toParquet(fromColumns({ id: Int32Array.of(1, 2), name: ["a", null] }));
 * console.assert(bytes.length > 0);
 * ```
 */
export function fromColumns(
  columns:
    | Columns
    | Iterable<Columns>
    | AsyncIterable<Columns>
    | ReadableStream<Columns>
    | PromiseLike<unknown>,
  schema?: SchemaLike,
  options: InferOptions = {},
): BatchSource {
  return sourceOf(columns, schema, options, true);
}

function sourceOf(
  source: unknown,
  given: SchemaLike | undefined,
  { inferRows }: InferOptions,
  columns: boolean,
): BatchSource {
  const reading: RowReading = {
    schema: given === undefined ? null : toRowSchema(given),
    inferred: given === undefined,
    inferRows: checkedInferRows(inferRows),
    fresh: true,
  };
  if (typeof source !== "object" || source === null) throw noSource(columns);
  const late = !Array.isArray(source) &&
    (isAsyncIterable(source) || promiseOf(source) !== undefined);
  if (!late && !(Symbol.iterator in source) && !columns) throw noSource(columns);
  // What is there at once is opened at once: then its schema is known, and it is an error early where there is none.
  const opened =
    reading.schema === null && (Array.isArray(source) || !late && !(Symbol.iterator in source))
      ? openAtOnce(source, reading, columns).schema
      : null;
  return new BatchSource({
    schema: reading.schema ?? opened,
    open: (guard, fresh) =>
      openAny(source, { ...reading, schema: reading.schema ?? opened, fresh }, columns, guard),
    giveBack: (reason) => giveBack(source, reason),
  });
}

function noSource(columns: boolean): TypeError {
  return new TypeError(
    columns
      ? "Cannot read columns: expected an object of arrays or typed arrays"
      : "Cannot read rows: expected an array, an iterable or a stream of objects",
  );
}

function openAtOnce(source: object, reading: RowReading, columns: boolean): OpenedRows {
  if (!columns) return openRowArray(source as unknown[], reading);
  return Array.isArray(source)
    ? openRowItems(source[Symbol.iterator](), reading, true)
    : openColumnObject(source, reading);
}

function openAny(
  source: object,
  reading: RowReading,
  columns: boolean,
  guard: SourceGuard,
): OpenedRows | Promise<OpenedRows> {
  if (Array.isArray(source)) return openAtOnce(source, reading, columns);
  if (isAsyncIterable(source)) {
    return openRowItemsAsync(guard.iterateAsync(source), reading, columns);
  }
  const promise = promiseOf<unknown>(source);
  if (promise !== undefined) {
    return promise.then((value) => {
      if (typeof value !== "object" || value === null) throw noSource(columns);
      return openAny(value, reading, columns, guard);
    });
  }
  if (Symbol.iterator in source) {
    return openRowItems(guard.iterate(source as Iterable<unknown>), reading, columns);
  }
  if (columns) return openColumnObject(source, reading);
  throw noSource(columns);
}

/**
 * Infers the schema of rows or columns from the first of them.
 *
 * All columns are nullable. Safe integers and bigints become Int64, other numbers Float64, strings Utf8, bytes Binary, `Date`s timestamps
 * in milliseconds UTC, arrays lists, plain objects structs. A typed array determines its type. A column with values of several kinds, or
 * only nulls, is an error that shows the schema to write.
 *
 * @param rows Rows as for {@linkcode fromRows}, or an object of columns.
 * @returns The schema, or a promise of it if the rows are asynchronous.
 * @throws {SchemaError} If it cannot be inferred.
 * @throws {TypeError} If there are no rows.
 *
 * @example What rows are
 * ```ts
 * import { inferSchema } from "@parquet-ext/parquet-ext";
 *
 * const found = inferSchema([{ id: 1, name: "a" }, { id: 2, name: null }]);
 * console.assert(String(found).includes("id: t.int64().nullable(),"));
 * ```
 */
export function inferSchema(
  rows: Iterable<object> | Columns,
  options?: InferOptions,
): RowSchema;
/** The same for asynchronous rows. */
export function inferSchema(rows: RowSource, options?: InferOptions): Promise<RowSchema>;
export function inferSchema(
  rows: RowSource | Columns,
  { inferRows }: InferOptions = {},
): RowSchema | Promise<RowSchema> {
  const limit = checkedInferRows(inferRows);
  if (typeof rows !== "object" || rows === null) throw noSource(false);
  if (isAsyncIterable(rows)) {
    return inferFromAsync(rows as AsyncIterable<unknown>, limit, false);
  }
  const promise = promiseOf<unknown>(rows);
  if (promise !== undefined) {
    return promise.then((value) => inferSchema(value as Iterable<object>, { inferRows: limit }));
  }
  return Symbol.iterator in rows
    ? inferFrom(rows as Iterable<unknown>, limit, false)
    : inferFrom([rows], limit, true);
}
