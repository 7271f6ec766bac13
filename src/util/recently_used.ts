/** @module The few things of a kind that were used last. */

/** Remembers so many items, the one that was used last first. */
export class RecentlyUsed<T> {
  readonly #most: number;
  readonly #items: T[] = [];

  /** Remembers `most` items. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The item that matches, which is used with that; `undefined`: none does. */
  find(matches: (item: T) => boolean): T | undefined {
    const at = this.#items.findIndex(matches);
    if (at > 0) this.#items.unshift(...this.#items.splice(at, 1));
    return at < 0 ? undefined : this.#items[0];
  }

  /** Adds an item; the one that was not used for longest may be forgotten. */
  add(item: T): void {
    this.#items.unshift(item);
    this.#items.length = Math.min(this.#items.length, this.#most);
  }
}
