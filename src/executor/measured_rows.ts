/**
 * Encodes rows on the caller's thread only to see how many bytes they take.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import { SegmentWriter } from "../column/segment_writer.ts";
import { codecModules } from "../compression/codec_modules.ts";
import type { EncodedSizes, RowSample } from "../row_group/encoded_size_estimator.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import {
  CONTROL_RECORD_BYTES,
  FINISH_CHUNK,
  OPEN_CHUNK,
  writeControlRecord,
} from "./control_record.ts";
import type { EncoderHost } from "./encoder_host.ts";
import type { FinishedChunk } from "./messages.ts";
import { recycle, Slab, SLAB_BYTES } from "./slab.ts";
import { nextWriterId } from "./writer_id.ts";

/** Keeps rows as records, and encodes them as often as they are measured. */
export class MeasuredRows implements RowSample {
  readonly #plans: readonly ColumnPlan[];
  readonly #host: () => EncoderHost;
  readonly #writer: number = nextWriterId();
  /** The host that knows of this writer. */
  #opened: EncoderHost | null = null;
  #segments: SegmentWriter[] = [];
  #slabs: Slab[] = [];
  #byteLength = 0;

  /**
   * @param plans The columns. What an encoder gathers besides pages is left out.
   * @param host The encoder host of this thread; asked for when rows are measured.
   */
  constructor(plans: readonly ColumnPlan[], host: () => EncoderHost) {
    this.#plans = plans.map((plan) => ({
      ...plan,
      properties: { ...plan.properties, statisticsEnabled: "none", bloomFilterEnabled: false },
    }));
    this.#host = host;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  append(columns: readonly ColumnArray[], from: number, to: number): void {
    if (this.#segments.length === 0) {
      this.#segments = this.#plans.map((plan, column) => new SegmentWriter(plan, column));
    }
    for (const [column, segment] of this.#segments.entries()) {
      this.#appendColumn(segment, columns[this.#plans[column]!.field]!, from, to);
    }
  }

  measure(): EncodedSizes {
    const columns = this.#plans.length;
    const chunkBytes = new Float64Array(columns);
    const dictionaryBytes = new Float64Array(columns);
    const host = this.#openHost();
    this.#control(host, OPEN_CHUNK);
    for (const { buffer, used } of this.#slabs) host.run(this.#writer, buffer, used);
    for (const { chunk } of this.#control(host, FINISH_CHUNK)) {
      chunkBytes[chunk.column] = chunk.byteLength;
      const { dictionaryPageOffset, dataPageOffset } = chunk.metaData;
      if (dictionaryPageOffset !== undefined) dictionaryBytes[chunk.column] = dataPageOffset;
    }
    return { chunkBytes, dictionaryBytes };
  }

  clear(): void {
    for (const { buffer } of this.#slabs) recycle(buffer);
    this.#slabs = [];
    this.#segments = [];
    this.#byteLength = 0;
    this.#opened?.close(this.#writer);
    this.#opened = null;
  }

  #appendColumn(segment: SegmentWriter, array: ColumnArray, from: number, to: number): void {
    while (from < to) {
      const slab = this.#slabs.at(-1);
      const room = slab?.room ?? 0;
      let rows = to - from;
      let bytes = segment.byteLength(array, from, to);
      if (bytes > room && room > 0) {
        rows = segment.rowsWithin(array, from, to, room);
        bytes = segment.byteLength(array, from, from + rows);
      }
      if (bytes > room) {
        // A new slab, for as much as goes into one, or for a single row.
        rows = segment.rowsWithin(array, from, to, SLAB_BYTES);
        this.#slabs.push(new Slab(segment.byteLength(array, from, from + rows)));
        continue;
      }
      segment.write(array, from, from + rows, slab!.bytes, slab!.used);
      slab!.used += bytes;
      this.#byteLength += bytes;
      from += rows;
    }
  }

  #openHost(): EncoderHost {
    const host = this.#host();
    if (host !== this.#opened) {
      host.open(this.#writer, this.#plans, codecModules(this.#plans.map((p) => p.properties)));
      this.#opened = host;
    }
    return host;
  }

  /** Begins or ends the chunks of all columns. */
  #control(host: EncoderHost, kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK): FinishedChunk[] {
    const byteLength = this.#plans.length * CONTROL_RECORD_BYTES;
    const at = host.window(byteLength);
    for (let column = 0; column < this.#plans.length; column++) {
      const { i32 } = host.kernels.memory;
      writeControlRecord(i32, at + column * CONTROL_RECORD_BYTES, kind, column, column, 0);
    }
    return host.runAt(this.#writer, byteLength).chunks;
  }
}
