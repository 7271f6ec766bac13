/**
 * The files of a dataset: which are open, how full they are, how they end, and how all of them become visible.
 *
 * @module
 */

import { type Encoders, encodersOf } from "../executor/encoder_resources.ts";
import type { ArrowSchema } from "../arrow/types.ts";
import { optionsOfPart } from "../schema/resolve_options.ts";
import type { ResolvedOptions, WriterProgress } from "../schema/writer_options.ts";
import type { Store } from "../store/store.ts";
import { messageOf, ParquetError } from "../util/errors.ts";
import type { DataFile } from "./data_file.ts";
import type { ResolvedDatasetOptions } from "./dataset_options.ts";
import { HeldSink } from "./held_sink.ts";
import { OpenFile } from "./open_file.ts";
import type { Partition, PartitionRows } from "./partition_splitter.ts";
import { uuidV7 } from "./uuid.ts";

/** Files that end at a time before more rows are taken. */
const CLOSING_AT_A_TIME = 8;
/** Files that are published at a time. */
const PUBLISHING_AT_A_TIME = 16;
/** Part of the budget that complete files may hold until they are published. */
const HELD_SHARE = 0.25;

/** What the files have of the dataset. */
export interface FileSetOptions {
  readonly store: () => Promise<Store>;
  /** Of the files. */
  readonly schema: ArrowSchema;
  readonly options: ResolvedDatasetOptions;
  /** Told of everything that goes wrong in the background. */
  readonly fail: (error: unknown) => void;
  /** Whether the dataset has failed. */
  readonly hasFailed: () => boolean;
}

/** Opens, rolls and publishes files. */
export class FileSet {
  readonly #with: FileSetOptions;
  /** Of each file. */
  readonly #options: ResolvedOptions;
  readonly #encoders: Encoders;
  /**
   * By partition; the one that was not written to for the longest time is the first. Not by its folder: null and the text
   * `__HIVE_DEFAULT_PARTITION__` share one, and are two values to a table.
   */
  readonly #open = new Map<Partition, OpenFile>();
  readonly #closing = new Set<Promise<void>>();
  readonly #sinks: HeldSink[] = [];
  /** Those that may hold bytes until they are published. */
  readonly #unsealed: HeldSink[] = [];
  readonly #done: DataFile[] = [];
  /** Bytes of a row in files so far; `null`: none has ended a row group. */
  #bytesPerRow: number | null = null;
  /** Rows that a file may have, all rows of the dataset, about, as far as they are known. */
  #expectedRows: number;

  /** Nothing is opened yet. */
  constructor(options: FileSetOptions) {
    this.#with = options;
    this.#options = optionsOfPart(options.options.options);
    this.#encoders = encodersOf(this.#options);
    this.#expectedRows = options.options.maxFileRows ?? Infinity;
  }

  /** Hears how many rows all files together are going to have, about. */
  expectRows(rows: number): void {
    this.#expectedRows = Math.min(this.#expectedRows, rows);
  }

  /** Files that have ended. */
  get done(): readonly DataFile[] {
    return this.#done;
  }

  /** How many files are open. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Files that are open, the one that was not written to for the longest time first. */
  get open(): readonly OpenFile[] {
    return [...this.#open.values()];
  }

  /** Bytes that open files, and files that wait to be published, hold. */
  get heldBytes(): number {
    let bytes = this.#waitingBytes;
    for (const { core } of this.#open.values()) bytes += core.heldBytes;
    return bytes;
  }

  /** Bytes of the kernel memory that all files share. */
  get kernelBytes(): number {
    let bytes = 0;
    for (const { core } of this.#open.values()) bytes = Math.max(bytes, core.kernelBytes);
    return bytes;
  }

  /** Bytes of complete files that wait to be published. */
  get #waitingBytes(): number {
    return this.#unsealed.reduce((sum, sink) => sum + sink.waitingBytes, 0);
  }

  /** {@linkcode WriterCore.progress}, of all files. */
  get progress(): WriterProgress {
    const all = this.open.map(({ core }) => core.progress);
    const done = this.#done;
    const sum = (
      ofOpen: (progress: WriterProgress) => number,
      ofDone: (file: DataFile) => number = () => 0,
    ) =>
      done.reduce(
        (total, file) => total + ofDone(file),
        all.reduce((total, progress) => total + ofOpen(progress), 0),
      );
    return {
      bufferedRows: sum(({ bufferedRows }) => bufferedRows),
      encodingRows: sum(({ encodingRows }) => encodingRows),
      rowsWritten: sum(({ rowsWritten }) => rowsWritten, ({ rows }) => rows),
      bytesWritten: sum(({ bytesWritten }) => bytesWritten, ({ size }) => size),
      rowGroupsWritten: sum(
        ({ rowGroupsWritten }) => rowGroupsWritten,
        ({ splitOffsets }) => splitOffsets.length,
      ),
    };
  }

  /** Whether each part has an open file, or may open one. */
  fits(parts: readonly PartitionRows[]): boolean {
    if (this.isClosingMany) return false;
    if (parts.length === 1 && this.#open.has(parts[0]!.partition)) return true;
    const added = new Set<Partition>();
    for (const { partition } of parts) if (!this.#open.has(partition)) added.add(partition);
    return added.size === 0 || this.#open.size + added.size <= this.#with.options.maxOpenFiles;
  }

  /** Whether so many files are ending that no other one is to be opened. */
  get isClosingMany(): boolean {
    return this.#closing.size >= CLOSING_AT_A_TIME;
  }

  /** The open file of a partition, if there is one. */
  find(partition: Partition): OpenFile | undefined {
    return this.#open.get(partition);
  }

  /** The file of a partition, opened where there is none; it is now the one that was written to last. */
  fileOf(partition: Partition): OpenFile {
    const file = this.#open.get(partition) ?? this.#newFile(partition);
    if (this.#open.size !== 1) this.#open.delete(partition);
    this.#open.set(partition, file);
    return file;
  }

  #newFile(partition: Partition): OpenFile {
    const { store, schema, fail } = this.#with;
    const folder = partition.path === "" ? "" : `${partition.path}/`;
    const path = `${folder}${uuidV7()}.parquet`;
    const sink = new HeldSink(path, store);
    this.#sinks.push(sink);
    this.#unsealed.push(sink);
    const file = new OpenFile(partition, path, sink, schema, this.#options, this.#encoders);
    file.core.onFailure(fail);
    file.core.expectRows(this.#expectedRows);
    return file;
  }

  /** Rows that a file may still have, at least one. */
  rowsLeft(file: OpenFile, { batch: { byteLength, numRows } }: PartitionRows): number {
    const { maxFileBytes, maxFileRows } = this.#with.options;
    const rows = maxFileRows === null ? Infinity : maxFileRows - file.rows;
    if (maxFileBytes === null) return rows;
    const perRow = file.bytesPerRow ?? this.#bytesPerRow ?? Math.max(1, byteLength / numRows);
    const left = maxFileBytes - file.bytes(this.#bytesPerRow);
    return Math.max(1, Math.min(rows, Math.ceil(left / perRow)));
  }

  /** Whether a file has as many rows or bytes as it may have. */
  isFull(file: OpenFile): boolean {
    const { maxFileBytes, maxFileRows } = this.#with.options;
    if (maxFileRows !== null && file.rows >= maxFileRows) return true;
    if (maxFileBytes === null) return false;
    this.#bytesPerRow = file.bytesPerRow ?? this.#bytesPerRow;
    return this.#bytesPerRow !== null && file.bytes(this.#bytesPerRow) >= maxFileBytes;
  }

  /** Whether a file may be full, but nobody knows how large rows are once they are encoded. */
  hasToLearn(file: OpenFile): boolean {
    const { maxFileBytes } = this.#with.options;
    return maxFileBytes !== null && this.#bytesPerRow === null && file.bytesPerRow === null &&
      file.bytes(null) >= maxFileBytes;
  }

  /** Ends a file; it goes on in the background. */
  roll(file: OpenFile): void {
    if (this.#open.get(file.partition) !== file) return;
    this.#open.delete(file.partition);
    const closing = this.#end(file).catch(this.#with.fail)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async #end(file: OpenFile): Promise<void> {
    const done = await file.close();
    this.#done.push(done);
    if (done.rows > 0) this.#bytesPerRow = done.size / done.rows;
    // A small file is cheapest to publish in one request; too many of them are not to be held until then.
    if (this.#waitingBytes <= this.#with.options.options.memoryBudget * HELD_SHARE) return;
    for (const sink of this.#unsealed.splice(0)) {
      if (!await sink.handOn()) this.#unsealed.push(sink);
    }
  }

  /** Waits until another file may be opened, which ends the one that was not written to for the longest time. */
  async makeRoom(): Promise<void> {
    const [oldest] = this.#open.values();
    if (this.#open.size >= this.#with.options.maxOpenFiles && oldest !== undefined) {
      this.roll(oldest);
    }
    await this.closeOne();
  }

  /** Waits until one of the files that are ending has ended. */
  async closeOne(): Promise<void> {
    if (this.#closing.size > 0) await Promise.race(this.#closing);
  }

  /** Ends all files. */
  async rollAll(): Promise<void> {
    for (const file of this.open) {
      while (this.isClosingMany) await this.closeOne();
      this.roll(file);
    }
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  /** Makes all files visible. What fails is told to the dataset. */
  async publish(): Promise<void> {
    const sinks = [...this.#sinks];
    let next = 0, published = 0;
    const publish = async () => {
      while (next < sinks.length && !this.#with.hasFailed()) {
        const sink = sinks[next++]!;
        try {
          await sink.publish();
          published++;
        } catch (error) {
          this.#with.fail(
            new ParquetError(
              `Cannot publish ${sink.path}: ${
                messageOf(error)
              }; ${published} of ${sinks.length} files are there, and no one has committed them`,
              { cause: error },
            ),
          );
        }
      }
    };
    await Promise.all(Array.from({ length: PUBLISHING_AT_A_TIME }, publish));
  }

  /** Gives all files up. */
  async abort(reason: unknown): Promise<void> {
    const files = this.open;
    this.#open.clear();
    const ends = await Promise.allSettled([
      ...files.map(({ core }) => core.abort(reason)),
      ...this.#sinks.map((sink) => sink.abort(reason)),
    ]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
}
