/** An abort signal that knows who listens to it. */

/** The signal, and who can fire it. */
export class TrackedSignal {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<unknown>();

  constructor() {
    const { signal } = this;
    const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
    const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
    signal.addEventListener = (...args: unknown[]) => {
      this.#listeners.add(args[1]);
      add(...args);
    };
    signal.removeEventListener = (...args: unknown[]) => {
      this.#listeners.delete(args[1]);
      remove(...args);
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Listeners that were not taken back; none once it has fired. */
  get listeners(): number {
    return this.signal.aborted ? 0 : this.#listeners.size;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}
