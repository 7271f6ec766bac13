/** @module Which function of the kernels' module is which: the module has no names, but exports. */

import { b64 } from "../src/kernels/kernels_wasm.generated.ts";
import { decodeBase64 } from "../src/runtime/base64.ts";

const EXPORT_SECTION = 7;
const FUNCTION = 0;

/**
 * Reads the exports.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html#export-section
 * @returns Name by the index of the function.
 */
export function kernelNames(): Map<number, string> {
  const bytes = decodeBase64(b64);
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const names = new Map<number, string>();
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === EXPORT_SECTION) {
      for (let left = number(); left > 0; left--) {
        const length = number();
        const name = new TextDecoder().decode(bytes.subarray(at, at + length));
        at += length;
        const kind = bytes[at++];
        const index = number();
        if (kind === FUNCTION) names.set(index, name);
      }
    }
    at = end;
  }
  return names;
}
