/**
 * The encoder workers of the process: started when first needed, shared by all writers, idle without keeping the process
 * alive.
 *
 * @module
 */

import type { CodecModules } from "../compression/codec.ts";
import { clearTimer, now, setTimer, type Timer } from "../runtime/clock.ts";
import { spawnWorkerThread, type WorkerThread } from "../runtime/worker_thread.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import { fromErrorRecord } from "./error_record.ts";
import type { FinishedChunk, WorkerRequest, WorkerResponse } from "./messages.ts";
import { recycle, type Slab } from "./slab.ts";

/** A writer, as its workers see it. */
export interface PoolClient {
  /** The worker has encoded the oldest slab it was given. */
  done(worker: PooledWorker, memoryBytes: number, chunks: readonly FinishedChunk[]): void;
  /** The writer's data could not be encoded. */
  failed(worker: PooledWorker, error: Error): void;
  /** The worker is lost, whatever it was doing. */
  lost(worker: PooledWorker, error: Error): void;
}

/**
 * Milliseconds without a word from a worker that has work, after which it is taken for lost. Far beyond what a slab may take:
 * the slowest codec at its highest level needs seconds for a page.
 */
const SILENCE_MS = 10 * 60 * 1000;

/** One worker of a {@linkcode WorkerPool}. */
export class PooledWorker {
  readonly #pool: WorkerPool;
  readonly #thread: WorkerThread;
  readonly #clients = new Map<number, PoolClient>();
  readonly #silenceMs: number;
  #sent = 0;
  #answered = 0;
  #hasZstd = false;
  /** When the worker was last heard of, or was given work while it had none. */
  #lastHeard = 0;
  #watch: Timer | undefined;

  /** Starts the worker. For {@linkcode WorkerPool} alone. */
  constructor(
    pool: WorkerPool,
    source: string,
    modules: EncoderModules,
    silenceMs: number,
    spawn: typeof spawnWorkerThread,
  ) {
    this.#pool = pool;
    this.#silenceMs = silenceMs;
    this.#thread = spawn(source, {
      message: (data) => this.#receive(data as WorkerResponse),
      failed: (error) => this.#lose(error),
    });
    this.#post({ type: "modules", modules });
  }

  /** Number of writers that use this worker. */
  get writers(): number {
    return this.#clients.size;
  }

  /** Number of slabs that are not back yet. */
  get outstanding(): number {
    return this.#sent - this.#answered;
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
    this.#post({ type: "open", writer, plans, codecs: fresh });
  }

  /** Hands a slab over. It must not be touched any more. */
  send(writer: number, slab: Slab): void {
    if (this.outstanding === 0) {
      this.#thread.keepAlive(true);
      this.#lastHeard = now();
      this.#watchFor(this.#silenceMs);
    }
    const { buffer, used } = slab;
    this.#post({ type: "slab", writer, slab: this.#sent++, buffer, byteLength: used }, [buffer]);
  }

  /** Ends a writer; its client hears nothing more. */
  close(writer: number): void {
    if (this.#clients.delete(writer)) this.#post({ type: "close", writer });
  }

  /** Ends the worker as if it had crashed. */
  kill(): void {
    this.#lose(new Error("the thread was ended"));
  }

  #post(message: WorkerRequest, transfer: readonly ArrayBuffer[] = []): void {
    this.#thread.post(message, transfer);
  }

  #receive(message: WorkerResponse): void {
    this.#lastHeard = now();
    if (message.slab !== null) {
      if (message.slab !== this.#answered || this.outstanding === 0) {
        return this.#lose(new Error(`it answered slab ${message.slab} out of turn`));
      }
      this.#answered++;
      if (this.outstanding === 0) this.#rest();
    }
    const client = this.#clients.get(message.writer);
    switch (message.type) {
      case "done":
        recycle(message.buffer);
        return client?.done(this, message.memoryBytes, message.chunks);
      case "failed":
        return client?.failed(this, fromErrorRecord(message.error));
      case "broken": {
        const error = fromErrorRecord(message.error);
        client?.failed(this, error);
        return this.#lose(error);
      }
    }
  }

  /** One timer while the worker has work, not one a slab: what it finds at its end says how long to wait again. */
  #watchFor(milliseconds: number): void {
    this.#watch = setTimer(() => {
      const left = this.#lastHeard + this.#silenceMs - now();
      if (left > 0) return this.#watchFor(left);
      this.#lose(new Error(`it was silent for ${Math.round(this.#silenceMs / 1000)} s`));
    }, milliseconds);
  }

  /** Without work the worker keeps neither the process nor a timer alive. */
  #rest(): void {
    clearTimer(this.#watch);
    this.#thread.keepAlive(false);
  }

  #lose(error: Error): void {
    this.#pool.forget(this);
    this.#rest();
    this.#thread.terminate();
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) client.lost(this, error);
  }
}

/** A set of workers that grows on demand. */
export class WorkerPool {
  readonly #source: () => string;
  readonly #silenceMs: number;
  readonly #spawn: typeof spawnWorkerThread;
  readonly #workers: PooledWorker[] = [];

  /**
   * `source`: text of the worker's module, asked for when a worker is started. `silenceMs`: after how long without a word a
   * busy worker is given up. `spawn`: how threads are started.
   */
  constructor(
    source: () => string,
    silenceMs: number = SILENCE_MS,
    spawn: typeof spawnWorkerThread = spawnWorkerThread,
  ) {
    this.#source = source;
    this.#silenceMs = silenceMs;
    this.#spawn = spawn;
  }

  /** The workers that are alive. */
  get workers(): readonly PooledWorker[] {
    return this.#workers;
  }

  /**
   * Up to `count` workers, those with the fewest writers first. Fewer, or none, when no more can be started.
   */
  acquire(count: number, modules: EncoderModules): PooledWorker[] {
    try {
      while (this.#workers.length < count) {
        this.#workers.push(
          new PooledWorker(this, this.#source(), modules, this.#silenceMs, this.#spawn),
        );
      }
    } catch {
      // Threads cannot be had (a sandbox, a limit): the caller makes do with those there are.
    }
    return this.#workers.toSorted((a, b) => a.writers - b.writers || a.outstanding - b.outstanding)
      .slice(0, count);
  }

  /** Takes a lost worker out. */
  forget(worker: PooledWorker): void {
    const index = this.#workers.indexOf(worker);
    if (index >= 0) this.#workers.splice(index, 1);
  }
}
