/**
 * DELTA_BINARY_PACKED: differences of integers, packed to as few bits as each miniblock needs.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#delta-encoding-delta_binary_packed--5
 * @module
 */

import { type Kernels, maxDeltaBinaryPackedSize, type Pointer } from "../kernels/kernels.ts";
import { FixedWidthPage } from "./fixed_width_page.ts";
import type { LeafValues, ValueLayout } from "./leaf_values.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** INT32 and INT64 values. */
export class DeltaBinaryPackedEncoder implements ValueEncoder {
  readonly encoding = "DELTA_BINARY_PACKED";
  readonly #kernels: Kernels;
  readonly #width: 4 | 8;
  readonly #page: FixedWidthPage;

  /** Creates the encoder of values of 4 or 8 bytes. */
  constructor(kernels: Kernels, layout: ValueLayout) {
    this.#kernels = kernels;
    this.#width = layout.width === 4 ? 4 : 8;
    this.#page = new FixedWidthPage(kernels.memory, this.#width);
  }

  get count(): number {
    return this.#page.count;
  }

  get unencodedBytes(): number {
    return this.#page.byteLength;
  }

  get maxByteLength(): number {
    return maxDeltaBinaryPackedSize(this.#page.count, this.#width);
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
    const { pointer, count } = this.#page;
    this.#page.clear();
    return this.#width === 4
      ? this.#kernels.deltaBinaryPacked32(pointer, count, dst)
      : this.#kernels.deltaBinaryPacked64(pointer, count, dst);
  }

  release(): void {
    this.#page.release();
  }
}
