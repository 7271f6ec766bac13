/** How a write ends: every cause, at every moment, for every kind of sink. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { WriterCore } from "../../src/pipeline/writer_core.ts";
import { AbortError, SinkError, WorkerError } from "../../src/util/errors.ts";
import { StreamSink } from "../../src/sink/stream_sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { batch, core, resources, testPool } from "./support.ts";
import { type Answer, ANSWERS, GatedSink, isSettled, turns, until } from "./gated_sink.ts";
import { ManualClock } from "./manual_clock.ts";

const pool = testPool();
after(() => {
  for (const worker of [...pool.workers]) worker.kill();
});

/** What ends a write before its time. */
const CAUSES: Record<string, (writer: WriterCore, signal: AbortController) => void> = {
  "a signal": (_, signal) => signal.abort("enough"),
  "abort()": (writer) => void writer.abort("enough").catch(() => {}),
  "a lost worker": () => {
    for (const worker of [...pool.workers]) worker.kill();
  },
};

interface Moment {
  /** The call of the sink that stays pending. */
  readonly held: string;
  /** What was under way. */
  readonly begin: (writer: WriterCore) => Promise<unknown>;
}

const LARGE = 100_000;

/** Where a write is when it is ended. */
const MOMENTS: Record<string, Moment> = {
  "before the first batch": { held: "none", begin: () => Promise.resolve() },
  "during a write": {
    held: "write 0",
    begin: (writer) => {
      void writer.append(batch(0, LARGE));
      return writer.flush();
    },
  },
  "during the write of gathered bytes by flush()": {
    held: "write 0",
    begin: (writer) => {
      void writer.append(batch(0, 1000));
      return writer.flush();
    },
  },
  "during the write of gathered bytes by close()": {
    held: "write 0",
    begin: (writer) => {
      void writer.append(batch(0, 1000));
      return writer.close();
    },
  },
  "during a write that others wait behind": {
    held: "write 1",
    begin: (writer) => {
      void writer.append(batch(0, LARGE));
      void writer.flush();
      void writer.append(batch(0, LARGE));
      void writer.flush();
      return writer.close();
    },
  },
};

const SINKS: Record<string, (sink: GatedSink) => Sink> = {
  sink: (sink) => sink,
  "sink that takes small writes": (sink) => Object.assign(sink, { takesSmallWrites: true }),
  stream: (sink) =>
    new StreamSink(
      new WritableStream<Uint8Array<ArrayBuffer>>({
        write: (bytes) => sink.write(bytes) as Promise<void>,
        close: () => sink.close() as Promise<void>,
        abort: (reason) => sink.abort(reason) as Promise<void>,
      }),
    ),
};

function shown(target: string, answer: Answer): string {
  return `${target} that answers with a ${answer}`;
}

for (const [moment, { held, begin }] of Object.entries(MOMENTS)) {
  for (const [cause, end] of Object.entries(CAUSES)) {
    test(`${cause} ${moment}: one abort, and nothing after it`, async () => {
      for (const [target, wrap] of Object.entries(SINKS)) {
        // Workers that were lost have to be started again.
        for (const answer of cause === "a lost worker" ? ANSWERS.slice(0, 1) : ANSWERS) {
          const signal = new AbortController();
          const sink = new GatedSink([held], answer);
          const writer = core(wrap(sink), resources(pool, 2), { signal: signal.signal });
          const pending = begin(writer);
          pending.catch(() => {});
          if (held !== "none") {
            const writes = Number(held.split(" ")[1]) + 1;
            await until(() => sink.calls.length === writes);
          }
          const before = sink.names;
          end(writer, signal);
          // Idle workers are no loss.
          const failed = cause !== "a lost worker" || moment !== "before the first batch";
          if (cause === "a lost worker" && writer.state !== "failed") {
            void writer.abort("all was encoded by then").catch(() => {});
          }
          sink.last("write")?.resolve();
          await turns();
          assert.deepEqual(sink.names, [...before, "abort"], shown(target, answer));
          assert.equal(writer.state, "failed");
          if (failed && held !== "none") {
            await assert.rejects(
              pending,
              (error) => error instanceof AbortError || error instanceof WorkerError,
            );
          }
          assert.equal(writer.memorySize, 0);
        }
      }
    });
  }
}

/** Begins a commit that stays pending. */
async function committing(answer: Answer = "promise", options = {}) {
  const signal = new AbortController();
  const sink = new GatedSink(["close"], answer);
  const writer = core(sink, resources(pool, 0), { signal: signal.signal, ...options });
  await writer.append(batch(0, 1000));
  const closed = writer.close();
  closed.catch(() => {});
  await until(() => sink.last("close") !== undefined);
  return { sink, writer, signal, closed };
}

for (const cause of ["a signal", "abort()"]) {
  const end = CAUSES[cause]!;
  test(`${cause} during the commit waits for it; a commit that succeeds is a success`, async () => {
    for (const answer of ANSWERS) {
      const { sink, writer, signal, closed } = await committing(answer);
      end(writer, signal);
      const aborted = writer.abort("again");
      assert.equal(await isSettled(Promise.race([closed, aborted])), false);
      sink.last("close")!.resolve();
      assert.equal((await closed).numRows, 1000);
      await aborted;
      assert.equal(writer.state, "closed");
      assert.deepEqual(sink.names, ["write", "close"]);
    }
  });

  test(`${cause} during the commit: a commit that fails leaves nobody knows what`, async () => {
    const { sink, writer, signal, closed } = await committing();
    end(writer, signal);
    const aborted = writer.abort("again");
    sink.last("close")!.reject(new Error("connection reset"));
    for (const promise of [closed, aborted]) {
      await assert.rejects(promise, { name: "SinkError", outcome: "unknown" });
    }
    await writer.abort();
    assert.deepEqual(sink.names, ["write", "close"]);
  });

  test(`${cause} during the commit is told to the sink, which may stop and say so`, async () => {
    const { sink, writer, signal, closed } = await committing();
    const stop = sink.last("close")!.argument as AbortSignal;
    assert.equal(stop.aborted, false);
    end(writer, signal);
    assert.equal(stop.aborted, true);
    assert.equal(stop.reason, "enough");
    const aborted = writer.abort("again");
    sink.last("close")!.reject(Object.assign(new Error("stopped"), { outcome: "failed" }));
    await assert.rejects(closed, { name: "AbortError", outcome: "failed", cause: "enough" });
    await aborted;
    assert.deepEqual(sink.names, ["write", "close"]);
  });

  test(`${cause} during a commit that never settles: outcome unknown after three seconds`, async () => {
    using clock = new ManualClock();
    const { sink, writer, signal, closed } = await committing();
    assert.equal(clock.running, 0);
    end(writer, signal);
    clock.pass(2999);
    assert.equal(await isSettled(closed), false);
    clock.pass(1);
    await assert.rejects(closed, (error: unknown) => {
      assert.ok(error instanceof AbortError);
      assert.equal(error.outcome, "unknown");
      assert.equal(error.cause, "enough");
      return true;
    });
    sink.last("close")!.resolve();
    await turns();
    assert.equal(writer.state, "failed");
    assert.deepEqual(sink.names, ["write", "close"]);
    assert.equal(clock.running, 0);
  });

  test(`${cause} during a commit that never settles: sinkTimeoutMs bounds it where there is one`, async () => {
    using clock = new ManualClock();
    const { writer, signal, closed } = await committing("promise", { sinkTimeoutMs: 10_000 });
    clock.pass(5000);
    end(writer, signal);
    clock.pass(4999);
    assert.equal(await isSettled(closed), false);
    clock.pass(1);
    await assert.rejects(closed, { name: "SinkTimeoutError", outcome: "unknown" });
    assert.equal(clock.running, 0);
  });
}

test("a worker that is lost during the commit changes nothing", async () => {
  const sink = new GatedSink(["close"]);
  const writer = core(sink, resources(pool, 2));
  await writer.append(batch(0, LARGE));
  const closed = writer.close();
  await until(() => sink.last("close") !== undefined);
  CAUSES["a lost worker"]!(writer, new AbortController());
  await turns();
  sink.last("close")!.resolve();
  assert.equal((await closed).numRows, LARGE);
  assert.equal(sink.names.at(-1), "close");
});

test("a commit that fails by itself: outcome unknown, unless the sink knows better", async () => {
  for (const outcome of [undefined, "unknown", "failed"]) {
    const { sink, closed } = await committing();
    sink.last("close")!.reject(Object.assign(new Error("no"), { outcome }));
    await assert.rejects(closed, { name: "SinkError", outcome: outcome ?? "unknown" });
  }
});

test("a sink that never settles: the signal ends the call at once, whatever is pending", async () => {
  using clock = new ManualClock();
  const held = ["write 0", "abort"];
  const signal = new AbortController();
  const sink = new GatedSink(held);
  const writer = core(sink, resources(pool, 0), { signal: signal.signal });
  await writer.append(batch(0, 1000));
  const flushed = writer.flush();
  const closed = writer.close();
  await until(() => sink.calls.length === 1);
  signal.abort("enough");
  for (const promise of [flushed, closed]) await assert.rejects(promise, AbortError);
  assert.equal(clock.running, 0);
  const aborted = writer.abort();
  clock.pass(3000);
  await assert.rejects(aborted, { name: "SinkTimeoutError" });
  assert.equal(clock.running, 0);
});

test("dispose of a writer whose sink never settles takes three seconds at most", async () => {
  using clock = new ManualClock();
  const { AsyncArrowWriter } = await import("../../src/pipeline/async_arrow_writer.ts");
  const { Schema, Field, Int32 } = await import("apache-arrow");
  const sink = new GatedSink(["abort"]);
  const writer = new AsyncArrowWriter(sink, new Schema([new Field("n", new Int32())]));
  const disposed = writer[Symbol.asyncDispose]();
  assert.equal(await isSettled(disposed), false);
  clock.pass(3000);
  await disposed;
});

test("a sink whose abort is waited for: errors come when it has settled, or gave no answer in time", async () => {
  for (const settles of [true, false]) {
    using clock = new ManualClock();
    const signal = new AbortController();
    const sink = Object.assign(new GatedSink(["write 0", "abort"]), { awaitAbort: true });
    const writer = core(sink, resources(pool, 0), { signal: signal.signal });
    await writer.append(batch(0, 1000));
    const closed = writer.close();
    closed.catch(() => {});
    await until(() => sink.calls.length === 1);
    signal.abort("enough");
    const late = writer.append(batch(0, 1));
    assert.equal(await isSettled(Promise.race([closed, late])), false);
    if (settles) sink.last("abort")!.reject(new Error("cannot tidy up"));
    else clock.pass(3000);
    await assert.rejects(closed, { name: "AbortError", cause: "enough" });
    await assert.rejects(late);
    assert.equal(clock.running, 0);
  }
});

test("a sink that aborts its own writer while it writes, commits or aborts hears nothing more", async () => {
  for (const call of ["write", "close", "abort"] as const) {
    const calls: string[] = [];
    const note = (name: "write" | "close" | "abort") => {
      calls.push(name);
      if (name === call) void writer.abort("from within").catch(() => {});
    };
    const sink: Sink = {
      write: () => note("write"),
      close: () => note("close"),
      abort: () => note("abort"),
    };
    const writer = core(sink, resources(pool, 0));
    void writer.append(batch(0, LARGE));
    if (call === "abort") void writer.abort("at first").catch(() => {});
    const closed = writer.close();
    if (call === "close") assert.equal((await closed).numRows, LARGE);
    else await assert.rejects(closed);
    await turns();
    const expected = { write: ["write", "abort"], close: ["close"], abort: ["abort"] }[call];
    assert.deepEqual(calls.slice(-expected.length), expected);
    assert.equal(calls.filter((name) => name !== "write").length, 1);
  }
});

test("an abort that fails is told by abort() alone, and hides nothing", async () => {
  const fault = new Error("disk full");
  const sink: Sink = {
    write: () => Promise.reject(fault),
    close: () => {},
    abort: () => Promise.reject(new Error("cannot abort")),
  };
  const writer = core(sink, resources(pool, 0));
  await writer.append(batch(0, 1000));
  await assert.rejects(writer.close(), (error: unknown) => {
    assert.ok(error instanceof SinkError);
    assert.equal(error.cause, fault);
    return true;
  });
  await assert.rejects(writer.abort(), { message: /cannot abort/ });
});
