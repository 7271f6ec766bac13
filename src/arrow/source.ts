/**
 * Everything that batches can come from.
 *
 * @module
 */

import { afterTurn, now } from "../runtime/clock.ts";
import { arrowJsBatches, isArrowJsTable } from "./arrow_js.ts";
import type { ArrowJsTable, OldArrowJsTable } from "./arrow_js.ts";
import { isRecordBatchLike, schemaOf, toArrowSchema } from "./arrow_objects.ts";
import type { RecordBatchLike, SchemaLike } from "./arrow_objects.ts";
import { asBytes } from "./bytes.ts";
import type { ColumnBatch } from "./column_array.ts";
import type { ColumnBatchOptions } from "./column_batch.ts";
import { ByteSource } from "./ipc/byte_source.ts";
import type { Decompressors } from "./ipc/decompressors.ts";
import { readIpcBytes, readIpcChunks, readIpcFile } from "./ipc/read_ipc.ts";
import type { RandomAccessFile } from "./ipc/read_ipc.ts";
import { RawRecordBatch } from "./raw_array.ts";
import { recordBatchSteps, recordBatchToColumns } from "./record_batch.ts";
import { SourceGuard } from "./source_guard.ts";
import type { ArrowSchema } from "./types.ts";

/** After this many milliseconds others get their turn. */
const TURN_MS = 20;

/** A part of a source. */
type Item = RecordBatchLike | ArrowJsTable | OldArrowJsTable | Uint8Array;

/**
 * What batches can come from: a table, a record batch, an (async) iterable or a `ReadableStream` of either, Arrow IPC bytes
 * (file or stream), at once, in chunks, or in a file that can be read anywhere.
 */
export type ArrowSource =
  | ArrowJsTable
  | OldArrowJsTable
  | RecordBatchLike
  | Uint8Array
  | ArrayBuffer
  | RandomAccessFile
  | Iterable<Item>
  | AsyncIterable<Item>
  | ReadableStream<Item>;

/** How a source is read. */
export interface SourceOptions extends ColumnBatchOptions {
  /** The schema, where an iterable may turn out to be empty, or batches are to be checked against another one. */
  readonly schema?: SchemaLike;
  /** For compressed IPC buffers. Default: none, and they cannot be read. */
  readonly decompressors?: Decompressors;
  /** Reads what the caller gave; ending it ends reading, whatever is pending. */
  readonly guard?: SourceGuard;
}

/** A source that was opened. */
export interface OpenedSource {
  /** The schema of all batches. */
  readonly schema: ArrowSchema;
  /** The batches, checked one by one. To be read once; ending early gives the source back. */
  readonly batches:
    | Generator<ColumnBatch, void, undefined>
    | AsyncGenerator<ColumnBatch, void, undefined>;
}

/**
 * Opens a source: finds out its schema, reading as far as needed.
 *
 * @throws (as a rejection) {TypeError} When it is no source, or an empty iterable without a schema in the options.
 * {FormatError} when IPC bytes cannot be read. Errors of an iterable as they are. Batches throw as
 * {@linkcode recordBatchToColumns} does.
 */
export async function openSource(
  source: ArrowSource,
  options: SourceOptions = {},
): Promise<OpenedSource> {
  const given = options.schema === undefined ? null : toArrowSchema(options.schema);
  const { decompressors } = options;
  if (isArrowJsTable(source)) {
    return opened(given ?? toArrowSchema(source.schema), arrowJsBatches(source), options);
  }
  if (isRecordBatchLike(source)) return opened(given ?? schemaOf(source), [source], options);
  const bytes = asBytes(source);
  if (bytes !== null) {
    const { schema, batches } = readIpcBytes(bytes, decompressors);
    return openedAsync(given ?? schema, batches, options);
  }
  if (typeof source !== "object" || source === null) throw noSource();
  if (isRandomAccess(source)) {
    const { schema, batches } = await readIpcFile(source, decompressors);
    return openedAsync(given ?? schema, batches, options);
  }
  const guard = options.guard ?? new SourceGuard();
  // First, because readers of Arrow JS have both, and some of them throw when they are asked for the other.
  if (Symbol.asyncIterator in source || "getReader" in source) {
    return openAsyncIterable(
      guard.iterateAsync(source as AsyncIterable<Item> | ReadableStream<Item>),
      given,
      options,
    );
  }
  if (Symbol.iterator in source) {
    return openIterable(guard.iterate(source as Iterable<Item>), given, options);
  }
  throw noSource();
}

function isRandomAccess(source: object): source is RandomAccessFile {
  const { byteLength, read } = source as Partial<RandomAccessFile>;
  return typeof byteLength === "number" && typeof read === "function";
}

/** Batches that are there at once; chunks of IPC bytes too, but then they are waited for all the same. */
async function openIterable(
  items: Iterator<Item>,
  given: ArrowSchema | null,
  options: SourceOptions,
): Promise<OpenedSource> {
  const first = items.next();
  if (first.done) return opened(given ?? emptySource(), [], options);
  if (first.value instanceof Uint8Array) {
    return await openChunks(items, first.value, given, options);
  }
  let schema = given;
  try {
    schema ??= schemaOfItem(first.value);
  } catch (error) {
    items.return?.();
    throw error;
  }
  return opened(schema, flattened(first.value, items), options);
}

async function openAsyncIterable(
  items: AsyncIterator<Item>,
  given: ArrowSchema | null,
  options: SourceOptions,
): Promise<OpenedSource> {
  const first = await items.next();
  if (first.done) return opened(given ?? emptySource(), [], options);
  if (first.value instanceof Uint8Array) {
    return await openChunks(items, first.value, given, options);
  }
  let schema = given;
  try {
    schema ??= schemaOfItem(first.value);
  } catch (error) {
    await items.return?.();
    throw error;
  }
  return openedAsync(schema, flattenedAsync(first.value, items), options);
}

async function openChunks(
  items: Iterator<Item> | AsyncIterator<Item>,
  first: Uint8Array,
  given: ArrowSchema | null,
  options: SourceOptions,
): Promise<OpenedSource> {
  const source = new ByteSource(items as AsyncIterator<Uint8Array>, first);
  const { schema, batches } = await readIpcChunks(source, options.decompressors);
  return openedAsync(given ?? schema, batches, options);
}

function schemaOfItem(item: Item): ArrowSchema {
  if (isArrowJsTable(item)) return toArrowSchema(item.schema);
  if (isRecordBatchLike(item)) return schemaOf(item);
  throw new TypeError("Cannot read a source: it yields something that is not a record batch");
}

function batchesOfItem(item: Item): Iterable<RecordBatchLike> {
  return isArrowJsTable(item) ? arrowJsBatches(item) : [item as RecordBatchLike];
}

function* flattened(first: Item, rest: Iterator<Item>): Generator<RecordBatchLike> {
  let done = false;
  try {
    yield* batchesOfItem(first);
    for (;;) {
      const next = rest.next();
      done = next.done === true;
      if (done) return;
      yield* batchesOfItem(next.value);
    }
  } finally {
    if (!done) rest.return?.();
  }
}

async function* flattenedAsync(
  first: Item,
  rest: AsyncIterator<Item>,
): AsyncGenerator<RecordBatchLike> {
  let done = false;
  try {
    yield* batchesOfItem(first);
    for (;;) {
      const next = await rest.next();
      done = next.done === true;
      if (done) return;
      yield* batchesOfItem(next.value);
    }
  } finally {
    if (!done) await rest.return?.();
  }
}

function opened(
  schema: ArrowSchema,
  batches: Iterable<RecordBatchLike>,
  options: SourceOptions,
): OpenedSource {
  return { schema, batches: converted(schema, batches, options) };
}

function openedAsync(
  schema: ArrowSchema,
  batches: Iterable<RecordBatchLike> | AsyncIterable<RecordBatchLike>,
  options: SourceOptions,
): OpenedSource {
  return { schema, batches: convertedAsync(schema, batches, options) };
}

function* converted(
  schema: ArrowSchema,
  batches: Iterable<RecordBatchLike>,
  options: SourceOptions,
): Generator<ColumnBatch, void, undefined> {
  for (const batch of batches) yield recordBatchToColumns(batch, schema, options);
}

/** Batches of bytes are converted in turns: a few bytes can stand for very many slots. */
async function* convertedAsync(
  schema: ArrowSchema,
  batches: Iterable<RecordBatchLike> | AsyncIterable<RecordBatchLike>,
  options: SourceOptions,
): AsyncGenerator<ColumnBatch, void, undefined> {
  let lastTurn = now();
  for await (const batch of batches) {
    if (!(batch instanceof RawRecordBatch)) {
      yield recordBatchToColumns(batch, schema, options);
      continue;
    }
    const steps = recordBatchSteps(batch, schema, options);
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      if (now() - lastTurn < TURN_MS) continue;
      await new Promise<void>(afterTurn);
      lastTurn = now();
    }
    yield step.value;
  }
}

function emptySource(): never {
  throw new TypeError("Cannot read a source: it is empty, and no schema was given");
}

function noSource(): TypeError {
  return new TypeError(
    "Cannot read a source: expected an Arrow table, a record batch, an iterable or a stream of them, or IPC bytes",
  );
}
