/**
 * BYTE_STREAM_SPLIT.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#BYTESTREAMSPLIT
 *
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import { PageFault } from "./page_fault.ts";
import { checkEnd, type EncodedValues } from "./page_values.ts";

/** Decodes values whose first bytes stand together, then their second ones, and so on; they fill the page. */
export function decodeByteStreamSplit(values: EncodedValues): DecodedValues {
  const { bytes, start, count, width, buffers, admit } = values;
  const size = count * width;
  if (size > bytes.length - start) {
    throw new PageFault(
      "values-truncated",
      `${count} values need ${size} bytes, and there are ${bytes.length - start}`,
    );
  }
  checkEnd(values, start + size);
  admit(size);
  const out = buffers.bytes.bytes(size);
  if (width % 4 === 0 && width > 0) {
    // Four streams at a time: one store for four bytes.
    const words = new Int32Array(out.buffer, out.byteOffset, size / 4);
    for (let k = 0; k < width; k += 4) {
      const a = start + k * count, b = a + count, c = b + count, d = c + count;
      for (let i = 0, to = k / 4; i < count; i++, to += width / 4) {
        words[to] = bytes[a + i]! | bytes[b + i]! << 8 | bytes[c + i]! << 16 | bytes[d + i]! << 24;
      }
    }
  } else {
    for (let k = 0, from = start; k < width; k++) {
      for (let to = k; to < size; to += width) out[to] = bytes[from++]!;
    }
  }
  return { count, bytes: out, offsets: null };
}
