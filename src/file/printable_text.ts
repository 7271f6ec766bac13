/** @module Text from a file, made fit for a terminal. */

/** Control and formatting characters (line breaks, escapes, direction marks), line separators, and lone surrogates. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{Cs}]/gu;
/** The same, and the backslash that escapes begin with. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE_OR_BACKSLASH = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{Cs}\\]/gu;
/** The same as {@linkcode UNPRINTABLE}, but for the line breaks of a text of several lines. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE_IN_LINES = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{Cs}]/gu;

/**
 * Text in which everything that could move a cursor, change a colour or hide a character is an escape.
 *
 * Names and values of a file may come from anyone; shown as they are, they could say something else than they are.
 */
export function printableText(text: string): string {
  return text.replace(UNPRINTABLE_OR_BACKSLASH, escaped);
}

/** As {@linkcode printableText}, for messages and paths: their backslashes are meant, and stay. */
export function printableLine(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** As {@linkcode printableLine}, for a text of several lines: line feeds stay, too. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE_IN_LINES, escaped);
}

/**
 * JSON that a terminal can be given: what {@linkcode printableText} escapes is `\u…`, so that it means the same.
 *
 * @param indent Spaces a level; 0: one line.
 */
export function printableJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(UNPRINTABLE_IN_LINES, (character) => {
    let escape = "";
    for (let i = 0; i < character.length; i++) {
      escape += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }
    return escape;
  });
}

function escaped(character: string): string {
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
}
