/**
 * Arrow arrays in the few physical shapes that the encoder knows.
 *
 * `arrow/` turns whatever comes in (objects of any Arrow JS version, IPC bytes; large, view, list-view, run-end encoded
 * arrays; dictionaries with nulls or of nested types) into these shapes, checks them, and hands them on. Everything that
 * follows trusts them. All buffers are views of the caller's memory wherever the shape allows.
 *
 * @module
 */

/** A bitmap, least significant bit first, whose first bit is `bitOffset` bits into `bytes`. */
export interface Bitmap {
  readonly bytes: Uint8Array;
  readonly bitOffset: number;
}

interface ArrayBase {
  /** Number of slots. */
  readonly length: number;
  /** Set bit = valid. `null` when no slot is null. */
  readonly validity: Bitmap | null;
}

/** All slots are null. */
export interface NullArray extends ArrayBase {
  readonly shape: "null";
}

/** One bit a slot. */
export interface BooleanArray extends ArrayBase {
  readonly shape: "boolean";
  readonly values: Bitmap;
}

/** Bytes that {@linkcode CopyValues} may write behind what it copies. */
export const COPY_SLACK_BYTES = 16;

/**
 * Copies the values of slots [from, to) to `at` of `target`, behind which it may write up to {@linkcode COPY_SLACK_BYTES} more: where
 * values would be put together only to be copied.
 */
export type CopyValues = (from: number, to: number, target: Uint8Array, at: number) => void;

/** `width` bytes a slot, little-endian; exactly `length × width` bytes. */
export interface FixedArray extends ArrayBase {
  readonly shape: "fixed";
  readonly width: number;
  readonly values: Uint8Array;
}

/** `length + 1` non-decreasing offsets into `data`, all within it; they need not start at 0. */
export interface BytesArray extends ArrayBase {
  readonly shape: "bytes";
  readonly offsets: Int32Array | BigInt64Array;
  readonly data: Uint8Array;
  /** Absent: `data` is there. */
  readonly copyTo?: CopyValues;
}

/**
 * Keys into `dictionary`. Every key of a valid slot is within it, and keys never meet a null entry (such slots are
 * null in `validity` instead). Keys are unsigned little-endian, `keyWidth` bytes each.
 */
export interface DictionaryArray extends ArrayBase {
  readonly shape: "dictionary";
  readonly keyWidth: 1 | 2 | 4;
  /** Slot of the first key: those before, which no row has, may be absent. Default: 0. */
  readonly keysFrom?: number;
  readonly keys: Uint8Array;
  /**
   * The entries; its own validity has no meaning any more and is `null`. The same object has the same entries for good, as long
   * as its batch is in use: whoever holds it need not compare them.
   */
  readonly dictionary: BooleanArray | FixedArray | BytesArray;
  /** Whether the entries are in memory of our own, so that they stay what they are when the batch is not in use any more. */
  readonly owned?: boolean;
}

/** Slot `i` holds the child slots `offsets[i]` to `offsets[i + 1]`; offsets are valid and non-decreasing. Maps too. */
export interface ListArray extends ArrayBase {
  readonly shape: "list";
  readonly offsets: Int32Array | BigInt64Array;
  readonly child: ColumnArray;
}

/** Slot `i` holds the child slots `i × listSize` to `(i + 1) × listSize`. */
export interface FixedSizeListArray extends ArrayBase {
  readonly shape: "fixedSizeList";
  readonly listSize: number;
  readonly child: ColumnArray;
}

/** Children have as many slots as the struct. */
export interface StructArray extends ArrayBase {
  readonly shape: "struct";
  readonly children: readonly ColumnArray[];
}

/** An Arrow array of one of the shapes that the encoder knows. */
export type ColumnArray =
  | NullArray
  | BooleanArray
  | FixedArray
  | BytesArray
  | DictionaryArray
  | ListArray
  | FixedSizeListArray
  | StructArray;

/** The shapes without children. */
export type LeafArray = NullArray | BooleanArray | FixedArray | BytesArray | DictionaryArray;

/** A record batch, checked against its schema: one array of `numRows` slots a field. */
export interface ColumnBatch {
  readonly numRows: number;
  readonly columns: readonly ColumnArray[];
  /** Bytes of Arrow buffers that the rows span; what throughput is reported in. */
  readonly byteLength: number;
}
