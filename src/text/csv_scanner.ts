/**
 * Records and cells of a CSV text, byte by byte.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @module
 */

import { type Cells, DOUBLED, EMPTY, NULL, PLAIN, QUOTED } from "./cells.ts";
import type { TextWindow } from "./text_window.ts";

const LF = 10, CR = 13;

/** How a CSV text is written. */
export interface Dialect {
  /** The byte between cells. */
  readonly delimiter: number;
  /** The byte around cells, doubled within; −1: none. */
  readonly quote: number;
}

/** A record that is none of the table's. */
export interface BadRecord {
  /** Line on which it begins. */
  readonly line: number;
  readonly reason: string;
  /** Where it is in the text. */
  readonly start: number;
  readonly end: number;
}

/**
 * Finds records. A record ends with LF, CR or both, outside of quotes. Empty lines are skipped, unless there is one column. A delimiter
 * after the last of several cells adds none, as in files whose lines all end with one.
 */
export class CsvScanner {
  readonly #delimiter: number;
  readonly #quote: number;
  /** Told of records with another number of cells, and of wrong quotes. */
  readonly #onBad: (bad: BadRecord) => void;
  /** Line on which the next record begins. */
  line = 1;

  /** Scans texts of a dialect. */
  constructor({ delimiter, quote }: Dialect, onBad: (bad: BadRecord) => void) {
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#onBad = onBad;
  }

  /**
   * Finds whole records from `from` on, as many as there is room for.
   *
   * @returns Where the first one begins that was not found.
   */
  scan(window: TextWindow, from: number, cells: Cells): number {
    const { bytes, end, atEnd } = window;
    const { starts, ends, kinds, stride, lines, room, recordStarts, recordEnds } = cells;
    const delimiter = this.#delimiter, quote = this.#quote;
    const last = Math.max(delimiter, CR);
    // What ends every search.
    bytes[end] = LF;
    cells.bytes = bytes;
    let at = from, next = from, row = 0, line = this.line;
    records: while (row < room && at < end) {
      const first = at, firstLine = line, base = row * stride;
      let field = 0, reason = "", byte = 0;
      for (;;) {
        let start = at, stop: number, kind = PLAIN;
        byte = bytes[at]!;
        if (byte === quote) {
          start = ++at;
          kind = QUOTED;
          for (let isOpen = true; isOpen;) {
            while (at < end && (byte = bytes[at]!) !== quote) {
              at++;
              if (byte === LF || (byte === CR && bytes[at] !== LF)) line++;
            }
            if (at + 1 >= end && !atEnd) break records;
            isOpen = at + 1 < end && bytes[at + 1] === quote;
            if (isOpen) {
              kind = DOUBLED;
              at += 2;
            }
          }
          stop = at;
          if (start === stop) kind = EMPTY;
          if (at >= end) {
            reason = "a quote is not closed";
            byte = LF;
          } else {
            byte = bytes[++at]!;
            if (byte !== delimiter && byte !== LF && byte !== CR) {
              reason = "there is text after a closing quote; a quote within quotes is doubled";
              at = lineEnd(bytes, at);
              byte = bytes[at]!;
            }
          }
        } else {
          // Most bytes are beyond all that end a cell: one comparison for them.
          while (byte > last || (byte !== delimiter && byte !== LF && byte !== CR)) {
            byte = bytes[++at]!;
          }
          stop = at;
          if (start === stop) kind = NULL;
        }
        if (field < stride) {
          starts[base + field] = start;
          ends[base + field] = stop;
          kinds[base + field] = kind;
        }
        field++;
        if (byte !== delimiter) break;
        at++;
      }
      const stop = at;
      if (at < end) {
        if (byte === CR) {
          if (at + 1 === end && !atEnd) break;
          at += at + 1 < end && bytes[at + 1] === LF ? 2 : 1;
        } else at++;
      } else if (!atEnd) break;
      line++;
      if (field === stride + 1 && stride > 1 && bytes[stop - 1] === delimiter) field = stride;
      if (field === stride && reason === "") {
        lines[row] = firstLine;
        recordStarts[row] = first;
        recordEnds[row] = stop;
        row++;
      } else if (field > 1 || stop > first) {
        if (reason === "") {
          reason = `there ${field === 1 ? "is 1 cell" : `are ${field} cells`}, ${stride} expected`;
        }
        this.#onBad({ line: firstLine, reason, start: first, end: stop });
      }
      this.line = line;
      next = at;
    }
    cells.rows = row;
    return next;
  }
}

/** Where the next line break is; there is one. */
function lineEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}
