/**
 * Threads that run the shipped worker code on this thread, when the scheduler says so, and go wrong as told.
 */

import { serveEncoder } from "../../src/executor/encoder_worker.ts";
import type { WorkerRequest, WorkerResponse } from "../../src/executor/messages.ts";
import type { SlabBuffer } from "../../src/executor/slab.ts";
import type { WorkerThread, WorkerThreadHandlers } from "../../src/runtime/worker_thread.ts";
import { LimitError } from "../../src/util/errors.ts";
import type { Scenario } from "./scenario.ts";
import type { Scheduler } from "./scheduler.ts";
import { VirtualHost } from "./virtual_host.ts";

/** What a thread does wrong at one of its slabs. */
export type ThreadFaultKind =
  /** The thread is gone. */
  | "dies"
  /** It never answers again, and hears nothing. */
  | "hangs"
  /** It answers after some time. */
  | "is late"
  /** It gives the same answer again. */
  | "answers twice"
  /** An encoder throws an error of the library. */
  | "throws"
  /** An encoder throws something else. */
  | "traps"
  /** Kernel memory cannot be allocated. */
  | "runs out of memory";

export interface ThreadFault {
  /** Ordinal of the thread, in the order of starting. */
  readonly thread: number;
  /** Ordinal of the slab, among those that this thread gets. */
  readonly slab: number;
  readonly kind: ThreadFaultKind;
  /** For "is late". */
  readonly milliseconds: number;
}

/** Called when a fault happens; `writer`: name of the writer whose slab it was. */
export type FaultListener = (fault: ThreadFault, writer: string) => void;

/** Message of what a faulty encoder throws. */
export const SABOTAGE = "sabotage in the worker";

/** All threads of a simulation. */
export class VirtualThreads {
  readonly all: VirtualThread[] = [];
  readonly #scheduler: Scheduler;
  readonly #faults: readonly ThreadFault[];
  /** Threads that can be had; the next one cannot. */
  readonly #most: number;
  readonly #movingMemory: boolean;

  constructor(scheduler: Scheduler, { threadFaults, mostThreads, movingMemory }: Scenario) {
    this.#scheduler = scheduler;
    this.#faults = threadFaults;
    this.#most = mostThreads;
    this.#movingMemory = movingMemory;
  }

  /** Starts a thread, or throws. */
  spawn(handlers: WorkerThreadHandlers, happened: FaultListener): VirtualThread {
    const ordinal = this.all.length;
    this.#scheduler.note(`thread ${ordinal} is asked for`);
    if (ordinal >= this.#most) throw new Error("threads cannot be had");
    const faults = this.#faults.filter(({ thread }) => thread === ordinal);
    const thread = new VirtualThread(
      this.#scheduler,
      ordinal,
      handlers,
      faults,
      happened,
      this.#movingMemory,
    );
    this.all.push(thread);
    return thread;
  }
}

/**
 * A message as it arrives through a port. The slab is moved by itself: the engine takes every clone of it for new memory. What is
 * shared stays what it is.
 */
function move<Message extends WorkerRequest | WorkerResponse>(
  message: Message,
  transfer: readonly ArrayBuffer[],
): Message {
  const { buffer, answered, ...others } = message as {
    readonly buffer?: SlabBuffer | null;
    readonly answered?: Int32Array | null;
  };
  const rest = transfer.filter((one) => one !== buffer);
  const arrived: Record<string, unknown> = structuredClone(others, { transfer: rest });
  if (buffer !== undefined) {
    arrived["buffer"] = rest.length === transfer.length
      ? buffer
      : (buffer as ArrayBuffer).transfer();
  }
  if (answered !== undefined) arrived["answered"] = answered;
  return arrived as Message;
}

/** One thread. */
export class VirtualThread implements WorkerThread {
  readonly #scheduler: Scheduler;
  readonly #ordinal: number;
  readonly #handlers: WorkerThreadHandlers;
  readonly #faults: readonly ThreadFault[];
  readonly #happened: FaultListener;
  readonly #host: VirtualHost;
  readonly #serve: (request: WorkerRequest) => void;
  /** Names of writers, by their numbers. */
  readonly #writers = new Map<number, string>();
  #slabs = 0;
  /** What goes wrong with a slab that is here and was not answered yet. */
  #fault:
    | { readonly fault: ThreadFault; readonly request: WorkerRequest & { type: "slab" } }
    | null = null;
  #over = false;
  #dead = false;
  /** Whether it keeps the process alive. */
  alive = false;

  constructor(
    scheduler: Scheduler,
    ordinal: number,
    handlers: WorkerThreadHandlers,
    faults: readonly ThreadFault[],
    happened: FaultListener,
    movingMemory: boolean,
  ) {
    this.#scheduler = scheduler;
    this.#ordinal = ordinal;
    this.#handlers = handlers;
    this.#faults = faults;
    this.#happened = happened;
    this.#host = new VirtualHost({
      append: () => this.#maybeThrow(),
      allocate: () => {
        if (this.#fault?.fault.kind !== "runs out of memory") return;
        throw new LimitError("", -1, `${SABOTAGE}: no memory`);
      },
    }, movingMemory);
    this.#serve = serveEncoder(
      { postMessage: (message, transfer) => this.#answer(message, transfer) },
      () => this.#host.host,
    );
  }

  /** Whether it was ended, or is gone. */
  get over(): boolean {
    return this.#over;
  }

  /** Names of the writers that it has heard of. */
  get writers(): string[] {
    return [...this.#writers.values()];
  }

  /** Bytes of its kernel memory. */
  get kernelBytes(): number {
    return this.#host.kernelBytes;
  }

  /** Encoders that nobody has finished or disposed of. */
  get encodersLeft(): number {
    return this.#dead ? 0 : this.#host.left;
  }

  post(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    const request = message as WorkerRequest;
    // Modules and plans are never changed.
    const moved = request.type === "slab" ? move(request, transfer) : request;
    if (this.#over) return;
    this.#scheduler.post(this.#inbox, request.type, () => this.#receive(moved));
  }

  keepAlive(on: boolean): void {
    if (!this.#over) this.alive = on;
  }

  terminate(): void {
    if (this.#over) return;
    this.#scheduler.note(`thread ${this.#ordinal} is ended`);
    this.#end();
  }

  /** Is gone, for no reason that the library knows of. */
  die(): void {
    if (this.#over) return;
    this.#scheduler.note(`thread ${this.#ordinal} dies`);
    this.#end();
    this.#handlers.failed(new Error(`${SABOTAGE}: the thread ended`));
  }

  get #inbox(): string {
    return `to thread ${this.#ordinal}`;
  }

  get #outbox(): string {
    return `from thread ${this.#ordinal}`;
  }

  #end(): void {
    this.#over = true;
    this.alive = false;
    this.#scheduler.drop(this.#inbox);
    this.#scheduler.drop(this.#outbox);
  }

  #happen(fault: ThreadFault, writer: number): void {
    this.#scheduler.note(`thread ${this.#ordinal} ${fault.kind}`);
    this.#happened(fault, this.#writers.get(writer) ?? "");
  }

  #maybeThrow(): void {
    if (this.#fault?.fault.kind === "throws") throw new LimitError("", -1, SABOTAGE);
    if (this.#fault?.fault.kind === "traps") throw new Error(SABOTAGE);
  }

  #receive(request: WorkerRequest): void {
    if (this.#dead) return;
    if (request.type === "open") {
      // The columns of a writer begin with its name.
      this.#writers.set(request.writer, request.plans[0]!.arrowPath.split(" ", 2).join(" "));
    }
    if (request.type !== "slab") return this.#serve(request);
    const fault = this.#faults.find(({ slab }) => slab === this.#slabs);
    this.#slabs++;
    if (fault === undefined) return this.#serve(request);
    const { writer } = request;
    switch (fault.kind) {
      case "dies":
        this.#happen(fault, writer);
        return this.die();
      case "hangs":
        this.#happen(fault, writer);
        this.#dead = true;
        return;
      case "is late": {
        this.#happen(fault, writer);
        this.#scheduler.pause(this.#inbox, true);
        this.#scheduler.later(fault.milliseconds, `thread ${this.#ordinal}`, "goes on", () => {
          this.#scheduler.pause(this.#inbox, false);
          if (!this.#over) this.#serve(request);
        });
        return;
      }
    }
    this.#fault = { fault, request };
    this.#serve(request);
  }

  #answer(message: WorkerResponse, transfer: ArrayBuffer[]): void {
    // A thread that hangs may have been at something before.
    if (this.#dead) return;
    const { fault, request } = this.#fault ?? {};
    const twice = fault?.kind === "answers twice" && message.slab === request!.slab;
    const copy = twice ? structuredClone(message) : null;
    this.#deliver(move(message, transfer));
    if (fault === undefined) return;
    if (copy !== null) this.#deliver(copy);
    if (copy !== null || message.type === "failed" || message.type === "broken") {
      this.#happen(fault, message.writer);
    }
    if (message.slab === request!.slab || message.type === "failed") this.#fault = null;
  }

  #deliver(message: WorkerResponse): void {
    this.#scheduler.post(this.#outbox, message.type, () => {
      if (!this.#over) this.#handlers.message(message);
    });
  }
}
