/**
 * Dictionaries: ids, and the values behind them.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#DICTIONARY
 *
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import { decodeRunWords, scanRuns } from "./hybrid_decoder.ts";
import { PageFault } from "./page_fault.ts";
import { checkEnd, type EncodedValues } from "./page_values.ts";
import type { ScratchBuffer } from "./scratch_buffer.ts";

const MAX_WIDTH = 32;

/**
 * Decodes the ids of a page, which fill it.
 *
 * @param entries Number of values in the dictionary.
 * @param buffer Where to.
 */
export function decodeIds(
  values: EncodedValues,
  entries: number,
  buffer: ScratchBuffer,
): Uint32Array {
  const { bytes, start, count, admit, report } = values;
  if (start === bytes.length) {
    if (count > 0) {
      throw new PageFault("values-truncated", `The page ends before its ${count} ids`);
    }
    report("values-empty", "A page of no values lacks the bit width of ids");
    return buffer.words(0);
  }
  const width = bytes[start]!;
  if (width > MAX_WIDTH) {
    throw new PageFault("dictionary-id-width", `Ids have ${width} bits`);
  }
  const runs = { bytes, start: start + 1, end: bytes.length, width, count };
  checkEnd(values, scanRuns(runs, "values-truncated", report));
  // One entry needs no bits, but most writers give it one.
  const needed = entries <= 2 ? 1 : 32 - Math.clz32(entries - 1);
  if (width > needed) {
    report("dictionary-id-wide", `Ids have ${width} bits for ${entries} entries`);
  }
  admit(count * 4);
  const ids = buffer.words(count);
  const most = decodeRunWords(runs, ids);
  if (count > 0 && most >= entries) {
    const at = ids.findIndex((id) => id >= entries);
    throw new PageFault(
      "dictionary-id-out-of-range",
      `Value ${at} has id ${ids[at]} in a dictionary of ${entries}`,
    );
  }
  return ids;
}

/** Bytes of the values that ids stand for, lengths of byte arrays not counted. */
export function gatheredSize({ bytes, offsets, count }: DecodedValues, ids: Uint32Array): number {
  if (count === 0) return 0;
  if (offsets === null) return ids.length * (bytes.length / count);
  let size = 0;
  for (let i = 0; i < ids.length; i++) size += offsets[ids[i]! + 1]! - offsets[ids[i]!]!;
  return size;
}

/** The values that ids stand for. */
export function gather(
  dictionary: DecodedValues,
  ids: Uint32Array,
  buffer: ScratchBuffer,
  offsetBuffer: ScratchBuffer,
): DecodedValues {
  const { bytes, offsets, count: entries } = dictionary;
  const count = ids.length;
  const out = buffer.bytes(gatheredSize(dictionary, ids));
  if (offsets !== null) {
    const outOffsets = offsetBuffer.words(count + 1);
    outOffsets[0] = 0;
    let to = 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      const end = offsets[id + 1]!;
      for (let from = offsets[id]!; from < end; from++) out[to++] = bytes[from]!;
      outOffsets[i + 1] = to;
    }
    return { count, bytes: out, offsets: outOffsets };
  }
  const width = entries === 0 ? 0 : bytes.length / entries;
  // As integers: a float register may change the bits of a NaN.
  if (width === 4 || width === 8) {
    const from = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const to = new Int32Array(out.buffer, out.byteOffset, out.length / 4);
    if (width === 4) { for (let i = 0; i < count; i++) to[i] = from[ids[i]!]!; }
    else {
      for (let i = 0; i < count; i++) {
        const id = ids[i]!;
        to[2 * i] = from[2 * id]!;
        to[2 * i + 1] = from[2 * id + 1]!;
      }
    }
    return { count, bytes: out, offsets: null };
  }
  for (let i = 0, to = 0; i < count; i++) {
    for (let from = ids[i]! * width, end = from + width; from < end; from++) {
      out[to++] = bytes[from]!;
    }
  }
  return { count, bytes: out, offsets: null };
}
