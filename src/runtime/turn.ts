/** @module Turns of the event loop. */

/** What runtimes beyond browsers have. */
const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate;

/** Calls back after messages that have arrived by now were delivered. */
export function afterTurn(callback: () => void): void {
  if (immediate !== undefined) immediate(callback);
  else setTimeout(callback, 0);
}
