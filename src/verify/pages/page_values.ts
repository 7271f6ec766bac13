/** @module What decoders of values are given, and give. */

import type { PhysicalType } from "../../format/metadata.ts";
import type { DecodedValues } from "../decoded_page.ts";
import type { Report } from "./page_fault.ts";
import { ScratchBuffer } from "./scratch_buffer.ts";

/** Memory that holds the values of one page. */
export class ValueBuffers {
  readonly bytes: ScratchBuffer = new ScratchBuffer();
  readonly offsets: ScratchBuffer = new ScratchBuffer();
  /** Lengths of byte arrays, and of their prefixes. */
  readonly lengths: ScratchBuffer = new ScratchBuffer();
  readonly prefixes: ScratchBuffer = new ScratchBuffer();

  /** All of them. */
  get all(): readonly ScratchBuffer[] {
    return [this.bytes, this.offsets, this.lengths, this.prefixes];
  }
}

/** Encoded values, all that is left of a page. */
export interface EncodedValues {
  readonly bytes: Uint8Array;
  /** First byte; what follows to the end is theirs. */
  readonly start: number;
  /** Values that have to be there. */
  readonly count: number;
  readonly type: PhysicalType;
  /** Bytes of a value of fixed width; 0 for BYTE_ARRAY. */
  readonly width: number;
  readonly buffers: ValueBuffers;
  /** Throws where a page would take more memory than it may. To be called before it is taken. */
  readonly admit: (byteLength: number) => void;
  readonly report: Report;
}

/** Reports bytes between the last value and the end of the page. */
export function checkEnd({ bytes, report }: EncodedValues, end: number): void {
  if (end === bytes.length) return;
  report("values-leftover", `${bytes.length - end} bytes follow the last value`);
}

/** Values of fixed width that stand as they are, `count × width` bytes from `start` on. */
export function fixedValues(
  bytes: Uint8Array,
  start: number,
  count: number,
  width: number,
  buffer: ScratchBuffer,
): DecodedValues {
  const source = bytes.subarray(start, start + count * width);
  if (source.byteOffset % 8 === 0) return { count, bytes: source, offsets: null };
  const copy = buffer.bytes(source.length);
  copy.set(source);
  return { count, bytes: copy, offsets: null };
}
