/**
 * The message within `ARROW:schema`: base64 of FFFFFFFF, a length, and a FlatBuffer with the schema.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 * @module
 */

import { decodeBase64 } from "../../runtime/base64.ts";
import { type ArrowSchema, readSchema } from "../../schema/read_arrow_schema.ts";
import { FormatError, ParquetError } from "../../util/errors.ts";
import { FlatTable, readingFlatBuffer } from "../../util/flat_buffer.ts";

const MESSAGE_HEADER_SCHEMA = 1;
const CONTINUATION = 0xffffffff;

/** What the message turns out to be. */
export interface ArrowSchemaMessage {
  readonly schema: ArrowSchema;
  /** It begins with its length: how it was done before Arrow 0.15. */
  readonly legacy: boolean;
}

/** Characters that are base64, padded. Every bit of the padding is 0. */
function bytesOf(text: string): Uint8Array {
  const valid = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
    !/[^AQgw]==$|[^AEIMQUYcgkosw048=]=$/.test(text.slice(-4));
  if (!valid) throw new FormatError("it is not base64");
  return decodeBase64(text);
}

function messageOf(bytes: Uint8Array): { message: Uint8Array; legacy: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw new FormatError(`it has ${bytes.length} bytes`);
  const legacy = view.getUint32(0, true) !== CONTINUATION;
  const start = legacy ? 4 : 8;
  const length = view.getUint32(start - 4, true);
  if (length > bytes.length - start) {
    throw new FormatError(`its length is ${length}, ${bytes.length - start} bytes follow`);
  }
  if (!isEnd(bytes.subarray(start + length))) {
    throw new FormatError("something follows the message");
  }
  return { message: bytes.subarray(start, start + length), legacy };
}

/** Whether nothing follows a message but padding, or the end of a stream: a continuation, and the length 0. */
function isEnd(bytes: Uint8Array): boolean {
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first < 0) return true;
  const marker = bytes.subarray(first, first + 4);
  return marker.length === 4 && marker.every((byte) => byte === 0xff) &&
    bytes.length - first >= 8 && bytes.subarray(first + 4).every((byte) => byte === 0);
}

/**
 * Reads the value of `ARROW:schema`.
 *
 * @param text The value.
 * @returns The schema; a text: why there is none.
 */
export function readArrowSchemaValue(text: string): ArrowSchemaMessage | string {
  try {
    const { message, legacy } = messageOf(bytesOf(text));
    const schema = readingFlatBuffer(() => {
      const table = FlatTable.root(message);
      const header = table.table(2);
      if (table.uint8(1) !== MESSAGE_HEADER_SCHEMA || header === null) {
        throw new FormatError("it is not the message of a schema");
      }
      return readSchema(header).schema;
    });
    return { schema, legacy };
  } catch (error) {
    if (error instanceof ParquetError) return error.message;
    throw error;
  }
}
