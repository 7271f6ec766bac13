/**
 * A file as a stream of bytes, for responses and uploads.
 *
 * @module
 */

import { giveBack } from "../arrow/source_guard.ts";
import type { RowOf, Shape } from "../rows/t.ts";
import { ignore } from "../util/thenable.ts";
import { ReadableSink } from "./readable_sink.ts";
import {
  checkWriteOptions,
  type DataSource,
  type TypedWriteOptions,
  type UntypedSchema,
  type WriteOptions,
  writeTo,
} from "./write_parquet.ts";

/**
 * Returns a Parquet file as a stream of bytes, written as they are read.
 *
 * Nothing is read from the source before the first bytes are requested. If the reader cancels the stream, for example because a client
 * disconnected, the source is released: iterators get `return()`, streams `cancel(reason)`. If anything fails, the stream fails with that
 * error, and the bytes read so far are not a complete file. There is never an unhandled rejection.
 *
 * @param source As for `writeParquet`.
 * @returns Chunks of about 1 MiB.
 * @throws {TypeError | RangeError} If an option is invalid.
 *
 * @example An HTTP response
 * ```ts
 * import { parquetStream } from "@parquet-ext/parquet-ext";
 *
 * const rows = [{ id: 1, name: "Ada" }, { id: 2, name: "Grace" }];
 * const response = new Response(parquetStream(rows), {
 *   headers: { "content-type": "application/vnd.apache.parquet" },
 * });
 * console.assert((await response.arrayBuffer()).byteLength > 0);
 * ```
 */
export function parquetStream<S extends Shape>(
  source: DataSource<RowOf<S>>,
  options: TypedWriteOptions<S>,
): ReadableStream<Uint8Array<ArrayBuffer>>;
/** The same for rows that TypeScript does not check, and for any other source. */
export function parquetStream(
  source: DataSource,
  options?: WriteOptions & { readonly schema?: UntypedSchema },
): ReadableStream<Uint8Array<ArrayBuffer>>;
export function parquetStream(
  source: DataSource,
  options: WriteOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  checkWriteOptions(options);
  const cancellation = new AbortController();
  const given = options.signal ?? null;
  const signal = given === null
    ? cancellation.signal
    : AbortSignal.any([given, cancellation.signal]);
  let written: Promise<unknown> | null = null;
  const sink = new ReadableSink(
    async (reason) => {
      if (written === null) giveBack(source, reason);
      cancellation.abort(reason);
      await written;
    },
    ignore,
    () => {
      written ??= writeTo(source, sink, { ...options, signal }).catch(ignore);
    },
  );
  return sink.readable;
}
