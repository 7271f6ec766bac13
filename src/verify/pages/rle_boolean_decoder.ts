/**
 * Booleans in the RLE/bit-packing hybrid.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
 *
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import { decodeRunBytes, scanRuns } from "./hybrid_decoder.ts";
import { PageFault } from "./page_fault.ts";
import { checkEnd, type EncodedValues } from "./page_values.ts";

/** Decodes booleans, whose runs have their length before them; they fill the page. */
export function decodeRleBooleans(values: EncodedValues): DecodedValues {
  const { bytes, start, count, buffers, admit, report } = values;
  const left = bytes.length - start;
  if (left === 0 && count === 0) {
    report("values-empty", "A page of no values lacks the length of its runs");
    return { count, bytes: buffers.bytes.bytes(0), offsets: null };
  }
  if (left < 4) {
    throw new PageFault("values-truncated", "The page ends before the length of its runs");
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset + start, 4).getUint32(0, true);
  const end = start + 4 + length;
  if (end > bytes.length) {
    throw new PageFault(
      "values-truncated",
      `Runs have ${length} bytes, where ${left - 4} are left`,
    );
  }
  const runs = { bytes, start: start + 4, end, width: 1, count };
  checkEnd(values, scanRuns(runs, "values-truncated", report));
  admit(count);
  const out = buffers.bytes.bytes(count);
  if (decodeRunBytes(runs, out) > 1) {
    throw new PageFault("run-value", "A run of something else than true or false");
  }
  return { count, bytes: out, offsets: null };
}
