import assert from "node:assert/strict";
import { test } from "node:test";
import { ENCODER_WORKER_SOURCE } from "../../src/executor/encoder_worker.generated.ts";
import type { PoolClient, PooledWorker } from "../../src/executor/pooled_worker.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { Executor, type ExecutorEvents } from "../../src/executor/executor.ts";
import type { WorkerResponse } from "../../src/executor/messages.ts";
import type { EncodedRowGroup } from "../../src/executor/row_group_assembly.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { WorkerError } from "../../src/util/errors.ts";
import { VERSION } from "../../src/util/version.ts";
import { batch, resources, schema } from "../pipeline/support.ts";

const plans = planSchema(schema, resolveOptions({ compression: "uncompressed" })).columns;

/** Worker sources that go wrong in different ways at the first slab. */
const SABOTAGE = {
  "throws outside of everything": `setTimeout(() => { throw new Error("sabotage"); });`,
  "ends": `process.exit(3);`,
  "rejects": `Promise.reject(new Error("sabotage"));`,
  "answers out of turn":
    `port.postMessage({ ...data, type: "done", slab: data.slab + 1, memoryBytes: 0, chunks: [] });`,
  "falls silent": `for (;;) {}`,
};
/** After which a busy worker of these tests is taken for silent. */
const SILENCE_MS = 3000;

const READY: WorkerResponse = { type: "ready", writer: -1, slab: null, version: VERSION };

function sabotaged(what: string): string {
  return `const { workerData } = process.getBuiltinModule("node:worker_threads");
    const port = workerData.parquetExtPort;
    port.onmessage = ({ data }) => {
      if (data.type === "modules") port.postMessage(${JSON.stringify(READY)});
      if (data.type === "slab") { ${what} }
    };`;
}

/** Writes row groups, and waits until `written`. */
async function writeGroups(
  executor: Executor,
  groups: number,
  written: Promise<void>,
): Promise<void> {
  for (let i = 0; i < groups; i++) {
    executor.append(batch(i * 20_000, 20_000).columns, 0, 20_000);
    executor.finishRowGroup(20_000);
  }
  executor.push();
  const alive = setTimeout(() => {}, 30_000);
  await written;
  clearTimeout(alive);
}

async function runToFailure(pool: WorkerPool): Promise<Error> {
  const { promise, resolve } = Promise.withResolvers<Error>();
  const events: ExecutorEvents = { rowGroup() {}, progress() {}, failed: resolve };
  const executor = new Executor(plans, resources(pool, 1), events);
  executor.append(batch(0, 1000).columns, 0, 1000);
  executor.finishRowGroup(1000);
  executor.push();
  const alive = setTimeout(() => {}, 30_000);
  const error = await promise;
  clearTimeout(alive);
  assert.equal(executor.memoryBytes, 0);
  return error;
}

for (const [name, what] of Object.entries(SABOTAGE)) {
  test(`a worker that ${name} is a WorkerError, and is never used again`, async () => {
    let source = sabotaged(what);
    const pool = new WorkerPool(() => source, SILENCE_MS);
    const error = await runToFailure(pool);
    assert.ok(error instanceof WorkerError);
    assert.equal(error.rowGroup, 0);
    assert.equal(error.column, "n");
    assert.equal(pool.workers.length, 0);

    source = ENCODER_WORKER_SOURCE;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const executor = new Executor(plans, resources(pool, 1), {
      rowGroup: ({ rows, index }) => resolve(rows + index),
      progress() {},
      failed: reject,
    });
    executor.append(batch(0, 1000).columns, 0, 1000);
    executor.finishRowGroup(1000);
    executor.push();
    assert.equal(await promise, 1000);
    for (const worker of [...pool.workers]) worker.kill();
  });
}

test("WorkerPool() starts nothing before it is asked, and shares its workers", () => {
  let started = 0;
  const pool = new WorkerPool(() => {
    started++;
    return ENCODER_WORKER_SOURCE;
  });
  assert.equal(started, 0);
  const modules = { kernels: null };
  const [first] = pool.acquire(1, modules) as [PooledWorker];
  const client: PoolClient = { done() {}, failed() {}, lost() {}, notStarted() {} };
  first.open(1, plans, {}, client);
  assert.deepEqual(pool.acquire(2, modules).map((worker) => worker.writers), [0, 1]);
  assert.equal(started, 2);
  assert.equal(pool.acquire(2, modules).length, 2);
  assert.equal(started, 2);
  first.close(1);
  assert.equal(first.writers, 0);
  for (const worker of [...pool.workers]) worker.kill();
  assert.equal(pool.workers.length, 0);
});

test("WorkerPool() makes do without workers where none can be started", async () => {
  const pool = new WorkerPool(() => {
    throw new Error("not here");
  });
  let rows = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const executor = new Executor(plans, resources(pool, 2), {
    rowGroup: (group) => {
      rows += group.rows;
      if (rows === 100_000) resolve();
    },
    progress() {},
    failed: reject,
  });
  for (let i = 0; i < 5; i++) {
    executor.append(batch(0, 20_000).columns, 0, 20_000);
    executor.finishRowGroup(20_000);
  }
  executor.push();
  await promise;
  assert.equal(executor.memoryBytes, 0);
});

/** Worker sources that go wrong before they say that they are there. */
const STILLBORN: Record<string, string | (() => Promise<string>)> = {
  "has no script": () => Promise.reject(new Error("not there")),
  "does not parse": "this is no program",
  "throws at once": `throw new Error("sabotage");`,
  "ends at once": `process.exit(0);`,
  "is of another version": `const { workerData } = process.getBuiltinModule("node:worker_threads");
    const port = workerData.parquetExtPort;
    port.onmessage = () => port.postMessage(${JSON.stringify({ ...READY, version: "0.0.0" })});`,
};

for (const [name, source] of Object.entries(STILLBORN)) {
  test(`a worker that ${name} is done without: the caller's thread writes the same, with one hint`, async () => {
    const write = async (pool: WorkerPool, parallelism: number) => {
      const groups: EncodedRowGroup[] = [];
      const hints: (Error | null)[] = [];
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const executor = new Executor(plans, resources(pool, parallelism), {
        rowGroup: (group) => groups.push(group) === 3 && resolve(),
        progress() {},
        failed: reject,
        noWorkers: (reason) => hints.push(reason),
      });
      await writeGroups(executor, 3, promise);
      assert.equal(executor.memoryBytes, 0);
      assert.equal(executor.workers, 0);
      const bytes = groups.map(({ chunks }) => chunks.map(({ parts }) => parts));
      return { bytes, hints };
    };
    const pool = new WorkerPool(() => typeof source === "string" ? source : source());
    const { bytes, hints } = await write(pool, 2);
    const alone = await write(pool, 0);
    assert.deepEqual(bytes, alone.bytes);
    assert.equal(hints.length, 1);
    assert.ok(hints[0] instanceof Error);
    assert.deepEqual(alone.hints, []);
    assert.deepEqual(pool.acquire(1, { kernels: null }), [], "no other one is tried");
  });
}

test("WorkerPool() waits for workers that say nothing once, not for one after the other", async () => {
  const pool = new WorkerPool(() => "setInterval(() => {}, 1000);", 200);
  const hints: (Error | null)[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const executor = new Executor(plans, resources(pool, 4), {
    rowGroup: ({ index }) => index === 3 && resolve(),
    progress() {},
    failed: reject,
    noWorkers: (reason) => hints.push(reason),
  });
  const lost: PooledWorker[] = [];
  let left = -1;
  for (const worker of pool.acquire(4, { kernels: null })) {
    const client: PoolClient = {
      done() {},
      failed() {},
      lost() {},
      notStarted(worker) {
        lost.push(worker);
        // Each one after the first is lost with it, before any timer runs again.
        if (lost.length === 1) queueMicrotask(() => left = pool.workers.length);
      },
    };
    worker.open(-1, plans, {}, client);
  }
  await writeGroups(executor, 4, promise);
  assert.equal(left, 0);
  assert.equal(new Set(lost).size, 4);
  assert.equal(hints.length, 1);
  assert.match(hints[0]!.message, /silent/);
  assert.equal(executor.memoryBytes, 0);
});

test("WorkerPool() gives workers work while their script is being loaded, or ends them before", async () => {
  let loaded = (_script: string): void => {};
  const pool = new WorkerPool(() => new Promise<string>((resolve) => loaded = resolve));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const events = (failed: (error: Error) => void): ExecutorEvents => ({
    rowGroup: ({ rows }) => resolve(rows),
    progress() {},
    failed,
  });
  const given = new Executor(plans, resources(pool, 1), events(reject));
  const ended = new Executor(plans, resources(pool, 1), events(reject));
  for (const executor of [given, ended]) {
    executor.append(batch(0, 1000).columns, 0, 1000);
    executor.finishRowGroup(1000);
    executor.push();
  }
  ended.end();
  assert.equal(ended.memoryBytes, 0);
  const alive = setTimeout(() => {}, 30_000);
  loaded(ENCODER_WORKER_SOURCE);
  assert.equal(await promise, 1000);
  clearTimeout(alive);
  given.end();
  const [worker] = pool.workers;
  assert.equal(worker!.outstanding, 0);
  worker!.kill();

  const late = pool.acquire(1, { kernels: null });
  late[0]!.kill();
  loaded(ENCODER_WORKER_SOURCE);
  assert.deepEqual(pool.workers, []);
});

test("row groups overlap: a single column uses every worker", async () => {
  const pool = new WorkerPool(() => ENCODER_WORKER_SOURCE);
  const single = planSchema({ ...schema, fields: [schema.fields[0]!] }, resolveOptions({})).columns;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const order: number[] = [];
  const executor = new Executor(single, resources(pool, 2), {
    rowGroup: ({ index }) => {
      order.push(index);
      if (order.length === 6) resolve();
    },
    progress() {},
    failed: reject,
  });
  const rows = batch(0, 50_000);
  const used = new Set<PooledWorker>();
  for (let i = 0; i < 6; i++) {
    executor.append(rows.columns, 0, 50_000);
    executor.finishRowGroup(50_000);
    executor.push();
    for (const worker of pool.workers) if (worker.outstanding > 0) used.add(worker);
  }
  await promise;
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
  assert.equal(used.size, 2);
  executor.end();
  for (const worker of [...pool.workers]) worker.kill();
});
