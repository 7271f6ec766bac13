/**
 * Requests that are repeated while there is hope.
 *
 * @module
 */

import { clearTimer, setTimer } from "../runtime/clock.ts";
import { requestBody } from "../runtime/request_body.ts";
import { deferred } from "../util/deferred.ts";
import { ignore } from "../util/thenable.ts";

/** How often and how long a request is tried. */
export interface RetryOptions {
  /** Maximum number of attempts. Default 8. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds to wait for the response to a request. Default 30,000, plus one second for each 64 KiB sent. */
  readonly requestTimeoutMs?: number | undefined;
}

/** A request, made anew for each attempt: signatures hold for some minutes only. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
  /** Default `"manual"`: regions redirect, and a signature is for one host only. */
  readonly redirect?: "manual" | "follow";
}

/** An answer whose body has been read. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether an attempt before this one may have been carried out: its answer was lost, or said that the server failed. */
  readonly ambiguous: boolean;
}

/** What to do with an answer: hand it out, or try again, at once where something was learnt from it, else after a pause. */
export type Verdict = "done" | "again" | "again at once";

/** What was waited for in vain. */
export class LostReply extends Error {
  /** Creates the error; `cause`: what the last attempt failed with. */
  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** What a server may ask to wait for. */
const LONGEST_RETRY_AFTER_MS = 30_000;
/** The slowest connection that is not given up, in bytes a millisecond. */
const SLOWEST = 64 * 1024 / 1000;
/** Answers that say "later". */
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether a status says that the same request may succeed later. */
export function isBusy(status: number): boolean {
  return BUSY.has(status);
}

/**
 * Sends a request, again and again with growing, random pauses, until there is an answer that is one.
 *
 * @param make Makes the request for an attempt, from 0.
 * @param judge Says whether an answer is to be handed out. Those of servers that are busy are tried again in any case.
 * @returns The answer, or the last one.
 * @throws {LostReply} When the last attempt had no answer.
 * @throws The reason of `signal`.
 */
export async function sendPatiently(
  make: (attempt: number) => HttpRequest | Promise<HttpRequest>,
  judge: (reply: HttpReply, attempt: number) => Verdict | Promise<Verdict>,
  { maxAttempts = 8, requestTimeoutMs }: RetryOptions = {},
  signal?: AbortSignal,
): Promise<HttpReply> {
  let ambiguous = false;
  for (let attempt = 0;; attempt++) {
    signal?.throwIfAborted();
    const isLast = attempt >= maxAttempts - 1;
    let retryAfter: string | null = null;
    const request = await make(attempt);
    try {
      const reply = await sendOnce(request, requestTimeoutMs, ambiguous, signal);
      const verdict = isBusy(reply.status) ? "again" : await judge(reply, attempt);
      if (verdict === "done" || isLast) return reply;
      // A server that says that it is busy may still have done it, all but those that say so before they look at it.
      if (reply.status >= 500 || reply.status === 408) ambiguous = true;
      if (verdict === "again at once") continue;
      retryAfter = reply.headers.get("retry-after");
    } catch (error) {
      if (!(error instanceof LostReply)) throw error;
      ambiguous = true;
      if (isLast) throw error;
    }
    await pause(pauseMs(attempt, retryAfter), signal);
  }
}

async function sendOnce(
  { method, url, headers, body, redirect = "manual" }: HttpRequest,
  requestTimeoutMs: number | undefined,
  ambiguous: boolean,
  signal: AbortSignal | undefined,
): Promise<HttpReply> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const limitMs = requestTimeoutMs ?? REQUEST_TIMEOUT_MS + (body?.length ?? 0) / SLOWEST;
  let timedOut = false;
  const timer = setTimer(() => {
    timedOut = true;
    stop.abort();
  }, limitMs);
  try {
    const sent = body === undefined ? null : requestBody(body);
    const response = await fetch(url, {
      method,
      redirect,
      signal: stop.signal,
      ...sent,
      headers: { ...headers, ...sent?.headers },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const { status } = response;
    assertWhole(method, response.headers, bytes);
    return { status, headers: response.headers, body: bytes, ambiguous };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const text = timedOut ? `no answer within ${Math.round(limitMs)} ms` : networkText(error);
    throw new LostReply(text, error);
  } finally {
    clearTimer(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Not every runtime notices a body that was cut. */
function assertWhole(method: string, headers: Headers, bytes: Uint8Array): void {
  const length = headers.get("content-length");
  if (method === "HEAD" || length === null || headers.get("content-encoding") !== null) return;
  if (Number(length) !== bytes.length) {
    throw new Error(`the answer was cut after ${bytes.length} of ${length} bytes`);
  }
}

/** What `fetch` failed with: runtimes say what really happened in causes. */
function networkText(error: unknown): string {
  const texts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if (at.message !== "" && !texts.includes(at.message)) texts.push(at.message);
  }
  return texts.join(": ") || String(error);
}

/** Grows twofold, between half and the whole of it at random, so that many writers do not come back all at once. */
function pauseMs(attempt: number, retryAfter: string | null): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  const own = longest * (0.5 + Math.random() / 2);
  const asked = retryAfter === null ? 0 : Number(retryAfter) * 1000;
  return Number.isFinite(asked) ? Math.max(own, Math.min(asked, LONGEST_RETRY_AFTER_MS)) : own;
}

/** Waits, unless `signal` fires. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = deferred<void>();
  const onAbort = () => reject(signal!.reason);
  const timer = setTimer(resolve, milliseconds);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  promise.catch(ignore).finally(() => {
    clearTimer(timer);
    signal?.removeEventListener("abort", onAbort);
  });
  return promise;
}
