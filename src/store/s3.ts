/**
 * Parquet files in buckets of S3, and of servers like it: R2, MinIO, B2, GCS by HMAC keys.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { placeOf } from "./object_url.ts";
import { S3_OPTION_NAMES, type S3Options, type S3SinkOptions } from "./s3_options.ts";
import { S3Store } from "./s3_store.ts";
import { bucketObject, checkNames } from "./sink_options.ts";
import type { Store } from "./store.ts";

export type { AwsCredentialsOption } from "./aws_credentials.ts";
export type { RetryOptions } from "./retry.ts";
export type { S3Options, S3SinkOptions } from "./s3_options.ts";
export type { AwsCredentials } from "./sigv4.ts";
export type {
  ByteRange,
  GetOptions,
  ListOptions,
  ObjectInfo,
  PutOptions,
  RequestOptions,
  Store,
  StoreSinkOptions,
} from "./store.ts";
export type { UploadOptions } from "./upload_sink.ts";
export type { Sink } from "../sink/sink.ts";
export { ObjectNotFoundError, PreconditionError, SinkError, StoreError } from "../util/errors.ts";

/**
 * Creates a sink that writes an object to S3 or a compatible server.
 *
 * An object of up to one part (16 MiB) is one request. A larger one is a multipart upload of equal parts, four in flight at a time, which
 * count towards the `memoryBudget` of the writer. The object is complete when the sink has closed, or does not exist; a write that fails or
 * is aborted ends the upload. Parts are retried one by one after 5xx, 429, `SlowDown` and lost connections. A killed process leaves an
 * unfinished upload, which a lifecycle rule (`AbortIncompleteMultipartUpload`) ends.
 *
 * @param options The object (`bucket` and `key`, or a `url`), how to reach it, and how to write it. Missing ones come from the environment:
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, …
 * @throws {TypeError | RangeError} If an option is unknown, missing or out of range.
 *
 * @example An object on a local server, which must not be there yet
 * ```ts
 * import { s3Sink } from "@parquet-ext/parquet-ext/s3";
 *
 * const sink = s3Sink({
 *   bucket: "trips",
 *   key: "2026/11.parquet",
 *   endpoint: "http://localhost:9000",
 *   overwrite: false,
 * });
 * // await writeParquet(rows, sink);
 * console.assert(sink.heldBytes === 0);
 * ```
 */
export function s3Sink(options: S3SinkOptions | string | URL): Sink {
  const { bucket, key, store, sink } = bucketObject<S3Options>(
    "an S3 sink",
    ["s3", "s3"],
    options,
    S3_OPTION_NAMES,
  );
  return new S3Store(bucket, "", store).sink(key, sink);
}

/**
 * Opens a bucket, or a folder in it, as a store of many objects.
 *
 * @param location `s3://bucket/prefix`; keys are relative to the prefix.
 * @throws {TypeError | RangeError} If an option is unknown or out of range.
 */
export function s3Store(location: string | URL, options: S3Options = {}): Store {
  checkNames("an S3 store", options, S3_OPTION_NAMES);
  const { kind, bucket, path } = placeOf(location);
  if (kind === "s3") return new S3Store(bucket, path, options);
  throw new TypeError(`Cannot make an S3 store: ${location} is not an s3: URL`);
}
