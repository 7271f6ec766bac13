/**
 * Takes a leaf's values out of a segment record: only the non-null ones, in order, as the Parquet physical type has them.
 *
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { ValueSelection } from "../shred/shredder.ts";
import { convertValues } from "./conversion.ts";

/** A leaf's buffers in kernel memory. */
export interface LeafBuffers {
  readonly shape: "boolean" | "fixed" | "bytes";
  readonly slots: number;
  readonly values: Pointer;
  /** First bit of booleans. */
  readonly bitOffset: number;
  /** `slots + 1` i32 offsets of byte arrays; 0 otherwise. */
  readonly offsets: Pointer;
}

/** Bytes of a value in kernel memory: booleans are unpacked to a byte each, byte arrays have no width. */
export function valueWidth(plan: ColumnPlan): number {
  switch (plan.physicalType) {
    case "BOOLEAN":
      return 1;
    case "INT32":
    case "FLOAT":
      return 4;
    case "INT64":
    case "DOUBLE":
      return 8;
    case "INT96":
      return 12;
    case "BYTE_ARRAY":
      return 0;
    case "FIXED_LEN_BYTE_ARRAY":
      return plan.typeLength;
  }
}

/** Reads the values of any column; what it returns is valid until the next call. */
export class LeafReader {
  readonly #kernels: Kernels;
  readonly #selected: KernelBuffer;
  readonly #selectedOffsets: KernelBuffer;
  readonly #unpacked: KernelBuffer;
  readonly #converted: KernelBuffer;
  readonly #indices: KernelBuffer;

  /** Creates the reader of a thread. */
  constructor(kernels: Kernels) {
    const buffer = () => new KernelBuffer(kernels.memory);
    this.#kernels = kernels;
    this.#selected = buffer();
    this.#selectedOffsets = buffer();
    this.#unpacked = buffer();
    this.#converted = buffer();
    this.#indices = buffer();
  }

  /** The `count` values of the column that are selected. */
  read(
    plan: ColumnPlan,
    leaf: LeafBuffers,
    selection: ValueSelection,
    count: number,
  ): LeafValues {
    if (leaf.shape === "bytes") return this.#byteArrays(leaf, selection, count);
    if (leaf.shape === "boolean") {
      const bytes = this.#unpacked.reserve(leaf.slots);
      this.#kernels.expandBits(leaf.values, leaf.bitOffset, leaf.slots, bytes, 0, 1);
      return { count, data: this.select(bytes, 1, selection, count), offsets: 0 };
    }
    const { width, conversion } = plan.leaf;
    const slots = this.select(leaf.values, width, selection, count);
    if (conversion === "none") return { count, data: slots, offsets: 0 };
    if (conversion === "fixedToByteArray") {
      return { count, data: slots, offsets: this.#evenOffsets(count, width) };
    }
    const converted = valueWidth(plan);
    const data = this.#converted.reserve(count * converted);
    const bigEndian = plan.physicalType === "FIXED_LEN_BYTE_ARRAY";
    convertValues(
      this.#kernels,
      conversion,
      slots,
      count,
      data,
      width,
      converted,
      bigEndian,
    );
    return { count, data, offsets: 0 };
  }

  /** Selects among slots of `width` bytes: dictionary keys too. */
  select(src: Pointer, width: number, selection: ValueSelection, count: number): Pointer {
    if (selection.kind === "range") {
      const from = src + selection.base * width;
      // Wide loads of kernels may be unaligned, but views of 4 and 8 bytes may not.
      if (from % Math.min(width, 8) === 0 || width < 4) return from;
    }
    const selected = this.#selected.reserve(count * width);
    if (selection.kind === "range") {
      const from = src + selection.base * width;
      this.#kernels.memory.u8.copyWithin(selected, from, from + count * width);
    } else if (selection.kind === "bitmap") {
      const from = src + selection.base * width;
      const { validity, bitOffset, slots } = selection;
      this.#kernels.compact(from, width, slots, validity, bitOffset, selected);
    } else this.#kernels.gather(src, width, selection.indices, count, selected);
    return selected;
  }

  /** Gives all memory back. */
  release(): void {
    this.#selected.release();
    this.#selectedOffsets.release();
    this.#unpacked.release();
    this.#converted.release();
    this.#indices.release();
  }

  /** Offsets of byte arrays that are all of one length. */
  #evenOffsets(count: number, width: number): Pointer {
    const offsets = this.#selectedOffsets.reserve((count + 1) * 4);
    const { i32 } = this.#kernels.memory;
    for (let i = 0; i <= count; i++) i32[(offsets >>> 2) + i] = i * width;
    return offsets;
  }

  #byteArrays(leaf: LeafBuffers, selection: ValueSelection, count: number): LeafValues {
    const kernels = this.#kernels;
    const data = leaf.values;
    if (selection.kind === "range") {
      return { count, data, offsets: leaf.offsets + selection.base * 4 };
    }
    if (selection.kind === "indices") return this.#gather(leaf, selection.indices, count);
    const { base, slots, validity, bitOffset } = selection;
    const offsets = this.#selectedOffsets.reserve((count + 1) * 4);
    const from = leaf.offsets + base * 4;
    if (kernels.compactOffsets(from, slots, validity, bitOffset, offsets) >= 0) {
      return { count, data, offsets };
    }
    const indices = this.#indices.reserve(count * 4);
    kernels.setBitIndices(validity, bitOffset, slots, indices);
    return this.#gather({ ...leaf, offsets: from }, indices, count);
  }

  #gather(leaf: LeafBuffers, indices: Pointer, count: number): LeafValues {
    const kernels = this.#kernels;
    const bytes = kernels.byteArraysLength(leaf.offsets, indices, count);
    const data = this.#selected.reserve(bytes + 16);
    const offsets = this.#selectedOffsets.reserve((count + 1) * 4);
    kernels.gatherByteArrays(leaf.offsets, leaf.values, indices, count, offsets, data);
    return { count, data, offsets };
  }
}
