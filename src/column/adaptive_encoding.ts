/**
 * The choice of a column chunk's encoding by trial (`encoding: "auto"`).
 *
 * ```text
 * first values ─► ids ──trial──► dictionary ──full, or it pays no more──┐
 *                  │ ▲ wait: it may yet pay                             ▼
 *                  └─┴──trial──────────────────────────────► gathered ──trial──► an encoding ─┐
 *                                                                ▲                           │
 *                                                                └──────── now and then ─────┘
 * ```
 *
 * Points of trial depend on the values so far alone: not on how they came, nor on where pages end.
 *
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import type { DictionaryEncoder } from "../encoding/dictionary_encoder.ts";
import type { LeafValues, ValueLayout } from "../encoding/leaf_values.ts";
import { byteArraysLength, byteArraysUntil } from "../encoding/plain_encoder.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { EncodingName } from "../schema/column_properties.ts";
import type { DictionaryVerdict } from "./dictionary_judgement.ts";
import { estimatePopulation, expectedDistinct } from "./distinct_estimate.ts";
import { EncodingTrial, type Trial } from "./encoding_trial.ts";
import type { HeldPages } from "./held_pages.ts";

/** PLAIN bytes of values that a trial is made with. More than what zstd compresses by the parameters of small inputs. */
const SAMPLE_BYTES = 320 * 1024;
/** The same in pages, where these are small. */
const SAMPLE_PAGES = 4;
/** A sample with longer values than this is not tried. */
const MAX_SAMPLE_BYTES = 4 * 1024 * 1024;
/** Samples after which a page begins with a trial again: an eighth of all values are tried, at the most. */
const RETRY_SAMPLES = 8;
/** Samples that pages may take, 16 MiB as a rule, as long as they wait for the judgement on their dictionary. */
const HELD_SAMPLES = 50;
/** How many times the values before there are at the next trial of a dictionary that goes on growing. */
const GROWTH = 1.5;
/** Part of PLAIN bytes that values bring as new entries, beneath which a dictionary goes on without a trial. */
const FEW_NEW_ENTRIES = 0.05;
/** How many times that of the last trial this part has to be for another one. */
const MORE_NEW_ENTRIES = 1.25;
/** A dictionary is looked at after this part of the values before, or after a sample if that is more. */
const LOOKS = 16;
/** Ids of a page whose size is worth a trial: zstd looks for shorter repetitions in inputs of less than 256 KiB. */
const SMALL_PAGE_IDS = 20_000;
/** Such pages that are tried at once. */
const TRIED_PAGES = 3;
/** What smaller pages have to save. */
const WORTH_PAGES = 0.995;
/** Bytes of a page header, and of the page in the indexes, about. */
const PAGE_OVERHEAD = 80;
/** Repetitions that may be chance: so many more are taken to be possible before a dictionary is hopeless. */
const DOUBT = 3;

/** How far a dictionary is. */
interface DictionaryState {
  readonly count: number;
  readonly plainBytes: number;
  readonly entryBytes: number;
}

/** Chooses the encoding of one column chunk. */
export class AdaptiveEncoding {
  readonly #kernels: Kernels;
  readonly #layout: ValueLayout;
  readonly #trial: EncodingTrial;
  readonly #pageBytes: number;
  readonly #sampleBytes: number;
  readonly #pageValues: number;
  readonly #dictionaryBytes: number;
  /** The encoding of values outside the dictionary, once there was a trial; and what a value takes in it. */
  #encoding: EncodingName | null = null;
  #valueBytes = 0;
  /** Until the dictionary is judged: PLAIN bytes of values at which it is tried next; then: the number of values. */
  #next: number;
  /** The dictionary when it was looked at last. */
  #seen: DictionaryState = { count: 0, plainBytes: 0, entryBytes: 0 };
  /** What part of PLAIN bytes was new entries at the last trial of the dictionary; and values at which there is one again. */
  #newShare = 0;
  #retry = 0;
  /** Bytes that the dictionary has saved, as far as it may lose them again. */
  #credit = 0;
  /** Ids at which a page ends, and how wide they were when that was judged. */
  #pageIds = Infinity;
  #pageBitWidth = 0;
  /** PLAIN bytes of pages since the last trial. */
  #untried = 0;

  /** `judge`: `null` where pages are not compressed. */
  constructor(kernels: Kernels, plan: ColumnPlan, layout: ValueLayout, judge: Compressor | null) {
    const { dataPageSizeLimit, dataPageRowCountLimit, dictionaryPageSizeLimit } = plan.properties;
    this.#kernels = kernels;
    this.#layout = layout;
    this.#trial = new EncodingTrial(kernels, plan, layout, judge);
    this.#pageBytes = dataPageSizeLimit;
    this.#next = this.#sampleBytes = Math.min(SAMPLE_BYTES, SAMPLE_PAGES * dataPageSizeLimit);
    this.#pageValues = Math.min(
      dataPageSizeLimit / Math.max(1, layout.width),
      plan.maxRepetitionLevel > 0 ? Infinity : dataPageRowCountLimit,
    );
    this.#dictionaryBytes = dictionaryPageSizeLimit;
  }

  /** The encoding of values outside the dictionary; `null` before the first trial. */
  get encoding(): EncodingName | null {
    return this.#encoding;
  }

  /** PLAIN bytes of values that are gathered for a trial, at the most. */
  get gatheredBytes(): number {
    return Math.min(this.#sampleBytes, this.#pageBytes);
  }

  /** Whether the next page is to begin with a trial. */
  get due(): boolean {
    return this.#encoding === null || this.#untried >= RETRY_SAMPLES * this.#sampleBytes;
  }

  /** Counts a page that was written outside the dictionary. */
  countPage(plainBytes: number): void {
    this.#untried += plainBytes;
  }

  /** Whether the dictionary is to be tried now. */
  isDue(dictionary: DictionaryEncoder): boolean {
    return dictionary.decided
      ? dictionary.totalCount >= this.#next
      : dictionary.totalPlainBytes >= this.#next;
  }

  /** How many of the values from `from` on the page should take until the dictionary is tried, or an undecided page is full. */
  valuesUntil(dictionary: DictionaryEncoder, values: LeafValues, from: number): number {
    if (dictionary.decided) {
      const untilFull = this.#pageIds - dictionary.count;
      return Math.max(0, Math.min(this.#next - dictionary.totalCount, untilFull));
    }
    const room = Math.min(
      this.#next - dictionary.totalPlainBytes,
      // The page may yet turn into one of values.
      this.#pageBytes - dictionary.plainBytes,
    );
    if (room <= 0) return 0;
    const { width } = this.#layout;
    if (width > 0) return Math.ceil(room / width);
    return byteArraysUntil(room, this.#kernels.memory.i32, values, from);
  }

  /** Chooses the encoding of values, by these; `complete`: their page has no others. */
  choose(values: LeafValues, plainBytes: number, complete: boolean): EncodingName {
    const share = Math.min(1, this.#sampleBytes / plainBytes);
    const count = Math.ceil(values.count * share);
    if (count > 0) this.#try({ ...values, count }, complete && count === values.count);
    this.#untried = 0;
    return this.#encoding ?? "PLAIN";
  }

  /**
   * Judges whether a dictionary that is not decided yet is to stay. `growth`: how many times as many values the chunk may come to
   * have at most; 1 when these are all, and then the answer is never to wait.
   */
  judge(dictionary: DictionaryEncoder, held: HeldPages, growth: number): DictionaryVerdict {
    const idBytes = this.#trySample(dictionary, held, growth <= 1);
    const entryBytes = this.#trial.bytesOfDictionary(dictionary.dictionary);
    this.#next = Math.max(2 * dictionary.totalPlainBytes, this.#sampleBytes);
    const verdict = this.#verdict(dictionary, idBytes, entryBytes, growth);
    if (verdict === "wait" && this.mustJudge(held)) return "drop";
    if (verdict === "keep") {
      this.#newShare = dictionary.dictionary.byteLength / dictionary.totalPlainBytes;
      this.#retry = dictionary.totalCount * GROWTH;
      this.#credit = (this.#valueBytes - idBytes) * dictionary.totalCount - entryBytes;
      this.#look(dictionary);
    }
    return verdict;
  }

  /** Whether no more pages can wait for the judgement. */
  mustJudge(held: HeldPages): boolean {
    return held.byteLength >= HELD_SAMPLES * this.#sampleBytes;
  }

  /** Whether the dictionary that was kept still pays, by the values since it was looked at last. */
  paysStill(dictionary: DictionaryEncoder, held: HeldPages): boolean {
    const { byteLength } = dictionary.dictionary;
    const count = dictionary.totalCount - this.#seen.count;
    const newBytes = byteLength - this.#seen.entryBytes;
    const newShare = newBytes / Math.max(1, dictionary.totalPlainBytes - this.#seen.plainBytes);
    // A trial takes time: there is one where more is new than the last time, and where all has grown by a half.
    const tried = newShare > FEW_NEW_ENTRIES && dictionary.count > 0 &&
      (newShare > MORE_NEW_ENTRIES * this.#newShare || dictionary.totalCount >= this.#retry);
    if (tried) {
      const idBytes = this.#trySample(dictionary, held, false);
      const share = this.#trial.bytesOfDictionary(dictionary.dictionary) / byteLength;
      const values = this.#valueBytes * count;
      const gain = values - idBytes * count - newBytes * share;
      // New entries may come again: what was gained before may be lost, up to what the values take.
      this.#credit = Math.min(values, this.#credit + gain);
      if (this.#credit < 0) return false;
      this.#newShare = gain < 0 ? 0 : newShare;
      this.#retry = dictionary.totalCount * GROWTH;
    }
    if (dictionary.bitWidth > this.#pageBitWidth) this.#judgePages(dictionary);
    this.#look(dictionary);
    return true;
  }

  /** The values to come are unlike those before: the next page begins with a trial. */
  forget(): void {
    this.#untried = Infinity;
  }

  /** Whether ids take less in smaller pages. */
  #judgePages({ ids, count, bitWidth }: DictionaryEncoder): void {
    const many = TRIED_PAGES * SMALL_PAGE_IDS;
    if (count < many) return;
    this.#pageBitWidth = bitWidth;
    const last = ids + (count - many) * 4;
    let small = TRIED_PAGES * PAGE_OVERHEAD;
    for (let i = 0; i < many; i += SMALL_PAGE_IDS) {
      small += this.#trial.bytesOfIds(last + i * 4, SMALL_PAGE_IDS, bitWidth);
    }
    const large = this.#trial.bytesOfIds(last, many, bitWidth);
    this.#pageIds = small < large * WORTH_PAGES ? SMALL_PAGE_IDS : Infinity;
  }

  /** Remembers how far the dictionary is, and when to look again. */
  #look({ totalCount, totalPlainBytes, dictionary }: DictionaryEncoder): void {
    this.#seen = {
      count: totalCount,
      plainBytes: totalPlainBytes,
      entryBytes: dictionary.byteLength,
    };
    const sample = Math.ceil(this.#sampleBytes * totalCount / Math.max(1, totalPlainBytes));
    this.#next = totalCount + Math.max(sample, Math.ceil(totalCount / LOOKS), 1);
  }

  #verdict(
    { totalCount: count, dictionary }: DictionaryEncoder,
    idBytes: number,
    entryBytes: number,
    growth: number,
  ): DictionaryVerdict {
    const valueBytes = this.#valueBytes;
    if (idBytes * count + entryBytes <= valueBytes * count) return "keep";
    if (growth <= 1 || idBytes >= valueBytes) return "drop";
    // Is there a number of values with which it would pay?
    const population = estimatePopulation(count, Math.max(1, dictionary.count - DOUBT));
    for (let times = 2; times <= 2 * growth; times *= 2) {
      const values = count * Math.min(times, growth);
      const more = expectedDistinct(values, population) / dictionary.count;
      if (more * dictionary.byteLength > this.#dictionaryBytes) break;
      if (idBytes * values + entryBytes * more <= valueBytes * values) return "wait";
    }
    return "drop";
  }

  /** Tries the last values. Gives what an id takes. */
  #trySample(dictionary: DictionaryEncoder, held: HeldPages, complete: boolean): number {
    const { memory } = this.#kernels;
    const average = dictionary.totalPlainBytes / Math.max(1, dictionary.totalCount);
    const wanted = Math.min(
      dictionary.totalCount,
      Math.max(1, Math.floor(this.#sampleBytes / Math.max(1, average))),
    );
    const buffer = new KernelBuffer(memory);
    let ids = dictionary.ids;
    let count = Math.min(wanted, dictionary.count);
    ids += (dictionary.count - count) * 4;
    if (count < wanted && held.length > 0) {
      // The current page has too few.
      const all = buffer.reserve(wanted * 4);
      let at = wanted - count;
      memory.u8.copyWithin(all + at * 4, ids, ids + count * 4);
      for (const part of held.lastIds(at)) {
        at -= part.length;
        memory.u32.set(part, (all >>> 2) + at);
      }
      ids = all + at * 4;
      count = wanted - at;
    }
    // A few values may be far longer than the others.
    while (count > 1 && dictionary.plainLengthOfIds(ids, count) > MAX_SAMPLE_BYTES) {
      ids += (count - (count >>> 1)) * 4;
      count >>>= 1;
    }
    const data = new KernelBuffer(memory);
    const offsets = new KernelBuffer(memory);
    const values = dictionary.valuesOf(ids, count, data, offsets);
    this.#try(values, complete && count === dictionary.totalCount);
    const idBytes = this.#trial.bytesOfIds(ids, count, dictionary.bitWidth) / count;
    for (const used of [buffer, data, offsets]) used.release();
    return idBytes;
  }

  #try(values: LeafValues, complete: boolean): void {
    const { count } = values;
    const plainBytes = this.#plainLength(values);
    const { encoding, bytes }: Trial = plainBytes > MAX_SAMPLE_BYTES
      ? { encoding: "PLAIN", bytes: plainBytes }
      : this.#trial.best(values, complete ? count : this.#pageValues);
    this.#encoding = encoding;
    this.#valueBytes = bytes / count;
    this.#untried = 0;
  }

  #plainLength({ count, offsets }: LeafValues): number {
    const { width } = this.#layout;
    if (width > 0) return count * width;
    return byteArraysLength(this.#kernels.memory.i32, offsets, count) + count * 4;
  }
}
