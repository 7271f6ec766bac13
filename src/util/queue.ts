/**
 * A queue whose cost per item does not grow with its length.
 *
 * `Array.shift` moves all that is left: a file of a million row groups spent minutes there.
 *
 * @module
 */

/** Taken items that are kept at the front before the rest is moved down. */
const SLACK = 64;

/** First in, first out. */
export class Queue<T> {
  #items: T[] = [];
  #head = 0;
  #moved = 0;

  /** Number of items. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Items that were moved within the queue so far: at most one for each that was taken. For tests. */
  get moved(): number {
    return this.#moved;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** The first item; it stays. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** The last item; it stays. */
  get last(): T | undefined {
    return this.length > 0 ? this.#items.at(-1) : undefined;
  }

  /** The item `index` places behind the first. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index];
  }

  /** Takes the first item. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    // Not kept alive by the queue.
    this.#items[this.#head++] = undefined as T;
    if (this.#head >= SLACK && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#moved += this.#items.length;
      this.#head = 0;
    }
    return item;
  }

  /** Drops everything. */
  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  /** The items, first to last; they stay. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#head; i < this.#items.length; i++) yield this.#items[i]!;
  }
}
