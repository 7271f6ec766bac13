/**
 * The layout of a Parquet file: which bytes come next, and the footer that says where everything is.
 *
 * ```text
 * PAR1 · row groups, column by column · Bloom filters · column indexes · offset indexes · footer · u32 length · PAR1
 * ```
 *
 * Nothing here waits or writes: the caller takes the bytes to the sink.
 *
 * @see https://github.com/apache/parquet-format#file-format
 *
 * @module
 */

import type { EncodedColumnChunk } from "../column/encoded_column_chunk.ts";
import type {
  ColumnChunk,
  ColumnMetaData,
  ColumnOrder,
  KeyValue,
  ParquetMetaData,
  RowGroup,
  SchemaElement,
  SortingColumn,
} from "../format/metadata.ts";
import { MAGIC } from "../format/read_metadata.ts";
import { buildSchemaTree, type SchemaNode } from "../format/schema_tree.ts";
import { encodeFileMetaDataInSteps, encodeFileMetaDataView } from "../format/structures.ts";
import { LimitError, ParquetError } from "../util/errors.ts";
import { LIMITS, type Limits } from "../util/limits.ts";
import type { Mutable } from "../util/mutable.ts";
import { finished, type Steps } from "../util/steps.ts";
import { Appendices, type Appendix, appendixOf } from "./appendices.ts";

/** Column chunks that are looked at in a step: well below a millisecond. */
const CHUNKS_A_STEP = 1024;
/** Column chunks whose metadata are written in one step, with all of the footer: about as long. */
const CHUNKS_AT_ONCE = 256;

/** 1 whatever the pages' version: the specification asks for it since December 2025. */
const FORMAT_VERSION = 1;

/** What holds for the whole file. */
export interface FileLayoutOptions {
  /** By what the rows of each row group are sorted. */
  readonly sortingColumns?: readonly SortingColumn[];
  /** Order of each leaf column's bounds. Default: `TYPE_ORDER`. */
  readonly columnOrders?: readonly ColumnOrder[];
  /** What the file may have. Default: {@linkcode LIMITS}. */
  readonly limits?: Limits;
}

/** What only the end of the file knows. */
export interface FinishOptions {
  readonly keyValueMetadata?: readonly KeyValue[];
  readonly createdBy?: string;
  /** Rows that the writer was given; checked against those of the row groups. */
  readonly rowsAccepted?: number;
  /** Bytes that the sink accepted; checked against those that were laid out. */
  readonly bytesAccepted?: number;
}

/** The end of the file. */
export interface FinishedFile {
  /** All bytes after the last row group. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What the footer says. */
  readonly metadata: ParquetMetaData;
}

/** Lays out one file: `start`, any number of `addRowGroup`, `finish`. */
export class FileLayout {
  readonly #schema: readonly SchemaElement[];
  readonly #leaves: readonly SchemaNode[];
  readonly #options: FileLayoutOptions;
  readonly #limits: Limits;
  readonly #rowGroups: RowGroup[] = [];
  #appendices = new Appendices();
  #state: "new" | "open" | "finished" = "new";
  #position = 0;
  #numRows = 0;

  /**
   * @param schema The schema, its root first.
   * @throws {RangeError} where there is not one
   * column order for each leaf column.
   */
  constructor(schema: readonly SchemaElement[], options: FileLayoutOptions = {}) {
    const { columnOrders, limits } = options;
    this.#schema = schema;
    this.#leaves = leavesOf(schema);
    this.#options = options;
    this.#limits = limits ?? LIMITS;
    if (columnOrders !== undefined && columnOrders.length !== this.#leaves.length) {
      throw new RangeError(
        `Cannot lay out a file: ${columnOrders.length} column orders for ${this.#leaves.length} columns`,
      );
    }
  }

  /** Bytes laid out so far. */
  get byteLength(): number {
    return this.#position;
  }

  /** Rows of the row groups laid out so far. */
  get numRows(): number {
    return this.#numRows;
  }

  /** The row groups laid out so far. */
  get rowGroups(): readonly RowGroup[] {
    return this.#rowGroups;
  }

  /** Bytes of Bloom filters and indexes held until the end of the file. */
  get pendingBytes(): number {
    return this.#appendices.byteLength;
  }

  /** The first bytes of the file. */
  start(): Uint8Array<ArrayBuffer> {
    this.#expect("new");
    this.#state = "open";
    this.#position = MAGIC.length;
    return new Uint8Array(MAGIC);
  }

  /**
   * Adds a row group.
   *
   * @param chunks One for each leaf column, in their order.
   * @param numRows Rows of the row group, at least 1.
   * @returns The bytes that come next: the parts of the chunks themselves, not copies.
   * @throws {ParquetError} where the chunks contradict each other or the schema; nothing has been added then.
   */
  addRowGroup(chunks: readonly EncodedColumnChunk[], numRows: number): Uint8Array<ArrayBuffer>[] {
    this.#expect("open");
    if (!(Number.isSafeInteger(numRows) && numRows > 0)) {
      throw inconsistent(`a row group has ${numRows} rows`);
    }
    if (chunks.length !== this.#leaves.length) {
      throw inconsistent(`${chunks.length} chunks for ${this.#leaves.length} columns`);
    }
    const columns: ColumnChunk[] = [];
    const appendices: Appendix[] = [];
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let position = this.#position;
    let totalByteSize = 0;
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i]!;
      checkChunk(chunk, i, this.#leaves[i]!, numRows);
      columns.push(placeChunk(chunk, position));
      appendices.push(appendixOf(chunk, position));
      for (const part of chunk.parts) parts.push(part);
      position += chunk.byteLength;
      totalByteSize += chunk.metaData.totalUncompressedSize;
    }
    const { maxOffset } = this.#limits;
    if (position > maxOffset || this.#numRows + numRows > maxOffset) {
      throw new LimitError(
        "",
        -1,
        `Cannot add a row group: the file would have more than ${maxOffset} bytes or rows`,
      );
    }
    const { sortingColumns } = this.#options;
    const ordinal = this.#rowGroups.length;
    this.#rowGroups.push({
      columns,
      totalByteSize,
      numRows,
      ...(sortingColumns === undefined ? {} : { sortingColumns }),
      fileOffset: this.#position,
      totalCompressedSize: position - this.#position,
      ...(ordinal <= this.#limits.maxOrdinal ? { ordinal } : {}),
    });
    this.#appendices.add(appendices);
    this.#position = position;
    this.#numRows += numRows;
    return parts;
  }

  /** {@linkcode finishInSteps} at once. */
  finish(options: FinishOptions = {}): FinishedFile {
    return finished(this.finishInSteps(options));
  }

  /**
   * Ends the file, in steps.
   *
   * @param room Gives the memory for the last bytes, of which the first so many are used. Default: as much as they are, of their own.
   * @throws {LimitError} where the footer is over its cap. Nothing is to be written then.
   * @throws {ParquetError} where what was laid out is not what was accepted, or contradicts itself.
   */
  *finishInSteps(
    options: FinishOptions = {},
    room: (byteLength: number) => Uint8Array<ArrayBuffer> = (length) => new Uint8Array(length),
  ): Steps<FinishedFile> {
    this.#expect("open");
    const { keyValueMetadata, createdBy } = options;
    const placed = this.#appendices.byteLength > 0
      ? this.#appendices.placing(this.#position)
      : null;
    const rowGroups: RowGroup[] = [];
    const sum = { position: MAGIC.length, numRows: 0 };
    let chunks = 0;
    for (let g = 0; g < this.#rowGroups.length; g++) {
      if (chunks >= CHUNKS_A_STEP) {
        chunks = 0;
        yield;
      }
      const rowGroup = this.#rowGroups[g]!;
      checkRowGroup(rowGroup, g, sum);
      rowGroups.push(placed === null ? rowGroup : placed(rowGroup, g));
      chunks += rowGroup.columns.length;
    }
    this.#checkSum(sum, options);
    const metadata: ParquetMetaData = {
      version: FORMAT_VERSION,
      schema: this.#schema,
      numRows: this.#numRows,
      rowGroups,
      // Absent rather than empty: a few readers trip over an empty list.
      ...(keyValueMetadata === undefined || keyValueMetadata.length === 0
        ? {}
        : { keyValueMetadata }),
      ...(createdBy === undefined ? {} : { createdBy }),
      columnOrders: this.#options.columnOrders ?? this.#leaves.map(() => ({ type: "TYPE_ORDER" })),
    };
    const { maxFooterBytes } = this.#limits;
    // A generator takes its time, and small files have little else to do.
    const footer = Math.max(1, rowGroups.length) * this.#schema.length <= CHUNKS_AT_ONCE
      ? encodeFileMetaDataView(metadata, maxFooterBytes)
      : yield* encodeFileMetaDataInSteps(metadata, maxFooterBytes);
    const byteLength = this.#appendices.byteLength + footer.length + 4 + MAGIC.length;
    const bytes = room(byteLength).subarray(0, byteLength);
    let at = 0;
    for (const parts of this.#appendices.parts) {
      for (let i = 0; i < parts.length; i++) {
        if (i % CHUNKS_A_STEP === CHUNKS_A_STEP - 1) yield;
        bytes.set(parts[i]!, at);
        at += parts[i]!.length;
      }
    }
    bytes.set(footer, at);
    putU32(bytes, at + footer.length, footer.length);
    bytes.set(MAGIC, at + footer.length + 4);
    this.#position += byteLength;
    this.#appendices = new Appendices();
    this.#state = "finished";
    return { bytes, metadata };
  }

  #checkSum(
    { position, numRows }: { readonly position: number; readonly numRows: number },
    { rowsAccepted, bytesAccepted }: FinishOptions,
  ): void {
    if (position !== this.#position) {
      throw inconsistent(`the row groups end at ${position}, not at ${this.#position}`);
    }
    if (bytesAccepted !== undefined && bytesAccepted !== position) {
      throw inconsistent(`the sink accepted ${bytesAccepted} of ${position} bytes`);
    }
    if (rowsAccepted !== undefined && rowsAccepted !== numRows) {
      throw inconsistent(`the row groups have ${numRows} rows, ${rowsAccepted} were accepted`);
    }
  }

  #expect(state: "new" | "open"): void {
    if (this.#state === state) return;
    throw new ParquetError(`Cannot lay out the file: it is ${this.#state}, not ${state}`);
  }
}

/** Leaves of schemas that never change: those of one plan for many files. */
const knownLeaves = new WeakMap<readonly SchemaElement[], readonly SchemaNode[]>();

function leavesOf(schema: readonly SchemaElement[]): readonly SchemaNode[] {
  let leaves = knownLeaves.get(schema);
  if (leaves === undefined) {
    leaves = buildSchemaTree(schema).leaves;
    if (Object.isFrozen(schema)) knownLeaves.set(schema, leaves);
  }
  return leaves;
}

/** Everything about a chunk that can be checked without reading its pages. */
function checkChunk(
  chunk: EncodedColumnChunk,
  index: number,
  leaf: SchemaNode,
  numRows: number,
): void {
  const { metaData, byteLength } = chunk;
  const fail = (state: string) => inconsistent(`column "${leaf.path.join(".")}": ${state}`);
  if (chunk.column !== index) throw fail(`it is column ${chunk.column}, not ${index}`);
  if (!isSamePath(metaData.pathInSchema, leaf.path)) {
    throw fail(`the chunk is of "${metaData.pathInSchema.join(".")}"`);
  }
  if (metaData.type !== leaf.element.type) throw fail(`the chunk is of ${metaData.type}`);
  let partBytes = 0;
  for (const part of chunk.parts) partBytes += part.byteLength;
  if (partBytes !== byteLength) throw fail(`its parts have ${partBytes} of ${byteLength} bytes`);
  if (metaData.totalCompressedSize !== byteLength) {
    throw fail(`totalCompressedSize is ${metaData.totalCompressedSize}, not ${byteLength}`);
  }
  const first = metaData.dictionaryPageOffset ?? metaData.dataPageOffset;
  if (first !== 0) throw fail(`its first page is at ${first}`);
  if (!(metaData.dataPageOffset < byteLength)) {
    throw fail(`its data pages begin at ${metaData.dataPageOffset} of ${byteLength} bytes`);
  }
  const { columnIndex, offsetIndex } = chunk;
  if (offsetIndex !== undefined) {
    const { firstOffset, compressedPageSizes } = offsetIndex;
    let end = firstOffset;
    for (const size of compressedPageSizes) end += size;
    if (firstOffset !== metaData.dataPageOffset || end !== byteLength) {
      throw fail(`its pages are said to be from ${firstOffset} to ${end} of ${byteLength} bytes`);
    }
  } else if (columnIndex !== undefined) throw fail("it has a column index but no offset index");
  const { numValues } = metaData;
  if (leaf.maxRepetitionLevel === 0 ? numValues !== numRows : numValues < numRows) {
    throw fail(`it has ${numValues} values for ${numRows} rows`);
  }
}

function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The metadata of a chunk that begins at `position` of the file. */
export function placeChunk({ metaData }: EncodedColumnChunk, position: number): ColumnChunk {
  const placed: Mutable<ColumnMetaData> = { ...metaData };
  placed.dataPageOffset += position;
  if (placed.dictionaryPageOffset !== undefined) placed.dictionaryPageOffset += position;
  return { fileOffset: 0, metaData: placed };
}

/** Checks that a row group is where those before it end, and adds it to `sum`. */
function checkRowGroup(
  { fileOffset, columns, numRows }: RowGroup,
  index: number,
  sum: { position: number; numRows: number },
): void {
  let { position } = sum;
  if (fileOffset !== position) {
    throw inconsistent(`row group ${index} is at ${fileOffset}, not at ${position}`);
  }
  for (const { metaData } of columns) {
    const start = metaData.dictionaryPageOffset ?? metaData.dataPageOffset;
    if (start !== position) {
      const path = metaData.pathInSchema.join(".");
      throw inconsistent(
        `column "${path}" of row group ${index} is at ${start}, not at ${position}`,
      );
    }
    position += metaData.totalCompressedSize;
  }
  sum.position = position;
  sum.numRows += numRows;
}

function putU32(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = value >>> 8 * i;
}

function inconsistent(state: string): ParquetError {
  return new ParquetError(`Cannot lay out the file: ${state}`);
}
