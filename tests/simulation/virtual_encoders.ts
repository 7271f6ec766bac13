/**
 * What encodes in a simulation: threads and hosts that writers share, and those that an isolated writer has alone. A fault is noted where
 * it happens, so that it explains the errors of those alone who use what has failed.
 */

import type { Encoders, SharedResources } from "../../src/executor/encoder_resources.ts";
import { CostMemory } from "../../src/executor/placement.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { LimitError } from "../../src/util/errors.ts";
import { type Cause, threadFailed } from "./causes.ts";
import type { Scenario } from "./scenario.ts";
import type { Scheduler } from "./scheduler.ts";
import { VirtualHost } from "./virtual_host.ts";
import { type ThreadFault, type VirtualThread, VirtualThreads } from "./virtual_threads.ts";
import type { WriterRun } from "./writer_run.ts";

/** Faults of threads after which the library itself says what failed, and only one writer fails. */
const BY_LIBRARY = ["throws", "runs out of memory"];

/** One pool, its threads, and its host on the caller's thread. */
interface Party extends Encoders {
  /** Whether one writer has it alone. */
  readonly own: boolean;
  readonly threads: VirtualThread[];
  readonly hosts: VirtualHost[];
  /** What failed of it. */
  readonly causes: Cause[];
}

/** All of them. */
export class VirtualEncoders {
  readonly #scheduler: Scheduler;
  readonly #scenario: Scenario;
  readonly #threads: VirtualThreads;
  readonly #parties: Party[] = [];
  /** By name of the writer: what failed of its own work alone. */
  readonly #ofWriters = new Map<string, Cause[]>();
  #allocations = 0;

  constructor(scheduler: Scheduler, scenario: Scenario) {
    this.#scheduler = scheduler;
    this.#scenario = scenario;
    this.#threads = new VirtualThreads(scheduler, scenario);
  }

  /** For `shareResources`. */
  resources(): SharedResources {
    return {
      ...this.#party(false),
      costs: new CostMemory(),
      modules: () => ({ kernels: null }),
      own: () => this.#party(true),
    };
  }

  /** Bytes of kernel memory of all threads. */
  get kernelBytes(): number {
    return this.#parties.flatMap(({ threads, hosts }) => [...threads, ...hosts])
      .reduce((sum, { kernelBytes }) => sum + kernelBytes, 0);
  }

  /** A thread is gone, whatever it is doing. */
  killThread(ordinal: number): void {
    const thread = this.#threads.all[ordinal];
    if (thread === undefined || thread.over) return;
    this.#parties.find(({ threads }) => threads.includes(thread))!.causes.push(
      threadFailed("is gone", false),
    );
    thread.die();
  }

  /** What explains the errors of a writer. */
  causesOf(run: WriterRun): Cause[] {
    const isolated = run.scenario.options.isolated === true;
    const parties = this.#parties.filter(({ own, threads }) => {
      if (own !== isolated) return false;
      // Whose own host it is nobody can tell before its threads have heard of the writer.
      const names = threads.flatMap(({ writers }) => writers);
      return !own || names.length === 0 || names.includes(run.name);
    });
    return [
      ...parties.flatMap(({ causes }) => causes),
      ...this.#ofWriters.get(run.name) ?? [],
    ];
  }

  /** What is left once no writer is at work. */
  leftovers(): string[] {
    const problems: string[] = [];
    for (const { own, pool, threads, hosts } of this.#parties) {
      for (const worker of pool.workers) {
        if (worker.writers !== 0) problems.push(`a worker still has ${worker.writers} writers`);
        if (worker.outstanding !== 0) {
          problems.push(`a worker still owes ${worker.outstanding} slabs`);
        }
      }
      const alive = threads.filter((thread) => !thread.over);
      if (alive.length !== pool.workers.length) {
        problems.push(
          `${alive.length} threads are alive, the pool knows of ${pool.workers.length}`,
        );
      }
      if (own && alive.length > 0) {
        problems.push(`${alive.length} threads of an isolated writer have outlived it`);
      }
      const names = new Set(threads.flatMap(({ writers }) => writers));
      if (own && names.size > 1) problems.push(`isolated, and shared by ${[...names]}`);
      const encoders = [...alive.map((thread) => thread.encodersLeft), hosts.at(-1)?.left ?? 0];
      if (encoders.some((left) => left > 0)) problems.push(`encoders are left: ${encoders}`);
      if (alive.some((thread) => thread.alive)) {
        problems.push("an idle thread keeps the process alive");
      }
    }
    return problems;
  }

  /** Ends all workers. */
  end(): void {
    for (const { pool } of this.#parties) for (const worker of [...pool.workers]) worker.kill();
  }

  /** Whether threads are left that nobody ended. */
  get alive(): boolean {
    return this.#threads.all.some((thread) => !thread.over);
  }

  #party(own: boolean): Party {
    const threads: VirtualThread[] = [], hosts: VirtualHost[] = [], causes: Cause[] = [];
    const happened = ({ kind }: ThreadFault, writer: string) => {
      if (kind === "is late") return;
      const byLibrary = BY_LIBRARY.includes(kind);
      const cause = threadFailed(kind, byLibrary);
      if (!byLibrary) return void causes.push(cause);
      this.#ofWriters.set(writer, [...this.#ofWriters.get(writer) ?? [], cause]);
    };
    const events = { append() {}, allocate: () => this.#allocate(causes) };
    const party: Party = {
      own,
      pool: new WorkerPool(
        () => "",
        undefined,
        (_script, handlers) => {
          const thread = this.#threads.spawn(handlers, happened);
          threads.push(thread);
          return thread;
        },
        own,
      ),
      host: () => {
        let host = hosts.at(-1);
        if (host === undefined || host.host.broken !== null) {
          host = new VirtualHost(events, this.#scenario.movingMemory);
          hosts.push(host);
        }
        return host.host;
      },
      threads,
      hosts,
      causes,
    };
    this.#parties.push(party);
    return party;
  }

  #allocate(causes: Cause[]): void {
    if (this.#allocations++ !== this.#scenario.hostFault) return;
    this.#scheduler.note("kernel memory cannot be allocated");
    causes.push(threadFailed("no memory on the caller's thread", true));
    throw new LimitError("", -1, "no memory on the caller's thread");
  }
}
