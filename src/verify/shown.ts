/** @module Text of a file as it is shown: hostile names may have megabytes. */

const MAX_LENGTH = 80;

/** A text in quotes, shortened. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text, MAX_LENGTH));
}

/** A text of at most `length` characters. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A dotted path, shortened. */
export function dottedPath(path: readonly string[]): string {
  let text = "";
  for (const [i, name] of path.entries()) {
    text += (i === 0 ? "" : ".") + shortened(name, 1000);
    if (text.length > 2000) return shortened(text, 2000);
  }
  return text;
}
