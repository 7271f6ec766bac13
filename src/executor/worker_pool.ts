/**
 * The encoder workers of the process: started when first needed, shared by all writers, idle without keeping the process
 * alive.
 *
 * @module
 */

import type { CodecModules } from "../compression/codec.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { spawnWorkerThread, type WorkerThread } from "../runtime/worker_thread.ts";
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

/** One worker of a {@linkcode WorkerPool}. */
export class PooledWorker {
  readonly #pool: WorkerPool;
  readonly #thread: WorkerThread;
  readonly #clients = new Map<number, PoolClient>();
  #outstanding = 0;
  #hasZstd = false;

  /** Starts the worker. For {@linkcode WorkerPool} alone. */
  constructor(pool: WorkerPool, source: string, modules: EncoderModules) {
    this.#pool = pool;
    this.#thread = spawnWorkerThread(source, {
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
    return this.#outstanding;
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
    if (this.#outstanding++ === 0) this.#thread.keepAlive(true);
    const { buffer, used } = slab;
    this.#post({ type: "slab", writer, buffer, byteLength: used }, [buffer]);
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
    const answers = message.type === "done" || message.answers;
    if (answers && --this.#outstanding === 0) this.#thread.keepAlive(false);
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

  #lose(error: Error): void {
    this.#pool.forget(this);
    this.#thread.keepAlive(false);
    this.#thread.terminate();
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) client.lost(this, error);
  }
}

/** A set of workers that grows on demand. */
export class WorkerPool {
  readonly #source: () => string;
  readonly #workers: PooledWorker[] = [];

  /** `source`: text of the worker's module, asked for when a worker is started. */
  constructor(source: () => string) {
    this.#source = source;
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
        this.#workers.push(new PooledWorker(this, this.#source(), modules));
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
