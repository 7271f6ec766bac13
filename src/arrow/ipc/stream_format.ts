/**
 * The stream form of Arrow IPC, and the file form read from its start.
 *
 * Written once, as a generator that asks for bytes: those who drive it have them at once or wait for them.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import type { ArrowSchema } from "../types.ts";
import type { RawRecordBatch } from "../raw_array.ts";
import type { Decompressors } from "./decompressors.ts";
import { decodeFile, MAGIC } from "./file_format.ts";
import { DICTIONARY_BATCH, MessageReader, readMessage, RECORD_BATCH, SCHEMA } from "./message.ts";
import type { Message } from "./message.ts";

/** Asks for the next `read` bytes. Fewer come at the end of the bytes only; `Infinity` asks for all. */
export interface ReadRequest {
  readonly read: number;
}

/** What comes out, besides requests. */
export type IpcEvent = { readonly schema: ArrowSchema } | { readonly batch: RawRecordBatch };

/** A decoder: yields requests, which are answered with bytes, and events, whose answer is not looked at. */
export type Decoder<Request> = Generator<Request | IpcEvent, void, Uint8Array>;

const CONTINUATION = 0xffffffff;
const NOTHING = new Uint8Array(0);

/** Decodes a stream, or a file from its start. The first event is the schema. */
export function* decodeStream(decompressors: Decompressors): Decoder<ReadRequest> {
  const start = yield* some(4);
  let isFile = false;
  if (start.length === 4 && MAGIC.startsWith(ascii(start))) {
    const rest = yield* exactly(4);
    if (ascii(start) + ascii(rest.subarray(0, 2)) !== MAGIC) throw notArrow();
    isFile = true;
  }
  const first = yield* nextMetadata(isFile ? yield* some(4) : start);
  if (first === null) throw notArrow();
  const message = readMessage(first.metadata);
  if (message.kind !== SCHEMA) {
    // Arrow JS writes files that have their schema at the end only.
    if (isFile) return yield* spooled(first, decompressors);
    throw new FormatError("Cannot read an Arrow stream: it does not start with a schema");
  }
  yield* exactly(message.bodyLength);
  const reader = MessageReader.of(message.header, decompressors);
  yield { schema: reader.schema.schema };
  yield* decodeMessages(reader, isFile);
  if (isFile) yield* checkTail();
}

function* decodeMessages(reader: MessageReader, isFile: boolean): Decoder<ReadRequest> {
  for (;;) {
    const next = yield* nextMetadata(yield* some(4));
    if (next === null) return;
    const message: Message = readMessage(next.metadata);
    const body = yield* exactly(message.bodyLength);
    if (message.kind === RECORD_BATCH) yield { batch: reader.recordBatch(message, body) };
    else if (message.kind === DICTIONARY_BATCH) reader.dictionaryBatch(message, body, !isFile);
    else throw new FormatError("Cannot read an Arrow stream: it has a second schema");
  }
}

interface Metadata {
  readonly metadata: Uint8Array;
  /** All bytes of the message so far. */
  readonly bytes: readonly Uint8Array[];
}

/** The metadata of a message whose first four bytes are there; `null` at the end of the stream. */
function* nextMetadata(start: Uint8Array): Generator<ReadRequest, Metadata | null, Uint8Array> {
  if (start.length === 0) return null;
  if (start.length < 4) throw truncated();
  const bytes = [start];
  let length = uint32(start);
  // Before version 0.15 there was no continuation marker.
  if (length === CONTINUATION) {
    const next = yield* exactly(4);
    bytes.push(next);
    length = uint32(next);
  }
  if (length === 0) return null;
  if (length > 0x7fffffff) throw notArrow();
  const metadata = yield* exactly(length);
  bytes.push(metadata);
  return { metadata, bytes };
}

/** Reads a file to its end, and then by its footer. */
function* spooled(first: Metadata, decompressors: Decompressors): Decoder<ReadRequest> {
  const head = new TextEncoder().encode(`${MAGIC}\0\0`);
  const parts = [head, ...first.bytes, yield* some(Infinity)];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  const decoder = decodeFile(file.length, decompressors);
  let step = decoder.next();
  while (!step.done) {
    const { value } = step;
    if ("at" in value) {
      step = decoder.next(file.subarray(value.at, value.at + value.length));
    } else {
      yield value;
      step = decoder.next(NOTHING);
    }
  }
}

/** What follows the messages of a file: a footer, its length, the magic. All there, or the file was cut. */
function* checkTail(): Generator<ReadRequest, void, Uint8Array> {
  let tail: Uint8Array = NOTHING, length = 0;
  for (;;) {
    const bytes = yield* some(65536);
    length += bytes.length;
    const joined = new Uint8Array(tail.length + bytes.length);
    joined.set(tail);
    joined.set(bytes, tail.length);
    tail = joined.slice(-10);
    if (bytes.length < 65536) break;
  }
  if (tail.length < 10 || ascii(tail.subarray(4)) !== MAGIC || uint32(tail) + 10 > length) {
    throw truncated();
  }
}

function* some(read: number): Generator<ReadRequest, Uint8Array, Uint8Array> {
  return yield { read };
}

function* exactly(read: number): Generator<ReadRequest, Uint8Array, Uint8Array> {
  if (read === 0) return NOTHING;
  const bytes = yield { read };
  if (bytes.length < read) throw truncated();
  return bytes;
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function truncated(): FormatError {
  return new FormatError("Cannot read Arrow data: it is truncated");
}

function notArrow(): FormatError {
  return new FormatError("Cannot read Arrow data: it is neither an Arrow stream nor an Arrow file");
}
