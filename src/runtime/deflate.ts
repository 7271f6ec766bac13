/**
 * DEFLATE, bare and in gzip members, one call a block of bytes: that of the runtime where it has one that works, else what the library
 * brings along.
 *
 * @module
 */

import { createDeflate, type Deflate } from "./deflate.generated.ts";
import { type Compress, isReliable, once } from "./native_codec.ts";
import { nodeZlib, outputBound } from "./zlib.ts";

const GZIP_OS_BYTE = 9;
const GZIP_OS_UNKNOWN = 255;
/** Bytes of a gzip member after its content. */
const GZIP_TRAILER_BYTES = 8;

const deflate = once((): Deflate => createDeflate());

const nativeGzip = once((): Compress | null => {
  const compress: Compress = (bytes, level) =>
    nodeZlib().gzipSync!(bytes, { level, chunkSize: outputBound(bytes.length) });
  return isReliable(compress, nativeGunzip) ? compress : null;
});

/**
 * Compresses to one gzip member without a time stamp or a system name.
 *
 * @param bytes What to compress.
 * @param level 0 to 9.
 */
export function gzip(bytes: Uint8Array, level: number): Uint8Array {
  const out = nativeGzip()?.(bytes, level) ?? deflate().gzipSync(bytes, { level, mtime: 0 });
  // The operating system is the only byte of the header that says where the file was made.
  out[GZIP_OS_BYTE] = GZIP_OS_UNKNOWN;
  return out;
}

function nativeGunzip(bytes: Uint8Array, limit: number): Uint8Array {
  return nodeZlib().gunzipSync!(bytes, { maxOutputLength: limit });
}

/** Decompresses gzip members. */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  return nodeZlib().gunzipSync === undefined
    ? portableGunzip(bytes, limit)
    : nativeGunzip(bytes, limit);
}

/** {@linkcode gunzip} without the runtime's help. The checksum is looked at where there is one member, as is usual. */
export function portableGunzip(bytes: Uint8Array, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0, members = 0, ended = false;
  const stream = new (deflate().Gunzip)((chunk, final) => {
    length += chunk.length;
    ended = final;
    if (length > limit) throw new RangeError(`more than ${limit} bytes`);
    chunks.push(chunk);
  });
  stream.onmember = () => members++;
  stream.push(bytes, true);
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  if (!ended || members === 0 || bytes.length < GZIP_TRAILER_BYTES) throw new Error("truncated");
  const trailer = new DataView(bytes.buffer, bytes.byteOffset).getUint32(
    bytes.length - GZIP_TRAILER_BYTES,
    true,
  );
  if (members === 1 && trailer !== portableCrc32(out)) throw new Error("another checksum");
  return out;
}

/**
 * Inflates a raw DEFLATE stream.
 *
 * @param bytes The stream.
 * @param byteLength Bytes that it holds.
 */
export function inflateRaw(bytes: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> {
  const { inflateRawSync } = nodeZlib();
  if (inflateRawSync === undefined) return portableInflateRaw(bytes, byteLength);
  const inflated = inflateRawSync(bytes, { maxOutputLength: byteLength, chunkSize: byteLength });
  // Its type is that of a `Buffer`, of which the types of some runtimes do not say what memory it is in.
  return inflated as Uint8Array<ArrayBuffer>;
}

/** {@linkcode inflateRaw} without the runtime's help. */
export function portableInflateRaw(bytes: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> {
  return deflate().inflateSync(bytes, { out: new Uint8Array(byteLength) });
}

/** CRC-32, a bit at a time. */
function portableCrc32(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
