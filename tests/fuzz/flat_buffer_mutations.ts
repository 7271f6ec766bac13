/**
 * Changes to Arrow IPC where its FlatBuffers have fields, offsets and lengths: bytes at random seldom hit one, and nearly always
 * break the whole message.
 */

import { interestingNumber, type Random } from "./random.ts";

/** A word of a FlatBuffer. */
interface Word {
  readonly at: number;
  /** An offset to something else, or a number. */
  readonly kind: "offset" | "number";
}

/** A FlatBuffer within bytes: where it begins and ends. */
interface Range {
  readonly start: number;
  readonly end: number;
}

const MAX_WORDS = 20_000;

/** Where the FlatBuffers of a stream or a file are: message after message, and the footer. */
function flatBuffers(bytes: Uint8Array): Range[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Range[] = [];
  const isFile = String.fromCharCode(...bytes.subarray(0, 6)) === "ARROW1";
  let at = isFile ? 8 : 0;
  while (at + 8 <= bytes.length) {
    const isMarked = view.getUint32(at, true) === 0xffffffff;
    const length = view.getUint32(isMarked ? at + 4 : at, true);
    const start = at + (isMarked ? 8 : 4);
    if (length === 0 || length > bytes.length - start) break;
    found.push({ start, end: start + length });
    const body = bodyLength(view, start);
    if (!(body >= 0)) break;
    at = start + length + body;
  }
  if (isFile && bytes.length > 20) {
    const end = bytes.length - 10, length = view.getUint32(end, true);
    if (length > 0 && length <= end) found.push({ start: end - length, end });
  }
  return found;
}

/** The body's length of a message: field 3 of its table. */
function bodyLength(view: DataView, start: number): number {
  try {
    const table = start + view.getUint32(start, true);
    const vtable = table - view.getInt32(table, true);
    const offset = view.getUint16(vtable, true) > 10 ? view.getUint16(vtable + 10, true) : 0;
    return offset === 0 ? 0 : Number(view.getBigInt64(table + offset, true));
  } catch {
    return Infinity;
  }
}

/** Words of the tables and vectors that can be reached, without knowing what they mean. */
class Walk {
  readonly words: Word[] = [];
  /** Where tables and vectors begin. */
  readonly targets: number[] = [];
  readonly #view: DataView;
  readonly #range: Range;
  readonly #seen = new Set<number>();

  constructor(view: DataView, range: Range) {
    this.#view = view;
    this.#range = range;
    this.#follow(range.start);
  }

  #isWithin(at: number, length: number): boolean {
    return at >= this.#range.start && at + length <= this.#range.end;
  }

  #follow(at: number): void {
    if (!this.#isWithin(at, 4)) return;
    const target = at + this.#view.getUint32(at, true);
    if (!this.#isWithin(target, 4) || target === at) return;
    this.words.push({ at, kind: "offset" });
    if (this.#seen.has(target) || this.words.length > MAX_WORDS) return;
    this.#seen.add(target);
    this.targets.push(target);
    if (!this.#table(target)) this.#vector(target);
  }

  #table(at: number): boolean {
    const vtable = at - this.#view.getInt32(at, true);
    if (!this.#isWithin(vtable, 4) || vtable === at) return false;
    const vtableLength = this.#view.getUint16(vtable, true);
    const length = this.#view.getUint16(vtable + 2, true);
    const isTable = vtableLength >= 4 && vtableLength % 2 === 0 && vtableLength < 200 &&
      this.#isWithin(vtable, vtableLength) && length >= 4 && this.#isWithin(at, length);
    if (!isTable) return false;
    for (let entry = 4; entry < vtableLength; entry += 2) {
      this.words.push({ at: vtable + entry, kind: "number" });
      const offset = this.#view.getUint16(vtable + entry, true);
      if (offset < 4 || offset >= length) continue;
      this.words.push({ at: at + offset, kind: "number" });
      this.#follow(at + offset);
    }
    return true;
  }

  #vector(at: number): void {
    const length = this.#view.getUint32(at, true);
    this.words.push({ at, kind: "number" });
    if (length > 4096) return;
    for (let i = 0; i < length && this.#isWithin(at + 4 + 4 * i, 4); i++) {
      this.words.push({ at: at + 4 + 4 * i, kind: "number" });
      this.#follow(at + 4 + 4 * i);
    }
    // Structs of 64-bit integers: nodes, buffers and blocks.
    for (let i = 0; i < length && this.#isWithin(at + 4 + 16 * i, 16); i++) {
      const first = (at + 4 + 7) & ~7;
      for (const word of [first + 16 * i, first + 16 * i + 8]) {
        if (this.#isWithin(word, 8)) this.words.push({ at: word, kind: "number" });
      }
    }
  }
}

/** Changes some words of one FlatBuffer; the original stays as it is. */
export function changedFlatBuffer(random: Random, original: Uint8Array): Uint8Array {
  const bytes = original.slice();
  const view = new DataView(bytes.buffer);
  const ranges = flatBuffers(bytes);
  if (ranges.length === 0) return bytes;
  const { words, targets } = new Walk(view, random.pick(ranges));
  if (words.length === 0) return bytes;
  if (random.oneIn(3)) {
    stretch(random, view, words);
    return bytes;
  }
  for (let left = 1 + random.below(3); left > 0; left--) {
    const { at, kind } = random.pick(words);
    if (kind === "offset" && random.oneIn(2)) {
      // Tables and vectors may be shared.
      const target = random.pick(targets);
      if (target > at) view.setUint32(at, target - at, true);
      continue;
    }
    changeWord(random, view, at);
  }
  return bytes;
}

/** Gives all numbers of 64 bits that are alike another value: lengths of arrays still go together. */
function stretch(random: Random, view: DataView, words: readonly Word[]): void {
  const numbers = words.filter(({ at, kind }) => kind === "number" && at + 8 <= view.byteLength);
  if (numbers.length === 0) return;
  const valueAt = ({ at }: Word) => view.getBigInt64(at, true);
  const before = valueAt(random.pick(numbers));
  const after = BigInt(random.pick([100, 10_000, 1_000_000, 2 ** 24, 2 ** 30]));
  const alike = numbers.filter((word) => valueAt(word) === before);
  for (const { at } of alike) view.setBigInt64(at, after, true);
}

function changeWord(random: Random, view: DataView, at: number): void {
  const room = view.byteLength - at;
  switch (random.below(4)) {
    case 0:
      view.setUint8(at, interestingNumber(random, view.getUint8(at)));
      break;
    case 1:
      if (room >= 2) view.setUint16(at, interestingNumber(random, view.getUint16(at, true)), true);
      break;
    case 2:
      if (room >= 4) view.setUint32(at, interestingNumber(random, view.getUint32(at, true)), true);
      break;
    default: {
      if (room < 8) return;
      const before = Number(view.getBigInt64(at, true));
      const number = interestingNumber(random, Number.isSafeInteger(before) ? before : 0);
      view.setBigInt64(at, BigInt(Math.trunc(number)), true);
    }
  }
}
