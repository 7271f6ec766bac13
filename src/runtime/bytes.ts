/**
 * Comparison and copies of bytes: native where the runtime has it.
 *
 * @module
 */

import { builtinModule, isNode } from "./builtin_modules.ts";

/** Below this many bytes a loop is quicker than a call into the runtime (2,048 bytes: 0.15 against 0.7 µs in Node). */
export const NATIVE_FROM = 512;

const Buffer = builtinModule("node:buffer")?.Buffer;

/** Whether both have the same bytes. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  return Buffer === undefined ? isSameBytesPortable(a, b) : Buffer.compare(a, b) === 0;
}

/** {@linkcode isSameBytes} without the runtime's help. */
export function isSameBytesPortable(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether threads can share memory: a page that is not isolated cannot post it, even where there is some. */
export const MEMORY_CAN_BE_SHARED: boolean = typeof SharedArrayBuffer === "function" &&
  (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;

/**
 * `memmove`, whatever the memory, and without a view of what is copied, which takes longer than few bytes do. 128 bytes, ns, `set` of a
 * view/`copy`: Node 26.10 39/33, Bun 1.4.5 54/22, Deno 2.9.6 37/49.
 */
const nativeCopy = isNode() || "Bun" in globalThis ? Buffer?.prototype.copy : undefined;

/**
 * Whether {@linkcode copyBytes} is as fast to and from shared memory as it is with any other.
 *
 * 200 KB at a time, GB/s, plain/shared, and shared where source and target are not alike modulo 8. `set`: Node 26.10 33/20/7.4, Deno
 * 2.9.6 30/21/7.5 (V8 copies shared memory word by word, or byte by byte), Bun 1.4.5 30/30/30. Node's `Buffer.prototype.copy`: 30/30/27,
 * in 22 and 24, too. Bun has no use for shared memory here: its transfers cost no more.
 */
export const SHARED_COPIES_ARE_FAST: boolean = MEMORY_CAN_BE_SHARED && isNode();

/**
 * Copies bytes [from, to) of `source`, as far as it has them, to `target`, from its byte `at` on. Arrays whose last slots are null may have no
 * bytes for those.
 *
 * @throws {RangeError} When they have no room there.
 */
export function copyBytes(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  from: number,
  to: number,
): void {
  const end = Math.min(to, source.length);
  if (from >= end) return;
  if (nativeCopy === undefined) {
    target.set(source.subarray(from, end), at);
  } else if (nativeCopy.call(source as Buffer, target, at, from, end) < end - from) {
    throw new RangeError(
      `Cannot copy ${end - from} bytes to byte ${at} of ${target.length}`,
    );
  }
}
