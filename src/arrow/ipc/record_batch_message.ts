/**
 * Record batches and dictionary batches of Arrow IPC: from metadata and body to raw arrays.
 *
 * @see https://github.com/apache/arrow/blob/main/format/Message.fbs
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import { MAX_LENGTH } from "../buffers.ts";
import { rawArray } from "../raw_array.ts";
import type { RawArray, RawDictionary } from "../raw_array.ts";
import { decompressBuffer, decompressorOf } from "./decompressors.ts";
import type { Decompress, Decompressors } from "./decompressors.ts";
import type { FlatStructs, FlatTable } from "../../util/flat_buffer.ts";
import type { IpcField } from "../../schema/read_arrow_schema.ts";

/** Before metadata version 5, unions had a validity bitmap. */
const VERSION_5 = 4;

/** What is needed to read a batch besides its message. */
export interface BatchContext {
  /** Version of the message's metadata. */
  readonly version: number;
  readonly dictionaries: ReadonlyMap<bigint, RawDictionary>;
  readonly decompressors: Decompressors;
  /** Most bytes that its compressed buffers may hold. */
  readonly room: number;
}

/** The columns of a batch, unchecked. */
export interface RawColumns {
  readonly numRows: number;
  readonly columns: readonly RawArray[];
}

/** The one column of a dictionary batch. */
export interface DictionaryColumn {
  readonly column: RawArray;
  /** Bytes that its compressed buffers hold. */
  readonly decompressedBytes: number;
}

/**
 * Reads the columns of a record batch. Views of `body`, except where it is compressed.
 *
 * @param table The `RecordBatch` table.
 * @param body The message's body.
 * @throws {FormatError} When they contradict each other.
 */
export function readRecordBatch(
  table: FlatTable,
  body: Uint8Array,
  fields: readonly IpcField[],
  context: BatchContext,
): RawColumns {
  const walk = new BatchWalk(table, body, context);
  const numRows = checkedLength(table.size(0));
  return { numRows, columns: fields.map((field) => walk.field(field)) };
}

/** Reads the one column of a dictionary batch. */
export function readDictionaryColumn(
  table: FlatTable,
  body: Uint8Array,
  field: IpcField,
  context: BatchContext,
): DictionaryColumn {
  const walk = new BatchWalk(table, body, context);
  const column = walk.stored(field);
  return { column, decompressedBytes: context.room - walk.room };
}

function checkedLength(length: number): number {
  if (length > MAX_LENGTH) throw corrupt(`it claims ${length} slots (limit ${MAX_LENGTH})`);
  return length;
}

class BatchWalk {
  readonly #nodes: FlatStructs;
  readonly #buffers: FlatStructs;
  readonly #variadicCounts: FlatStructs;
  readonly #body: Uint8Array;
  readonly #context: BatchContext;
  readonly #decompress: Decompress | null;
  #node = 0;
  #buffer = 0;
  #variadic = 0;
  /** Bytes that may still come out of compressed buffers. */
  room: number;

  constructor(table: FlatTable, body: Uint8Array, context: BatchContext) {
    this.#nodes = table.structs(1, 2);
    this.#buffers = table.structs(2, 2);
    this.#variadicCounts = table.structs(4, 1);
    this.#body = body;
    this.#context = context;
    this.room = context.room;
    const compression = table.table(3);
    if (compression !== null && compression.uint8(1) !== 0) {
      throw corrupt("it is compressed in an unknown way");
    }
    this.#decompress = compression === null
      ? null
      : decompressorOf(compression.uint8(0), context.decompressors);
  }

  #nextNode(): { length: number; nullCount: number } {
    const index = this.#node++;
    if (index >= this.#nodes.length) throw corrupt("it has fewer arrays than its schema");
    return {
      length: checkedLength(this.#nodes.size(index, 0)),
      nullCount: Number(this.#nodes.int64(index, 1)),
    };
  }

  #nextBuffer(): Uint8Array {
    const index = this.#buffer++;
    if (index >= this.#buffers.length) throw corrupt("it has fewer buffers than its schema needs");
    const offset = this.#buffers.size(index, 0), length = this.#buffers.size(index, 1);
    if (offset + length > this.#body.length) {
      throw corrupt(`a buffer ends at ${offset + length}, its body at ${this.#body.length}`);
    }
    const bytes = this.#body.subarray(offset, offset + length);
    if (this.#decompress === null) return bytes;
    const content = decompressBuffer(bytes, this.#decompress, this.room);
    this.room -= content.length;
    return content;
  }

  /** What a record batch has for a field: keys, where there is a dictionary. */
  field(field: IpcField): RawArray {
    const { dictionaryId } = field;
    if (dictionaryId === null) return this.stored(field);
    return rawArray({
      ...this.#nextNode(),
      validity: this.#nextBuffer(),
      values: this.#nextBuffer(),
      dictionary: this.#context.dictionaries.get(dictionaryId) ?? null,
    });
  }

  /** The values themselves, whether or not there is a dictionary. */
  stored({ stored, children }: IpcField): RawArray {
    const node = this.#nextNode();
    const { kind } = stored;
    switch (kind) {
      case "null":
        return rawArray(node);
      case "utf8":
      case "binary":
      case "largeUtf8":
      case "largeBinary":
        return rawArray({
          ...node,
          validity: this.#nextBuffer(),
          offsets: this.#nextBuffer(),
          values: this.#nextBuffer(),
        });
      case "utf8View":
      case "binaryView":
        return rawArray({
          ...node,
          validity: this.#nextBuffer(),
          values: this.#nextBuffer(),
          variadic: this.#variadicBuffers(),
        });
      case "list":
      case "largeList":
      case "map":
        return rawArray({
          ...node,
          validity: this.#nextBuffer(),
          offsets: this.#nextBuffer(),
          children: this.#children(children),
        });
      case "listView":
      case "largeListView":
        return rawArray({
          ...node,
          validity: this.#nextBuffer(),
          offsets: this.#nextBuffer(),
          sizes: this.#nextBuffer(),
          children: this.#children(children),
        });
      case "struct":
      case "fixedSizeList":
        return rawArray({
          ...node,
          validity: this.#nextBuffer(),
          children: this.#children(children),
        });
      case "runEndEncoded":
        return rawArray({ ...node, children: this.#children(children) });
      case "union":
        // Read past: schemas with unions are refused where they are mapped.
        if (this.#context.version < VERSION_5) this.#nextBuffer();
        this.#nextBuffer();
        if (stored.mode === "dense") this.#nextBuffer();
        return rawArray({ ...node, children: this.#children(children) });
      default:
        return rawArray({ ...node, validity: this.#nextBuffer(), values: this.#nextBuffer() });
    }
  }

  #children(fields: readonly IpcField[]): RawArray[] {
    return fields.map((field) => this.field(field));
  }

  #variadicBuffers(): Uint8Array[] {
    const index = this.#variadic++;
    if (index >= this.#variadicCounts.length) {
      throw corrupt("the number of its data buffers is absent");
    }
    const count = this.#variadicCounts.size(index, 0);
    if (count > this.#buffers.length - this.#buffer) {
      throw corrupt("it has fewer buffers than stated");
    }
    return Array.from({ length: count }, () => this.#nextBuffer());
  }
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot read a record batch: ${reason}`);
}
