/**
 * Finds and reads the footer of a Parquet file.
 *
 * @see https://github.com/apache/parquet-format#file-format
 *
 * @module
 */

import { inTurns } from "../runtime/clock.ts";
import { FormatError, LimitError } from "../util/errors.ts";
import { type InputLimits, resolveInputLimits } from "../util/input_limits.ts";
import type { ParquetMetaData } from "./metadata.ts";
import { decodeFileMetaDataInSteps, type DecodeOptions } from "./structures.ts";

/** Bytes that can be read at any place. */
export interface RandomAccess {
  /** Size in bytes. */
  readonly byteLength: number;
  /** Reads `length` bytes at `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same into memory that is there already, where that saves any; returns the bytes read. */
  readInto?(offset: number, target: Uint8Array): Promise<number>;
}

/** How to read a footer. */
export interface ReadMetadataOptions {
  /** Maximum size of the footer in bytes, in place of `limits.maxFooterBytes`. */
  readonly maxFooterBytes?: number;
  /** Limits of the input, of which only `maxFooterBytes` applies. Default: 128 MiB. */
  readonly limits?: InputLimits;
}

/** `PAR1` */
export const MAGIC: readonly number[] = [0x50, 0x41, 0x52, 0x31];
/** `PARE`, of a file whose footer is encrypted. */
export const ENCRYPTED_MAGIC: readonly number[] = [0x50, 0x41, 0x52, 0x45];

/** Length of the footer and magic. */
const TRAILER_BYTES = 8;
const MIN_FILE_BYTES = MAGIC.length + TRAILER_BYTES;
/** One read of this many bytes holds most footers. */
const FIRST_READ_BYTES = 64 * 1024;

/**
 * Reads the metadata of the Parquet file `file`.
 *
 * @throws {FormatError} where it is not a Parquet file, or is truncated, corrupt or encrypted.
 * @throws {LimitError} where its footer is larger than `limits.maxFooterBytes`.
 * @throws {TypeError | RangeError} where `limits` are wrong.
 */
export async function readFileMetaData(
  file: RandomAccess,
  options: ReadMetadataOptions & DecodeOptions = {},
): Promise<ParquetMetaData> {
  const limits = resolveInputLimits(options.limits);
  const { maxFooterBytes = limits.maxFooterBytes } = options;
  const { byteLength } = file;
  if (byteLength < MIN_FILE_BYTES) {
    throw new FormatError(
      `Cannot read the file: ${byteLength} bytes are too few for a Parquet file`,
    );
  }
  const tailOffset = Math.max(0, byteLength - FIRST_READ_BYTES);
  const tail = await readFully(file, tailOffset, byteLength - tailOffset);
  const start = tailOffset === 0 ? tail : await readFully(file, 0, MAGIC.length);
  checkMagic(start, tail.subarray(tail.length - MAGIC.length));

  const trailer = new DataView(
    tail.buffer,
    tail.byteOffset + tail.length - TRAILER_BYTES,
    TRAILER_BYTES,
  );
  const footerLength = trailer.getUint32(0, true);
  if (footerLength > byteLength - MIN_FILE_BYTES) {
    throw new FormatError(
      `Cannot read the footer: its stated length is ${footerLength} bytes, the file has ${byteLength}`,
    );
  }
  if (footerLength > maxFooterBytes) {
    throw new LimitError(
      "",
      -1,
      `Cannot read the footer: its ${footerLength} bytes are more than ${maxFooterBytes}: raise limits.maxFooterBytes to allow it`,
    );
  }
  const footerOffset = byteLength - TRAILER_BYTES - footerLength;
  const footer = footerOffset >= tailOffset
    ? tail.subarray(footerOffset - tailOffset, tail.length - TRAILER_BYTES)
    : await readFully(file, footerOffset, footerLength);
  return (await inTurns(decodeFileMetaDataInSteps(footer, options)))!;
}

async function readFully(file: RandomAccess, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await file.read(offset, length);
  if (bytes.length !== length) {
    throw new FormatError(
      `Cannot read ${length} bytes at ${offset}: there were only ${bytes.length}: the file has been truncated`,
    );
  }
  return bytes;
}

function checkMagic(start: Uint8Array, end: Uint8Array): void {
  const begins = hasMagic(start, MAGIC), ends = hasMagic(end, MAGIC);
  if (begins && ends) return;
  if (hasMagic(start, ENCRYPTED_MAGIC) || hasMagic(end, ENCRYPTED_MAGIC)) {
    throw new FormatError("Cannot read the file: its footer is encrypted");
  }
  throw new FormatError(
    begins
      ? "Cannot read the file: it is truncated (no PAR1 at its end)"
      : ends
      ? "Cannot read the file: it is damaged (no PAR1 at its start)"
      : "Cannot read the file: it is not Parquet (no PAR1 at its start and end)",
  );
}

function hasMagic(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
