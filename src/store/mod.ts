/**
 * Stores by their URLs: folders, buckets and containers whose files are read, written and listed in the same way.
 *
 * @module
 */

export type { AwsCredentialsOption } from "./aws_credentials.ts";
export type { AzureOptions } from "./azure_options.ts";
export type { GcsOptions } from "./gcs_options.ts";
export { openStore, type StoreOptions } from "./open_store.ts";
export type { RetryOptions } from "./retry.ts";
export type { S3Options } from "./s3_options.ts";
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
export type { TokenOption } from "./token.ts";
export type { UploadOptions } from "./upload_sink.ts";
export type { Sink } from "../sink/sink.ts";
export { ObjectNotFoundError, PreconditionError, SinkError, StoreError } from "../util/errors.ts";
