/**
 * BYTE_STREAM_SPLIT: the first bytes of all values of a page, then the second ones, and so on, which compresses better.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#byte-stream-split-byte_stream_split--9
 * @module
 */

import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { FixedWidthPage } from "./fixed_width_page.ts";
import type { LeafValues, ValueLayout } from "./leaf_values.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** Values of any fixed width. */
export class ByteStreamSplitEncoder implements ValueEncoder {
  readonly encoding = "BYTE_STREAM_SPLIT";
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #page: FixedWidthPage;

  /** Creates the encoder of values of one layout. */
  constructor(kernels: Kernels, layout: ValueLayout) {
    this.#kernels = kernels;
    this.#width = layout.width;
    this.#page = new FixedWidthPage(kernels.memory, layout.width);
  }

  get count(): number {
    return this.#page.count;
  }

  get unencodedBytes(): number {
    return this.#page.byteLength;
  }

  get maxByteLength(): number {
    return this.#page.byteLength;
  }

  get memoryBytes(): number {
    return this.#page.byteLength;
  }

  valuesUntil(byteLimit: number): number {
    return this.#page.valuesUntil(byteLimit);
  }

  append(values: LeafValues, from: number, count: number): number {
    return this.#page.append(values, from, count);
  }

  write(dst: Pointer): number {
    const { pointer, count, byteLength } = this.#page;
    this.#kernels.byteStreamSplit(pointer, this.#width, count, dst);
    this.#page.clear();
    return byteLength;
  }

  release(): void {
    this.#page.release();
  }
}
