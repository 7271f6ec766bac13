/**
 * Threads of whatever kind the runtime has.
 *
 * @module
 */

import { builtinModule } from "./builtin_modules.ts";
import { spawnNodeThread } from "./node_worker_thread.ts";
import { spawnWebThread } from "./web_worker_thread.ts";
import type { WorkerThread, WorkerThreadHandlers } from "./worker_messages.ts";

export type { WorkerThread, WorkerThreadHandlers };

/**
 * Starts a thread. It is idle at first: it does not keep the process alive.
 *
 * @param script Source text of an ES module that takes its port from `ownerPort`, or where it is.
 * @param handlers What to call.
 * @throws Whatever the runtime throws where threads cannot be had. That may be heard of later, too: by `failed`.
 */
export function spawnWorkerThread(
  script: string | URL,
  handlers: WorkerThreadHandlers,
): WorkerThread {
  const Worker = builtinModule("node:worker_threads")?.Worker;
  return Worker === undefined
    ? spawnWebThread(script, handlers)
    : spawnNodeThread(Worker, script, handlers);
}
