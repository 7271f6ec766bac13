/**
 * A bucket of Google Cloud Storage as a store.
 *
 * @module
 */

import { PreconditionError } from "../util/errors.ts";
import { randomId } from "../util/random_id.ts";
import { GcsClient, type GcsRequest } from "./gcs_client.ts";
import type { GcsOptions } from "./gcs_options.ts";
import { GcsUpload } from "./gcs_upload.ts";
import { listEntries, textOfReply } from "./http_client.ts";
import { HttpStore, type Writing } from "./http_store.ts";
import type { HttpReply } from "./retry.ts";
import {
  type ByteRange,
  type GetOptions,
  lastModifiedOf,
  type ListOptions,
  type ObjectInfo,
  rangeHeader,
} from "./store.ts";
import type { OwnWrites, Upload } from "./upload_sink.ts";

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

/** How an object is written. */
interface GcsWriting {
  readonly description: Readonly<Record<string, unknown>>;
  /** What says when it may be written. */
  readonly query: Readonly<Record<string, string>>;
}

/** Objects of a bucket, or those below a prefix in it. */
export class GcsStore extends HttpStore<GcsClient, GcsObject, GcsWriting> {
  readonly #options: GcsOptions;

  /**
   * Nothing is asked yet.
   *
   * @param bucket Name of the bucket.
   * @param prefix Folder that keys are relative to. Default: the bucket's root.
   */
  constructor(bucket: string, prefix = "", options: GcsOptions = {}) {
    if (typeof bucket !== "string" || !/^[a-z0-9][a-z0-9._-]{1,221}$/.test(bucket)) {
      throw new TypeError(
        `Cannot use the bucket ${JSON.stringify(bucket)}: it is not a valid bucket name`,
      );
    }
    super(new GcsClient(bucket, options), prefix, options, LIMITS);
    this.#options = options;
  }

  /** {@linkcode Store.list} */
  async *list(
    prefix = "",
    { startAfter, signal }: ListOptions = {},
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const query: Record<string, string> = {
      prefix: `${this.prefix}${prefix}`,
      fields: `nextPageToken,items(${FIELDS})`,
      ...(startAfter === undefined ? {} : { startOffset: `${this.prefix}${startAfter}` }),
    };
    const read = (text: string) => {
      const { items = [], nextPageToken } = JSON.parse(text);
      return { entries: items as GcsObject[], next: nextPageToken as string | undefined };
    };
    for await (const found of listEntries(this.client, query, "pageToken", read, signal)) {
      const key = String(found.name).slice(this.prefix.length);
      // The offset itself comes too.
      if (key !== startAfter) yield this.infoOf(key, found);
    }
  }

  protected override async read(
    full: string,
    range: ByteRange | undefined,
    { ifMatch, signal }: GetOptions,
  ): Promise<HttpReply> {
    const reply = await this.client.send({
      verb: "read",
      method: "GET",
      key: full,
      query: { alt: "media", ...(ifMatch === undefined ? {} : { ifGenerationMatch: ifMatch }) },
      headers: range === undefined ? {} : rangeHeader(range),
      expected: range === undefined ? [] : [416],
      signal,
    });
    const version = reply.headers.get("x-goog-generation");
    if (ifMatch === undefined || version === null || version === ifMatch) return reply;
    throw new PreconditionError(
      `Cannot read ${this.client.nameOf(full)}: it is not the requested version`,
    );
  }

  protected override how(
    { ifAbsent = false, ifMatch, metadata, contentType, mark }: Writing,
  ): GcsWriting {
    const description = this.#description(metadata, contentType);
    return {
      description: mark === null ? description : withMark(description, mark),
      query: this.#query(ifAbsent ? "0" : ifMatch),
    };
  }

  protected override async write(
    full: string,
    bytes: Uint8Array<ArrayBuffer>,
    { description, query }: GcsWriting,
    signal: AbortSignal | undefined,
  ): Promise<GcsObject> {
    const boundary = `parquet-ext-${randomId()}`;
    const type = description["contentType"] ?? "application/octet-stream";
    const head = utf8.encode(
      `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${
        JSON.stringify(description)
      }\r\n--${boundary}\r\ncontent-type: ${type}\r\n\r\n`,
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
      query: { uploadType: "multipart", ...query },
      headers: { "content-type": `multipart/related; boundary=${boundary}` },
      body,
      signal,
    };
    return objectOf(await this.client.send(request));
  }

  protected override upload(full: string, how: GcsWriting, _mark: string, own: OwnWrites): Upload {
    return new GcsUpload(this.client, full, { ...how, ...own });
  }

  protected override async find(full: string, signal?: AbortSignal): Promise<GcsObject | null> {
    const reply = await this.client.send({
      verb: "read",
      method: "GET",
      key: full,
      query: { fields: FIELDS },
      expected: [404],
      signal,
    });
    return reply.status === 404 ? null : objectOf(reply);
  }

  protected override markOf({ metadata }: GcsObject): unknown {
    return metadata?.[MARK];
  }

  protected override infoOf(
    key: string,
    { size, generation, updated, metadata = {} }: GcsObject,
  ): ObjectInfo {
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
