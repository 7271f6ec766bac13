/**
 * A bucket of S3, or of a server like it, as a store.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 *
 * @module
 */

import { HeaderStore } from "./header_store.ts";
import { listEntries } from "./http_client.ts";
import type { Writing } from "./http_store.ts";
import type { HttpReply } from "./retry.ts";
import { S3Client } from "./s3_client.ts";
import { checkBucket, type S3Options } from "./s3_options.ts";
import { S3Upload } from "./s3_upload.ts";
import {
  checkHeaders,
  conditionHeaders,
  lastModifiedOf,
  type ListOptions,
  type ObjectInfo,
} from "./store.ts";
import type { OwnWrites, Upload } from "./upload_sink.ts";
import { elementsOf, textOf } from "./xml.ts";

/** What S3 takes. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const LIMITS = { minPartSize: 5 * 2 ** 20, maxPartSize: 5 * 2 ** 30, maxParts: 10_000 };
const METADATA = "x-amz-meta-";
/** Header of the metadata by which a writer knows its own object when an answer was lost. */
const MARK = `${METADATA}parquet-ext-upload`;

/** How an object is written. */
interface S3Writing {
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that say when it may be written. */
  readonly condition: Readonly<Record<string, string>>;
}

/** Objects of a bucket, or those below a prefix in it. */
export class S3Store extends HeaderStore<S3Client, S3Writing> {
  protected override readonly metadataPrefix = METADATA;
  protected override readonly markHeader = MARK;
  readonly #options: S3Options;

  /**
   * Nothing is asked yet.
   *
   * @param bucket Name of the bucket.
   * @param prefix Folder that keys are relative to. Default: the bucket's root.
   */
  constructor(bucket: string, prefix = "", options: S3Options = {}) {
    super(new S3Client(checkBucket(bucket), options), prefix, options, LIMITS);
    this.#options = options;
  }

  /** {@linkcode Store.list} */
  async *list(
    prefix = "",
    { startAfter, signal }: ListOptions = {},
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const base: Record<string, string> = {
      "list-type": "2",
      "encoding-type": "url",
      prefix: `${this.prefix}${prefix}`,
      ...(startAfter === undefined ? {} : { "start-after": `${this.prefix}${startAfter}` }),
    };
    const read = (text: string) => {
      const isEncoded = textOf(text, "EncodingType") === "url";
      const isLast = textOf(text, "IsTruncated") !== "true";
      const entries = elementsOf(text, "Contents").map((entry) => {
        const name = textOf(entry, "Key") ?? "";
        const key = isEncoded ? decodeURIComponent(name.replaceAll("+", " ")) : name;
        return {
          key: key.slice(this.prefix.length),
          size: Number(textOf(entry, "Size") ?? 0),
          version: textOf(entry, "ETag") ?? "",
          ...lastModifiedOf(textOf(entry, "LastModified")),
        };
      });
      return { entries, next: isLast ? undefined : textOf(text, "NextContinuationToken") };
    };
    yield* listEntries(this.client, base, "continuation-token", read, signal);
  }

  protected override how({ mark, metadata, contentType, ...condition }: Writing): S3Writing {
    const headers = this.#headers(metadata, contentType);
    if (mark !== null) headers[MARK] = mark;
    return { headers, condition: conditionHeaders(condition) };
  }

  protected override write(
    key: string,
    body: Uint8Array<ArrayBuffer>,
    { headers, condition }: S3Writing,
    signal: AbortSignal | undefined,
  ): Promise<HttpReply> {
    const all = { ...headers, ...condition };
    return this.client.send({ verb: "write", method: "PUT", key, headers: all, body, signal });
  }

  protected override upload(full: string, how: S3Writing, _mark: string, own: OwnWrites): Upload {
    return new S3Upload(this.client, full, { ...how, ...own });
  }

  /** Headers of what is written. */
  #headers(
    metadata: Readonly<Record<string, string>> = {},
    contentType: string | undefined,
  ): Record<string, string> {
    const { serverSideEncryption, kmsKeyId, storageClass, tags, cacheControl, acl } = this.#options;
    const headers: Record<string, string | undefined> = {
      "content-type": contentType,
      "cache-control": cacheControl,
      "x-amz-acl": acl,
      "x-amz-server-side-encryption": serverSideEncryption,
      "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
      "x-amz-storage-class": storageClass,
      "x-amz-tagging": tags === undefined ? undefined : new URLSearchParams(tags).toString(),
    };
    for (const [name, value] of Object.entries(metadata)) {
      headers[`${METADATA}${name.toLowerCase()}`] = value;
    }
    return checkHeaders(headers);
  }
}
