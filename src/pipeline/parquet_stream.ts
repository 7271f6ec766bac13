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
 * The bytes of a Parquet file, as they are asked for.
 *
 * Nothing is read of the source before the first bytes are asked for. If the reader cancels the stream, because a client has gone away,
 * say, the source is given back: iterators get `return()`, streams `cancel(reason)`. If anything fails, the stream fails with that error;
 * what was read by then is no file. There is never an unhandled rejection.
 *
 * @param source As for `writeParquet`.
 * @returns Chunks of about 1 MiB.
 * @throws {TypeError | RangeError} For wrong options.
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
/** The bytes of a file of rows whose types are not checked by TypeScript, or of anything else. */
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
