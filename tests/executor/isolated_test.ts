/** Option `isolated`: a writer whose workers are lost takes no other writer with it, and no other one takes it. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import {
  encoderPool,
  type Encoders,
  encodersOf,
  shareResources,
} from "../../src/executor/encoder_resources.ts";
import { ENCODER_WORKER_SOURCE } from "../../src/executor/encoder_worker.generated.ts";
import type { WorkerResponse } from "../../src/executor/messages.ts";
import { CostMemory } from "../../src/executor/placement.ts";
import type { PooledWorker } from "../../src/executor/pooled_worker.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import {
  AsyncArrowWriter,
  fromColumns,
  MemorySink,
  schema,
  t,
  toParquet,
  WorkerError,
  type WriterOptions,
} from "../../mod.ts";
import { DatasetWriter } from "../../src/dataset/mod.ts";
import { inFolder } from "../support/folder.ts";
import { VERSION } from "../../src/util/version.ts";

const READY: WorkerResponse = { type: "ready", writer: -1, slab: null, version: VERSION };
/** A worker that ends with the first slab that it gets. */
const DYING = `const { workerData } = process.getBuiltinModule("node:worker_threads");
  const port = workerData.parquetExtPort;
  port.onmessage = ({ data }) => {
    if (data.type === "modules") port.postMessage(${JSON.stringify(READY)});
    if (data.type === "slab") process.exit(3);
  };`;
const ROWS = 600_000;
const columns = { id: Float64Array.from({ length: ROWS }, (_, i) => Math.imul(i, 2654435761)) };
const options: WriterOptions = { parallelism: 1, callerThread: "free" };

/** Writers of the process share workers of one script, isolated ones have them of another. */
function scripts(shared: string, own: string): WorkerPool[] {
  const host = new EncoderHost(createKernels("typescript"));
  const pools = [new WorkerPool(() => shared)];
  const owns = (): Encoders => {
    const pool = new WorkerPool(() => own, undefined, undefined, true);
    pools.push(pool);
    return { pool, host: () => host };
  };
  shareResources({
    pool: pools[0]!,
    host: () => host,
    costs: new CostMemory(),
    modules: () => ({ kernels: null }),
    own: owns,
  });
  return pools;
}

afterEach(() => {
  for (const worker of [...encoderPool().workers]) worker.kill();
  shareResources(null);
});

/** Writes a file in two halves, with `between` in the middle. */
async function write(given: WriterOptions, between: Promise<unknown>): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, schema({ id: t.float64() }), { ...options, ...given });
  await writer.write(fromColumns(columns));
  await between;
  await writer.write(fromColumns(columns));
  await writer.close();
  return sink.bytes();
}

for (
  const [name, shared, own] of [
    ["an isolated writer", ENCODER_WORKER_SOURCE, DYING],
    ["another writer", DYING, ENCODER_WORKER_SOURCE],
  ] as const
) {
  test(`the workers of ${name} are lost: it fails, the other one does not`, async () => {
    const expected = await write({ parallelism: 0 }, Promise.resolve());
    const pools = scripts(shared, own);
    const bad = write({ isolated: own === DYING }, Promise.resolve());
    const failed = assert.rejects(bad, WorkerError);
    const bytes = await write({ isolated: own !== DYING }, failed);
    await failed;
    assert.deepEqual(bytes, expected);
    assert.equal(pools.length, 2);
    assert.deepEqual(pools[1]!.workers, [], "they ended with their writer");
  });
}

test("workers of a writer alone end with it, also where it is aborted or they were never there", async () => {
  const { pool } = encodersOf({ isolated: true, workerUrl: null });
  const client = { done() {}, failed() {}, lost() {}, notStarted: () => assert.fail() };
  for (const busy of [true, false]) {
    const [worker] = pool.acquire(1, { kernels: null }) as [PooledWorker];
    worker.open(1, [], {}, client);
    if (busy) worker.open(2, [], {}, client);
    worker.close(1);
    assert.deepEqual(pool.workers, busy ? [worker] : []);
    worker.close(2);
    assert.deepEqual(pool.workers, []);
  }
  assert.equal(pool.refusal, null);

  const controller = new AbortController();
  const writing = toParquet(fromColumns(columns), {
    ...options,
    isolated: true,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await assert.rejects(writing, { name: "AbortError" });
});

test("isolated writers write the same file, and start no worker that others use", async () => {
  const expected = await toParquet(fromColumns(columns), { parallelism: 0 });
  assert.deepEqual(await toParquet(fromColumns(columns), { ...options, isolated: true }), expected);
  assert.deepEqual(encoderPool().workers, []);
});

test("files of an isolated dataset share workers that no other writer has", async () => {
  const pools = scripts(DYING, ENCODER_WORKER_SOURCE);
  await inFolder(async (folder) => {
    const writer = new DatasetWriter(folder, schema({ id: t.float64() }), {
      options: { ...options, isolated: true },
      maxFileRows: ROWS / 2,
    });
    await writer.write(fromColumns(columns));
    assert.equal((await writer.close()).length, 2);
  });
  const [shared, ...own] = pools;
  assert.deepEqual(shared!.workers, []);
  // One that checks batches and encodes nothing, one for all files.
  assert.equal(own.length, 2);
  assert.ok(own.every(({ workers }) => workers.length === 0));
});
