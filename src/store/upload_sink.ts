/**
 * A sink for stores that take an object in parts: one request where it is small, else equal parts, some at a time.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { messageOf, outcomeOf, SinkError, type SinkOutcome } from "../util/errors.ts";
import { ignore } from "../util/thenable.ts";

/** The upload of one object, each step of which tries for itself as often as there is hope. */
export interface Upload {
  /** The object, for messages: `s3://bucket/key`. */
  readonly name: string;
  /** The whole object in one request. Nothing else was called before. */
  putWhole(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** A part, from 1 on. Parts come in any order, and before the object is there none of it can be seen. */
  putPart(
    number: number,
    bytes: Uint8Array<ArrayBuffer>,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<void>;
  /** Makes the object of its parts. `signal` fires when it is not wanted any more. */
  complete(parts: number): Promise<void>;
  /** Drops the parts; nothing is under way any more. Does nothing where none were sent. */
  drop(): Promise<void>;
  /** What `drop` could not drop, as one would look for it; `null`: nothing is there. */
  readonly remains: string | null;
}

/** How an object is cut. */
export interface UploadOptions {
  /** Size of a part in bytes. Default 16 MiB. */
  readonly partSize?: number | undefined;
  /** Number of parts in flight at a time. Default 4. */
  readonly concurrency?: number | undefined;
}

/** How an upload writes a small object, and knows its own. */
export interface OwnWrites {
  /** Writes a small object. */
  readonly putWhole: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Whether the object that is there is this upload's; something where it is. */
  readonly isOurs: () => Promise<unknown>;
}

/** What a store takes. */
export interface UploadLimits {
  readonly minPartSize: number;
  readonly maxPartSize: number;
  readonly maxParts: number;
  /** Default: as many as are wanted. 1: they have to come one after another. */
  readonly maxConcurrency?: number;
  /** What the size of a part has to be a multiple of. Default 1. */
  readonly partUnit?: number;
}

const MIB = 1024 * 1024;
const DEFAULT_PART_SIZE = 16 * MIB;
const DEFAULT_CONCURRENCY = 4;
/** The first buffer; it doubles, so that a small object does not pay for a large one. */
const FIRST_BUFFER = 256 * 1024;

/** Checks part size and concurrency. */
export function checkUploadOptions(
  { partSize, concurrency }: UploadOptions,
  { minPartSize, maxPartSize, partUnit = 1 }: UploadLimits,
): void {
  const isWithin = (n: number, low: number, high: number) =>
    Number.isSafeInteger(n) && n >= low && n <= high;
  if (partSize !== undefined && !isWithin(partSize, minPartSize, maxPartSize)) {
    throw new RangeError(
      `Cannot use a partSize of ${partSize}: expected a number of bytes from ${minPartSize} to ${maxPartSize}`,
    );
  }
  if (partSize !== undefined && partSize % partUnit !== 0) {
    throw new RangeError(
      `Cannot use a partSize of ${partSize}: expected a multiple of ${partUnit}`,
    );
  }
  if (concurrency !== undefined && !isWithin(concurrency, 1, 64)) {
    throw new RangeError(
      `Cannot use a concurrency of ${concurrency}: expected a number from 1 to 64`,
    );
  }
}

/** Cuts what is written into parts. */
export class UploadSink implements Sink {
  /** {@linkcode Sink.takesSmallWrites}: bytes are gathered here. */
  readonly takesSmallWrites = true;
  /** {@linkcode Sink.borrowsBytes}: they are copied into parts. */
  readonly borrowsBytes = true;
  /** {@linkcode Sink.awaitAbort}: when a writer's error is reported, no part is left. */
  readonly awaitAbort = true;
  readonly #upload: Upload;
  readonly #limits: UploadLimits;
  readonly #fixedSize: boolean;
  #partSize: number;
  #concurrency: number;
  #released: () => void = ignore;
  /** The part that is being filled, and buffers whose parts have gone. */
  #buffer: Uint8Array<ArrayBuffer> | null = null;
  #used = 0;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #parts = 0;
  #bytes = 0;
  #committed = false;
  #dropped: Promise<unknown> | null = null;
  /** Whether the last part was sent. */
  #sealed = false;
  readonly #sending = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | null = null;
  /** Resolves a write that waits for a part to go. */
  #wake: (() => void) | null = null;

  /** Nothing is sent before there is a part, or the end. */
  constructor(upload: Upload, options: UploadOptions, limits: UploadLimits) {
    checkUploadOptions(options, limits);
    this.#upload = upload;
    this.#limits = limits;
    this.#fixedSize = options.partSize !== undefined;
    this.#partSize = options.partSize ?? DEFAULT_PART_SIZE;
    this.#concurrency = Math.min(
      options.concurrency ?? DEFAULT_CONCURRENCY,
      limits.maxConcurrency ?? Infinity,
    );
  }

  /** Whether the object is complete. */
  get committed(): boolean {
    return this.#committed;
  }

  /** {@linkcode Sink.heldBytes} */
  get heldBytes(): number {
    return (this.#buffer?.length ?? 0) + this.#sending.size * this.#partSize +
      this.#free.length * this.#partSize;
  }

  /** {@linkcode Sink.shareBudget}: at most half of the budget is for parts, and no less than two parts of the smallest size. */
  shareBudget(memoryBudget: number, released: () => void): void {
    this.#released = released;
    const share = memoryBudget / 2;
    if (!this.#fixedSize && share < 2 * this.#partSize) {
      const size = Math.floor(share / 2 / MIB) * MIB;
      this.#partSize = Math.max(size, this.#limits.minPartSize, Math.min(MIB, this.#partSize));
    }
    const room = Math.floor(share / this.#partSize) - 1;
    this.#concurrency = Math.max(1, Math.min(this.#concurrency, room));
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void {
    this.#throwFailure();
    const room = this.#partSize - this.#used;
    if (bytes.length > room) return this.#writeParts(bytes);
    this.#gather(bytes);
  }

  /** {@linkcode Sink.seal}; not where the last part completes the object. */
  async seal(): Promise<void> {
    if (this.#limits.maxConcurrency === 1) return;
    this.#throwFailure();
    await this.#room();
    this.#send(this.#take(), true);
    this.#sealed = true;
    while (this.#sending.size > 0) await Promise.race(this.#sending);
    this.#free.length = 0;
    this.#throwFailure();
  }

  /** {@linkcode Sink.close} */
  async close(signal?: AbortSignal): Promise<void> {
    // Until then there is nothing that could be there: a part whose answer was lost is no object.
    let isCommitting = false;
    try {
      if (signal?.aborted) this.#fail(signal.reason);
      this.#throwFailure();
      if (this.#sealed) {
        isCommitting = true;
        await this.#upload.complete(this.#parts);
        this.#committed = true;
        return;
      }
      const last = this.#take();
      if (this.#parts === 0) {
        isCommitting = true;
        await this.#upload.putWhole(last);
        this.#committed = true;
        return;
      }
      const onAbort = () => this.#fail(signal!.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      try {
        await this.#room();
        this.#send(last, true);
        while (this.#sending.size > 0) await Promise.race(this.#sending);
        this.#throwFailure();
      } finally {
        signal?.removeEventListener("abort", onAbort);
      }
      isCommitting = true;
      await this.#upload.complete(this.#parts);
      this.#committed = true;
    } catch (error) {
      const outcome = isCommitting ? outcomeOf(error) ?? "failed" : "failed";
      // What may be complete is left alone.
      const problem = outcome === "unknown" ? null : await this.#drop();
      throw this.#error(error, problem, outcome);
    } finally {
      this.#free.length = 0;
    }
  }

  /** {@linkcode Sink.abort} */
  async abort(reason: unknown): Promise<void> {
    this.#fail(reason);
    const problem = await this.#drop();
    if (problem !== null) throw this.#error(reason, problem, "failed");
  }

  async #writeParts(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.#cut(bytes);
    } catch (error) {
      this.#fail(error);
      // Here, so that what is left is named in the first error.
      throw this.#error(error, await this.#drop(), "failed");
    }
  }

  async #cut(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      // Full, and there is more: before that one did not know whether this is all.
      if (this.#used === this.#partSize) {
        await this.#room();
        this.#send(this.#take(), false);
      }
      const end = at + Math.min(this.#partSize - this.#used, bytes.length - at);
      this.#gather(bytes.subarray(at, end));
      at = end;
    }
  }

  #gather(bytes: Uint8Array): void {
    const used = this.#used + bytes.length;
    let buffer = this.#buffer;
    if (buffer === null || buffer.length < used) {
      const grown = this.#parts > 0
        ? this.#free.pop() ?? new Uint8Array(this.#partSize)
        : new Uint8Array(Math.min(this.#partSize, Math.max(FIRST_BUFFER, used, 2 * this.#used)));
      if (buffer !== null) grown.set(buffer.subarray(0, this.#used));
      this.#buffer = buffer = grown;
    }
    buffer.set(bytes, this.#used);
    this.#used = used;
    this.#bytes += bytes.length;
  }

  #take(): Uint8Array<ArrayBuffer> {
    const part = (this.#buffer ?? new Uint8Array(0)).subarray(0, this.#used);
    this.#buffer = null;
    this.#used = 0;
    return part;
  }

  /** Waits until another part may be sent. */
  async #room(): Promise<void> {
    this.#throwFailure();
    while (this.#sending.size >= this.#concurrency) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#throwFailure();
    }
  }

  #send(bytes: Uint8Array<ArrayBuffer>, isLast: boolean): void {
    // Aborted since there was room: nothing may be begun that nobody ends.
    this.#throwFailure();
    const number = ++this.#parts;
    if (number > this.#limits.maxParts) {
      throw new RangeError(
        `the object has more than ${this.#limits.maxParts} parts of ${this.#partSize} bytes: raise partSize`,
      );
    }
    const sending = this.#upload.putPart(number, bytes, isLast, this.#stop.signal).then(
      () => {
        if (bytes.buffer.byteLength === this.#partSize) {
          this.#free.push(new Uint8Array(bytes.buffer));
        }
        // Only what may soon be needed is kept.
        this.#free.length = Math.min(this.#free.length, 1);
      },
      (error) => this.#fail(error),
    ).then(() => {
      this.#sending.delete(sending);
      this.#wakeUp();
      this.#released();
    });
    this.#sending.add(sending);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort(error);
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Drops what was sent, once. Returns what went wrong; `null`: nothing. */
  #drop(): Promise<unknown> {
    return this.#dropped ??= this.#dropNow();
  }

  async #dropNow(): Promise<unknown> {
    this.#stop.abort(this.#failure?.error);
    while (this.#sending.size > 0) await Promise.race(this.#sending);
    this.#buffer = null;
    this.#free.length = 0;
    try {
      await this.#upload.drop();
      return null;
    } catch (error) {
      return error;
    }
  }

  #error(cause: unknown, dropProblem: unknown, outcome: SinkOutcome): SinkError {
    const text = messageOf(cause);
    const { name, remains } = this.#upload;
    const begins = /^Cannot write /.test(text) ? text : `Cannot write ${name}: ${text}`;
    // Whoever aborts with the error of a write gives what was said then.
    const isSaid = remains !== null && text.includes(remains);
    const rest = dropProblem === null || remains === null || isSaid
      ? ""
      : `; parts were left behind, ${remains}: ${messageOf(dropProblem)}`;
    return new SinkError(`${begins}${rest}`, {
      bytesAccepted: this.#bytes,
      outcome,
      cause,
    });
  }
}
