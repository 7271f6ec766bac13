/** Signals count from the first moment, in every public way in, and give the source back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordBatch } from "apache-arrow";
import { AsyncArrowWriter } from "../../src/pipeline/async_arrow_writer.ts";
import { ParquetEncoderStream } from "../../src/pipeline/parquet_encoder_stream.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { toParquet, writeParquet } from "../../src/pipeline/write_parquet.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { AbortError, WriterStateError } from "../../src/util/errors.ts";
import { numbers, schema } from "./arrow_batches.ts";
import { GatedSink, turns, until } from "./gated_sink.ts";

const never = (): Promise<never> => new Promise(() => {});
const reason = new Error("enough");

/** A source, and how often and with what it was given back. */
interface Watched {
  readonly source: AsyncIterable<RecordBatch> | Iterable<RecordBatch> | ReadableStream<RecordBatch>;
  /** Items asked for. */
  asked: number;
  /** Reasons of `cancel`, or `"return"`. */
  readonly back: unknown[];
}

/** Sources that give `batches` and then nothing for ever; `giveBack` is what `return` or `cancel` answers. */
function sources(batches: number, giveBack: () => Promise<unknown>): Record<string, Watched> {
  const iterator: Watched = {
    asked: 0,
    back: [],
    source: {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          iterator.asked++ < batches
            ? Promise.resolve({ done: false, value: numbers(0, 1000) })
            : never(),
        return: () => {
          iterator.back.push("return");
          return giveBack() as Promise<IteratorResult<RecordBatch>>;
        },
      }),
    },
  };
  const stream: Watched = {
    asked: 0,
    back: [],
    source: new ReadableStream<RecordBatch>({
      pull: (controller) => {
        if (stream.asked++ >= batches) return never();
        controller.enqueue(numbers(0, 1000));
      },
      cancel: (why) => {
        stream.back.push(why);
        return giveBack() as Promise<void>;
      },
    }, { highWaterMark: 0 }),
  };
  return { iterator, stream };
}

const GIVING_BACK: Record<string, () => Promise<unknown>> = {
  settles: () => Promise.resolve({ done: true, value: undefined }),
  hangs: never,
  rejects: () => Promise.reject(new Error("cannot be given back")),
  throws: () => {
    throw new Error("cannot be given back at all");
  },
};

const ENTRIES: Record<
  string,
  (source: never, options: WriterOptions, sink: GatedSink) => Promise<unknown>
> = {
  writeParquet: (source, options, sink) => writeParquet(source, sink, options),
  "writeParquet to a stream": (source, options, sink) =>
    writeParquet(
      source,
      new WritableStream<Uint8Array<ArrayBuffer>>({
        write: (bytes) => sink.write(bytes) as Promise<void>,
        abort: (reason) => sink.abort(reason) as Promise<void>,
      }),
      options,
    ),
  toParquet: (source, options) => toParquet(source, options),
};

function assertAborted(error: unknown): true {
  assert.ok(error instanceof AbortError, String(error));
  assert.equal(error.cause, reason);
  assert.equal(error.outcome, "failed");
  return true;
}

for (const [entry, call] of Object.entries(ENTRIES)) {
  for (const [how, giveBack] of Object.entries(GIVING_BACK)) {
    test(`${entry}() with a signal that has fired asks for nothing; giving back ${how}`, async () => {
      for (const [kind, watched] of Object.entries(sources(3, giveBack))) {
        const sink = new GatedSink();
        const signal = AbortSignal.abort(reason);
        await assert.rejects(call(watched.source as never, { signal }, sink), assertAborted);
        await turns();
        assert.equal(watched.asked, 0, kind);
        assert.deepEqual(watched.back, [kind === "stream" ? reason : "return"]);
        assert.deepEqual(sink.names, entry === "toParquet" ? [] : ["abort"]);
      }
    });

    test(`${entry}() with a signal while the source is waited for; giving back ${how}`, async () => {
      for (const batches of [0, 2]) {
        for (const [kind, watched] of Object.entries(sources(batches, giveBack))) {
          const sink = new GatedSink();
          const controller = new AbortController();
          const { signal } = controller;
          const writing = call(watched.source as never, { signal, parallelism: 0 }, sink);
          writing.catch(() => {});
          await until(() => watched.asked === batches + 1);
          controller.abort(reason);
          await assert.rejects(writing, assertAborted);
          await turns();
          assert.deepEqual(watched.back, [kind === "stream" ? reason : "return"], kind);
          assert.equal(watched.asked, batches + 1);
          assert.deepEqual(sink.names, entry === "toParquet" ? [] : ["abort"]);
        }
      }
    });
  }
}

/** Batches; the signal fires before the second. */
function* firing(controller: AbortController, tidy: () => void): Generator<RecordBatch> {
  try {
    yield numbers(0, 10);
    controller.abort(reason);
    yield numbers(10, 10);
    yield numbers(20, 10);
  } finally {
    tidy();
  }
}

async function* later(batches: Iterable<RecordBatch>): AsyncGenerator<RecordBatch> {
  yield* batches;
}

test("writeParquet() gives a generator back that fires the signal itself", async () => {
  for (const asynchronous of [false, true]) {
    const controller = new AbortController();
    let tidied = 0;
    const tidy = () => tidied++;
    const source = asynchronous ? later(firing(controller, tidy)) : firing(controller, tidy);
    const sink = new GatedSink();
    const { signal } = controller;
    await assert.rejects(writeParquet(source as never, sink, { signal }), assertAborted);
    await turns();
    assert.equal(tidied, 1);
    assert.deepEqual(sink.names, ["abort"]);
  }
});

test("writeParquet() with wrong options gives the source back and aborts the sink, which may hang or reject", async () => {
  for (const abort of [() => {}, never, () => Promise.reject(new Error("abort"))]) {
    const { iterator, stream } = sources(1, GIVING_BACK.settles!) as Record<string, Watched>;
    let aborts = 0;
    const sink = { write() {}, close() {}, abort: () => (aborts++, abort()) };
    for (const { source, back } of [iterator!, stream!]) {
      const writing = writeParquet(source as never, sink, { compresion: "zstd" } as never);
      await assert.rejects(writing, { name: "TypeError", message: /compresion/ });
      assert.equal(back.length, 1);
    }
    assert.equal(aborts, 2);
  }
});

test("writeParquet() reports what is wrong with the source before the writer exists, though the sink's abort hangs or rejects", async () => {
  const failure = new Error("database gone");
  for (const abort of [never, () => Promise.reject(new Error("abort"))]) {
    const sink = { write() {}, close() {}, abort };
    const failing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }) };
    await assert.rejects(writeParquet(failing as never, sink), failure);
    await assert.rejects(writeParquet([1, 2] as never, sink), TypeError);
  }
});

test("AsyncArrowWriter and Pipeline: a signal that has fired, and one that fires while nothing is done", async () => {
  for (const fired of [true, false]) {
    const controller = new AbortController();
    if (fired) controller.abort(reason);
    const { signal } = controller;
    const sinks = [new GatedSink(), new GatedSink()] as const;
    const writer = new AsyncArrowWriter(sinks[0], schema, { signal });
    const pipeline = Pipeline.builder().buildProperties(schema, { signal }).buildWriter()
      .spawnEncoder().spawnWriter(sinks[1]).build();
    controller.abort(reason);
    for (const sink of sinks) {
      assert.deepEqual(sink.names, ["abort"]);
      assert.equal(sink.calls[0]!.argument, reason);
    }
    await assert.rejects(writer.write(numbers(0, 1)), assertAborted);
    await assert.rejects(writer.write(numbers(0, 1)), WriterStateError);
    await assert.rejects(pipeline.addBatch(numbers(0, 1)), assertAborted);
    await assert.rejects(pipeline.flush(), WriterStateError);
  }
});

test("ParquetEncoderStream: a signal errors both sides and cancels the source, from the first moment", async () => {
  for (const fired of [true, false]) {
    for (const batches of [0, 2]) {
      const controller = new AbortController();
      if (fired) controller.abort(reason);
      const stream = new ParquetEncoderStream(schema, { signal: controller.signal });
      const watched = sources(batches, GIVING_BACK.settles!).stream!;
      const piped = (watched.source as ReadableStream<RecordBatch>).pipeTo(stream.writable);
      piped.catch(() => {});
      const read = stream.readable.getReader().read();
      read.catch(() => {});
      if (!fired) await until(() => watched.asked === batches + 1);
      controller.abort(reason);
      for (const promise of [piped, read, stream.metadata]) {
        await assert.rejects(promise, (error) => error === reason);
      }
      assert.deepEqual(watched.back, [reason]);
    }
  }
});

test("ParquetEncoderStream: abort of the input counts at once, though nobody reads the output", async () => {
  const stream = new ParquetEncoderStream(schema, { maxRowGroupRowCount: 100, memoryBudget: 1 });
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  const written = writer.write(numbers(0, 1000));
  written.catch(() => {});
  const closed = writer.close();
  closed.catch(() => {});
  await turns();
  await writer.abort(reason).catch((error) => assert.equal(error, reason));
  await assert.rejects(stream.metadata, (error) => error === reason);
  await assert.rejects(stream.readable.getReader().read(), (error) => error === reason);
  await Promise.allSettled([written, closed]);
});

test("no listener is left at a signal, however the write ended", async () => {
  let listeners = 0;
  const target = new EventTarget();
  const signal = Object.assign(target, { aborted: false, reason: undefined });
  const { addEventListener, removeEventListener } = target;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(target, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(target, args);
  };
  const options = { signal: signal as never };
  await toParquet(numbers(0, 10), options);
  await assert.rejects(toParquet([7] as never, options), TypeError);
  await new AsyncArrowWriter(new GatedSink(), schema, options).abort();
  assert.equal(listeners, 0);
});
