/**
 * Parquet files in buckets of Google Cloud Storage.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { GCS_OPTION_NAMES, type GcsOptions, type GcsSinkOptions } from "./gcs_options.ts";
import { GcsStore } from "./gcs_store.ts";
import { placeOf } from "./object_url.ts";
import { bucketObject, checkNames } from "./sink_options.ts";
import type { Store } from "./store.ts";

export type { GcsOptions, GcsSinkOptions } from "./gcs_options.ts";
export type { RetryOptions } from "./retry.ts";
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
export type { TokenOption } from "./token.ts";
export type { UploadOptions } from "./upload_sink.ts";
export type { Sink } from "../sink/sink.ts";
export { ObjectNotFoundError, PreconditionError, SinkError, StoreError } from "../util/errors.ts";

/**
 * Creates a sink that writes an object to Google Cloud Storage.
 *
 * An object of up to one part (16 MiB) is one request. A larger one is a resumable upload, which sends one part while the next one is
 * filled; the parts count towards the `memoryBudget` of the writer. The object is complete when the sink has closed, or does not exist. A
 * write that fails or is aborted cancels the upload.
 *
 * @param options The object (`bucket` and `key`, or a `url`), how to reach it, and how to write it. Missing ones come from the environment:
 * `GOOGLE_APPLICATION_CREDENTIALS`, `GOOGLE_OAUTH_ACCESS_TOKEN`, `STORAGE_EMULATOR_HOST`, …
 * @throws {TypeError | RangeError} If an option is unknown, missing or out of range.
 *
 * @example An object
 * ```ts
 * import { gcsSink } from "@parquet-ext/parquet-ext/gcs";
 *
 * const sink = gcsSink({ bucket: "trips", key: "2026/11.parquet", token: () => "a token" });
 * // await writeParquet(rows, sink);
 * console.assert(sink.heldBytes === 0);
 * ```
 */
export function gcsSink(options: GcsSinkOptions | string | URL): Sink {
  const { bucket, key, store, sink } = bucketObject<GcsOptions>(
    "a GCS sink",
    ["gcs", "gs"],
    options,
    GCS_OPTION_NAMES,
  );
  return new GcsStore(bucket, "", store).sink(key, sink);
}

/**
 * Opens a bucket, or a folder in it, as a store of many objects.
 *
 * @param location `gs://bucket/prefix`; keys are relative to the prefix.
 * @throws {TypeError | RangeError} If an option is unknown or out of range.
 */
export function gcsStore(location: string | URL, options: GcsOptions = {}): Store {
  checkNames("a GCS store", options, GCS_OPTION_NAMES);
  const { kind, bucket, path } = placeOf(location);
  if (kind === "gcs") return new GcsStore(bucket, path, options);
  throw new TypeError(`Cannot make a GCS store: ${location} is not a gs: URL`);
}
