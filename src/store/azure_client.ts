/**
 * Requests to a container of Azure Blob Storage.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-rest-api
 *
 * @module
 */

import { decodeBase64 } from "../runtime/base64.ts";
import { encodeBase64 } from "../util/base64.ts";
import { type AzureAccess, type AzureOptions, resolveAzureAccess } from "./azure_options.ts";
import { type ErrorFacts, HttpClient, type StoreRequest, textOfReply } from "./http_client.ts";
import type { HttpReply, HttpRequest, Verdict } from "./retry.ts";
import { canonicalQuery, encodePath, hmac } from "./sigv4.ts";
import { TokenSource } from "./token.ts";
import { textOf } from "./xml.ts";

/** Version of the service that is spoken, unless a request has another one. */
const VERSION = "2021-12-02";
/** Error codes that say that a condition does not hold. */
const PRECONDITIONS = new Set([
  "BlobAlreadyExists",
  "ConditionNotMet",
  "TargetConditionNotMet",
]);
/** Error codes that say: the same again, later. */
const TRANSIENT = new Set([
  "InternalError",
  "OperationTimedOut",
  "ServerBusy",
  "ContainerBeingDeleted",
]);
/** Headers that the signature of a shared key takes, in its order; `content-length` is that of the body. */
const SIGNED = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

/** Sends authorized requests. */
export class AzureClient extends HttpClient {
  readonly container: string;
  readonly #access: AzureAccess;
  readonly #token: TokenSource | null;

  /** Nothing is asked yet. */
  constructor(container: string, options: AzureOptions) {
    super(options);
    this.container = container;
    this.#access = resolveAzureAccess(options);
    const { token } = this.#access;
    this.#token = token === undefined ? null : new TokenSource(token);
  }

  /** {@linkcode HttpClient.nameOf} */
  nameOf(key: string): string {
    return `az://${this.container}${key === "" ? "" : `/${key}`}`;
  }

  protected errorFacts(reply: HttpReply): ErrorFacts | null {
    const { status, headers } = reply;
    if (status >= 200 && status < 300) return null;
    const text = textOfReply(reply);
    const code = headers.get("x-ms-error-code") ?? textOf(text, "Code");
    return {
      code,
      message: textOf(text, "Message")?.split("\n")[0],
      requestId: headers.get("x-ms-request-id") ?? undefined,
      isPrecondition: code === undefined ? status === 412 : PRECONDITIONS.has(code),
    };
  }

  protected judge(_request: StoreRequest, reply: HttpReply): Verdict {
    const { status, headers } = reply;
    const code = headers.get("x-ms-error-code") ?? "";
    if (TRANSIENT.has(code)) return "again";
    if (status === 403 && this.learnTime(reply)) return "again at once";
    if (status === 401 && this.#token?.forget()) return "again at once";
    return "done";
  }

  protected async prepare(
    { method, key, query = {}, headers = {}, body }: StoreRequest,
  ): Promise<HttpRequest> {
    const { base, account, accountKey, sasToken } = this.#access;
    const path = key === "" ? "" : `/${encodePath(key)}`;
    const parts = [canonicalQuery(Object.entries(query))];
    const sent: Record<string, string> = {
      "x-ms-version": VERSION,
      ...headers,
      "x-ms-date": this.time.toUTCString(),
    };
    if (accountKey === undefined && sasToken !== undefined) parts.push(sasToken);
    const search = parts.filter((part) => part !== "").join("&");
    const url = new URL(`${base}/${this.container}${path}${search === "" ? "" : `?${search}`}`);
    if (accountKey !== undefined) {
      const length = body?.length ?? 0;
      const signature = await sharedKeySignature(accountKey, account, {
        method,
        url,
        headers: sent,
        length,
      });
      sent["authorization"] = `SharedKey ${account}:${signature}`;
    } else if (sasToken === undefined && this.#token !== null) {
      sent["authorization"] = `Bearer ${await this.#token.get()}`;
    }
    return { method, url: url.href, headers: sent, body };
  }
}

/**
 * The signature of a request with a shared key.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key
 */
export async function sharedKeySignature(
  accountKey: string,
  account: string,
  { method, url, headers, length }: {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly length: number;
  },
): Promise<string> {
  const values = SIGNED.map((name) =>
    name === "content-length" ? (length === 0 ? "" : String(length)) : headers[name] ?? ""
  );
  const own = Object.keys(headers).filter((name) => name.startsWith("x-ms-")).sort();
  const query = [...url.searchParams].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = [
    method,
    ...values,
    ...own.map((name) => `${name}:${headers[name]!.trim()}`),
    `/${account}${url.pathname}`,
    ...query.map(([name, value]) => `${name.toLowerCase()}:${value}`),
  ].join("\n");
  return encodeBase64(new Uint8Array(await hmac(decodeBase64(accountKey), text)));
}
