/** @module Names of temporary files. */

/**
 * Bytes that a temporary file's name may have beside a shorter target's. File systems take 255 at most, some 143; where the
 * target's own name is longer, it shows that there is room.
 */
const SHORT_BYTES = 128;

const utf8 = new TextEncoder();

/**
 * A name for a temporary file beside `name`: `.out.parquet.1b4x8f2kq0.tmp`.
 *
 * It begins with a dot, so that readers of the folder (Spark, Hive, a glob) pass over it, and is never longer in bytes than
 * names can be on the file system of `name`: what does not fit is left out of the middle.
 *
 * @param name Name of the target, without a folder.
 * @param id What makes it unique.
 */
export function temporaryName(name: string, id: string): string {
  const ending = `.${id}.tmp`;
  const room = Math.max(utf8.encode(name).length, SHORT_BYTES) - ending.length - 1;
  let begin = "", used = 0;
  for (const character of name) {
    used += utf8.encode(character).length;
    if (used > room) break;
    begin += character;
  }
  return `.${begin}${ending}`;
}
