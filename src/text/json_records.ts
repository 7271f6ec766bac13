/**
 * Records of NDJSON and JSON texts.
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";
import { exactJson } from "./exact_json.ts";
import { TextError } from "./text_error.ts";
import type { CheckedText } from "./text_options.ts";
import type { TextWindow } from "./text_window.ts";

/** Some records, and the lines on which they begin. */
export interface RecordBlock {
  readonly rows: Record<string, unknown>[];
  readonly lines: number[];
}

/** Reads records front to back. */
export interface RecordReader {
  /** The next ones, perhaps none; `null` at the end. */
  next(): Promise<RecordBlock | null>;
}

/** Bytes of text that are read as one block. */
const BLOCK_BYTES = 64 * 1024;

const LF = 10, CR = 13, SPACE = 32, TAB = 9;
const decoder = new TextDecoder();

/** What a reader does about a text that is no record. */
abstract class Reader implements RecordReader {
  protected readonly window: TextWindow;
  protected line = 1;
  readonly #options: CheckedText;

  constructor(window: TextWindow, options: CheckedText) {
    this.window = window;
    this.#options = options;
  }

  abstract next(): Promise<RecordBlock | null>;

  /** Adds the record that a text is. */
  protected add(block: RecordBlock, text: string, line: number): void {
    let value: unknown;
    try {
      value = exactJson(text);
    } catch (error) {
      // Of the record alone, which has no line of its own.
      const message = (error as Error).message.replace(/ \(line \d+ column \d+\)$/, "");
      const why = error instanceof RangeError ? message : `it is not JSON: ${message}`;
      return this.refuse(`Cannot read a record: ${why}`, text, line);
    }
    this.addValue(block, value, line, text);
  }

  protected addValue(block: RecordBlock, value: unknown, line: number, text: string | null): void {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      block.rows.push(value as Record<string, unknown>);
      block.lines.push(line);
      return;
    }
    const what = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    this.refuse(
      `Cannot read a record: it is ${what}, not an object with a member for each column`,
      text ?? JSON.stringify(value),
      line,
    );
  }

  protected refuse(reason: string, text: string, line: number): void {
    if (!this.#options.skip) throw new TextError(reason, { line });
    this.#options.onSkip({ line, column: "", reason, text });
  }
}

/** Records of NDJSON: one a line; lines without anything are none. */
export class LineReader extends Reader {
  /** {@linkcode RecordReader.next} */
  async next(): Promise<RecordBlock | null> {
    const { window } = this;
    let end: number;
    while ((end = this.#blockEnd()) < 0) await window.more();
    if (end === window.start) return null;
    const text = decoder.decode(window.bytes.subarray(window.start, end));
    const block: RecordBlock = { rows: [], lines: [] };
    for (let at = 0; at < text.length;) {
      const found = text.indexOf("\n", at);
      const stop = found < 0 ? text.length : found;
      const line = text.slice(at, stop);
      if (line.length > 1 || line.trim() !== "") this.#addLine(block, line);
      this.line++;
      at = stop + 1;
    }
    window.start = end;
    return block;
  }

  #addLine(block: RecordBlock, line: string): void {
    // `JSON.parse` takes blanks around a text, an empty one it does not.
    if (line.charCodeAt(0) <= SPACE && line.trim() === "") return;
    this.add(block, line, this.line);
  }

  /** Where the last whole line of the next block ends; −1: more has to be read. */
  #blockEnd(): number {
    const { bytes, start, end, atEnd } = this.window;
    const limit = Math.min(end, start + BLOCK_BYTES);
    if (limit === end && atEnd) return end;
    const last = bytes.lastIndexOf(LF, limit - 1);
    if (last >= start) return last + 1;
    const next = bytes.subarray(0, end).indexOf(LF, limit);
    return next >= 0 ? next + 1 : atEnd ? end : -1;
  }
}

/** Records of JSON: the elements of an array; or objects one after the other, on as many lines as they like. */
export class JsonReader extends Reader {
  #isArray: boolean | null = null;
  /** Whether the array has ended. */
  #isOver = false;
  /** Whether a comma came after the last element. */
  #isSeparated = true;
  #count = 0;

  /** {@linkcode RecordReader.next} */
  async next(): Promise<RecordBlock | null> {
    if (this.#isArray === null) await this.#begin();
    const { window } = this;
    const block: RecordBlock = { rows: [], lines: [] };
    for (;;) {
      const starts: number[] = [], ends: number[] = [];
      const end = this.#find(starts, ends);
      if (starts.length === 0 && end === window.start) {
        if (!window.atEnd) {
          await window.more();
          continue;
        }
        if (this.#isArray && !this.#isOver) {
          throw new FormatError(`Cannot read ${window.name}: its array is not closed`);
        }
        if (window.start < window.end) this.#unfinished();
        return null;
      }
      this.#addAll(block, starts, ends);
      this.line += lineBreaks(window.bytes, window.start, end);
      window.start = end;
      return block;
    }
  }

  async #begin(): Promise<void> {
    const { window } = this;
    for (;;) {
      const at = this.#skipBlanks(window.start);
      this.line += lineBreaks(window.bytes, window.start, at);
      window.start = at;
      if (at < window.end || window.atEnd) break;
      await window.more();
    }
    this.#isArray = window.start < window.end && window.bytes[window.start] === 91;
    if (this.#isArray) window.start++;
  }

  /** What is left at the end is no whole value. */
  #unfinished(): never {
    const { bytes, end } = this.window;
    const start = this.#skipBlanks(this.window.start);
    const text = decoder.decode(bytes.subarray(start, Math.min(end, start + 40)));
    const line = this.line + lineBreaks(bytes, this.window.start, start);
    throw new FormatError(
      `Cannot read ${this.window.name}: ${JSON.stringify(text)} has no end (line ${line})`,
    );
  }

  /** Finds whole values from the start of the window on. Returns where what was looked at ends. */
  #find(starts: number[], ends: number[]): number {
    const { window } = this;
    const { bytes, end, atEnd } = window;
    let at = window.start, done = at;
    const limit = at + BLOCK_BYTES;
    while (at < limit) {
      at = this.#skipBlanks(at);
      if (at >= end) return at;
      const byte = bytes[at]!;
      if (this.#isOver) {
        if (starts.length > 0) return done;
        throw this.#unexpected(at, "after the end of the array");
      }
      if (this.#isArray && byte === 93 && (!this.#isSeparated || this.#count === 0)) {
        this.#isOver = true;
        done = ++at;
        continue;
      }
      if (this.#isArray && byte === 44 && !this.#isSeparated) {
        this.#isSeparated = true;
        done = ++at;
        continue;
      }
      if (this.#isArray && !this.#isSeparated) {
        throw this.#unexpected(at, "where a comma was expected");
      }
      const stop = valueEnd(bytes, at, end, atEnd);
      if (stop < 0) return done;
      if (stop === at) throw this.#unexpected(at, "where a value was expected");
      starts.push(at);
      ends.push(stop);
      this.#count++;
      this.#isSeparated = false;
      done = at = stop;
    }
    return done;
  }

  #unexpected(at: number, where: string): FormatError {
    const { bytes, start, end } = this.window;
    const text = decoder.decode(bytes.subarray(at, Math.min(end, at + 20)));
    const line = this.line + lineBreaks(bytes, start, at);
    return new FormatError(
      `Cannot read ${this.window.name}: ${JSON.stringify(text)} ${where} (line ${line})`,
    );
  }

  #addAll(block: RecordBlock, starts: readonly number[], ends: readonly number[]): void {
    const { bytes, start } = this.window;
    const values = this.#parseTogether(starts, ends);
    let line = this.line, from = start;
    starts.forEach((at, i) => {
      line += lineBreaks(bytes, from, at);
      from = at;
      if (values !== null) this.addValue(block, values[i], line, null);
      else this.add(block, decoder.decode(bytes.subarray(at, ends[i])), line);
    });
  }

  /** The values of an array, at once; `null` where some is not JSON, or they are not of an array. */
  #parseTogether(starts: readonly number[], ends: readonly number[]): unknown[] | null {
    if (!this.#isArray || starts.length < 2) return null;
    try {
      const text = decoder.decode(this.window.bytes.subarray(starts[0], ends.at(-1)));
      const values = exactJson(`[${text}]`);
      return Array.isArray(values) && values.length === starts.length ? values : null;
    } catch {
      return null;
    }
  }

  #skipBlanks(at: number): number {
    const { bytes, end } = this.window;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) break;
    }
    return at;
  }
}

/** Where the value ends that begins at `at`: after its last bracket, or before what ends a scalar; −1: not before `end`. */
function valueEnd(bytes: Uint8Array, at: number, end: number, atEnd: boolean): number {
  let depth = 0;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === 34) {
      at = stringEnd(bytes, at + 1, end);
      if (at < 0) return -1;
      if (depth === 0) return at;
      continue;
    }
    if (byte === 123 || byte === 91) depth++;
    else if (byte === 125 || byte === 93) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === 44 || byte <= SPACE)) return at;
    at++;
  }
  return depth === 0 && atEnd ? at : -1;
}

/** Where a string ends, after its quote; −1: not before `end`. */
function stringEnd(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 92) at++;
    else if (byte === 34) return at + 1;
  }
  return -1;
}

function lineBreaks(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (bytes[at] === LF) count++;
  return count;
}
