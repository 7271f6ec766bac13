/**
 * Stores: where objects, files of any name, live: a folder, a bucket, a container.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";

/** What a store knows about an object. */
export interface ObjectInfo {
  /** Its name, relative to the store's URL, with `/` between folders. */
  readonly key: string;
  /** Size in bytes. */
  readonly size: number;
  /** Identifies a version of the object: an ETag or a generation. Only for use as `ifMatch`. */
  readonly version: string;
  /** When it was written, if the response says so. */
  readonly lastModified?: Date;
  /** User metadata, if the response contains it: that of `head` does, that of `list` does not. Names are in lower case. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Bytes of an object: from `start` to `end` (exclusive; default: the end of the object), or the last `suffix` bytes. */
export type ByteRange =
  | { readonly start: number; readonly end?: number }
  | { readonly suffix: number };

/** Options of every request. */
export interface RequestOptions {
  /** Aborts the request. */
  readonly signal?: AbortSignal | undefined;
}

/** How bytes are read. */
export interface GetOptions extends RequestOptions {
  /** Only if the object has this version. */
  readonly ifMatch?: string | undefined;
}

/** Options of writing an object. */
export interface PutOptions extends RequestOptions {
  /** Only if there is no object with that key. */
  readonly ifAbsent?: boolean | undefined;
  /** Only if it replaces this version of the object. Not supported for folders. */
  readonly ifMatch?: string | undefined;
  /** User metadata. Folders have none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Media type. Default: the store's. */
  readonly contentType?: string | undefined;
}

/** Options of writing an object piece by piece. */
export interface StoreSinkOptions {
  /** Whether an existing object may be replaced. Default `true`. */
  readonly overwrite?: boolean | undefined;
  /** {@linkcode PutOptions.metadata} */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Media type. Default `application/vnd.apache.parquet`. */
  readonly contentType?: string | undefined;
}

/** Options of listing objects. */
export interface ListOptions extends RequestOptions {
  /** Only those whose keys come after this one. */
  readonly startAfter?: string | undefined;
  /** Also temporary files of writers in folders, both of running and of killed ones. Default `false`. */
  readonly temporary?: boolean | undefined;
}

/**
 * A store of objects.
 *
 * An object that is put is there as a whole or not at all, and visible to every later read. Requests are retried; a final failure is a
 * `StoreError`, which contains no credentials.
 */
export interface Store {
  /** URL that keys are relative to, without credentials: `s3://bucket/prefix`, `file:///folder`. Never ends in `/`. */
  readonly url: string;
  /** Looks up an object; `undefined` if there is none. */
  head(key: string, options?: RequestOptions): Promise<ObjectInfo | undefined>;
  /**
   * Reads an object, or a range of its bytes; fewer if the object ends earlier.
   *
   * @throws {ObjectNotFoundError} If there is no such object.
   * @throws {PreconditionError} If it does not have the version of `ifMatch`.
   */
  get(key: string, range?: ByteRange, options?: GetOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Writes an object in one step. The bytes must not change until then.
   *
   * @throws {PreconditionError} If `ifAbsent` or `ifMatch` do not hold. An earlier request of this call whose response was lost does not count.
   * @throws {StoreError} With `outcome: "unknown"` if it is not known whether the object was written.
   */
  put(key: string, bytes: Uint8Array<ArrayBuffer>, options?: PutOptions): Promise<ObjectInfo>;
  /** Lists the objects whose keys begin with `prefix`, in the order of the UTF-8 bytes of their keys. */
  list(prefix?: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
  /** Deletes an object; it is not an error if there is none. */
  delete(key: string, options?: RequestOptions): Promise<void>;
  /**
   * Writes an object piece by piece: it exists when `close` resolves, or not at all.
   *
   * With `overwrite: false`, `close` fails with a `SinkError` whose `cause` is a {@linkcode PreconditionError} if the object exists.
   */
  sink(key: string, options?: StoreSinkOptions): Sink;
}

/** Media type of Parquet files. */
export const PARQUET_MEDIA_TYPE = "application/vnd.apache.parquet";

/** Compares keys as stores order them: by their UTF-8 bytes, which is by code points, not by UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above all others.
    const xIsSurrogate = (x & 0xf800) === 0xd800, yIsSurrogate = (y & 0xf800) === 0xd800;
    return xIsSurrogate === yIsSurrogate ? x - y : xIsSurrogate ? 1 : -1;
  }
  return a.length - b.length;
}

const utf8 = new TextEncoder();
/** What S3, Azure and GCS take, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/**
 * Checks a key: not empty, at most 1,024 bytes, well-formed, no `.` or `..` as a folder (URLs lose them) and no control characters.
 *
 * @throws {TypeError} When it is none.
 */
export function checkKey(key: string): string {
  const problem = typeof key !== "string" || key === ""
    ? "it is empty"
    // deno-lint-ignore no-control-regex
    : /[\u0000-\u001f\u007f]/.test(key)
    ? "it has control characters"
    : !key.isWellFormed()
    ? "it is not well-formed Unicode"
    : key.split("/").some((part) => part === "." || part === "..")
    ? 'it has "." or ".." as a folder'
    : utf8.encode(key).length > MAX_KEY_BYTES
    ? `it has more than ${MAX_KEY_BYTES} bytes`
    : null;
  if (problem === null) return key;
  throw new TypeError(`Cannot use the key ${JSON.stringify(key)}: ${problem}`);
}

/** Temporary files of writers; after a crash they stay, and are not objects. */
const TEMPORARY = /^\..*\.tmp$/;

/** Whether a key is that of a temporary file. */
export function isTemporary(key: string): boolean {
  return TEMPORARY.test(key.slice(key.lastIndexOf("/") + 1));
}

/** Checks a range. */
export function checkRange(range: ByteRange): ByteRange {
  const numbers = "suffix" in range ? [range.suffix] : [range.start, range.end ?? range.start];
  const isValid = numbers.every((n) => Number.isSafeInteger(n) && n >= 0) &&
    (numbers.length === 1 || numbers[0]! <= numbers[1]!);
  if (isValid) return range;
  throw new RangeError(`Cannot read the range ${JSON.stringify(range)}: it is not a byte range`);
}

/** Headers that let a request through only where there is no object, or this version of it. */
export function conditionHeaders(
  { ifAbsent = false, ifMatch }: Pick<PutOptions, "ifAbsent" | "ifMatch">,
): Record<string, string> {
  if (ifAbsent) return { "if-none-match": "*" };
  return ifMatch === undefined ? {} : { "if-match": ifMatch };
}

/** The header that asks for a range. */
export function rangeHeader(range: ByteRange): { readonly range: string } {
  if ("suffix" in range) return { range: `bytes=-${range.suffix}` };
  return { range: `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}` };
}

/** The bytes of a range that an answer holds: nothing beyond the object's end; of a server that knows no ranges, a part of all. */
export function sliceOf(
  { status, body }: { readonly status: number; readonly body: Uint8Array<ArrayBuffer> },
  range: ByteRange | undefined,
): Uint8Array<ArrayBuffer> {
  if (status === 416) return new Uint8Array(0);
  if (range === undefined || status === 206) return body;
  return "suffix" in range
    ? body.subarray(Math.max(0, body.length - range.suffix))
    : body.subarray(range.start, range.end);
}

/** Whether a range has no bytes, which no header can ask for. */
export function isEmptyRange(range: ByteRange | undefined): boolean {
  if (range === undefined) return false;
  return "suffix" in range ? range.suffix === 0 : range.start === range.end;
}

/** The time of a header or an element, where there is one. */
export function lastModifiedOf(text: string | null | undefined): { lastModified?: Date } {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? {} : { lastModified: new Date(time) };
}

/** HTTP headers are text of one byte a character. */
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * Headers that are given.
 *
 * @throws {TypeError} When one cannot be sent.
 */
export function checkHeaders(
  headers: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (typeof value === "string" && PRINTABLE.test(value) && /^[\w-]+$/.test(name)) continue;
    throw new TypeError(
      `Cannot send ${JSON.stringify(name)}: its name or value is not printable ASCII`,
    );
  }
  return Object.fromEntries(given) as Record<string, string>;
}
