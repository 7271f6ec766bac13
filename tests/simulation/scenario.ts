/** What happens in one simulation, drawn from its seed. */

import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { type BatchSpec, breakable, type ColumnKind, randomColumns } from "./batches.ts";
import { Random } from "./random.ts";
import type { Answer, SinkBehavior, SinkFault } from "./virtual_sink.ts";
import type { ThreadFault, ThreadFaultKind } from "./virtual_threads.ts";

/** One call of a writer. */
export type Call =
  | { readonly call: "write"; readonly batch: BatchSpec }
  | { readonly call: "flush" | "close" | "abort" | "dispose" | "signal" };

/** A call of a script. */
export type Step = Call & {
  /** Whether the caller waits for it; if not, nobody ever looks at its promise. */
  readonly awaited: boolean;
};

/** Where calls are made from inside the library. */
export interface Hook {
  readonly site: "progress" | "sink write" | "sink close" | "source";
  /** Ordinal of the callback. */
  readonly ordinal: number;
  /** What is called; "throw": the callback throws. */
  readonly step: Step | { readonly call: "throw" };
}

/** What one writer does. */
export interface WriterScenario {
  readonly entry: "AsyncArrowWriter" | "Pipeline" | "writeParquet" | "ParquetEncoderStream";
  readonly columns: readonly ColumnKind[];
  readonly options: WriterOptions;
  /** For a pipeline. */
  readonly channelCapacity: number;
  readonly sink: SinkBehavior;
  readonly target: "sink" | "stream";
  /** Callers, each with a script of its own; the first closes the writer. */
  readonly scripts: readonly (readonly Step[])[];
  readonly hooks: readonly Hook[];
  /** After how many actions the signal fires; `null`: there is no signal, -1: it has fired before. */
  readonly signalAt: number | null;
  /** For `writeParquet` and streams: where batches come from. */
  readonly source: "iterable" | "async iterable" | "stream";
  readonly batches: readonly BatchSpec[];
  readonly sourceFault: {
    readonly ordinal: number;
    readonly kind: "throws" | "hangs" | "is late" | "return rejects";
  } | null;
  /** For `ParquetEncoderStream`: after how many chunks the reader cancels. */
  readonly cancelAfter: number | null;
}

/** Everything that a simulation does. */
export interface Scenario {
  readonly seed: number;
  readonly writers: readonly WriterScenario[];
  readonly threadFaults: readonly ThreadFault[];
  readonly mostThreads: number;
  /** The n-th slab's buffer on the caller's thread cannot be allocated. */
  readonly slabFault: number | null;
}

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

/** Draws a scenario. */
export function drawScenario(seed: number): Scenario {
  const random = new Random(seed);
  // Many faults at once hide each other: most seeds have one, or none.
  const faults = random.pick([0, 0, 1, 1, 1, 1, 2, 3]);
  const kinds = Array.from(
    { length: faults },
    () =>
      random.pick(
        ["thread", "sink", "signal", "source", "hook", "batch", "slab", "abort"] as const,
      ),
  );
  const count = (kind: (typeof kinds)[number]) => kinds.filter((k) => k === kind).length;
  const writers = random.chance(0.2) ? 2 : 1;
  return {
    seed,
    writers: Array.from(
      { length: writers },
      (_, i) => drawWriter(random.fork(), (kind) => i === 0 ? count(kind) : 0),
    ),
    threadFaults: Array.from({ length: count("thread") }, () => ({
      thread: random.integer(0, 2),
      slab: random.pick([0, 0, 0, 1, 1, 2, 3, 5]),
      kind: random.pick(THREAD_FAULTS),
      milliseconds: random.pick(LATE),
    })),
    mostThreads: random.chance(0.1) ? random.integer(0, 1) : 100,
    slabFault: count("slab") > 0 ? random.magnitude(1, 12) - 1 : null,
  };
}

function drawWriter(
  random: Random,
  count: (kind: "sink" | "signal" | "source" | "hook" | "batch" | "abort") => number,
): WriterScenario {
  const columns = randomColumns(random);
  const large = random.chance(0.2);
  const batches = Array.from({ length: random.magnitude(2, 30) }, (): BatchSpec => ({
    seed: random.integer(1, 2 ** 31),
    rows: random.chance(0.05) ? 0 : random.magnitude(1, large ? 6_000 : 400),
    fault: "none",
  }));
  for (let i = 0; i < count("batch"); i++) {
    batches.splice(random.integer(0, batches.length), 0, {
      seed: random.integer(1, 2 ** 31),
      rows: random.magnitude(1, 100),
      fault: breakable(columns) && random.chance(0.5) ? "broken offsets" : "another schema",
    });
  }
  const entry = random.pick(
    [
      "AsyncArrowWriter",
      "AsyncArrowWriter",
      "AsyncArrowWriter",
      "Pipeline",
      "writeParquet",
      "writeParquet",
      "ParquetEncoderStream",
    ] as const,
  );
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  return {
    entry,
    columns,
    options: drawOptions(random, rows, columns.length),
    channelCapacity: random.integer(1, 4),
    sink: {
      answer: random.pick(ANSWERS),
      faults: Array.from({ length: count("sink") }, () => drawSinkFault(random)),
    },
    target: random.chance(0.3) ? "stream" : "sink",
    scripts: drawScripts(random, batches, count("abort") > 0),
    hooks: Array.from({ length: count("hook") }, () => drawHook(random, entry)),
    signalAt: count("signal") > 0 ? random.chance(0.1) ? -1 : random.magnitude(1, 100) - 1 : null,
    source: random.pick(["iterable", "async iterable", "stream"] as const),
    batches,
    sourceFault: count("source") > 0
      ? {
        ordinal: random.integer(0, batches.length),
        kind: random.pick(["throws", "hangs", "is late", "return rejects"] as const),
      }
      : null,
    cancelAfter: count("abort") > 0 ? random.magnitude(1, 8) - 1 : null,
  };
}

function drawOptions(random: Random, rows: number, columns: number): WriterOptions {
  return {
    parallelism: random.pick([0, 1, 1, 2, 2, 3]),
    compression: random.pick(
      ["uncompressed", "uncompressed", "snappy", "lz4_raw", "zstd", "gzip"] as const,
    ),
    memoryBudget: drawBudget(random, rows, columns),
    ...(random.chance(0.7)
      ? { maxRowGroupRowCount: random.magnitude(Math.max(1, Math.ceil(rows / 30)), rows + 2) }
      : {}),
    ...(random.chance(0.15) ? { maxRowGroupBytes: random.magnitude(2_000, 200_000) } : {}),
    ...(random.chance(0.3) ? { dataPageSizeLimit: random.magnitude(100, 10_000) } : {}),
    ...(random.chance(0.3) ? { dictionaryEnabled: false } : {}),
    ...(random.chance(0.2) ? { bloomFilterEnabled: true } : {}),
    ...(random.chance(0.3) ? { writerVersion: "2.0" as const } : {}),
    ...(random.chance(0.5) ? { sinkTimeoutMs: random.pick([200, 2_000, 20_000]) } : {}),
  };
}

/** From a fiftieth of the input, so that there are not too many row groups, to more than all of it. */
function drawBudget(random: Random, rows: number, columns: number): number {
  if (rows < 50 && random.chance(0.3)) return 1;
  return Math.ceil(rows * columns * 12 * random.magnitude(20, 3000) / 1000) + 1;
}

function drawSinkFault(random: Random): SinkFault {
  return {
    call: random.pick(["write", "write", "write", "close", "abort"] as const),
    ordinal: random.chance(0.4) ? 0 : random.magnitude(1, 12) - 1,
    kind: random.pick(
      [
        "throws",
        "rejects",
        "rejects",
        "hangs",
        "is late",
        "is late",
        "has a throwing then",
      ] as const,
    ),
    milliseconds: random.pick(LATE),
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

function drawHook(random: Random, entry: WriterScenario["entry"]): Hook {
  const site = random.pick(
    entry === "writeParquet"
      ? ["progress", "sink write", "sink close", "source"] as const
      : ["progress", "sink write", "sink close"] as const,
  );
  const ordinal = random.magnitude(1, 8) - 1;
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
