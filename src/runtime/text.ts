/**
 * Checks of text encodings: native ones where the runtime has them, else portable ones with the same answers.
 *
 * @module
 */

import { builtinModule } from "./builtin_modules.ts";

/** A check over bytes. */
type Check = (bytes: Uint8Array) => boolean;

const native: { isAscii?: Check; isUtf8?: Check } = builtinModule("node:buffer") ?? {};

/** Below this many bytes a loop is quicker than a call into the runtime. */
const NATIVE_FROM = 32;

/**
 * Says whether every byte is below 0x80. True for no bytes at all.
 *
 * @param bytes What to look at.
 */
export function isAscii(bytes: Uint8Array): boolean {
  return bytes.length < NATIVE_FROM ? isAsciiPortable(bytes) : checkAscii(bytes);
}

/**
 * Says whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms). True for no bytes at all.
 *
 * @param bytes What to look at.
 */
export function isUtf8(bytes: Uint8Array): boolean {
  if (bytes.length < NATIVE_FROM && isAsciiPortable(bytes)) return true;
  return checkUtf8(bytes);
}

/** {@linkcode isAscii} without the runtime's help. */
export function isAsciiPortable(bytes: Uint8Array): boolean {
  let seen = 0;
  for (let i = 0; i < bytes.length; i++) seen |= bytes[i]!;
  return seen < 0x80;
}

/** {@linkcode isUtf8} without the runtime's help. */
export function isUtf8Portable(bytes: Uint8Array): boolean {
  const n = bytes.length;
  let i = 0;
  while (i < n) {
    const b = bytes[i]!;
    if (b < 0x80) {
      i++;
      continue;
    }
    // The second byte's range depends on the first (Unicode, table 3-7); all later ones are 80..BF.
    let more: number, low = 0x80, high = 0xbf;
    if (b >= 0xc2 && b <= 0xdf) more = 1;
    else if (b >= 0xe0 && b <= 0xef) {
      more = 2;
      if (b === 0xe0) low = 0xa0;
      else if (b === 0xed) high = 0x9f;
    } else if (b >= 0xf0 && b <= 0xf4) {
      more = 3;
      if (b === 0xf0) low = 0x90;
      else if (b === 0xf4) high = 0x8f;
    } else return false;
    if (i + more >= n) return false;
    const second = bytes[i + 1]!;
    if (second < low || second > high) return false;
    for (let k = 2; k <= more; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return false;
    i += more + 1;
  }
  return true;
}

const checkAscii: Check = works(native.isAscii) ? native.isAscii : isAsciiPortable;
const checkUtf8: Check = works(native.isUtf8) ? native.isUtf8 : isUtf8Portable;

/** Present is not enough: a runtime may export a function that only throws. */
function works(check: Check | undefined): check is Check {
  try {
    return check?.(new Uint8Array([0x61])) === true && check(new Uint8Array([0xff])) === false;
  } catch {
    return false;
  }
}
