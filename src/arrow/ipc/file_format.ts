/**
 * The file form of Arrow IPC, read by its footer.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import type { Decompressors } from "./decompressors.ts";
import { FlatTable, readingFlatBuffer } from "../../util/flat_buffer.ts";
import type { FlatStructs } from "../../util/flat_buffer.ts";
import { DICTIONARY_BATCH, MessageReader, readMessage, RECORD_BATCH } from "./message.ts";
import type { Message } from "./message.ts";
import type { Decoder } from "./stream_format.ts";

/** The first and the last six bytes of a file. */
export const MAGIC = "ARROW1";
/** Magic and padding at the start; footer length and magic at the end. */
const HEAD = 8, TAIL = 10;
const CONTINUATION = 0xffffffff;

/** Asks for `length` bytes at offset `at`; all of them are within the file. */
export interface RangeRequest {
  readonly at: number;
  readonly length: number;
}

/** A block as the footer has it. */
interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/** Decodes a file of `size` bytes. The first event is the schema. */
export function* decodeFile(size: number, decompressors: Decompressors): Decoder<RangeRequest> {
  if (size < HEAD + TAIL) throw corrupt("it is truncated");
  const tail = yield { at: size - TAIL, length: TAIL };
  if (String.fromCharCode(...tail.subarray(4)) !== MAGIC) throw corrupt("it is truncated");
  const footerLength = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  if (footerLength <= 0 || footerLength > size - HEAD - TAIL) {
    throw corrupt(`its footer cannot have ${footerLength} bytes`);
  }
  const end = size - TAIL - footerLength;
  const bytes = yield { at: end, length: footerLength };
  const footer = readingFlatBuffer(() => {
    const table = FlatTable.root(bytes);
    const schema = table.table(1);
    if (schema === null) throw corrupt("its footer has no schema");
    return {
      reader: MessageReader.of(schema, decompressors),
      dictionaries: table.structs(2, 3),
      batches: table.structs(3, 3),
    };
  });
  const { reader, dictionaries, batches } = footer;
  yield { schema: reader.schema.schema };
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
    throw corrupt("a block lies outside of it");
  }
  return block;
}

function* readBlock(
  { offset, metadataLength, bodyLength }: Block,
  kind: number,
): Generator<RangeRequest, [Message, Uint8Array], Uint8Array> {
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
    ? new Uint8Array(0)
    : yield { at: offset + metadataLength, length: message.bodyLength };
  return [message, body];
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot read an Arrow file: ${reason}`);
}
