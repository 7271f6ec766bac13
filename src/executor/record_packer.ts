/**
 * Records into slabs, one after another.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import type { SegmentWriter } from "../column/segment_writer.ts";
import {
  CONTROL_RECORD_BYTES,
  FINISH_CHUNK,
  OPEN_CHUNK,
  writeControlRecord,
} from "./control_record.ts";
import { WINDOW_BYTES } from "./encoder_host.ts";
import type { CostModel } from "./placement.ts";
import { Slab } from "./slab.ts";

/** A range is not cut in two to fill less than this many bytes at the end of a slab. */
const WORTH_FILLING = 16 * 1024;

/** A column chunk that records belong to. */
export interface RecordChunk {
  readonly id: number;
  readonly column: number;
  /** Ordinal in the file. */
  readonly rowGroup: number;
  readonly writer: SegmentWriter;
}

/** Packs the records of one lane, and counts what it holds until it is encoded. */
export class RecordPacker {
  readonly #costs: CostModel;
  readonly #sealed: (slab: Slab) => void;
  #slab: Slab | null = null;
  #ended = false;
  #milliseconds = 0;
  #byteLength = 0;

  /** `sealed` gets each slab that is full. */
  constructor(costs: CostModel, sealed: (slab: Slab) => void) {
    this.#costs = costs;
    this.#sealed = sealed;
  }

  /** The slab that is being filled. */
  get slab(): Slab | null {
    return this.#slab;
  }

  /** Milliseconds that it is expected to take to encode what is held. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  /** Bytes of memory that records take which are not encoded yet. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Packs rows [from, to) of a column chunk; returns the bytes of their records. */
  append(chunk: RecordChunk, array: ColumnArray, from: number, to: number): number {
    const { writer, column, rowGroup } = chunk;
    let packed = 0;
    while (from < to && !this.#ended) {
      let slab = this.#slab ??= new Slab();
      let rows = to - from;
      let bytes = writer.byteLength(array, from, to);
      if (bytes > Math.min(slab.room, WINDOW_BYTES)) {
        if (slab.used > 0 && slab.room < WORTH_FILLING) {
          this.seal();
          continue;
        }
        rows = writer.rowsWithin(array, from, to, Math.min(slab.room, WINDOW_BYTES));
        bytes = writer.byteLength(array, from, from + rows);
        if (bytes > slab.room) {
          // One row is more than there is room for: next slab, and if that is not enough, a slab of its own.
          if (slab.used > 0) {
            this.seal();
            continue;
          }
          slab.recycle();
          slab = this.#slab = new Slab(bytes);
        }
      }
      writer.write(array, from, from + rows, slab.bytes, slab.used, bytes);
      if (slab.column < 0) {
        slab.column = column;
        slab.rowGroup = rowGroup;
      }
      this.#fill(slab, bytes, this.#costs.milliseconds(column, bytes));
      packed += bytes;
      from += rows;
    }
    return packed;
  }

  /** Packs the record that begins or ends a column chunk. */
  control(kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK, chunk: RecordChunk): void {
    if (this.#slab !== null && this.#slab.room < CONTROL_RECORD_BYTES) this.seal();
    if (this.#ended) return;
    const slab = this.#slab ??= new Slab();
    writeControlRecord(slab.words, slab.used, kind, chunk.id, chunk.column, chunk.rowGroup);
    if (kind === FINISH_CHUNK) slab.finishes++;
    this.#fill(slab, CONTROL_RECORD_BYTES, 0);
  }

  /** Closes the slab that is being filled, if anything is in it. */
  seal(): void {
    const slab = this.take();
    if (slab !== null) this.#sealed(slab);
  }

  /** Takes the slab that is being filled, if anything is in it; it is still counted. */
  take(): Slab | null {
    const slab = this.#slab;
    if (slab === null || slab.used === 0) return null;
    this.#slab = null;
    return slab;
  }

  /** Counts a slab that another packer filled. */
  adopt(slab: Slab): void {
    this.#milliseconds += slab.cost;
    this.#byteLength += slab.heldBytes;
  }

  /** A slab is encoded, or somebody else's now. */
  release(slab: Slab): void {
    this.#milliseconds -= slab.cost;
    this.#byteLength -= slab.heldBytes;
  }

  /** Nothing is held any more, and nothing more is packed. */
  end(): void {
    this.#ended = true;
    this.#slab?.recycle();
    this.#slab = null;
    this.#milliseconds = this.#byteLength = 0;
  }

  #fill(slab: Slab, bytes: number, milliseconds: number): void {
    const held = slab.heldBytes;
    slab.used += bytes;
    slab.cost += milliseconds;
    this.#milliseconds += milliseconds;
    this.#byteLength += slab.heldBytes - held;
  }
}
