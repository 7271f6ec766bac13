/**
 * The outer structure of zstd frames. Bun and Deno decompress truncated frames without complaint, so completeness is
 * looked at here, the same for every runtime.
 *
 * Specification: {@link https://datatracker.ietf.org/doc/html/rfc8878 | RFC 8878}
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/**
 * Walks over the frames' headers and blocks without decompressing anything.
 *
 * @param bytes One or more frames, nothing before or after them.
 * @param uncompressedLength Bytes that the frames should hold.
 * @returns The frames, without skippable ones.
 * @throws {FormatError} When a frame is truncated, needs a dictionary, is followed by something else, or states more.
 */
export function zstdFrames(bytes: Uint8Array, uncompressedLength: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0, stated = 0;
  const need = (length: number): void => {
    if (length > bytes.length - at) throw corrupt("it is truncated");
  };
  while (at < bytes.length) {
    need(8);
    const start = at;
    const magic = view.getUint32(at, true);
    at += 4;
    if (((magic & ~15) >>> 0) === SKIPPABLE_MAGIC) {
      const length = view.getUint32(at, true);
      at += 4;
      need(length);
      at += length;
      continue;
    }
    if (magic !== MAGIC) throw corrupt("it is not a zstd frame");
    const descriptor = bytes[at++]!;
    const singleSegment = (descriptor & 0x20) !== 0;
    const sizeBytes = CONTENT_SIZE_BYTES[descriptor >>> 6]! || (singleSegment ? 1 : 0);
    if (!singleSegment) at++;
    const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 3]!;
    need(dictionaryBytes + sizeBytes);
    for (let i = 0; i < dictionaryBytes; i++) {
      if (bytes[at + i] !== 0) throw corrupt("it needs a dictionary");
    }
    at += dictionaryBytes;
    if (sizeBytes === 1) stated += bytes[at]!;
    else if (sizeBytes === 2) stated += view.getUint16(at, true) + 256;
    else if (sizeBytes === 4) stated += view.getUint32(at, true);
    else if (sizeBytes === 8) stated += Number(view.getBigUint64(at, true));
    if (stated > uncompressedLength) {
      throw corrupt(`it holds more than the ${uncompressedLength} bytes stated`);
    }
    at += sizeBytes;
    for (let last = false; !last;) {
      need(3);
      const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      at += 3;
      last = (header & 1) === 1;
      const type = (header >>> 1) & 3;
      if (type === RESERVED_BLOCK) throw corrupt("it holds a block of no known type");
      const length = type === RLE_BLOCK ? 1 : header >>> 3;
      need(length);
      at += length;
    }
    if ((descriptor & 4) !== 0) {
      need(4);
      at += 4;
    }
    frames.push(bytes.subarray(start, at));
  }
  if (frames.length === 0) throw corrupt("there is no frame");
  return frames;
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot decompress zstd data: ${reason}`);
}
