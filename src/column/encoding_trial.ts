/**
 * What values take in each encoding, after compression, by trial.
 *
 * The judge is a codec whose bytes are the same in every runtime, and what it is given are the values alone, so that the same
 * values are judged alike everywhere.
 *
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import { createValueEncoder } from "../encoding/create_value_encoder.ts";
import type { LeafValues, ValueLayout } from "../encoding/leaf_values.ts";
import type { HashDictionary } from "../kernels/hash_dictionary.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import { type Kernels, maxHybridSize, type Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan, PhysicalType } from "../schema/column_plan.ts";
import type { EncodingName } from "../schema/column_properties.ts";

/** Kernels may write this much beyond what they report. */
const OVERRUN_BYTES = 16;
/** Most bytes of a dictionary that are compressed to see what all of it takes. */
const DICTIONARY_SAMPLE_BYTES = 256 * 1024;
/** Bytes of a page from which on zstd compresses each of the streams of BYTE_STREAM_SPLIT by itself, in blocks of their own. */
const OWN_BLOCKS_BYTES = 64 * 1024;

/**
 * Encodings that are tried, those that cost a reader least first. Of FIXED_LEN_BYTE_ARRAY, polars 2.1 reads neither
 * DELTA_BYTE_ARRAY nor BYTE_STREAM_SPLIT, and DuckDB 2.0 not the latter.
 */
const CANDIDATES: Readonly<Record<PhysicalType, readonly EncodingName[]>> = {
  BOOLEAN: ["PLAIN", "RLE"],
  INT32: ["PLAIN", "DELTA_BINARY_PACKED"],
  INT64: ["PLAIN", "DELTA_BINARY_PACKED"],
  INT96: ["PLAIN"],
  FLOAT: ["PLAIN", "BYTE_STREAM_SPLIT"],
  DOUBLE: ["PLAIN", "BYTE_STREAM_SPLIT"],
  BYTE_ARRAY: ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
  FIXED_LEN_BYTE_ARRAY: ["PLAIN"],
};
/** The same for readers of these days: DuckDB reads BYTE_STREAM_SPLIT of integers from version 2.0 on. */
const NEWEST_CANDIDATES: typeof CANDIDATES = {
  ...CANDIDATES,
  INT32: ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED"],
  INT64: ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED"],
};
/** What an encoding has to save, of the size of those before it, to be worth the reader's time. */
const WORTHWHILE = 0.995;

/** An encoding, and what values take in it. */
export interface Trial {
  readonly encoding: EncodingName;
  /** Bytes after compression. */
  readonly bytes: number;
}

/** Tries encodings of one column. */
export class EncodingTrial {
  readonly #kernels: Kernels;
  readonly #candidates: readonly EncodingName[];
  readonly #layout: ValueLayout;
  readonly #judge: Compressor | null;

  /** `judge`: `null` where pages are not compressed. */
  constructor(
    kernels: Kernels,
    plan: ColumnPlan,
    layout: ValueLayout,
    judge: Compressor | null,
  ) {
    this.#kernels = kernels;
    this.#candidates = candidatesOf(plan);
    this.#layout = layout;
    this.#judge = judge;
  }

  /** The encoding in which values are smallest. `pageValues`: how many of them a page is going to have. */
  best(values: LeafValues, pageValues: number): Trial {
    let best: Trial = { encoding: "PLAIN", bytes: Infinity };
    for (const encoding of this.#candidates) {
      const bytes = this.#bytesIn(encoding, values, pageValues);
      if (bytes < best.bytes * WORTHWHILE) best = { encoding, bytes };
    }
    return best;
  }

  /** What ids take in pages. */
  bytesOfIds(ids: Pointer, count: number, bitWidth: number): number {
    return this.#written(
      maxHybridSize(count, bitWidth),
      (dst) => this.#kernels.hybrid32(ids, count, bitWidth, dst),
    );
  }

  /** What a dictionary takes in its page, about. */
  bytesOfDictionary({ count, byteLength, data, offsets }: HashDictionary): number {
    const { memory } = this.#kernels;
    const share = Math.min(1, DICTIONARY_SAMPLE_BYTES / byteLength);
    const entries = Math.ceil(count * share);
    if (offsets === 0) {
      const bytes = entries * byteLength / count;
      return this.#compressed(data, bytes) * count / entries;
    }
    const bytes = memory.i32[(offsets >>> 2) + entries]! + entries * 4;
    // One entry may be as long as the dictionary: nothing is gained by a trial then.
    if (bytes > 4 * DICTIONARY_SAMPLE_BYTES) return byteLength;
    const written = this.#written(bytes, (dst) => {
      this.#kernels.plainByteArrays(offsets, data, entries, dst);
      return bytes;
    });
    return written * byteLength / bytes;
  }

  #bytesIn(encoding: EncodingName, values: LeafValues, pageValues: number): number {
    const encoder = createValueEncoder(this.#kernels, encoding, this.#layout);
    encoder.append(values, 0, values.count);
    const { maxByteLength } = encoder;
    // What is tried is a part of a page, whose streams lie farther apart.
    const streams = encoding === "BYTE_STREAM_SPLIT" && pageValues > values.count &&
        pageValues >= OWN_BLOCKS_BYTES
      ? this.#layout.width
      : 1;
    const bytes = this.#written(maxByteLength, (dst) => encoder.write(dst), streams);
    encoder.release();
    return bytes;
  }

  #written(maxBytes: number, write: (dst: Pointer) => number, parts = 1): number {
    const scratch = new KernelBuffer(this.#kernels.memory);
    const dst = scratch.reserve(maxBytes + OVERRUN_BYTES);
    const part = write(dst) / parts;
    let bytes = 0;
    for (let i = 0; i < parts; i++) bytes += this.#compressed(dst + i * part, part);
    scratch.release();
    return bytes;
  }

  #compressed(src: Pointer, bytes: number): number {
    if (this.#judge === null || bytes === 0) return bytes;
    return this.#judge.compress(src, bytes).length;
  }
}

function candidatesOf(
  { physicalType, properties, restoredAsDictionary }: ColumnPlan,
): readonly EncodingName[] {
  // pyarrow 26 restores an Arrow dictionary of text or bytes from pages of ids and of PLAIN values alone.
  if (restoredAsDictionary && physicalType === "BYTE_ARRAY") return ["PLAIN"];
  return (properties.newestEncodings ? NEWEST_CANDIDATES : CANDIDATES)[physicalType];
}
