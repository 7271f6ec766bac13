/** @module Bearer tokens, and functions that give them. */

/** A token, or a function that returns one; it is called again after some minutes, and when the store says that the token has expired. */
export type TokenOption = string | (() => string | PromiseLike<string>);

/** How long a token of a function is used without being asked for anew; those of Google and Microsoft hold for an hour. */
const KEPT_MS = 5 * 60_000;

/** A token, kept while it holds. */
export class TokenSource {
  readonly #option: TokenOption;
  #kept: Promise<string> | null = null;
  #until = 0;

  /** Nothing is asked yet. */
  constructor(option: TokenOption) {
    this.#option = option;
  }

  /** The token. */
  async get(): Promise<string> {
    if (typeof this.#option === "string") return checked(this.#option);
    if (Date.now() > this.#until) this.#kept = null;
    this.#until = this.#kept === null ? Date.now() + KEPT_MS : this.#until;
    const kept = this.#kept ??= Promise.resolve(this.#option()).then(checked);
    try {
      return await kept;
    } catch (error) {
      if (this.#kept === kept) this.#kept = null;
      throw error;
    }
  }

  /** Forgets a token that the server says has ended. Whether there may be another one. */
  forget(): boolean {
    this.#kept = null;
    return typeof this.#option === "function";
  }
}

function checked(token: string): string {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new TypeError("Cannot use the token: it is not printable ASCII");
}
