/**
 * The RLE/bit-packing hybrid, in two steps: the headers of all runs are read and checked first, so that nothing is
 * allocated for values that are not there.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
 *
 * @module
 */

import { isZero, unpackBytes, unpackWords } from "./bit_unpacker.ts";
import { PageFault, type Report } from "./page_fault.ts";
import type { RuleName } from "../rules.ts";

const MAX_RUN = 2 ** 31 - 1;

/** Where the runs are. */
export interface Runs {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** First byte that is not theirs. */
  readonly end: number;
  /** Bits of a value. */
  readonly width: number;
  /** Values that have to be there. */
  readonly count: number;
}

/**
 * Checks the runs without decoding their values.
 *
 * @param missing The rule that is broken where the runs hold fewer values than they should.
 * @returns Offset after the last run.
 * @throws {PageFault}
 */
export function scanRuns(
  { bytes, start, end, width, count }: Runs,
  missing: RuleName,
  report: Report,
): number {
  const valueBytes = (width + 7) >>> 3;
  let at = start, left = count;
  while (left > 0) {
    if (at === end) throw new PageFault(missing, `There are ${count - left} of ${count}`);
    let header = 0, shift = 0, byte: number;
    do {
      if (at === end) throw new PageFault("run-header", "The last run's header is cut off");
      byte = bytes[at++]!;
      // Not a bit operation: the header may be wrong, and have more bits than these can handle.
      header += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte >= 128 && shift < 35);
    if (byte >= 128 || header >= 2 ** 32) {
      throw new PageFault("run-header", "The header of a run has more than 32 bits");
    }
    const isPacked = header % 2 === 1;
    const length = Math.floor(header / 2) * (isPacked ? 8 : 1);
    if (length === 0) throw new PageFault("run-length", "A run has no values");
    if (length > MAX_RUN || (length > left && !isPacked)) {
      throw new PageFault("run-length", `A run has ${length} values where ${left} are left`);
    }
    const size = isPacked ? length / 8 * width : valueBytes;
    if (size > end - at) {
      throw new PageFault("run-truncated", `A run needs ${size} bytes, and there are ${end - at}`);
    }
    if (length >= left + 8) {
      report("run-surplus", `The last packed run has ${length} places where ${left} are needed`);
    }
    if (length > left && !isZero(bytes, at * 8 + left * width, at * 8 + length * width)) {
      report("run-padding", `The last packed run continues for ${length - left}, not all zero`);
    }
    at += size;
    left -= length;
  }
  return at;
}

/** Decodes runs that were checked, of at most 8 bits; returns the largest value, which may have more bits than that. */
export function decodeRunBytes({ bytes, start, width, count }: Runs, out: Uint8Array): number {
  let most = 0;
  eachRun(bytes, start, width, count, (from, done, length, isPacked) => {
    const value = isPacked
      ? unpackBytes(bytes, from, width, length, out, done)
      : fill(out, bytes[from]!, done, length);
    if (value > most) most = value;
  });
  return most;
}

/** Decodes runs that were checked, of at most 32 bits; returns the largest value. */
export function decodeRunWords({ bytes, start, width, count }: Runs, out: Uint32Array): number {
  let most = 0;
  eachRun(bytes, start, width, count, (from, done, length, isPacked) => {
    const value = isPacked
      ? unpackWords(bytes, from, width, length, out, done)
      : fill(out, runValue(bytes, from, width), done, length);
    if (value > most) most = value;
  });
  return most;
}

function eachRun(
  bytes: Uint8Array,
  start: number,
  width: number,
  count: number,
  take: (from: number, done: number, length: number, isPacked: boolean) => void,
): void {
  const valueBytes = (width + 7) >>> 3;
  for (let at = start, done = 0; done < count;) {
    let header = 0, shift = 0, byte: number;
    do {
      byte = bytes[at++]!;
      header |= (byte & 127) << shift;
      shift += 7;
    } while (byte >= 128);
    if (header & 1) {
      const groups = header >>> 1;
      take(at, done, Math.min(groups * 8, count - done), true);
      at += groups * width;
      done += groups * 8;
    } else {
      take(at, done, header >>> 1, false);
      at += valueBytes;
      done += header >>> 1;
    }
  }
}

function runValue(bytes: Uint8Array, from: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i += 8) value += bytes[from + (i >>> 3)]! * 2 ** i;
  if (value >= 2 ** width) {
    throw new PageFault("run-value", `A run of ${value}, which has more than ${width} bits`);
  }
  return value;
}

function fill(
  out: Uint8Array | Uint32Array,
  value: number,
  from: number,
  length: number,
): number {
  // A call costs more than writing a few values.
  if (length > 16) out.fill(value, from, from + length);
  else for (let i = from; i < from + length; i++) out[i] = value;
  return value;
}
