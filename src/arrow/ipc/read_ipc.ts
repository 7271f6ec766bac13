/**
 * Reads Arrow IPC, file and stream form, batch by batch.
 *
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import { assertSameSchema } from "../batch_schema.ts";
import type { RawRecordBatch } from "../raw_array.ts";
import { SourceGuard } from "../source_guard.ts";
import type { ArrowSchema } from "../types.ts";
import { ByteSource } from "./byte_source.ts";
import type { ByteChunks } from "./byte_source.ts";
import {
  type Decoder,
  NOTHING,
  type RangeRequest,
  type ReadRequest,
  type SchemaEvent,
} from "./decoder.ts";
import type { Decompressors } from "./decompressors.ts";
import { decodeFile, readIndex } from "./file_format.ts";
import { decodeStream } from "./stream_format.ts";

/** A schema and the batches that follow it, which are there at once. */
export interface IpcBatches {
  readonly schema: ArrowSchema;
  /** To be read once. */
  readonly batches: Generator<RawRecordBatch, void, undefined>;
}

/** A schema and the batches that follow it, which have to be waited for. */
export interface AsyncIpcBatches {
  readonly schema: ArrowSchema;
  /** To be read once; ending early gives the source back. */
  readonly batches: AsyncGenerator<RawRecordBatch, void, undefined>;
}

/** A file that is read at any offset, so that memory stays at one batch. */
export interface RandomAccessFile {
  /** Size in bytes. */
  readonly byteLength: number;
  /** Reads exactly `length` bytes at `offset`; the file is at least that long. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Bytes that are read at once where a file is read front to back. */
const PIECE_BYTES = 1024 * 1024;

type Answer<Request> = (request: Request) => Uint8Array;
type AsyncAnswer<Request> = (request: Request) => Promise<Uint8Array>;

/**
 * Reads IPC bytes. Buffers that are not compressed are views of `bytes`.
 *
 * @param bytes A file, read by its footer, or a stream.
 * @param decompressors For compressed buffers.
 * @throws {FormatError} When the bytes are not Arrow, corrupt, truncated, or big-endian: now or while batches are read.
 */
export function readIpcBytes(bytes: Uint8Array, decompressors: Decompressors = {}): IpcBatches {
  const range = ({ at, length }: RangeRequest) => bytes.subarray(at, at + length);
  const indexing = readIndex(bytes.length, decompressors);
  let step = indexing.next();
  while (!step.done) step = indexing.next(range(step.value));
  if (step.value !== null) return drive(decodeFile(step.value), range);
  let at = 0;
  return drive(decodeStream(decompressors), ({ read }: ReadRequest) => {
    const from = at;
    at = Math.min(bytes.length, at + read);
    return bytes.subarray(from, at);
  });
}

/**
 * Reads IPC bytes as they come, in memory for one message. A file is read from its start; if it has its schema only at
 * its end, as those of Arrow JS, it is held in memory as a whole.
 *
 * @throws (as a rejection, now or while batches are read) {FormatError} as {@linkcode readIpcBytes}; errors of the source
 * as they are.
 */
export function readIpcStream(
  source: ByteChunks,
  decompressors: Decompressors = {},
): Promise<AsyncIpcBatches> {
  return readIpcChunks(new ByteSource(new SourceGuard().iterateAsync(source)), decompressors);
}

/** {@linkcode readIpcStream} for a source that was begun. */
export function readIpcChunks(
  source: ByteSource,
  decompressors: Decompressors = {},
): Promise<AsyncIpcBatches> {
  return driveAsync(
    decodeStream(decompressors),
    ({ read }: ReadRequest) => source.read(read),
    () => source.close(),
  );
}

/**
 * Reads an IPC file by its footer, in memory for one batch and all dictionaries.
 *
 * @throws (as a rejection, now or while batches are read) As {@linkcode readIpcStream}.
 */
export async function readIpcFile(
  file: RandomAccessFile,
  decompressors: Decompressors = {},
): Promise<AsyncIpcBatches> {
  const range = async ({ at, length }: RangeRequest) => {
    const bytes = await file.read(at, length);
    if (bytes.length !== length) {
      throw new FormatError("Cannot read an Arrow file: it is truncated");
    }
    return bytes;
  };
  const indexing = readIndex(file.byteLength, decompressors);
  let step = indexing.next();
  while (!step.done) step = indexing.next(await range(step.value));
  if (step.value === null) return await readIpcChunks(new ByteSource(pieces(file)), decompressors);
  return await driveAsync(decodeFile(step.value), range, () => Promise.resolve());
}

/** A file from its start to its end. */
async function* pieces(file: RandomAccessFile): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < file.byteLength;) {
    const piece = await file.read(at, Math.min(PIECE_BYTES, file.byteLength - at));
    if (piece.length === 0) throw new FormatError("Cannot read an Arrow file: it is truncated");
    at += piece.length;
    yield piece;
  }
}

/** Checks that streams and files that follow each other have the schema of the first. */
function assertJoins(first: ArrowSchema, { schema, input }: SchemaEvent): void {
  assertSameSchema(first, schema, `Cannot join ${input}, to what came before`);
}

function drive<Request extends object>(
  decoder: Decoder<Request>,
  answer: Answer<Request>,
): IpcBatches {
  let step = decoder.next();
  while (!step.done && !("schema" in step.value) && !("batch" in step.value)) {
    step = decoder.next(answer(step.value));
  }
  if (step.done || !("schema" in step.value)) throw noSchema();
  const { schema } = step.value;
  return { schema, batches: batchesOf(decoder, schema, answer) };
}

function* batchesOf<Request extends object>(
  decoder: Decoder<Request>,
  schema: ArrowSchema,
  answer: Answer<Request>,
): Generator<RawRecordBatch, void, undefined> {
  let step = decoder.next(NOTHING);
  while (!step.done) {
    const { value } = step;
    if ("batch" in value) {
      yield value.batch;
      step = decoder.next(NOTHING);
    } else if ("schema" in value) {
      assertJoins(schema, value);
      step = decoder.next(NOTHING);
    } else {
      step = decoder.next(answer(value));
    }
  }
}

async function driveAsync<Request extends object>(
  decoder: Decoder<Request>,
  answer: AsyncAnswer<Request>,
  close: () => Promise<void>,
): Promise<AsyncIpcBatches> {
  try {
    let step = decoder.next();
    while (!step.done && !("schema" in step.value) && !("batch" in step.value)) {
      step = decoder.next(await answer(step.value));
    }
    if (step.done || !("schema" in step.value)) throw noSchema();
    const { schema } = step.value;
    return { schema, batches: asyncBatchesOf(decoder, schema, answer, close) };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

async function* asyncBatchesOf<Request extends object>(
  decoder: Decoder<Request>,
  schema: ArrowSchema,
  answer: AsyncAnswer<Request>,
  close: () => Promise<void>,
): AsyncGenerator<RawRecordBatch, void, undefined> {
  try {
    let step = decoder.next(NOTHING);
    while (!step.done) {
      const { value } = step;
      if ("batch" in value) {
        yield value.batch;
        step = decoder.next(NOTHING);
      } else if ("schema" in value) {
        assertJoins(schema, value);
        step = decoder.next(NOTHING);
      } else {
        step = decoder.next(await answer(value));
      }
    }
  } finally {
    await close();
  }
}

function noSchema(): FormatError {
  return new FormatError("Cannot read Arrow data: it has no schema");
}
