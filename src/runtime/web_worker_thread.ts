/**
 * A thread of a browser: a module worker.
 *
 * @module
 */

import type { WorkerThread, WorkerThreadHandlers } from "./worker_messages.ts";

/**
 * Starts a worker. Where a content security policy forbids it, that is heard of only later, as a failure without a message.
 *
 * @param script Source text of an ES module, which is started from a `blob:` URL, or where it is.
 * @param handlers What to call.
 * @throws Whatever the browser throws where workers cannot be had: there are none in service workers.
 */
export function spawnWebThread(
  script: string | URL,
  handlers: WorkerThreadHandlers,
): WorkerThread {
  const isText = typeof script === "string";
  const url = isText
    ? URL.createObjectURL(new Blob([script], { type: "text/javascript" }))
    : script.href;
  let worker: Worker;
  try {
    worker = new Worker(url, { type: "module", name: "parquet-ext encoder" });
  } catch (error) {
    if (isText) URL.revokeObjectURL(url);
    throw error;
  }
  let over = false, started = false;

  function end(): boolean {
    if (over) return false;
    over = true;
    release();
    worker.onmessage = worker.onerror = worker.onmessageerror = null;
    worker.terminate();
    return true;
  }
  function fail(message: string): void {
    if (end()) handlers.failed(new Error(message));
  }
  /** The worker has read its script. */
  function release(): void {
    if (isText && !started) URL.revokeObjectURL(url);
    started = true;
  }

  worker.onmessage = (event: MessageEvent) => {
    release();
    handlers.message(event.data);
  };
  worker.onerror = (event: Event) => {
    event.preventDefault();
    const { message } = event as Partial<ErrorEvent>;
    fail(message || `the browser refused ${isText ? "a blob: worker" : url}`);
  };
  worker.onmessageerror = () => fail("a message from the worker could not be read");

  return {
    post(message, transfer = []): void {
      worker.postMessage(message, transfer as ArrayBuffer[]);
    },
    // Workers keep no page alive.
    keepAlive(): void {},
    terminate(): void {
      end();
    },
  };
}
