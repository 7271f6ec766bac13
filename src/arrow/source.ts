/**
 * Everything that batches can come from.
 *
 * @module
 */

import { promiseOf } from "../util/thenable.ts";
import { arrowJsBatches, isArrowJsTable } from "./arrow_js.ts";
import { isRecordBatchLike, noteChangedSchema, rowsOf, toArrowSchema } from "./arrow_objects.ts";
import type { AnyRecordBatch, SchemaLike } from "./arrow_objects.ts";
import { assertSameSchema } from "./batch_schema.ts";
import { asBytes } from "./bytes.ts";
import type { Decompressors } from "./ipc/decompressors.ts";
import { readIpcBytes } from "./ipc/read_ipc.ts";
import { SourceGuard } from "./source_guard.ts";
import {
  isAsyncIterable,
  isLate,
  Items,
  openItemsOrNone,
  openObject,
  openPart,
} from "./source_parts.ts";
import type {
  OpenedObject,
  OpenedPart,
  PartContext,
  RowOpener,
  SourcePart,
} from "./source_parts.ts";
import { notASource } from "./source_refusal.ts";
import type { ArrowSchema } from "./types.ts";

/** An item of a source: a part, a promise of one, or a stream of its own. */
export type SourceItem =
  | SourcePart
  | PromiseLike<SourcePart>
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/**
 * Arrow data in any form.
 *
 * - A table or a record batch of Arrow JS 4 to 21, a table of flechette or arquero.
 * - Arrow IPC, stream or file: its bytes, a `Blob`, a `Response` (whose status has to be ok), a path, a `file:` URL, or an object that
 *   reads bytes at an offset.
 * - An (async) iterable or a `ReadableStream` of these. Bytes may come in chunks of any size, or as pages that are each a whole IPC stream
 *   or file. They are read one after the other, and all must have the schema of the first.
 * - A promise of any of these.
 */
export type ArrowSource =
  | SourcePart
  | Iterable<SourceItem>
  | AsyncIterable<SourceItem>
  | ReadableStream<SourceItem>
  | PromiseLike<ArrowSource>;

/** How a source is read. */
export interface SourceOptions {
  /** The schema, where an iterable may turn out to be empty, or batches are to have another one. */
  readonly schema?: SchemaLike;
  /** For compressed IPC buffers. Default: none, and they cannot be read. */
  readonly decompressors?: Decompressors;
  /** Opens rows and columns. Default: they are no source. */
  readonly rows?: RowOpener;
  /** Reads what the caller gave; ending it ends reading, whatever is pending. */
  readonly guard?: SourceGuard;
}

/** A source that was opened. */
export interface OpenedSource {
  /** The schema of all batches. */
  readonly schema: ArrowSchema;
  /**
   * The batches, not checked: whoever takes one has to check and copy it before the caller's code runs again. To be read once;
   * ending early gives the source back.
   */
  readonly batches:
    | Generator<AnyRecordBatch, void, undefined>
    | AsyncGenerator<AnyRecordBatch, void, undefined>;
  /** Whether all batches are there from the beginning, in memory that the caller leaves as it is until the last was taken. */
  readonly steady: boolean;
  /** Rows of all batches together, as these claim; `Infinity` where it is not known. */
  readonly rows: number;
}

/**
 * Opens a source: finds out its schema, reading as far as needed.
 *
 * @throws (as a rejection) {TypeError} When it is no source, or an empty iterable without a schema in the options.
 * {FormatError} when IPC bytes cannot be read. Errors of an iterable as they are.
 */
export async function openSource(
  source: ArrowSource,
  options: SourceOptions = {},
): Promise<OpenedSource> {
  return await openAtOnce(source, options);
}

/** {@linkcode openSource}, without a promise where there is nothing to wait for; it throws what that would reject with, too. */
export function openAtOnce(
  source: ArrowSource,
  options: SourceOptions,
): OpenedSource | Promise<OpenedSource> {
  // Readers of Arrow JS are awaited for a reader that is open: they are iterables before they are promises.
  const promise = isAsyncIterable(source) ? undefined : promiseOf<unknown>(source);
  return promise === undefined
    ? openValue(source, options)
    : promise.then((value) => openValue(value, options));
}

function openValue(value: unknown, options: SourceOptions): OpenedSource | Promise<OpenedSource> {
  const given = options.schema === undefined ? null : toArrowSchema(options.schema);
  const guard = options.guard ?? new SourceGuard();
  const context: PartContext = { decompressors: options.decompressors, guard, rows: options.rows };
  noteChangedSchema(value);
  const object = openObject(value);
  if (object !== null) return opened(object, given, true, rowsOfItems([value]));
  const rows = typeof value === "object" && value !== null
    ? context.rows?.open(value, guard)
    : null;
  if (rows) return openedPart(rows, given);
  if (isAsyncIterable(value)) {
    return openedItems(new Items(guard.iterateAsync(value)), given, context);
  }
  if (typeof value === "object" && value !== null && asBytes(value) === null && isIterable(value)) {
    return openIterable(guard.iterate(value), value, given, context);
  }
  return openedPart(openPart(value, context), given);
}

function openedPart(
  part: OpenedPart | Promise<OpenedPart>,
  given: ArrowSchema | null,
): OpenedSource | Promise<OpenedSource> {
  return "then" in part
    ? part.then((part) => opened(part, given, false))
    : opened(part, given, false);
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

/** Tables and batches are there at once; what begins with anything else is waited for. */
function openIterable(
  items: Iterator<unknown>,
  source: Iterable<unknown>,
  given: ArrowSchema | null,
  context: PartContext,
): OpenedSource | Promise<OpenedSource> {
  const first = items.next();
  if (first.done) {
    return opened({ schema: given ?? emptySource(), batches: [] }, given, true);
  }
  let object: OpenedObject | null;
  try {
    noteChangedSchema(first.value);
    object = openObject(first.value);
    if (object === null && context.rows?.isRows(first.value) === true) {
      if (!Array.isArray(source)) {
        return opened(context.rows.openItems(again(first, items)), given, false);
      }
      items.return?.();
      const rows = Array.isArray(first.value) ? Infinity : source.length;
      return opened(context.rows.openArray(source), given, false, rows);
    }
    if (object === null && isRow(first.value)) {
      throw notASource(Array.isArray(source) ? source : [first.value]);
    }
  } catch (error) {
    items.return?.();
    throw error;
  }
  const isMixed = Array.isArray(source) && source.length > 1 && source.some(isLate);
  if (object === null || isMixed) {
    return openedItems(new Items(items, first), given, context);
  }
  const batches = flattened(object, items, context.decompressors);
  // What is generated may be generated in the same memory again.
  const isArray = Array.isArray(source);
  return opened({ ...object, batches }, given, isArray, isArray ? rowsOfItems(source) : Infinity);
}

/** Rows of tables and batches, as these claim; `Infinity` where it is not known. */
function rowsOfItems(items: readonly unknown[]): number {
  let rows = 0;
  for (const item of items) {
    if (isRecordBatchLike(item)) rows += rowsOf(item);
    else if (isArrowJsTable(item)) rows += rowsOfItems(arrowJsBatches(item));
    else return Infinity;
  }
  return rows;
}

/** An iterator from its first result on. */
function again(first: IteratorResult<unknown>, rest: Iterator<unknown>): Iterator<unknown> {
  let held: IteratorResult<unknown> | null = first;
  return {
    next() {
      const result = held ?? rest.next();
      held = null;
      return result;
    },
    return: (value) => rest.return?.(value) ?? { done: true, value },
  };
}

/** Whether an item can be nothing but a row: an object without methods of its class. */
function isRow(item: unknown): boolean {
  if (typeof item !== "object" || item === null) return false;
  if (Array.isArray(item)) return true;
  const prototype = Object.getPrototypeOf(item);
  return (prototype === null || Object.getPrototypeOf(prototype) === null) &&
    promiseOf(item) === undefined && !isAsyncIterable(item) && !("read" in item);
}

function* flattened(
  first: OpenedObject,
  rest: Iterator<unknown>,
  decompressors: Decompressors | undefined,
): Generator<AnyRecordBatch> {
  let done = false;
  try {
    yield* first.batches;
    for (let number = 2;; number++) {
      const next = rest.next();
      done = next.done === true;
      if (done) return;
      const bytes = asBytes(next.value);
      const part = bytes === null ? openObject(next.value) : readIpcBytes(bytes, decompressors);
      if (part === null) throw notASource(next.value);
      assertSameSchema(first.schema, part.schema, `Cannot join item ${number} of the source`);
      yield* part.batches;
    }
  } finally {
    if (!done) rest.return?.();
  }
}

async function openedItems(
  items: Items,
  given: ArrowSchema | null,
  context: PartContext,
): Promise<OpenedSource> {
  const part = await openItemsOrNone(items, context);
  return opened(part ?? { schema: given ?? emptySource(), batches: [] }, given, false);
}

function opened(
  { schema, batches }: OpenedPart,
  given: ArrowSchema | null,
  steady: boolean,
  rows = Infinity,
): OpenedSource {
  return {
    schema: given ?? schema,
    batches: Symbol.asyncIterator in batches
      ? eachAsync(batches)
      : isGenerator(batches)
      ? batches
      : each(batches),
    steady,
    rows,
  };
}

function isGenerator<T>(items: Iterable<T>): items is Generator<T, void, undefined> {
  return "next" in items && "return" in items;
}

function* each<T>(items: Iterable<T>): Generator<T, void, undefined> {
  yield* items;
}

async function* eachAsync<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for await (const item of items) yield item;
}

function emptySource(): never {
  throw new TypeError("Cannot read a source: it is empty, and no schema was given");
}
