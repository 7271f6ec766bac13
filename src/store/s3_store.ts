/**
 * A bucket of S3, or of a server like it, as a store.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { randomId } from "../util/random_id.ts";
import { inDoubt, listEntries } from "./http_client.ts";
import type { HttpReply } from "./retry.ts";
import { S3Client } from "./s3_client.ts";
import { checkBucket, type S3Options } from "./s3_options.ts";
import { S3Upload } from "./s3_upload.ts";
import {
  type ByteRange,
  checkHeaders,
  checkKey,
  checkRange,
  conditionHeaders,
  type GetOptions,
  isEmptyRange,
  lastModifiedOf,
  type ListOptions,
  type ObjectInfo,
  PARQUET_MEDIA_TYPE,
  type PutOptions,
  rangeHeader,
  type RequestOptions,
  sliceOf,
  type Store,
  type StoreSinkOptions,
} from "./store.ts";
import { checkUploadOptions, UploadSink } from "./upload_sink.ts";
import { elementsOf, textOf } from "./xml.ts";

/** What S3 takes. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const LIMITS = { minPartSize: 5 * 2 ** 20, maxPartSize: 5 * 2 ** 30, maxParts: 10_000 };
const METADATA = "x-amz-meta-";
/** Metadata by which a writer knows its own object when an answer was lost. */
const MARK = "parquet-ext-upload";

/** Objects of a bucket, or those below a prefix in it. */
export class S3Store implements Store {
  /** {@linkcode Store.url} */
  readonly url: string;
  readonly #client: S3Client;
  readonly #prefix: string;
  readonly #options: S3Options;

  /**
   * Nothing is asked yet.
   *
   * @param bucket Name of the bucket.
   * @param prefix Folder that keys are relative to. Default: the bucket's root.
   */
  constructor(bucket: string, prefix = "", options: S3Options = {}) {
    checkUploadOptions(options, LIMITS);
    this.#client = new S3Client(checkBucket(bucket), options);
    this.#prefix = prefix === "" ? "" : `${checkKey(prefix.replace(/\/+$/, ""))}/`;
    this.#options = options;
    this.url = this.#client.nameOf(this.#prefix.slice(0, -1));
  }

  /** {@linkcode Store.head} */
  async head(key: string, { signal }: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    const reply = await this.#head(this.#full(key), signal);
    return reply === null ? undefined : infoOf(key, reply, sizeOf(reply));
  }

  /** {@linkcode Store.get} */
  async get(
    key: string,
    range?: ByteRange,
    { ifMatch, signal }: GetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (range !== undefined) checkRange(range);
    if (isEmptyRange(range)) return new Uint8Array(0);
    const reply = await this.#client.send({
      verb: "read",
      method: "GET",
      key: this.#full(key),
      headers: {
        ...(range === undefined ? {} : rangeHeader(range)),
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
      },
      expected: range === undefined ? [] : [416],
      signal,
    });
    return sliceOf(reply, range);
  }

  /** {@linkcode Store.put} */
  async put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    { ifAbsent = false, ifMatch, metadata, contentType, signal }: PutOptions = {},
  ): Promise<ObjectInfo> {
    const condition = conditionHeaders({ ifAbsent, ifMatch });
    return await this.#put(key, bytes, condition, this.#headers(metadata, contentType), signal);
  }

  /** {@linkcode Store.list} */
  async *list(
    prefix = "",
    { startAfter, signal }: ListOptions = {},
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const base: Record<string, string> = {
      "list-type": "2",
      "encoding-type": "url",
      prefix: `${this.#prefix}${prefix}`,
      ...(startAfter === undefined ? {} : { "start-after": `${this.#prefix}${startAfter}` }),
    };
    const read = (text: string) => {
      const isEncoded = textOf(text, "EncodingType") === "url";
      const isLast = textOf(text, "IsTruncated") !== "true";
      const entries = elementsOf(text, "Contents").map((entry) => {
        const name = textOf(entry, "Key") ?? "";
        const key = isEncoded ? decodeURIComponent(name.replaceAll("+", " ")) : name;
        return {
          key: key.slice(this.#prefix.length),
          size: Number(textOf(entry, "Size") ?? 0),
          version: textOf(entry, "ETag") ?? "",
          ...lastModifiedOf(textOf(entry, "LastModified")),
        };
      });
      return { entries, next: isLast ? undefined : textOf(text, "NextContinuationToken") };
    };
    yield* listEntries(this.#client, base, "continuation-token", read, signal);
  }

  /** {@linkcode Store.delete} */
  async delete(key: string, { signal }: RequestOptions = {}): Promise<void> {
    await this.#client.send({
      verb: "delete",
      method: "DELETE",
      key: this.#full(key),
      expected: [404],
      signal,
    });
  }

  /** {@linkcode Store.sink} */
  sink(key: string, options: StoreSinkOptions = {}): Sink {
    const { overwrite = true, metadata, contentType = PARQUET_MEDIA_TYPE } = options;
    const full = this.#full(key);
    const mark = randomId();
    const condition: Record<string, string> = overwrite ? {} : { "if-none-match": "*" };
    const headers = this.#headers(metadata, contentType);
    const upload = new S3Upload(this.#client, full, {
      headers: { ...headers, [METADATA + MARK]: mark },
      condition,
      putWhole: async (bytes) => {
        await this.#put(key, bytes, condition, headers, undefined, mark);
      },
      isOurs: () => this.#isOurs(full, mark),
    });
    return new UploadSink(upload, this.#options, LIMITS);
  }

  async #put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    condition: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    mark?: string,
  ): Promise<ObjectInfo> {
    const full = this.#full(key);
    const isConditional = Object.keys(condition).length > 0;
    const own = mark ?? (isConditional ? randomId() : null);
    const request = {
      verb: "write",
      method: "PUT",
      key: full,
      headers: { ...headers, ...condition, ...(own === null ? {} : { [METADATA + MARK]: own }) },
      body: bytes,
      signal,
    };
    const write = async () => infoOf(key, await this.#client.send(request), bytes.length);
    if (own === null) return await write();
    // The answer to an earlier attempt was lost, and it may be our own object that is in the way.
    return await inDoubt(write, async () => {
      const found = await this.#isOurs(full, own);
      return found && infoOf(key, found, bytes.length);
    });
  }

  /** The object, where it is the one with this mark. */
  async #isOurs(full: string, mark: string): Promise<HttpReply | undefined> {
    const reply = await this.#head(full, undefined);
    return reply?.headers.get(METADATA + MARK) === mark ? reply : undefined;
  }

  async #head(full: string, signal: AbortSignal | undefined): Promise<HttpReply | null> {
    const request = { verb: "read", method: "HEAD", key: full, expected: [404], signal };
    const reply = await this.#client.send(request);
    return reply.status === 404 ? null : reply;
  }

  #full(key: string): string {
    return `${this.#prefix}${checkKey(key)}`;
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

function sizeOf({ headers }: HttpReply): number {
  return Number(headers.get("content-length") ?? 0);
}

function infoOf(key: string, { headers }: HttpReply, size: number): ObjectInfo {
  const metadata: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) {
    if (name.startsWith(METADATA) && name !== METADATA + MARK) {
      metadata[name.slice(METADATA.length)] = value;
    }
  }
  return {
    key,
    size,
    version: headers.get("etag") ?? "",
    metadata,
    ...lastModifiedOf(headers.get("last-modified")),
  };
}
