/**
 * A thread of `node:worker_threads`, the same on Deno, Bun and Node: a Deno Web Worker has no `unref`, so that an idle pool would keep
 * the process alive.
 *
 * The worker's source arrives as text and is evaluated as a script: nothing has to be found on disk or in a bundle, and no permission
 * is needed. From a `data:` URL it is an ES module, which is there later; ms to its first answer: Node 26.10 23 as a script, 24 as a
 * module, Deno 2.9.6 36 and 55, Bun 1.4.5 19 and 33.
 *
 * @module
 */

import type { Worker as WorkerClass } from "node:worker_threads";
import { listen, type Port } from "./message_port.ts";
import { PORT_KEY, type WorkerThread, type WorkerThreadHandlers } from "./worker_messages.ts";

/**
 * Starts a thread.
 *
 * @param Worker The class, of `node:worker_threads`.
 * @param script Source text that takes its port from `workerData[PORT_KEY]` and imports nothing, or where an ES module of that kind is.
 * @param handlers What to call.
 * @throws Whatever the runtime throws where threads cannot be had.
 */
export function spawnNodeThread(
  Worker: typeof WorkerClass,
  script: string | URL,
  handlers: WorkerThreadHandlers,
): WorkerThread {
  const { port1, port2 } = new MessageChannel();
  let worker: WorkerClass;
  try {
    worker = new Worker(script, {
      eval: typeof script === "string",
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
