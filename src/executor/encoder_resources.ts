/**
 * What all writers of the process share: the worker pool, this thread's encoder host, the compiled modules.
 *
 * Nothing is started or compiled before a writer needs it.
 *
 * @module
 */

import { compileKernels, createKernels } from "../kernels/load_kernels.ts";
import { kernelsChoice } from "../runtime/environment.ts";
import { type ColumnPlan, compressesSlowly } from "../schema/column_plan.ts";
import { EncoderHost } from "./encoder_host.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import { resolveParallelism } from "./parallelism.ts";
import { CostMemory } from "./placement.ts";
import { WorkerPool } from "./worker_pool.ts";

/**
 * Record bytes that a writer gathers before it turns to workers that are there; a smaller file is encoded on the caller's
 * thread.
 *
 * Medians in ms, inline/two workers, Node 26.10 on two busy cores. 10 columns, uncompressed: 1.5 MiB 1.41/2.06, 3 MiB 1.89/2.43,
 * 4.5 MiB 2.65/2.97; zstd 1: 1.65/1.83, 2.85/3.36, 3.97/4.13. Nested ones, zstd 1: 2.52/3.87, 4.40/6.86, 6.72/9.34. A column of
 * 1.6 MiB of strings: 3.4/3.9, of lists 2.8/5.2.
 */
const INLINE_BYTES = 3 * 1024 * 1024;
/** The same where a codec is so slow that workers are worth their while from the first megabyte. */
const SLOW_INLINE_BYTES = 1024 * 1024;
/** Slabs that a worker has in hand before more are held back: the next one must be there when one is done. */
const DEFAULT_DEPTH = 4;

/** What an executor works with. */
export interface ExecutorResources {
  /** Most workers; 0 = none, everything on the caller's thread. */
  readonly parallelism: number;
  /** Whether the caller's thread encodes a part, where there are workers. */
  readonly callerShares: boolean;
  /** Record bytes below which workers are not used. */
  readonly inlineBytes: number;
  /** Milliseconds that a file is expected to take to encode below which workers are not used, where it is known how many rows it has. */
  readonly inlineMilliseconds: number;
  /** Record bytes that may wait for a worker that is being started. */
  readonly waitingBytes: number;
  /** Bytes of small batches that may gather to be encoded together, about; 0: none do. */
  readonly gatheredBytes: number;
  /** Told of record bytes of a file that was encoded inline although there may be workers. */
  readonly encodedInline?: (recordBytes: number) => void;
  /** Slabs that each worker may have in hand before the writer waits. */
  readonly depth: number;
  readonly pool: WorkerPool;
  readonly costs: CostMemory;
  /** The encoder host of this thread. */
  readonly host: () => EncoderHost;
  /** What workers are started with. */
  readonly modules: () => EncoderModules;
}

/** Threads that encode. */
export interface Encoders {
  readonly pool: WorkerPool;
  /** The encoder host of the caller's thread. */
  readonly host: () => EncoderHost;
}

/** What all writers of the process share. */
export interface SharedResources extends Encoders {
  /** What encoding costs, as other files have shown. */
  readonly costs: CostMemory;
  /** What workers are started with. */
  readonly modules: () => EncoderModules;
  /** Makes encoders that a writer has alone. `workerUrl`: where the script of its workers is, if anywhere else. */
  readonly own: (workerUrl: string | null) => Encoders;
}

let workerSource: string | null = null;

/** The script of workers is a third of the library, and few programs write so much that they start one. */
async function loadWorkerSource(): Promise<string> {
  return workerSource = (await import("./encoder_worker.generated.ts")).ENCODER_WORKER_SOURCE;
}

const ofProcess: SharedResources = {
  pool: new WorkerPool(() => workerSource ?? loadWorkerSource()),
  costs: new CostMemory(),
  host: inlineHost,
  modules: encoderModules,
  own: ownEncoders,
};
let shared = ofProcess;
/** Pools of workers whose script is somewhere else, by its URL. */
const poolsByUrl = new Map<string, WorkerPool>();
let host: EncoderHost | null = null;
let modules: EncoderModules | null = null;

/** The encoder workers of the process. */
export function encoderPool(): WorkerPool {
  return shared.pool;
}

/** Gives the writers that are created from now on other resources; `null`: those of the process again. For simulations. */
export function shareResources(resources: SharedResources | null): void {
  shared = resources ?? ofProcess;
}

/** The encoder host of the caller's thread. */
function inlineHost(): EncoderHost {
  return host = usableHost(host);
}

/** A host, or a fresh one after it broke, or took much memory for huge rows. */
function usableHost(host: EncoderHost | null): EncoderHost {
  if (host !== null && host.broken === null && !host.outgrown) return host;
  const { kernels } = encoderModules();
  return new EncoderHost(
    kernels === null ? createKernels("typescript") : createKernels("wasm", kernels),
  );
}

function ownEncoders(workerUrl: string | null): Encoders {
  const script = workerUrl === null
    ? () => workerSource ?? loadWorkerSource()
    : () => new URL(workerUrl);
  let host: EncoderHost | null = null;
  return {
    pool: new WorkerPool(script, undefined, undefined, true),
    host: () => host = usableHost(host),
  };
}

/**
 * The kernels that all threads use: WASM where it is allowed, unless `PARQUET_EXT_KERNELS` says otherwise.
 *
 * @throws {Error} When the variable asks for WASM and it cannot be used.
 */
function encoderModules(): EncoderModules {
  return modules ??= { kernels: compiledKernels() };
}

function compiledKernels(): WebAssembly.Module | null {
  const choice = kernelsChoice();
  if (choice === "ts") return null;
  try {
    return compileKernels();
  } catch (cause) {
    if (choice === undefined) return null;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot use the WASM kernels: ${reason}`, { cause });
  }
}

/**
 * Record bytes that a writer gathers before it starts workers, when there are none yet.
 *
 * A worker's start, its first slabs compiled as they come, takes as long as the caller's thread needs for many such files:
 * a new process, zstd 1, ms with no workers/two, on two busy cores: Node 26.10 8 MiB 39/201, 16 MiB 84/264; Deno 2.9.6 16
 * MiB 90/268; Bun 1.4.5 16 MiB 100/170.
 */
const COLD_BYTES = 16 * 1024 * 1024;
/** Inline bytes, over all writers, after which the process is known to be one that goes on writing. */
const WORTH_STARTING = 64 * 1024 * 1024;
let inlineEncodedBytes = 0;

/**
 * Milliseconds of encoding, as expected of a process that has written before, for which a writer starts workers when there are none yet.
 * A new process takes twice as long, and workers take a part of the cores until their code is compiled: 91 MB of numbers and few texts,
 * expected to take 50, take 98 without and 132 with one worker on two cores, Node 26.10; orders with long texts, 170: 258 and 221.
 */
const COLD_MILLISECONDS = 80;

/** Below which record bytes, and which milliseconds, a writer of these columns does without workers. */
function worthOfWorkers(
  columns: readonly ColumnPlan[],
  workersAskedFor: boolean,
  isolated: boolean,
): Pick<ExecutorResources, "inlineBytes" | "inlineMilliseconds"> {
  if (columns.some(compressesSlowly)) {
    return { inlineBytes: SLOW_INLINE_BYTES, inlineMilliseconds: 0 };
  }
  // Workers of its own are started for each writer, whatever the process has.
  const eager = workersAskedFor ||
    !isolated && (shared.pool.workers.length > 0 || inlineEncodedBytes >= WORTH_STARTING);
  return eager
    ? { inlineBytes: INLINE_BYTES, inlineMilliseconds: 0 }
    : { inlineBytes: COLD_BYTES, inlineMilliseconds: COLD_MILLISECONDS };
}

function poolOf(workerUrl: string): WorkerPool {
  let pool = poolsByUrl.get(workerUrl);
  if (pool === undefined) {
    pool = new WorkerPool(() => new URL(workerUrl));
    poolsByUrl.set(workerUrl, pool);
  }
  return pool;
}

/** Workers where a writer does not say, by whether the caller's thread encodes: asking the environment takes as long as a few pages. */
const processWorkers = new Map<boolean, number>();

function processParallelism(callerShares: boolean): number {
  let workers = processWorkers.get(callerShares);
  if (workers === undefined) {
    workers = resolveParallelism(null, callerShares);
    processWorkers.set(callerShares, workers);
  }
  return workers;
}

/** Encoders of a writer: those of the process, or its own with `isolated`. */
export function encodersOf(
  { isolated, workerUrl }: { readonly isolated: boolean; readonly workerUrl: string | null },
): Encoders {
  if (isolated) return shared.own(workerUrl);
  const { pool, host } = shared;
  return { pool: workerUrl === null ? pool : poolOf(workerUrl), host };
}

/** Part of the budget that small batches may take before they are encoded. */
const GATHERED_SHARE = 1 / 16;

/**
 * Resources of a writer.
 *
 * @param columns What it writes.
 * @param options Its options; `parallelism` is how many workers were asked for, `null` when that was left open.
 * @param depth Slabs that each worker may have in hand before the writer waits.
 * @param encoders Of `encodersOf`, where several writers share them.
 */
export function encoderResources(
  columns: readonly ColumnPlan[],
  options: {
    readonly parallelism: number | null;
    readonly callerThread: "share" | "free";
    readonly memoryBudget: number;
    readonly workerUrl: string | null;
    readonly isolated: boolean;
  },
  depth: number = DEFAULT_DEPTH,
  encoders: Encoders = encodersOf(options),
): ExecutorResources {
  const { parallelism, memoryBudget } = options;
  const callerShares = options.callerThread === "share";
  const waitingBytes = Math.floor(memoryBudget / 4);
  const worth = worthOfWorkers(columns, parallelism !== null, options.isolated);
  return {
    parallelism: parallelism === null
      ? processParallelism(callerShares)
      : resolveParallelism(parallelism, callerShares),
    callerShares,
    depth,
    // No more than a part of the budget may wait for workers to be worth their while, or to be there.
    inlineBytes: Math.min(worth.inlineBytes, waitingBytes),
    inlineMilliseconds: worth.inlineMilliseconds,
    waitingBytes,
    gatheredBytes: Math.floor(memoryBudget * GATHERED_SHARE),
    encodedInline: (bytes) => inlineEncodedBytes += bytes,
    costs: shared.costs,
    modules: shared.modules,
    ...encoders,
  };
}
