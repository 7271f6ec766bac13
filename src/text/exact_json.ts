/**
 * JSON with exact integers: those that a number would round are bigints.
 *
 * @module
 */

/** What may be an integer that a number rounds: 16 digits and more, not after a point. */
const LONG = /(?:^|[^.\d])\d{16}/;
const INTEGER = /^-?\d+$/;

/** What `JSON.parse` tells a reviver of where a value comes from. */
interface Origin {
  readonly source?: string;
}

type Reviver = (this: unknown, key: string, value: unknown, origin?: Origin) => unknown;

function revive(this: unknown, _key: string, value: unknown, origin?: Origin): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = origin!.source!;
  return INTEGER.test(source) ? BigInt(source) : value;
}

/** Whether revivers are told the source (Node 21, Chrome 114, Safari 18.4, Firefox 135). */
const knowsSource = JSON.parse("[1]", ((_key, value, origin) => origin?.source ?? value) as Reviver)
  .includes?.("1") === true;

/**
 * Parses a JSON text.
 *
 * @throws {SyntaxError} When it is none.
 */
export function exactJson(text: string, withSource: boolean = knowsSource): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  if (withSource) return JSON.parse(text, revive as Reviver);
  return JSON.parse(markedIntegers(text), unmark);
}

/** A string, which is left as it is, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs;
/** Begins the strings that stand for integers. What begins with it already gets it once more. */
const MARK = "\uE000#";

function markedIntegers(text: string): string {
  // What is no JSON has to stay none.
  JSON.parse(text);
  return text.replace(TOKEN, (token) => {
    if (token[0] === '"') {
      const value: string = token.includes(MARK[0]!) || token.includes("\\")
        ? JSON.parse(token)
        : "";
      return value.startsWith(MARK) ? JSON.stringify(MARK + value) : token;
    }
    return INTEGER.test(token) && !Number.isSafeInteger(Number(token))
      ? `"${MARK}${token}"`
      : token;
  });
}

function unmark(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith(MARK)) return value;
  const rest = value.slice(MARK.length);
  return rest.startsWith(MARK) ? rest : BigInt(rest);
}
