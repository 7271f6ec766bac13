/**
 * A container of Azure Blob Storage as a store.
 *
 * @module
 */

import { StoreError } from "../util/errors.ts";
import { AzureClient } from "./azure_client.ts";
import type { AzureOptions } from "./azure_options.ts";
import { AzureUpload } from "./azure_upload.ts";
import { HeaderStore } from "./header_store.ts";
import { listEntries } from "./http_client.ts";
import type { Writing } from "./http_store.ts";
import type { HttpReply } from "./retry.ts";
import {
  type ByteRange,
  checkHeaders,
  checkRange,
  compareKeys,
  conditionHeaders,
  type GetOptions,
  isEmptyRange,
  lastModifiedOf,
  type ListOptions,
  type ObjectInfo,
} from "./store.ts";
import type { OwnWrites, Upload } from "./upload_sink.ts";
import { elementsOf, textOf } from "./xml.ts";

/** What Azure takes. @see https://learn.microsoft.com/en-us/azure/storage/blobs/scalability-targets */
const LIMITS = { minPartSize: 1, maxPartSize: 4000 * 2 ** 20, maxParts: 50_000 };
/** The version of the service from which on lists begin where they are asked to: with `startFrom`. Not every cloud and server has it. */
const START_FROM = { "x-ms-version": "2026-02-06" };
const METADATA = "x-ms-meta-";
/** Header of the metadata by which a writer knows its own blob when an answer was lost. Names are those of C#: no dashes. */
const MARK = `${METADATA}parquet_ext_upload`;

/** Blobs of a container, or those below a prefix in it. */
export class AzureStore extends HeaderStore<AzureClient, Readonly<Record<string, string>>> {
  protected override readonly metadataPrefix = METADATA;
  protected override readonly markHeader = MARK;
  protected override readonly deleteHeaders = { "x-ms-delete-snapshots": "include" };
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
    if (typeof container !== "string" || !/^[a-z0-9$][a-z0-9-]{1,62}$/.test(container)) {
      throw new TypeError(
        `Cannot use the container ${JSON.stringify(container)}: it is not a valid container name`,
      );
    }
    super(new AzureClient(container, options), prefix, options, LIMITS);
    this.#options = options;
  }

  /** {@linkcode Store.get} */
  override async get(
    key: string,
    range?: ByteRange,
    options: GetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (range === undefined || !("suffix" in range) || isEmptyRange(checkRange(range))) {
      return await super.get(key, range, options);
    }
    // Azure has no ranges from the end.
    const { ifMatch, signal } = options;
    const { size = 0, version } = await this.head(key, { signal }) ?? {};
    const start = Math.max(0, size - range.suffix);
    return await super.get(key, { start }, { ifMatch: ifMatch ?? version, signal });
  }

  /** {@linkcode Store.list} */
  async *list(
    prefix = "",
    { startAfter, signal }: ListOptions = {},
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const query = {
      restype: "container",
      comp: "list",
      prefix: `${this.prefix}${prefix}`,
    };
    const read = (text: string) => ({
      entries: elementsOf(text, "Blob").map((entry) => {
        const name = textOf(entry, "Name") ?? "";
        const key = /<Name Encoded="true"/i.test(entry) ? decodeURIComponent(name) : name;
        return {
          key: key.slice(this.prefix.length),
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
        ? [{ ...query, startFrom: `${this.prefix}${startAfter}` }, START_FROM]
        : [query, {}];
      try {
        for await (
          const info of listEntries(this.client, asked, "marker", read, signal, headers)
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

  protected override how(
    { mark, metadata, contentType, ...condition }: Writing,
  ): Record<string, string> {
    const headers = this.#headers(metadata, contentType);
    if (mark !== null) headers[MARK] = mark;
    return { ...headers, ...conditionHeaders(condition) };
  }

  protected override write(
    key: string,
    body: Uint8Array<ArrayBuffer>,
    how: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<HttpReply> {
    const headers = { ...how, "x-ms-blob-type": "BlockBlob" };
    return this.client.send({ verb: "write", method: "PUT", key, headers, body, signal });
  }

  protected override upload(
    full: string,
    headers: Readonly<Record<string, string>>,
    mark: string,
    own: OwnWrites,
  ): Upload {
    return new AzureUpload(this.client, full, mark, { headers, ...own });
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

/** Lists have no quotes around ETags, headers do. */
function quoted(tag: string): string {
  return tag === "" || tag.startsWith('"') ? tag : `"${tag}"`;
}
