/** Runs one simulation: the shipped writers over virtual threads, sinks, sources and time, and what must hold afterwards. */

import process from "node:process";
import { shareResources } from "../../src/executor/encoder_resources.ts";
import { loadWriter } from "../../src/pipeline/write_parquet.ts";
import { useClock } from "../../src/runtime/clock.ts";
import { type Cause, noMemory } from "./causes.ts";
import { checkWriter, mayGoUnheard, mayStayPending } from "./checks.ts";
import { drawScenario } from "./draw_scenario.ts";
import { watchAllocations } from "./failing_memory.ts";
import { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import { VirtualEncoders } from "./virtual_encoders.ts";
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
  const bufferCauses: Cause[] = [];
  const encoders = new VirtualEncoders(scheduler, scenario);
  let buffers = 0;
  const restoreBuffers = scenario.bufferFault === null ? () => {} : watchAllocations(() => {
    if (buffers++ !== scenario.bufferFault) return;
    scheduler.note("a buffer cannot be allocated");
    const error = new RangeError("Array buffer allocation failed");
    bufferCauses.push(noMemory(error));
    throw error;
  });
  const unhandled = watchRejections();
  useClock(scheduler);
  shareResources(encoders.resources());
  const runs = scenario.writers.map((writer, i) =>
    new WriterRun(scheduler, i, writer, () => encoders.kernelBytes)
  );
  try {
    for (const run of runs) run.start();
    const { threadDeath } = scenario;
    if (threadDeath !== null) {
      scheduler.interrupt(threadDeath.action, () => encoders.killThread(threadDeath.thread));
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
    problems.push(...encoders.leftovers());
    encoders.end();
    await scheduler.run();
    if (encoders.alive) problems.push("a thread was not ended");
  } catch (error) {
    problems.push(`thrown to nobody: ${(error as Error).stack}`);
  } finally {
    restoreBuffers();
    useClock(null);
    shareResources(null);
  }
  for (const run of runs) {
    problems.push(...await checkWriter(run, [...encoders.causesOf(run), ...bufferCauses]));
  }
  for (const reason of await unhandled()) {
    if (runs.some((run) => mayGoUnheard(run, reason))) continue;
    problems.push(`nobody handles a rejection: ${reason instanceof Error ? reason.stack : reason}`);
  }
  const summary = runs.map((run) =>
    `${run.scenario.entry} ${run.result?.state} [${
      [...run.allCauses, ...encoders.causesOf(run), ...bufferCauses].map(({ name }) => name).join(
        "; ",
      )
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
