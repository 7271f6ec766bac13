/**
 * What all writers of the process share: the worker pool, this thread's encoder host, the compiled modules.
 *
 * Nothing is started or compiled before a writer needs it.
 *
 * @module
 */

import { compileKernels, createKernels } from "../kernels/load_kernels.ts";
import { kernelsChoice } from "../runtime/environment.ts";
import { EncoderHost } from "./encoder_host.ts";
import type { EncoderModules } from "./encoder_modules.ts";
import { ENCODER_WORKER_SOURCE } from "./encoder_worker.generated.ts";
import { DEFAULT_DEPTH, type ExecutorResources, INLINE_BYTES } from "./executor.ts";
import { WorkerPool } from "./worker_pool.ts";

const pool = new WorkerPool(() => ENCODER_WORKER_SOURCE);
let host: EncoderHost | null = null;
let modules: EncoderModules | null = null;

/** The encoder workers of the process. */
export function encoderPool(): WorkerPool {
  return pool;
}

/** The encoder host of the caller's thread; a fresh one after the last one broke. */
function inlineHost(): EncoderHost {
  if (host === null || host.broken !== null) {
    const { kernels } = encoderModules();
    host = new EncoderHost(
      kernels === null ? createKernels("typescript") : createKernels("wasm", kernels),
    );
  }
  return host;
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
 * Resources of a writer.
 *
 * @param parallelism Most workers; 0 = none.
 * @param memoryBudget Bytes that the writer may hold: no more than a part of it waits for workers to be worth their while.
 * @param depth Slabs that each worker may have in hand before the writer waits.
 */
export function encoderResources(
  parallelism: number,
  memoryBudget: number,
  depth: number = DEFAULT_DEPTH,
): ExecutorResources {
  return {
    parallelism,
    depth,
    inlineBytes: Math.min(INLINE_BYTES, Math.floor(memoryBudget / 4)),
    pool,
    host: inlineHost,
    modules: encoderModules,
  };
}
