/**
 * In the place of `../node_worker_thread.ts` where a program is bundled for browsers.
 *
 * @module
 */

/** Never called: a browser has no `node:worker_threads`. */
export function spawnNodeThread(): never {
  throw new TypeError("Cannot start a thread: this runtime has no node:worker_threads");
}
