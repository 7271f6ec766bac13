/**
 * The merged file: how bytes get to the sink, and what the footer says of them in the end.
 *
 * @module
 */

import type {
  ColumnChunk,
  ColumnMetaData,
  ColumnOrder,
  KeyValue,
  ParquetMetaData,
  RowGroup,
  SchemaElement,
} from "../format/metadata.ts";
import { MAGIC } from "../format/read_metadata.ts";
import type { SchemaNode } from "../format/schema_tree.ts";
import { encodeFileMetaData } from "../format/structures.ts";
import type { WriteEnd } from "../pipeline/write_end.ts";
import { WriteGatherer } from "../sink/write_gatherer.ts";
import { LIMITS } from "../util/limits.ts";
import type { Mutable } from "../util/mutable.ts";
import type { MergeNote } from "./merge_options.ts";

/** 1 whatever the pages' version: the specification asks for it since December 2025. */
const FORMAT_VERSION = 1;

/** A Bloom filter that waits to be copied. */
export interface BloomFilterCopy {
  /** Gets its place. */
  readonly metaData: Mutable<ColumnMetaData>;
  /** Where it begins in its file. */
  readonly offset: number;
  /** Its bytes, with its header. */
  readonly length: number;
}

/** A Bloom filter that waits to be written. */
export interface BloomFilterBytes {
  /** Gets its place. */
  readonly metaData: Mutable<ColumnMetaData>;
  /** With its header. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A column chunk that was copied, with its indexes, which are written after the last row group. */
export interface CopiedChunk {
  readonly chunk: ColumnChunk;
  readonly columnIndex: Uint8Array<ArrayBuffer> | null;
  readonly offsetIndex: Uint8Array<ArrayBuffer> | null;
  /** `null`: there is none. */
  readonly bloomFilter: BloomFilterCopy | null;
}

/** What copying and joining row groups take, whatever the input. */
export interface MergeContext {
  /** Columns of the merged file. */
  readonly leaves: readonly SchemaNode[];
  readonly columnOrders: readonly ColumnOrder[];
  readonly output: MergeOutput;
  readonly note: (note: MergeNote) => void;
}

/** Writes a file front to back. */
export class MergeOutput {
  readonly #end: WriteEnd;
  /** `null`: bytes go to the sink as they come. */
  readonly #gatherer: WriteGatherer | null;
  readonly #rowGroups: RowGroup[] = [];
  readonly #chunks: (readonly CopiedChunk[])[] = [];
  #position = 0;
  #numRows = 0;

  /** Nothing is written yet. */
  constructor(end: WriteEnd) {
    const { sink } = end;
    this.#end = end;
    this.#gatherer = sink.takesSmallWrites
      ? null
      : new WriteGatherer((bytes) => sink.write(bytes), sink.borrowsBytes);
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  /** Rows of the row groups so far. */
  get numRows(): number {
    return this.#numRows;
  }

  /** Writes bytes, which belong to the sink from now on. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#end.failed) throw this.#end.failure;
    if (bytes.length === 0) return;
    this.#position += bytes.length;
    await (this.#gatherer === null ? this.#end.sink.write(bytes) : this.#gatherer.write(bytes));
  }

  /** Writes the first bytes of the file. */
  start(): Promise<void> {
    return this.write(new Uint8Array(MAGIC));
  }

  /** Writes Bloom filters, behind the last row group. */
  async writeBloomFilters(filters: readonly BloomFilterBytes[]): Promise<void> {
    for (const { metaData, bytes } of filters) {
      metaData.bloomFilterOffset = this.#position;
      metaData.bloomFilterLength = bytes.length;
      await this.write(bytes);
    }
  }

  /** Takes note of a row group, all of whose bytes were written. */
  addRowGroup(
    rowGroup: Omit<RowGroup, "columns" | "ordinal">,
    chunks: readonly CopiedChunk[],
  ): void {
    const ordinal = this.#rowGroups.length;
    this.#rowGroups.push({
      columns: [],
      ...rowGroup,
      ...(ordinal <= LIMITS.maxOrdinal ? { ordinal } : {}),
    });
    this.#chunks.push(chunks);
    this.#numRows += rowGroup.numRows;
  }

  /** Writes indexes and footer, and commits the sink. */
  async finish(
    { schema, columnOrders, keyValueMetadata, createdBy }: {
      readonly schema: readonly SchemaElement[];
      readonly columnOrders: readonly ColumnOrder[];
      readonly keyValueMetadata: readonly KeyValue[];
      readonly createdBy: string;
    },
  ): Promise<ParquetMetaData> {
    const columns = this.#chunks.map((chunks) =>
      chunks.map(({ chunk }): Mutable<ColumnChunk> => ({ ...chunk }))
    );
    for (const [kind, offset, length] of INDEXES) {
      for (const [g, chunks] of this.#chunks.entries()) {
        for (const [c, copied] of chunks.entries()) {
          const index = copied[kind];
          if (index === null) continue;
          const chunk = columns[g]![c]!;
          chunk[offset] = this.#position;
          chunk[length] = index.length;
          await this.write(index);
        }
      }
    }
    const metadata: ParquetMetaData = {
      version: FORMAT_VERSION,
      schema,
      numRows: this.#numRows,
      rowGroups: this.#rowGroups.map((rowGroup, g) => ({ ...rowGroup, columns: columns[g]! })),
      // Absent rather than empty: a few readers trip over an empty list.
      ...(keyValueMetadata.length === 0 ? {} : { keyValueMetadata }),
      createdBy,
      columnOrders,
    };
    const footer = encodeFileMetaData(metadata, LIMITS.maxFooterBytes);
    await this.write(footer);
    const trailer = new Uint8Array(4 + MAGIC.length);
    new DataView(trailer.buffer).setUint32(0, footer.length, true);
    trailer.set(MAGIC, 4);
    await this.write(trailer);
    await this.#gatherer?.flush();
    if (this.#end.failed) throw this.#end.failure;
    await this.#end.commit();
    return metadata;
  }
}

const INDEXES = [
  ["columnIndex", "columnIndexOffset", "columnIndexLength"],
  ["offsetIndex", "offsetIndexOffset", "offsetIndexLength"],
] as const;
