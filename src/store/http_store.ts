/**
 * What stores that are reached by HTTP have in common: keys below a prefix, and objects that are written so that a writer knows its own
 * when an answer was lost.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { randomId } from "../util/random_id.ts";
import { type HttpClient, inDoubt } from "./http_client.ts";
import type { HttpReply } from "./retry.ts";
import {
  type ByteRange,
  checkKey,
  checkRange,
  type GetOptions,
  isEmptyRange,
  type ListOptions,
  type ObjectInfo,
  PARQUET_MEDIA_TYPE,
  type PutOptions,
  type RequestOptions,
  sliceOf,
  type Store,
  type StoreSinkOptions,
} from "./store.ts";
import {
  checkUploadOptions,
  type OwnWrites,
  type Upload,
  type UploadLimits,
  type UploadOptions,
  UploadSink,
} from "./upload_sink.ts";

/** What an object is to have, and when it may be written. */
export interface Writing extends Omit<PutOptions, "signal"> {
  /** Metadata by which its writer knows it; `null`: nobody asks. */
  readonly mark: string | null;
}

/**
 * A store that is reached by HTTP.
 *
 * @typeParam Client Sends its requests.
 * @typeParam Found What it says of an object.
 * @typeParam How How requests say what an object is to have.
 */
export abstract class HttpStore<Client extends HttpClient, Found, How> implements Store {
  /** {@linkcode Store.url} */
  readonly url: string;
  protected readonly client: Client;
  /** `""`, or ending in `/`. */
  protected readonly prefix: string;
  /** Headers of requests that delete. */
  protected readonly deleteHeaders: Readonly<Record<string, string>> = {};
  readonly #options: UploadOptions;
  readonly #limits: UploadLimits;

  /** Nothing is asked yet. */
  constructor(client: Client, prefix: string, options: UploadOptions, limits: UploadLimits) {
    checkUploadOptions(options, limits);
    this.client = client;
    this.prefix = prefix === "" ? "" : `${checkKey(prefix.replace(/\/+$/, ""))}/`;
    this.#options = options;
    this.#limits = limits;
    this.url = client.nameOf(this.prefix.slice(0, -1));
  }

  /** Says how an object is written. Throws a `TypeError` where it cannot be. */
  protected abstract how(writing: Writing): How;
  /** Writes an object in one request. */
  protected abstract write(
    full: string,
    bytes: Uint8Array<ArrayBuffer>,
    how: How,
    signal: AbortSignal | undefined,
  ): Promise<Found>;
  /** Makes what writes an object piece by piece. */
  protected abstract upload(full: string, how: How, mark: string, own: OwnWrites): Upload;
  /** Looks an object up. */
  protected abstract find(full: string, signal: AbortSignal | undefined): Promise<Found | null>;
  /** The mark of an object, if it has one. */
  protected abstract markOf(found: Found): unknown;
  /** Describes an object. `size`: where it is known. */
  protected abstract infoOf(key: string, found: Found, size?: number): ObjectInfo;
  /** Reads an object or a range of it, which is not empty; 416 where it ends before. */
  protected abstract read(
    full: string,
    range: ByteRange | undefined,
    options: GetOptions,
  ): Promise<HttpReply>;
  /** {@linkcode Store.list} */
  abstract list(prefix?: string, options?: ListOptions): AsyncIterable<ObjectInfo>;

  /** {@linkcode Store.head} */
  async head(key: string, { signal }: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    const found = await this.find(this.full(key), signal);
    return found === null ? undefined : this.infoOf(key, found);
  }

  /** {@linkcode Store.get} */
  async get(
    key: string,
    range?: ByteRange,
    options: GetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (range !== undefined) checkRange(range);
    if (isEmptyRange(range)) return new Uint8Array(0);
    return sliceOf(await this.read(this.full(key), range, options), range);
  }

  /** {@linkcode Store.put} */
  async put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    { signal, ...options }: PutOptions = {},
  ): Promise<ObjectInfo> {
    const isConditional = options.ifAbsent === true || options.ifMatch !== undefined;
    const mark = isConditional ? randomId() : null;
    return await this.#put(key, bytes, this.how({ ...options, mark }), mark, signal);
  }

  /** {@linkcode Store.delete} */
  async delete(key: string, { signal }: RequestOptions = {}): Promise<void> {
    await this.client.send({
      verb: "delete",
      method: "DELETE",
      key: this.full(key),
      headers: this.deleteHeaders,
      expected: [404],
      signal,
    });
  }

  /** {@linkcode Store.sink} */
  sink(key: string, options: StoreSinkOptions = {}): Sink {
    const { overwrite = true, metadata, contentType = PARQUET_MEDIA_TYPE } = options;
    const full = this.full(key);
    const mark = randomId();
    const how = this.how({ ifAbsent: !overwrite, metadata, contentType, mark });
    const upload = this.upload(full, how, mark, {
      putWhole: async (bytes) => void await this.#put(key, bytes, how, mark, undefined),
      isOurs: () => this.#own(full, mark),
    });
    return new UploadSink(upload, this.#options, this.#limits);
  }

  /** The name of an object in its bucket. */
  protected full(key: string): string {
    return `${this.prefix}${checkKey(key)}`;
  }

  async #put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    how: How,
    mark: string | null,
    signal: AbortSignal | undefined,
  ): Promise<ObjectInfo> {
    const full = this.full(key);
    const write = () => this.write(full, bytes, how, signal);
    // The answer to an earlier attempt was lost, and it may be our own object that is in the way.
    const found = mark === null ? await write() : await inDoubt(write, () => this.#own(full, mark));
    return this.infoOf(key, found, bytes.length);
  }

  /** The object, where it is the one with this mark. */
  async #own(full: string, mark: string): Promise<Found | undefined> {
    const found = await this.find(full, undefined);
    return found !== null && this.markOf(found) === mark ? found : undefined;
  }
}
