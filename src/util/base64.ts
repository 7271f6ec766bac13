/**
 * Base64 with the standard alphabet and padding (RFC 4648, section 4).
 *
 * @module
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Characters that are gathered before they become a string: `String.fromCharCode` takes only so many arguments. */
const PIECE = 8192;

/**
 * Encodes bytes as base64.
 *
 * @param bytes What to encode.
 * @returns The text, padded with `=` to a multiple of four characters.
 */
export function encodeBase64(bytes: Uint8Array): string {
  // Native since 2025; ten times as fast.
  const native = bytes as Uint8Array & { toBase64?(): string };
  if (native.toBase64 !== undefined) return native.toBase64();
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const second = i + 1 < bytes.length;
    const third = i + 2 < bytes.length;
    const group = (bytes[i]! << 16) | ((second ? bytes[i + 1]! : 0) << 8) |
      (third ? bytes[i + 2]! : 0);
    codes[at++] = ALPHABET.charCodeAt(group >> 18);
    codes[at++] = ALPHABET.charCodeAt((group >> 12) & 63);
    codes[at++] = second ? ALPHABET.charCodeAt((group >> 6) & 63) : 61;
    codes[at++] = third ? ALPHABET.charCodeAt(group & 63) : 61;
  }
  let text = "";
  for (let i = 0; i < codes.length; i += PIECE) {
    text += String.fromCharCode(...codes.subarray(i, i + PIECE));
  }
  return text;
}
