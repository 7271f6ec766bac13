/** What becomes of a worker, and of those that share it, when a writer ends early or a slab never ends. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { serveEncoder } from "../../src/executor/encoder_worker.ts";
import { OPEN_CHUNK, writeControlRecord } from "../../src/executor/control_record.ts";
import type { FinishedChunk, WorkerRequest, WorkerResponse } from "../../src/executor/messages.ts";
import { returnBlock } from "../../src/util/byte_blocks.ts";
import { Slab } from "../../src/executor/slab.ts";
import {
  type PoolClient,
  type PooledWorker,
  SILENCE_MS,
} from "../../src/executor/pooled_worker.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { type Clock, type Timer, useClock } from "../../src/runtime/clock.ts";
import type { spawnWorkerThread, WorkerThreadHandlers } from "../../src/runtime/worker_thread.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { VERSION } from "../../src/util/version.ts";
import { schema } from "../pipeline/support.ts";

const columns = (compression: "uncompressed" | "brotli") =>
  planSchema(schema, resolveOptions({ compression })).columns;
const plans = columns("uncompressed");
const modules = { kernels: null };

/** Time that passes when a test says so. */
class ManualClock implements Clock {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];
  readonly turns: (() => void)[] = [];
  now(): number {
    return this.#now;
  }
  setTimer(callback: () => void, milliseconds: number): Timer {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return timer as unknown as Timer;
  }
  clearTimer(timer: Timer | undefined): void {
    this.#timers = this.#timers.filter((other) => other !== timer as unknown);
  }
  afterTurn(callback: () => void): void {
    this.turns.push(callback);
  }
  get timers(): number {
    return this.#timers.length;
  }
  /** Lets time pass: `late` says how late every timer is, as when the process was stopped. */
  pass(milliseconds: number, late = 0): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) break;
      this.clearTimer(next as unknown as Timer);
      this.#now = Math.max(this.#now, next.at) + late;
      next.callback();
    }
    this.#now = Math.max(this.#now, until);
  }
}

interface FakeThread {
  readonly requests: WorkerRequest[];
  readonly handlers: WorkerThreadHandlers;
  over: boolean;
}

/** A pool whose threads say that they are there, and do nothing more by themselves. */
function fakePool(): { pool: WorkerPool; threads: FakeThread[] } {
  const threads: FakeThread[] = [];
  const spawn: typeof spawnWorkerThread = (_source, handlers) => {
    const thread: FakeThread = { requests: [], handlers, over: false };
    threads.push(thread);
    return {
      post(message) {
        const request = message as WorkerRequest;
        thread.requests.push(request);
        if (request.type === "modules") {
          handlers.message({ type: "ready", writer: -1, slab: null, version: VERSION });
        }
      },
      keepAlive() {},
      terminate: () => thread.over = true,
    };
  };
  return { pool: new WorkerPool(() => "", undefined, spawn), threads };
}

class Client implements PoolClient {
  done_ = 0;
  error: Error | null = null;
  done(): void {
    this.done_++;
  }
  failed(_worker: PooledWorker, error: Error): void {
    this.error = error;
  }
  lost(_worker: PooledWorker, error: Error): void {
    this.error = error;
  }
  notStarted(_worker: PooledWorker, error: Error): void {
    this.error = error;
  }
}

function answer(
  thread: FakeThread,
  writer: number,
  slab: number,
  chunks: readonly FinishedChunk[] = [],
): void {
  const buffer = new ArrayBuffer(16);
  const message = {
    type: "done",
    writer,
    slab,
    buffer,
    memoryBytes: 0,
    kernelBytes: 0,
    milliseconds: 0,
    chunks,
  } as const;
  thread.handlers.message(message satisfies WorkerResponse);
}

function slabOf(used: number): Slab {
  const slab = new Slab();
  slab.used = used;
  return slab;
}

const clock = new ManualClock();
afterEach(() => useClock(null));

test("a busy worker that has fallen silent is given to no new writer, unless it is heard again", () => {
  useClock(clock);
  const { pool, threads } = fakePool();
  const [worker] = pool.acquire(1, modules) as [PooledWorker];
  const first = new Client(), second = new Client();
  worker.open(1, plans, {}, first);
  worker.send(1, slabOf(64));
  clock.pass(SILENCE_MS / 8 - 1);
  assert.deepEqual(pool.acquire(1, modules), [worker]);
  clock.pass(SILENCE_MS / 8);
  const [fresh] = pool.acquire(1, modules) as [PooledWorker];
  assert.notEqual(fresh, worker);
  fresh.open(2, plans, {}, second);
  fresh.send(2, slabOf(64));
  // A word is enough.
  threads[0]!.handlers.message({ type: "working", writer: -1, slab: null, bytes: 0 });
  assert.ok(worker.available);
  for (let ms = 0; ms < SILENCE_MS * 2; ms += 1000) {
    clock.pass(1000);
    threads[1]!.handlers.message({ type: "working", writer: -1, slab: null, bytes: 0 });
  }
  assert.match(first.error!.message, /silent/);
  answer(threads[1]!, 2, 0);
  assert.equal(second.error, null);
  assert.equal(second.done_, 1);
  for (const other of [...pool.workers]) other.kill();
});

test("a worker that has not dropped an ended writer's slab is given to nobody, and is replaced", () => {
  useClock(clock);
  const { pool, threads } = fakePool();
  const [worker] = pool.acquire(1, modules) as [PooledWorker];
  worker.open(1, plans, {}, new Client());
  worker.send(1, slabOf(64));
  worker.close(1);
  const [next] = pool.acquire(1, modules) as [PooledWorker];
  assert.notEqual(next, worker);
  assert.equal(threads[0]!.over, false, "it has its grace");
  clock.pass(10_000);
  assert.equal(threads[0]!.over, true);
  assert.deepEqual(pool.workers, [next]);
  next.kill();
  assert.equal(clock.timers, 0);
});

test("a worker that drops an ended writer's slab in time is used again, and none is left over", () => {
  useClock(clock);
  const { pool, threads } = fakePool();
  const [worker] = pool.acquire(1, modules) as [PooledWorker];
  worker.open(1, plans, {}, new Client());
  worker.send(1, slabOf(64));
  worker.close(1);
  answer(threads[0]!, 1, 0);
  assert.deepEqual(pool.acquire(1, modules), [worker]);

  worker.open(2, plans, {}, new Client());
  worker.send(2, slabOf(64));
  worker.close(2);
  const [other] = pool.acquire(1, modules) as [PooledWorker];
  answer(threads[0]!, 2, 1);
  assert.deepEqual(pool.workers, [other], "the pool is as large as it was");
  assert.equal(threads[0]!.over, true);
  other.kill();
  assert.equal(clock.timers, 0);
});

test("a writer that shares a worker with an ended one keeps it until it is done", () => {
  useClock(clock);
  const { pool, threads } = fakePool();
  const [worker] = pool.acquire(1, modules) as [PooledWorker];
  const client = new Client();
  worker.open(1, plans, {}, new Client());
  worker.open(2, plans, {}, client);
  worker.send(1, slabOf(64));
  worker.send(2, slabOf(64));
  worker.close(1);
  clock.pass(2000);
  assert.equal(pool.workers.length, 0, "nobody else gets it");
  assert.equal(threads[0]!.over, false);
  answer(threads[0]!, 2, 1);
  assert.equal(client.done_, 1);
  worker.send(2, slabOf(64));
  answer(threads[0]!, 1, 0);
  answer(threads[0]!, 2, 2);
  assert.equal(client.done_, 2);
  assert.equal(client.error, null);
  worker.close(2);
  assert.equal(threads[0]!.over, true);
  assert.equal(clock.timers, 0);
});

test("a silent worker is found in seconds; one that says it works, or has much to do in one step, is not", () => {
  useClock(clock);
  const { pool, threads } = fakePool();
  const start = (slabBytes: number, codec: "uncompressed" | "brotli" = "uncompressed") => {
    const [worker] = pool.acquire(1, modules) as [PooledWorker];
    const client = new Client();
    worker.open(1, columns(codec), {}, client);
    worker.send(1, slabOf(slabBytes));
    return { client, thread: threads.at(-1)!, worker };
  };
  const silent = start(64);
  clock.pass(11_000);
  assert.match(silent.client.error!.message, /silent for 10 s/);
  assert.equal(silent.thread.over, true);

  const busy = start(64);
  const working = { type: "working", writer: -1, slab: null, bytes: 0 } as const;
  for (let i = 0; i < 100; i++) {
    clock.pass(8000);
    busy.thread.handlers.message(working satisfies WorkerResponse);
  }
  busy.thread.handlers.message({ ...working, bytes: 64 * 1024 * 1024 } satisfies WorkerResponse);
  clock.pass(600_000);
  assert.equal(busy.client.error, null);
  clock.pass(200_000);
  assert.match(busy.client.error!.message, /silent/);

  const slow = start(1024 * 1024, "brotli");
  clock.pass(60_000);
  assert.equal(slow.client.error, null, "brotli may take longer than others");
  clock.pass(60_000);
  assert.match(slow.client.error!.message, /silent/);
  assert.equal(clock.timers, 0);
});

test("time in which this thread could not listen is not a worker's silence", () => {
  useClock(clock);
  const { pool, threads } = fakePool();
  const [worker] = pool.acquire(1, modules) as [PooledWorker];
  const client = new Client();
  worker.open(1, plans, {}, client);
  worker.send(1, slabOf(64));
  // An hour late, as after a laptop's sleep.
  clock.pass(4000, 3_600_000);
  assert.equal(client.error, null);
  answer(threads[0]!, 1, 0);
  assert.equal(client.done_, 1);
  worker.kill();
  assert.equal(clock.timers, 0);
});

test("serveEncoder() drops a writer's slow slab at the next turn, and serves others in between", () => {
  useClock(clock);
  const kernels = createKernels("typescript");
  const answers: string[] = [];
  let steps = 0;
  const host = new EncoderHost(kernels, () => ({
    memoryBytes: 0,
    begin() {},
    // Writer 1 never ends.
    advance() {
      steps++;
      clock.pass(5);
      return true;
    },
    settle: () => false,
    finish: () => assert.fail("nothing ends"),
    dispose() {},
  }));
  const serve = serveEncoder(
    { postMessage: ({ type, writer }) => answers.push(`${type} ${writer}`) },
    () => host,
  );
  const open = new Uint8Array(32);
  writeControlRecord(new Int32Array(open.buffer), 0, OPEN_CHUNK, 1, 0, 0);
  const endless = new Uint8Array(64);
  endless.set(open);
  new Int32Array(endless.buffer, 32, 3).set([32, 1, 1]);
  const slab = (writer: number, ordinal: number, bytes: Uint8Array<ArrayBuffer>) =>
    serve({
      type: "slab",
      writer,
      slab: ordinal,
      buffer: bytes.slice().buffer,
      byteLength: bytes.length,
      blocks: [],
    });
  const turn = () => clock.turns.splice(0).forEach((callback) => callback());

  serve({ type: "modules", modules, answered: null });
  for (const writer of [1, 2]) serve({ type: "open", writer, plans, codecs: {} });
  slab(1, 0, endless);
  assert.ok(steps > 0 && steps <= 8, `${steps} steps before a turn`);
  slab(2, 1, open);
  turn();
  turn();
  assert.deepEqual(answers, ["ready -1", "done 2"]);
  const before = steps;
  for (let i = 0; i < 100; i++) turn();
  assert.ok(steps > before + 100);
  assert.ok(answers.includes("working -1"), "it says that it is alive");
  serve({ type: "close", writer: 1 });
  assert.equal(answers.at(-1), "done 1");
  const atClose = steps;
  turn();
  turn();
  assert.equal(steps, atClose);
  assert.equal(clock.turns.length, 0);
});

test("serveEncoder() gives up kernel memory that huge rows took, once no writer needs it", () => {
  let hosts = 0;
  let host: EncoderHost | null = null;
  const serve = serveEncoder({ postMessage: () => {} }, () => {
    hosts++;
    return host = new EncoderHost(createKernels("typescript"));
  });
  serve({ type: "modules", modules, answered: null });
  const open = (writer: number) => serve({ type: "open", writer, plans, codecs: {} });
  open(1);
  open(2);
  host!.window(280 * 1024 * 1024);
  serve({ type: "close", writer: 1 });
  open(3);
  assert.equal(hosts, 1, "another writer is there");
  serve({ type: "close", writer: 2 });
  serve({ type: "close", writer: 3 });
  open(4);
  assert.equal(hosts, 2);
  serve({ type: "close", writer: 4 });
  open(5);
  assert.equal(hosts, 2, "what is small is kept");
});

test("a huge row counts with what it takes in kernel memory too, and its buffer is gone at once", () => {
  const size = 8 * 1024 * 1024;
  const huge = new Slab(size);
  huge.used = size;
  assert.equal(huge.heldBytes, 7 * size);
  assert.equal(slabOf(64).heldBytes, 64);

  let answers: WorkerResponse[] = [];
  const host = new EncoderHost(createKernels("typescript"));
  const serve = serveEncoder({ postMessage: (message) => answers.push(message) }, () => host);
  serve({ type: "modules", modules, answered: null });
  answers = [];
  serve({ type: "open", writer: 1, plans, codecs: {} });
  writeControlRecord(huge.words, 0, OPEN_CHUNK, 1, 0, 0);
  serve({ type: "slab", writer: 1, slab: 0, buffer: huge.buffer, byteLength: 32, blocks: [] });
  assert.equal((huge.buffer as ArrayBuffer).detached, true);
  assert.equal(answers.length, 1);
  assert.equal(answers[0]!.type, "done");
});

test("blocks of column chunks go back to the worker that made them, no more than came", () => {
  useClock(clock);
  const { pool, threads } = fakePool();
  const [worker] = pool.acquire(1, modules) as [PooledWorker];
  worker.open(1, plans, {}, new Client());
  const blocks = [64, 64, 4].map((kibibytes) => new Uint8Array(kibibytes * 1024));
  worker.send(1, slabOf(64));
  const chunk = { parts: blocks } as unknown as FinishedChunk["chunk"];
  answer(threads[0]!, 1, 0, [{ rowGroup: 0, chunk, milliseconds: 1, recordBytes: 1 }]);
  const sent = () => {
    worker.send(1, slabOf(64));
    const request = threads[0]!.requests.at(-1)!;
    assert.equal(request.type, "slab");
    return request.type === "slab" ? request.blocks : [];
  };
  // Others of this thread, which are not the worker's.
  for (let i = 0; i < 4; i++) returnBlock(new Uint8Array(64 * 1024));
  for (const block of blocks) returnBlock(block);
  assert.deepEqual(new Set(sent()), new Set([blocks[0]!.buffer, blocks[1]!.buffer]));
  assert.deepEqual(sent(), []);
  worker.kill();
});
