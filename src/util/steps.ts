/** @module Work that is done in steps, so that others may have their turn between two of them. */

/** Work whose steps end at each `yield`. */
export type Steps<T> = Generator<void, T, void>;

/** Bytes that a step works on where there are more: a few milliseconds, whatever is done with them but compression. */
export const STEP_BYTES: number = 4 * 1024 * 1024;
/** The same in values. */
export const STEP_VALUES: number = 512 * 1024;

/** Does all steps at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
