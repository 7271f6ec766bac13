/**
 * What the clients of all stores have in common: requests that are signed and repeated, and answers that are errors.
 *
 * @module
 */

import { ObjectNotFoundError, PreconditionError, StoreError } from "../util/errors.ts";
import {
  type HttpReply,
  type HttpRequest,
  LostReply,
  type RetryOptions,
  sendPatiently,
  type Verdict,
} from "./retry.ts";

/** A request to a bucket, or to an object in it. */
export interface StoreRequest {
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

/** What an answer that is an error says. */
export interface ErrorFacts {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly requestId?: string | undefined;
  /** A condition of the request does not hold. */
  readonly isPrecondition?: boolean;
}

const decoder = new TextDecoder();

/** Text of an answer. */
export function textOfReply({ body }: HttpReply): string {
  return decoder.decode(body);
}

/** Clocks that differ by less are not worth a correction. */
const SKEW_MS = 60_000;

/** Sends requests, as often as there is hope. */
export abstract class HttpClient {
  readonly #retry: RetryOptions;
  /** Milliseconds that the server is ahead. */
  #skewMs = 0;

  /** Nothing is asked yet. */
  constructor(retry: RetryOptions) {
    this.#retry = retry;
  }

  /** An object, or for `""` the bucket, for messages. */
  abstract nameOf(key: string): string;
  /** Makes the request of one attempt. */
  protected abstract prepare(request: StoreRequest): Promise<HttpRequest>;
  /** Says what an answer is worth, and learns from it. */
  protected abstract judge(request: StoreRequest, reply: HttpReply): Verdict | Promise<Verdict>;
  /** Reads an answer; `null`: it is not an error. */
  protected abstract errorFacts(reply: HttpReply): ErrorFacts | null;

  /** The server's time. */
  protected get time(): Date {
    return new Date(Date.now() + this.#skewMs);
  }

  /** Takes the server's time over; `false`: it is what was known. */
  protected learnTime({ headers }: HttpReply): boolean {
    const date = headers.get("date");
    const skewMs = date === null ? NaN : Date.parse(date) - Date.now();
    if (Number.isNaN(skewMs) || Math.abs(skewMs - this.#skewMs) < SKEW_MS) return false;
    this.#skewMs = skewMs;
    return true;
  }

  /**
   * Sends a request.
   *
   * @returns An answer of success, or of a status that is expected.
   * @throws {ObjectNotFoundError | PreconditionError | StoreError} For all others, with `outcome: "unknown"` where an attempt may have
   * been carried out.
   */
  async send(request: StoreRequest): Promise<HttpReply> {
    const { verb, key, method, expected, signal } = request;
    const isReading = method === "GET" || method === "HEAD";
    let reply: HttpReply;
    try {
      reply = await sendPatiently(
        () => this.prepare(request),
        (reply) => this.judge(request, reply),
        this.#retry,
        signal,
      );
    } catch (error) {
      if (!(error instanceof LostReply)) throw error;
      throw new StoreError(`Cannot ${verb} ${this.nameOf(key)}: ${error.message}`, {
        cause: error,
        outcome: isReading ? "failed" : "unknown",
      });
    }
    const { status, ambiguous } = reply;
    const facts = this.errorFacts(reply);
    if (expected?.includes(status) || facts === null) return reply;
    const { code, message, requestId, isPrecondition } = facts;
    const what = [code, message].filter((part) => part !== undefined && part !== "").join(": ");
    const text = `Cannot ${verb} ${this.nameOf(key)}: ${what || statusText(status)}`;
    const isDoubtful = !isReading && (ambiguous || status >= 500 || status < 300);
    const details = {
      status,
      code,
      requestId,
      outcome: isDoubtful ? "unknown" : "failed",
    } as const;
    if (isPrecondition === true) throw new PreconditionError(text, details);
    throw status === 404 ? new ObjectNotFoundError(text, details) : new StoreError(text, details);
  }
}

/** What a status means where an answer has no body, as those to HEAD. */
function statusText(status: number): string {
  return status === 401 || status === 403
    ? `access denied (status ${status}): check the credentials and what they allow`
    : `the server answered ${status}`;
}

/** A page of a listing, and by what the next one is asked for; absent or empty: there is none. */
export interface ListPage<T> {
  readonly entries: Iterable<T>;
  readonly next: string | undefined;
}

/**
 * Entries of a listing, page by page.
 *
 * @param parameter Of the query, by which a page names the next one.
 * @param read Reads the text of a page.
 */
export async function* listEntries<T>(
  client: HttpClient,
  query: Readonly<Record<string, string>>,
  parameter: string,
  read: (text: string) => ListPage<T>,
  signal: AbortSignal | undefined,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<T, void, undefined> {
  for (let token = "";;) {
    const asked = token === "" ? query : { ...query, [parameter]: token };
    const request = { verb: "list", method: "GET", key: "", query: asked, headers, signal };
    const { entries, next = "" } = read(textOfReply(await client.send(request)));
    yield* entries;
    if (next === "") return;
    token = next;
  }
}

/** What a server says of an upload that it does not know: any more, where it has been completed. */
const UPLOAD_IS_GONE = "NoSuchUpload";

/**
 * Writes, and finds out what became of it where an answer was lost, or where something is in the way: it may be what was to be written, as
 * networks also deliver a request twice.
 *
 * @param write Writes an object.
 * @param own Looks whether the object that is there is the one that was to be written.
 * @throws What `write` throws, with `outcome: "unknown"` if that is still so.
 */
export async function inDoubt<T>(
  write: () => Promise<T>,
  own: () => Promise<T | undefined>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { message, status, code, requestId, cause } = error;
    const isInTheWay = error instanceof PreconditionError;
    const isGone = code === UPLOAD_IS_GONE;
    if (error.outcome !== "unknown" && !isInTheWay && !isGone) throw error;
    const details = { status, code, requestId, cause };
    let found: T | undefined;
    try {
      found = await own();
    } catch {
      if (isInTheWay) throw new PreconditionError(message, { ...details, outcome: "unknown" });
      throw isGone ? new StoreError(message, { ...details, outcome: "unknown" }) : error;
    }
    if (found !== undefined) return found;
    // What is in the way is somebody else's.
    if (isInTheWay) throw new PreconditionError(message, details);
    throw isGone ? new StoreError(message, { ...details, outcome: "unknown" }) : error;
  }
}
