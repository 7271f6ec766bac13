/**
 * One encoder worker, as the threads see it that give it work: slabs go out, answers come in, and a worker that falls silent is lost.
 *
 * @module
 */

import type { CodecModules } from "../compression/codec.ts";
import { clearTimer, now, setTimer, type Timer } from "../runtime/clock.ts";
import type { WorkerThread } from "../runtime/worker_thread.ts";
import { type ColumnPlan, compressesSlowly } from "../schema/column_plan.ts";
import { giveBlocks, isLargeBlock, returnBlock } from "../util/byte_blocks.ts";
import { VERSION } from "../util/version.ts";
import { AnsweredSlabs } from "./answered_slabs.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import { fromErrorRecord } from "./error_record.ts";
import { type Script, type Spawn, spawnWhenLoaded } from "./late_thread.ts";
import type { FinishedChunk, WorkerRequest, WorkerResponse } from "./messages.ts";
import { isShared, recycle, type Slab } from "./slab.ts";

/** What a worker tells the pool that it is of. */
export interface WorkerHome {
  /** A worker has answered. */
  confirmed(): void;
  /** A worker failed before it answered. */
  refused(error: Error): void;
  /** A worker was waited for in vain, and its writers have been told. */
  neverCame(error: Error): void;
  /** A worker has dropped the work of writers that ended early. */
  free(worker: PooledWorker): void;
  /** No writer uses a worker any more, for now. */
  unused(worker: PooledWorker): void;
  /** A worker is lost, or is not to get anything new. */
  forget(worker: PooledWorker): void;
}

/** A writer, as its workers see it. */
export interface PoolClient {
  /** The worker has encoded a slab, the oldest that this writer gave it, and was busy for so long since its last answer. */
  done(
    worker: PooledWorker,
    slab: Slab,
    memoryBytes: number,
    milliseconds: number,
    chunks: readonly FinishedChunk[],
  ): void;
  /** The writer's data could not be encoded. */
  failed(worker: PooledWorker, error: Error): void;
  /** The worker is lost, whatever it was doing. */
  lost(worker: PooledWorker, error: Error): void;
  /** The worker could not be started. What it was given was not sent: it is the writer's again. */
  notStarted(worker: PooledWorker, error: Error): void;
}

/**
 * Milliseconds without a word from a worker that has work, after which it is taken for lost. Between two pages a busy worker
 * says that it is alive; what it is given beyond that for the bytes of a step comes on top.
 */
export const SILENCE_MS = 10_000;
/**
 * Milliseconds more for each byte that the worker may have to do in one step: 100 kB/s. The slowest codec at its highest
 * level, brotli 11, makes 500 kB/s.
 */
const SILENCE_MS_PER_BYTE = 0.01;
/** How much longer a worker with such a codec may be silent: it may have to share its core. */
const SLOW_CODEC_FACTOR = 4;
/** Slices of its bound in which a worker's silence is counted. */
const SILENCE_TICKS = 8;
/** Part of its bound for which a worker must have been silent to be given to no new writer: one slice, timers being inexact. */
const SUSPECT_PART = 0.9 / SILENCE_TICKS;
/**
 * Milliseconds that a worker has to drop the work of a writer that ended early. It looks at its messages between two pages,
 * so only a step that takes this long gets the worker replaced.
 */
const GRACE_MS = 500;

/** Slabs that a worker has encoded when it is warm. */
const WARM_SLABS = 64;
/** Blocks that travel with a slab at the most: twice as many bytes as it has. */
const MOST_BLOCKS = 32;

/** One worker of a pool. */
export class PooledWorker {
  readonly #pool: WorkerHome;
  readonly #thread: WorkerThread;
  readonly #clients = new Map<number, PoolClient>();
  readonly #silenceMs: number;
  /** Slabs that are not back yet, and their writers, by ordinal, in order. */
  readonly #outstanding = new Map<number, { readonly writer: number; readonly slab: Slab }>();
  #slabs = 0;
  readonly #answered = new AnsweredSlabs();
  #kernelBytes = 0;
  /** Blocks that came with column chunks, and none went back for. */
  #blocksOwed = 0;
  #hasZstd = false;
  #slowCodec = false;
  /** Bytes of the step that the worker has announced. */
  #stepBytes = 0;
  /** Milliseconds since the worker was last heard of, as far as this thread was there to listen. */
  #silent = 0;
  #watch: Timer | undefined;
  /** Runs while the worker has work of writers that have ended. */
  #grace: Timer | undefined;
  #retired = false;
  /** What waits for the worker to say that it is there; `null`: it has. Nothing is sent that would be lost with it. */
  #unsent: { readonly message: WorkerRequest; readonly transfer: readonly ArrayBuffer[] }[] | null =
    [];

  /** Starts the worker. For pools alone. */
  constructor(
    pool: WorkerHome,
    script: Script,
    modules: EncoderModules,
    silenceMs: number,
    spawn: Spawn,
  ) {
    this.#pool = pool;
    this.#silenceMs = silenceMs;
    const handlers = {
      message: (data: unknown) => this.#receive(data as WorkerResponse),
      failed: (error: Error) => this.#lose(error),
    };
    this.#thread = spawnWhenLoaded(script, handlers, spawn);
    this.#thread.post({ type: "modules", modules, answered: this.#answered.places });
  }

  /** Whether the worker has said that it is there. */
  get started(): boolean {
    return this.#unsent === null;
  }

  /** Whether the worker has encoded so much that its runtime has compiled what it does: until then, it is slower than it will be. */
  get isWarm(): boolean {
    return this.started && this.#slabs - this.#outstanding.size >= WARM_SLABS;
  }

  /** Number of writers that use this worker. */
  get writers(): number {
    return this.#clients.size;
  }

  /** Number of slabs that are not back yet. */
  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** Bytes of the worker's kernel memory, as far as it has said. */
  get kernelBytes(): number {
    return this.#kernelBytes;
  }

  /** Whether new writers may be given this worker: not while it may be stuck, with what nobody needs any more or at all. */
  get available(): boolean {
    return this.#grace === undefined && !this.#retired && !this.#suspect;
  }

  /** Whether the worker, which is busy, has been silent for a while. Should it be lost, that is no matter of writers to come. */
  get #suspect(): boolean {
    return this.#outstanding.size > 0 && this.#silent >= this.#patience * SUSPECT_PART;
  }

  /** Begins a writer. */
  open(
    writer: number,
    plans: readonly ColumnPlan[],
    codecs: CodecModules,
    client: PoolClient,
  ): void {
    this.#clients.set(writer, client);
    // A module that arrives twice would be two modules there, each instantiated.
    const fresh = codecs.zstd !== undefined && !this.#hasZstd ? { zstd: codecs.zstd } : {};
    if (fresh.zstd !== undefined) this.#hasZstd = true;
    this.#slowCodec ||= plans.some(compressesSlowly);
    this.#post({ type: "open", writer, plans, codecs: fresh });
  }

  /** Whether answers of the worker are seen before they come. */
  get isSeenToAnswer(): boolean {
    return this.#answered.places !== null;
  }

  /** Whether the worker has answered this slab, which it was sent; `done` may not have been called yet. */
  hasAnswered(slab: Slab): boolean {
    return this.#answered.has(slab.ordinal);
  }

  /** Hands a slab over. It must not be touched any more. */
  send(writer: number, slab: Slab): void {
    const idle = this.#outstanding.size === 0;
    const { buffer, used } = slab;
    const ordinal = slab.ordinal = this.#slabs++;
    this.#outstanding.set(ordinal, { writer, slab });
    if (idle) {
      this.#thread.keepAlive(true);
      this.#heard();
      this.#watchOn();
    }
    const blocks = giveBlocks(Math.min(this.#blocksOwed, MOST_BLOCKS));
    this.#blocksOwed -= blocks.length;
    this.#post(
      { type: "slab", writer, slab: ordinal, buffer, byteLength: used, blocks },
      isShared(buffer) ? blocks : [buffer, ...blocks],
    );
  }

  /** Ends a writer; its client hears nothing more. What the worker still has of it is dropped, or else the worker is. */
  close(writer: number): void {
    if (!this.#clients.delete(writer)) return;
    if (this.#unsent !== null) this.#forgetUnsent(writer);
    else this.#post({ type: "close", writer });
    if (this.#clients.size === 0) {
      if (this.#retired) return this.#end();
      this.#pool.unused(this);
    }
    if (this.#grace === undefined && !this.#retired && this.#hasWorkOfNobody()) {
      this.#grace = setTimer(() => this.#graceIsOver(), GRACE_MS);
    }
  }

  /** Ends the worker as if it had crashed. */
  kill(error: Error = new Error("the thread was ended")): void {
    this.#lose(error);
  }

  /** Ends the worker, which no writer uses. */
  end(): void {
    this.#end();
  }

  #post(message: WorkerRequest, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#unsent === null) this.#thread.post(message, transfer);
    else this.#unsent.push({ message, transfer });
  }

  /** The worker is there: sends it what has come together. */
  #start(version: string): void {
    if (version !== VERSION) {
      return this.#lose(new Error(`its script is of version ${version}, not ${VERSION}`));
    }
    this.#pool.confirmed();
    const unsent = this.#unsent ?? [];
    this.#unsent = null;
    for (const { message, transfer } of unsent) this.#thread.post(message, transfer);
  }

  /** Takes back what a writer that has ended gave this worker before it was there. */
  #forgetUnsent(writer: number): void {
    this.#unsent = this.#unsent!.filter(({ message }) => {
      if (message.type === "modules" || message.writer !== writer) return true;
      if (message.type === "slab") {
        this.#outstanding.delete(message.slab);
        recycle(message.buffer);
        for (const block of message.blocks) returnBlock(new Uint8Array(block));
      } else if (message.type === "open" && message.codecs.zstd !== undefined) {
        this.#hasZstd = false;
      }
      return false;
    });
    if (this.#outstanding.size === 0) this.#rest();
  }

  #receive(message: WorkerResponse): void {
    this.#heard();
    const answered = this.#outstanding.get(message.slab ?? -1);
    if (message.slab !== null) {
      if (!this.#outstanding.delete(message.slab)) {
        return this.#lose(new Error(`it answered slab ${message.slab}, which it does not have`));
      }
      if (this.#outstanding.size === 0) this.#rest();
      if (this.#grace !== undefined && !this.#hasWorkOfNobody()) this.#endGrace();
    }
    switch (message.type) {
      case "ready":
        return this.#start(message.version);
      case "working":
        this.#stepBytes = message.bytes;
        return;
      case "done":
        // What was transferred is the slab's no more.
        recycle(message.buffer ?? answered!.slab.buffer);
        this.#kernelBytes = message.kernelBytes;
        for (const { chunk } of message.chunks) {
          for (const part of chunk.parts) this.#blocksOwed += Number(isLargeBlock(part));
        }
        return this.#clients.get(message.writer)
          ?.done(this, answered!.slab, message.memoryBytes, message.milliseconds, message.chunks);
      case "failed":
        // Shared memory; what was transferred is gone.
        if (answered !== undefined) recycle(answered.slab.buffer);
        return this.#clients.get(message.writer)?.failed(this, fromErrorRecord(message.error));
      case "broken": {
        const error = fromErrorRecord(message.error);
        this.#clients.get(message.writer)?.failed(this, error);
        return this.#lose(error);
      }
    }
  }

  // --- silence -----------------------------------------------------------------------------------------------------

  #heard(): void {
    this.#silent = 0;
    this.#stepBytes = 0;
  }

  /** Milliseconds that the worker may be silent now. */
  get #patience(): number {
    let bytes = this.#stepBytes;
    for (const { slab } of this.#outstanding.values()) bytes = Math.max(bytes, slab.used);
    const factor = this.#slowCodec ? SLOW_CODEC_FACTOR : 1;
    return (this.#silenceMs + bytes * SILENCE_MS_PER_BYTE) * factor;
  }

  /**
   * One timer while the worker has work, not one a slab. It counts in slices, none for more than it was meant to be: while
   * this thread is busy or the process is stopped, nothing can be heard.
   */
  #watchOn(): void {
    const slice = Math.ceil(this.#patience / SILENCE_TICKS);
    const started = now();
    this.#watch = setTimer(() => {
      this.#silent += Math.min(now() - started, slice);
      if (this.#silent < this.#patience * (1 - 1 / (2 * SILENCE_TICKS))) return this.#watchOn();
      const error = new Error(`it was silent for ${Math.round(this.#silent / 1000)} s`);
      const cameBefore = this.started;
      this.#lose(error);
      if (!cameBefore) this.#pool.neverCame(error);
    }, slice);
  }

  /** Without work the worker keeps neither the process nor a timer alive. */
  #rest(): void {
    clearTimer(this.#watch);
    this.#thread.keepAlive(false);
  }

  // --- ends --------------------------------------------------------------------------------------------------------

  /** Whether the worker has slabs of writers that have ended. */
  #hasWorkOfNobody(): boolean {
    for (const { writer } of this.#outstanding.values()) {
      if (!this.#clients.has(writer)) return true;
    }
    return false;
  }

  #endGrace(): void {
    clearTimer(this.#grace);
    this.#grace = undefined;
    this.#pool.free(this);
  }

  /** Takes the worker out of the pool; it is ended as soon as no writer has anything in it. */
  #graceIsOver(): void {
    this.#grace = undefined;
    this.#retired = true;
    this.#pool.forget(this);
    if (this.#clients.size === 0) this.#end();
  }

  #lose(error: Error): void {
    const clients = [...this.#clients.values()];
    const { started } = this;
    this.#clients.clear();
    this.#end();
    if (!started) this.#pool.refused(error);
    for (const client of clients) {
      if (started) client.lost(this, error);
      else client.notStarted(this, error);
    }
  }

  #end(): void {
    this.#pool.forget(this);
    this.#retired = true;
    clearTimer(this.#grace);
    this.#grace = undefined;
    this.#outstanding.clear();
    this.#rest();
    this.#thread.terminate();
  }
}
