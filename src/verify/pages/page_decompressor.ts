/**
 * Decompresses pages, and looks at what a decompressor lets pass.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Compression.md
 *
 * @module
 */

import { decompress, type Room } from "../../compression/decompress.ts";
import type { CompressionCodec } from "../../format/metadata.ts";
import type { CompressionName } from "../../schema/column_properties.ts";
import { FormatError } from "../../util/errors.ts";
import { crc32 } from "./crc32.ts";
import { type Admit, PageFault, type Report } from "./page_fault.ts";

const NAMES: Readonly<Partial<Record<CompressionCodec, CompressionName>>> = {
  UNCOMPRESSED: "uncompressed",
  SNAPPY: "snappy",
  GZIP: "gzip",
  BROTLI: "brotli",
  ZSTD: "zstd",
  LZ4_RAW: "lz4_raw",
};

/** CRC-32 and length of the content at the end of a GZIP member. */
const GZIP_TRAILER_SIZE = 8;
/** The letter "a". */
const BROTLI_LETTER = Uint8Array.of(0x0b, 0x00, 0x80, 0x61, 0x03);
/**
 * Bytes that a stream cannot lack without being noticed. Deno 2.9 gives the content even where the stream does not end: a
 * flush and the end may be 3 bytes behind the last of it. `null`: not tried yet.
 */
let brotliEndSize: number | null = null;
/** Lengths before each block of Hadoop's LZ4 framing. */
const HADOOP_HEADER_SIZE = 8;

/**
 * Decompresses a page, or the section of its values, and checks that nothing follows.
 *
 * @param size Bytes that have to come out.
 * @param admit Lets memory be taken.
 * @throws {PageFault} where that is not what comes out, or too much.
 */
export function decompressPage(
  codec: CompressionCodec,
  bytes: Uint8Array,
  size: number,
  admit: Admit,
  report: Report,
): Uint8Array {
  const content = decompressContent(codec, bytes, size, admit);
  if (bytes.length === 0) {
    if (codec !== "UNCOMPRESSED" && size === 0) {
      report("page-empty-compression", `An empty section is not what ${codec} makes of it`);
    }
    return content;
  }
  if (codec === "GZIP") checkGzipEnd(bytes, content, report);
  if (codec === "BROTLI") checkBrotliEnd(bytes, size, report);
  return content;
}

/** {@linkcode decompressPage} for those who need the content only; `room` gives memory for it. */
export function decompressContent(
  codec: CompressionCodec,
  bytes: Uint8Array,
  size: number,
  admit: Admit,
  room?: Room,
): Uint8Array {
  admit(size * copiesOf(codec));
  if (codec !== "UNCOMPRESSED" && bytes.length === 0 && size === 0) return bytes;
  if (codec === "LZ4") return decompressLz4(bytes, size);
  const name = NAMES[codec];
  if (name === undefined) {
    throw new PageFault("page-codec-not-checked", `Pages of ${codec} are not looked into`);
  }
  try {
    return decompress(name, bytes, size, room);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new PageFault("page-decompression", error.message);
  }
}

/** How often what comes out is in memory at once, the content itself included. */
function copiesOf(codec: CompressionCodec): number {
  switch (codec) {
    case "UNCOMPRESSED":
      return 0;
    case "SNAPPY":
    case "LZ4_RAW":
      return 1;
    case "BROTLI":
      // A second run finds out where the stream ends.
      return 3;
    default:
      // Pieces, and all of them together.
      return 2;
  }
}

/** Runtimes go on with a next member, and leave alone what is none. */
function checkGzipEnd(bytes: Uint8Array, content: Uint8Array, report: Report): void {
  const at = bytes.length - GZIP_TRAILER_SIZE;
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + at, GZIP_TRAILER_SIZE);
  if (
    trailer.getUint32(4, true) === content.length && trailer.getInt32(0, true) === crc32(content)
  ) {
    return;
  }
  if (isComplete("gzip", bytes.subarray(0, -1), content.length)) {
    report("page-compression-leftover", "Bytes follow the GZIP member");
  } else {
    report("page-gzip-members", "There is more than one GZIP member");
  }
}

/** Runtimes leave alone what follows the stream: it is there if the stream can do without the last bytes. */
function checkBrotliEnd(bytes: Uint8Array, size: number, report: Report): void {
  brotliEndSize ??= isComplete("brotli", BROTLI_LETTER.subarray(0, -1), 1) ? 4 : 1;
  if (size === 0 || !isComplete("brotli", bytes.subarray(0, -brotliEndSize), size)) return;
  report("page-compression-leftover", "Bytes follow the BROTLI stream");
}

function isComplete(name: CompressionName, bytes: Uint8Array, size: number): boolean {
  try {
    decompress(name, bytes, size);
    return true;
  } catch {
    return false;
  }
}

/**
 * The deprecated codec: blocks with their lengths before them, as Hadoop has them, or a block alone, as some wrote it.
 * What else there is of it cannot be told from a fault.
 */
function decompressLz4(bytes: Uint8Array, size: number): Uint8Array {
  const content = hadoopBlocks(bytes, size);
  if (content !== null) return content;
  try {
    return decompress("lz4_raw", bytes, size);
  } catch {
    throw new PageFault("page-codec-not-checked", "A page of LZ4 is in a framing not known");
  }
}

function hadoopBlocks(bytes: Uint8Array, size: number): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks: Uint8Array[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < HADOOP_HEADER_SIZE) return null;
    const length = view.getUint32(at), packed = view.getUint32(at + 4);
    at += HADOOP_HEADER_SIZE;
    if (packed > bytes.length - at || length > size - total) return null;
    try {
      blocks.push(decompress("lz4_raw", bytes.subarray(at, at + packed), length));
    } catch {
      return null;
    }
    at += packed;
    total += length;
  }
  if (total !== size) return null;
  if (blocks.length === 1) return blocks[0]!;
  const content = new Uint8Array(size);
  let written = 0;
  for (const block of blocks) {
    content.set(block, written);
    written += block.length;
  }
  return content;
}
