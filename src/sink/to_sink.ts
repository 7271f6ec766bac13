/** @module What a caller gives as a target, as a {@link Sink}. */

import { FileSink } from "./file_sink.ts";
import type { Sink } from "./sink.ts";
import { StreamSink } from "./stream_sink.ts";

/** A target for a file: a sink, a stream, a path, or a `file:` URL. */
export type SinkTarget = Sink | WritableStream<Uint8Array> | string | URL;

/**
 * Makes a sink of a target.
 *
 * @param target A `Sink` (returned as it is), a `WritableStream` (its lock is taken), a path, or a `file:` URL.
 * @throws {TypeError} When it is none of them, or the stream is locked.
 */
export function toSink(target: SinkTarget): Sink {
  if (typeof target === "string" || target instanceof URL) return new FileSink(target);
  if (typeof target === "object" && target !== null) {
    // By structure: streams of another realm or of a polyfill are streams too.
    if ("getWriter" in target) return new StreamSink(target);
    const { write, close, abort } = target as Partial<Sink>;
    if ([write, close, abort].every((method) => typeof method === "function")) return target;
  }
  throw new TypeError(
    "Cannot write to this sink: expected a WritableStream, a path, a file: URL, or an object with " +
      "write, close and abort",
  );
}
