/**
 * The file form of Arrow IPC, read by its footer.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import type { FlatStructs } from "../../util/flat_buffer.ts";
import {
  CONTINUATION,
  type Decoder,
  MAGIC,
  NOTHING,
  type RangeRequest,
  type Reading,
  startsWithMagic,
} from "./decoder.ts";
import type { Decompressors } from "./decompressors.ts";
import { type Footer, readFooter, TAIL } from "./footer.ts";
import { DICTIONARY_BATCH, readMessage, RECORD_BATCH } from "./message.ts";
import type { Message } from "./message.ts";

/** Magic and padding at the start. */
const HEAD = 8;
/** Bytes between the last message and the footer: the marker of the end, and padding. */
const MAX_GAP = 8 + 64;

/** A block as the footer has it. */
interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/** A file that can be read by its footer. */
export interface IndexedFile {
  readonly footer: Footer;
  /** Offset of the footer: where messages end. */
  readonly end: number;
}

/**
 * The footer at the end of `size` bytes, if the file that it describes is all of them. It is `null` where the bytes end in another
 * way, where other things come before that file, and where the footer alone cannot tell: they are to be read from their start.
 */
export function* readIndex(
  size: number,
  decompressors: Decompressors,
): Reading<IndexedFile | null, RangeRequest> {
  if (size < HEAD + TAIL || !startsWithMagic(yield { at: 0, length: HEAD })) return null;
  const tail = yield { at: size - TAIL, length: TAIL };
  if (String.fromCharCode(...tail.subarray(4)) !== MAGIC) return null;
  const footerLength = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  if (footerLength <= 0 || footerLength > size - HEAD - TAIL) {
    throw corrupt(`its footer cannot have ${footerLength} bytes`);
  }
  const end = size - TAIL - footerLength;
  const footer = readFooter(yield { at: end, length: footerLength }, decompressors);
  const last = Math.max(lastByte(footer.dictionaries, end), lastByte(footer.batches, end));
  return end - last <= MAX_GAP && footer.batches.length > 0 ? { footer, end } : null;
}

function lastByte(blocks: FlatStructs, end: number): number {
  let last = 0;
  for (let i = 0; i < blocks.length; i++) {
    const { offset, metadataLength, bodyLength } = blockAt(blocks, i, end);
    last = Math.max(last, offset + metadataLength + bodyLength);
  }
  return last;
}

/** Decodes a file by its footer. The first event is the schema. */
export function* decodeFile({ footer, end }: IndexedFile): Decoder<RangeRequest> {
  const { reader, dictionaries, batches } = footer;
  yield { schema: reader.schema.schema, input: "Arrow file" };
  for (let i = 0; i < dictionaries.length; i++) {
    const [message, body] = yield* readBlock(blockAt(dictionaries, i, end), DICTIONARY_BATCH);
    reader.dictionaryBatch(message, body, false);
  }
  for (let i = 0; i < batches.length; i++) {
    const [message, body] = yield* readBlock(blockAt(batches, i, end), RECORD_BATCH);
    yield { batch: reader.recordBatch(message, body) };
  }
}

function blockAt(blocks: FlatStructs, index: number, end: number): Block {
  const block = {
    offset: blocks.size(index, 0),
    metadataLength: blocks.int32(index, 1),
    bodyLength: blocks.size(index, 2),
  };
  const { offset, metadataLength, bodyLength } = block;
  if (offset < HEAD || metadataLength < 8 || offset + metadataLength + bodyLength > end) {
    throw corrupt("a block lies outside the file");
  }
  return block;
}

function* readBlock(
  { offset, metadataLength, bodyLength }: Block,
  kind: number,
): Reading<[Message, Uint8Array], RangeRequest> {
  const bytes = yield { at: offset, length: metadataLength };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Before version 0.15 there was no continuation marker.
  const start = view.getUint32(0, true) === CONTINUATION ? 8 : 4;
  const length = view.getUint32(start - 4, true);
  if (length > metadataLength - start) throw corrupt("a block is shorter than its message");
  const message = readMessage(bytes.subarray(start, start + length));
  if (message.kind !== kind || message.bodyLength > bodyLength) {
    throw corrupt("a block does not hold what the footer says");
  }
  const body = bodyLength === 0
    ? NOTHING
    : yield { at: offset + metadataLength, length: message.bodyLength };
  return [message, body];
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot read an Arrow file: ${reason}`);
}
