/**
 * The encoder workers of the process: started when first needed, shared by all writers, idle without keeping the process
 * alive. And those of one writer alone, which end with it.
 *
 * @module
 */

import { spawnWorkerThread } from "../runtime/worker_thread.ts";
import { ignore } from "../util/thenable.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import type { Script, Spawn } from "./late_thread.ts";
import { PooledWorker, SILENCE_MS, type WorkerHome } from "./pooled_worker.ts";

/** A set of workers that grows on demand. */
export class WorkerPool implements WorkerHome {
  readonly #script: () => Script;
  readonly #silenceMs: number;
  readonly #spawn: Spawn;
  readonly #own: boolean;
  readonly #workers: PooledWorker[] = [];
  /** Most workers that a writer has asked for. */
  #wanted = 0;
  /** Whether workers can be had: known once one has answered, or could not be started. */
  #canStart: boolean | undefined;
  #refusal: Error | null = null;

  /**
   * `script`: text of the worker's module, or where it is, or a promise of the text, asked for when a worker is started. `silenceMs`: after how long without a word a
   * busy worker is given up, besides the time that its bytes may take. `spawn`: how threads are started. `own`: workers end when no
   * writer uses them any more.
   */
  constructor(
    script: () => Script,
    silenceMs: number = SILENCE_MS,
    spawn: Spawn = spawnWorkerThread,
    own = false,
  ) {
    this.#script = script;
    this.#silenceMs = silenceMs;
    this.#spawn = spawn;
    this.#own = own;
  }

  /** The workers that are alive. */
  get workers(): readonly PooledWorker[] {
    return this.#workers;
  }

  /** Why the last worker that was asked for could not be started; `null`: it could, or is about to. */
  get refusal(): Error | null {
    return this.#refusal;
  }

  /**
   * Loads the script that workers are started with, so that they start as soon as they are asked for; `null`: it is there, or what keeps
   * it from being there is heard of when they are.
   */
  load(): Promise<void> | null {
    if (this.#canStart === false || this.#workers.length > 0) return null;
    try {
      const script = this.#script();
      return script instanceof Promise ? script.then(ignore, ignore) : null;
    } catch {
      return null;
    }
  }

  /**
   * Up to `count` workers, those with the fewest writers first. Fewer, or none, when no more can be started.
   */
  acquire(count: number, modules: EncoderModules): PooledWorker[] {
    if (this.#canStart === false) return [];
    this.#wanted = Math.max(this.#wanted, count);
    let available = this.#workers.filter((worker) => worker.available);
    try {
      for (; available.length < count; available = this.#workers.filter((w) => w.available)) {
        this.#workers.push(
          new PooledWorker(this, this.#script(), modules, this.#silenceMs, this.#spawn),
        );
      }
    } catch (error) {
      // Threads cannot be had (a sandbox, a limit): the caller makes do with those there are.
      this.#refusal = error instanceof Error ? error : new Error(String(error));
    }
    return available.toSorted((a, b) => a.writers - b.writers || a.outstanding - b.outstanding)
      .slice(0, count);
  }

  /** A worker has dropped the work of writers that ended early. If others were started in its place, it is not needed. */
  free(worker: PooledWorker): void {
    if (worker.writers === 0 && this.#workers.length > this.#wanted) worker.kill();
  }

  /** No writer uses a worker any more, for now. */
  unused(worker: PooledWorker): void {
    if (this.#own) worker.end();
  }

  /** A worker has answered. */
  confirmed(): void {
    this.#canStart = true;
  }

  /** A worker failed before it answered. Where none ever did, no other one is tried. */
  refused(error: Error): void {
    this.#canStart ??= false;
    this.#refusal = error;
  }

  /** A worker was waited for in vain. Where none ever answered, others that have not are not waited for one after the other. */
  neverCame(error: Error): void {
    if (this.#canStart !== false) return;
    for (const worker of this.#workers.filter(({ started }) => !started)) worker.kill(error);
  }

  /** Takes a lost worker out. */
  forget(worker: PooledWorker): void {
    const index = this.#workers.indexOf(worker);
    if (index >= 0) this.#workers.splice(index, 1);
  }
}
