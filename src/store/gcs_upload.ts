/**
 * An object of Google Cloud Storage in pieces: a resumable upload.
 *
 * @see https://cloud.google.com/storage/docs/performing-resumable-uploads
 *
 * @module
 */

import { StoreError } from "../util/errors.ts";
import type { GcsClient, GcsRequest } from "./gcs_client.ts";
import { inDoubt } from "./http_client.ts";
import type { HttpReply } from "./retry.ts";
import type { OwnWrites, Upload } from "./upload_sink.ts";

/** What an upload is made with. */
export interface GcsUploadOptions extends OwnWrites {
  /** What is said of the object. */
  readonly description: Readonly<Record<string, unknown>>;
  /** When it may be written. */
  readonly query: Readonly<Record<string, string>>;
}

/** More than one piece is taken in one go, so that a session that takes nothing is given up. */
const MAX_ROUNDS = 64;
/** "Resume incomplete": more is expected. */
const INCOMPLETE = 308;
/** What a session answers that was cancelled. */
const CANCELLED = 499;

/** One object in pieces, one after another. */
export class GcsUpload implements Upload {
  readonly name: string;
  readonly putWhole: Upload["putWhole"];
  readonly #client: GcsClient;
  readonly #key: string;
  readonly #options: GcsUploadOptions;
  #session: string | null = null;
  /** Bytes before the piece that is being sent. */
  #start = 0;
  /** The last piece, which makes the object: kept until that is asked for. */
  #last: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #isDropped = false;

  /** Nothing is sent yet. */
  constructor(client: GcsClient, key: string, options: GcsUploadOptions) {
    this.#client = client;
    this.#key = key;
    this.#options = options;
    this.name = client.nameOf(key);
    this.putWhole = options.putWhole;
  }

  /** {@linkcode Upload.remains} */
  get remains(): string | null {
    // Its URL lets everybody who knows it write: it is not told.
    return this.#session === null || this.#isDropped
      ? null
      : `an upload of ${this.name} that ends after a week`;
  }

  /** {@linkcode Upload.putPart} */
  async putPart(
    _number: number,
    bytes: Uint8Array<ArrayBuffer>,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    this.#session ??= await this.#begin();
    if (isLast) {
      this.#last = bytes;
      return;
    }
    const end = this.#start + bytes.length;
    let have = this.#start;
    for (let round = 0; have < end; round++) {
      if (round === MAX_ROUNDS) {
        throw new StoreError(`Cannot write ${this.name}: the server takes no bytes`);
      }
      const body = bytes.subarray(have - this.#start);
      const reply = await this.#put(body, `bytes ${have}-${end - 1}/*`, signal);
      have = takenBy(reply, have, end, this.name);
    }
    this.#start = end;
  }

  /** {@linkcode Upload.complete} */
  async complete(): Promise<void> {
    const total = this.#start + this.#last.length;
    const write = async (): Promise<unknown> => {
      let have = this.#start;
      for (let round = 0;; round++) {
        if (round === MAX_ROUNDS) {
          throw new StoreError(`Cannot write ${this.name}: the server takes no bytes`);
        }
        const body = this.#last.subarray(have - this.#start);
        const range = body.length === 0
          ? `bytes */${total}`
          : `bytes ${have}-${total - 1}/${total}`;
        const reply = await this.#put(body, range);
        if (reply.status !== INCOMPLETE) return reply;
        have = takenBy(reply, have, total, this.name);
      }
    };
    await inDoubt(write, this.#options.isOurs);
  }

  /** {@linkcode Upload.drop} */
  async drop(): Promise<void> {
    if (this.#session === null) return;
    await this.#client.send({
      ...this.#request("DELETE", this.#session),
      verb: "drop the parts of",
      expected: [CANCELLED, 404, 410],
    });
    this.#isDropped = true;
  }

  async #begin(): Promise<string> {
    const request: GcsRequest = {
      ...this.#request("POST", true),
      query: { uploadType: "resumable", ...this.#options.query },
      headers: { "content-type": "application/json; charset=utf-8" },
      body: new TextEncoder().encode(JSON.stringify(this.#options.description)),
    };
    const reply = await this.#client.send(request);
    const location = reply.headers.get("location");
    if (location === null) {
      throw new StoreError(`Cannot write ${this.name}: the server began no upload`);
    }
    return this.#client.sessionUrl(location);
  }

  /** A repeated piece is answered by how much is there, which is where to go on. */
  async #put(
    body: Uint8Array<ArrayBuffer>,
    range: string,
    signal?: AbortSignal,
  ): Promise<HttpReply> {
    return await this.#client.send({
      ...this.#request("PUT", this.#session!),
      headers: { "content-range": range },
      body,
      expected: [INCOMPLETE],
      signal,
    });
  }

  #request(method: string, upload: string | true): GcsRequest {
    return { verb: "write", method, key: this.#key, upload };
  }
}

/** Bytes that are there, after an answer that more is expected. */
function takenBy({ status, headers }: HttpReply, have: number, end: number, name: string): number {
  if (status !== INCOMPLETE) {
    throw new StoreError(`Cannot write ${name}: the server closed the upload too early`, {
      status,
    });
  }
  const range = headers.get("range") ?? headers.get("x-range");
  const last = /^bytes=0-(\d+)$/.exec(range ?? "")?.[1];
  const taken = last === undefined ? 0 : Number(last) + 1;
  if (taken >= have && taken <= end) return taken;
  throw new StoreError(`Cannot write ${name}: the server received ${taken} bytes of ${have}`);
}
