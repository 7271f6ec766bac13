/**
 * What a store of Google Cloud Storage is told.
 *
 * @module
 */

import type { RetryOptions } from "./retry.ts";
import type { StoreSinkOptions } from "./store.ts";
import type { TokenOption } from "./token.ts";
import type { UploadOptions } from "./upload_sink.ts";

/** How to reach a bucket. */
export interface GcsOptions extends RetryOptions, UploadOptions {
  /**
   * OAuth token for `devstorage.read_write`, a function that gives one, or `"anonymous"`. Default: `GOOGLE_OAUTH_ACCESS_TOKEN`,
   * `CLOUDSDK_AUTH_ACCESS_TOKEN`; the service account or user of `GOOGLE_APPLICATION_CREDENTIALS` or of `gcloud`; the metadata server.
   */
  readonly token?: TokenOption | undefined;
  /** Base URL of another server than Google's. Default `STORAGE_EMULATOR_HOST`, which is asked without a token. */
  readonly endpoint?: string | URL | undefined;
  /** Storage class of what is written, such as `"NEARLINE"`. Default: the bucket's. */
  readonly storageClass?: string | undefined;
  /** Key of Cloud KMS that what is written is encrypted with. Default: the bucket's. */
  readonly kmsKeyName?: string | undefined;
  /** Project that pays for requests. */
  readonly userProject?: string | undefined;
  /** `Cache-Control` of what is written. */
  readonly cacheControl?: string | undefined;
}

/** An object, and how to write it. */
export interface GcsSinkOptions extends GcsOptions, StoreSinkOptions {
  /** `gs://bucket/key`, in place of `bucket` and `key`. */
  readonly url?: string | URL | undefined;
  /** Name of the bucket. */
  readonly bucket?: string | undefined;
  /** Name of the object. */
  readonly key?: string | undefined;
}

/** Names of {@linkcode GcsOptions}. */
export const GCS_OPTION_NAMES: readonly (keyof GcsOptions)[] = [
  "token",
  "endpoint",
  "storageClass",
  "kmsKeyName",
  "userProject",
  "cacheControl",
  "maxAttempts",
  "requestTimeoutMs",
  "partSize",
  "concurrency",
];
