/**
 * Whether a dictionary pays, judged once and without any trial, as a rule when the first page is full: the number of distinct
 * values that the whole chunk may have is estimated from the repetitions seen so far. Where there are none yet, nothing can be
 * estimated, and the judgement waits. Until it is made no page is written, so that nothing is lost by giving up: ids can be turned
 * back into values.
 *
 * @module
 */

import { bitsFor, type DictionaryEncoder } from "../encoding/dictionary_encoder.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { estimatePopulation, expectedDistinct, valuesToReach } from "./distinct_estimate.ts";

/** What becomes of a dictionary. */
export type DictionaryVerdict = "keep" | "drop" | "wait";

/** A dictionary has to save this share of the PLAIN bytes to be worth its indirection. */
const WORTHWHILE = 0.95;
/** Values on which a dictionary is judged at the earliest, as long as more may come. */
const SMALLEST_SAMPLE = 1000;

/** What a judge has to know of the column. */
export interface DictionaryTerms {
  /** Bytes of a value, 0 for byte arrays. */
  readonly width: number;
  /** Most bytes of the dictionary page. */
  readonly byteLimit: number;
  /** Whether values that are distinct over a page may still come again; measurements (floats) hardly ever do. */
  readonly repeatable: boolean;
}

/**
 * Judges whether the dictionary pays, on all values so far. `growth`: how many times as many values the chunk may come
 * to have at most; 1 when these are all, and then the answer is never to wait.
 */
export function judgeDictionary(
  kernels: Kernels,
  encoder: DictionaryEncoder,
  terms: DictionaryTerms,
  growth: number,
): DictionaryVerdict {
  const { dictionary, totalCount: sample, totalPlainBytes } = encoder;
  const entries = dictionary.count;
  const more = growth > 1;
  if (more && sample < SMALLEST_SAMPLE) return "wait";
  if (more && entries === sample && mayRepeat(kernels, encoder, terms)) return "wait";
  const entryBytes = dictionary.byteLength / Math.max(1, entries);
  const plainBytes = totalPlainBytes / Math.max(1, sample);
  let values = sample;
  let distinct = entries;
  if (more) {
    const population = estimatePopulation(sample, entries);
    values = Math.min(
      sample * growth,
      Math.max(sample, valuesToReach(terms.byteLimit / entryBytes, population)),
    );
    distinct = expectedDistinct(values, population);
  }
  const idBytes = values * bitsFor(Math.ceil(distinct)) / 8;
  const pays = distinct * entryBytes + idBytes < values * plainBytes * WORTHWHILE;
  return pays ? "keep" : "drop";
}

/** Whether values that were all distinct so far may yet come again: not when they rise or fall throughout, as ids and times do. */
function mayRepeat(
  { memory: { i32, i64 } }: Kernels,
  { dictionary: { count, data } }: DictionaryEncoder,
  { width, repeatable }: DictionaryTerms,
): boolean {
  if (!repeatable) return false;
  if (width === 4) return !isMonotonic(i32, data / 4, count);
  if (width === 8) return !isMonotonic(i64, data / 8, count);
  return true;
}

/** Whether n > 1 distinct numbers only rise or only fall. */
function isMonotonic(
  values: Int32Array | BigInt64Array,
  from: number,
  n: number,
): boolean {
  if (n < 2) return false;
  const rises = values[from + 1]! > values[from]!;
  for (let i = from + 1; i < from + n; i++) {
    if (values[i]! > values[i - 1]! !== rises) return false;
  }
  return true;
}
