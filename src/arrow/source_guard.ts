/**
 * The caller's iterators and streams, made safe: they are given back once, however a write ends and whatever they answer.
 *
 * @module
 */

import { callAndForget, ignore, promiseOf } from "../util/thenable.ts";

/** The iterator or the reader of a source. */
interface Pulls<T> {
  next(): IteratorResult<T> | PromiseLike<IteratorResult<T>>;
  /** Gives the source back before its end; whatever comes of it is of no concern. */
  giveBack(reason: unknown): void;
  /** The source has ended. */
  ended(): void;
}

/** Reads sources; {@linkcode SourceGuard.end} gives all of them back, even while an answer is pending. */
export class SourceGuard {
  #guarded: Set<Guarded<unknown>> | null = null;
  #closers: Set<() => void> | null = null;
  #end: { readonly error: unknown; readonly reason: unknown } | null = null;

  /**
   * Ends reading: what is pending, and whatever is asked for later, rejects with `error`. Iterators get `return()`, streams
   * `cancel(reason)`, at once, and nobody waits for them.
   */
  end(error: unknown, reason: unknown): void {
    if (this.#end !== null) return;
    this.#end = { error, reason };
    for (const guarded of this.#guarded ?? []) guarded.end(error, reason);
    this.#guarded = null;
    for (const close of this.#closers ?? []) close();
    this.#closers = null;
  }

  /** The items of an iterable. */
  iterate<T>(source: Iterable<T>): Iterator<T> {
    const guarded = this.#guard(pullsOfIterator(source[Symbol.iterator]()));
    return { next: () => guarded.next(), return: () => guarded.return() };
  }

  /** The items of a stream or of an async iterable. */
  iterateAsync<T>(source: AsyncIterable<T> | ReadableStream<T>): AsyncIterator<T> {
    const guarded = this.#guard(
      // A reader can be cancelled while a read is pending; the iterator of a stream would wait for it first.
      isStream(source) ? pullsOfStream(source) : pullsOfAsyncIterable(source),
    );
    return {
      next: () => guarded.nextAsync(),
      return: () => Promise.resolve(guarded.return()),
    };
  }

  /**
   * Calls `close` when reading is ended early, at once if it was.
   *
   * @returns What to call when that is not needed any longer.
   */
  onEnd(close: () => void): () => void {
    if (this.#end !== null) close();
    else (this.#closers ??= new Set()).add(close);
    return () => void this.#closers?.delete(close);
  }

  #guard<T>(pulls: Pulls<T>): Guarded<T> {
    const guarded: Guarded<T> = new Guarded(
      pulls,
      () => this.#guarded?.delete(guarded as Guarded<unknown>),
    );
    if (this.#end !== null) guarded.end(this.#end.error, this.#end.reason);
    else (this.#guarded ??= new Set()).add(guarded as Guarded<unknown>);
    return guarded;
  }
}

/**
 * Gives a source back that was never read: `cancel(reason)` of a stream or of the body of a response, `return()` of an iterator,
 * `destroy()` of a Node stream, and the same of what a promise gives. Whatever else there is needs nothing.
 */
export function giveBack(source: unknown, reason: unknown): void {
  if (typeof source !== "object" || source === null || Array.isArray(source)) return;
  if ("getReader" in source || Symbol.asyncIterator in source) {
    const guard = new SourceGuard();
    guard.end(reason, reason);
    callAndForget(() => guard.iterateAsync(source as AsyncIterable<unknown>));
  } else if (Symbol.iterator in source) {
    callAndForget(() => (source as Iterable<unknown>)[Symbol.iterator]().return?.());
  } else if ("body" in source) {
    giveBack(source.body, reason);
  } else {
    promiseOf<unknown>(source)?.then((late) => giveBack(late, reason), ignore);
  }
}

class Guarded<T> {
  readonly #pulls: Pulls<T>;
  readonly #over: () => void;
  #state: "open" | "over" | "failed" = "open";
  #error: unknown;
  /** Whether the source is running: a generator cannot be given back by what it calls itself. */
  #running = false;
  #late: { readonly reason: unknown } | null = null;
  #reject: ((error: unknown) => void) | null = null;

  constructor(pulls: Pulls<T>, over: () => void) {
    this.#pulls = pulls;
    this.#over = over;
  }

  next(): IteratorResult<T> {
    if (this.#state !== "open") return this.#answerAfterEnd();
    try {
      return this.#take(this.#call() as IteratorResult<T>);
    } catch (error) {
      this.#state = this.#state === "open" ? "over" : this.#state;
      this.#over();
      throw error;
    }
  }

  nextAsync(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#nextAsync().then(resolve, reject);
    });
  }

  return(): IteratorResult<T> {
    if (this.#state === "open") {
      this.#state = "over";
      this.#over();
      this.#giveBack(undefined);
    }
    return { done: true, value: undefined };
  }

  end(error: unknown, reason: unknown): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#error = error;
    this.#giveBack(reason);
    this.#reject?.(error);
    this.#reject = null;
  }

  async #nextAsync(): Promise<IteratorResult<T>> {
    if (this.#state !== "open") return this.#answerAfterEnd();
    try {
      return this.#take(await this.#call());
    } catch (error) {
      if (this.#state === "open") this.#state = "over";
      this.#over();
      throw error;
    } finally {
      this.#reject = null;
    }
  }

  #call(): IteratorResult<T> | PromiseLike<IteratorResult<T>> {
    this.#running = true;
    try {
      return this.#pulls.next();
    } finally {
      this.#running = false;
      if (this.#late !== null) this.#pulls.giveBack(this.#late.reason);
      this.#late = null;
    }
  }

  #take(result: IteratorResult<T>): IteratorResult<T> {
    // It may have ended meanwhile.
    if (this.#state === "failed") throw this.#error;
    if (typeof result !== "object" || result === null) {
      throw new TypeError(`Cannot read a source: its iterator returned ${String(result)}`);
    }
    if (result.done) {
      this.#state = "over";
      this.#over();
      this.#pulls.ended();
    }
    return result;
  }

  #answerAfterEnd(): IteratorResult<T> {
    if (this.#state === "failed") throw this.#error;
    return { done: true, value: undefined };
  }

  #giveBack(reason: unknown): void {
    if (this.#running) this.#late = { reason };
    else this.#pulls.giveBack(reason);
  }
}

function isStream<T>(source: AsyncIterable<T> | ReadableStream<T>): source is ReadableStream<T> {
  return typeof (source as Partial<ReadableStream<T>>).getReader === "function";
}

function pullsOfIterator<T>(iterator: Iterator<T>): Pulls<T> {
  return {
    next: () => iterator.next(),
    giveBack: () => callAndForget(() => iterator.return?.()),
    ended: () => {},
  };
}

function pullsOfAsyncIterable<T>(source: AsyncIterable<T>): Pulls<T> {
  const iterator = source[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    giveBack: () => {
      callAndForget(() => iterator.return?.());
      // The iterator of a Node stream does nothing before its first item, and nothing while one is pending.
      const { destroy } = source as { destroy?: unknown };
      if (typeof destroy === "function") callAndForget(() => Reflect.apply(destroy, source, []));
    },
    ended: () => {},
  };
}

function pullsOfStream<T>(source: ReadableStream<T>): Pulls<T> {
  const reader = source.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<T>>,
    giveBack: (reason) => {
      callAndForget(() => reader.cancel(reason));
      callAndForget(() => reader.releaseLock());
    },
    ended: () => callAndForget(() => reader.releaseLock()),
  };
}
