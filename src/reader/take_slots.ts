/**
 * Some slots of an array of this reader, in any order, and empty ones between them.
 *
 * @module
 */

import { fixedWidth } from "../arrow/convert_leaf.ts";
import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import type { ArrowType } from "../arrow/types.ts";

/**
 * Copies slots.
 *
 * @param slots Ordinals of slots; −1: null where the array has any nulls, else zero or empty.
 */
export function takeSlots(type: ArrowType, array: RawArray, slots: Int32Array): RawArray {
  const { length } = slots;
  if (type.kind === "null") return rawArray({ length });
  const validity = array.validity === null ? null : takeBits(array.validity, slots);
  const base = { length, nullCount: validity === null ? 0 : -1, validity };
  switch (type.kind) {
    case "bool":
      return rawArray({ ...base, values: takeBits(array.values!, slots) });
    case "utf8":
    case "binary": {
      const { offsets, elements } = takeRanges(array, slots);
      return rawArray({ ...base, offsets, values: takeFixed(array.values!, elements, 1) });
    }
    case "list":
    case "map": {
      const { offsets, elements } = takeRanges(array, slots);
      const children = [takeSlots(type.child.type, array.children[0]!, elements)];
      return rawArray({ ...base, offsets, children });
    }
    case "fixedSizeList": {
      const { listSize, child } = type;
      const elements = new Int32Array(length * listSize);
      for (let i = 0, to = 0; i < length; i++) {
        const slot = slots[i]!;
        for (let k = 0; k < listSize; k++) elements[to++] = slot < 0 ? -1 : slot * listSize + k;
      }
      return rawArray({ ...base, children: [takeSlots(child.type, array.children[0]!, elements)] });
    }
    case "struct":
      return rawArray({
        ...base,
        children: type.children.map(({ type }, i) => takeSlots(type, array.children[i]!, slots)),
      });
    default:
      return rawArray({ ...base, values: takeFixed(array.values!, slots, fixedWidth(type)) });
  }
}

function takeBits(bits: Uint8Array, slots: Int32Array): Uint8Array {
  const taken = new Uint8Array((slots.length + 7) >>> 3);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    if (slot >= 0) taken[i >>> 3]! |= (bits[slot >>> 3]! >> (slot & 7) & 1) << (i & 7);
  }
  return taken;
}

function takeFixed(values: Uint8Array, slots: Int32Array, width: number): Uint8Array {
  const taken = new Uint8Array(slots.length * width);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    if (slot < 0) continue;
    for (let k = 0, from = slot * width, to = i * width; k < width; k++) {
      taken[to++] = values[from++]!;
    }
  }
  return taken;
}

/** Offsets of the slots one after the other, and the elements that they have. */
function takeRanges({ offsets }: RawArray, slots: Int32Array) {
  const bytes = offsets!;
  const before = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  const after = new Int32Array(slots.length + 1);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    after[i + 1] = after[i]! + (slot < 0 ? 0 : before[slot + 1]! - before[slot]!);
  }
  const elements = new Int32Array(after[slots.length]!);
  for (let i = 0; i < slots.length; i++) {
    const start = slots[i]! < 0 ? 0 : before[slots[i]!]!;
    for (let to = after[i]!, k = 0; to < after[i + 1]!; to++, k++) elements[to] = start + k;
  }
  return { offsets: new Uint8Array(after.buffer), elements };
}
