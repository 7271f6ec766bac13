/**
 * Column chunks come in any order; row groups leave in theirs.
 *
 * @module
 */

import type { EncodedColumnChunk } from "../column/encoded_column_chunk.ts";
import { Queue } from "../util/queue.ts";

/** A row group whose column chunks are all encoded. */
export interface EncodedRowGroup {
  /** Ordinal in the file. */
  readonly index: number;
  readonly rows: number;
  /** In the order of the columns. */
  readonly chunks: readonly EncodedColumnChunk[];
  /** Sum of the chunks' bytes. */
  readonly byteLength: number;
}

interface PendingRowGroup {
  readonly index: number;
  readonly chunks: (EncodedColumnChunk | undefined)[];
  missing: number;
  rows: number;
}

/** Row groups that have begun and were not handed out yet. */
export class RowGroupAssembly {
  readonly #columns: number;
  readonly #pending = new Queue<PendingRowGroup>();
  #next = 0;
  #byteLength = 0;

  /** `columns`: leaf columns of the file. */
  constructor(columns: number) {
    this.#columns = columns;
  }

  /** Bytes of the column chunks that are here. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Ordinal of the row group that was begun last; -1 before the first. */
  get current(): number {
    return this.#next - 1;
  }

  /** Whether every row group that was begun was handed out. */
  get empty(): boolean {
    return this.#pending.length === 0;
  }

  /** Begins the next row group; returns its ordinal. */
  begin(): number {
    const index = this.#next++;
    const chunks = new Array<EncodedColumnChunk | undefined>(this.#columns).fill(undefined);
    this.#pending.push({ index, chunks, missing: this.#columns, rows: 0 });
    return index;
  }

  /** Says how many rows the row group has that was begun last. */
  end(rows: number): void {
    this.#pending.last!.rows = rows;
  }

  /** Adds a column chunk of a row group. */
  add(rowGroup: number, chunk: EncodedColumnChunk): void {
    const pending = this.#pending.at(rowGroup - this.#pending.first!.index)!;
    pending.chunks[chunk.column] = chunk;
    pending.missing--;
    this.#byteLength += chunk.byteLength;
  }

  /** The first row group, if all of it is here; it leaves. */
  take(): EncodedRowGroup | null {
    if (this.#pending.first?.missing !== 0) return null;
    const { index, rows, chunks } = this.#pending.shift()!;
    let byteLength = 0;
    for (const chunk of chunks) byteLength += chunk!.byteLength;
    this.#byteLength -= byteLength;
    return { index, rows, chunks: chunks as EncodedColumnChunk[], byteLength };
  }

  /** Drops everything. */
  clear(): void {
    this.#pending.clear();
    this.#byteLength = 0;
  }
}
