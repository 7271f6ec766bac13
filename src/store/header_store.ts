/**
 * What stores have in common that say what an object has in headers.
 *
 * @module
 */

import type { HttpClient } from "./http_client.ts";
import { HttpStore } from "./http_store.ts";
import type { HttpReply } from "./retry.ts";
import {
  type ByteRange,
  type GetOptions,
  lastModifiedOf,
  type ObjectInfo,
  rangeHeader,
} from "./store.ts";

/** A store whose objects are described by headers of answers. */
export abstract class HeaderStore<Client extends HttpClient, How>
  extends HttpStore<Client, HttpReply, How> {
  /** What headers of metadata begin with. */
  protected abstract readonly metadataPrefix: string;
  /** Header of the metadata by which a writer knows its own object when an answer was lost. */
  protected abstract readonly markHeader: string;

  protected override read(
    full: string,
    range: ByteRange | undefined,
    { ifMatch, signal }: GetOptions,
  ): Promise<HttpReply> {
    return this.client.send({
      verb: "read",
      method: "GET",
      key: full,
      headers: {
        ...(range === undefined ? {} : rangeHeader(range)),
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
      },
      expected: range === undefined ? [] : [416],
      signal,
    });
  }

  protected override async find(full: string, signal?: AbortSignal): Promise<HttpReply | null> {
    const request = { verb: "read", method: "HEAD", key: full, expected: [404], signal };
    const reply = await this.client.send(request);
    return reply.status === 404 ? null : reply;
  }

  protected override markOf({ headers }: HttpReply): string | null {
    return headers.get(this.markHeader);
  }

  protected override infoOf(key: string, { headers }: HttpReply, size?: number): ObjectInfo {
    const metadata: Record<string, string> = Object.create(null);
    for (const [name, value] of headers) {
      if (name.startsWith(this.metadataPrefix) && name !== this.markHeader) {
        metadata[name.slice(this.metadataPrefix.length)] = value;
      }
    }
    return {
      key,
      size: size ?? Number(headers.get("content-length") ?? 0),
      version: headers.get("etag") ?? "",
      metadata,
      ...lastModifiedOf(headers.get("last-modified")),
    };
  }
}
