/**
 * Cells of a table in a text, by where they are.
 *
 * @module
 */

/** What a cell is: as it is; quoted, perhaps with doubled quotes; null; quoted and empty, which is null but for text. */
export const PLAIN = 0, QUOTED = 1, DOUBLED = 2, NULL = 3, EMPTY = 4;

/** Records that are looked at together. */
const MAX_CELL_ROWS = 2048;
/** Cells that are, at most: what they take stays in cache. */
const MAX_CELLS = 16_384;

const decoder = new TextDecoder();

/** Some records, cell by cell, row after row; and a column of them that is looked at. */
export class Cells {
  /** The text. */
  bytes = new Uint8Array(0);
  /** Where cells begin, without their quotes. */
  readonly starts: Int32Array;
  /** Where they end. */
  readonly ends: Int32Array;
  /** What they are: `PLAIN` and the like. */
  readonly kinds: Uint8Array;
  /** Cells of a record. */
  readonly stride: number;
  /** Lines on which the records begin, from 1. */
  readonly lines: Float64Array;
  /** Where the records begin and end in the text, line break left out. */
  readonly recordStarts: Int32Array;
  readonly recordEnds: Int32Array;
  /** Records. */
  rows = 0;
  /** The column that builders look at. */
  column = 0;
  /** The byte that quotes. */
  readonly quote: number;

  /** Makes room for `rows` records of `stride` cells; by default as many as stay in cache. */
  constructor(stride: number, quote: number, rows: number = usualRoom(stride)) {
    this.stride = stride;
    this.quote = quote;
    this.starts = new Int32Array(rows * stride);
    this.ends = new Int32Array(rows * stride);
    this.kinds = new Uint8Array(rows * stride);
    this.lines = new Float64Array(rows);
    this.recordStarts = new Int32Array(rows);
    this.recordEnds = new Int32Array(rows);
  }

  /** Records that there is room for. */
  get room(): number {
    return this.lines.length;
  }

  /** The text of cell `k`. */
  text(k: number): string {
    const text = asciiText(this.bytes, this.starts[k]!, this.ends[k]!);
    if (this.kinds[k] !== DOUBLED) return text;
    const quote = String.fromCharCode(this.quote);
    return text.replaceAll(quote + quote, quote);
  }

  /** The text of a record. */
  recordText(row: number): string {
    return decoder.decode(this.bytes.subarray(this.recordStarts[row]!, this.recordEnds[row]!));
  }
}

function usualRoom(stride: number): number {
  return Math.max(1, Math.min(MAX_CELL_ROWS, Math.floor(MAX_CELLS / Math.max(1, stride))));
}

/** The text of some bytes: short ones of ASCII without the decoder, a call of which costs more. */
export function asciiText(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > 32) return decoder.decode(bytes.subarray(from, to));
  let text = "";
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return decoder.decode(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}
