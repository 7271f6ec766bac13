/**
 * Requests to a bucket of S3 or of a server like it.
 *
 * @module
 */

import { AwsCredentialSource } from "./aws_credentials.ts";
import { type ErrorFacts, HttpClient, type StoreRequest, textOfReply } from "./http_client.ts";
import type { HttpReply, HttpRequest, Verdict } from "./retry.ts";
import { namedEndpoint, namedRegion, placeOf, type S3Options, type S3Place } from "./s3_options.ts";
import { canonicalQuery, encodePath, sha256, signRequest } from "./sigv4.ts";
import { textOf } from "./xml.ts";

/** Error codes that say: the same again, later. */
const TRANSIENT = new Set([
  "BadDigest",
  "ConditionalRequestConflict",
  "InternalError",
  "OperationAborted",
  "RequestTimeout",
  "ServiceUnavailable",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "XAmzContentSHA256Mismatch",
]);
/** Error codes of credentials that have ended. */
const EXPIRED = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidToken",
  "TokenRefreshRequired",
]);

/** Sends signed requests, and finds the bucket's region and the server's time. */
export class S3Client extends HttpClient {
  readonly bucket: string;
  readonly #options: S3Options;
  readonly #credentials: AwsCredentialSource;
  #place: Promise<S3Place> | null = null;

  /** Of bodies, by requests that are under way. */
  readonly #hashes = new WeakMap<StoreRequest, Promise<string>>();

  /** Nothing is asked yet. */
  constructor(bucket: string, options: S3Options) {
    super(options);
    this.bucket = bucket;
    this.#options = options;
    this.#credentials = new AwsCredentialSource(options);
  }

  /** An object, or the bucket, for messages. */
  nameOf(key: string): string {
    return key === "" ? `s3://${this.bucket}` : `s3://${this.bucket}/${key}`;
  }

  protected errorFacts(reply: HttpReply): ErrorFacts | null {
    const { status, headers } = reply;
    const code = errorCodeOf(reply);
    if (status >= 200 && status < 300 && code === undefined) return null;
    const text = textOfReply(reply);
    const says = textOf(text, "Message");
    const isUnsigned = status === 403 && this.#credentials.isAnonymous;
    return {
      code,
      message: isUnsigned ? `${says ?? "access denied"} (requests are not signed)` : says,
      requestId: headers.get("x-amz-request-id") ?? textOf(text, "RequestId"),
      isPrecondition: status === 412,
    };
  }

  protected async prepare(request: StoreRequest): Promise<HttpRequest> {
    const { method, key, query = {}, headers = {}, body } = request;
    const [{ base, region }, credentials] = await Promise.all([
      this.#place ??= this.#findPlace(),
      this.#credentials.get(),
    ]);
    const path = key === "" ? "" : `/${encodePath(key)}`;
    const search = canonicalQuery(Object.entries(query));
    const url = new URL(`${base}${path}${search === "" ? "" : `?${search}`}`);
    // Every S3 server refuses a body that does not have the hash it was signed with.
    const payloadHash = await this.#hashOf(request);
    const own = { ...headers, "x-amz-content-sha256": payloadHash };
    const sent = credentials === null ? own : await signRequest(
      { method, url, headers: own, payloadHash },
      credentials,
      { region, service: "s3", date: this.time },
    );
    return { method, url: url.href, headers: sent, body };
  }

  /** Of the body, which is the same at each attempt. */
  #hashOf(request: StoreRequest): Promise<string> {
    let hash = this.#hashes.get(request);
    if (hash === undefined) this.#hashes.set(request, hash = sha256(request.body ?? ""));
    return hash;
  }

  async #findPlace(): Promise<S3Place> {
    const credentials = this.#credentials;
    const endpoint = namedEndpoint(this.#options) ?? (await credentials.profile()).endpoint;
    const region = namedRegion(this.#options) ?? (await credentials.profile()).region ??
      (endpoint?.includes(".r2.cloudflarestorage.com") ? "auto" : "us-east-1");
    return placeOf(this.bucket, region, endpoint, this.#options.pathStyle);
  }

  /** Learns where the bucket is, what time it is, and that credentials have ended. */
  protected async judge({ key, query }: StoreRequest, reply: HttpReply): Promise<Verdict> {
    const { status } = reply;
    if (status < 300 && status !== 200) return "done";
    const code = errorCodeOf(reply);
    if (code !== undefined && TRANSIENT.has(code)) return "again";
    if (status < 300) return code === undefined ? "done" : "again";
    if (status === 409 && code === undefined) return "again";
    if (code === "RequestTimeTooSkewed" || status === 403 && code === undefined) {
      if (this.learnTime(reply)) return "again at once";
    }
    if (code !== undefined && EXPIRED.has(code) && this.#credentials.forget()) {
      return "again at once";
    }
    if (status === 301 || status === 307 || status === 400 || status === 403) {
      const isMoved = await this.#learnPlace(reply, key, query === undefined);
      if (isMoved) return "again at once";
    }
    return "done";
  }

  /** Whether the bucket is in another region, or at another host, than it was looked for. */
  async #learnPlace(reply: HttpReply, key: string, isPlain: boolean): Promise<boolean> {
    const place = await this.#place!;
    const text = textOfReply(reply);
    const region = reply.headers.get("x-amz-bucket-region") ?? textOf(text, "Region");
    if (region !== undefined && region !== place.region && /^[a-z0-9-]{1,40}$/.test(region)) {
      const endpoint = namedEndpoint(this.#options) ?? (await this.#credentials.profile()).endpoint;
      this.#place = Promise.resolve(
        placeOf(this.bucket, region, endpoint, this.#options.pathStyle),
      );
      return true;
    }
    const location = reply.headers.get("location");
    if (reply.status !== 307 || location === null || !isPlain) return false;
    // A new bucket: its name is not known everywhere yet. Only within AWS are signatures sent elsewhere.
    const base = location.split("?")[0]!.slice(0, -1 - encodePath(key).length);
    const host = URL.canParse(base) ? new URL(base).hostname : "";
    if (!/\.amazonaws\.com(?:\.cn)?$/.test(host) || base === place.base) return false;
    this.#place = Promise.resolve({ base, region: place.region });
    return true;
  }
}

/** The code of an answer that is an error, also where its status is 200; `undefined`: it is none, or does not say. */
export function errorCodeOf(reply: HttpReply): string | undefined {
  const { status, headers } = reply;
  if (status === 200) {
    // Objects may be large, and hold anything: only answers of S3 itself are looked into.
    if (!headers.get("content-type")?.includes("xml") || reply.body.length > 65_536) {
      return undefined;
    }
    if (headers.get("etag") !== null) return undefined;
  }
  const text = textOfReply(reply);
  return /^\s*(?:<\?xml[^>]*\?>\s*)?<Error[\s>]/.test(text) ? textOf(text, "Code") : undefined;
}
