/**
 * Arrow arrays as they came: buffers of any size, nothing checked but that they are buffers.
 *
 * Both ways in (Arrow JS objects, IPC bytes) end here; `convert_array.ts` goes on from here.
 *
 * @module
 */

import type { ArrowSchema } from "./types.ts";

/** An Arrow array, unchecked. */
export interface RawArray {
  /** Number of slots; a non-negative safe integer. */
  readonly length: number;
  /** Number of nulls claimed, or -1 where it is not known. */
  readonly nullCount: number;
  /** Bits by which slot 0 is into `validity`, and into `values` of a Boolean array. All other buffers start at slot 0. */
  readonly bitOffset: number;
  /** Validity bitmap; `null` or empty: no nulls. */
  readonly validity: Uint8Array | null;
  /** Values, keys of a dictionary array, views of a view array; bytes of a variable-size array. */
  readonly values: Uint8Array | null;
  /** Offsets, 4 or 8 bytes each. */
  readonly offsets: Uint8Array | null;
  /** Sizes of a list-view array, as wide as its offsets. */
  readonly sizes: Uint8Array | null;
  /** Data buffers of a view array. */
  readonly variadic: readonly Uint8Array[];
  readonly children: readonly RawArray[];
  readonly dictionary: RawDictionary | null;
}

/** The entries of a dictionary, in one or more chunks. */
export interface RawDictionary {
  /** The caller's object that stands for the dictionary from batch to batch, whatever is in its memory. Default: there is none. */
  readonly identity?: object;
  /** Whether nobody but the reader that made it has its memory: then it never changes, and is checked once. Default: no. */
  readonly owned?: boolean;
  readonly chunks: readonly RawArray[];
}

/** A record batch, unchecked, as the IPC reader yields it. */
export class RawRecordBatch {
  /** The schema of the stream that the batch is from. */
  readonly schema: ArrowSchema;
  /** Number of rows claimed. */
  readonly numRows: number;
  /** One array a field. */
  readonly columns: readonly RawArray[];
  /** Bytes of its message, and of the dictionaries that came before it; those of its buffers where it came in no message. */
  readonly byteLength: number | undefined;
  /** What the first row is called in errors: its number in a source that was cut into batches here. */
  readonly firstRow: number;

  /** Joins the parts; nothing is checked. */
  constructor(
    schema: ArrowSchema,
    numRows: number,
    columns: readonly RawArray[],
    byteLength?: number,
    firstRow = 0,
  ) {
    this.schema = schema;
    this.numRows = numRows;
    this.columns = columns;
    this.byteLength = byteLength;
    this.firstRow = firstRow;
  }

  /** The same in memory of its own. Dictionaries stay where they are in such memory already. */
  copy(): RawRecordBatch {
    return new RawRecordBatch(
      this.schema,
      this.numRows,
      copyOf(this.columns),
      this.byteLength,
      this.firstRow,
    );
  }
}

/** The part of a buffer that arrays have views of. */
interface Span {
  start: number;
  end: number;
  copy: Uint8Array | null;
}

/** Copies arrays, memory that several have views of once. */
function copyOf(arrays: readonly RawArray[]): RawArray[] {
  const spans = new Map<ArrayBufferLike, Span>();
  const measure = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array => {
    const span = spans.get(buffer) ?? { start: byteOffset, end: byteOffset, copy: null };
    span.start = Math.min(span.start, byteOffset);
    span.end = Math.max(span.end, byteOffset + byteLength);
    spans.set(buffer, span);
    return NOTHING;
  };
  const copied = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array => {
    const span = spans.get(buffer)!;
    // At the same place within a word: views of integers stay aligned.
    const first = span.start - span.start % 8;
    span.copy ??= new Uint8Array(buffer, first, span.end - first).slice();
    return span.copy.subarray(byteOffset - first, byteOffset - first + byteLength);
  };
  arrays.forEach((array) => withBuffers(array, measure));
  return arrays.map((array) => withBuffers(array, copied));
}

/** Copies arrays, buffer by buffer: no more than their buffers are together, whatever memory these are views of. */
export function ownCopies(arrays: readonly RawArray[]): RawArray[] {
  return arrays.map((array) => withBuffers(array, (buffer) => new Uint8Array(buffer)));
}

const NOTHING = new Uint8Array(0);

function withBuffers(array: RawArray, replace: (buffer: Uint8Array) => Uint8Array): RawArray {
  const replaced = (buffer: Uint8Array | null) => buffer === null ? null : replace(buffer);
  return {
    ...array,
    validity: replaced(array.validity),
    values: replaced(array.values),
    offsets: replaced(array.offsets),
    sizes: replaced(array.sizes),
    variadic: array.variadic.map(replace),
    children: array.children.map((child) => withBuffers(child, replace)),
    dictionary: array.dictionary === null || array.dictionary.owned === true ? array.dictionary : {
      ...array.dictionary,
      chunks: array.dictionary.chunks.map((chunk) => withBuffers(chunk, replace)),
    },
  };
}

const NO_CHILDREN: readonly RawArray[] = [];
const NO_BUFFERS: readonly Uint8Array[] = [];

/** Makes a raw array from the parts that it has. */
export function rawArray(parts: Partial<RawArray> & { readonly length: number }): RawArray {
  return {
    length: parts.length,
    nullCount: parts.nullCount ?? -1,
    bitOffset: parts.bitOffset ?? 0,
    validity: parts.validity ?? null,
    values: parts.values ?? null,
    offsets: parts.offsets ?? null,
    sizes: parts.sizes ?? null,
    variadic: parts.variadic ?? NO_BUFFERS,
    children: parts.children ?? NO_CHILDREN,
    dictionary: parts.dictionary ?? null,
  };
}

/** Bytes of all memory that arrays have views of, shared or not. */
export function bufferBytes(arrays: readonly RawArray[]): number {
  const buffers = new Set<ArrayBufferLike>();
  const visit = (array: RawArray): void => {
    for (const view of [array.validity, array.values, array.offsets, array.sizes]) {
      if (view !== null) buffers.add(view.buffer);
    }
    for (const view of array.variadic) buffers.add(view.buffer);
    array.children.forEach(visit);
    array.dictionary?.chunks.forEach(visit);
  };
  arrays.forEach(visit);
  let sum = 0;
  for (const { byteLength } of buffers) sum += byteLength;
  return sum;
}

/** The first slots of an array; how many of them are null is not known. */
export function shortened(array: RawArray, length: number): RawArray {
  return { ...array, length, nullCount: -1 };
}
