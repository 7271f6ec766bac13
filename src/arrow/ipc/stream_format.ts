/**
 * Arrow IPC streams and files, read from their start, one after the other: what `cat a b` makes, or an iterable of pages.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 * @module
 */

import { FormatError, LimitError } from "../../util/errors.ts";
import { DEFAULT_INPUT_LIMITS } from "../../util/input_limits.ts";
import { foreignInput, isForeign } from "../input_kind.ts";
import {
  CONTINUATION,
  Cursor,
  type Decoder,
  type Reading,
  type ReadRequest,
  startsWithMagic,
  truncated,
  uint32,
} from "./decoder.ts";
import type { Decompressors } from "./decompressors.ts";
import { type Footer, nextFooter } from "./footer.ts";
import { DICTIONARY_BATCH, MessageReader, RECORD_BATCH, SCHEMA } from "./message.ts";
import type { Message } from "./message.ts";
import { type MessageStart, nextMessage, type NoMessage } from "./messages.ts";

/** Magic and padding at the start of a file. */
const HEAD = 8;
/** Zeros that may follow an end: data is aligned to 64 bytes at most. More of them are a hole where something should be. */
const MAX_PADDING = 63;
/** Bytes by which something else is recognised. */
const LOOK_BYTES = 4096;

/**
 * Decodes streams and files that follow each other. Each begins with a schema event; at least one comes.
 *
 * A stream ends with its marker, with the bytes, or where the next one begins. Zeros that align what follows are skipped.
 * Anything else behind an end is an error: it may be rows.
 */
export function* decodeStream(decompressors: Decompressors): Decoder<ReadRequest> {
  const cursor = new Cursor();
  for (let index = 1;; index++) {
    if (index > 1) yield* skipPadding(cursor);
    const at = cursor.position;
    const start = yield* cursor.some(HEAD);
    if (start.length === 0 && index > 1) return;
    const place = index === 1 ? "" : ` ${index}, which starts at byte ${at} of the input`;
    if (start.length === HEAD && startsWithMagic(start)) {
      yield* decodeFileFromStart(cursor, `Arrow file${place}`, decompressors);
      continue;
    }
    cursor.unread(start);
    const first = isForeign(start) ? "something else" : yield* nextMessage(cursor);
    if (first === "end" && index > 1) continue;
    if (first === "something else") {
      throw foreignInput(yield* cursor.some(LOOK_BYTES), index === 1 ? null : at);
    }
    if (first === "no bytes") throw new FormatError("Cannot read Arrow data: there are no bytes");
    if (first === "end" || first.message.kind !== SCHEMA) {
      throw new FormatError("Cannot read an Arrow stream: it does not start with a schema");
    }
    yield* decodeStreamFrom(cursor, first, `Arrow stream${place}`, decompressors);
  }
}

/** Zeros behind an end, and markers of an end, which hold no rows. */
function* skipPadding(cursor: Cursor): Reading<void> {
  const bytes = yield* cursor.some(MAX_PADDING);
  const zeros = bytes.findIndex((byte) => byte !== 0);
  if (zeros === -1 && bytes.length === MAX_PADDING) {
    const next = yield* cursor.some(1);
    if (next[0] === 0) {
      throw new FormatError(
        `Cannot read Arrow data: more than ${MAX_PADDING} zeros follow an end, at byte ${
          cursor.position - MAX_PADDING - 1
        } of the input; the rest of the data may be missing`,
      );
    }
    cursor.unread(next);
  } else if (zeros >= 0) cursor.unread(bytes.subarray(zeros));
}

function* decodeStreamFrom(
  cursor: Cursor,
  first: MessageStart,
  input: string,
  decompressors: Decompressors,
): Decoder<ReadRequest> {
  yield* cursor.exactly(first.message.bodyLength);
  const reader = MessageReader.of(first.message.header, decompressors);
  yield { schema: reader.schema.schema, input };
  for (;;) {
    const next = yield* nextMessage(cursor);
    // What is not a message is looked at where streams begin.
    if (typeof next === "string") return;
    if (next.message.kind === SCHEMA) return cursor.unread(next.bytes);
    const body = yield* cursor.exactly(next.message.bodyLength);
    const batch = readInto(reader, next.message, body, true);
    if (batch !== null) yield { batch };
  }
}

function readInto(reader: MessageReader, message: Message, body: Uint8Array, replaceable: boolean) {
  if (message.kind === RECORD_BATCH) return reader.recordBatch(message, body);
  if (message.kind === DICTIONARY_BATCH) {
    reader.dictionaryBatch(message, body, replaceable);
    return null;
  }
  throw new FormatError("Cannot read an Arrow file: it has a second schema");
}

/** A file behind its magic. */
function* decodeFileFromStart(
  cursor: Cursor,
  input: string,
  decompressors: Decompressors,
): Decoder<ReadRequest> {
  const from = cursor.position - HEAD;
  const first = yield* nextMessage(cursor);
  let footer: Footer, batches = 0;
  const end = () => nextFooter(cursor, cursor.position - from, decompressors);
  if (typeof first !== "string" && first.message.kind === SCHEMA) {
    yield* cursor.exactly(first.message.bodyLength);
    const reader = MessageReader.of(first.message.header, decompressors);
    yield { schema: reader.schema.schema, input };
    for (;;) {
      const next = yield* nextMessageOfFile(cursor, isMarked(first));
      if (next === null) break;
      const body = yield* cursor.exactly(next.bodyLength);
      const batch = readInto(reader, next, body, false);
      if (batch === null) continue;
      batches++;
      yield { batch };
    }
    footer = yield* end();
  } else {
    // Arrow JS writes files that have their schema at the end only.
    const held = yield* holdMessages(cursor, first, decompressors);
    footer = yield* end();
    yield { schema: footer.reader.schema.schema, input };
    for (const { message, body } of held) {
      if (message.kind === DICTIONARY_BATCH) footer.reader.dictionaryBatch(message, body, false);
    }
    for (const { message, body } of held) {
      if (message.kind !== RECORD_BATCH) continue;
      batches++;
      yield { batch: footer.reader.recordBatch(message, body) };
    }
  }
  if (footer.batches.length !== batches) {
    throw new FormatError(
      `Cannot read an ${input}: its footer lists ${footer.batches.length} record batches, it has ${batches}`,
    );
  }
}

/**
 * The next message; `null` where the footer comes next.
 *
 * @param marked Whether the messages of the file begin with a marker. Some writers leave out that of the end: then what has none is
 * the footer.
 */
function* nextMessageOfFile(cursor: Cursor, marked: boolean): Reading<Message | null> {
  const start = yield* cursor.some(4);
  cursor.unread(start);
  if (marked && start.length === 4 && uint32(start) !== CONTINUATION && uint32(start) !== 0) {
    return null;
  }
  const next = yield* nextMessage(cursor);
  if (typeof next !== "string") return next.message;
  if (next === "end") return null;
  throw truncated();
}

function isMarked({ bytes }: MessageStart): boolean {
  return uint32(bytes) === CONTINUATION;
}

interface HeldMessage {
  readonly message: Message;
  readonly body: Uint8Array;
}

/** Messages up to the end, in memory, because what they mean comes behind them. */
function* holdMessages(
  cursor: Cursor,
  first: MessageStart | NoMessage,
  { limits = DEFAULT_INPUT_LIMITS }: Decompressors,
): Reading<readonly HeldMessage[]> {
  const held: HeldMessage[] = [];
  if (first === "end") return held;
  if (typeof first === "string") throw truncated();
  const marked = isMarked(first);
  let message: Message | null = first.message, bytes = 0;
  for (; message !== null; message = yield* nextMessageOfFile(cursor, marked)) {
    bytes += message.metadataLength + message.bodyLength;
    if (bytes > limits.maxHeldBytes) {
      throw new LimitError(
        "",
        -1,
        `Cannot hold more than ${limits.maxHeldBytes} bytes of an Arrow file that has its schema at its end: ` +
          "give its path, write a stream instead, or raise limits.maxHeldBytes",
      );
    }
    const body: Uint8Array = yield* cursor.exactly(message.bodyLength);
    held.push({ message, body: body.slice() });
  }
  return held;
}
