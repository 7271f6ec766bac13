/**
 * A thread whose script is still being loaded.
 *
 * @module
 */

import type { WorkerThread, WorkerThreadHandlers } from "../runtime/worker_thread.ts";

/** Where the script of a thread is, or its text; perhaps only later. */
export type Script = string | URL | Promise<string>;

/** Starts threads: `spawnWorkerThread`. */
export type Spawn = (script: string | URL, handlers: WorkerThreadHandlers) => WorkerThread;

/**
 * Starts a thread as soon as its script is there.
 *
 * @throws What `spawn` throws, if the script is there; else that is heard of by `failed`, as is what keeps the script from being loaded.
 */
export function spawnWhenLoaded(
  script: Script,
  handlers: WorkerThreadHandlers,
  spawn: Spawn,
): WorkerThread {
  return typeof script === "string" || script instanceof URL
    ? spawn(script, handlers)
    : new LateThread(script, handlers, spawn);
}

/** Keeps what is asked of the thread until there is one. */
class LateThread implements WorkerThread {
  #thread: WorkerThread | null = null;
  #over = false;
  #alive = false;
  #posted: { readonly message: unknown; readonly transfer?: readonly ArrayBuffer[] | undefined }[] =
    [];

  constructor(script: Promise<string>, handlers: WorkerThreadHandlers, spawn: Spawn) {
    const fail = (error: unknown) => {
      if (this.#over) return;
      this.#over = true;
      handlers.failed(error instanceof Error ? error : new Error(String(error)));
    };
    script.then((source) => {
      if (this.#over) return;
      const thread = this.#thread = spawn(source, handlers);
      for (const { message, transfer } of this.#posted.splice(0)) thread.post(message, transfer);
      if (this.#alive) thread.keepAlive(true);
    }).catch(fail);
  }

  post(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    if (this.#thread === null) this.#posted.push({ message, transfer });
    else this.#thread.post(message, transfer);
  }

  keepAlive(on: boolean): void {
    this.#alive = on;
    this.#thread?.keepAlive(on);
  }

  terminate(): void {
    this.#over = true;
    this.#posted = [];
    this.#thread?.terminate();
  }
}
