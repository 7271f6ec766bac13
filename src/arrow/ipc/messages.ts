/**
 * Encapsulated messages, read one after the other.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 * @module
 */

import {
  CONTINUATION,
  type Cursor,
  joinBytes,
  type Reading,
  truncated,
  uint32,
} from "./decoder.ts";
import { type Message, readMessage } from "./message.ts";

/**
 * Least length of metadata that is none: before version 0.15 a message began with its length, and so short a length sets it apart
 * from every text, whose fourth character is at least a tab.
 */
const MAX_BARE_LENGTH = 2 ** 27;

/** A message whose body comes next. */
export interface MessageStart {
  readonly message: Message;
  /** Its bytes so far, to be taken back. */
  readonly bytes: Uint8Array;
}

/** What comes instead of a message: the marker of an end, no more bytes, or something else, which is not consumed. */
export type NoMessage = "end" | "no bytes" | "something else";

/**
 * Reads the metadata of the next message.
 *
 * @throws {FormatError} When it is truncated or corrupt.
 */
export function* nextMessage(cursor: Cursor): Reading<MessageStart | NoMessage> {
  // A marker and a length, or a length and what follows it: that is asked for at once.
  const start = yield* cursor.some(8);
  if (start.length === 0) return "no bytes";
  if (start.length < 4) {
    cursor.unread(start);
    return "something else";
  }
  let prefix = start, length = uint32(start);
  if (length === CONTINUATION) {
    if (start.length < 8) throw truncated();
    length = uint32(start.subarray(4));
  } else {
    const next = start.subarray(4);
    cursor.unread(next);
    prefix = start.subarray(0, 4);
    if (length === 0) return "end";
    // The place of the root table comes first in a FlatBuffer.
    const root = next.length < 4 ? 0 : uint32(next);
    if (length >= MAX_BARE_LENGTH || root < 4 || root >= length) {
      cursor.unread(prefix);
      return "something else";
    }
  }
  if (length === 0) return "end";
  if (length > 0x7fffffff) {
    cursor.unread(prefix);
    return "something else";
  }
  // Copied with what comes before it, since the body is waited for.
  const bytes = joinBytes([prefix, yield* cursor.exactly(length)]);
  return { message: readMessage(bytes.subarray(prefix.length)), bytes };
}
