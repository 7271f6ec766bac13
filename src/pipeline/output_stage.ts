/**
 * The writer stage: takes encoded row groups to the sink, one after another, then the footer.
 *
 * @module
 */

import type { EncodedRowGroup } from "../executor/row_group_assembly.ts";
import { FileLayout, type FinishOptions } from "../file/file_writer.ts";
import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import type { SchemaPlan } from "../schema/parquet_schema.ts";
import { CoalescingSink } from "../sink/coalescing_sink.ts";
import { MemorySink } from "../sink/memory_sink.ts";
import { NullSink } from "../sink/null_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { SinkGuard } from "../sink/sink_guard.ts";
import { Queue } from "../util/queue.ts";

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

interface FlushWaiter {
  /** Number of row groups that the sink must have taken. */
  readonly rowGroups: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** How a file ends. */
interface Ending {
  /** Row groups of the file. */
  readonly rowGroups: number;
  readonly options: () => FinishOptions;
}

/** The way to the sink. Runs without a pause as long as the sink needs none. */
export class OutputStage {
  readonly #guard: SinkGuard;
  readonly #sink: Sink;
  readonly #coalescing: CoalescingSink | null;
  readonly #layout: FileLayout;
  readonly #events: OutputEvents;
  readonly #queue = new Queue<EncodedRowGroup>();
  #queuedBytes = 0;
  #bytesWritten = 0;
  #running = false;
  #stopped = false;
  #flushes: FlushWaiter[] = [];
  #ending: Ending | null = null;

  /** Creates the stage; nothing is written before there is a row group or an end. */
  constructor(sink: Sink, schema: SchemaPlan, timeoutMs: number | null, events: OutputEvents) {
    this.#guard = new SinkGuard(sink, timeoutMs);
    // Sinks in memory have nothing to win from larger chunks.
    const coalesce = !(sink instanceof MemorySink || sink instanceof NullSink);
    this.#coalescing = coalesce ? new CoalescingSink(this.#guard) : null;
    this.#sink = this.#coalescing ?? this.#guard;
    const { columnOrders, sortingColumns, limits } = schema;
    this.#layout = new FileLayout(schema.elements, {
      columnOrders,
      ...(sortingColumns.length > 0 ? { sortingColumns } : {}),
      ...(limits === undefined ? {} : { limits }),
    });
    this.#events = events;
  }

  /** Bytes of row groups that wait for the sink. */
  get queuedBytes(): number {
    return this.#queuedBytes;
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

  /** Resolves when the sink itself has taken `rowGroups` row groups in all. */
  flush(rowGroups: number): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      this.#flushes.push({ rowGroups, resolve, reject });
    });
    this.#run();
    return promise;
  }

  /** Ends the file after `rowGroups` row groups in all. `options` are asked for then. */
  end(rowGroups: number, options: () => FinishOptions): void {
    this.#ending = { rowGroups, options };
    this.#run();
  }

  /** Stops. Flushes reject with `error`; the sink is aborted with `reason`, unless it has had its terminal call. */
  async abort(error: unknown, reason: unknown): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    this.#queuedBytes = 0;
    const flushes = this.#flushes;
    this.#flushes = [];
    for (const waiter of flushes) waiter.reject(error);
    await this.#sink.abort(reason);
  }

  /** Flushes that were not settled yet. */
  get flushesPending(): boolean {
    return this.#flushes.length > 0;
  }

  #run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#drain().then(
      () => {
        this.#running = false;
        if (this.#stopped) return;
        this.#events.accepted();
        // More may have come since the last look.
        if (this.#hasWork()) this.#run();
      },
      (error) => {
        this.#running = false;
        this.#events.failed(error);
      },
    );
  }

  #hasWork(): boolean {
    return this.#queue.length > 0 || this.#flushes.some((waiter) => this.#isFlushed(waiter)) ||
      this.#isAtEnd();
  }

  #isFlushed({ rowGroups }: FlushWaiter): boolean {
    return this.#layout.rowGroups.length >= rowGroups && this.#queue.length === 0;
  }

  #isAtEnd(): boolean {
    return this.#ending !== null && this.#queue.length === 0 &&
      this.#layout.rowGroups.length === this.#ending.rowGroups;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#bytesWritten === 0) {
        const pending = this.#write(this.#layout.start());
        if (pending !== undefined) await pending;
        if (this.#stopped) return;
      }
      const group = this.#queue.first!;
      for (const part of this.#layout.addRowGroup(group.chunks, group.rows)) {
        if (part.length === 0) continue;
        const { length } = part;
        const pending = this.#write(part);
        if (pending !== undefined) await pending;
        if (this.#stopped) return;
        this.#queuedBytes -= length;
        this.#events.accepted();
      }
      this.#queue.shift();
      this.#events.rowGroupWritten();
      if (this.#stopped) return;
    }
    await this.#settleFlushes();
    if (!this.#stopped && this.#isAtEnd()) await this.#finish(this.#ending!.options());
  }

  #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    const { length } = bytes;
    const pending = this.#sink.write(bytes);
    if (pending === undefined) {
      this.#bytesWritten += length;
      return undefined;
    }
    return (pending as Promise<void>).then(() => {
      this.#bytesWritten += length;
    });
  }

  async #settleFlushes(): Promise<void> {
    if (!this.#flushes.some((waiter) => this.#isFlushed(waiter))) return;
    await this.#coalescing?.flush();
    const settled = this.#flushes.filter((waiter) => this.#isFlushed(waiter));
    this.#flushes = this.#flushes.filter((waiter) => !settled.includes(waiter));
    for (const waiter of settled) waiter.resolve();
  }

  async #finish(options: FinishOptions): Promise<void> {
    this.#ending = null;
    if (this.#bytesWritten === 0) {
      const pending = this.#write(this.#layout.start());
      if (pending !== undefined) await pending;
      if (this.#stopped) return;
    }
    const { bytes, metadata } = this.#layout.finish({
      ...options,
      bytesAccepted: this.#bytesWritten,
    });
    const pending = this.#write(bytes);
    if (pending !== undefined) await pending;
    if (this.#stopped) return;
    const commit = this.#sink.close();
    if (commit !== undefined) await commit;
    if (this.#stopped) return;
    this.#stopped = true;
    this.#events.complete(metadata);
  }
}
