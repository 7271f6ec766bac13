/**
 * Decoders of Arrow IPC: generators that ask for bytes. Those who drive them have the bytes at once, or wait for them.
 *
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import type { RawRecordBatch } from "../raw_array.ts";
import type { ArrowSchema } from "../types.ts";

/** The first and the last six bytes of an IPC file. */
export const MAGIC = "ARROW1";
/** How messages begin since version 0.15. */
export const CONTINUATION = 0xffffffff;
/** No bytes. */
export const NOTHING: Uint8Array = new Uint8Array(0);

/** Asks for the next `read` bytes. Fewer come at the end of the bytes only. */
export interface ReadRequest {
  readonly read: number;
}

/** Asks for `length` bytes at offset `at`; all of them are within the file. */
export interface RangeRequest {
  readonly at: number;
  readonly length: number;
}

/** The beginning of a stream or a file. */
export interface SchemaEvent {
  readonly schema: ArrowSchema;
  /** Which one it is of those that follow each other, and where it starts: for messages. */
  readonly input: string;
}

/** What comes out, besides requests. */
export type IpcEvent = SchemaEvent | { readonly batch: RawRecordBatch };

/** A decoder: yields requests, which are answered with bytes, and events, whose answer is not looked at. */
export type Decoder<Request> = Generator<Request | IpcEvent, void, Uint8Array>;

/** A part of a decoder that only reads. */
export type Reading<T, Request = ReadRequest> = Generator<Request, T, Uint8Array>;

/** A little-endian integer at the start of `bytes`. */
export function uint32(bytes: Uint8Array): number {
  return (bytes[0]! | bytes[1]! << 8 | bytes[2]! << 16 | bytes[3]! << 24) >>> 0;
}

/** Whether bytes begin as a file does. */
export function startsWithMagic(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, MAGIC.length)) === MAGIC;
}

/** Bytes one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Up to so many bytes are copied, since they say how many more to ask for. */
const FEW_BYTES = 16;

/** Reads bytes in order, and takes back what was read too early. */
export class Cursor {
  #held: Uint8Array = NOTHING;
  /** Bytes read, those taken back not counted. */
  position = 0;

  /** The next `length` bytes; fewer at the end. Good until more are asked for, except where there are only a few. */
  *some(length: number): Reading<Uint8Array> {
    const held = this.#held;
    let bytes: Uint8Array;
    if (held.length === 0) {
      bytes = yield { read: length };
    } else if (held.length >= length) {
      this.#held = held.subarray(length);
      bytes = held.subarray(0, length);
    } else {
      this.#held = NOTHING;
      bytes = joinBytes([held, yield { read: length - held.length }]);
    }
    this.position += bytes.length;
    return bytes.length <= FEW_BYTES ? bytes.slice() : bytes;
  }

  /** The next `length` bytes. */
  *exactly(length: number): Reading<Uint8Array> {
    if (length === 0) return NOTHING;
    const bytes = yield* this.some(length);
    if (bytes.length < length) throw truncated();
    return bytes;
  }

  /** Takes bytes back that were read last. */
  unread(bytes: Uint8Array): void {
    this.#held = joinBytes([bytes, this.#held]);
    this.position -= bytes.length;
  }
}

/** The error for bytes that end too early. */
export function truncated(): FormatError {
  return new FormatError("Cannot read Arrow data: it is truncated");
}
