/**
 * A container of Azure Blob Storage as a store.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { StoreError } from "../util/errors.ts";
import { randomId } from "../util/random_id.ts";
import { AzureClient } from "./azure_client.ts";
import type { AzureOptions } from "./azure_options.ts";
import { AzureUpload } from "./azure_upload.ts";
import { inDoubt, listEntries } from "./http_client.ts";
import type { HttpReply } from "./retry.ts";
import {
  type ByteRange,
  checkHeaders,
  checkKey,
  checkRange,
  compareKeys,
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

/** What Azure takes. @see https://learn.microsoft.com/en-us/azure/storage/blobs/scalability-targets */
const LIMITS = { minPartSize: 1, maxPartSize: 4000 * 2 ** 20, maxParts: 50_000 };
/** The version of the service from which on lists begin where they are asked to: with `startFrom`. Not every cloud and server has it. */
const START_FROM = { "x-ms-version": "2026-02-06" };
const METADATA = "x-ms-meta-";
/** Metadata by which a writer knows its own blob when an answer was lost. Names are those of C#: no dashes. */
const MARK = "parquet_ext_upload";

/** Blobs of a container, or those below a prefix in it. */
export class AzureStore implements Store {
  /** {@linkcode Store.url} */
  readonly url: string;
  readonly #client: AzureClient;
  readonly #prefix: string;
  readonly #options: AzureOptions;
  /** Whether the service knows how to begin a list within; `true` until it says otherwise. */
  #startsWithin = true;

  /**
   * Nothing is asked yet.
   *
   * @param container Name of the container.
   * @param prefix Folder that keys are relative to. Default: the container's root.
   */
  constructor(container: string, prefix = "", options: AzureOptions = {}) {
    checkUploadOptions(options, LIMITS);
    if (typeof container !== "string" || !/^[a-z0-9$][a-z0-9-]{1,62}$/.test(container)) {
      throw new TypeError(
        `Cannot use the container ${JSON.stringify(container)}: it is not a valid container name`,
      );
    }
    this.#client = new AzureClient(container, options);
    this.#prefix = prefix === "" ? "" : `${checkKey(prefix.replace(/\/+$/, ""))}/`;
    this.#options = options;
    this.url = this.#client.nameOf(this.#prefix.slice(0, -1));
  }

  /** {@linkcode Store.head} */
  async head(key: string, { signal }: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    const reply = await this.#head(this.#full(key), signal);
    return reply === null
      ? undefined
      : infoOf(key, reply, Number(reply.headers.get("content-length") ?? 0));
  }

  /** {@linkcode Store.get} */
  async get(
    key: string,
    range?: ByteRange,
    { ifMatch, signal }: GetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (range !== undefined) checkRange(range);
    if (isEmptyRange(range)) return new Uint8Array(0);
    let own = range, version = ifMatch;
    if (range !== undefined && "suffix" in range) {
      // Azure has no ranges from the end.
      const found = await this.head(key, { signal });
      if (found?.size === 0) return new Uint8Array(0);
      own = { start: Math.max(0, (found?.size ?? 0) - range.suffix) };
      version ??= found?.version;
    }
    const reply = await this.#client.send({
      verb: "read",
      method: "GET",
      key: this.#full(key),
      headers: {
        ...(own === undefined ? {} : rangeHeader(own)),
        ...(version === undefined ? {} : { "if-match": version }),
      },
      expected: own === undefined ? [] : [416],
      signal,
    });
    return sliceOf(reply, own);
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
    const query = {
      restype: "container",
      comp: "list",
      prefix: `${this.#prefix}${prefix}`,
    };
    const read = (text: string) => ({
      entries: elementsOf(text, "Blob").map((entry) => {
        const name = textOf(entry, "Name") ?? "";
        const key = /<Name Encoded="true"/i.test(entry) ? decodeURIComponent(name) : name;
        return {
          key: key.slice(this.#prefix.length),
          size: Number(textOf(entry, "Content-Length") ?? 0),
          version: quoted(textOf(entry, "Etag") ?? ""),
          ...lastModifiedOf(textOf(entry, "Last-Modified")),
        };
      }),
      next: textOf(text, "NextMarker"),
    });
    for (let isBegun = false;;) {
      const isWithin = startAfter !== undefined && this.#startsWithin;
      const [asked, headers] = isWithin
        ? [{ ...query, startFrom: `${this.#prefix}${startAfter}` }, START_FROM]
        : [query, {}];
      try {
        for await (
          const info of listEntries(this.#client, asked, "marker", read, signal, headers)
        ) {
          // `startFrom` includes it, and servers that do not know it begin at the beginning.
          if (startAfter !== undefined && compareKeys(info.key, startAfter) <= 0) continue;
          isBegun = true;
          yield info;
        }
        return;
      } catch (error) {
        const isUnknown = error instanceof StoreError && error.status === 400;
        if (!isWithin || isBegun || !isUnknown) throw error;
        this.#startsWithin = false;
      }
    }
  }

  /** {@linkcode Store.delete} */
  async delete(key: string, { signal }: RequestOptions = {}): Promise<void> {
    await this.#client.send({
      verb: "delete",
      method: "DELETE",
      key: this.#full(key),
      headers: { "x-ms-delete-snapshots": "include" },
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
    const upload = new AzureUpload(this.#client, full, mark, {
      headers: { ...headers, ...condition, [METADATA + MARK]: mark },
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
    const own = mark ?? (Object.keys(condition).length > 0 ? randomId() : null);
    const request = {
      verb: "write",
      method: "PUT",
      key: full,
      headers: {
        ...headers,
        ...condition,
        "x-ms-blob-type": "BlockBlob",
        ...(own === null ? {} : { [METADATA + MARK]: own }),
      },
      body: bytes,
      signal,
    };
    const write = async () => infoOf(key, await this.#client.send(request), bytes.length);
    if (own === null) return await write();
    // The answer to an earlier attempt was lost, and it may be our own blob that is in the way.
    return await inDoubt(write, async () => {
      const found = await this.#isOurs(full, own);
      return found && infoOf(key, found, bytes.length);
    });
  }

  /** The blob, where it is the one with this mark. */
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
    const { accessTier, encryptionScope, tags, cacheControl } = this.#options;
    const headers: Record<string, string | undefined> = {
      "x-ms-blob-content-type": contentType,
      "x-ms-blob-cache-control": cacheControl,
      "x-ms-access-tier": accessTier,
      "x-ms-encryption-scope": encryptionScope,
      "x-ms-tags": tags === undefined ? undefined : new URLSearchParams(tags).toString(),
    };
    for (const [name, value] of Object.entries(metadata)) {
      if (!/^[a-z_]\w*$/i.test(name)) {
        throw new TypeError(
          `Cannot use the metadata ${
            JSON.stringify(name)
          }: names may contain letters, digits and _`,
        );
      }
      headers[`${METADATA}${name.toLowerCase()}`] = value;
    }
    return checkHeaders(headers);
  }
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

/** Lists have no quotes around ETags, headers do. */
function quoted(tag: string): string {
  return tag === "" || tag.startsWith('"') ? tag : `"${tag}"`;
}
