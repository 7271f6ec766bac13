/**
 * The worker's end of a thread.
 *
 * @module
 */

import { builtinModule } from "./builtin_modules.ts";
import { listen } from "./message_port.ts";
import { PORT_KEY } from "./worker_messages.ts";

/** What a worker has of its owner. */
export interface OwnerPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  /** Calls `message` for each message. */
  listen(message: (data: unknown) => void): void;
}

/** The part of a dedicated worker's global that is used. */
interface WorkerGlobal {
  readonly WorkerGlobalScope?: unknown;
  postMessage?(message: unknown, transfer: ArrayBuffer[]): void;
  onmessage?: ((event: MessageEvent) => void) | null;
}

/** The port to the owner of this thread, or `null` when this is no thread that the library started. */
export function ownerPort(): OwnerPort | null {
  const data = builtinModule("node:worker_threads")?.workerData;
  const port = (data as Record<string, MessagePort> | null | undefined)?.[PORT_KEY];
  if (port !== undefined) {
    return {
      postMessage: (message, transfer) => port.postMessage(message, transfer),
      listen: (message) => void listen(port, message),
    };
  }
  const scope = globalThis as WorkerGlobal;
  if (scope.WorkerGlobalScope === undefined || typeof scope.postMessage !== "function") return null;
  return {
    postMessage: (message, transfer) => scope.postMessage!(message, transfer),
    listen: (message) => scope.onmessage = (event) => message(event.data),
  };
}
