/**
 * A multipart upload to S3.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 *
 * @module
 */

import { StoreError } from "../util/errors.ts";
import { inDoubt, textOfReply } from "./http_client.ts";
import type { S3Client } from "./s3_client.ts";
import type { OwnWrites, Upload } from "./upload_sink.ts";
import { elementsOf, escapeXml, textOf } from "./xml.ts";

/** What an upload is made with. */
export interface S3UploadOptions extends OwnWrites {
  /** Headers of the object. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that say when it may be written. */
  readonly condition: Readonly<Record<string, string>>;
}

const utf8 = new TextEncoder();

/** One object in parts. */
export class S3Upload implements Upload {
  readonly name: string;
  readonly putWhole: Upload["putWhole"];
  readonly #client: S3Client;
  readonly #key: string;
  readonly #options: S3UploadOptions;
  #id: Promise<string> | null = null;
  /** The same, once it is known. */
  #knownId: string | null = null;
  /** When it was first asked for, and whether an answer was lost: then there may be an upload that nobody knows. */
  #begunAt = 0;
  #mayHaveTwin = false;
  readonly #tags: string[] = [];
  #isDropped = false;

  /** Nothing is sent yet. */
  constructor(client: S3Client, key: string, options: S3UploadOptions) {
    this.#client = client;
    this.#key = key;
    this.#options = options;
    this.name = client.nameOf(key);
    this.putWhole = options.putWhole;
  }

  /** {@linkcode Upload.remains} */
  get remains(): string | null {
    return this.#knownId === null || this.#isDropped
      ? null
      : `upload ${this.#knownId} of ${this.name}`;
  }

  /** {@linkcode Upload.putPart} */
  async putPart(
    number: number,
    body: Uint8Array<ArrayBuffer>,
    _isLast: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const uploadId = await (this.#id ??= this.#begin());
    signal.throwIfAborted();
    const reply = await this.#client.send({
      verb: "write",
      method: "PUT",
      key: this.#key,
      query: { partNumber: String(number), uploadId },
      body,
      signal,
    });
    const tag = reply.headers.get("etag");
    if (tag === null) {
      throw new StoreError(`Cannot write ${this.name}: the server gave part ${number} no ETag`);
    }
    this.#tags[number - 1] = tag;
  }

  /** {@linkcode Upload.complete} */
  async complete(): Promise<void> {
    const parts = this.#tags.map((tag, i) =>
      `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`
    );
    const xml =
      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}` +
      `</CompleteMultipartUpload>`;
    const write = async (): Promise<unknown> =>
      await this.#client.send({
        verb: "write",
        method: "POST",
        key: this.#key,
        query: { uploadId: this.#knownId! },
        headers: { "content-type": "application/xml", ...this.#options.condition },
        body: utf8.encode(xml),
      });
    // An upload that is gone may be one that an earlier attempt has completed.
    await inDoubt(write, this.#options.isOurs);
    await this.#dropTwins();
  }

  /** {@linkcode Upload.drop} */
  async drop(): Promise<void> {
    // What is being asked for may come to be.
    const uploadId = await this.#id?.catch(() => undefined);
    if (uploadId !== undefined) {
      // The second time takes what parts came while the first went on.
      for (let again = 0; again < 2; again++) {
        if (await this.#abort(uploadId)) break;
      }
      this.#isDropped = true;
    }
    await this.#dropTwins();
  }

  async #begin(): Promise<string> {
    this.#begunAt = Date.now();
    const request = {
      verb: "write",
      method: "POST",
      key: this.#key,
      query: { uploads: "" },
      headers: this.#options.headers,
    };
    // Not given up with the parts: an upload whose number was never heard cannot be ended.
    try {
      const reply = await this.#client.send(request);
      this.#mayHaveTwin = reply.ambiguous;
      const id = textOf(textOfReply(reply), "UploadId");
      if (id === undefined || id === "") {
        throw new StoreError(`Cannot write ${this.name}: the server gave the upload no number`);
      }
      return this.#knownId = id;
    } catch (error) {
      this.#mayHaveTwin = true;
      throw error;
    }
  }

  /** Ends an upload; `true`: it had ended before. */
  async #abort(uploadId: string): Promise<boolean> {
    const reply = await this.#client.send({
      verb: "drop the parts of",
      method: "DELETE",
      key: this.#key,
      query: { uploadId },
      expected: [404],
    });
    return reply.status === 404;
  }

  /**
   * Ends uploads that an attempt has begun whose answer was lost: those of this very key that began no earlier, and have no parts.
   * Best effort: it takes the permission to list uploads, and what stays is invisible, and ends by the bucket's lifecycle.
   */
  async #dropTwins(): Promise<void> {
    if (!this.#mayHaveTwin) return;
    this.#mayHaveTwin = false;
    try {
      const reply = await this.#client.send({
        verb: "list the uploads of",
        method: "GET",
        key: "",
        query: { uploads: "", prefix: this.#key },
      });
      for (const upload of elementsOf(textOfReply(reply), "Upload")) {
        const id = textOf(upload, "UploadId");
        const began = Date.parse(textOf(upload, "Initiated") ?? "");
        if (textOf(upload, "Key") !== this.#key || id === undefined || id === this.#knownId) {
          continue;
        }
        // Clocks differ, and servers tell whole seconds.
        if (!(began >= this.#begunAt - 60_000) || await this.#hasParts(id)) continue;
        await this.#abort(id);
      }
    } catch {
      // Then they stay.
    }
  }

  async #hasParts(uploadId: string): Promise<boolean> {
    const query = { uploadId };
    const reply = await this.#client.send({
      verb: "list the parts of",
      method: "GET",
      key: this.#key,
      query,
    });
    return elementsOf(textOfReply(reply), "Part").length > 0;
  }
}
