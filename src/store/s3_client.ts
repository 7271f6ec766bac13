/**
 * Requests to a bucket of S3 or of a server like it.
 *
 * @module
 */

import { messageOf, ObjectNotFoundError, PreconditionError, StoreError } from "../util/errors.ts";
import { AwsCredentialSource } from "./aws_credentials.ts";
import {
  type HttpReply,
  type HttpRequest,
  LostReply,
  sendPatiently,
  type Verdict,
} from "./retry.ts";
import { namedEndpoint, namedRegion, placeOf, type S3Options, type S3Place } from "./s3_options.ts";
import { canonicalQuery, encodePath, sha256, signRequest } from "./sigv4.ts";
import { textOf } from "./xml.ts";

/** A request to the bucket, or to an object in it. */
export interface S3Request {
  /** What is being done, for messages: `"read"`, `"write"`. */
  readonly verb: string;
  readonly method: string;
  /** `""`: the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
  /** Statuses besides those of success that the caller looks at. */
  readonly expected?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

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
]);
/** Error codes of credentials that have ended. */
const EXPIRED = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidToken",
  "TokenRefreshRequired",
]);
/** Clocks that differ by less are not worth a correction. */
const SKEW_MS = 60_000;
const decoder = new TextDecoder();

/** Text of an answer. */
export function textOfReply({ body }: HttpReply): string {
  return decoder.decode(body);
}

/** Sends signed requests, and finds the bucket's region and the server's time. */
export class S3Client {
  readonly bucket: string;
  readonly #options: S3Options;
  readonly #credentials: AwsCredentialSource;
  #place: Promise<S3Place> | null = null;
  /** Milliseconds that the server is ahead. */
  #skewMs = 0;

  /** Nothing is asked yet. */
  constructor(bucket: string, options: S3Options) {
    this.bucket = bucket;
    this.#options = options;
    this.#credentials = new AwsCredentialSource(options);
  }

  /**
   * Sends a request, as often as there is hope.
   *
   * @returns An answer of success, or of a status that is expected.
   * @throws {ObjectNotFoundError | PreconditionError | StoreError} For all others.
   */
  async send(request: S3Request): Promise<HttpReply> {
    let reply: HttpReply;
    try {
      reply = await sendPatiently(
        () => this.#sign(request),
        (reply) => this.#judge(request, reply),
        this.#options,
        request.signal,
      );
    } catch (error) {
      if (!(error instanceof LostReply)) throw error;
      throw new StoreError(`Cannot ${request.verb} ${this.nameOf(request.key)}: ${error.message}`, {
        cause: error,
        outcome: request.method === "GET" || request.method === "HEAD" ? "failed" : "unknown",
      });
    }
    const isSuccess = reply.status >= 200 && reply.status < 300 && errorCodeOf(reply) === undefined;
    if (isSuccess || request.expected?.includes(reply.status)) return reply;
    throw this.errorOf(request, reply);
  }

  /** An object, or the bucket, for messages. */
  nameOf(key: string): string {
    return key === "" ? `s3://${this.bucket}` : `s3://${this.bucket}/${key}`;
  }

  /** The error that an answer is. */
  errorOf(
    { verb, key, method }: Pick<S3Request, "verb" | "key" | "method">,
    reply: HttpReply,
  ): StoreError {
    const { status } = reply;
    const text = textOfReply(reply);
    const code = errorCodeOf(reply);
    const says = textOf(text, "Message");
    const what = [code, says].filter((part) => part !== undefined && part !== "").join(": ");
    const hint = status === 403 && this.#credentials.isAnonymous
      ? " (requests are not signed)"
      : "";
    const message = `Cannot ${verb} ${this.nameOf(key)}: ${
      what || `the server answered ${status}`
    }${hint}`;
    const requestId = reply.headers.get("x-amz-request-id") ?? textOf(text, "RequestId");
    const isDoubtful = method !== "GET" && method !== "HEAD" && (status >= 500 || status === 200);
    const details = {
      status,
      code,
      requestId,
      outcome: isDoubtful ? "unknown" : "failed",
    } as const;
    if (status === 412) return new PreconditionError(message, details);
    return status === 404
      ? new ObjectNotFoundError(message, details)
      : new StoreError(message, details);
  }

  async #sign({ method, key, query = {}, headers = {}, body }: S3Request): Promise<HttpRequest> {
    const [{ base, region }, credentials] = await Promise.all([
      this.#place ??= this.#findPlace(),
      this.#credentials.get(),
    ]);
    const path = key === "" ? "" : `/${encodePath(key)}`;
    const search = canonicalQuery(Object.entries(query));
    const url = new URL(`${base}${path}${search === "" ? "" : `?${search}`}`);
    // Every S3 server refuses a body that does not have the hash it was signed with.
    const payloadHash = await sha256(body ?? "");
    const own = { ...headers, "x-amz-content-sha256": payloadHash };
    const sent = credentials === null ? own : await signRequest(
      { method, url, headers: own, payloadHash },
      credentials,
      { region, service: "s3", date: new Date(Date.now() + this.#skewMs) },
    );
    return { method, url: url.href, headers: sent, body };
  }

  async #findPlace(): Promise<S3Place> {
    const { profile } = this.#credentials;
    const endpoint = namedEndpoint(this.#options) ?? (await profile()).endpoint;
    const region = namedRegion(this.#options) ?? (await profile()).region ??
      (endpoint?.includes(".r2.cloudflarestorage.com") ? "auto" : "us-east-1");
    return placeOf(this.bucket, region, endpoint, this.#options.pathStyle);
  }

  /** What an answer is worth; learns from it where the bucket is, what time it is, and that credentials have ended. */
  async #judge({ key, query }: S3Request, reply: HttpReply): Promise<Verdict> {
    const { status, headers } = reply;
    if (status < 300 && status !== 200) return "done";
    const code = errorCodeOf(reply);
    if (code !== undefined && TRANSIENT.has(code)) return "again";
    if (status < 300) return code === undefined ? "done" : "again";
    if (status === 409 && code === undefined) return "again";
    if (code === "RequestTimeTooSkewed" || status === 403 && code === undefined) {
      if (this.#learnTime(headers.get("date"))) return "again at once";
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

  /** Whether the server's time is another one than what was signed with. */
  #learnTime(date: string | null): boolean {
    const skewMs = date === null ? NaN : Date.parse(date) - Date.now();
    if (Number.isNaN(skewMs) || Math.abs(skewMs - this.#skewMs) < SKEW_MS) return false;
    this.#skewMs = skewMs;
    return true;
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

/** An error of the store's, with more said. */
export function withText(error: unknown, text: string): unknown {
  return error instanceof StoreError
    ? Object.assign(error, { message: `${messageOf(error)}${text}` })
    : error;
}
