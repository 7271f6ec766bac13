/**
 * From levels and values to Arrow arrays.
 *
 * @see https://github.com/apache/parquet-format#nested-encoding
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { fixedWidth } from "../arrow/convert_leaf.ts";
import { FormatError, InvalidBatchError } from "../util/errors.ts";
import type { LeafRows } from "./leaf_reader.ts";
import type { LeafNode, ListNode, ReadNode, StructNode } from "./read_plan.ts";
import { takeSlots } from "./take_slots.ts";
import { Unfit } from "./value_conversion.ts";

/** What encloses an array: the repetition level of the innermost list, and the definition level at which that has an element. */
interface Enclosing {
  readonly repetitionLevel: number;
  readonly definitionLevel: number;
}

const ROWS: Enclosing = { repetitionLevel: 0, definitionLevel: 0 };

/** What arrays are made of. */
export interface RowsToAssemble {
  /** One a leaf of the plan. */
  readonly leaves: readonly LeafRows[];
  /** Ordinal of the first row in the file, for errors. */
  readonly firstRow: number;
}

/**
 * Makes the array of a column.
 *
 * @throws {InvalidBatchError} When a value has no room in the column's type.
 * @throws {FormatError} When the leaves contradict each other.
 */
export function assemble(node: ReadNode, rows: RowsToAssemble): RawArray {
  return new Assembly(rows).array(node, ROWS);
}

/** Validity of slots. */
interface Validity {
  readonly length: number;
  readonly bitmap: Uint8Array | null;
  readonly nullCount: number;
}

class Assembly {
  readonly #rows: RowsToAssemble;

  constructor(rows: RowsToAssemble) {
    this.#rows = rows;
  }

  array(node: ReadNode, enclosing: Enclosing): RawArray {
    switch (node.kind) {
      case "leaf":
        return this.#leaf(node, enclosing);
      case "struct":
        return this.#struct(node, enclosing);
      case "list":
        return this.#list(node, enclosing);
    }
  }

  #struct(node: StructNode, enclosing: Enclosing): RawArray {
    const { length, bitmap, nullCount } = this.#validity(node, enclosing);
    const children = node.children.map((child) => this.array(child, enclosing));
    const other = children.findIndex((child) => child.length !== length);
    if (other >= 0) {
      throw new FormatError(
        `Cannot read column ${JSON.stringify(node.path.join("."))}: ${
          children[other]!.length
        } values of ${JSON.stringify(node.children[other]!.path.at(-1))} for ${length} groups`,
      );
    }
    return rawArray({ length, nullCount, validity: bitmap, children });
  }

  #list(node: ListNode, enclosing: Enclosing): RawArray {
    const validity = this.#validity(node, enclosing);
    const { length, bitmap, nullCount } = validity;
    const leaf = this.#rows.leaves[node.firstLeaf]!;
    const { elementLevel, listSize } = node;
    const offsets = listOffsets(leaf, enclosing, elementLevel, length);
    const inner = {
      repetitionLevel: enclosing.repetitionLevel + 1,
      definitionLevel: elementLevel,
    };
    const child = this.array(node.child, inner);
    if (child.length !== offsets[length]) {
      throw new FormatError(
        `Cannot read column ${
          JSON.stringify(node.path.join("."))
        }: its lists have ${child.length} elements and ${offsets[length]}`,
      );
    }
    const base = { length, nullCount, validity: bitmap };
    if (listSize === null) {
      return rawArray({ ...base, offsets: bytesOf(offsets), children: [child] });
    }
    // What is required within a null has no elements.
    const present = node.nullableLevel === null
      ? this.#validity({ ...node, nullableLevel: node.presentLevel }, enclosing)
      : validity;
    const isTop = enclosing === ROWS;
    return rawArray({
      ...base,
      children: [this.#ofSize(node, listSize, offsets, present, child, isTop)],
    });
  }

  /** The elements of lists that all have to have `size`, nulls too. */
  #ofSize(
    node: ListNode,
    size: number,
    offsets: Int32Array,
    { length, bitmap, nullCount }: Validity,
    child: RawArray,
    isTop: boolean,
  ): RawArray {
    const slots = new Int32Array(nullCount > 0 ? length * size : 0);
    for (let i = 0; i < length; i++) {
      const start = offsets[i]!, isNull = bitmap !== null && !isSet(bitmap, i);
      if (!isNull && offsets[i + 1]! - start !== size) {
        throw new InvalidBatchError(
          node.path.join("."),
          isTop ? this.#rows.firstRow + i : -1,
          `Cannot keep a list of ${offsets[i + 1]! - start}: the column's type says ${size}`,
        );
      }
      if (nullCount === 0) continue;
      // Nulls have as many elements as all.
      for (let k = 0; k < size; k++) slots[i * size + k] = isNull ? -1 : start + k;
    }
    return nullCount === 0 ? child : takeSlots(node.child.type, child, slots);
  }

  #leaf(node: LeafNode, enclosing: Enclosing): RawArray {
    const { length, bitmap, nullCount } = this.#validity(node, enclosing, true);
    const rows = this.#rows.leaves[node.leaf]!;
    const { type } = node;
    let values: Uint8Array;
    try {
      values = node.convert(rows.values);
    } catch (error) {
      throw error instanceof Unfit ? this.#unfit(node, rows, error) : error;
    }
    if (type.kind === "null") return rawArray({ length });
    const { count, offsets } = rows.values;
    // What is required within a null stands there all the same.
    const present = node.nullableLevel === null && count < length
      ? this.#validity({ ...node, nullableLevel: node.presentLevel }, enclosing, true).bitmap
      : bitmap;
    const base = { length, nullCount, validity: bitmap };
    if (count !== setBits(present, length)) throw new FormatError("Cannot read levels");
    if (offsets !== null && type.kind !== "decimal") {
      const spread = present === null ? offsets : spreadOffsets(offsets, present, length);
      return rawArray({ ...base, values, offsets: bytesOf(spread) });
    }
    if (type.kind === "bool") return rawArray({ ...base, values: packed(values, present, length) });
    const width = fixedWidth(type);
    return rawArray({
      ...base,
      values: present === null ? values : spreadValues(values, present, length, width),
    });
  }

  /** Which slots of an array are there, by the levels of its first leaf. */
  #validity(
    { nullableLevel, firstLeaf }: ReadNode,
    { repetitionLevel, definitionLevel }: Enclosing,
    isLeaf = false,
  ): Validity {
    const { entries, repetitionLevels, definitionLevels } = this.#rows.leaves[firstLeaf]!;
    // Entries of lists within are no slots of their own; those of empty lists around are none at all.
    const inner = isLeaf ? null : repetitionLevels;
    if (definitionLevels === null || (inner === null && definitionLevel === 0)) {
      return definitionLevels === null || nullableLevel === null
        ? { length: entries, bitmap: null, nullCount: 0 }
        : bitmapOf(definitionLevels, nullableLevel);
    }
    const level = nullableLevel ?? 0;
    const bitmap = new Uint8Array((entries + 7) >>> 3);
    let length = 0, nullCount = 0;
    for (let i = 0; i < entries; i++) {
      const own = definitionLevels[i]!;
      if (own < definitionLevel || (inner !== null && inner[i]! > repetitionLevel)) continue;
      if (own >= level) bitmap[length >>> 3]! |= 1 << (length & 7);
      else nullCount++;
      length++;
    }
    return { length, bitmap: nullCount === 0 ? null : bitmap, nullCount };
  }

  #unfit(
    { path, presentLevel }: LeafNode,
    { definitionLevels, repetitionLevels }: LeafRows,
    { index, message }: Unfit,
  ): InvalidBatchError {
    let row = -1;
    for (let i = 0, value = -1; value < index; i++) {
      if (repetitionLevels === null || repetitionLevels[i] === 0) row++;
      if (definitionLevels === null || definitionLevels[i] === presentLevel) value++;
    }
    return new InvalidBatchError(path.join("."), this.#rows.firstRow + row, message);
  }
}

/** A bit for each entry whose level reaches `level`. */
function bitmapOf(levels: Uint8Array, level: number): Validity {
  const length = levels.length, bitmap = new Uint8Array((length + 7) >>> 3);
  let valid = 0;
  const whole = length & ~7;
  for (let i = 0; i < whole; i += 8) {
    let byte = 0;
    for (let k = 0; k < 8; k++) byte |= (levels[i + k]! >= level ? 1 : 0) << k;
    bitmap[i >>> 3] = byte;
    valid += BITS[byte]!;
  }
  for (let i = whole; i < length; i++) {
    if (levels[i]! < level) continue;
    bitmap[i >>> 3]! |= 1 << (i & 7);
    valid++;
  }
  const nullCount = length - valid;
  return { length, bitmap: nullCount === 0 ? null : bitmap, nullCount };
}

/** Set bits of each byte. */
const BITS = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte.toString(2).replaceAll("0", "").length,
);

function setBits(bitmap: Uint8Array | null, length: number): number {
  if (bitmap === null) return length;
  let count = 0;
  for (let i = 0; i < bitmap.length; i++) count += BITS[bitmap[i]!]!;
  return count;
}

function isSet(bitmap: Uint8Array, slot: number): boolean {
  return (bitmap[slot >>> 3]! >> (slot & 7) & 1) === 1;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Where the elements of each list begin, and where the last one's end. */
function listOffsets(
  { entries, repetitionLevels, definitionLevels }: LeafRows,
  { repetitionLevel, definitionLevel }: Enclosing,
  elementLevel: number,
  length: number,
): Int32Array {
  const offsets = new Int32Array(length + 1);
  // A list has both.
  const repetition = repetitionLevels!, definition = definitionLevels!;
  let slot = 0, elements = 0;
  for (let i = 0; i < entries; i++) {
    const level = repetition[i]!, own = definition[i]!;
    if (own < definitionLevel) continue;
    if (level <= repetitionLevel) offsets[slot++] = elements;
    if (own >= elementLevel && level <= repetitionLevel + 1) elements++;
  }
  offsets[slot] = elements;
  return offsets;
}

function spreadOffsets(offsets: Int32Array, present: Uint8Array, length: number): Int32Array {
  const spread = new Int32Array(length + 1);
  for (let slot = 0, i = 0; slot < length; slot++) {
    i += present[slot >>> 3]! >> (slot & 7) & 1;
    spread[slot + 1] = offsets[i]!;
  }
  return spread;
}

function spreadValues(
  values: Uint8Array,
  present: Uint8Array,
  length: number,
  width: number,
): Uint8Array {
  const spread = new Uint8Array(length * width);
  if (width % 4 === 0 && values.byteOffset % 4 === 0) {
    const words = width / 4;
    const source = new Int32Array(values.buffer, values.byteOffset, values.length >>> 2);
    const target = new Int32Array(spread.buffer);
    if (words === 1) {
      for (let slot = 0, i = 0; slot < length; slot++) {
        if (present[slot >>> 3]! >> (slot & 7) & 1) target[slot] = source[i++]!;
      }
    } else if (words === 2) {
      for (let slot = 0, i = 0; slot < length; slot++) {
        if ((present[slot >>> 3]! >> (slot & 7) & 1) === 0) continue;
        target[2 * slot] = source[i++]!;
        target[2 * slot + 1] = source[i++]!;
      }
    } else {
      for (let slot = 0, i = 0; slot < length; slot++) {
        if ((present[slot >>> 3]! >> (slot & 7) & 1) === 0) continue;
        for (let k = 0, at = slot * words; k < words; k++) target[at++] = source[i++]!;
      }
    }
    return spread;
  }
  for (let slot = 0, i = 0; slot < length; slot++) {
    if ((present[slot >>> 3]! >> (slot & 7) & 1) === 0) continue;
    for (let k = 0, at = slot * width; k < width; k++) spread[at++] = values[i++]!;
  }
  return spread;
}

/** Bits of bytes 0 and 1. */
function packed(values: Uint8Array, present: Uint8Array | null, length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >>> 3);
  for (let slot = 0, i = 0; slot < length; slot++) {
    if (present !== null && (present[slot >>> 3]! >> (slot & 7) & 1) === 0) continue;
    bits[slot >>> 3]! |= values[i++]! << (slot & 7);
  }
  return bits;
}
