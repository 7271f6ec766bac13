/**
 * Decompression of streams: gzip members and zstd frames, as many as there are, one after the other.
 *
 * @module
 */

import type { Transform } from "node:stream";
import type * as nodeZlib from "node:zlib";
import { builtinModule } from "./builtin_modules.ts";
import { ZstdFrames } from "./zstd_frames.ts";

/** What streams are compressed with. */
export type StreamCodec = "gzip" | "zstd";

/** Bytes that come out at a time. */
const CHUNK_BYTES = 256 * 1024;

interface NewerZlib {
  createZstdDecompress?(options: { chunkSize: number }): Transform;
}

/** What was read is cut off, or none of what it should be. */
export class InflateError extends Error {
  override readonly name = "InflateError";
}

/**
 * Decompresses a stream of chunks of any size.
 *
 * @param name What is read, for errors.
 * @throws {TypeError} When the runtime has no zstd.
 * @throws {InflateError} When the bytes cannot be decompressed.
 */
export function inflated(
  chunks: AsyncIterable<Uint8Array>,
  codec: StreamCodec,
  name: string,
): AsyncIterable<Uint8Array> {
  if (codec === "zstd") return zstdFrames(chunks, name);
  const zlib: Partial<typeof nodeZlib> | null = builtinModule("node:zlib");
  return typeof zlib?.createGunzip === "function"
    ? runThrough(chunks, zlib.createGunzip({ chunkSize: CHUNK_BYTES }))
    : webGunzip(chunks);
}

/**
 * Frame by frame: Deno 2.9 loses its way between frames, and neither it nor Bun 1.4 says that one is cut off. Block by block: where more
 * comes of a chunk than {@linkcode CHUNK_BYTES}, Deno throws what is wrong with the rest of it where nobody can catch it.
 */
async function* zstdFrames(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const create = (builtinModule("node:zlib") as NewerZlib | null)?.createZstdDecompress;
  if (create === undefined) {
    throw new TypeError(`Cannot read ${name}: this runtime has no streaming zstd`);
  }
  const iterator = chunks[Symbol.asyncIterator]();
  const frames = new ZstdFrames();
  let held: Uint8Array = new Uint8Array(0), over = false;
  const more = async (): Promise<void> => {
    while (held.length === 0 && !over) {
      const { done, value } = await iterator.next();
      if (done) over = true;
      else held = value;
    }
  };
  async function* frame(): AsyncGenerator<Uint8Array, void, undefined> {
    do {
      await more();
      if (held.length === 0) throw new InflateError("a zstd frame is cut off");
      const end = follow(frames, held);
      yield held.subarray(0, end);
      held = held.subarray(end);
    } while (!frames.atEnd);
  }
  try {
    for (;;) {
      await more();
      if (held.length === 0) return;
      yield* runThrough(frame(), create({ chunkSize: CHUNK_BYTES }));
    }
  } finally {
    if (!over) await iterator.return?.();
  }
}

/** In a browser, which takes one member. */
async function* webGunzip(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let failure: unknown = null;
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
    cancel: async () => void await iterator.return?.(),
  });
  const reader = compressed.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (failure !== null) throw failure;
    throw new InflateError("it cannot be decompressed", { cause: error });
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function follow(frames: ZstdFrames, bytes: Uint8Array): number {
  try {
    return frames.follow(bytes, 0);
  } catch (error) {
    throw new InflateError((error as Error).message, { cause: error });
  }
}

async function* runThrough(
  chunks: AsyncIterable<Uint8Array>,
  stream: Transform,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Where there is `node:zlib`, there are its streams.
  const { Readable } = builtinModule("node:stream")!;
  const source = Readable.from(chunks, { objectMode: false, highWaterMark: CHUNK_BYTES });
  source.on("error", (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    // Errors of zstd have no code in Deno 2.9.
    const { code, message } = Object(error) as { code?: unknown; message?: unknown };
    const what = /^Zstd decompress error/.test(String(message)) ? String(message) : String(code);
    if (!/^(?:Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD|Zstd )/.test(what)) throw error;
    throw new InflateError(`it cannot be decompressed (${what})`, { cause: error });
  } finally {
    source.destroy();
    stream.destroy();
  }
}
