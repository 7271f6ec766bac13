/** A scenario from a seed. */

import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { type BatchSpec, breakable, randomColumns } from "./batches.ts";
import { Random } from "./random.ts";
import type { Call, Hook, Scenario, Step, WriterScenario } from "./scenario.ts";
import type { FileFault } from "./virtual_files.ts";
import type { Answer, SinkBehavior, SinkFault } from "./virtual_sink.ts";
import type { ThreadFault, ThreadFaultKind } from "./virtual_threads.ts";

/** What goes wrong, by where; as often as it is listed. */
const FAULTS = [
  "thread",
  "thread",
  "thread death",
  "sink",
  "sink",
  "sink",
  "signal",
  "signal",
  "source",
  "hook",
  "hook",
  "hook",
  "batch",
  "host",
  "buffer",
  "abort",
] as const;
type Fault = (typeof FAULTS)[number];
/** How many things go wrong: many at once hide each other. */
const FAULT_COUNTS = [0, 0, 1, 1, 1, 1, 1, 2, 2, 3];

const THREAD_FAULTS: readonly ThreadFaultKind[] = [
  "dies",
  "hangs",
  "is late",
  "is late",
  "answers twice",
  "throws",
  "traps",
  "runs out of memory",
];

const ANSWERS: readonly Answer[] = [
  "at once",
  "fulfilled",
  "promise",
  "foreign promise",
  "thenable",
];
/** Milliseconds of what is late. */
const LATE = [1, 500, 5_000, 100_000];

const ENTRIES = [
  "AsyncArrowWriter",
  "AsyncArrowWriter",
  "AsyncArrowWriter",
  "Pipeline",
  "writeParquet",
  "writeParquet",
  "ParquetEncoderStream",
] as const;

/** Draws a scenario. */
export function drawScenario(seed: number): Scenario {
  const random = new Random(seed);
  const faults = Array.from({ length: random.pick(FAULT_COUNTS) }, () => random.pick(FAULTS));
  const has = (fault: Fault) => faults.includes(fault);
  const writers = random.chance(has("thread") ? 0.6 : 0.2) ? 2 : 1;
  return {
    seed,
    // Faults are the first writer's; the second one is there to see that they are not its own.
    writers: Array.from(
      { length: writers },
      (_, i) => drawWriter(random.fork(), i === 0 ? faults : faults.filter(ofThreads)),
    ),
    threadFaults: faults.filter((fault) => fault === "thread").map(() => drawThreadFault(random)),
    threadDeath: has("thread death")
      ? { action: random.magnitude(1, 60), thread: random.integer(0, 1) }
      : null,
    mostThreads: random.chance(0.1) ? random.integer(0, 1) : 100,
    movingMemory: random.chance(0.2),
    hostFault: has("host") ? random.magnitude(1, 200) - 1 : null,
    bufferFault: has("buffer") ? random.magnitude(1, 3000) - 1 : null,
  };
}

/** Threads are shared, so that their faults need writers that use them. */
function ofThreads(fault: Fault): boolean {
  return fault === "thread" || fault === "thread death";
}

function drawWriter(random: Random, faults: readonly Fault[]): WriterScenario {
  const has = (fault: Fault) => faults.includes(fault);
  const entry = random.pick(ENTRIES);
  const target = random.pick(["sink", "sink", "sink", "stream", "file"] as const);
  const columns = randomColumns(random);
  const batches = drawBatches(random);
  if (has("batch")) {
    // The first batch of a source says what the schema is.
    batches.splice(random.integer(1, batches.length), 0, {
      seed: random.integer(1, 2 ** 31),
      rows: random.magnitude(1, 100),
      fault: breakable(columns) && random.chance(0.5) ? "broken offsets" : "another schema",
    });
  }
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const busy = faults.some(ofThreads);
  const sinkFaults = faults.filter((fault) => fault === "sink");
  const sink = drawSink(random, target === "file" ? 0 : sinkFaults.length);
  const mayNeedEnd = sink.faults.some(({ call, kind }) => call === "abort" || kind === "hangs");
  return {
    entry,
    columns,
    options: drawOptions(random, rows, columns.length, busy),
    channelCapacity: random.integer(1, 4),
    sink,
    target,
    replaces: random.chance(0.7),
    fileFaults: target === "file" ? sinkFaults.map(() => drawFileFault(random)) : [],
    scripts: drawScripts(random, batches, has("abort")),
    hooks: faults.filter((fault) => fault === "hook").map(() => drawHook(random, entry, target)),
    signalAt: has("signal") || (mayNeedEnd && random.chance(0.5))
      ? random.chance(0.1) ? -1 : random.magnitude(1, 100) - 1
      : null,
    source: random.pick(["iterable", "async iterable", "stream", "ipc"] as const),
    batches,
    sourceFault: has("source")
      ? {
        ordinal: random.integer(0, batches.length),
        kind: random.pick(["throws", "hangs", "is late", "return rejects"] as const),
      }
      : null,
    cancelAfter: has("abort") ? random.magnitude(1, 8) - 1 : null,
  };
}

function drawBatches(random: Random): BatchSpec[] {
  const most = random.chance(0.2) ? 6_000 : 400;
  return Array.from({ length: random.magnitude(2, 30) }, () => ({
    seed: random.integer(1, 2 ** 31),
    rows: random.chance(0.05) ? 0 : random.magnitude(1, most),
    fault: "none",
  }));
}

function drawOptions(random: Random, rows: number, columns: number, busy: boolean): WriterOptions {
  const some = <Options extends WriterOptions>(probability: number, options: Options) =>
    random.chance(probability) ? options : {};
  return {
    parallelism: busy ? random.integer(1, 3) : random.pick([0, 1, 1, 2, 2, 3]),
    callerThread: random.pick(["share", "free"] as const),
    compression: random.pick(
      ["uncompressed", "uncompressed", "snappy", "lz4_raw", "zstd", "gzip"] as const,
    ),
    memoryBudget: drawBudget(random, rows, columns, busy),
    ...some(0.7, {
      maxRowGroupRowCount: random.magnitude(Math.max(1, Math.ceil(rows / 30)), rows + 2),
    }),
    ...some(0.15, { maxRowGroupBytes: random.magnitude(2_000, 200_000) }),
    ...some(0.3, { dataPageSizeLimit: random.magnitude(100, 10_000) }),
    ...some(0.3, { dictionaryEnabled: false }),
    ...some(0.2, { bloomFilterEnabled: true }),
    ...some(0.3, { writerVersion: "2.0" }),
    ...some(0.2, { isolated: true }),
    ...some(0.5, { sinkTimeoutMs: random.pick([200, 2_000, 20_000]) }),
  };
}

/** From a fiftieth of the input, so that there are not too many row groups, to more than all of it; busy workers need a small one. */
function drawBudget(random: Random, rows: number, columns: number, busy: boolean): number {
  if (rows < 50 && random.chance(0.3)) return 1;
  return Math.ceil(rows * columns * 12 * random.magnitude(20, busy ? 500 : 3000) / 1000) + 1;
}

function drawSink(random: Random, faults: number): SinkBehavior {
  return {
    answer: random.pick(ANSWERS),
    stopsCommit: random.chance(0.3),
    takesSmallWrites: random.chance(0.6),
    awaitAbort: random.chance(0.3),
    faults: Array.from({ length: faults }, () => drawSinkFault(random)),
  };
}

function drawSinkFault(random: Random): SinkFault {
  const call = random.pick(["write", "write", "write", "close", "close", "abort"] as const);
  return {
    call,
    ordinal: call !== "write" || random.chance(0.4) ? 0 : random.magnitude(1, 12) - 1,
    kind: random.pick(
      [
        "throws",
        "rejects",
        "rejects",
        "hangs",
        "hangs",
        "is late",
        "is late",
        "has a throwing then",
      ] as const,
    ),
    milliseconds: random.pick(LATE),
  };
}

function drawFileFault(random: Random): FileFault {
  return {
    step: random.magnitude(1, 20) - 1,
    kind: random.pick(
      ["fails", "fails", "fails after it was done", "hangs", "is late", "is late"] as const,
    ),
    milliseconds: random.pick(LATE),
  };
}

function drawThreadFault(random: Random): ThreadFault {
  return {
    thread: random.pick([0, 0, 1, 2]),
    slab: random.pick([0, 0, 0, 1, 1, 2, 3, 5]),
    kind: random.pick(THREAD_FAULTS),
    // One that is silent for longer than ten seconds is lost.
    milliseconds: Math.min(random.pick(LATE), 8_000),
  };
}

function drawScripts(random: Random, batches: readonly BatchSpec[], abort: boolean): Step[][] {
  const callers = random.chance(0.15) ? 2 : 1;
  const awaited = random.pick([1, 1, 0.5, 0]);
  const scripts = Array.from({ length: callers }, (): Step[] => []);
  const step = (call: Call): Step => ({ ...call, awaited: random.chance(awaited) });
  for (const batch of batches) {
    const script = random.pick(scripts);
    script.push(step({ call: "write", batch }));
    if (random.chance(0.1)) script.push(step({ call: "flush" }));
  }
  if (abort) {
    const script = random.pick(scripts);
    const call = random.pick(["abort", "abort", "dispose"] as const);
    script.splice(random.integer(0, script.length), 0, step({ call }));
  }
  scripts[0]!.push({ call: "close", awaited: random.chance(0.8) });
  if (random.chance(0.1)) {
    scripts[0]!.push(step({ call: random.pick(["close", "flush", "abort", "dispose"] as const) }));
  }
  return scripts;
}

function drawHook(
  random: Random,
  entry: WriterScenario["entry"],
  target: WriterScenario["target"],
): Hook {
  const sites: Hook["site"][] = ["progress"];
  if (target === "file") sites.push("file step", "file step");
  else sites.push("sink write", "sink close");
  if (entry === "writeParquet") sites.push("source");
  const site = random.pick(sites);
  const ordinal = site === "sink close"
    ? 0
    : random.magnitude(1, site === "file step" ? 14 : 8) - 1;
  if (site === "progress" && random.chance(0.15)) return { site, ordinal, step: { call: "throw" } };
  const calls = entry === "AsyncArrowWriter" || entry === "Pipeline"
    ? ["write", "write", "write", "flush", "close", "abort", "signal"] as const
    : ["signal"] as const;
  const call = random.pick(calls);
  const awaited = random.chance(0.7);
  if (call !== "write") return { site, ordinal, step: { call, awaited } };
  const batch: BatchSpec = {
    seed: random.integer(1, 2 ** 31),
    rows: random.magnitude(1, 600),
    fault: "none",
  };
  return { site, ordinal, step: { call, batch, awaited } };
}
