/**
 * The parts of a source: each a table, a batch, or IPC bytes wherever they are, with a schema of its own.
 *
 * @module
 */

import { openFileForReading, type ReadableFile } from "../runtime/files.ts";
import { isRemoteUrl } from "../store/object_url.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import { FormatError } from "../util/errors.ts";
import { promiseOf } from "../util/thenable.ts";
import { arrowJsBatches, isArrowJsTable, withNullableFields } from "./arrow_js.ts";
import type { ArrowJsTable, OldArrowJsTable } from "./arrow_js.ts";
import { isRecordBatchLike, schemaOf, toArrowSchema } from "./arrow_objects.ts";
import type { AnyRecordBatch, RecordBatchLike } from "./arrow_objects.ts";
import { assertSameSchema } from "./batch_schema.ts";
import { asBytes } from "./bytes.ts";
import {
  flechetteBatches,
  flechetteSchema,
  type FlechetteTable,
  isFlechetteTable,
} from "./flechette.ts";
import { ByteSource } from "./ipc/byte_source.ts";
import type { Decompressors } from "./ipc/decompressors.ts";
import { readIpcBytes, readIpcChunks, readIpcFile } from "./ipc/read_ipc.ts";
import type { RandomAccessFile } from "./ipc/read_ipc.ts";
import { RawRecordBatch } from "./raw_array.ts";
import type { SourceGuard } from "./source_guard.ts";
import { missingFileHint, notAFileUrl, notAPath, notASource } from "./source_refusal.ts";
import type { ArrowSchema } from "./types.ts";

/** A table that converts itself to an Arrow table, such as one of arquero. */
export interface ToArrow {
  /** Converts it to a table of Arrow JS or flechette. */
  toArrow(): unknown;
}

/** A source of one part, or a part of another source. */
export type SourcePart =
  | BatchLike
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Response
  | RandomAccessFile
  | URL
  | string;

/** What one call of `write` takes: a record batch, or a table with all of its batches. */
export type BatchLike =
  | RecordBatchLike
  | ArrowJsTable
  | OldArrowJsTable
  | FlechetteTable
  | ToArrow;

/** A table or a batch that was opened. */
export interface OpenedObject extends OpenedPart {
  readonly batches: Iterable<AnyRecordBatch>;
}

/** A part that was opened: its schema, and its batches, to be read once. */
export interface OpenedPart {
  readonly schema: ArrowSchema;
  readonly batches: Iterable<AnyRecordBatch> | AsyncIterable<AnyRecordBatch>;
}

/** Opens rows and columns, of which nothing is known here. */
export interface RowOpener {
  /** Opens an object of columns, or what is a source of batches already; `null`: it is neither. */
  open(value: object, guard: SourceGuard): OpenedPart | Promise<OpenedPart> | null;
  /** Whether an item that is nothing else is a row, or an array of rows. */
  isRows(item: unknown): boolean;
  /** Opens an array of rows that stays as it is. */
  openArray(rows: readonly unknown[]): OpenedPart;
  /** Opens rows; the first is among them. */
  openItems(items: Iterator<unknown>): OpenedPart;
  /** Opens rows that are waited for. */
  openItemsAsync(items: AsyncIterator<unknown>): Promise<OpenedPart>;
}

/** What parts are read with. */
export interface PartContext {
  readonly decompressors: Decompressors | undefined;
  readonly guard: SourceGuard;
  /** Absent: rows and columns are no source. */
  readonly rows: RowOpener | undefined;
}

/** Opens a table or a batch; `null`: it is neither. */
export function openObject(part: unknown): OpenedObject | null {
  if (isArrowJsTable(part)) {
    const batches = arrowJsBatches(part);
    return { schema: withNullableFields(toArrowSchema(part.schema), part, batches), batches };
  }
  if (isRecordBatchLike(part)) {
    const schema = schemaOf(part);
    if (part instanceof RawRecordBatch) return { schema, batches: [part] };
    return { schema: withNullableFields(schema, part, [part]), batches: [part] };
  }
  if (isFlechetteTable(part)) {
    return { schema: flechetteSchema(part), batches: flechetteBatches(part) };
  }
  if (hasMethods(part, "toArrow")) {
    const table = part.toArrow!();
    // What makes itself again would do so for ever.
    return hasMethods(table, "toArrow") ? null : openObject(table);
  }
  return null;
}

/**
 * Opens anything but an iterable.
 *
 * @throws (as a rejection) {TypeError} When it is no source. {FormatError} When it cannot be read, or is not Arrow IPC.
 */
export async function openPart(part: unknown, context: PartContext): Promise<OpenedPart> {
  const { decompressors, guard } = context;
  const object = openObject(part);
  if (object !== null) return object;
  const rows = isObject(part) ? context.rows?.open(part, guard) : null;
  if (rows) return await rows;
  const bytes = asBytes(part);
  if (bytes !== null) return readIpcBytes(bytes, decompressors);
  if (typeof part === "string" || part instanceof URL) return await openPath(part, context);
  if (isResponse(part)) return await openResponse(part, context);
  if (isBlob(part)) {
    return await readIpcFile(blobFile(part), decompressors);
  }
  if (isRandomAccess(part)) return await readIpcFile(part, decompressors);
  if (isAsyncIterable(part)) return await openItems(new Items(guard.iterateAsync(part)), context);
  throw notASource(part);
}

/**
 * Opens what follows each other: whole parts, and IPC bytes in chunks or pages.
 *
 * @returns All of it as one, with the schema of the first part; `null` when there is nothing.
 */
export async function openItemsOrNone(
  items: Items,
  context: PartContext,
): Promise<OpenedPart | null> {
  let first: OpenedPart | null;
  try {
    first = await openNext(items, context);
  } catch (error) {
    await items.giveBack();
    throw error;
  }
  if (first === null) return null;
  const { schema } = first;
  return { schema, batches: joined(first, items, context) };
}

async function openItems(items: Items, context: PartContext): Promise<OpenedPart> {
  const opened = await openItemsOrNone(items, context);
  if (opened === null) throw new TypeError("Cannot read a source: one of its parts is empty");
  return opened;
}

async function openNext(items: Items, context: PartContext): Promise<OpenedPart | null> {
  const { done, value } = await items.next();
  if (done) return null;
  if (asBytes(value) === null) {
    if (context.rows?.isRows(value) !== true) return await openPart(value, context);
    return await context.rows.openItemsAsync(items.rows(value, context.rows));
  }
  // Chunks of one stream, or a page each: either way they are all of the bytes, one after the other.
  const source = new ByteSource(items.bytes(), asBytes(value)!);
  return await readIpcChunks(source, context.decompressors);
}

async function* joined(
  first: OpenedPart,
  items: Items,
  context: PartContext,
): AsyncGenerator<AnyRecordBatch, void, undefined> {
  try {
    yield* first.batches;
    for (;;) {
      const number = items.count + 1;
      const part = await openNext(items, context);
      if (part === null) return;
      assertSameSchema(first.schema, part.schema, `Cannot join item ${number} of the source`);
      yield* part.batches;
    }
  } finally {
    await items.giveBack();
  }
}

/** The items of a source, waited for whether or not that is needed. */
export class Items {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  #held: IteratorResult<unknown> | null = null;
  /** Items taken. */
  count = 0;

  /** Takes items from `iterator`. */
  constructor(
    iterator: Iterator<unknown> | AsyncIterator<unknown>,
    first?: IteratorResult<unknown>,
  ) {
    this.#iterator = iterator;
    this.#held = first ?? null;
  }

  /** The next item; one that is a promise is waited for. */
  async next(): Promise<IteratorResult<unknown>> {
    const result = this.#held ?? await this.#iterator.next();
    this.#held = null;
    if (result.done) return result;
    this.count++;
    const promise = isAsyncIterable(result.value) ? undefined : promiseOf(result.value);
    return promise === undefined ? result : { done: false, value: await promise };
  }

  /** The items that come next and are bytes. */
  bytes(): AsyncIterator<Uint8Array> {
    return this.#run(null, asBytes);
  }

  /** `first`, and the items that come next and are rows. */
  rows(first: unknown, rows: RowOpener): AsyncIterator<unknown> {
    return this.#run(first, (item) => rows.isRows(item) ? item : null);
  }

  /** `first`, unless it is `null`, and the items that come next until `pick` gives `null` for one, which is held for whoever is next. */
  #run<T>(first: T | null, pick: (item: unknown) => T | null): AsyncIterator<T> {
    let begin = first;
    return {
      next: async () => {
        if (begin !== null) {
          const value = begin;
          begin = null;
          return { done: false, value };
        }
        const result = await this.next();
        if (result.done) return { done: true, value: undefined };
        const value = pick(result.value);
        if (value !== null) return { done: false, value };
        this.#held = result;
        this.count--;
        return { done: true, value: undefined };
      },
      return: async () => {
        await this.giveBack();
        return { done: true, value: undefined };
      },
    };
  }

  /** Gives the source back; at its end that does nothing. */
  async giveBack(): Promise<void> {
    await this.#iterator.return?.();
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function hasMethods<Name extends string>(
  value: unknown,
  ...names: Name[]
): value is Record<Name, (...args: never[]) => unknown> {
  return typeof value === "object" && value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

/** Whether a value is a stream or an async iterable, whatever else it is. */
export function isAsyncIterable(
  value: unknown,
): value is AsyncIterable<unknown> | ReadableStream<unknown> {
  return typeof value === "object" && value !== null &&
    (Symbol.asyncIterator in value || "getReader" in value);
}

/** Whether a part has to be waited for, whatever it is. */
export function isLate(part: unknown): boolean {
  return typeof part === "string" || part instanceof URL || isResponse(part) || isBlob(part) ||
    isRandomAccess(part) || isAsyncIterable(part) || hasMethods(part, "then");
}

function isRandomAccess(value: unknown): value is RandomAccessFile {
  return hasMethods(value, "read") &&
    typeof (value as Partial<RandomAccessFile>).byteLength === "number";
}

function isBlob(value: unknown): value is Blob {
  return hasMethods(value, "arrayBuffer", "slice") &&
    typeof (value as Partial<Blob>).size === "number";
}

function isResponse(value: unknown): value is Response {
  return hasMethods(value, "arrayBuffer") && "body" in value &&
    typeof (value as Partial<Response>).ok === "boolean";
}

function blobFile(blob: Blob): RandomAccessFile {
  return {
    byteLength: blob.size,
    read: async (offset, length) =>
      new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

async function openResponse(response: Response, context: PartContext): Promise<OpenedPart> {
  const { ok, status, statusText, url, body, bodyUsed } = response;
  const name = url === "" ? "a response" : url;
  if (!ok) {
    // Whatever it holds, it is not what was asked for.
    body?.cancel().catch(() => {});
    throw new FormatError(`Cannot read ${name}: its status is ${`${status} ${statusText}`.trim()}`);
  }
  if (bodyUsed) throw new TypeError(`Cannot read ${name}: its body has already been read`);
  if (body === null) throw new FormatError(`Cannot read ${name}: it has no body`);
  const source = new ByteSource(context.guard.iterateAsync(body));
  return await readIpcChunks(source, context.decompressors);
}

async function openPath(path: string | URL, context: PartContext): Promise<OpenedPart> {
  if (isRemoteUrl(path)) {
    const { openObject } = await import("../store/open_object.ts");
    return await readIpcFile(await openObject(path), context.decompressors);
  }
  const location = typeof path === "string" && /^file:\/\//i.test(path) ? new URL(path) : path;
  const refusal = typeof location === "string"
    ? notAPath(location)
    : location.protocol === "file:"
    ? null
    : notAFileUrl(location.href, location.protocol.slice(0, -1));
  if (refusal !== null) throw refusal;
  const file = await reading(location, () => openFileForReading(location));
  const forget = context.guard.onEnd(() => void file.close().catch(() => {}));
  const close = async () => {
    forget();
    await file.close();
  };
  try {
    const { schema, batches } = await readIpcFile(
      readableFile(location, file),
      context.decompressors,
    );
    return { schema, batches: closing(batches, close) };
  } catch (error) {
    await close();
    throw error;
  }
}

function readableFile(location: string | URL, file: ReadableFile): RandomAccessFile {
  return {
    byteLength: file.byteLength,
    read: (offset, length) => reading(location, () => file.read(offset, length)),
  };
}

/** Names the file in errors of the operating system. */
async function reading<T>(location: string | URL, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const text = systemErrorText(error);
    if (text === null) throw error;
    const hint = typeof location === "string" ? missingFileHint(location) : "";
    throw new FormatError(`Cannot read ${location}: ${text}${hint}`, { cause: error });
  }
}

async function* closing<T>(
  batches: AsyncIterable<T>,
  close: () => Promise<void>,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* batches;
  } finally {
    await close();
  }
}
