/**
 * Where structures in Thrift's compact protocol are written to: one buffer for all of them, and what they are made of.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import type { Steps } from "../util/steps.ts";

/** Most bytes that a structure may take where nothing else is said: what an `i32` can count. */
export const MAX_STRUCT_BYTES: number = 2 ** 31 - 1;

/** Most bytes of a varint, of a double, of a field header and stop together, with room to spare. */
const SCALAR_ROOM = 32;
/** The buffer that is kept between calls is never larger, and at the beginning as large as most structures need. */
const MAX_KEPT_BYTES = 1 << 20;
const FIRST_KEPT_BYTES = 1 << 14;
/** Bytes that are written in a step: about a millisecond. */
const BYTES_A_STEP = 1 << 16;

const encoder = new TextEncoder();

// One growing buffer for all calls: they are synchronous and call nothing that could come back here, and a step puts back what
// it found.
let kept: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_KEPT_BYTES);
let buffer = kept;
let position = 0;
let limit = MAX_STRUCT_BYTES;
/** Where the step ends that is being done. */
let stepEnd = 0;

/**
 * What `write` writes of `value`.
 *
 * @param type The first argument of `write`.
 * @param maxByteLength Most bytes that it may take.
 * @returns The bytes, which are valid until something else is written.
 * @throws {LimitError} where it takes more.
 */
export function written<T, V>(
  write: (type: T, value: V) => void,
  type: T,
  value: V,
  maxByteLength: number,
): Uint8Array<ArrayBuffer> {
  buffer = kept;
  position = 0;
  limit = maxByteLength;
  try {
    write(type, value);
    if (position > limit) throw tooLong();
    return buffer.subarray(0, position);
  } finally {
    if (buffer.length <= MAX_KEPT_BYTES) kept = buffer;
    buffer = kept;
  }
}

/** {@linkcode written} in steps, between which others may have their turn. */
export function* writtenInSteps(
  steps: Steps<void>,
  maxByteLength: number,
): Steps<Uint8Array<ArrayBuffer>> {
  let written = kept;
  let end = 0;
  for (let first = true;; first = false) {
    buffer = written;
    position = end;
    stepEnd = end + BYTES_A_STEP;
    limit = maxByteLength;
    let done: boolean | undefined;
    try {
      ({ done } = steps.next());
      if (position > limit) throw tooLong();
      written = buffer;
      end = position;
    } finally {
      buffer = kept;
    }
    if (done) {
      if (first && written.length <= MAX_KEPT_BYTES) kept = buffer = written;
      return written.subarray(0, end);
    }
    // Others write in the meantime, to a buffer of their own.
    if (first && written === kept) kept = buffer = new Uint8Array(FIRST_KEPT_BYTES);
    yield;
  }
}

/** Whether enough was written for a step. */
export function isStepOver(): boolean {
  return position >= stepEnd;
}

/** Bytes written so far. */
export function bytesWritten(): number {
  return position;
}

/** A copy of what was written from byte `from` on. */
export function copyFrom(from: number): Uint8Array<ArrayBuffer> {
  return buffer.slice(from, position);
}

/** Writes a byte; there is room for a scalar behind it. */
export function putByte(byte: number): void {
  makeRoom(SCALAR_ROOM);
  buffer[position++] = byte;
}

/** Writes bytes as they are. */
export function putRaw(bytes: Uint8Array): void {
  const { length } = bytes;
  limitedRoom(length);
  buffer.set(bytes, position);
  position += length;
}

/** Writes a double. */
export function putDouble(value: number): void {
  makeRoom(SCALAR_ROOM);
  new DataView(buffer.buffer).setFloat64(position, value, true);
  position += 8;
}

/** Unsigned LEB128 of a number below 2^31. */
export function putVarint(value: number): void {
  makeRoom(SCALAR_ROOM);
  position = varintAt(buffer, position, value);
}

/** Zigzag LEB128 of a safe integer. */
export function putZigzag(value: number): void {
  makeRoom(SCALAR_ROOM);
  position = zigzagAt(buffer, position, value);
}

/** Writes bytes, and their length before them. */
export function putBytes(bytes: Uint8Array): void {
  limitedRoom(bytes.length + SCALAR_ROOM);
  position = bytesAt(buffer, position, bytes);
}

/** Writes text as UTF-8, and its length before it. */
export function putString(text: string): void {
  const length = text.length;
  if (length < 128) {
    makeRoom(length + SCALAR_ROOM);
    const target = buffer;
    const start = position + 1;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) break;
      target[start + i] = unit;
    }
    if (i === length) {
      target[position] = length;
      position = start + length;
      return;
    }
  }
  // UTF-8 has no form for a lone surrogate; the encoder would put another character in its place.
  if (!text.isWellFormed()) {
    throw new TypeError(
      `Cannot write ${JSON.stringify(text.slice(0, 64))}: it is not valid Unicode`,
    );
  }
  putBytes(encoder.encode(text));
}

// --- for what keeps the position itself, which is quicker ------------------------------------------------------------

/** Makes room for more bytes, and gives what they are written to, from {@linkcode bytesWritten} on. */
export function roomFor(byteLength: number): Uint8Array {
  if (position + byteLength > buffer.length) grow(byteLength);
  return buffer;
}

/** So many bytes are written now, where there was room for them. */
export function writtenUpTo(end: number): void {
  position = end;
}

/** {@linkcode putVarint} at `at`, where there is room. Returns where it ends. */
export function varintAt(target: Uint8Array, at: number, value: number): number {
  while (value > 127) {
    target[at++] = (value & 127) | 128;
    value >>>= 7;
  }
  target[at++] = value;
  return at;
}

/** {@linkcode putZigzag} at `at`, where there is room. Returns where it ends. */
export function zigzagAt(target: Uint8Array, at: number, value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) {
    return varintAt(target, at, (value << 1) ^ (value >> 31));
  }
  // The zigzag form of a safe integer may be none itself: its sign goes into the first byte, the magnitude is cut in steps.
  const sign = value < 0 ? 1 : 0;
  const magnitude = value < 0 ? -value - 1 : value;
  target[at++] = ((magnitude % 64) << 1) | sign | 128;
  let rest = Math.floor(magnitude / 64);
  while (rest > 127) {
    target[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

/** {@linkcode putBytes} at `at`, where there is room. Returns where they end. */
export function bytesAt(target: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes;
  at = varintAt(target, at, length);
  if (length <= 16) {
    for (let i = 0; i < length; i++) target[at + i] = bytes[i]!;
  } else {
    target.set(bytes, at);
  }
  return at + length;
}

function makeRoom(byteLength: number): void {
  if (position + byteLength > buffer.length) grow(byteLength);
}

/** The same for what is known to take nearly as many bytes: beyond the limit there is no need for any. */
function limitedRoom(byteLength: number): void {
  if (position + byteLength - SCALAR_ROOM > limit) throw tooLong();
  makeRoom(byteLength);
}

function grow(byteLength: number): void {
  if (position > limit) throw tooLong();
  const grown = new Uint8Array(Math.max(position + byteLength, buffer.length * 2));
  grown.set(buffer.subarray(0, position));
  buffer = grown;
}

function tooLong(): LimitError {
  return new LimitError("", -1, `Cannot write metadata of more than ${limit} bytes`);
}
