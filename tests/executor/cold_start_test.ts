/** The first files of a process, whose workers have yet to be started. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExecutorResources } from "../../src/executor/encoder_resources.ts";
import { Executor, type ExecutorEvents } from "../../src/executor/executor.ts";
import type { WorkerResponse } from "../../src/executor/messages.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import type { WorkerThreadHandlers } from "../../src/runtime/worker_thread.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { VERSION } from "../../src/util/version.ts";
import { batch, resources, schema } from "../pipeline/support.ts";

const plans = planSchema(schema, resolveOptions({ compression: "uncompressed" })).columns;
const EVENTS: ExecutorEvents = {
  rowGroup() {},
  progress() {},
  failed(error) {
    throw error;
  },
};
const ROWS = 20_000;
const rows = batch(0, ROWS).columns;

/** A pool of threads that answer nothing unless a test says so. */
function silentPool() {
  const threads: { handlers: WorkerThreadHandlers; slabs: number }[] = [];
  const pool = new WorkerPool(() => "", undefined, (_script, handlers) => {
    const thread = { handlers, slabs: 0 };
    threads.push(thread);
    return {
      post: (message) => thread.slabs += Number((message as { type: string }).type === "slab"),
      keepAlive() {},
      terminate() {},
    };
  });
  return { pool, threads };
}

function executor(pool: WorkerPool, more: Partial<ExecutorResources> = {}): Executor {
  return new Executor(plans, { ...resources(pool, 1), ...more }, EVENTS);
}

const READY: WorkerResponse = { type: "ready", writer: -1, slab: null, version: VERSION };

test("what waits for a worker to start is bounded by bytes, not by what a running one has in hand", () => {
  const { pool, threads } = silentPool();
  const waitingBytes = 12 * 1024 * 1024;
  const waiting = executor(pool, { waitingBytes });
  while (!waiting.saturated && waiting.rawBytes < 2 * waitingBytes) waiting.append(rows, 0, ROWS);
  assert.ok(waiting.rawBytes >= waitingBytes, `${waiting.rawBytes}`);
  assert.ok(waiting.rawBytes < waitingBytes + 4 * 1024 * 1024, `${waiting.rawBytes}`);
  assert.equal(threads[0]!.slabs, 0);
  // It is there, and gets it all.
  threads[0]!.handlers.message(READY);
  assert.equal(threads[0]!.slabs, waiting.slabsSent);
  assert.ok(threads[0]!.slabs > 4);
  waiting.end();
  pool.workers[0]?.kill();
});

test("a file that is expected to take long starts workers with its first rows", () => {
  const { pool, threads } = silentPool();
  const inlineBytes = 16 * 1024 * 1024;
  const writer = executor(pool, { inlineBytes, inlineMilliseconds: 10, callerShares: true });
  writer.expectRows(100_000_000, 1_000_000);
  writer.append(rows, 0, ROWS);
  assert.equal(threads.length, 1);
  writer.end();
  pool.workers[0]?.kill();
});

test("a file that is expected to be done soon starts none, however many bytes it has", () => {
  const { pool, threads } = silentPool();
  let inline = 0;
  const writer = executor(pool, {
    inlineBytes: 1024,
    inlineMilliseconds: 60_000,
    callerShares: true,
    encodedInline: (bytes) => inline += bytes,
  });
  writer.expectRows(20 * ROWS, 1_000_000);
  for (let i = 0; i < 20; i++) writer.append(rows, 0, ROWS);
  assert.equal(threads.length, 0);
  assert.equal(inline, 0);
  writer.end();
  // The process is known to write, though: the next file may start some.
  assert.ok(inline > 20 * ROWS * 8, `${inline}`);
});

test("the script of workers is loaded before the first rows of a large file, and not for others", async () => {
  let asked = 0;
  const pool = new WorkerPool(() => {
    asked++;
    return Promise.resolve("");
  });
  const cold = { inlineBytes: 16 * 1024 * 1024, inlineMilliseconds: 80 };
  assert.equal(executor(pool, cold).expectRows(1000, 1_000_000), null);
  assert.equal(executor(pool, cold).expectRows(Infinity, 1_000_000), null);
  assert.equal(executor(pool, { ...cold, parallelism: 0 }).expectRows(1e9, 1_000_000), null);
  assert.equal(asked, 0);
  await executor(pool, cold).expectRows(1e9, 1_000_000);
  assert.equal(asked, 1);
  const missing = new WorkerPool(() => Promise.reject(new Error("not there")));
  await executor(missing, cold).expectRows(1e9, 1_000_000);
  const refused = new WorkerPool(() => {
    throw new Error("not here");
  });
  assert.equal(executor(refused, cold).expectRows(1e9, 1_000_000), null);
});
