/**
 * A blob made of blocks.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/put-block-list
 *
 * @module
 */

import { encodeBase64 } from "../util/base64.ts";
import type { AzureClient } from "./azure_client.ts";
import { inDoubt } from "./http_client.ts";
import type { OwnWrites, Upload } from "./upload_sink.ts";

/** What an upload is made with. */
export interface AzureUploadOptions extends OwnWrites {
  /** Headers of the blob, and when it may be written. */
  readonly headers: Readonly<Record<string, string>>;
}

const utf8 = new TextEncoder();

/** One blob in blocks. Blocks that are not committed cannot be seen, nor removed: Azure drops them after a week. */
export class AzureUpload implements Upload {
  readonly name: string;
  readonly putWhole: Upload["putWhole"];
  readonly remains = null;
  readonly #client: AzureClient;
  readonly #key: string;
  readonly #mark: string;
  readonly #options: AzureUploadOptions;

  /** Nothing is sent yet. `mark` is in the names of the blocks, so that those of two writers cannot be mixed up. */
  constructor(client: AzureClient, key: string, mark: string, options: AzureUploadOptions) {
    this.#client = client;
    this.#key = key;
    this.#mark = mark;
    this.#options = options;
    this.name = client.nameOf(key);
    this.putWhole = options.putWhole;
  }

  /** {@linkcode Upload.putPart} */
  async putPart(
    number: number,
    body: Uint8Array<ArrayBuffer>,
    _isLast: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#client.send({
      verb: "write",
      method: "PUT",
      key: this.#key,
      query: { comp: "block", blockid: this.#blockId(number) },
      body,
      signal,
    });
  }

  /** {@linkcode Upload.complete} */
  async complete(parts: number): Promise<void> {
    // "Latest": a second attempt finds blocks that the first one has committed.
    const blocks = Array.from(
      { length: parts },
      (_, i) => `<Latest>${this.#blockId(i + 1)}</Latest>`,
    );
    const xml = `<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks.join("")}</BlockList>`;
    const write = async (): Promise<unknown> =>
      await this.#client.send({
        verb: "write",
        method: "PUT",
        key: this.#key,
        query: { comp: "blocklist" },
        headers: this.#options.headers,
        body: utf8.encode(xml),
      });
    await inDoubt(write, this.#options.isOurs);
  }

  /** {@linkcode Upload.drop} */
  drop(): Promise<void> {
    return Promise.resolve();
  }

  /** All of one length, as Azure wants it. */
  #blockId(number: number): string {
    return encodeBase64(utf8.encode(`${this.#mark}-${String(number).padStart(6, "0")}`));
  }
}
