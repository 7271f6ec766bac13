/**
 * Promises of others: whatever has a callable `then`, as `await` sees it. They may be of another realm (Jest, `node:vm`), of a
 * library, settle twice, or throw when they are looked at.
 *
 * @module
 */

/** Does nothing: a rejection is known of, or is of no concern. */
export function ignore(): void {}

/**
 * A promise of this realm for `value` where that is something to wait for; `undefined` where it is not.
 *
 * `then` is read once and called at once; where it throws, the promise rejects. Whatever `then` returns is of no concern, and only
 * the first settlement counts.
 */
export function promiseOf<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return undefined;
  }
  let then: unknown;
  try {
    ({ then } = value as { then?: unknown });
  } catch (error) {
    return Promise.reject(error);
  }
  if (typeof then !== "function") return undefined;
  return new Promise<T>((resolve, reject) => {
    try {
      Reflect.apply(then, value, [resolve, reject]);
    } catch (error) {
      reject(error);
    }
  });
}

/** Calls something whose end nobody waits for and whose failure changes nothing. */
export function callAndForget(call: () => unknown): void {
  try {
    promiseOf(call())?.catch(ignore);
  } catch {
    // As for a rejection.
  }
}
