/** Calls that nobody awaits: what was refused makes `close` fail, and no rejection goes unhandled. */

import assert from "node:assert/strict";
import process from "node:process";
import { afterEach, beforeEach, test } from "node:test";
import { type RecordBatch, Table } from "apache-arrow";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import type { ParquetMetaData } from "../../src/format/metadata.ts";
import { AsyncArrowWriter } from "../../src/pipeline/async_arrow_writer.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import {
  InvalidBatchError,
  SchemaError,
  SinkError,
  WriterStateError,
} from "../../src/util/errors.ts";
import { WatchedPromise } from "../../src/util/watched_promise.ts";
import { numbers, schema, wrongBatch } from "./arrow_batches.ts";
import { GatedSink, turns, until } from "./gated_sink.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  await turns();
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

interface Writer {
  write(batch: RecordBatch): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<ParquetMetaData>;
  abort(reason?: unknown): Promise<void>;
}

const WRITERS: Record<string, (sink: Sink, options?: object) => Writer> = {
  AsyncArrowWriter: (sink, options) => new AsyncArrowWriter(sink, schema, options),
  Pipeline: (sink, options) => {
    const pipeline = Pipeline.builder().buildProperties(schema, options).buildWriter()
      .spawnEncoder().spawnWriter(sink).build();
    return {
      write: (batch) => pipeline.addBatch(batch),
      flush: () => pipeline.flush(),
      close: () => pipeline.close(),
      abort: (reason) => pipeline.shutdown(reason),
    };
  },
};

/** Ways to take the refusal of a call, all of which say that somebody has heard of it. */
const TAKEN: Record<string, (refused: Promise<void>) => Promise<unknown>> = {
  await: async (refused) => {
    try {
      await refused;
    } catch {
      // As a caller may.
    }
  },
  "catch()": (refused) => refused.catch(() => {}),
  "then()": (refused) => refused.then(undefined, () => {}),
  "finally()": (refused) => refused.finally(() => {}).catch(() => {}),
  "Promise.all()": (refused) => Promise.all([refused]).catch(() => {}),
  "Promise.allSettled()": (refused) => Promise.allSettled([refused]),
  "Promise.race()": (refused) => Promise.race([refused]).catch(() => {}),
  "Promise.resolve()": (refused) => Promise.resolve(refused).catch(() => {}),
  "an async function": (refused) => (async () => await refused)().catch(() => {}),
};

for (const [name, create] of Object.entries(WRITERS)) {
  test(`${name}: a refused batch that nobody awaited makes close() fail with its error`, async () => {
    const sink = new GatedSink();
    const writer = create(sink);
    await writer.write(numbers(0, 10));
    void writer.write(wrongBatch());
    void writer.write({} as never);
    await writer.write(numbers(10, 10));
    await writer.flush();
    await turns();
    await assert.rejects(writer.close(), SchemaError);
    await assert.rejects(writer.close(), SchemaError);
    assert.equal(sink.names.at(-1), "abort");
    assert.ok(sink.names.slice(0, -1).every((call) => call === "write"));
    await assert.rejects(writer.write(numbers(0, 1)), (error: unknown) => {
      assert.ok(error instanceof WriterStateError);
      assert.ok(error.cause instanceof SchemaError);
      return true;
    });
  });

  for (const [way, take] of Object.entries(TAKEN)) {
    test(`${name}: a refused batch that was taken by ${way} leaves the writer open`, async () => {
      const sink = new MemorySink();
      const writer = create(sink);
      await take(writer.write(wrongBatch()));
      await writer.write(numbers(0, 10));
      // The last one is taken in the same turn as it is closed.
      const taken = take(writer.write(wrongBatch()));
      const closed = writer.close();
      await taken;
      assert.equal((await closed).numRows, 10);
      assert.equal((await readParquetMetadata(sink.bytes())).numRows, 10);
    });
  }

  test(`${name}: a refusal that is taken late, but before close(), counts as heard`, async () => {
    const writer = create(new MemorySink());
    const refused = writer.write(wrongBatch());
    await turns();
    await assert.rejects(refused, SchemaError);
    assert.equal((await writer.close()).numRows, 0);
  });

  test(`${name}: abort() after a refusal that nobody heard of aborts`, async () => {
    const sink = new GatedSink();
    const writer = create(sink);
    void writer.write(wrongBatch());
    await writer.abort();
    assert.deepEqual(sink.names, ["abort"]);
  });

  test(`${name}: calls after a failure that nobody awaits do no harm, and close() tells of it`, async () => {
    const fault = new Error("disk full");
    const sink = new GatedSink(["write 0"]);
    const writer = create(sink, { maxRowGroupRowCount: 10 });
    for (let i = 0; i < 5; i++) void writer.write(numbers(i * 10, 10));
    void writer.flush();
    await until(() => sink.calls.length === 1);
    sink.calls[0]!.reject(fault);
    await until(() => sink.names.includes("abort"));
    for (let i = 5; i < 10; i++) void writer.write(numbers(i * 10, 10));
    void writer.flush();
    void writer.write(wrongBatch());
    await turns();
    await assert.rejects(writer.close(), (error: unknown) => {
      assert.ok(error instanceof SinkError);
      assert.equal(error.cause, fault);
      return true;
    });
  });

  test(`${name}: a batch after close() is refused, and the file is what was written before`, async () => {
    const writer = create(new MemorySink());
    void writer.write(numbers(0, 10));
    const closed = writer.close();
    void writer.write(numbers(10, 10));
    void writer.flush();
    await assert.rejects(writer.write(numbers(10, 10)), WriterStateError);
    assert.equal((await closed).numRows, 10);
    void writer.write(numbers(10, 10));
  });
}

test("a table that nobody awaited is refused as a whole, and close() tells", async () => {
  const writer = new AsyncArrowWriter(new GatedSink(), schema, {
    sortingColumns: [{ column: "n" }],
  });
  const table = new Table([numbers(0, 10), numbers(20, 10), numbers(15, 10)]);
  await assert.rejects(writer.write(table as never), InvalidBatchError);
  assert.equal(writer.inProgressRows, 0);
  await writer.write(new Table([numbers(0, 10), numbers(10, 10)]) as never);
  assert.equal(writer.inProgressRows, 20);
  void writer.write(table as never);
  await assert.rejects(writer.close(), InvalidBatchError);
});

test("rows out of order are a refusal like any other", async () => {
  const options = { sortingColumns: [{ column: "n" }] };
  const writer = new AsyncArrowWriter(new GatedSink(), schema, options);
  void writer.write(numbers(100, 10));
  void writer.write(numbers(0, 10));
  await assert.rejects(writer.close(), InvalidBatchError);
});

test("WatchedPromise() knows whether anybody listens, and derives ordinary promises", async () => {
  for (const [way, take] of Object.entries(TAKEN)) {
    let heard = 0;
    const promise = new WatchedPromise<void>((_, reject) => reject(new Error("no")), () => heard++);
    await turns(1);
    assert.equal(heard, 0, way);
    await take(promise);
    assert.equal(heard, 1, way);
    await take(promise);
    assert.equal(heard, 1, way);
    assert.equal(promise.then(undefined, () => {}).constructor, Promise);
  }
});
