/**
 * What an S3 store is told, and what the environment says where it is not.
 *
 * @module
 */

import { environmentVariable } from "../runtime/environment.ts";
import type { AwsCredentialsOption } from "./aws_credentials.ts";
import { checkedEndpoint } from "./endpoint.ts";
import type { RetryOptions } from "./retry.ts";
import type { StoreSinkOptions } from "./store.ts";
import type { UploadOptions } from "./upload_sink.ts";

/** How to reach a bucket. */
export interface S3Options extends RetryOptions, UploadOptions {
  /**
   * Keys of the account, a function that returns them (called again some minutes before they expire), or `"anonymous"`. Default: from the
   * environment, where the AWS tools look for them: variables, the files of the profile, web identity, the endpoint of the container and of
   * the instance.
   */
  readonly credentials?: AwsCredentialsOption | undefined;
  /** Default `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, else `us-east-1` (`auto` on R2). A redirect to another one is followed. */
  readonly region?: string | undefined;
  /** Base URL of a server other than AWS. Default `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, that of the profile. */
  readonly endpoint?: string | URL | undefined;
  /**
   * Whether the bucket is in the path (`host/bucket/key`) or in the host name (`bucket.host/key`). Default: in the path, except on AWS.
   */
  readonly pathStyle?: boolean | undefined;
  /** Server-side encryption of the object: `"AES256"`, `"aws:kms"`, `"aws:kms:dsse"`. Default: that of the bucket. */
  readonly serverSideEncryption?: string | undefined;
  /** Key for `aws:kms`. Default: that of the account. */
  readonly kmsKeyId?: string | undefined;
  /** Storage class of the object, such as `"STANDARD_IA"`. Default: that of the bucket. */
  readonly storageClass?: string | undefined;
  /** Tags of the object. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** `Cache-Control` of the object. */
  readonly cacheControl?: string | undefined;
  /** Canned access control list of the object, such as `"bucket-owner-full-control"`. */
  readonly acl?: string | undefined;
}

/** An object, and how to write it. */
export interface S3SinkOptions extends S3Options, StoreSinkOptions {
  /** `s3://bucket/key`, in place of `bucket` and `key`. */
  readonly url?: string | URL | undefined;
  /** Name of the bucket. */
  readonly bucket?: string | undefined;
  /** Key of the object. */
  readonly key?: string | undefined;
}

/** Names of {@linkcode S3Options}. */
export const S3_OPTION_NAMES: readonly (keyof S3Options)[] = [
  "credentials",
  "region",
  "endpoint",
  "pathStyle",
  "serverSideEncryption",
  "kmsKeyId",
  "storageClass",
  "tags",
  "cacheControl",
  "acl",
  "maxAttempts",
  "requestTimeoutMs",
  "partSize",
  "concurrency",
];

/** Where a bucket is. */
export interface S3Place {
  /** Base URL of the bucket, without a slash at the end: keys follow after one. */
  readonly base: string;
  readonly region: string;
}

/** Names that can be a part of a host name under AWS's certificates: no dots. */
const HOST_NAME = /^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/;
const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/**
 * Checks the name of a bucket.
 *
 * @throws {TypeError} When it cannot be one.
 */
export function checkBucket(bucket: unknown): string {
  if (typeof bucket === "string" && BUCKET_NAME.test(bucket) && !bucket.includes("..")) {
    return bucket;
  }
  throw new TypeError(
    `Cannot use the bucket ${JSON.stringify(bucket)}: it is not a valid bucket name`,
  );
}

/** The region that options or the environment name; `undefined`: none. */
export function namedRegion({ region }: S3Options): string | undefined {
  return region ?? environmentVariable("AWS_REGION") ?? environmentVariable("AWS_DEFAULT_REGION");
}

/** The server that options or the environment name; `undefined`: AWS's. */
export function namedEndpoint({ endpoint }: S3Options): string | undefined {
  if (endpoint !== undefined) return String(endpoint);
  if (environmentVariable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.toLowerCase() === "true") {
    return undefined;
  }
  return environmentVariable("AWS_ENDPOINT_URL_S3") ?? environmentVariable("AWS_ENDPOINT_URL");
}

/** Where a bucket is. */
export function placeOf(
  bucket: string,
  region: string,
  endpoint: string | undefined,
  pathStyle: boolean | undefined,
): S3Place {
  if (endpoint === undefined) {
    const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const host = `s3.${region}.${suffix}`;
    const inPath = pathStyle ?? !HOST_NAME.test(bucket);
    return { base: inPath ? `https://${host}/${bucket}` : `https://${bucket}.${host}`, region };
  }
  const url = checkedEndpoint(endpoint);
  const path = url.pathname.replace(/\/+$/, "");
  return {
    base: pathStyle ?? true
      ? `${url.protocol}//${url.host}${path}/${bucket}`
      : `${url.protocol}//${bucket}.${url.host}${path}`,
    region,
  };
}
