/**
 * Checked access to buffers of raw arrays.
 *
 * @module
 */

import { InvalidBatchError, LimitError } from "../util/errors.ts";

/** What of `ArrayBuffer` and `SharedArrayBuffer` is looked at; runtimes may lack any of it. */
interface AnyBuffer {
  readonly byteLength: number;
  readonly detached?: boolean;
  readonly resizable?: boolean;
  readonly growable?: boolean;
}

/**
 * The bytes of a view, of whatever type, as they are now.
 *
 * @throws {InvalidBatchError} When its memory is gone or may change its size.
 */
export function viewBytes(view: ArrayBufferView, path: string): Uint8Array {
  const buffer = view.buffer as AnyBuffer;
  if (buffer.detached === true) {
    throw new InvalidBatchError(path, -1, "Cannot read a buffer: it is detached");
  }
  if (buffer.resizable === true || buffer.growable === true) {
    throw new InvalidBatchError(path, -1, "Cannot read a buffer: its memory is resizable");
  }
  // Views are most of what a batch leaves to be collected.
  if (Object.getPrototypeOf(view) === Uint8Array.prototype) return view as Uint8Array;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Views 4-byte integers; copies where the bytes do not lie at a multiple of 4. `bytes` is cut to whole integers. */
export function int32View(bytes: Uint8Array): Int32Array {
  const length = Math.floor(bytes.byteLength / 4);
  if (bytes.byteOffset % 4 !== 0) return new Int32Array(bytes.slice(0, length * 4).buffer);
  return new Int32Array(bytes.buffer, bytes.byteOffset, length);
}

/** Views 8-byte integers; copies where the bytes do not lie at a multiple of 8. `bytes` is cut to whole integers. */
export function int64View(bytes: Uint8Array): BigInt64Array {
  const length = Math.floor(bytes.byteLength / 8);
  if (bytes.byteOffset % 8 !== 0) return new BigInt64Array(bytes.slice(0, length * 8).buffer);
  return new BigInt64Array(bytes.buffer, bytes.byteOffset, length);
}

/** Most bytes that one array may grow to where it cannot be a view of what came in. */
export const MAX_COPIED_BYTES: number = 2 ** 30;
/** Most slots that runs or keys of nested values are spread out to. */
export const MAX_SPREAD_SLOTS: number = 2 ** 26;
/** Most slots of an array. */
export const MAX_LENGTH: number = 2 ** 31 - 2;
/** Most null slots that are made up where an array comes without the bytes for them. */
export const MAX_ABSENT_SLOTS: number = 2 ** 24;

/** Refuses to make up too many slots, and to look at each of them. */
export function assertAbsent(count: number, { path }: { readonly path: string }): void {
  if (count > MAX_ABSENT_SLOTS) {
    throw new LimitError(path, -1, `Cannot read an array: ${count} slots have no bytes at all`);
  }
}
