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

/** Up to so many bytes are copied faster one by one than by a call, which makes a view too. */
const SHORT_BYTES = 64;

/** Copies `size` bytes from `start` of `source` to `at` of `target`; all of them are there. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  size: number,
  target: Uint8Array,
  at: number,
): void {
  if (size > SHORT_BYTES) target.set(source.subarray(start, start + size), at);
  else for (let i = 0; i < size; i++) target[at + i] = source[start + i]!;
}
