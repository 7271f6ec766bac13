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
   * OAuth token for `devstorage.read_write`, a function that returns one, or `"anonymous"`. Default: `GOOGLE_OAUTH_ACCESS_TOKEN`,
   * `CLOUDSDK_AUTH_ACCESS_TOKEN`; the service account or user of `GOOGLE_APPLICATION_CREDENTIALS` or of `gcloud`; the metadata server.
   */
  readonly token?: TokenOption | undefined;
  /** Base URL of a server other than Google's. Default `STORAGE_EMULATOR_HOST`, which is used without a token. */
  readonly endpoint?: string | URL | undefined;
  /** Storage class of the object, such as `"NEARLINE"`. Default: that of the bucket. */
  readonly storageClass?: string | undefined;
  /** Cloud KMS key that encrypts the object. Default: that of the bucket. */
  readonly kmsKeyName?: string | undefined;
  /** Project that pays for requests. */
  readonly userProject?: string | undefined;
  /** `Cache-Control` of the object. */
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
