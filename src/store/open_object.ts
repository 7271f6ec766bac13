/**
 * Objects and web resources, read at any place by range requests.
 *
 * @module
 */

import { ObjectNotFoundError, PreconditionError } from "../util/errors.ts";
import { type ErrorFacts, HttpClient, type StoreRequest } from "./http_client.ts";
import { openStoreOf } from "./open_store.ts";
import type { HttpReply, HttpRequest, Verdict } from "./retry.ts";
import { rangeHeader, type Store } from "./store.ts";

/** Bytes at another place, readable at any offset. */
export interface RemoteObject {
  /** Size in bytes, when it was opened. */
  readonly byteLength: number;
  /** Reads bytes; fewer only at the end. All are of the version that was opened. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Nothing is held open. */
  close(): Promise<void>;
}

/**
 * Opens what a URL names.
 *
 * @param location `s3:`, `az:`, `abfss:`, `gs:`, or `http:` and `https:`, which may carry a signature.
 * @throws {ObjectNotFoundError} When there is nothing.
 * @throws {StoreError} When it cannot be looked up.
 */
export async function openObject(location: string | URL): Promise<RemoteObject> {
  return new ReadAhead(await openExactly(location));
}

async function openExactly(location: string | URL): Promise<RemoteObject> {
  if (/^https?:/i.test(String(location))) return await WebResource.open(new URL(location));
  const { store, key } = await openStoreOf(location);
  return await openIn(store, key, String(location));
}

/**
 * Opens an object of a store.
 *
 * @throws {ObjectNotFoundError} When there is nothing.
 * @throws {StoreError} When it cannot be looked up.
 */
export async function openStoreObject(
  store: Store,
  key: string,
  signal?: AbortSignal,
): Promise<RemoteObject> {
  return new ReadAhead(await openIn(store, key, `${store.url}/${key}`, signal));
}

async function openIn(
  store: Store,
  key: string,
  name: string,
  signal?: AbortSignal,
): Promise<RemoteObject> {
  const found = await store.head(key, { signal });
  if (found === undefined) {
    throw new ObjectNotFoundError(`Cannot read ${name}: there is no such object`, { status: 404 });
  }
  const { size, version } = found;
  return {
    byteLength: size,
    read: async (offset, length) => {
      const end = Math.min(offset + length, size);
      if (offset >= end) return new Uint8Array(0);
      return await store.get(
        key,
        { start: offset, end },
        { signal, ...(version === "" ? {} : { ifMatch: version }) },
      );
    },
    close: () => Promise.resolve(),
  };
}

/** Bytes of a request where reads follow each other: a round trip takes as long as these. */
const AHEAD_BYTES = 4 * 1024 * 1024;
/** Reads that skip no more than this follow each other. */
const GAP_BYTES = 256 * 1024;

/** Reads ahead where reads follow each other, front to back; others ask for what they want and no more. */
class ReadAhead implements RemoteObject {
  readonly byteLength: number;
  readonly #object: RemoteObject;
  /** What was read last. */
  #start = 0;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where the last read ended. */
  #end = -1;

  constructor(object: RemoteObject) {
    this.#object = object;
    this.byteLength = object.byteLength;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(offset + length, this.byteLength);
    const follows = this.#end >= 0 && offset >= this.#end && offset - this.#end <= GAP_BYTES;
    this.#end = end;
    const held = this.#bytes, start = this.#start;
    if (offset >= start && end <= start + held.length) {
      return held.slice(offset - start, Math.max(offset, end) - start);
    }
    const bytes = await this.#object.read(offset, follows ? Math.max(length, AHEAD_BYTES) : length);
    // Large ones are used once.
    if (bytes.length <= AHEAD_BYTES) {
      this.#start = offset;
      this.#bytes = bytes;
    }
    return bytes.length <= length ? bytes : bytes.slice(0, length);
  }

  close(): Promise<void> {
    this.#bytes = new Uint8Array(0);
    return this.#object.close();
  }
}

/** Bytes of the first request: small files need no other. */
const FIRST_BYTES = 64 * 1024;

/** What a web server has at a URL. One that knows no ranges sends all of it at once, which is kept. */
class WebResource extends HttpClient implements RemoteObject {
  readonly #url: URL;
  readonly byteLength: number;
  /** What came first. */
  readonly #start: Uint8Array<ArrayBuffer>;
  readonly #version: string | null;

  private constructor(
    url: URL,
    size: number,
    start: Uint8Array<ArrayBuffer>,
    version: string | null,
  ) {
    super({});
    this.#url = url;
    this.byteLength = size;
    this.#start = start;
    this.#version = version;
  }

  static async open(url: URL): Promise<WebResource> {
    const probe = new WebResource(url, 0, new Uint8Array(0), null);
    const reply = await probe.#get({ start: 0, end: FIRST_BYTES }, [416]);
    const { status, headers, body } = reply;
    // Nothing of an empty one can be asked for.
    if (status === 416) return probe;
    const total = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
    const size = status === 206 && total !== undefined ? Number(total) : body.length;
    const tag = headers.get("etag");
    // Weak tags do not say that bytes are the same.
    return new WebResource(url, size, body, tag?.startsWith('"') ? tag : null);
  }

  /** A query may be a signature: it is not told. */
  nameOf(): string {
    return `${this.#url.origin}${this.#url.pathname}`;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(offset + length, this.byteLength);
    if (offset >= end) return new Uint8Array(0);
    if (end <= this.#start.length) return this.#start.slice(offset, end);
    const { status, headers, body } = await this.#get({ start: offset, end });
    const range = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
    if (status === 206 && Number(range ?? offset) === offset) return body;
    throw new PreconditionError(
      `Cannot read ${this.nameOf()}: it has changed, or the server takes back ranges`,
      {
        status,
      },
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #get(
    range: { readonly start: number; readonly end: number },
    expected: readonly number[] = [],
  ): Promise<HttpReply> {
    return await this.send({
      verb: "read",
      method: "GET",
      key: "",
      headers: {
        ...rangeHeader(range),
        ...(this.#version === null ? {} : { "if-match": this.#version }),
      },
      expected,
    });
  }

  protected prepare({ method, headers = {} }: StoreRequest): Promise<HttpRequest> {
    // Compressed bytes have other offsets.
    const sent = { ...headers, "accept-encoding": "identity" };
    return Promise.resolve({ method, url: this.#url.href, headers: sent, redirect: "follow" });
  }

  protected judge(): Verdict {
    return "done";
  }

  protected errorFacts({ status }: HttpReply): ErrorFacts | null {
    return status >= 200 && status < 300 ? null : { isPrecondition: status === 412 };
  }
}
