/**
 * PLAIN.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#PLAIN
 *
 * @module
 */

import { isZero, unpackBytes } from "./bit_unpacker.ts";
import type { DecodedValues } from "../decoded_page.ts";
import { PageFault } from "./page_fault.ts";
import { checkEnd, type EncodedValues, fixedValues } from "./page_values.ts";

/** Below this many bytes a loop is quicker than a call that copies. */
const COPY_FROM = 24;

/** Decodes PLAIN values, which fill the page. */
export function decodePlain(values: EncodedValues): DecodedValues {
  const { type } = values;
  if (type === "BOOLEAN") return decodeBooleans(values);
  if (type === "BYTE_ARRAY") return decodeByteArrays(values);
  const { bytes, start, count, width, buffers } = values;
  const size = count * width;
  if (size > bytes.length - start) throw truncated(values, size);
  checkEnd(values, start + size);
  return fixedValues(bytes, start, count, width, buffers.bytes);
}

function decodeBooleans(values: EncodedValues): DecodedValues {
  const { bytes, start, count, buffers, admit, report } = values;
  const size = Math.ceil(count / 8);
  if (size > bytes.length - start) throw truncated(values, size);
  checkEnd(values, start + size);
  if (!isZero(bytes, start * 8 + count, (start + size) * 8)) {
    report("values-padding", "Bits behind the last BOOLEAN are set");
  }
  admit(count);
  const out = buffers.bytes.bytes(count);
  unpackBytes(bytes, start, 1, count, out, 0);
  return { count, bytes: out, offsets: null };
}

function decodeByteArrays(values: EncodedValues): DecodedValues {
  const { bytes, start, count, buffers, admit } = values;
  const end = bytes.length;
  // Each has a length, so that a count that is far too high takes no memory.
  if (count * 4 > end - start) throw truncated(values, count * 4);
  admit((count + 1) * 4);
  const offsets = buffers.offsets.words(count + 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  let at = start, total = 0;
  offsets[0] = 0;
  for (let i = 0; i < count; i++) {
    if (end - at < 4) {
      throw new PageFault("values-truncated", `The page ends before value ${i} of ${count}`);
    }
    const length = view.getUint32(at, true);
    at += 4;
    if (length > end - at) {
      throw new PageFault(
        "byte-array-length",
        `Value ${i} has ${length} bytes, where ${end - at} are left`,
      );
    }
    at += length;
    total += length;
    offsets[i + 1] = total;
  }
  checkEnd(values, at);

  admit(total);
  const out = buffers.bytes.bytes(total);
  for (let i = 0, from = start + 4, to = 0; i < count; i++, from += 4) {
    const next = offsets[i + 1]!;
    if (next - to >= COPY_FROM) {
      out.set(bytes.subarray(from, from + next - to), to);
      from += next - to;
      to = next;
    } else {
      while (to < next) out[to++] = bytes[from++]!;
    }
  }
  return { count, bytes: out, offsets };
}

function truncated({ bytes, start, count }: EncodedValues, size: number): PageFault {
  return new PageFault(
    "values-truncated",
    `${count} values need ${size} bytes at least, and there are ${bytes.length - start}`,
  );
}
