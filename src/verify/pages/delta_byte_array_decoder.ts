/**
 * DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#DELTALENGTH
 *
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import { decodeDeltas } from "./delta_decoder.ts";
import { PageFault } from "./page_fault.ts";
import { checkEnd, type EncodedValues } from "./page_values.ts";
import type { ScratchBuffer } from "./scratch_buffer.ts";

const MAX_LENGTH = 2 ** 31 - 1;

/** Decodes byte arrays whose lengths stand before them; they fill the page. */
export function decodeDeltaLength(values: EncodedValues): DecodedValues {
  const { bytes, start, count, buffers, admit } = values;
  const { words: lengths, end: at } = decodeLengths(values, start, buffers.lengths);
  const total = totalLength(lengths, count);
  const end = byteArraysEnd(bytes, at, total);
  checkEnd(values, end);
  admit((count + 1) * 4 + total);
  const offsets = buffers.offsets.words(count + 1);
  offsets[0] = 0;
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + lengths[i]!;
  return { count, bytes: aligned(bytes.subarray(at, end), buffers.bytes), offsets };
}

/** Decodes byte arrays that begin as the one before them does; they fill the page. */
export function decodeDeltaByteArray(values: EncodedValues): DecodedValues {
  const { bytes, start, count, type, width, buffers, admit } = values;
  const { words: prefixes, end } = decodeLengths(values, start, buffers.prefixes);
  const { words: lengths, end: at } = decodeLengths(values, end, buffers.lengths);
  const total = totalLength(lengths, count);
  checkEnd(values, byteArraysEnd(bytes, at, total));

  const isFixed = type === "FIXED_LEN_BYTE_ARRAY";
  let size = 0, previous = 0;
  for (let i = 0; i < count; i++) {
    const prefix = prefixes[i]!;
    if (prefix > previous) {
      throw new PageFault(
        "byte-array-prefix",
        `Value ${i} has ${prefix | 0} bytes of the value before it, which has ${previous}`,
      );
    }
    previous = prefix + lengths[i]!;
    if (isFixed && previous !== width) {
      throw new PageFault("fixed-length", `Value ${i} has ${previous} bytes, not ${width}`);
    }
    size += previous;
  }
  // A few bytes can stand for very many: each value may be as long as the longest before it.
  admit(size + (count + 1) * 4);
  const out = buffers.bytes.bytes(size);
  const offsets = buffers.offsets.words(count + 1);
  offsets[0] = 0;
  let before = 0, to = 0, from = at;
  for (let i = 0; i < count; i++) {
    const here = to;
    const prefixEnd = to + prefixes[i]!, valueEnd = prefixEnd + lengths[i]!;
    if (prefixEnd - to > 32) {
      out.copyWithin(to, before, before + prefixEnd - to);
      to = prefixEnd;
    } else {
      while (to < prefixEnd) out[to++] = out[before++]!;
    }
    while (to < valueEnd) out[to++] = bytes[from++]!;
    offsets[i + 1] = to;
    before = here;
  }
  return { count, bytes: out, offsets: isFixed ? null : offsets };
}

function decodeLengths(
  values: EncodedValues,
  start: number,
  buffer: ScratchBuffer,
): { words: Uint32Array; end: number } {
  const { count, admit } = values;
  return decodeDeltas(values, start, 32, () => {
    admit(count * 4);
    return buffer.words(count);
  });
}

function totalLength(lengths: Uint32Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i]!;
    if (length > MAX_LENGTH) {
      throw new PageFault("byte-array-length", `Value ${i} has ${length | 0} bytes`);
    }
    total += length;
  }
  return total;
}

function byteArraysEnd(bytes: Uint8Array, at: number, total: number): number {
  if (total > bytes.length - at) {
    throw new PageFault(
      "byte-array-length",
      `Values have ${total} bytes, where ${bytes.length - at} are left`,
    );
  }
  return at + total;
}

function aligned(source: Uint8Array, buffer: ScratchBuffer): Uint8Array {
  if (source.byteOffset % 8 === 0) return source;
  const copy = buffer.bytes(source.length);
  copy.set(source);
  return copy;
}
