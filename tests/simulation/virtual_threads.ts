/**
 * Threads that run the shipped worker code on this thread, when the scheduler says so, and go wrong as told.
 */

import { ColumnChunkEncoder } from "../../src/column/column_chunk_encoder.ts";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { serveEncoder } from "../../src/executor/encoder_worker.ts";
import type { WorkerRequest, WorkerResponse } from "../../src/executor/messages.ts";
import { compileKernels, createKernels } from "../../src/kernels/load_kernels.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import type { WorkerThread, WorkerThreadHandlers } from "../../src/runtime/worker_thread.ts";
import { LimitError } from "../../src/util/errors.ts";
import type { Scheduler } from "./scheduler.ts";

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

/** Message of what a faulty encoder throws. */
export const SABOTAGE = "sabotage in the worker";

let module: WebAssembly.Module | undefined;

/** Kernels with memory of their own; compiled once for all simulations. */
export function simulationKernels(): Kernels {
  return createKernels("wasm", module ??= compileKernels());
}

/** All threads of a simulation. */
export class VirtualThreads {
  readonly all: VirtualThread[] = [];
  readonly #scheduler: Scheduler;
  readonly #faults: readonly ThreadFault[];
  /** Threads that can be had; the next one cannot. */
  readonly #most: number;
  /** Called when a fault happens. */
  readonly #happened: (fault: ThreadFault) => void;

  constructor(
    scheduler: Scheduler,
    faults: readonly ThreadFault[],
    most: number,
    happened: (fault: ThreadFault) => void,
  ) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#most = most;
    this.#happened = happened;
  }

  /** Stands in for `spawnWorkerThread`. */
  readonly spawn = (_source: string, handlers: WorkerThreadHandlers): WorkerThread => {
    const ordinal = this.all.length;
    this.#scheduler.note(`thread ${ordinal} is asked for`);
    if (ordinal >= this.#most) throw new Error("threads cannot be had");
    const faults = this.#faults.filter(({ thread }) => thread === ordinal);
    const thread = new VirtualThread(this.#scheduler, ordinal, handlers, faults, this.#happened);
    this.all.push(thread);
    return thread;
  };
}

/** A message as it arrives through a port. The slab is moved by itself: the engine takes every clone of it for new memory. */
function move<Message extends WorkerRequest | WorkerResponse>(
  message: Message,
  transfer: readonly ArrayBuffer[],
): Message {
  if (!("buffer" in message) || !transfer.includes(message.buffer)) {
    return structuredClone(message, { transfer: transfer as ArrayBuffer[] });
  }
  const rest = transfer.filter((buffer) => buffer !== message.buffer);
  const { buffer, ...others } = message;
  return { ...structuredClone(others, { transfer: rest }), buffer: buffer.transfer() } as Message;
}

/** One thread. */
export class VirtualThread implements WorkerThread {
  readonly #scheduler: Scheduler;
  readonly #ordinal: number;
  readonly #handlers: WorkerThreadHandlers;
  readonly #faults: readonly ThreadFault[];
  readonly #happened: (fault: ThreadFault) => void;
  readonly #kernels: Kernels;
  readonly #serve: (request: WorkerRequest) => void;
  #slabs = 0;
  #fault: ThreadFault | null = null;
  #over = false;
  #dead = false;
  /** Whether it keeps the process alive. */
  alive = false;

  constructor(
    scheduler: Scheduler,
    ordinal: number,
    handlers: WorkerThreadHandlers,
    faults: readonly ThreadFault[],
    happened: (fault: ThreadFault) => void,
  ) {
    this.#scheduler = scheduler;
    this.#ordinal = ordinal;
    this.#handlers = handlers;
    this.#faults = faults;
    this.#happened = happened;
    this.#kernels = simulationKernels();
    const { memory } = this.#kernels;
    const allocate = memory.allocate.bind(memory);
    memory.allocate = (byteLength: number) => {
      if (this.#fault?.kind === "runs out of memory") {
        this.#happen(this.#fault);
        throw new LimitError("", -1, `${SABOTAGE}: no memory`);
      }
      return allocate(byteLength);
    };
    const host = new EncoderHost(this.#kernels, (kernels, plan, compressor) => {
      const encoder = new ColumnChunkEncoder(kernels, plan, compressor);
      const append = encoder.append.bind(encoder);
      encoder.append = (segment) => {
        this.#maybeThrow();
        append(segment);
      };
      return encoder;
    });
    this.#serve = serveEncoder(
      { postMessage: (message, transfer) => this.#answer(message, transfer) },
      () => host,
    );
  }

  /** Whether it was ended, or is gone. */
  get over(): boolean {
    return this.#over;
  }

  /** Bytes of kernel memory in use. */
  get allocatedBytes(): number {
    return (this.#kernels.memory as unknown as { allocatedBytes: number }).allocatedBytes;
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

  #happen(fault: ThreadFault): void {
    this.#scheduler.note(`thread ${this.#ordinal} ${fault.kind}`);
    this.#happened(fault);
  }

  #maybeThrow(): void {
    const fault = this.#fault;
    if (fault?.kind === "throws") {
      this.#happen(fault);
      throw new LimitError("", -1, SABOTAGE);
    }
    if (fault?.kind === "traps") {
      this.#happen(fault);
      throw new Error(SABOTAGE);
    }
  }

  #receive(request: WorkerRequest): void {
    if (this.#dead) return;
    if (request.type !== "slab") return this.#serve(request);
    const fault = this.#faults.find(({ slab }) => slab === this.#slabs) ?? null;
    this.#slabs++;
    switch (fault?.kind) {
      case "dies":
        this.#happen(fault);
        return this.die();
      case "hangs":
        this.#happen(fault);
        this.#dead = true;
        return;
      case "is late": {
        this.#happen(fault);
        this.#scheduler.pause(this.#inbox, true);
        this.#scheduler.later(fault.milliseconds, `thread ${this.#ordinal}`, "goes on", () => {
          this.#scheduler.pause(this.#inbox, false);
          if (!this.#over) this.#serve(request);
        });
        return;
      }
    }
    this.#fault = fault;
    this.#serve(request);
    this.#fault = null;
  }

  #answer(message: WorkerResponse, transfer: ArrayBuffer[]): void {
    const fault = this.#fault;
    const copy = fault?.kind === "answers twice" ? structuredClone(message) : null;
    this.#deliver(move(message, transfer));
    if (copy !== null && fault !== null) {
      this.#happen(fault);
      this.#deliver(copy);
    }
  }

  #deliver(message: WorkerResponse): void {
    this.#scheduler.post(this.#outbox, message.type, () => {
      if (!this.#over) this.#handlers.message(message);
    });
  }
}
