/**
 * The part of a text that is in memory: UTF-8 that was checked, from the first record that was not taken on.
 *
 * @module
 */

import { noText } from "../arrow/input_kind.ts";
import { isUtf8 } from "../runtime/text.ts";
import { FormatError } from "../util/errors.ts";

/** Bytes that are waited for at a time, unless the text ends before. */
const FILL_BYTES = 64 * 1024;
/** Limit of the bytes of one record: a longer one has a quote that is not closed, or is no text at all. */
export const MAX_RECORD_BYTES = 2 ** 27;

/** A window over chunks of bytes. */
export class TextWindow {
  /** Memory with room for at least one byte after `end`. */
  bytes = new Uint8Array(FILL_BYTES);
  /** Where the first record begins that was not taken. */
  start = 0;
  /** Where what was read ends. */
  end = 0;
  /** Whether nothing comes after `end`. */
  atEnd = false;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #name: string;
  /** Where what was checked ends. */
  #checked = 0;
  /** Bytes of the text before `bytes[0]`. */
  #before = 0;

  /** Reads chunks of UTF-8; `name` is what errors call them. */
  constructor(chunks: AsyncIterator<Uint8Array>, name: string) {
    this.#chunks = chunks;
    this.#name = name;
  }

  /** What errors call the text. */
  get name(): string {
    return this.#name;
  }

  /**
   * Reads more: at least as much again as there is, or to the end. Positions change, `start` becomes 0.
   *
   * @throws {FormatError} When it is not UTF-8, or what was not taken is longer than a record may be.
   */
  async more(): Promise<void> {
    const pending = this.end - this.start;
    if (pending > MAX_RECORD_BYTES) {
      throw new FormatError(
        `Cannot read ${this.#name}: a record is longer than ${
          MAX_RECORD_BYTES >>> 20
        } MiB; is a quote not closed?`,
      );
    }
    this.#compact();
    const enough = pending + Math.max(FILL_BYTES, pending);
    while (!this.atEnd && this.end < enough) {
      const { done, value } = await this.#chunks.next();
      if (done) this.atEnd = true;
      else this.#append(value);
    }
    this.#check();
  }

  /** Reads more, if need be, until there are `count` bytes after `start`, or the text ends. */
  async atLeast(count: number): Promise<void> {
    while (!this.atEnd && this.end - this.start < count) await this.more();
  }

  /** Ends reading before the end. */
  async giveBack(): Promise<void> {
    if (this.atEnd) return;
    this.atEnd = true;
    await this.#chunks.return?.();
  }

  #compact(): void {
    if (this.start === 0) return;
    this.bytes.copyWithin(0, this.start, this.end);
    this.#before += this.start;
    this.#checked = Math.max(0, this.#checked - this.start);
    this.end -= this.start;
    this.start = 0;
  }

  #append(chunk: Uint8Array): void {
    const needed = this.end + chunk.length + 1;
    if (needed > this.bytes.length) {
      const before = this.bytes;
      this.bytes = new Uint8Array(Math.max(needed, 2 * before.length));
      this.bytes.set(before.subarray(0, this.end));
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  #check(): void {
    const to = this.atEnd ? this.end : wholeCharacters(this.bytes, this.#checked, this.end);
    if (!isUtf8(this.bytes.subarray(this.#checked, to))) {
      const known = this.#before === 0 ? noText(this.bytes.subarray(0, this.end)) : null;
      if (known !== null) {
        throw new FormatError(
          `Cannot read ${this.#name}: this is ${known.name}, not a text; ${known.hint}`,
        );
      }
      const at = firstNoCharacter(this.bytes, this.#checked, to);
      const byte = this.bytes[at]!.toString(16).padStart(2, "0");
      throw new FormatError(
        `Cannot read ${this.#name}: it is not UTF-8 (0x${byte} at byte ${
          this.#before + at
        }); set the encoding, such as "windows-1252"`,
      );
    }
    this.#checked = to;
  }
}

/** Where the last whole character before `end` ends. */
function wholeCharacters(bytes: Uint8Array, from: number, end: number): number {
  let at = end - 1, steps = 0;
  while (at >= from && steps < 3 && (bytes[at]! & 0xc0) === 0x80) at--, steps++;
  if (at < from) return end;
  const lead = bytes[at]!;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return at + length > end ? at : end;
}

/** Where the first byte is that neither is a character nor begins one. */
function firstNoCharacter(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end;) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (at + length > end || !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return from;
}
