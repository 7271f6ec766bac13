/** Callbacks that call the writer: their calls come after the one that is running, in order. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, test } from "node:test";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { AbortError, WriterStateError } from "../../src/util/errors.ts";
import { verified } from "../support/verified.ts";
import { GatedSink, turns } from "./gated_sink.ts";
import { batch, core, resources, scribble, testPool } from "./support.ts";

const pool = testPool();
after(() => {
  for (const worker of [...pool.workers]) worker.kill();
});

const options = { maxRowGroupRowCount: 700 };

/** The file of these batches, written one after another; `null` stands for a flush. */
async function fileOf(parts: readonly (readonly [from: number, rows: number] | null)[]) {
  const sink = new MemorySink();
  const writer = core(sink, resources(pool, 0), options);
  for (const part of parts) await (part === null ? writer.flush() : writer.append(batch(...part)));
  await writer.close();
  return sink.bytes();
}

/** A sink in memory that calls back. */
function calling(
  call: (name: "write" | "close" | "abort", ordinal: number) => void,
): Sink & { readonly memory: MemorySink; readonly calls: string[] } {
  const memory = new MemorySink();
  const calls: string[] = [];
  const note = (name: "write" | "close" | "abort") => {
    calls.push(name);
    call(name, calls.filter((made) => made === name).length - 1);
  };
  return {
    memory,
    calls,
    takesSmallWrites: true,
    write: (bytes) => (note("write"), memory.write(bytes)),
    close: () => (note("close"), memory.close()),
    abort: () => (note("abort"), memory.abort()),
  };
}

for (const parallelism of [0, 2]) {
  const who = parallelism === 0 ? "inline" : "with workers";

  test(`onProgress that writes and flushes: its rows come after the batch that is being taken, ${who}`, async () => {
    const sink = new MemorySink();
    let step = 0;
    const order: (readonly [number, number] | null)[] = [];
    const writer = core(sink, resources(pool, parallelism), {
      ...options,
      onProgress: () => {
        if (step++ > 5) return;
        const rows = batch(10_000 + step * 100, 100);
        order.push([10_000 + step * 100, 100]);
        void writer.append(rows);
        scribble(rows);
        if (step % 3 !== 0) return;
        order.push(null);
        void writer.flush();
      },
    });
    for (let i = 0; i < 5; i++) {
      order.push([i * 1500, 1500]);
      await writer.append(batch(i * 1500, 1500));
      await turns(2);
    }
    const { numRows } = await writer.close();
    assert.equal(step > 5, true);
    assert.equal(numRows, 5 * 1500 + 6 * 100);
    assert.ok(Buffer.from(await fileOf(order)).equals(await verified(sink.bytes())));
  });

  test(`onProgress that closes in the middle of a batch: the whole batch is in the file, ${who}`, async () => {
    const sink = new MemorySink();
    let closed: Promise<unknown> | null = null;
    const writer = core(sink, resources(pool, parallelism), {
      ...options,
      onProgress: () => void (closed ??= writer.close()),
    });
    await writer.append(batch(0, 5000));
    await closed;
    assert.equal((await writer.close()).numRows, 5000);
    assert.ok(Buffer.from(await fileOf([[0, 5000]])).equals(sink.bytes()));
  });

  test(`onProgress that aborts: nothing more is written, ${who}`, async () => {
    const sink = new GatedSink();
    const writer = core(sink, resources(pool, parallelism), {
      ...options,
      onProgress: () => void writer.abort("enough"),
    });
    await assert.rejects(
      writer.append(batch(0, 5000)),
      (error: unknown) => error instanceof AbortError || error instanceof WriterStateError,
    );
    await turns();
    assert.deepEqual(sink.names, ["abort"]);
  });

  test(`a sink whose write writes, flushes and closes: nothing is lost or reordered, ${who}`, async () => {
    let calls = 0;
    const order: (readonly [number, number] | null)[] = [];
    const sink = calling((name) => {
      if (name !== "write" || calls >= 8) return;
      const from = 10_000 + calls++ * 250;
      order.push([from, 250]);
      void writer.append(batch(from, 250));
      if (calls === 4) {
        order.push(null);
        void writer.flush();
      }
      if (calls === 8) void writer.close();
    });
    const writer = core(sink, resources(pool, parallelism), options);
    order.push([0, 3000]);
    await writer.append(batch(0, 3000));
    order.push(null);
    await writer.flush().catch(() => {});
    const metadata = await writer.close();
    assert.equal(metadata.numRows, 3000 + 8 * 250);
    assert.equal(sink.calls.at(-1), "close");
    const file = await verified(sink.memory.bytes());
    assert.ok(Buffer.from(await fileOf(order)).equals(file));
  });

  test(`a sink whose close and abort call the writer: they are refused, and the end stays what it is, ${who}`, async () => {
    for (const end of ["close", "abort"] as const) {
      const refused: Promise<unknown>[] = [];
      const sink = calling((name) => {
        if (name === "write") return;
        refused.push(writer.append(batch(0, 1)), writer.flush());
        void writer.close().catch(() => {});
        if (name === "abort") void writer.abort("again");
      });
      const writer = core(sink, resources(pool, parallelism), options);
      await writer.append(batch(0, 1000));
      if (end === "close") assert.equal((await writer.close()).numRows, 1000);
      else await writer.abort("enough");
      await turns();
      assert.equal(refused.length, 2);
      for (const promise of refused) {
        await assert.rejects(
          promise,
          (error: unknown) => error instanceof WriterStateError || error instanceof AbortError,
        );
      }
      assert.deepEqual(sink.calls.filter((name) => name !== "write"), [end]);
    }
  });

  test(`onProgress is never called while it runs, and hears of everything in the end, ${who}`, async () => {
    let running = 0, most = 0, last = 0;
    const writer = core(new MemorySink(), resources(pool, parallelism), {
      ...options,
      onProgress: ({ rowsWritten, bufferedRows, encodingRows }) => {
        most = Math.max(most, ++running);
        last = rowsWritten + bufferedRows + encodingRows;
        if (last < 20_000) void writer.append(batch(last, 1000));
        running--;
      },
    });
    await writer.append(batch(0, 1000));
    while (last < 20_000) await turns(1);
    const { numRows } = await writer.close();
    assert.equal(most, 1);
    assert.equal(last, numRows);
  });

  test(`a failure of onProgress fails the call that it came in, ${who}`, async () => {
    const failure = new Error("progress");
    const sink = new GatedSink();
    const writer = core(sink, resources(pool, parallelism), {
      onProgress: () => {
        throw failure;
      },
    });
    await assert.rejects(writer.append(batch(0, 10)), failure);
    await assert.rejects(writer.close(), (error: unknown) => {
      assert.ok(error instanceof WriterStateError);
      assert.equal(error.cause, failure);
      return true;
    });
    assert.deepEqual(sink.names, ["abort"]);
  });
}

test("a sink that waits for close() in its own write waits for itself, until the signal ends it", async () => {
  const controller = new AbortController();
  const sink: Sink = {
    write: async () => void await writer.close(),
    close: () => {},
    abort: () => {},
  };
  const writer = core(sink, resources(pool, 0), { signal: controller.signal });
  await writer.append(batch(0, 1000));
  const closed = writer.close();
  closed.catch(() => {});
  await turns();
  assert.equal(writer.state, "closing");
  controller.abort("enough");
  await assert.rejects(closed, AbortError);
});
