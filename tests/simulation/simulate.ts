/** Runs one simulation: the shipped writers over virtual threads, sinks, sources and time, and what must hold afterwards. */

import process from "node:process";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { shareResources } from "../../src/executor/encoder_resources.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { useClock } from "../../src/runtime/clock.ts";
import { type Cause, threadFailed } from "./causes.ts";
import { checkWriter } from "./checks.ts";
import { Random } from "./random.ts";
import { drawScenario, type Scenario } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import { simulationKernels, type ThreadFault, VirtualThreads } from "./virtual_threads.ts";
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

/** Faults of threads after which the library itself says what failed. */
const BY_LIBRARY = ["throws", "runs out of memory"];

/** Runs the simulation of a seed. */
export async function simulate(seed: number, scenario = drawScenario(seed)): Promise<Outcome> {
  const scheduler = new Scheduler(new Random(~seed));
  const problems: string[] = [];
  const threadCauses: Cause[] = [];
  const threads = new VirtualThreads(
    scheduler,
    scenario.threadFaults,
    scenario.mostThreads,
    (fault: ThreadFault) => {
      if (fault.kind === "is late") return;
      threadCauses.push(threadFailed(fault.kind, BY_LIBRARY.includes(fault.kind)));
    },
  );
  const pool = new WorkerPool(() => "", undefined, threads.spawn);
  let host: EncoderHost | null = null;
  const unhandled = watchRejections();
  useClock(scheduler);
  shareResources({
    pool,
    host: () => {
      if (host === null || host.broken !== null) host = new EncoderHost(simulationKernels());
      return host;
    },
    modules: () => ({ kernels: null }),
  });
  const runs = scenario.writers.map((writer, i) => new WriterRun(scheduler, i, writer));
  try {
    for (const run of runs) run.start();
    await scheduler.run();
    for (const run of runs) {
      if (!run.busy && run.calls.every((call) => call.state !== "pending" || !call.awaited)) {
        continue;
      }
      if (!run.mayHang) problems.push(`${run.name} waits, although nothing hangs`);
      if (run.signal?.signal.aborted) {
        problems.push(`${run.name} waits, although its signal has fired`);
      }
      run.giveUp();
    }
    await scheduler.run();
    for (const run of runs) run.finish();
    await scheduler.run();
    for (const run of runs) {
      if (run.result?.state === "pending" && run.mayHang) run.giveUp();
    }
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
    if (alive.some((thread) => thread.alive)) {
      problems.push("an idle thread keeps the process alive");
    }
    for (const worker of [...pool.workers]) worker.kill();
    await scheduler.run();
    if (threads.all.some((thread) => !thread.over)) problems.push("a thread was not ended");
  } catch (error) {
    problems.push(`thrown to nobody: ${(error as Error).stack}`);
  } finally {
    useClock(null);
    shareResources(null);
  }
  for (const run of runs) problems.push(...await checkWriter(run, threadCauses));
  problems.push(...await unhandled());
  const summary = runs.map((run) =>
    `${run.scenario.entry} ${run.result?.state} [${
      [...run.allCauses, ...threadCauses].map(({ name }) => name).join("; ")
    }]`
  ).join(" | ");
  return { seed, scenario, problems, trace: scheduler.trace, summary };
}

/** Notes rejections that nobody handles, until it is called. */
function watchRejections(): () => Promise<string[]> {
  const found: string[] = [];
  const note = (reason: unknown) => {
    found.push(`nobody handles a rejection: ${reason instanceof Error ? reason.stack : reason}`);
  };
  process.on("unhandledRejection", note);
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    process.off("unhandledRejection", note);
    return found;
  };
}
