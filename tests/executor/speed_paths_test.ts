/** Ways that only save time: whoever breaks one finds all files as they were. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SegmentWriter } from "../../src/column/segment_writer.ts";
import { Executor, type ExecutorEvents } from "../../src/executor/executor.ts";
import type { RecordChunk } from "../../src/executor/record_packer.ts";
import { CostModel } from "../../src/executor/placement.ts";
import type { PooledWorker } from "../../src/executor/pooled_worker.ts";
import { Slab } from "../../src/executor/slab.ts";
import { WorkerLane } from "../../src/executor/worker_lane.ts";
import { WorkerPool } from "../../src/executor/worker_pool.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { ManualClock } from "../pipeline/manual_clock.ts";
import { batch, resources, schema, testPool } from "../pipeline/support.ts";

const plans = planSchema(schema, resolveOptions({ compression: "uncompressed" })).columns;
const QUIET: ExecutorEvents = { rowGroup() {}, progress() {}, failed: assert.ifError };

test("rows of a file that is known to be small are encoded as they come", () => {
  // No turn of the event loop is due in the middle.
  using _clock = new ManualClock();
  const pool = new WorkerPool(() => assert.fail("a worker was started"));
  const { columns } = batch(0, 1000);
  const waiting = (rows: number | null) => {
    const executor = new Executor(plans, resources(pool, 1, 1 << 20, true), QUIET);
    if (rows !== null) executor.expectRows(rows, rows);
    executor.append(columns, 0, 1000);
    const { rawBytes } = executor;
    executor.end();
    return rawBytes;
  };
  assert.equal(waiting(1000), 0);
  // One of which nobody knows has records that wait for a worker.
  assert.ok(waiting(null) > 0);
});

test("a worker has no more to do than the slabs that it is not seen to have answered", () => {
  const sent: Slab[] = [];
  const answered = new Set<Slab>();
  const worker = {
    started: true,
    isWarm: true,
    isSeenToAnswer: true,
    send: (_writer: number, slab: Slab) => void sent.push(slab),
    hasAnswered: (slab: Slab) => answered.has(slab),
    close() {},
  } as unknown as PooledWorker;
  const lane = new WorkerLane(1, new CostModel(plans), 2, 1 << 20);
  const chunk: RecordChunk = {
    id: 1,
    column: 0,
    rowGroup: 0,
    writer: new SegmentWriter(plans[0]!, 1),
  };
  const { columns } = batch(0, 1000);
  lane.start(worker);
  for (let i = 0; i < 3; i++) {
    lane.append(chunk, columns[0]!, 0, 1000);
    lane.push();
  }
  assert.equal(sent.length, 3);
  const all = lane.milliseconds;
  assert.ok(all > 0 && lane.saturated);
  // They are answered in order: what comes later does not count by itself.
  answered.add(sent[1]!);
  assert.equal(lane.milliseconds, all);
  assert.ok(lane.saturated);
  answered.add(sent[0]!);
  assert.ok(Math.abs(lane.milliseconds - all / 3) < all / 100, `${lane.milliseconds} of ${all}`);
  assert.equal(lane.saturated, false);
  // The answers have not come.
  assert.equal(lane.slabsSent, 3);
  lane.end();
});

test("slabs are used again after a worker has answered them", async () => {
  const pool = testPool();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const executor = new Executor(plans, resources(pool, 1), {
    rowGroup: () => resolve(),
    progress() {},
    failed: reject,
  });
  executor.append(batch(0, 1000).columns, 0, 1000);
  executor.finishRowGroup(1000);
  executor.push();
  await promise;
  executor.end();
  // Fresh memory holds nothing.
  assert.ok(new Slab().bytes.some((byte) => byte !== 0));
  for (const worker of [...pool.workers]) worker.kill();
});
