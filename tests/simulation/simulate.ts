/** Runs one simulation: the shipped writers over virtual threads, sinks, sources and time, and what must hold afterwards. */

import assert from "node:assert/strict";
import process from "node:process";
import { shareResources } from "../../src/executor/encoder_resources.ts";
import { CostMemory } from "../../src/executor/placement.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { loadWriter } from "../../src/pipeline/write_parquet.ts";
import { useClock } from "../../src/runtime/clock.ts";
import { LimitError } from "../../src/util/errors.ts";
import { type Cause, noMemory, threadFailed } from "./causes.ts";
import { checkWriter, mayGoUnheard, mayStayPending } from "./checks.ts";
import { drawScenario } from "./draw_scenario.ts";
import { watchAllocations } from "./failing_memory.ts";
import { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import { type HostEvents, VirtualHost } from "./virtual_host.ts";
import { type ThreadFault, VirtualThreads } from "./virtual_threads.ts";
import { WriterRun } from "./writer_run.ts";

/** What came of a simulation. */
export interface Outcome {
  readonly seed: number;
  readonly scenario: Scenario;
  /** What should not have happened; empty when all is well. */
  readonly problems: readonly string[];
  /** Every action, in order. */
  readonly trace: readonly string[];
  /** What it was like, for statistics: entry, causes, result. */
  readonly summary: string;
}

/** Faults of threads after which the library itself says what failed, and only one writer fails. */
const BY_LIBRARY = ["throws", "runs out of memory"];

/** Runs the simulation of a seed. */
export async function simulate(seed: number, scenario = drawScenario(seed)): Promise<Outcome> {
  // Loading is not virtual.
  await loadWriter();
  if (scenario.bufferFault !== null) {
    // What is made once for a process is not to be among what is counted, or a replay would fail elsewhere.
    await simulate(seed, { ...scenario, bufferFault: null });
  }
  const scheduler = new Scheduler(new Random(~seed));
  const problems: string[] = [];
  const threadCauses: Cause[] = [];
  const threads = new VirtualThreads(
    scheduler,
    scenario,
    ({ kind }: ThreadFault, writer: string) => {
      if (kind === "is late") return;
      const byLibrary = BY_LIBRARY.includes(kind);
      const cause = threadFailed(kind, byLibrary);
      if (byLibrary) runs.find(({ name }) => name === writer)!.causes.push(cause);
      else threadCauses.push(cause);
    },
  );
  const pool = new WorkerPool(() => "", undefined, threads.spawn);
  let host: VirtualHost | null = null;
  let allocations = 0;
  const hostEvents: HostEvents = {
    append() {},
    allocate() {
      if (allocations++ !== scenario.hostFault) return;
      scheduler.note("kernel memory cannot be allocated");
      threadCauses.push(threadFailed("no memory on the caller's thread", true));
      throw new LimitError("", -1, "no memory on the caller's thread");
    },
  };
  let buffers = 0;
  const restoreBuffers = scenario.bufferFault === null ? () => {} : watchAllocations(() => {
    if (buffers++ !== scenario.bufferFault) return;
    scheduler.note("a buffer cannot be allocated");
    const error = new RangeError("Array buffer allocation failed");
    threadCauses.push(noMemory(error));
    throw error;
  });
  const hosts: VirtualHost[] = [];
  const ownEncoders = () => host?.left ?? 0;
  const unhandled = watchRejections();
  useClock(scheduler);
  shareResources({
    pool,
    costs: new CostMemory(),
    host: () => {
      if (host === null || host.host.broken !== null) {
        host = new VirtualHost(hostEvents, scenario.movingMemory);
        hosts.push(host);
      }
      return host.host;
    },
    modules: () => ({ kernels: null }),
    own: () => assert.fail("no writer is isolated"),
  });
  const kernelBytes = () =>
    [...threads.all, ...hosts].reduce((sum, { kernelBytes }) => sum + kernelBytes, 0);
  const runs = scenario.writers.map((writer, i) =>
    new WriterRun(scheduler, i, writer, kernelBytes)
  );
  try {
    for (const run of runs) run.start();
    const { threadDeath } = scenario;
    if (threadDeath !== null) {
      scheduler.interrupt(threadDeath.action, () => {
        const thread = threads.all[threadDeath.thread];
        if (thread === undefined || thread.over) return;
        threadCauses.push(threadFailed("is gone", false));
        thread.die();
      });
    }
    await scheduler.run();
    // Callers that still wait for something close nothing.
    for (const run of runs) if (!run.busy) run.finish();
    await scheduler.run();
    for (const run of runs) {
      if (!run.busy && run.calls.every((call) => call.state !== "pending" || !call.awaited)) {
        continue;
      }
      if (!run.mayHang) problems.push(`${run.name} waits, although nothing hangs`);
      if (run.signal?.signal.aborted && !mayStayPending(run)) {
        problems.push(`${run.name} waits, although its signal has fired`);
      }
      run.giveUp();
    }
    await scheduler.run();
    for (const run of runs) if (run.result === undefined) run.finish();
    await scheduler.run();
    for (const run of runs) {
      if (run.memorySize !== null && run.memorySize !== 0) {
        problems.push(`${run.name} still holds ${run.memorySize} bytes`);
      }
    }
    if (scheduler.timers.length > 0) problems.push(`timers are left: ${scheduler.timers}`);
    for (const worker of pool.workers) {
      if (worker.writers !== 0) problems.push(`a worker still has ${worker.writers} writers`);
      if (worker.outstanding !== 0) {
        problems.push(`a worker still owes ${worker.outstanding} slabs`);
      }
    }
    const alive = threads.all.filter((thread) => !thread.over);
    if (alive.length !== pool.workers.length) {
      problems.push(`${alive.length} threads are alive, the pool knows of ${pool.workers.length}`);
    }
    const encoders = [...alive.map((thread) => thread.encodersLeft), ownEncoders()];
    if (encoders.some((left) => left > 0)) problems.push(`encoders are left: ${encoders}`);
    if (alive.some((thread) => thread.alive)) {
      problems.push("an idle thread keeps the process alive");
    }
    for (const worker of [...pool.workers]) worker.kill();
    await scheduler.run();
    if (threads.all.some((thread) => !thread.over)) problems.push("a thread was not ended");
  } catch (error) {
    problems.push(`thrown to nobody: ${(error as Error).stack}`);
  } finally {
    restoreBuffers();
    useClock(null);
    shareResources(null);
  }
  for (const run of runs) problems.push(...await checkWriter(run, threadCauses));
  for (const reason of await unhandled()) {
    if (runs.some((run) => mayGoUnheard(run, reason))) continue;
    problems.push(`nobody handles a rejection: ${reason instanceof Error ? reason.stack : reason}`);
  }
  const summary = runs.map((run) =>
    `${run.scenario.entry} ${run.result?.state} [${
      [...run.allCauses, ...threadCauses].map(({ name }) => name).join("; ")
    }]`
  ).join(" | ");
  return { seed, scenario, problems, trace: scheduler.trace, summary };
}

/** Notes rejections that nobody handles, until it is called. */
function watchRejections(): () => Promise<unknown[]> {
  const found: unknown[] = [];
  const note = (reason: unknown) => void found.push(reason);
  process.on("unhandledRejection", note);
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    process.off("unhandledRejection", note);
    return found;
  };
}
