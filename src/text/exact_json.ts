/**
 * JSON with exact integers: those that a number would round are bigints.
 *
 * @module
 */

/** What a number may round: an integer of 16 digits and more, not after a point; or make infinite: an exponent of three digits. */
const LONG = /(?:^|[^.\d])\d{16}|\d[eE]\+?\d{3}/;
const INTEGER = /^-?\d+$/;

/** What `JSON.parse` tells a reviver of where a value comes from. */
interface Origin {
  readonly source?: string;
}

type Reviver = (this: unknown, key: string, value: unknown, origin?: Origin) => unknown;

function revive(this: unknown, _key: string, value: unknown, origin?: Origin): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = origin!.source!;
  return INTEGER.test(source) ? BigInt(source) : finite(value, source);
}

function finite(value: number, source: string): number {
  if (Number.isFinite(value)) return value;
  const shown = source.length > 40 ? `${source.slice(0, 40)}…` : source;
  throw new RangeError(`${shown} is beyond 1.8e308, the largest number of 64 bits`);
}

/** Whether revivers are told the source (Node 21, Chrome 114, Safari 18.4, Firefox 135). */
const knowsSource = JSON.parse("[1]", ((_key, value, origin) => origin?.source ?? value) as Reviver)
  .includes?.("1") === true;

/**
 * Parses a JSON text.
 *
 * @throws {SyntaxError} When it is none.
 * @throws {RangeError} When a number in it with a fraction or an exponent is beyond all doubles, or it is nested too deeply.
 */
export function exactJson(text: string, withSource: boolean = knowsSource): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  if (withSource) return JSON.parse(text, revive as Reviver);
  return JSON.parse(markedIntegers(text), unmark);
}

/** A number, and what comes after a name, from where they are looked for. */
const NUMBER = /-?\d[\d.eE+-]*/y, COLON = /\s*:/y;
/** Begins the strings that stand for integers. What begins with it already gets it once more. */
const MARK = "\uE000#";

function markedIntegers(text: string): string {
  // What is no JSON has to stay none.
  JSON.parse(text);
  let marked = "", done = 0;
  const replace = (from: number, to: number, by: string): void => {
    marked += text.slice(done, from) + by;
    done = to;
  };
  // No expression for strings: those of some runtimes give up on long ones.
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      const from = at;
      at = stringEnd(text, at);
      const token = text.slice(from, at);
      if (token.startsWith(`"${MARK[0]}`) || token.startsWith('"\\')) {
        const value: string = JSON.parse(token);
        COLON.lastIndex = at;
        // A name is no value.
        if (value.startsWith(MARK) && !COLON.test(text)) {
          replace(from, at, JSON.stringify(MARK + value));
        }
      }
    } else if (code === 45 || (code >= 48 && code <= 57)) {
      NUMBER.lastIndex = at;
      const token = NUMBER.exec(text)![0], value = Number(token);
      if (!INTEGER.test(token)) finite(value, token);
      else if (!Number.isSafeInteger(value)) replace(at, at + token.length, `"${MARK}${token}"`);
      at += token.length;
    } else at++;
  }
  return marked + text.slice(done);
}

/** Where the string ends that begins at `at`, after its quote. */
function stringEnd(text: string, at: number): number {
  for (at++; text.charCodeAt(at) !== 34; at++) if (text.charCodeAt(at) === 92) at++;
  return at + 1;
}

function unmark(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith(MARK)) return value;
  const rest = value.slice(MARK.length);
  return rest.startsWith(MARK) ? rest : BigInt(rest);
}
