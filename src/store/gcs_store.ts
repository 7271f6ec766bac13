/**
 * A bucket of Google Cloud Storage as a store.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { PreconditionError } from "../util/errors.ts";
import { randomId } from "../util/random_id.ts";
import { GcsClient, type GcsRequest } from "./gcs_client.ts";
import type { GcsOptions } from "./gcs_options.ts";
import { GcsUpload } from "./gcs_upload.ts";
import { inDoubt, listEntries, textOfReply } from "./http_client.ts";
import type { HttpReply } from "./retry.ts";
import {
  type ByteRange,
  checkKey,
  checkRange,
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

/** What GCS takes of one session: pieces of multiples of 256 KiB, one after another. */
const LIMITS = {
  minPartSize: 256 * 1024,
  maxPartSize: 2 ** 31,
  maxParts: Infinity,
  maxConcurrency: 1,
  partUnit: 256 * 1024,
};
/** Metadata by which a writer knows its own object when an answer was lost. */
const MARK = "parquet-ext-upload";
/** What is asked about an object. */
const FIELDS = "name,size,generation,updated,metadata";
const utf8 = new TextEncoder();

/** An object, as GCS describes it. */
interface GcsObject {
  readonly name?: unknown;
  readonly size?: unknown;
  readonly generation?: unknown;
  readonly updated?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Objects of a bucket, or those below a prefix in it. */
export class GcsStore implements Store {
  /** {@linkcode Store.url} */
  readonly url: string;
  readonly #client: GcsClient;
  readonly #prefix: string;
  readonly #options: GcsOptions;

  /**
   * Nothing is asked yet.
   *
   * @param bucket Name of the bucket.
   * @param prefix Folder that keys are relative to. Default: the bucket's root.
   */
  constructor(bucket: string, prefix = "", options: GcsOptions = {}) {
    checkUploadOptions(options, LIMITS);
    if (typeof bucket !== "string" || !/^[a-z0-9][a-z0-9._-]{1,221}$/.test(bucket)) {
      throw new TypeError(
        `Cannot use the bucket ${JSON.stringify(bucket)}: it is not a valid bucket name`,
      );
    }
    this.#client = new GcsClient(bucket, options);
    this.#prefix = prefix === "" ? "" : `${checkKey(prefix.replace(/\/+$/, ""))}/`;
    this.#options = options;
    this.url = this.#client.nameOf(this.#prefix.slice(0, -1));
  }

  /** {@linkcode Store.head} */
  async head(key: string, { signal }: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    const found = await this.#head(this.#full(key), signal);
    return found === null ? undefined : infoOf(key, found);
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
      query: { alt: "media", ...(ifMatch === undefined ? {} : { ifGenerationMatch: ifMatch }) },
      headers: range === undefined ? {} : rangeHeader(range),
      expected: range === undefined ? [] : [416],
      signal,
    });
    const version = reply.headers.get("x-goog-generation");
    if (ifMatch !== undefined && version !== null && version !== ifMatch) {
      throw new PreconditionError(
        `Cannot read ${this.#client.nameOf(this.#full(key))}: it is not the requested version`,
      );
    }
    return sliceOf(reply, range);
  }

  /** {@linkcode Store.put} */
  async put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    { ifAbsent = false, ifMatch, metadata, contentType, signal }: PutOptions = {},
  ): Promise<ObjectInfo> {
    const condition = ifAbsent ? "0" : ifMatch;
    return await this.#put(key, bytes, condition, this.#description(metadata, contentType), signal);
  }

  /** {@linkcode Store.list} */
  async *list(
    prefix = "",
    { startAfter, signal }: ListOptions = {},
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const query: Record<string, string> = {
      prefix: `${this.#prefix}${prefix}`,
      fields: `nextPageToken,items(${FIELDS})`,
      ...(startAfter === undefined ? {} : { startOffset: `${this.#prefix}${startAfter}` }),
    };
    const read = (text: string) => {
      const { items = [], nextPageToken } = JSON.parse(text);
      return { entries: items as GcsObject[], next: nextPageToken as string | undefined };
    };
    for await (const found of listEntries(this.#client, query, "pageToken", read, signal)) {
      const key = String(found.name).slice(this.#prefix.length);
      // The offset itself comes too.
      if (key !== startAfter) yield infoOf(key, found);
    }
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
    const condition = overwrite ? undefined : "0";
    const description = this.#description(metadata, contentType);
    const upload = new GcsUpload(this.#client, full, {
      description: withMark(description, mark),
      query: this.#query(condition),
      putWhole: async (bytes) => {
        await this.#put(key, bytes, condition, description, undefined, mark);
      },
      isOurs: () => this.#isOurs(full, mark),
    });
    return new UploadSink(upload, this.#options, LIMITS);
  }

  async #put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    condition: string | undefined,
    description: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined,
    mark?: string,
  ): Promise<ObjectInfo> {
    const full = this.#full(key);
    const own = mark ?? (condition === undefined ? null : randomId());
    const boundary = `parquet-ext-${randomId()}`;
    const text = JSON.stringify(own === null ? description : withMark(description, own));
    const type = description["contentType"] ?? "application/octet-stream";
    const head = utf8.encode(
      `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${text}\r\n` +
        `--${boundary}\r\ncontent-type: ${type}\r\n\r\n`,
    );
    const tail = utf8.encode(`\r\n--${boundary}--\r\n`);
    const body = new Uint8Array(head.length + bytes.length + tail.length);
    body.set(head);
    body.set(bytes, head.length);
    body.set(tail, head.length + bytes.length);
    const request: GcsRequest = {
      verb: "write",
      method: "POST",
      key: full,
      upload: true,
      query: { uploadType: "multipart", ...this.#query(condition) },
      headers: { "content-type": `multipart/related; boundary=${boundary}` },
      body,
      signal,
    };
    const write = async () => infoOf(key, objectOf(await this.#client.send(request)));
    if (own === null) return await write();
    // The answer to an earlier attempt was lost, and it may be our own object that is in the way.
    return await inDoubt(write, async () => {
      const found = await this.#isOurs(full, own);
      return found && infoOf(key, found);
    });
  }

  /** The object, where it is the one with this mark. */
  async #isOurs(full: string, mark: string): Promise<GcsObject | undefined> {
    const found = await this.#head(full, undefined);
    return found?.metadata?.[MARK] === mark ? found : undefined;
  }

  async #head(full: string, signal: AbortSignal | undefined): Promise<GcsObject | null> {
    const reply = await this.#client.send({
      verb: "read",
      method: "GET",
      key: full,
      query: { fields: FIELDS },
      expected: [404],
      signal,
    });
    return reply.status === 404 ? null : objectOf(reply);
  }

  #full(key: string): string {
    return `${this.#prefix}${checkKey(key)}`;
  }

  #query(condition: string | undefined): Record<string, string> {
    const { kmsKeyName } = this.#options;
    if (condition !== undefined && !/^\d+$/.test(condition)) {
      throw new PreconditionError(`Cannot write: ${JSON.stringify(condition)} is not a version`);
    }
    return {
      ...(condition === undefined ? {} : { ifGenerationMatch: condition }),
      ...(kmsKeyName === undefined ? {} : { kmsKeyName }),
    };
  }

  /** What is said of an object that is written. */
  #description(
    metadata: Readonly<Record<string, string>> | undefined,
    contentType: string | undefined,
  ): Record<string, unknown> {
    const { storageClass, cacheControl } = this.#options;
    if (contentType !== undefined && !/^[\x20-\x7e]+$/.test(contentType)) {
      throw new TypeError(`Cannot use the media type ${JSON.stringify(contentType)}`);
    }
    for (const [name, value] of Object.entries(metadata ?? {})) {
      if (typeof value === "string") continue;
      throw new TypeError(`Cannot use the metadata ${JSON.stringify(name)}: it is not a string`);
    }
    const own = metadata &&
      Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]),
      );
    return { contentType, cacheControl, storageClass, metadata: own };
  }
}

function withMark(
  description: Readonly<Record<string, unknown>>,
  mark: string,
): Record<string, unknown> {
  return { ...description, metadata: { ...Object(description["metadata"]), [MARK]: mark } };
}

function objectOf(reply: HttpReply): GcsObject {
  return Object(JSON.parse(textOfReply(reply)));
}

function infoOf(key: string, { size, generation, updated, metadata = {} }: GcsObject): ObjectInfo {
  const own: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(metadata)) {
    if (name !== MARK) own[name] = String(value);
  }
  return {
    key,
    size: Number(size ?? 0),
    version: String(generation ?? ""),
    metadata: own,
    ...lastModifiedOf(typeof updated === "string" ? updated : undefined),
  };
}
