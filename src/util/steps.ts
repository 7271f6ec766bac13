/** @module Work that is done in steps, so that others may have their turn between two of them. */

/** Work whose steps end at each `yield`. */
export type Steps<T> = Generator<void, T, void>;

/** Does all steps at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
