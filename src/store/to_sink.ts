/** @module What a caller gives as a target, as a {@link Sink}. */

import {
  type FileHandleLike,
  FileHandleSink,
  isFileHandle,
  isSyncAccessHandle,
  type SyncAccessHandleLike,
} from "../sink/file_handle_sink.ts";
import { FileSink } from "../sink/file_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { StreamSink } from "../sink/stream_sink.ts";
import { isObjectUrl, objectPlaceOf } from "./object_url.ts";
import { LateSink } from "./late_sink.ts";
import type { StoreSinkOptions } from "./store.ts";

/**
 * A target for a file: a sink, a stream or what has one (a `TransformStream`), a file handle of a browser, a path, a `file:` URL, or the
 * URL of an object: `s3://bucket/key`, `az://container/key`, `gs://bucket/key`.
 */
export type SinkTarget =
  | Sink
  | WritableStream<Uint8Array>
  | { readonly writable: WritableStream<Uint8Array> }
  | FileHandleLike
  | SyncAccessHandleLike
  | string
  | URL;

/**
 * Makes a sink of a target.
 *
 * @param target A `Sink` (returned as it is), a `WritableStream` or a `TransformStream` (the lock is taken), a `FileSystemFileHandle`, a
 * path, a `file:` URL, or an object's URL.
 * @throws {TypeError} When it is none of them, or the stream is locked.
 */
export function toSink(target: SinkTarget): Sink {
  if (typeof target === "string" || target instanceof URL) {
    if (isObjectUrl(target)) return sinkOfUrl(target);
    const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(String(target))?.[1];
    if (scheme === undefined) return new FileSink(target);
    if (scheme.toLowerCase() === "file") return new FileSink(new URL(target));
    throw new TypeError(
      `Cannot write to ${scheme}: URLs: expected a path or a URL (file:, s3:, az:, gs:)`,
    );
  }
  if (typeof target === "object" && target !== null) {
    // By structure: streams of another realm or of a polyfill are streams too.
    if ("getWriter" in target) return new StreamSink(target);
    const { write, close, abort } = target as Partial<Sink>;
    if ([write, close, abort].every((method) => typeof method === "function")) {
      return target as Sink;
    }
    if (isFileHandle(target) || isSyncAccessHandle(target)) return new FileHandleSink(target);
    const { writable } = target as { readonly writable?: WritableStream<Uint8Array> };
    if (typeof writable?.getWriter === "function") return new StreamSink(writable);
  }
  throw new TypeError(
    "Cannot write to this sink: expected a WritableStream, a path, a URL (file:, s3:, az:, gs:), a FileSystemFileHandle, " +
      "or an object with write, close and abort",
  );
}

/** The object of a URL, as a sink; what reaches it is loaded with the first bytes. */
export function sinkOfUrl(url: string | URL, options: StoreSinkOptions = {}): Sink {
  objectPlaceOf(url);
  return new LateSink(async () => {
    const { openStoreOf } = await import("./open_store.ts");
    const { store, key } = await openStoreOf(url);
    return store.sink(key, options);
  });
}
