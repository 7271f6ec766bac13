/**
 * Requests to a bucket of Google Cloud Storage, in its JSON interface.
 *
 * @see https://cloud.google.com/storage/docs/json_api/v1
 *
 * @module
 */

import { environmentVariable } from "../runtime/environment.ts";
import { checkedEndpoint } from "./endpoint.ts";
import type { GcsOptions } from "./gcs_options.ts";
import { environmentToken } from "./gcs_token.ts";
import { type ErrorFacts, HttpClient, type StoreRequest, textOfReply } from "./http_client.ts";
import type { HttpReply, HttpRequest, Verdict } from "./retry.ts";
import { canonicalQuery, encodeStrictly } from "./sigv4.ts";
import { TokenSource } from "./token.ts";

const GOOGLE = "https://storage.googleapis.com";

/** A request whose path is not that of an object. */
export interface GcsRequest extends StoreRequest {
  /** `true`: to the path for uploads; a text: to this URL, as the server gave it. */
  readonly upload?: boolean | string;
}

/** Sends authorized requests. */
export class GcsClient extends HttpClient {
  readonly bucket: string;
  readonly #base: string;
  readonly #token: TokenSource | null;
  readonly #userProject: string | undefined;

  /** Nothing is asked yet. */
  constructor(bucket: string, options: GcsOptions) {
    super(options);
    this.bucket = bucket;
    const emulator = options.endpoint === undefined
      ? environmentVariable("STORAGE_EMULATOR_HOST")
      : undefined;
    const host = emulator === undefined || /^https?:/i.test(emulator)
      ? emulator
      : `http://${emulator}`;
    const url = checkedEndpoint(String(options.endpoint ?? host ?? GOOGLE));
    this.#base = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
    const token = options.token ?? (emulator === undefined ? environmentToken : "anonymous");
    this.#token = token === "anonymous" ? null : new TokenSource(token);
    this.#userProject = options.userProject;
  }

  /** {@linkcode HttpClient.nameOf} */
  nameOf(key: string): string {
    return `gs://${this.bucket}${key === "" ? "" : `/${key}`}`;
  }

  /** The URL of a session of an upload: at the same server, even where it calls itself something else. */
  sessionUrl(location: string): string {
    const given = new URL(location, this.#base);
    const own = new URL(this.#base);
    if (own.origin === GOOGLE && given.origin !== GOOGLE) {
      throw new TypeError("Cannot write: the server sends the upload elsewhere");
    }
    return `${own.origin}${given.pathname}${given.search}`;
  }

  protected errorFacts(reply: HttpReply): ErrorFacts | null {
    const { status, headers } = reply;
    if (status >= 200 && status < 300) return null;
    const text = textOfReply(reply);
    let message: unknown, code: unknown;
    try {
      const { error } = JSON.parse(text);
      message = error.message;
      code = error.errors?.[0]?.reason;
    } catch {
      // Not every answer is JSON.
      message = /^[^<{]{1,200}$/.test(text) ? text.trim() : undefined;
    }
    return {
      code: typeof code === "string" ? code : undefined,
      message: typeof message === "string" ? message : undefined,
      requestId: headers.get("x-guploader-uploadid") ?? undefined,
      isPrecondition: status === 412,
    };
  }

  protected judge(_request: StoreRequest, reply: HttpReply): Verdict {
    return reply.status === 401 && this.#token?.forget() ? "again at once" : "done";
  }

  protected async prepare(request: GcsRequest): Promise<HttpRequest> {
    const { method, key, query = {}, headers = {}, body, upload = false } = request;
    const token: Readonly<Record<string, string>> = this.#token === null
      ? {}
      : { authorization: `Bearer ${await this.#token.get()}` };
    const sent = { ...headers, ...token };
    if (typeof upload === "string") return { method, url: upload, headers: sent, body };
    const objects = `${upload ? "/upload" : ""}/storage/v1/b/${encodeStrictly(this.bucket)}/o`;
    const path = upload || key === "" ? objects : `${objects}/${encodeStrictly(key)}`;
    const search = canonicalQuery(Object.entries({
      ...query,
      ...(upload ? { name: key } : {}),
      ...(this.#userProject === undefined ? {} : { userProject: this.#userProject }),
    }));
    const url = `${this.#base}${path}${search === "" ? "" : `?${search}`}`;
    return { method, url, headers: sent, body };
  }
}
