/**
 * Decompression of LZ4 frames, which is how Arrow IPC compresses buffers with LZ4.
 *
 * Specification: {@link https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md | lz4_Frame_format.md}
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";
import { decodeLz4Block, LZ4_MAX_RATIO } from "./lz4_block.ts";
import { xxh32 } from "./xxh32.ts";

const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const UNCOMPRESSED_BLOCK = 0x80000000;
/** Matches of a linked block reach this far into the blocks before it. */
const WINDOW = 65536;

/**
 * Decompresses all frames in `bytes`. Header, block and content checksums are verified where there are any.
 *
 * @param bytes One or more frames, nothing before or after them.
 * @param uncompressedLength Bytes that must come out: no more are ever produced.
 * @throws {FormatError} When a frame is corrupt, truncated, needs a dictionary, or the length is another one.
 */
export function lz4FrameDecompress(bytes: Uint8Array, uncompressedLength: number): Uint8Array {
  if (uncompressedLength > bytes.length * LZ4_MAX_RATIO) {
    throw corrupt(`${bytes.length} bytes cannot hold ${uncompressedLength}`);
  }
  const out = new Uint8Array(uncompressedLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0, written = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 8) throw corrupt("it is truncated");
    const magic = view.getUint32(at, true);
    if (((magic & ~15) >>> 0) === SKIPPABLE_MAGIC) {
      at += 8 + view.getUint32(at + 4, true);
      if (at > bytes.length) throw corrupt("it is truncated");
    } else if (magic === MAGIC) {
      [at, written] = decodeFrame(bytes, view, at + 4, out, written);
    } else {
      throw corrupt("it is not an LZ4 frame");
    }
  }
  if (written !== uncompressedLength) {
    throw corrupt(`it holds ${written} bytes, not the ${uncompressedLength} stated`);
  }
  return out;
}

function decodeFrame(
  bytes: Uint8Array,
  view: DataView,
  descriptor: number,
  out: Uint8Array,
  from: number,
): [at: number, written: number] {
  let at = descriptor;
  const need = (length: number): void => {
    if (length > bytes.length - at) throw corrupt("it is truncated");
  };
  need(3);
  const flags = bytes[at]!;
  if (flags >>> 6 !== 1 || (flags & 2) !== 0) throw corrupt("its version is unknown");
  const independent = (flags & 0x20) !== 0;
  const blockChecksum = (flags & 0x10) !== 0;
  const contentSize = (flags & 0x08) !== 0;
  const contentChecksum = (flags & 0x04) !== 0;
  if ((flags & 1) !== 0) throw corrupt("it needs a dictionary");
  const blockSizeId = (bytes[at + 1]! >>> 4) & 7;
  if (blockSizeId < 4 || (bytes[at + 1]! & 0x8f) !== 0) throw corrupt("its header is corrupt");
  const maxBlockSize = 1 << (8 + 2 * blockSizeId);
  at += 2;
  let stated = -1;
  if (contentSize) {
    need(9);
    stated = Number(view.getBigUint64(at, true));
    at += 8;
  }
  if (bytes[at] !== ((xxh32(bytes.subarray(descriptor, at)) >>> 8) & 0xff)) {
    throw corrupt("its header's checksum is wrong");
  }
  at++;

  let written = from;
  for (;;) {
    need(4);
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const length = word % UNCOMPRESSED_BLOCK;
    need(length);
    const block = bytes.subarray(at, at + length);
    at += length;
    if (blockChecksum) {
      need(4);
      if (view.getUint32(at, true) !== xxh32(block)) throw corrupt("a block's checksum is wrong");
      at += 4;
    }
    const start = written;
    const room = out.subarray(0, Math.min(out.length, start + maxBlockSize));
    if (word >= UNCOMPRESSED_BLOCK) {
      if (length > room.length - start) throw corrupt("it holds more than stated");
      out.set(block, start);
      written += length;
    } else {
      const windowStart = independent ? start : Math.max(from, start - WINDOW);
      written = decodeLz4Block(block, room, start, windowStart);
    }
  }
  if (contentChecksum) {
    need(4);
    if (view.getUint32(at, true) !== xxh32(out.subarray(from, written))) {
      throw corrupt("its content's checksum is wrong");
    }
    at += 4;
  }
  if (stated >= 0 && stated !== written - from) {
    throw corrupt(`it holds ${written - from} bytes, not the ${stated} it states`);
  }
  return [at, written];
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot decompress an LZ4 frame: ${reason}`);
}
