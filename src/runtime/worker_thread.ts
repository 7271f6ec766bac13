/**
 * One thread, the same on Deno, Bun and Node.
 *
 * `node:worker_threads` everywhere: a Deno Web Worker has no `unref`, so that an idle pool would keep the process alive.
 * The worker's source arrives as text and is started from a `data:` URL: nothing has to be found on disk or in a bundle,
 * and no permission is needed.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { listen, type Port } from "./message_port.ts";

/** Name under which the worker finds its port in `workerData`. */
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

/**
 * Starts a thread. It is idle at first: it does not keep the process alive.
 *
 * @param source Source text of an ES module that takes its port from `workerData[PORT_KEY]`.
 * @param handlers What to call.
 * @throws Whatever the runtime throws where threads cannot be had.
 */
export function spawnWorkerThread(source: string, handlers: WorkerThreadHandlers): WorkerThread {
  const { port1, port2 } = new MessageChannel();
  const url = new URL("data:text/javascript," + encodeURIComponent(source));
  let worker: Worker;
  try {
    worker = new Worker(url, {
      workerData: { [PORT_KEY]: port2 },
      transferList: [port2 as never],
    });
  } catch (error) {
    port1.close();
    throw error;
  }
  const port: Port = port1;
  let over = false;

  function end(): boolean {
    if (over) return false;
    over = true;
    stopListening();
    port.close();
    worker.unref();
    return true;
  }
  function fail(error: Error): void {
    if (!end()) return;
    // Nobody waits for this: the thread is lost either way.
    Promise.resolve(worker.terminate()).catch(() => {});
    handlers.failed(error);
  }

  worker.on("error", (error: unknown) => fail(toError(error)));
  worker.on("exit", (code: number) => fail(new Error(`the thread ended with code ${code}`)));
  port.onmessageerror = () => fail(new Error("a message from the thread could not be read"));
  const stopListening = listen(port, (data) => handlers.message(data));
  worker.unref();
  port.unref?.();

  return {
    post(message, transfer = []): void {
      port.postMessage(message, transfer as ArrayBuffer[]);
    },
    keepAlive(on): void {
      if (over) return;
      if (on) {
        worker.ref();
        port.ref?.();
      } else {
        worker.unref();
        port.unref?.();
      }
    },
    terminate(): void {
      if (end()) Promise.resolve(worker.terminate()).catch(() => {});
    },
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
