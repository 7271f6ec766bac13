/**
 * What a thread and its owner are to each other, whatever kind of thread it is.
 *
 * @module
 */

/** Name under which a thread of `node:worker_threads` finds its port in `workerData`. */
export const PORT_KEY = "parquetExtPort";

/** What a thread tells its owner. */
export interface WorkerThreadHandlers {
  /** A message has come. */
  message(data: unknown): void;
  /** The thread is gone or cannot be trusted any more. Called at most once; nothing follows. */
  failed(error: Error): void;
}

/** A started thread. */
export interface WorkerThread {
  /** Posts a message; the buffers in `transfer` move to the thread. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Whether the thread keeps the process alive; not at first. */
  keepAlive(on: boolean): void;
  /** Ends the thread, whatever it is doing. `failed` is not called. */
  terminate(): void;
}
