/**
 * Whether bytes are a JSON document, without making anything of them: a parser's objects take many times the bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 *
 * @module
 */

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d, OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;
const MINUS = 0x2d, ZERO = 0x30, NINE = 0x39, DOT = 0x2e;

const LITERALS = ["true", "false", "null"].map((text) => new TextEncoder().encode(text));

/** Whether `bytes` are one JSON value, with white space around it. Strings may hold bytes that are not UTF-8. */
export function isJson(bytes: Uint8Array): boolean {
  return new Scanner(bytes).document();
}

class Scanner {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** What is open, from the outermost: 1 for an object, 0 for an array. */
  #open = new Uint8Array(32);
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  document(): boolean {
    for (;;) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#at++;
        const isObject = byte === OPEN_BRACE;
        this.#push(isObject);
        this.#skipSpace();
        if (this.#bytes[this.#at] !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
          if (isObject && !this.#key()) return false;
          continue;
        }
        this.#at++;
        this.#depth--;
      } else if (!this.#scalar()) return false;
      const goesOn = this.#afterValue();
      if (goesOn !== null) return goesOn;
    }
  }

  /** What follows a value: another one (`null`), or the end, which is right or wrong. */
  #afterValue(): boolean | null {
    for (;;) {
      this.#skipSpace();
      if (this.#depth === 0) return this.#at === this.#bytes.length;
      const isObject = this.#open[this.#depth - 1] === 1;
      const byte = this.#bytes[this.#at++];
      if (byte === COMMA) {
        if (!isObject) return null;
        this.#skipSpace();
        return this.#key() ? null : false;
      }
      if (byte !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return false;
      this.#depth--;
    }
  }

  #push(isObject: boolean): void {
    if (this.#depth === this.#open.length) {
      const open = new Uint8Array(2 * this.#depth);
      open.set(this.#open);
      this.#open = open;
    }
    this.#open[this.#depth++] = isObject ? 1 : 0;
  }

  /** A name, and the colon behind it. */
  #key(): boolean {
    if (!this.#string()) return false;
    this.#skipSpace();
    return this.#bytes[this.#at++] === COLON;
  }

  #scalar(): boolean {
    const byte = this.#bytes[this.#at];
    if (byte === QUOTE) return this.#string();
    if (byte === MINUS || isDigit(byte)) return this.#number();
    return LITERALS.some((literal) => {
      if (literal.some((letter, i) => this.#bytes[this.#at + i] !== letter)) return false;
      this.#at += literal.length;
      return true;
    });
  }

  #string(): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#at] !== QUOTE) return false;
    for (let at = this.#at + 1; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      if (byte < 0x20) return false;
      if (byte !== BACKSLASH) continue;
      const escape = String.fromCharCode(bytes[++at] ?? 0);
      if (escape !== "u") {
        if (!'"\\/bfnrt'.includes(escape)) return false;
        continue;
      }
      for (let i = 0; i < 4; i++) {
        if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[++at] ?? 0))) return false;
      }
    }
    return false;
  }

  #number(): boolean {
    if (this.#bytes[this.#at] === MINUS) this.#at++;
    if (this.#bytes[this.#at] === ZERO) this.#at++;
    else if (!this.#digits()) return false;
    if (this.#bytes[this.#at] === DOT) {
      this.#at++;
      if (!this.#digits()) return false;
    }
    if ((this.#bytes[this.#at]! | 0x20) === 0x65) {
      this.#at++;
      const sign = this.#bytes[this.#at];
      if (sign === 0x2b || sign === MINUS) this.#at++;
      if (!this.#digits()) return false;
    }
    return true;
  }

  #digits(): boolean {
    const start = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    return this.#at > start;
  }

  #skipSpace(): void {
    for (;; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
