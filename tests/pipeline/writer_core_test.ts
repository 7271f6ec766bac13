import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, test } from "node:test";
import { EncoderHost, type HostResult, type SlabRun } from "../../src/executor/encoder_host.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import { createKernels } from "../../src/kernels/load_kernels.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import {
  AbortError,
  SinkError,
  SinkTimeoutError,
  WorkerError,
  WriterStateError,
} from "../../src/util/errors.ts";
import { batch, core, FaultySink, resources, scribble, settle, testPool } from "./support.ts";
import { verified } from "../support/verified.ts";

const pool = testPool();
after(() => {
  for (const worker of [...pool.workers]) worker.kill();
});

async function write(
  parallelism: number,
  rows: number,
  step: number,
  options = {},
  inlineBytes = 1,
  callerShares = false,
): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = core(sink, resources(pool, parallelism, inlineBytes, callerShares), options);
  for (let from = 0; from < rows; from += step) {
    await writer.append(batch(from, Math.min(step, rows - from)));
  }
  const metadata = await writer.close();
  assert.equal(metadata.numRows, rows);
  assert.equal(writer.memorySize, 0);
  return await verified(sink.bytes());
}

test("the same rows give the same bytes, however batched and with however many workers", async () => {
  const options = { maxRowGroupRowCount: 7000 };
  const expected = await write(0, 30_000, 30_000, options);
  for (const parallelism of [0, 1, 2, 3]) {
    for (const step of [333, 7000, 10_001]) {
      for (const shares of [false, true]) {
        const found = await write(parallelism, 30_000, step, options, 1, shares);
        const what =
          `${parallelism} workers, batches of ${step}, the caller's thread shares: ${shares}`;
        assert.ok(Buffer.from(found).equals(expected), what);
      }
    }
  }
});

test("the same holds where row groups end by bytes, and where workers come in later", async () => {
  const options = { maxRowGroupBytes: 100_000 };
  const expected = await write(0, 30_000, 30_000, options);
  for (const [parallelism, step, inlineBytes] of [[0, 100, 1], [2, 999, 1], [2, 1000, 200_000]]) {
    for (const shares of [false, true]) {
      const found = await write(parallelism!, 30_000, step!, options, inlineBytes!, shares);
      const what =
        `${parallelism} workers, batches of ${step}, the caller's thread shares: ${shares}`;
      assert.ok(Buffer.from(found).equals(expected), what);
    }
  }
});

/** Counts the column chunks that end on this thread. */
class CountingHost extends EncoderHost {
  chunks = 0;

  override result(run: SlabRun): HostResult {
    const result = super.result(run);
    this.chunks += result.chunks.length;
    return result;
  }
}

test("the caller's thread encodes a part beside the workers, unless it is to be free", async () => {
  for (const callerShares of [true, false]) {
    const host = new CountingHost(createKernels());
    const writer = core(new MemorySink(), {
      ...resources(pool, 1, 1, callerShares),
      host: () => host,
    });
    for (let from = 0; from < 100_000; from += 10_000) {
      await writer.append(batch(from, 10_000));
    }
    assert.equal(writer.workers, 1);
    await writer.close();
    assert.equal(host.chunks, callerShares ? 1 : 0);
  }
});

test("a small file uses no worker", async () => {
  const fresh = testPool();
  const writer = core(new MemorySink(), resources(fresh, 2, 1024 * 1024));
  await writer.append(batch(0, 1000));
  await writer.flush();
  await writer.append(batch(1000, 1000));
  const { rowGroups } = await writer.close();
  assert.deepEqual(rowGroups.map((rowGroup) => rowGroup.numRows), [1000, 1000]);
  assert.equal(fresh.workers.length, 0);
});

test("no batch, and empty batches, give a valid file without empty row groups", async () => {
  for (const parallelism of [0, 2]) {
    assert.equal((await write(parallelism, 0, 1)).slice(-4).join(), "80,65,82,49");
    const writer = core(new MemorySink(), resources(pool, parallelism));
    await writer.append(batch(0, 0));
    await writer.append(batch(0, 10));
    await writer.append(batch(0, 0));
    await writer.flush();
    await writer.flush();
    const { rowGroups } = await writer.close();
    assert.equal(rowGroups.length, 1);
  }
});

test("500 writes that are not awaited, then the input is mutated: exact and ordered", async () => {
  const expected = await write(0, 50_000, 50_000, { maxRowGroupRowCount: 9999 });
  for (const parallelism of [0, 2]) {
    const sink = new MemorySink();
    const writer = core(sink, resources(pool, parallelism), {
      maxRowGroupRowCount: 9999,
      memoryBudget: 1_000_000,
    });
    const pending: Promise<void>[] = [];
    for (let i = 0; i < 500; i++) {
      const rows = batch(i * 100, 100);
      pending.push(writer.append(rows));
      scribble(rows);
    }
    const closed = writer.close();
    await Promise.all([...pending, closed]);
    assert.ok(Buffer.from(sink.bytes()).equals(expected), `${parallelism} workers`);
  }
});

test("a slow sink holds writes back: memory stays within the budget", async () => {
  for (const parallelism of [0, 2]) {
    const memoryBudget = 2_000_000;
    let waiting = 0;
    let most = 0;
    const sink = {
      async write(bytes: Uint8Array) {
        waiting++;
        await settle(1 + bytes.length / 500_000);
      },
      close() {},
      abort() {},
    };
    const writer = core(sink, resources(pool, parallelism), {
      memoryBudget,
      dictionaryEnabled: false,
    });
    const rows = batch(0, 10_000);
    let given = 0;
    while (given < 10 * memoryBudget) {
      await writer.append(rows);
      given += rows.byteLength;
      most = Math.max(most, writer.heldBytes);
    }
    await writer.close();
    assert.ok(waiting > 10, `${waiting} writes`);
    assert.ok(
      most <= memoryBudget + 1.2 * rows.byteLength,
      `${most} bytes, ${parallelism} workers`,
    );
    assert.ok(most > memoryBudget / 4, `${most} bytes`);
    assert.equal(writer.memorySize, 0);
  }
});

test("memorySize counts the kernel memory of the threads that encode", async () => {
  for (const parallelism of [0, 1]) {
    const writer = core(new MemorySink(), resources(pool, parallelism));
    assert.equal(writer.kernelBytes, 0);
    await writer.append(batch(0, 100_000));
    await writer.flush();
    assert.ok(writer.kernelBytes >= 65536, `${writer.kernelBytes} bytes`);
    assert.equal(writer.memorySize, writer.heldBytes + writer.kernelBytes);
    await writer.close();
    assert.equal(writer.memorySize, 0);
  }
});

test("a row group that is larger than the budget alone goes on", async () => {
  for (const parallelism of [0, 2]) {
    const options = { memoryBudget: 1, dictionaryEnabled: false };
    const bytes = await write(parallelism, 100, 7, options);
    assert.equal((await readParquetMetadata(bytes)).rowGroups.length, 100);
  }
});

test("a flush during another one's last write, then close: both flushes resolve", async () => {
  const written: (() => void)[] = [];
  const sink = {
    write: () => new Promise<void>((resolve) => written.push(resolve)),
    close() {},
    abort() {},
  };
  const writer = core(sink, resources(pool, 0));
  await writer.append(batch(0, 10));
  const flushes = [writer.flush()];
  await settle();
  assert.equal(written.length, 1);
  flushes.push(writer.flush());
  const closed = writer.close();
  written[0]!();
  await Promise.all(flushes);
  await settle();
  written[1]!();
  await closed;
});

test("a write whose records cannot be encoded when room is asked for is refused", async () => {
  const host = () => {
    throw new RangeError("no memory");
  };
  const options = { memoryBudget: 300 };
  const writer = core(new FaultySink(), { ...resources(pool, 1, 1e9), host }, options);
  const writing = writer.append(batch(0, 30)).then(() => "resolved", (error) => error.message);
  assert.equal(await Promise.race([writing, settle().then(() => "left waiting")]), "no memory");
});

test("flush() ends the row group and waits for the sink", async () => {
  const sink = new FaultySink();
  const writer = core(sink, resources(pool, 2));
  await writer.append(batch(0, 1000));
  assert.equal(writer.inProgressRows, 1000);
  assert.ok(writer.inProgressSize > 8000);
  assert.ok(writer.memorySize > 8000);
  await writer.flush();
  assert.equal(writer.inProgressRows, 0);
  assert.equal(writer.inProgressSize, 0);
  assert.equal(writer.flushedRowGroups.length, 1);
  assert.equal(writer.bytesWritten, sink.byteLength);
  await writer.close();
  assert.equal(writer.bytesWritten, sink.byteLength);
  assert.deepEqual(sink.terminal, ["close"]);
});

test("progress counts rows on their way", async () => {
  const seen: number[] = [];
  const writer = core(new MemorySink(), resources(pool, 0), {
    maxRowGroupRowCount: 1000,
    onProgress: ({ bufferedRows, encodingRows, rowsWritten }) => {
      seen.push(bufferedRows + encodingRows + rowsWritten);
    },
  });
  for (let i = 0; i < 5; i++) await writer.append(batch(i * 700, 700));
  await writer.close();
  assert.deepEqual(writer.progress.rowsWritten, 3500);
  assert.equal(writer.progress.rowGroupsWritten, 4);
  assert.equal(seen.at(-1), 3500);
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
});

test("close() again returns the same promise; all else is refused", async () => {
  const writer = core(new FaultySink(), resources(pool, 0));
  const closed = writer.close();
  assert.equal(writer.close(), closed);
  await assert.rejects(writer.append(batch(0, 1)), WriterStateError);
  await closed;
  assert.equal(writer.close(), closed);
  await assert.rejects(writer.append(batch(0, 1)), WriterStateError);
  await assert.rejects(writer.flush(), WriterStateError);
  assert.throws(() => writer.appendKeyValueMetadata("a", "b"), WriterStateError);
  await writer.abort("too late");
  assert.equal(writer.state, "closed");
});

for (const parallelism of [0, 2]) {
  const who = parallelism === 0 ? "inline" : "with workers";

  test(`a sink that rejects: SinkError, one abort, no later write, ${who}`, async () => {
    const fault = new Error("disk full");
    const sink = new FaultySink({ "write 1": fault });
    const writer = core(sink, resources(pool, parallelism), { maxRowGroupRowCount: 1000 });
    await writer.append(batch(0, 1000));
    await writer.flush();
    const pending = writer.append(batch(1000, 500));
    const flushed = writer.flush();
    const closed = writer.close();
    await pending;
    for (const promise of [flushed, closed]) {
      await assert.rejects(promise, (error: unknown) => {
        assert.ok(error instanceof SinkError);
        assert.equal(error.cause, fault);
        assert.equal(error.outcome, "failed");
        assert.equal(error.bytesAccepted, sink.byteLength);
        return true;
      });
    }
    await assert.rejects(writer.append(batch(0, 1)), { name: "WriterStateError" });
    await settle();
    assert.deepEqual(sink.calls, ["write 0", "write 1", "abort"]);
    assert.equal(writer.memorySize, 0);
    await write(parallelism, 1000, 100);
  });

  test(`a failure that nobody was told of is told once, ${who}`, async () => {
    const sink = new FaultySink({ "write 0": new Error("disk full") });
    const writer = core(sink, resources(pool, parallelism));
    void writer.append(batch(0, 200_000));
    void writer.flush();
    for (let turn = 0; turn < 2000 && writer.state !== "failed"; turn++) await settle(5);
    void writer.append(batch(0, 1));
    await assert.rejects(writer.append(batch(0, 1)), SinkError);
    await assert.rejects(writer.append(batch(0, 1)), WriterStateError);
    await assert.rejects(writer.close(), (error: unknown) => {
      assert.ok(error instanceof WriterStateError);
      assert.ok(error.cause instanceof SinkError);
      return true;
    });
  });

  test(`close() tells of a failure that nobody was told of, ${who}`, async () => {
    const sink = new FaultySink({ "write 0": new Error("disk full") });
    const writer = core(sink, resources(pool, parallelism));
    void writer.append(batch(0, 200_000));
    void writer.flush();
    for (let turn = 0; turn < 2000 && writer.state !== "failed"; turn++) await settle(5);
    void writer.append(batch(0, 1));
    await assert.rejects(writer.close(), SinkError);
    await assert.rejects(writer.append(batch(0, 1)), WriterStateError);
  });

  test(`a silent sink: SinkTimeoutError without waiting for it, ${who}`, async () => {
    const sink = new FaultySink({ "write 0": "never", abort: "never" });
    const writer = core(sink, resources(pool, parallelism), { sinkTimeoutMs: 30 });
    await writer.append(batch(0, 1000));
    await assert.rejects(writer.close(), SinkTimeoutError);
    assert.deepEqual(sink.calls, ["write 0", "abort"]);
  });

  test(`a commit that fails: outcome unknown, no abort, ${who}`, async () => {
    const sink = new FaultySink({ close: new Error("rename") });
    const writer = core(sink, resources(pool, parallelism));
    await writer.append(batch(0, 1000));
    await assert.rejects(writer.close(), { name: "SinkError", outcome: "unknown" });
    assert.deepEqual(sink.terminal, ["close"]);
    assert.equal(writer.state, "failed");
  });

  test(`a signal: AbortError with the reason, without waiting for the sink, ${who}`, async () => {
    const controller = new AbortController();
    const sink = new FaultySink({ "write 0": "never", abort: "never" });
    const writer = core(sink, resources(pool, parallelism), { signal: controller.signal });
    await writer.append(batch(0, 1000));
    const closed = writer.close();
    await settle(5);
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(closed, (error: unknown) => {
      assert.ok(error instanceof AbortError);
      assert.equal(error.cause, reason);
      return true;
    });
    assert.deepEqual(sink.terminal, ["abort"]);
    assert.equal(writer.memorySize, 0);
  });

  test(`abort() rejects what is pending and is idempotent, ${who}`, async () => {
    const sink = new FaultySink();
    const writer = core(sink, resources(pool, parallelism));
    await writer.append(batch(0, 100_000));
    const flushed = writer.flush();
    const aborted = writer.abort("why");
    await assert.rejects(flushed, { name: "AbortError", cause: "why" });
    assert.equal(writer.abort(), aborted);
    await aborted;
    await assert.rejects(writer.append(batch(0, 1)), WriterStateError);
    await assert.rejects(writer.close(), WriterStateError);
    assert.deepEqual(sink.terminal, ["abort"]);
  });
}

test("a signal that was aborted before: AbortError, one abort, nothing written", async () => {
  const sink = new FaultySink();
  const writer = core(sink, resources(pool, 0), { signal: AbortSignal.abort("before") });
  await assert.rejects(writer.append(batch(0, 1)), AbortError);
  await assert.rejects(writer.append(batch(0, 1)), WriterStateError);
  assert.deepEqual(sink.calls, ["abort"]);
});

test("a signal after the end changes nothing", async () => {
  const controller = new AbortController();
  const sink = new FaultySink();
  const writer = core(sink, resources(pool, 0), { signal: controller.signal });
  await writer.close();
  controller.abort();
  assert.equal(writer.state, "closed");
  assert.deepEqual(sink.terminal, ["close"]);
});

test("abort() reports a sink that cannot be aborted", async () => {
  const sink = new FaultySink({ abort: new Error("stuck") });
  const writer = core(sink, resources(pool, 0));
  await assert.rejects(writer.abort(), SinkError);
});

test("races of write, flush, close and abort: one terminal call, and everything settles", async () => {
  let seed = 1;
  const random = (n: number) => (seed = Math.imul(seed, 48271) & 0x7fffffff) % n;
  for (let round = 0; round < 60; round++) {
    const controller = new AbortController();
    const faults = random(3) === 0 ? { [`write ${random(3)}`]: new Error("x") } : {};
    const sink = new FaultySink(faults as Record<string, Error>);
    const writer = core(sink, resources(pool, random(3)), {
      signal: controller.signal,
      maxRowGroupRowCount: 500,
      memoryBudget: 50_000,
    });
    const pending: Promise<unknown>[] = [];
    for (let step = 0; step < 12; step++) {
      const calls = [
        () => writer.append(batch(0, 1 + random(900))),
        () => writer.append(batch(0, 1 + random(900))),
        () => writer.flush(),
        () => settle(0),
        () => step > 6 ? writer.close() : settle(0),
        () => step > 8 && random(2) === 0 ? writer.abort("a") : settle(0),
        () => {
          if (step > 8 && random(2) === 0) controller.abort();
          return settle(0);
        },
      ];
      const call = calls[random(calls.length)]!();
      pending.push(call);
      if (random(2) === 0) await call.catch(() => {});
    }
    pending.push(writer.close());
    await Promise.allSettled(pending);
    await writer.abort().catch(() => {});
    await settle(0);
    assert.equal(sink.terminal.length, 1, `round ${round}: ${sink.calls}`);
    assert.equal(sink.calls.at(-1), sink.terminal[0], `round ${round}: ${sink.calls}`);
    assert.equal(sink.terminal[0] === "close", writer.state === "closed", `round ${round}`);
    assert.equal(writer.memorySize, 0, `round ${round}`);
  }
});

test("a worker that is lost: WorkerError with row group and column, and the next writer works", async () => {
  const fresh = testPool();
  try {
    const sink = new FaultySink();
    const writer = core(sink, resources(fresh, 2), { maxRowGroupRowCount: 20_000 });
    await writer.append(batch(0, 1000));
    await writer.flush();
    const lost = fresh.workers[0]!;
    await writer.append(batch(0, 100_000));
    const closed = writer.close();
    lost.kill();
    await assert.rejects(closed, (error: unknown) => {
      assert.ok(error instanceof WorkerError);
      assert.ok(error.rowGroup >= 1, `row group ${error.rowGroup}`);
      assert.ok(["n", "s"].includes(error.column), error.column);
      return true;
    });
    assert.deepEqual(sink.terminal, ["abort"]);
    assert.ok(!fresh.workers.includes(lost));
    const next = core(new MemorySink(), resources(fresh, 2));
    await next.append(batch(0, 1000));
    assert.equal((await next.close()).numRows, 1000);
  } finally {
    for (const worker of [...fresh.workers]) worker.kill();
  }
});
