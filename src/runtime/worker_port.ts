/**
 * The worker's end of a {@link WorkerThread}.
 *
 * @module
 */

import { workerData } from "node:worker_threads";
import { PORT_KEY } from "./worker_thread.ts";

/** The port to the owner of this thread, or `null` when this is no thread that the library started. */
export function ownerPort(): MessagePort | null {
  return (workerData as Record<string, MessagePort> | null)?.[PORT_KEY] ?? null;
}
