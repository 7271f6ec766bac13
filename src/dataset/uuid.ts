/**
 * UUIDs of version 7: they begin with the time, so that names of files sort as they were written.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 *
 * @module
 */

/** A new UUID of version 7. */
export function uuidV7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const milliseconds = Date.now();
  new DataView(bytes.buffer).setUint32(0, Math.floor(milliseconds / 2 ** 16));
  bytes[4] = milliseconds >>> 8;
  bytes[5] = milliseconds;
  bytes[6] = 0x70 | bytes[6]! & 0x0f;
  bytes[8] = 0x80 | bytes[8]! & 0x3f;
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
