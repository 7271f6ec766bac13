/**
 * Runs column chunk encoders from the records of slabs: in a worker, and on the caller's thread, by the same code.
 *
 * @module
 */

import { ColumnChunkEncoder } from "../column/column_chunk_encoder.ts";
import {
  type CodecChoice,
  type CodecModules,
  type Compressor,
  createCompressor,
  judgingCodec,
} from "../compression/codec.ts";
import type { EncodedColumnChunk } from "../column/encoded_column_chunk.ts";
import { RECORD_BYTE_LENGTH, RECORD_CHUNK_ID, RECORD_ROWS } from "../column/segment.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { copyBytes } from "../runtime/bytes.ts";
import { now } from "../runtime/clock.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { LimitError, ParquetError, WorkerError } from "../util/errors.ts";
import { CONTROL_COLUMN, CONTROL_ROW_GROUP, FINISH_CHUNK, OPEN_CHUNK } from "./control_record.ts";
import type { FinishedChunk } from "./messages.ts";
import { SLAB_BYTES, type SlabBuffer } from "./slab.ts";
import { TurnBudget } from "./turn_budget.ts";

/** Bytes of a page that takes so long to compress that it is announced: far more than a page has by itself. */
const LONG_STEP_BYTES = 4 * 1024 * 1024;

/** Bytes of records that are in kernel memory at once: what stays in cache until it is encoded. */
export const WINDOW_BYTES: number = 256 * 1024;

/**
 * Kernel memory that a thread keeps when it has nothing to do. To get it afresh for each file costs page faults, which are dear on
 * virtual machines: 12,800 of them, 225 ms of CPU time instead of 182, for a web log of 100 columns.
 */
const MOST_KEPT_BYTES = 256 * 1024 * 1024;

/** What the host needs of an encoder: {@link ColumnChunkEncoder}, or a stand-in in a test. */
export interface ChunkEncoder {
  readonly memoryBytes: number;
  /** Begins a segment, which stays where it is until `advance` returns `false`. */
  begin(segment: Pointer): void;
  /** Does a page's worth of work; returns whether the segment needs more. */
  advance(): boolean;
  /** Does a page's worth of what `finish` has to do; returns whether there may be more. */
  settle(): boolean;
  finish(): EncodedColumnChunk;
  dispose(): void;
}

/**
 * Makes the encoder of one column chunk; `compressor` is `null` for a column that is not compressed, `judge` for one whose
 * encodings are not tried, or whose pages are not compressed.
 */
export type ChunkEncoderFactory = (
  kernels: Kernels,
  plan: ColumnPlan,
  compressor: Compressor | null,
  judge: Compressor | null,
) => ChunkEncoder;

/** What came of the records of a slab. */
export interface HostResult {
  /** Bytes that the writer's unfinished column chunks hold now. */
  readonly memoryBytes: number;
  readonly chunks: FinishedChunk[];
}

interface OpenChunk {
  readonly encoder: ChunkEncoder;
  readonly column: number;
  readonly rowGroup: number;
  /** Rows of the records so far. */
  rows: number;
  memoryBytes: number;
  milliseconds: number;
  recordBytes: number;
}

/** Records that are being encoded: of one slab. */
export interface SlabRun {
  readonly writer: number;
  readonly chunks: FinishedChunk[];
  /** Records that are not in kernel memory yet; `null`: all are. */
  rest: Uint8Array | null;
  /** Where records are in kernel memory. */
  window: Pointer;
  windowBytes: number;
  /** The record that is being encoded, and the end of the last one that is in kernel memory. */
  pointer: Pointer;
  end: Pointer;
  /** Whether the record at `pointer` was begun. */
  begun: boolean;
}

interface OpenWriter {
  readonly plans: readonly ColumnPlan[];
  readonly chunks: Map<number, OpenChunk>;
  memoryBytes: number;
}

/** All encoders of one thread; one `Kernels` instance beneath them. */
export class EncoderHost {
  readonly kernels: Kernels;
  /** What this thread has left of its turn. */
  readonly turns: TurnBudget;
  /** Milliseconds of encoding so far. */
  encodedMilliseconds = 0;
  /** Told before a step that cannot be cut and takes long: a codec's, of so many bytes. */
  onLongStep: (bytes: number) => void = () => {};
  readonly #createEncoder: ChunkEncoderFactory;
  readonly #writers = new Map<number, OpenWriter>();
  /** By codec and level: all column chunks of this thread share them. */
  readonly #compressors = new Map<string, Compressor>();
  #codecs: CodecModules = {};
  #window: Pointer = 0;
  #windowBytes = 0;
  #broken: Error | null = null;

  /** Creates a host without any writer. */
  constructor(
    kernels: Kernels,
    createEncoder: ChunkEncoderFactory = (kernels, plan, compressor, judge) =>
      new ColumnChunkEncoder(kernels, plan, compressor, judge),
    turns: TurnBudget = new TurnBudget(),
  ) {
    this.kernels = kernels;
    this.turns = turns;
    this.#createEncoder = createEncoder;
  }

  /**
   * Why this host must not be used any more, or `null`. Set by an error that nobody foresaw: a trap may have left anything
   * in memory.
   */
  get broken(): Error | null {
    return this.#broken;
  }

  /** Bytes of kernel memory, which never shrinks. */
  get kernelBytes(): number {
    return this.kernels.memory.u8.byteLength;
  }

  /** Whether nobody uses the host, and it has so much kernel memory that a fresh one is better. */
  get outgrown(): boolean {
    return this.#writers.size === 0 && this.kernelBytes > MOST_KEPT_BYTES;
  }

  /** Begins a writer. `codecs` are the modules that its codecs need and that this host was not given before. */
  open(writer: number, plans: readonly ColumnPlan[], codecs: CodecModules = {}): void {
    this.#codecs = { ...this.#codecs, ...codecs };
    this.#writers.set(writer, { plans, chunks: new Map(), memoryBytes: 0 });
  }

  /** Ends a writer and frees what is left of it. */
  close(writer: number): void {
    const open = this.#writers.get(writer);
    this.#writers.delete(writer);
    if (open === undefined || this.#broken !== null) return;
    for (const { encoder } of open.chunks.values()) encoder.dispose();
  }

  /**
   * Begins a column chunk, as a control record does.
   *
   * @throws As `run` does.
   */
  openChunk(writer: number, chunkId: number, column: number, rowGroup: number): void {
    const open = this.#writers.get(writer);
    if (this.#broken !== null || open === undefined) throw this.#unusable();
    this.#openChunk(open, chunkId, column, rowGroup);
  }

  /** Kernel memory for `byteLength` bytes of records; valid until the next call. */
  window(byteLength: number): Pointer {
    // Too small for these records, or left over from a single huge row.
    if (byteLength > this.#windowBytes || this.#windowBytes > SLAB_BYTES) {
      const { memory } = this.kernels;
      const bytes = Math.max(byteLength, WINDOW_BYTES);
      memory.free(this.#window);
      this.#window = this.#windowBytes = 0;
      this.#window = memory.allocate(bytes);
      this.#windowBytes = bytes;
    }
    return this.#window;
  }

  /**
   * Encodes the first `byteLength` bytes of a slab.
   *
   * @throws Errors of the library as they are; all else as a `WorkerError`, and then the host is broken.
   */
  run(writer: number, slab: SlabBuffer, byteLength: number): HostResult {
    return this.#complete(this.begin(writer, slab, byteLength));
  }

  /** Encodes records that are in the window already. */
  runAt(writer: number, byteLength: number): HostResult {
    return this.#complete(this.beginAt(writer, byteLength));
  }

  #complete(run: SlabRun): HostResult {
    while (this.advance(run));
    return this.result(run);
  }

  /**
   * Begins to encode a slab's records, which are copied to kernel memory as they are needed: the slab must stay until `rest` of
   * the run is `null`. Throws as `run` does.
   */
  begin(writer: number, slab: SlabBuffer, byteLength: number): SlabRun {
    const run = this.beginAt(writer, 0);
    run.rest = new Uint8Array(slab, 0, byteLength);
    this.#fetch(run);
    return run;
  }

  /** Begins to encode the records that are in the window, which is the run's from now on. */
  beginAt(writer: number, byteLength: number): SlabRun {
    if (this.#broken !== null || !this.#writers.has(writer)) throw this.#unusable();
    const window = this.#window;
    const windowBytes = this.#windowBytes;
    this.#window = this.#windowBytes = 0;
    return {
      writer,
      chunks: [],
      rest: null,
      window,
      windowBytes,
      pointer: window,
      end: window + byteLength,
      begun: false,
    };
  }

  /**
   * Encodes on: a page or so. Returns whether there is more. Runs of other writers may be encoded in between.
   *
   * @throws As `run` does; the run is over then.
   */
  advance(run: SlabRun): boolean {
    const open = this.#writers.get(run.writer);
    if (this.#broken !== null || open === undefined) throw this.#unusable();
    try {
      do {
        while (run.pointer < run.end) {
          const words = this.kernels.memory.i32;
          const word = run.pointer >>> 2;
          const recordBytes = words[word + RECORD_BYTE_LENGTH]!;
          const chunkId = words[word + RECORD_CHUNK_ID]!;
          const rows = words[word + RECORD_ROWS]!;
          if (rows === OPEN_CHUNK) {
            const column = words[word + CONTROL_COLUMN]!;
            this.#openChunk(open, chunkId, column, words[word + CONTROL_ROW_GROUP]!);
          } else if (this.#chunkRecord(open, chunkId, rows, run, recordBytes)) {
            run.begun = true;
            return true;
          }
          run.begun = false;
          run.pointer += recordBytes;
          if (this.turns.exhausted && (run.pointer < run.end || run.rest !== null)) return true;
        }
      } while (this.#fetch(run));
    } catch (error) {
      this.abandon(run);
      throw error;
    }
    this.#returnWindow(run);
    return false;
  }

  /**
   * Copies the next records of a slab to kernel memory: as many as stay in cache until they are encoded, or one. Returns whether
   * there were any.
   */
  #fetch(run: SlabRun): boolean {
    const { rest } = run;
    if (rest === null || rest.length === 0) {
      run.rest = null;
      return false;
    }
    const words = new Int32Array(rest.buffer, rest.byteOffset, rest.length >> 2);
    let bytes = 0;
    do bytes += words[(bytes >> 2) + RECORD_BYTE_LENGTH]!; while (
      bytes < rest.length && bytes + words[(bytes >> 2) + RECORD_BYTE_LENGTH]! <= WINDOW_BYTES
    );
    try {
      if (bytes > run.windowBytes) {
        this.#returnWindow(run);
        run.window = this.window(bytes);
        run.windowBytes = this.#windowBytes;
        this.#window = this.#windowBytes = 0;
      }
      copyBytes(this.kernels.memory.u8, run.window, rest, 0, bytes);
    } catch (error) {
      throw this.#failure(error, -1, "");
    }
    run.pointer = run.window;
    run.end = run.window + bytes;
    run.rest = bytes < rest.length ? rest.subarray(bytes) : null;
    return true;
  }

  /** What came of a run that is complete. */
  result(run: SlabRun): HostResult {
    return { memoryBytes: this.#writers.get(run.writer)?.memoryBytes ?? 0, chunks: run.chunks };
  }

  /** Gives up a run that is not complete. Its writer must be closed then. */
  abandon(run: SlabRun): void {
    run.pointer = run.end;
    run.rest = null;
    if (this.#broken === null) this.#returnWindow(run);
  }

  #returnWindow(run: SlabRun): void {
    const { window, windowBytes } = run;
    run.window = run.windowBytes = 0;
    if (this.#window === 0) {
      this.#window = window;
      this.#windowBytes = windowBytes;
    } else this.kernels.memory.free(window);
  }

  #unusable(): WorkerError {
    return new WorkerError("Cannot encode: the encoder has failed before", {
      rowGroup: -1,
      column: "",
      cause: this.#broken ?? undefined,
    });
  }

  #openChunk(open: OpenWriter, chunkId: number, column: number, rowGroup: number): void {
    const plan = open.plans[column]!;
    const began = now();
    try {
      const { properties } = plan;
      const compressor = this.#compressor(properties);
      const judge = judgingCodec(properties, this.#codecs);
      const encoder = this.#createEncoder(
        this.kernels,
        plan,
        compressor,
        judge === null ? null : this.#compressor(judge),
      );
      open.chunks.set(chunkId, {
        encoder,
        column,
        rowGroup,
        rows: 0,
        memoryBytes: 0,
        milliseconds: 0,
        recordBytes: 0,
      });
      // Of a wide table there are very many.
      this.turns.spend(now() - began);
    } catch (error) {
      throw this.#failure(error, rowGroup, plan.arrowPath);
    }
  }

  #compressor({ compression, compressionLevel, reproducible }: CodecChoice): Compressor | null {
    if (compression === "uncompressed") return null;
    const key = `${compression} ${compressionLevel} ${reproducible}`;
    let compressor = this.#compressors.get(key);
    if (compressor === undefined) {
      const options = { reproducible, modules: this.#codecs };
      compressor = this.#announcing(
        createCompressor(this.kernels, compression, compressionLevel, options),
      );
      this.#compressors.set(key, compressor);
    }
    return compressor;
  }

  #announcing(compressor: Compressor): Compressor {
    return {
      name: compressor.name,
      compress: (src, length) => {
        if (length >= LONG_STEP_BYTES) this.onLongStep(length);
        return compressor.compress(src, length);
      },
      dispose: () => compressor.dispose(),
    };
  }

  /** A part of a segment, or of the end of a chunk. Returns whether there is more of it. */
  #chunkRecord(
    open: OpenWriter,
    chunkId: number,
    rows: number,
    run: SlabRun,
    recordBytes: number,
  ): boolean {
    const chunk = open.chunks.get(chunkId);
    if (chunk === undefined) {
      throw this.#failure(new Error(`there is no column chunk ${chunkId}`), -1, "");
    }
    const { encoder } = chunk;
    const started = now();
    let finished: EncodedColumnChunk | null = null;
    try {
      let more: boolean;
      if (rows === FINISH_CHUNK) {
        more = encoder.settle();
        if (!more) finished = encoder.finish();
      } else {
        if (!run.begun) encoder.begin(run.pointer);
        more = encoder.advance();
        if (!more) {
          chunk.rows += rows;
          chunk.recordBytes += recordBytes;
        }
      }
      this.#account(open, chunk, finished === null ? encoder.memoryBytes : 0);
      const elapsed = now() - started;
      chunk.milliseconds += elapsed;
      this.encodedMilliseconds += elapsed;
      this.turns.spend(elapsed);
      if (finished !== null) {
        open.chunks.delete(chunkId);
        const { rowGroup, milliseconds, recordBytes } = chunk;
        run.chunks.push({ rowGroup, chunk: finished, milliseconds, recordBytes });
      }
      return more;
    } catch (error) {
      const { arrowPath } = open.plans[chunk.column]!;
      throw this.#failure(located(error, chunk, arrowPath), chunk.rowGroup, arrowPath);
    }
  }

  #account(open: OpenWriter, chunk: OpenChunk, memoryBytes: number): void {
    open.memoryBytes += memoryBytes - chunk.memoryBytes;
    chunk.memoryBytes = memoryBytes;
  }

  #failure(error: unknown, rowGroup: number, column: string): Error {
    if (error instanceof ParquetError) return error;
    const message = error instanceof Error ? error.message : String(error);
    const failure = new WorkerError(`Cannot encode column "${column}": ${message}`, {
      rowGroup,
      column,
      cause: error,
    });
    this.#broken = failure;
    return failure;
  }
}

/** A limit that was met where nobody knows of columns, with the column, and the first row of the record or of the chunk's end. */
function located(error: unknown, { rowGroup, rows }: OpenChunk, path: string): unknown {
  if (!(error instanceof LimitError) || error.path !== "") return error;
  const where = `while row group ${rowGroup} was encoded from this row on`;
  return new LimitError(path, rows, `${error.message}, ${where}`, { cause: error });
}
