/**
 * Reads Arrow IPC, file and stream form, batch by batch.
 *
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import type { RawRecordBatch } from "../raw_array.ts";
import type { ArrowSchema } from "../types.ts";
import { SourceGuard } from "../source_guard.ts";
import { ByteSource } from "./byte_source.ts";
import type { ByteChunks } from "./byte_source.ts";
import type { Decompressors } from "./decompressors.ts";
import { decodeFile, MAGIC } from "./file_format.ts";
import type { RangeRequest } from "./file_format.ts";
import { decodeStream } from "./stream_format.ts";
import type { Decoder, ReadRequest } from "./stream_format.ts";

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

/** A file that is read where it is asked to: memory stays at one batch, whoever wrote the file. */
export interface RandomAccessFile {
  readonly byteLength: number;
  /** Reads `length` bytes at `offset`, all of which are there. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const NOTHING = new Uint8Array(0);

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
  if (isFile(bytes)) {
    return drive(
      decodeFile(bytes.length, decompressors),
      ({ at, length }: RangeRequest) => bytes.subarray(at, at + length),
    );
  }
  let at = 0;
  return drive(decodeStream(decompressors), ({ read }: ReadRequest) => {
    const from = at;
    at = Math.min(bytes.length, at + read);
    return bytes.subarray(from, at);
  });
}

function isFile(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, MAGIC.length)) === MAGIC;
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
export function readIpcFile(
  file: RandomAccessFile,
  decompressors: Decompressors = {},
): Promise<AsyncIpcBatches> {
  return driveAsync(
    decodeFile(file.byteLength, decompressors),
    async ({ at, length }: RangeRequest) => {
      const bytes = await file.read(at, length);
      if (bytes.length !== length) {
        throw new FormatError("Cannot read an Arrow file: it is truncated");
      }
      return bytes;
    },
    () => Promise.resolve(),
  );
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
  return { schema: step.value.schema, batches: batchesOf(decoder, answer) };
}

function* batchesOf<Request extends object>(
  decoder: Decoder<Request>,
  answer: Answer<Request>,
): Generator<RawRecordBatch, void, undefined> {
  let step = decoder.next(NOTHING);
  while (!step.done) {
    const { value } = step;
    if ("batch" in value) {
      yield value.batch;
      step = decoder.next(NOTHING);
    } else if ("schema" in value) {
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
    return { schema: step.value.schema, batches: asyncBatchesOf(decoder, answer, close) };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

async function* asyncBatchesOf<Request extends object>(
  decoder: Decoder<Request>,
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
