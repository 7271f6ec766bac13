/**
 * Bounds the memory that a page may take and the work that a file may cause: a few bytes can stand for very many levels and
 * values, page after page.
 *
 * @module
 */

import { DEFAULT_INPUT_LIMITS, type InputLimitValues } from "../../util/input_limits.ts";
import { PageFault } from "./page_fault.ts";
import { ValueBuffers } from "./page_values.ts";
import { ScratchBuffer } from "./scratch_buffer.ts";

/** Buffers that are larger together are not kept for the next page, which may need others. */
const MAX_KEPT_BYTES = 2 ** 25;

/** What decoding the pages of one file may take: one for all of its chunks. */
export class DecodingResources {
  readonly limits: InputLimitValues;
  readonly values: ValueBuffers = new ValueBuffers();
  readonly repetitionLevels: ScratchBuffer = new ScratchBuffer();
  readonly definitionLevels: ScratchBuffer = new ScratchBuffer();
  readonly ids: ScratchBuffer = new ScratchBuffer();
  /** Of what a page is decompressed to. */
  readonly content: ScratchBuffer = new ScratchBuffer();
  /** Bytes that pages had as stored, and were decoded to. */
  #stored = 0;
  #decoded = 0;
  /** Bytes that the page may still take. */
  #pageRoom = 0;

  constructor(limits: InputLimitValues = DEFAULT_INPUT_LIMITS) {
    this.limits = limits;
  }

  /** Bytes that pages were decoded to, decompressed bytes, levels, ids and values counted alike. */
  get decodedBytes(): number {
    return this.#decoded;
  }

  /** Begins a page of so many stored bytes. What was decoded of the page before is valid no more. */
  beginPage(storedBytes: number): void {
    this.#stored += storedBytes;
    this.#pageRoom = this.limits.maxPageBytes;
    const { repetitionLevels, definitionLevels, ids, content } = this;
    const buffers = [repetitionLevels, definitionLevels, ids, content, ...this.values.all];
    const kept = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (kept > MAX_KEPT_BYTES) { for (const buffer of buffers) buffer.release(); }
  }

  /**
   * Lets bytes of the page be decoded. To be called before memory is asked for.
   *
   * @throws {PageFault} Where the page takes more than a page may, or the file more than a file may.
   */
  admit(byteLength: number): void {
    this.#pageRoom -= byteLength;
    const { maxPageBytes, maxDecodedBytes, maxDecodedExpansion } = this.limits;
    if (this.#pageRoom < 0) {
      throw new PageFault(
        "limit",
        `The page takes more than ${maxPageBytes} bytes when it is decoded, to be allowed by limits.maxPageBytes`,
      );
    }
    this.#decoded += byteLength;
    const most = Math.max(maxDecodedBytes, maxDecodedExpansion * this.#stored);
    if (this.#decoded <= most) return;
    this.#decoded -= byteLength;
    throw new PageFault(
      "limit",
      `The pages so far decode to more than ${most} bytes, to be allowed by limits.maxDecodedBytes`,
    );
  }
}
