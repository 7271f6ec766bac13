/** @module Values as messages show them. */

import { float16Value } from "./float16.ts";
import type { OrderKind } from "./value_order.ts";

/** Bytes of a text or byte string that are shown. */
const SHOWN = 24;

function hex(bytes: Uint8Array): string {
  let text = "0x";
  for (const byte of bytes.subarray(0, SHOWN)) text += byte.toString(16).padStart(2, "0");
  return bytes.length > SHOWN ? `${text}… (${bytes.length} bytes)` : text;
}

function bytesText(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, SHOWN);
  if (shown.some((byte) => byte < 0x20 || byte > 0x7e) || bytes.length === 0) {
    return bytes.length === 0 ? '""' : hex(bytes);
  }
  const text = JSON.stringify(String.fromCharCode(...shown));
  return bytes.length > SHOWN ? `${text}… (${bytes.length} bytes)` : text;
}

function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/**
 * A value in a few characters.
 *
 * @param kind What it is compared as; `null`: bytes.
 * @param value PLAIN; of a wrong length it is shown as bytes.
 */
export function valueText(kind: OrderKind | null, value: Uint8Array): string {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  switch (`${kind} ${value.length}`) {
    case "boolean 1":
      return value[0] === 0 ? "false" : "true";
    case "int32 4":
      return String(view.getInt32(0, true));
    case "uint32 4":
      return String(view.getUint32(0, true));
    case "int64 8":
      return String(view.getBigInt64(0, true));
    case "uint64 8":
      return String(view.getBigUint64(0, true));
    case "float 4":
      return floatText(view.getFloat32(0, true));
    case "double 8":
      return floatText(view.getFloat64(0, true));
    case "float16 2":
      return floatText(float16Value(view.getUint16(0, true)));
  }
  return kind === "bytes" ? bytesText(value) : hex(value);
}
