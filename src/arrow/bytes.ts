/**
 * Bytes in any object that holds them.
 *
 * @module
 */

/** The bytes of a view or a buffer, of whatever realm; `null` for everything else. */
export function asBytes(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]"
    ? new Uint8Array(value as ArrayBuffer)
    : null;
}
