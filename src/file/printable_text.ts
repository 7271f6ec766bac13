/** @module Text from a file, made fit for a terminal. */

/** Control and formatting characters (line breaks, escapes, direction marks), lone surrogates, and the backslash itself. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{Cs}\\]/gu;

/**
 * Text in which everything that could move a cursor, change a colour or hide a character is an escape.
 *
 * Names and values of a file may come from anyone; shown as they are, they could say something else than they are.
 */
export function printableText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    switch (character) {
      case "\\":
        return "\\\\";
      case "\n":
        return "\\n";
      case "\r":
        return "\\r";
      case "\t":
        return "\\t";
    }
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}
