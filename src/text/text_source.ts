/**
 * Where texts come from, and their bytes in UTF-8, whatever they are compressed with or encoded in.
 *
 * @module
 */

import { asBytes } from "../arrow/bytes.ts";
import type { SourceGuard } from "../arrow/source_guard.ts";
import { isAsyncIterable } from "../arrow/source_parts.ts";
import { openFileForReading } from "../runtime/files.ts";
import { inflated, InflateError, type StreamCodec } from "../runtime/inflate.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import { FormatError } from "../util/errors.ts";
import { promiseOf } from "../util/thenable.ts";
import { decoderOf } from "./text_options.ts";

/** A piece of a text: bytes, or characters. Pieces may be of any size, and end anywhere. */
export type TextPiece = Uint8Array | ArrayBuffer | string;

/**
 * A source of text: a path or a `file:` URL; the text itself, as a string with a line break, or JSON that begins with a bracket; bytes, a
 * `Blob`, a `Response` (whose status has to be ok); pieces in an (async) iterable or a `ReadableStream`; or a promise of one of these.
 */
export type TextSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Response
  | Iterable<TextPiece>
  | AsyncIterable<TextPiece>
  | ReadableStream<TextPiece>
  | PromiseLike<TextSource>;

/** Bytes of a file that are read at a time. */
const PIECE_BYTES = 1024 * 1024;

/** A text that was opened. */
export interface OpenedText {
  /** What errors call it. */
  readonly name: string;
  /** Its bytes: UTF-8 without a mark of the byte order, decompressed. */
  readonly chunks: AsyncIterator<Uint8Array>;
}

/**
 * Opens a text.
 *
 * @param isText Matches strings that are the text itself.
 * @param encoding The encoding, a label of `TextDecoder`. Default: UTF-8, or UTF-16 where the text begins with its mark.
 * @throws {FormatError} When it cannot be opened.
 * @throws {TypeError} When it is no source of text, or the encoding is unknown.
 */
export async function openText(
  source: TextSource,
  guard: SourceGuard,
  isText: RegExp,
  encoding?: string,
): Promise<OpenedText> {
  const promise = typeof source === "object" && source !== null && !isAsyncIterable(source)
    ? promiseOf<unknown>(source)
    : undefined;
  const given = promise === undefined ? source : await promise;
  const { name, pieces } = await piecesOf(given, guard, isText);
  return { name, chunks: decoded(pieces, name, encoding)[Symbol.asyncIterator]() };
}

interface Pieces {
  readonly name: string;
  readonly pieces: AsyncIterable<TextPiece>;
}

async function piecesOf(source: unknown, guard: SourceGuard, isText: RegExp): Promise<Pieces> {
  const name = "the text";
  if (typeof source === "string" && isText.test(source)) return { name, pieces: one(source) };
  if (typeof source === "string" || source instanceof URL) return await filePieces(source, guard);
  const bytes = asBytes(source);
  if (bytes !== null) return { name, pieces: one(bytes) };
  if (typeof source === "object" && source !== null) {
    if (isAsyncIterable(source)) return { name, pieces: iterated(guard.iterateAsync(source)) };
    if ("ok" in source && "body" in source) return responsePieces(source as Response, guard);
    if ("stream" in source && typeof source.stream === "function") {
      return { name, pieces: iterated(guard.iterateAsync((source as Blob).stream())) };
    }
    if (Symbol.iterator in source) {
      return { name, pieces: iterated(guard.iterate(source as Iterable<unknown>)) };
    }
  }
  throw new TypeError(
    "Cannot read a text: expected a path, a URL, bytes, a Blob, a Response, or an iterable or a stream of bytes or strings",
  );
}

async function* one(piece: TextPiece): AsyncGenerator<TextPiece, void, undefined> {
  await Promise.resolve();
  yield piece;
}

async function* iterated(
  items: Iterator<unknown> | AsyncIterator<unknown>,
): AsyncGenerator<TextPiece, void, undefined> {
  let over = false;
  try {
    for (;;) {
      const { done, value } = await items.next();
      over = done === true;
      if (over) return;
      yield await (value as TextPiece | PromiseLike<TextPiece>);
    }
  } finally {
    if (!over) await items.return?.();
  }
}

function responsePieces(response: Response, guard: SourceGuard): Pieces {
  const { ok, status, statusText, url, body, bodyUsed } = response;
  const name = url === "" ? "a response" : url;
  if (!ok) {
    body?.cancel().catch(() => {});
    throw new FormatError(`Cannot read ${name}: its status is ${`${status} ${statusText}`.trim()}`);
  }
  if (bodyUsed) throw new TypeError(`Cannot read ${name}: its body has already been read`);
  return { name, pieces: body === null ? one("") : iterated(guard.iterateAsync(body)) };
}

async function filePieces(path: string | URL, guard: SourceGuard): Promise<Pieces> {
  const location = typeof path === "string" && /^file:\/\//i.test(path) ? new URL(path) : path;
  const name = String(path);
  const failed = (error: unknown): unknown => {
    const text = systemErrorText(error);
    return text === null
      ? error
      : new FormatError(`Cannot read ${name}: ${text}`, { cause: error });
  };
  const file = await openFileForReading(location).catch((error) => {
    throw failed(error);
  });
  const forget = guard.onEnd(() => void file.close().catch(() => {}));
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    let next = file.read(at, PIECE_BYTES);
    try {
      for (;;) {
        const piece = await next;
        if (piece.length === 0) return;
        at += piece.length;
        // Read while this one is worked on. A consumer that stops has no use for its error.
        next = file.read(at, PIECE_BYTES);
        next.catch(() => {});
        yield piece;
      }
    } catch (error) {
      throw failed(error);
    } finally {
      forget();
      await next.catch(() => {});
      await file.close();
    }
  }
  return { name, pieces: pieces() };
}

const encoder = new TextEncoder();

/** Pieces as bytes. */
async function* bytesOf(
  pieces: AsyncIterable<TextPiece>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encode = (text: string): Uint8Array => {
    if (text.isWellFormed()) return encoder.encode(text);
    throw new FormatError(`Cannot read ${name}: it is not well-formed (a lone surrogate)`);
  };
  // Half of a character that two strings share.
  let held = "";
  for await (const piece of pieces) {
    if (typeof piece === "string") {
      const text = held + piece;
      const last = text.charCodeAt(text.length - 1);
      held = (last & 0xfc00) === 0xd800 ? text.slice(-1) : "";
      if (text.length > held.length) yield encode(text.slice(0, text.length - held.length));
      continue;
    }
    if (held !== "") yield encode(held);
    const bytes = asBytes(piece);
    if (bytes === null) {
      throw new TypeError("Cannot read a text: one of its chunks is neither bytes nor a string");
    }
    if (bytes.length > 0) yield bytes;
  }
  if (held !== "") yield encode(held);
}

const MAGIC: readonly (readonly [StreamCodec, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

const SKIPPED = [0x2a, 0x4d, 0x18];

/** What some first bytes say that a stream is compressed with; `null`: nothing. */
function streamCodec(start: Uint8Array): StreamCodec | null {
  // A frame that zstd skips, which pzstd begins with: its last four bits are free.
  if (start[0]! >> 4 === 5 && SKIPPED.every((byte, i) => start[i + 1] === byte)) return "zstd";
  return MAGIC.find(([, magic]) => magic.every((byte, i) => start[i] === byte))?.[0] ?? null;
}

/** Bytes that say what a stream is. */
const MAGIC_BYTES = 4;

async function* decoded(
  pieces: AsyncIterable<TextPiece>,
  name: string,
  encoding: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* utf8(await unpacked(bytesOf(pieces, name), name), name, encoding);
}

/** The first bytes of chunks, and all of them: decompressed, where they are compressed. */
export async function unpacked(
  source: AsyncIterable<Uint8Array>,
  name: string,
): Promise<Peeked> {
  const raw = await peeked(source);
  const codec = streamCodec(raw.start);
  return codec === null ? raw : await peeked(named(inflated(raw.chunks, codec, name), name, codec));
}

/** Decompressed chunks, with errors that say what could not be decompressed. */
async function* named(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  codec: StreamCodec,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    throw new FormatError(`Cannot read ${name}: its ${codec} data is damaged or truncated`, {
      cause: error,
    });
  }
}

/** Chunks, and their first bytes. */
export interface Peeked {
  /** The first bytes; fewer than four only where there are no more. */
  readonly start: Uint8Array;
  /** All of the chunks. */
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>;
}

async function peeked(source: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const chunks = source[Symbol.asyncIterator]();
  let start = new Uint8Array(0), over = false;
  while (start.length < MAGIC_BYTES && !over) {
    const { done, value } = await chunks.next();
    if (done) over = true;
    else start = start.length === 0 ? value as Uint8Array<ArrayBuffer> : joined(start, value);
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (start.length > 0) yield start;
      while (!over) {
        const { done, value } = await chunks.next();
        if (done) over = true;
        else yield value;
      }
    } finally {
      if (!over) await chunks.return?.();
    }
  }
  return { start, chunks: all() };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

async function* utf8(
  { start, chunks }: Peeked,
  name: string,
  encoding: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const label = encoding ??
    (start[0] === 0xff && start[1] === 0xfe
      ? "utf-16le"
      : start[0] === 0xfe && start[1] === 0xff
      ? "utf-16be"
      : "utf-8");
  const decoder = decoderOf(label);
  if (decoder.encoding === "utf-8") {
    let skip = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0;
    for await (const chunk of chunks) {
      const cut = Math.min(skip, chunk.length);
      skip -= cut;
      yield cut === 0 ? chunk : chunk.subarray(cut);
    }
    return;
  }
  const decode = (chunk?: Uint8Array): Uint8Array => {
    try {
      return encoder.encode(decoder.decode(chunk, { stream: chunk !== undefined }));
    } catch (error) {
      throw new FormatError(`Cannot read ${name}: it is not ${decoder.encoding}`, { cause: error });
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}
