/** A sink that keeps a record of its calls, settles them when the scheduler says so, and goes wrong as told. */

import { createContext, runInContext } from "node:vm";
import type { Sink } from "../../src/sink/sink.ts";
import type { Scheduler } from "./scheduler.ts";

/** How a call gives its answer. */
export type Answer =
  /** It returns nothing. */
  | "at once"
  /** A promise that is fulfilled already. */
  | "fulfilled"
  /** A promise, an action of its own. */
  | "promise"
  /** The same, as a promise of another realm. */
  | "foreign promise"
  /** An object with a `then` that returns nothing, which is all that a thenable needs. */
  | "thenable";

/** What goes wrong at one call. */
export interface SinkFault {
  readonly call: "write" | "close" | "abort";
  /** Ordinal among the calls of this name. */
  readonly ordinal: number;
  readonly kind: "throws" | "rejects" | "hangs" | "is late" | "has a throwing then";
  /** For "is late". */
  readonly milliseconds: number;
}

/** How a sink behaves. */
export interface SinkBehavior {
  readonly answer: Answer;
  readonly faults: readonly SinkFault[];
  /** Whether a commit that hangs or is late stops when the writer asks for it. */
  readonly stopsCommit: boolean;
  readonly takesSmallWrites: boolean;
  readonly awaitAbort: boolean;
}

/** A call that the sink got. */
export interface SinkCall {
  readonly call: "write" | "close" | "abort";
  readonly bytes: Uint8Array | null;
  readonly reason: unknown;
  state: "pending" | "fulfilled" | "failed";
  /** Whether nothing will ever settle it. */
  hangs: boolean;
  /** Whether another call was pending when this one came. */
  readonly overlaps: boolean;
}

const foreign = createContext({});
const ForeignPromise = runInContext("Promise", foreign) as PromiseConstructor;

/** The sink. */
export class VirtualSink implements Sink {
  readonly calls: SinkCall[] = [];
  /** Errors that faults have raised. */
  readonly raised: Error[] = [];
  /** What is wrong with how the sink was treated. */
  readonly complaints: string[] = [];
  /** Called during each call. */
  during: (call: "write" | "close" | "abort", ordinal: number) => void = () => {};
  readonly #scheduler: Scheduler;
  readonly #name: string;
  readonly #behavior: SinkBehavior;
  readonly #counts = { write: 0, close: 0, abort: 0 };

  constructor(scheduler: Scheduler, name: string, behavior: SinkBehavior) {
    this.#scheduler = scheduler;
    this.#name = name;
    this.#behavior = behavior;
  }

  /** Bytes of all writes, whether they were settled or not. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const parts = this.calls.flatMap(({ bytes }) => bytes === null ? [] : [bytes]);
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Whether a call has not been settled and never will be. */
  get hangs(): boolean {
    return this.calls.some(({ hangs }) => hangs);
  }

  /** The call of this name that came last. */
  last(call: SinkCall["call"]): SinkCall | undefined {
    return this.calls.findLast((made) => made.call === call);
  }

  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void> {
    return this.#call("write", bytes, undefined);
  }

  get takesSmallWrites(): boolean {
    return this.#behavior.takesSmallWrites;
  }

  get awaitAbort(): boolean {
    return this.#behavior.awaitAbort;
  }

  close(signal?: AbortSignal): void | Promise<void> {
    return this.#call("close", null, undefined, signal);
  }

  abort(reason: unknown): void | Promise<void> {
    return this.#call("abort", null, reason);
  }

  #call(
    call: SinkCall["call"],
    bytes: Uint8Array<ArrayBuffer> | null,
    reason: unknown,
    signal?: AbortSignal,
  ): void | Promise<void> {
    const ordinal = this.#counts[call]++;
    const copy = bytes?.slice() ?? null;
    if (bytes?.length === 0) this.complaints.push("a write of no bytes");
    if (bytes !== null && !(bytes.buffer instanceof ArrayBuffer)) {
      this.complaints.push("bytes that are not of an ArrayBuffer");
    }
    const overlaps = this.calls.some(({ state }) => state === "pending");
    const made: SinkCall = { call, bytes: copy, reason, state: "pending", hangs: false, overlaps };
    this.calls.push(made);
    this.#scheduler.note(
      `${this.#name} ${call} ${ordinal}${copy ? ` (${copy.length} bytes)` : ""}`,
    );
    this.during(call, ordinal);
    const settle = (state: "fulfilled" | "failed") => {
      made.state = state;
      if (bytes === null) return;
      // They belong to the sink since the call: nobody else may have written to them, and it may do as it likes.
      if (bytes.some((byte, i) => byte !== copy![i])) {
        this.complaints.push(`bytes of write ${ordinal} were changed after it`);
      }
      new Uint8Array(bytes.buffer).fill(0xaa);
    };
    const fault = this.#behavior.faults.find((f) => f.call === call && f.ordinal === ordinal);
    if (fault === undefined) return this.#answer(made, null, settle);
    this.#scheduler.note(`${this.#name} ${call} ${ordinal} ${fault.kind}`);
    const error = new Error(`the sink's ${call} ${ordinal} ${fault.kind}`);
    if (fault.kind === "hangs" || fault.kind === "is late") {
      made.hangs = fault.kind === "hangs";
      return new Promise((resolve, reject) => {
        if (this.#behavior.stopsCommit) {
          signal?.addEventListener("abort", () => {
            if (made.state !== "pending") return;
            this.raised.push(error);
            settle("failed");
            reject(Object.assign(error, { outcome: "failed" }));
          });
        }
        if (made.hangs) return;
        this.#scheduler.later(fault.milliseconds, `${this.#name} ${call}`, "settles late", () => {
          if (made.state !== "pending") return;
          settle("fulfilled");
          resolve();
        });
      });
    }
    this.raised.push(error);
    if (fault.kind === "throws") {
      settle("failed");
      throw error;
    }
    if (fault.kind === "has a throwing then") {
      settle("failed");
      return {
        get then(): never {
          throw error;
        },
      } as unknown as Promise<void>;
    }
    return this.#answer(made, error, settle);
  }

  #answer(
    made: SinkCall,
    error: Error | null,
    settle: (state: "fulfilled" | "failed") => void,
  ): void | Promise<void> {
    const { answer } = this.#behavior;
    const state = error === null ? "fulfilled" : "failed";
    if (answer === "at once" && error === null) {
      settle(state);
      return;
    }
    if (answer === "fulfilled" || answer === "at once") {
      settle(state);
      return error === null ? Promise.resolve() : Promise.reject(error);
    }
    let resolve!: () => void;
    let reject!: (error: Error) => void;
    const executor = (onResolve: () => void, onReject: (error: Error) => void) => {
      resolve = onResolve;
      reject = onReject;
    };
    const promise: Promise<void> = answer === "foreign promise"
      ? new ForeignPromise<void>(executor)
      : new Promise<void>(executor);
    this.#scheduler.post(
      `${this.#name} ${made.call}`,
      error === null ? "settles" : "rejects",
      () => {
        settle(state);
        if (error === null) resolve();
        else reject(error);
      },
    );
    if (answer !== "thenable") return promise;
    return {
      then(onFulfilled: () => void, onRejected: (error: unknown) => void): void {
        promise.then(onFulfilled, onRejected);
      },
    } as unknown as Promise<void>;
  }
}

/** A `WritableStream` over a virtual sink. */
export function virtualStream(sink: VirtualSink): WritableStream<Uint8Array<ArrayBuffer>> {
  return new WritableStream<Uint8Array<ArrayBuffer>>({
    write: (bytes) => sink.write(bytes) as Promise<void>,
    close: () => sink.close() as Promise<void>,
    abort: (reason) => sink.abort(reason) as Promise<void>,
  });
}
