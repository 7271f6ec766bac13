/**
 * Large batches cut into slices of their rows, without copying: each is checked, copied and encoded by itself.
 *
 * @module
 */

import { fixedWidth } from "./convert_leaf.ts";
import { assertNullCounts } from "./null_count.ts";
import { type RawArray, RawRecordBatch } from "./raw_array.ts";
import type { ArrowField, ArrowType } from "./types.ts";

/** Bytes of buffers that a slice has, about: checking and copying them takes a few milliseconds. */
const SLICE_BYTES = 8 * 1024 * 1024;
/**
 * Bytes that a column has of it at least: with less, what a column costs in each slice is what takes time, and its dictionary has left the
 * cache. Then slices are larger, but for the widest batches, whose turns would be too long.
 */
const COLUMN_BYTES = 128 * 1024;
const MOST_SLICE_BYTES = 32 * 1024 * 1024;

/** How a batch is cut. */
export interface BatchCut {
  readonly batch: RawRecordBatch;
  /** Rows of a slice. */
  readonly rows: number;
}

/**
 * Says how to cut a batch: so that a slice has no more than some megabytes, and no more than `maxRows` rows.
 *
 * @returns `null` where it is small enough as it is, or cannot be cut.
 * @throws {InvalidBatchError} When a null count contradicts its bitmap: nobody could say so by a slice.
 */
export function cutBatch(batch: RawRecordBatch, maxRows: number): BatchCut | null {
  const { numRows, columns, schema: { fields } } = batch;
  let bytes = 0;
  for (const column of columns) bytes += viewBytes(column);
  const wide = Math.min(MOST_SLICE_BYTES, columns.length * COLUMN_BYTES);
  const sliceBytes = Math.max(SLICE_BYTES, wide);
  const rows = Math.max(1, Math.min(maxRows, Math.floor(numRows * sliceBytes / bytes)));
  if (rows >= numRows || columns.length !== fields.length) return null;
  if (!columns.every((raw, i) => raw.length === numRows && isCuttable(raw, fields[i]!.type))) {
    return null;
  }
  columns.forEach((raw, i) => assertNullCounts([raw], topLevel(fields[i]!)));
  return { batch, rows };
}

/** The slices of a batch, in order. */
export function* batchSlices({ batch, rows }: BatchCut): Generator<RawRecordBatch> {
  const { schema, numRows, columns, byteLength, firstRow } = batch;
  for (let from = 0; from < numRows; from += rows) {
    const to = Math.min(numRows, from + rows);
    const cut = columns.map((raw, i) => slice(raw, schema.fields[i]!.type, from, to));
    yield new RawRecordBatch(schema, to - from, cut, byteLength, firstRow + from);
  }
}

function topLevel({ name }: ArrowField) {
  return { path: name, isLive: () => true, row: () => -1 };
}

/** Bytes of an array's buffers, without those of its dictionary, which is not cut. */
function viewBytes({ validity, values, offsets, sizes, variadic, children }: RawArray): number {
  let bytes = (validity?.length ?? 0) + (values?.length ?? 0) + (offsets?.length ?? 0) +
    (sizes?.length ?? 0);
  for (const view of variadic) bytes += view?.length ?? 0;
  for (const child of children) bytes += viewBytes(child);
  return bytes;
}

/** Whether slots of an array can be left out at its beginning. Buffers that are short or bare are for others to judge. */
function isCuttable(raw: RawArray, type: ArrowType): boolean {
  const { length, nullCount, validity, values, offsets, sizes, children } = raw;
  const has = (buffer: Uint8Array | null, bytes: number) => (buffer?.length ?? 0) >= bytes;
  if (nullCount > 0 && !has(validity, 1)) return false;
  switch (type.kind) {
    case "null":
      return true;
    case "bool":
      return has(values, Math.ceil((raw.bitOffset + length) / 8));
    case "utf8":
    case "binary":
    case "list":
    case "map":
      return has(offsets, (length + 1) * 4);
    case "largeUtf8":
    case "largeBinary":
    case "largeList":
      return has(offsets, (length + 1) * 8);
    case "utf8View":
    case "binaryView":
      return has(values, length * 16);
    case "listView":
      return has(offsets, length * 4) && has(sizes, length * 4);
    case "largeListView":
      return has(offsets, length * 8) && has(sizes, length * 8);
    case "struct":
      return children.length === type.children.length &&
        children.every((child, i) =>
          child.length === length && isCuttable(child, type.children[i]!.type)
        );
    case "fixedSizeList":
      return children[0]?.length === length * type.listSize &&
        isCuttable(children[0], type.child.type);
    case "dictionary":
      return has(values, length * type.index.bitWidth / 8);
    case "runEndEncoded":
      // Runs are counted from the first slot of all.
      return false;
    default:
      return has(values, length * fixedWidth(type));
  }
}

/** Slots [from, to) of an array that is cuttable. */
function slice(raw: RawArray, type: ArrowType, from: number, to: number): RawArray {
  const bits = raw.bitOffset + from;
  const bytes = bits >>> 3;
  const part = (buffer: Uint8Array | null, width: number, more = 0) =>
    buffer?.subarray(from * width, (to + more) * width) ?? null;
  const cut = {
    ...raw,
    length: to - from,
    // Nothing but nulls, or none, are so in every part.
    nullCount: raw.nullCount === 0 ? 0 : raw.nullCount === raw.length ? to - from : -1,
    bitOffset: bits & 7,
    validity: raw.validity?.subarray(bytes) ?? null,
  };
  switch (type.kind) {
    case "null":
      return cut;
    case "bool":
      return { ...cut, values: raw.values!.subarray(bytes) };
    case "utf8":
    case "binary":
    case "list":
    case "map":
      return { ...cut, offsets: part(raw.offsets, 4, 1) };
    case "largeUtf8":
    case "largeBinary":
    case "largeList":
      return { ...cut, offsets: part(raw.offsets, 8, 1) };
    case "listView":
      return { ...cut, offsets: part(raw.offsets, 4), sizes: part(raw.sizes, 4) };
    case "largeListView":
      return { ...cut, offsets: part(raw.offsets, 8), sizes: part(raw.sizes, 8) };
    case "struct":
      return {
        ...cut,
        children: raw.children.map((child, i) => slice(child, type.children[i]!.type, from, to)),
      };
    case "fixedSizeList": {
      const { listSize, child } = type;
      return {
        ...cut,
        children: [slice(raw.children[0]!, child.type, from * listSize, to * listSize)],
      };
    }
    default:
      return { ...cut, values: part(raw.values, slotBytes(type)) };
  }
}

function slotBytes(type: ArrowType): number {
  if (type.kind === "dictionary") return type.index.bitWidth / 8;
  return type.kind === "utf8View" || type.kind === "binaryView" ? 16 : fixedWidth(type);
}
