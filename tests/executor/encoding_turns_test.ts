/** Encoding on the caller's thread leaves the event loop its turns; time is counted, not measured. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { TurnBudget } from "../../src/executor/turn_budget.ts";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { TURN_MS, useClock } from "../../src/runtime/clock.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import type { ColumnBatch } from "../../src/arrow/column_array.ts";
import { AbortError } from "../../src/util/errors.ts";
import { batch, core, resources, schema, testPool } from "../pipeline/support.ts";
import { CountingClock } from "../support/counting_clock.ts";
import { WriteEnd } from "../../src/pipeline/write_end.ts";
import { WriterCore } from "../../src/pipeline/writer_core.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { decodeFileMetaDataInSteps, encodeFileMetaData } from "../../src/format/structures.ts";

afterEach(() => useClock(null));

/** A look at the clock before and after each step: twice what a turn may take, and what one step may take beyond it. */
const LONGEST = 2 * TURN_MS + 4;

/** One entry of a mebibyte, and keys that all stand for it. */
function bomb(rows: number): ColumnBatch {
  const length = 1024 * 1024 + 1;
  return {
    numRows: rows,
    byteLength: rows,
    columns: [
      {
        shape: "dictionary",
        length: rows,
        validity: null,
        keyWidth: 1,
        keys: new Uint8Array(rows),
        dictionary: {
          shape: "bytes",
          length: 1,
          validity: null,
          offsets: Int32Array.of(0, length),
          data: new Uint8Array(length).fill(97),
        },
      } as ColumnBatch["columns"][number],
    ],
  };
}

function bombWriter(signal?: AbortSignal): WriterCore {
  const utf8 = { fields: [schema.fields[1]!], metadata: schema.metadata };
  const options = resolveOptions({ compression: "zstd", ...(signal ? { signal } : {}) });
  const end = new WriteEnd(new MemorySink(), options);
  return new WriterCore(end, planWriter(utf8, options), resources(testPool(), 0));
}

test("parallelism 0: many batches that are awaited leave turns to the event loop", async () => {
  const clock = new CountingClock();
  useClock(clock);
  const sink = new MemorySink();
  const writer = core(sink, resources(testPool(), 0));
  for (let i = 0; i < 200; i++) await writer.append(batch(i * 5000, 5000));
  const metadata = await writer.close();
  assert.equal(metadata.numRows, 1_000_000);
  // 200 batches of two columns, a step each, and a millisecond a step.
  assert.ok(clock.turns >= 200 * 2 / TURN_MS - 1, `${clock.turns} turns`);
  assert.ok(clock.longest <= LONGEST, `${clock.longest} ms without a turn`);
});

test("parallelism 0: so do small ones that are encoded together", async () => {
  const clock = new CountingClock();
  useClock(clock);
  const writer = core(new MemorySink(), resources(testPool(), 0), { dataPageRowCountLimit: 1000 });
  for (let i = 0; i < 1000; i++) await writer.append(batch(i * 500, 500));
  const metadata = await writer.close();
  assert.equal(metadata.numRows, 500_000);
  // A page is a step, at the least.
  assert.ok(clock.turns >= 2 * 500 / TURN_MS - 1, `${clock.turns} turns`);
  assert.ok(clock.longest <= LONGEST, `${clock.longest} ms without a turn`);
});

test("parallelism 0: one huge batch leaves turns to the event loop, and is the same file", async () => {
  const rows = 300_000;
  const write = async () => {
    const sink = new MemorySink();
    const writer = core(sink, resources(testPool(), 0), { dataPageRowCountLimit: 1000 });
    await writer.append(batch(0, rows));
    assert.equal(writer.state, "open");
    await writer.close();
    return sink.bytes();
  };
  const atOnce = await write();
  const clock = new CountingClock();
  useClock(clock);
  const inTurns = await write();
  // A page of each column is a step.
  assert.ok(clock.turns >= 2 * rows / 1000 / TURN_MS - 1, `${clock.turns} turns`);
  assert.ok(clock.longest <= LONGEST, `${clock.longest} ms without a turn`);
  assert.deepEqual(inTurns, atOnce);
});

test("parallelism 0: what is appended while a batch waits for its turn is copied, in order", async () => {
  const clock = new CountingClock();
  useClock(clock);
  const sink = new MemorySink();
  const writer = core(sink, resources(testPool(), 0), { maxRowGroupRowCount: 1500 });
  const rows = 60;
  for (let i = 0; i < rows; i++) {
    const part = batch(i * 100, 100);
    void writer.append(part);
    for (const column of part.columns) if (column.shape === "fixed") column.values.fill(0xee);
  }
  await writer.close();
  useClock(null);
  const expected = new MemorySink();
  const plain = core(expected, resources(testPool(), 0), { maxRowGroupRowCount: 1500 });
  for (let i = 0; i < rows; i++) await plain.append(batch(i * 100, 100));
  await plain.close();
  assert.deepEqual(sink.bytes(), expected.bytes());
});

test("parallelism 0: a signal that fires in a turn aborts a batch that would take for ever", async () => {
  const clock = new CountingClock();
  useClock(clock);
  const controller = new AbortController();
  clock.onTurn = (turn) => {
    if (turn === 3) controller.abort(new Error("enough"));
  };
  const writer = bombWriter(controller.signal);
  await assert.rejects(writer.append(bomb(1_000_000)), AbortError);
  assert.ok(clock.turns <= 4, `${clock.turns} turns`);
  assert.equal(writer.memorySize, 0);
});

test("two writers on one thread take turns, whoever was first", async () => {
  const clock = new CountingClock();
  useClock(clock);
  const first = bombWriter();
  const failure = first.append(bomb(1_000_000)).catch((error) => error);
  const sink = new MemorySink();
  const second = core(sink, resources(testPool(), 0));
  await second.append(batch(0, 1000));
  const metadata = await second.close();
  assert.equal(metadata.numRows, 1000);
  await first.abort().catch(() => {});
  assert.ok(await failure instanceof AbortError);
});

test("TurnBudget() calls back those that wait one after another, as far as the turn lasts", async () => {
  const turns = new TurnBudget(10);
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = 6;
  const work = (name: string) => {
    if (left === 0) return;
    order.push(name);
    turns.spend(10);
    if (--left === 0) return resolve();
    turns.renew(() => work(name));
  };
  work("a");
  turns.renew(() => work("b"));
  await promise;
  assert.deepEqual(order, ["a", "a", "b", "a", "b", "a"]);
});

test("a run that is interrupted keeps its memory while another goes on, and gives it back", () => {
  const kernels = createKernels("typescript");
  const host = new EncoderHost(kernels);
  const before = kernels.memory.allocatedBytes;
  const window = host.window(64);
  host.open(1, []);
  host.open(2, []);
  const run = host.beginAt(1, 0);
  assert.notEqual(host.window(64), window);
  host.abandon(host.beginAt(2, 0));
  host.abandon(run);
  host.close(1);
  host.close(2);
  host.window(64);
  assert.ok(kernels.memory.allocatedBytes - before < 2 * 1024 * 1024);
});

test("parallelism 0: one huge row leaves turns to the event loop, in which a signal aborts it", async () => {
  const field = {
    name: "s",
    type: { kind: "utf8" },
    nullable: false,
    metadata: new Map(),
  } as const;
  const data = new Uint8Array(64 * 1024 * 1024).fill(97);
  const row: ColumnBatch = {
    numRows: 1,
    byteLength: data.length,
    columns: [{
      shape: "bytes",
      length: 1,
      validity: null,
      offsets: Int32Array.of(0, data.length),
      data,
    }],
  };
  const write = async (clock: CountingClock, controller = new AbortController()) => {
    useClock(clock);
    const { signal } = controller;
    const options = resolveOptions({
      compression: "uncompressed",
      dictionaryEnabled: false,
      signal,
    });
    const sink = new MemorySink();
    const plan = planWriter({ fields: [field], metadata: new Map() }, options);
    const writer = new WriterCore(new WriteEnd(sink, options), plan, resources(testPool(), 0));
    await writer.append(row);
    await writer.close();
    return sink.bytes().length;
  };
  const clock = new CountingClock();
  assert.ok(await write(clock) > data.length);
  // Checksum and storing of the page are 16 steps each, a millisecond a step.
  assert.ok(clock.turns >= Math.floor(2 * 16 / TURN_MS), `${clock.turns} turns`);
  assert.ok(clock.longest <= LONGEST, `${clock.longest} ms without a turn`);
  const controller = new AbortController();
  const aborting = new CountingClock();
  aborting.onTurn = () => controller.abort(new Error("enough"));
  await assert.rejects(write(aborting, controller), AbortError);
});

test("footers are written and read in steps, and their bytes are the same", async () => {
  const clock = new CountingClock();
  useClock(clock);
  const sink = new MemorySink();
  const writer = core(sink, resources(testPool(), 0), { maxRowGroupRowCount: 1 });
  const groups = 4000;
  await writer.append(batch(0, groups));
  const before = clock.turns;
  const metadata = await writer.close();
  assert.equal(metadata.rowGroups.length, groups);
  assert.ok(clock.turns > before, "the footer took no turn");
  assert.ok(clock.longest <= LONGEST, `${clock.longest} ms without a turn`);
  const bytes = sink.bytes();
  const footer = encodeFileMetaData(metadata);
  assert.deepEqual(bytes.subarray(bytes.length - 8 - footer.length, bytes.length - 8), footer);
  const reading = decodeFileMetaDataInSteps(footer);
  let steps = 1;
  let step = reading.next();
  for (; !step.done; step = reading.next()) steps++;
  assert.deepEqual(step.value, metadata);
  assert.ok(steps >= footer.length / 100_000, `${steps} steps for ${footer.length} bytes`);
});
