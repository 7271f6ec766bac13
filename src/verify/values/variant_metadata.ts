/**
 * The dictionary of field names that stands beside a Variant.
 *
 * @see https://github.com/apache/parquet-format/blob/master/VariantEncoding.md#metadata-encoding
 *
 * @module
 */

import { isUtf8 } from "../../runtime/text.ts";

const VERSION = 1;

/** What is wrong with a Variant's metadata; `null`: nothing. */
export function variantMetadataFault(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return "is empty";
  const header = bytes[0]!;
  if ((header & 15) !== VERSION) return `has version ${header & 15}`;
  const isSorted = (header & 16) !== 0;
  const offsetSize = (header >>> 6) + 1;
  const number = (at: number) => {
    let value = 0;
    for (let i = offsetSize - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
    return value;
  };
  if (bytes.length < 1 + offsetSize) return "ends before its size";
  const size = number(1);
  const start = 1 + offsetSize * (size + 2);
  if (start > bytes.length) return `ends before its ${size + 1} offsets`;
  let previous: Uint8Array | null = null;
  let from = number(1 + offsetSize);
  if (from !== 0) return `has ${from} for its first offset`;
  for (let i = 0; i < size; i++) {
    const to = number(1 + offsetSize * (i + 2));
    if (to < from || to > bytes.length - start) return `has ${to} for its offset ${i + 1}`;
    const name = bytes.subarray(start + from, start + to);
    if (!isUtf8(name)) return `has a string ${i} that is not UTF-8`;
    if (isSorted && previous !== null && compare(previous, name) >= 0) {
      return `is marked as sorted, but string ${i} is not above the one before it`;
    }
    previous = name;
    from = to;
  }
  const left = bytes.length - start - from;
  return left === 0 ? null : `has ${left} bytes after its last string`;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}
