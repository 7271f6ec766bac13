/**
 * Messages of Arrow IPC, and what a reader remembers between them.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import { RawRecordBatch } from "../raw_array.ts";
import type { RawDictionary } from "../raw_array.ts";
import { DEFAULT_INPUT_LIMITS } from "../../util/input_limits.ts";
import { decompressedRoom } from "./decompressors.ts";
import type { Decompressors } from "./decompressors.ts";
import { FlatTable, readingFlatBuffer } from "../../util/flat_buffer.ts";
import { readDictionaryColumn, readRecordBatch } from "./record_batch_message.ts";
import { readSchema } from "../../schema/read_arrow_schema.ts";
import type { IpcSchema } from "../../schema/read_arrow_schema.ts";

/** Kinds of messages, by their number in the format. */
export const SCHEMA = 1, DICTIONARY_BATCH = 2, RECORD_BATCH = 3;

/** Oldest and newest version of the metadata that is read: 4 and 5. */
const MIN_VERSION = 3, MAX_VERSION = 4;

/** A message without its body. */
export interface Message {
  /** Number of its kind in the format. */
  readonly kind: number;
  readonly version: number;
  readonly header: FlatTable;
  /** Bytes of its metadata. */
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/**
 * Reads a message's metadata.
 *
 * @throws {FormatError} When it is corrupt, or of a version that is not read.
 */
export function readMessage(metadata: Uint8Array): Message {
  return readingFlatBuffer(() => {
    const table = FlatTable.root(metadata);
    const version = table.int16(0), kind = table.uint8(1), header = table.table(2);
    if (version < MIN_VERSION || version > MAX_VERSION) {
      throw new FormatError(`Cannot read Arrow metadata of version ${version + 1}: only 4 and 5`);
    }
    if (header === null || kind < SCHEMA || kind > RECORD_BATCH) {
      throw new FormatError(`Cannot read an Arrow message of kind ${kind}`);
    }
    const bodyLength = table.size(3);
    return { kind, version, header, metadataLength: metadata.length, bodyLength };
  });
}

/** Bytes that a dictionary came in, deltas included, and bytes that were decompressed for it. */
interface DictionaryCost {
  readonly input: number;
  readonly decompressed: number;
}

const NO_COST: DictionaryCost = { input: 0, decompressed: 0 };

/** What a reader of messages remembers: the schema, and the dictionaries as they are now. */
export class MessageReader {
  readonly schema: IpcSchema;
  readonly #decompressors: Decompressors;
  readonly #dictionaries = new Map<bigint, RawDictionary>();
  /** Of the dictionaries as they are now; the sums follow. */
  readonly #costs = new Map<bigint, DictionaryCost>();
  #input = 0;
  #decompressed = 0;

  /** Starts from a schema. */
  constructor(schema: IpcSchema, decompressors: Decompressors) {
    this.schema = schema;
    this.#decompressors = decompressors;
  }

  /** Starts from a table with a schema in it. */
  static of(table: FlatTable, decompressors: Decompressors): MessageReader {
    return new MessageReader(readingFlatBuffer(() => readSchema(table)), decompressors);
  }

  #context(version: number, inputBytes: number, decompressedBytes: number) {
    const { limits = DEFAULT_INPUT_LIMITS } = this.#decompressors;
    return {
      version,
      dictionaries: this.#dictionaries,
      decompressors: this.#decompressors,
      room: Math.max(0, decompressedRoom(limits, inputBytes) - decompressedBytes),
    };
  }

  /** Reads a record batch. Dictionaries that come later do not change it. */
  recordBatch({ header, version, metadataLength }: Message, body: Uint8Array): RawRecordBatch {
    const { fields, schema } = this.schema;
    const messageBytes = metadataLength + body.length;
    const { numRows, columns } = readingFlatBuffer(() =>
      readRecordBatch(header, body, fields, this.#context(version, messageBytes, 0))
    );
    return new RawRecordBatch(schema, numRows, columns, messageBytes + this.#input);
  }

  /** What a dictionary costs from now on. */
  #addCost(id: bigint, cost: DictionaryCost): void {
    const before = this.#costs.get(id) ?? NO_COST;
    this.#input += cost.input - before.input;
    this.#decompressed += cost.decompressed - before.decompressed;
    this.#costs.set(id, cost);
  }

  /**
   * Reads a dictionary batch: a new dictionary, a replacement, or entries to add.
   *
   * @param replaceable Whether a dictionary may be replaced, as in streams.
   */
  dictionaryBatch(message: Message, body: Uint8Array, replaceable: boolean): void {
    const { header, version, metadataLength } = message;
    readingFlatBuffer(() => {
      const id = header.int64(0), data = header.table(1), isDelta = header.bool(2);
      const field = this.schema.dictionaries.get(id);
      if (data === null || field === undefined) {
        throw new FormatError(
          `Cannot read dictionary ${id}: the schema has no dictionary with this id`,
        );
      }
      const before = this.#dictionaries.get(id);
      if (isDelta && before === undefined) {
        throw new FormatError(`Cannot add to dictionary ${id}: it has not been sent yet`);
      }
      if (!isDelta && before !== undefined && !replaceable) {
        throw new FormatError(`Cannot replace dictionary ${id}: files have one of each`);
      }
      if (!isDelta) this.#addCost(id, NO_COST);
      const input = metadataLength + body.length;
      const context = this.#context(version, this.#input + input, this.#decompressed);
      // Copied, since it outlives this message, and the bytes may be the caller's.
      const read = readDictionaryColumn(data, body.slice(), field, context);
      const chunks = isDelta ? [...before!.chunks, read.column] : [read.column];
      this.#dictionaries.set(id, { owned: true, chunks });
      const known = this.#costs.get(id) ?? NO_COST;
      this.#addCost(id, {
        input: known.input + input,
        decompressed: known.decompressed + read.decompressedBytes,
      });
    });
  }
}
