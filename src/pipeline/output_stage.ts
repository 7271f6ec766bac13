/**
 * The writer stage: takes encoded row groups to the sink, one after another, then the footer.
 *
 * @module
 */

import type { EncodedRowGroup } from "../executor/row_group_assembly.ts";
import { FileLayout, type FinishOptions } from "../file/file_writer.ts";
import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import { inTurns } from "../runtime/clock.ts";
import type { SchemaPlan } from "../schema/parquet_schema.ts";
import { WriteGatherer } from "../sink/write_gatherer.ts";
import { returnBlock, SMALL_BLOCK_BYTES, takeBlock } from "../util/byte_blocks.ts";
import { Queue } from "../util/queue.ts";
import type { Call } from "./call.ts";
import type { WriteEnd } from "./write_end.ts";

/** What the stage tells its writer. */
export interface OutputEvents {
  /** The sink has taken bytes. */
  accepted(): void;
  /** The sink has taken a row group. */
  rowGroupWritten(): void;
  /** The file is committed. */
  complete(metadata: ParquetMetaData): void;
  /** Something failed; nothing more is written. */
  failed(error: unknown): void;
}

/** A call that waits for the sink. */
interface Flush {
  /** Number of row groups that the sink must have taken. */
  readonly rowGroups: number;
  readonly call: Call<void>;
}

/** How a file ends. */
interface Ending {
  /** Row groups of the file. */
  readonly rowGroups: number;
  readonly options: () => FinishOptions;
}

/**
 * The way to the sink. Runs without a pause as long as the sink needs none, but never within a call of the writer: a sink may call the
 * writer in its turn.
 */
export class OutputStage {
  readonly #end: WriteEnd;
  /** `null`: bytes go to the sink as they come. */
  readonly #gatherer: WriteGatherer | null;
  /** Whether parts of column chunks are nobody's once they are written: gathered, or borrowed. */
  readonly #partsReturn: boolean;
  readonly #layout: FileLayout;
  readonly #events: OutputEvents;
  readonly #queue = new Queue<EncodedRowGroup>();
  #queuedBytes = 0;
  #bytesWritten = 0;
  #running = false;
  #stopped = false;
  #flushes: Flush[] = [];
  #ending: Ending | null = null;

  /** Creates the stage; nothing is written before there is a row group or an end. */
  constructor(end: WriteEnd, schema: SchemaPlan, events: OutputEvents) {
    const { sink } = end;
    this.#end = end;
    this.#gatherer = sink.takesSmallWrites
      ? null
      : new WriteGatherer((bytes) => sink.write(bytes), sink.borrowsBytes);
    this.#partsReturn = this.#gatherer !== null || sink.borrowsBytes;
    const { columnOrders, sortingColumns, limits } = schema;
    this.#layout = new FileLayout(schema.elements, {
      columnOrders,
      ...(sortingColumns.length > 0 ? { sortingColumns } : {}),
      ...(limits === undefined ? {} : { limits }),
    });
    this.#events = events;
  }

  /** Bytes of row groups that wait for the sink, or that it holds itself. */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#end.sink.heldBytes;
  }

  /** Bytes of indexes and Bloom filters that wait for the end of the file. */
  get appendixBytes(): number {
    return this.#stopped ? 0 : this.#layout.pendingBytes;
  }

  /** Bytes that the sink has taken, or gathers. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Rows of the row groups that were handed to the sink. */
  get rowsWritten(): number {
    return this.#layout.numRows;
  }

  /** The row groups that were handed to the sink. */
  get rowGroups(): readonly RowGroup[] {
    return this.#layout.rowGroups;
  }

  /** Whether the sink has, or is about to get, something to do. */
  get busy(): boolean {
    return this.#running || this.#queue.length > 0;
  }

  /** Takes the next row group. */
  add(group: EncodedRowGroup): void {
    this.#queue.push(group);
    this.#queuedBytes += group.byteLength;
    this.#run();
  }

  /** Resolves `call` when the sink itself has taken `rowGroups` row groups in all. */
  flush(rowGroups: number, call: Call<void>): void {
    this.#flushes.push({ rowGroups, call });
    this.#run();
  }

  /** Ends the file after `rowGroups` row groups in all. `options` are asked for then. */
  end(rowGroups: number, options: () => FinishOptions): void {
    this.#ending = { rowGroups, options };
    this.#run();
  }

  /** Stops, whatever is under way: the write has failed. Flushes stay pending. */
  stop(): void {
    this.#stopped = true;
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.#gatherer?.clear();
  }

  /** Flushes that were not settled yet, which are given up. */
  takeFlushes(): Call<void>[] {
    return this.#flushes.splice(0).map(({ call }) => call);
  }

  #run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    queueMicrotask(() => void this.#drainAll());
  }

  async #drainAll(): Promise<void> {
    try {
      // More may come while the sink is waited for. What is there at once is not waited for.
      do {
        while (!this.#stopped && this.#queue.length > 0) {
          if (this.#bytesWritten === 0) {
            const pending = this.#write(this.#layout.start());
            if (pending !== undefined) await pending;
            if (this.#stopped) break;
          }
          const { chunks, rows } = this.#queue.first!;
          for (const part of this.#layout.addRowGroup(chunks, rows)) {
            if (part.length === 0) continue;
            const { length } = part;
            const pending = this.#write(part);
            if (pending !== undefined) await pending;
            if (this.#stopped) break;
            if (this.#partsReturn) returnBlock(part);
            this.#queuedBytes -= length;
            this.#events.accepted();
          }
          if (this.#stopped) break;
          this.#queue.shift();
          this.#events.rowGroupWritten();
        }
        // More may be asked for while one waits for the sink; at the end of the file none may be left.
        while (!this.#stopped && this.#flushes.some((flush) => this.#isFlushed(flush))) {
          await this.#settleFlushes();
        }
        if (!this.#stopped && this.#isAtEnd()) await this.#finish(this.#ending!.options());
      } while (!this.#stopped && this.#hasWork());
    } catch (error) {
      this.#events.failed(error);
    }
    this.#running = false;
    if (!this.#stopped) this.#events.accepted();
  }

  #hasWork(): boolean {
    return this.#queue.length > 0 || this.#flushes.some((flush) => this.#isFlushed(flush)) ||
      this.#isAtEnd();
  }

  #isFlushed({ rowGroups }: Flush): boolean {
    return this.#queue.length === 0 && this.#layout.rowGroups.length >= rowGroups;
  }

  #isAtEnd(): boolean {
    return this.#ending !== null && this.#queue.length === 0 &&
      this.#layout.rowGroups.length === this.#ending.rowGroups;
  }

  #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    const { length } = bytes;
    const pending = this.#gatherer === null
      ? this.#end.sink.write(bytes)
      : this.#gatherer.write(bytes);
    if (pending === undefined) {
      this.#bytesWritten += length;
      return undefined;
    }
    return pending.then(() => {
      this.#bytesWritten += length;
    });
  }

  async #settleFlushes(): Promise<void> {
    const due = this.#flushes.filter((flush) => this.#isFlushed(flush));
    await this.#gatherer?.flush();
    if (this.#stopped) return;
    this.#flushes = this.#flushes.filter((flush) => !due.includes(flush));
    for (const { call } of due) call.resolve();
  }

  async #finish(options: FinishOptions): Promise<void> {
    this.#ending = null;
    if (this.#bytesWritten === 0) {
      await this.#write(this.#layout.start());
      if (this.#stopped) return;
    }
    const steps = this.#layout.finishInSteps(
      { ...options, bytesAccepted: this.#bytesWritten },
      this.#partsReturn ? lentBytes : undefined,
    );
    const first = steps.next();
    const finished = first.done ? first.value : await inTurns(steps, () => !this.#stopped);
    if (finished === undefined) return;
    const { bytes, metadata } = finished;
    const writing = this.#write(bytes);
    if (writing !== undefined) await writing;
    if (this.#stopped) return;
    if (this.#partsReturn) returnBlock(bytes);
    const flushing = this.#gatherer?.flush();
    if (flushing !== undefined) await flushing;
    if (this.#stopped) return;
    const committing = this.#end.commit();
    if (committing !== undefined) await committing;
    this.#stopped = true;
    this.#events.complete(metadata);
  }
}

/** Memory for the end of a file, which is given back once it is written. */
function lentBytes(byteLength: number): Uint8Array<ArrayBuffer> {
  return byteLength <= SMALL_BLOCK_BYTES ? takeBlock(byteLength) : new Uint8Array(byteLength);
}
