/**
 * Calls that may never come back: a read of a silent pipe, a write to one without a reader.
 *
 * @module
 */

let waiting = 0;

/** Whether such a call is under way. Node's `exit` would wait for it. */
export function isBlocked(): boolean {
  return waiting > 0;
}

/** The promise of such a call. */
export async function blocking<T>(promise: Promise<T>): Promise<T> {
  waiting++;
  try {
    return await promise;
  } finally {
    waiting--;
  }
}
