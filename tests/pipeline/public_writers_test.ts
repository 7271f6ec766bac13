import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  tableFromArrays,
  Utf8,
} from "apache-arrow";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import { AsyncArrowWriter } from "../../src/pipeline/async_arrow_writer.ts";
import { ParquetEncoderStream } from "../../src/pipeline/parquet_encoder_stream.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { toParquet, writeParquet } from "../../src/pipeline/write_parquet.ts";
import { MemorySink } from "../../src/sink/memory_sink.ts";
import {
  InvalidBatchError,
  SchemaError,
  SinkError,
  WriterStateError,
} from "../../src/util/errors.ts";
import { FaultySink, settle } from "./support.ts";
import { verified } from "../support/verified.ts";

const schema = new Schema([new Field("n", new Int32(), false)]);

/** Rows from, from + 1, … */
function batch(from: number, rows: number): RecordBatch {
  const data = new Int32Array(rows).map((_, i) => from + i);
  const children = [makeData({ type: new Int32(), length: rows, nullCount: 0, data })];
  const struct = makeData({
    type: new Struct(schema.fields),
    length: rows,
    nullCount: 0,
    children,
  });
  return new RecordBatch(schema, struct);
}

/** A batch whose text has offsets beyond its data. */
function brokenBatch(): { schema: Schema; batch: RecordBatch } {
  const schema = new Schema([new Field("s", new Utf8(), false)]);
  const text = makeData({
    type: new Utf8(),
    length: 1,
    nullCount: 0,
    valueOffsets: Int32Array.of(0, 100),
    data: new Uint8Array(4),
  });
  const data = makeData({
    type: new Struct(schema.fields),
    length: 1,
    nullCount: 0,
    children: [text],
  });
  return { schema, batch: new RecordBatch(schema, data) };
}

const options = { compression: "uncompressed", parallelism: 0 } as const;

test("AsyncArrowWriter() writes batches, and says what it does meanwhile", async () => {
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, schema, { ...options, maxRowGroupRowCount: 150 });
  writer.appendKeyValueMetadata("color", "blue");
  await writer.write(batch(0, 100));
  assert.equal(writer.inProgressRows, 100);
  assert.ok(writer.memorySize > 0 && writer.inProgressSize > 0);
  await writer.write(batch(100, 100));
  assert.equal(writer.inProgressRows, 50);
  assert.equal(writer.flushedRowGroups.length, 1);
  assert.equal(writer.bytesWritten, sink.byteLength);
  assert.deepEqual([writer.progress.rowsWritten, writer.progress.bufferedRows], [150, 50]);
  assert.equal(writer.workers, 0);
  await writer.flush();
  assert.equal(writer.flushedRowGroups.length, 2);
  const metadata = await writer.close();
  assert.deepEqual(metadata.rowGroups.map(({ numRows }) => numRows), [150, 50]);
  assert.equal(writer.bytesWritten, sink.byteLength);
  const read = await readParquetMetadata(await verified(sink.bytes()));
  assert.equal(read.numRows, 200);
  assert.ok(read.keyValueMetadata?.some(({ key, value }) => key === "color" && value === "blue"));
});

test("AsyncArrowWriter() stays open after a batch that cannot be written", async () => {
  const sink = new MemorySink();
  const broken = brokenBatch();
  const writer = new AsyncArrowWriter(sink, schema, options);
  await writer.write(batch(0, 10));
  await assert.rejects(writer.write(broken.batch), SchemaError);
  await writer.write(batch(10, 10));
  assert.equal((await writer.close()).numRows, 20);

  const other = new AsyncArrowWriter(new MemorySink(), broken.schema, options);
  await assert.rejects(other.write(broken.batch), { name: "InvalidBatchError", path: "s" });
  assert.equal(other.memorySize, 0);
  assert.equal((await other.close()).numRows, 0);
});

test("AsyncArrowWriter() refuses options and sinks before it locks a stream", () => {
  const stream = new WritableStream<Uint8Array>();
  assert.throws(
    () => new AsyncArrowWriter(stream, schema, { compresion: "x" } as never),
    TypeError,
  );
  assert.throws(() => new AsyncArrowWriter(stream, new Schema([]), options), SchemaError);
  assert.equal(stream.locked, false);
  assert.throws(() => new AsyncArrowWriter(7 as never, schema, options), TypeError);
});

test("AsyncArrowWriter() that leaves its scope unclosed is aborted, a closed one is not", async () => {
  const sink = new FaultySink();
  {
    await using writer = new AsyncArrowWriter(sink, schema, options);
    await writer.write(batch(0, 10));
  }
  assert.deepEqual(sink.calls, ["abort"]);
  const closed = new FaultySink();
  {
    await using writer = new AsyncArrowWriter(closed, schema, options);
    await writer.close();
  }
  assert.deepEqual(closed.terminal, ["close"]);
});

test("Pipeline.builder() goes stage by stage", async () => {
  const sink = new MemorySink();
  const pipeline = Pipeline.builder().buildProperties(schema, { compression: "snappy" })
    .buildWriter({ origin: "here" }).withProgress().withParallelism(0).withChannelCapacity(2)
    .withMemoryBudget(1 << 20).spawnEncoder().spawnWriter(sink).build();
  await pipeline.addBatch(batch(0, 10));
  await pipeline.flush();
  await pipeline.addBatch(batch(10, 5));
  assert.equal(pipeline.progress.rowsWritten, 10);
  assert.equal(pipeline.progress.bufferedRows, 5);
  assert.equal(pipeline.inProgressRows, 5);
  assert.ok(pipeline.inProgressSize > 0 && pipeline.memorySize > 0);
  assert.equal(pipeline.bytesWritten, pipeline.progress.bytesWritten);
  assert.deepEqual(pipeline.flushedRowGroups.map(({ numRows }) => numRows), [10]);
  assert.equal(pipeline.workers, 0);
  const metadata = await pipeline.close();
  assert.equal(metadata.numRows, 15);
  assert.ok(
    metadata.keyValueMetadata?.some(({ key, value }) => key === "origin" && value === "here"),
  );
  await pipeline.shutdown();
  assert.equal(sink.bytes().length, pipeline.progress.bytesWritten);
});

test("Pipeline.builder() refuses a wrong order, and counts nothing unless asked to", async () => {
  // deno-lint-ignore no-explicit-any
  const wrong = Pipeline.builder() as any;
  assert.throws(() => wrong.spawnEncoder(), { message: /buildProperties comes next/ });
  const stage = Pipeline.builder().buildProperties(schema).buildWriter();
  assert.throws(() => stage.withChannelCapacity(0), RangeError);
  // @ts-expect-error: the sink comes after the encoder
  assert.throws(() => stage.spawnWriter(new MemorySink()), TypeError);
  const ready = stage.spawnEncoder().spawnWriter(new MemorySink());
  // @ts-expect-error: too late
  assert.throws(() => ready.withParallelism(1), TypeError);
  const pipeline = ready.build();
  assert.equal(pipeline.progress, null);
  assert.throws(() => ready.build(), { message: /was built/ });
  await pipeline.shutdown("no need");
  await assert.rejects(pipeline.addBatch(batch(0, 1)), WriterStateError);
});

test("ParquetEncoderStream() turns batches into a file", async () => {
  const stream = new ParquetEncoderStream(schema, { ...options, maxRowGroupRowCount: 100 });
  const batches = ReadableStream.from([batch(0, 70), batch(70, 70), batch(140, 70)]);
  const bytes = new Uint8Array(
    await new Response(batches.pipeThrough(stream) as ReadableStream<Uint8Array<ArrayBuffer>>)
      .arrayBuffer(),
  );
  const metadata = await readParquetMetadata(bytes);
  assert.deepEqual(metadata.rowGroups.map(({ numRows }) => numRows), [100, 100, 10]);
  assert.equal((await stream.metadata).numRows, 210);
});

test("ParquetEncoderStream() never gives a short file: a wrong batch errors both sides", async () => {
  const stream = new ParquetEncoderStream(schema, { ...options, maxRowGroupRowCount: 100 });
  const chunks: number[] = [];
  const written = ReadableStream.from([batch(0, 250), brokenBatch().batch, batch(0, 10)])
    .pipeTo(stream.writable);
  const read = stream.readable.pipeTo(
    new WritableStream({ write: (bytes) => void chunks.push(bytes.length) }),
  );
  await assert.rejects(written, SchemaError);
  await assert.rejects(read, SchemaError);
  await assert.rejects(stream.metadata, SchemaError);
});

test("ParquetEncoderStream() passes aborts and cancellations on", async () => {
  const aborted = new ParquetEncoderStream(schema, options);
  const reason = new Error("enough");
  const read = aborted.readable.getReader().read();
  read.catch(() => {});
  await aborted.writable.abort(reason);
  await assert.rejects(read, reason);

  const cancelled = new ParquetEncoderStream(schema, options);
  const writer = cancelled.writable.getWriter();
  writer.closed.catch(() => {});
  await cancelled.readable.cancel(reason);
  await assert.rejects(writer.write(batch(0, 1)), reason);
  await assert.rejects(cancelled.metadata, reason);
});

test("writeParquet() and toParquet() take tables, batches, iterables and streams", async () => {
  const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
  async function* generate() {
    yield batch(0, 10);
    await settle(1);
    yield batch(10, 10);
  }
  const sources: [Parameters<typeof toParquet>[0], number][] = [
    [table, 3],
    [batch(0, 7), 7],
    [[batch(0, 7), batch(7, 7)], 14],
    [generate(), 20],
    [ReadableStream.from([batch(0, 2)]), 2],
  ];
  for (const [source, rows] of sources) {
    assert.equal((await readParquetMetadata(await toParquet(source, options))).numRows, rows);
  }
});

test("writeParquet() to a path is all or nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "write-"));
  const path = join(folder, "a.parquet");
  try {
    await assert.rejects(
      writeParquet([batch(0, 10), brokenBatch().batch], path, options),
      SchemaError,
    );
    assert.deepEqual(readdirSync(folder), []);
    const metadata = await writeParquet([batch(0, 10)], path, options);
    assert.equal(metadata.numRows, 10);
    assert.ok(Buffer.from(await toParquet(batch(0, 10), options)).equals(readFileSync(path)));
    assert.ok(existsSync(path));
    assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("writeParquet() aborts the sink when the source fails, and returns the source", async () => {
  const reason = new Error("database gone");
  let returned = false;
  async function* generate() {
    try {
      yield batch(0, 10);
      await settle(1);
      throw reason;
    } finally {
      returned = true;
    }
  }
  const sink = new FaultySink();
  await assert.rejects(writeParquet(generate(), sink, options), reason);
  assert.deepEqual(sink.calls, ["abort"]);
  assert.ok(returned);

  const early = new FaultySink({ "write 0": new Error("full") });
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield batch(0, 1000);
    } finally {
      closed = true;
    }
  }
  await assert.rejects(
    writeParquet(endless(), early, { ...options, maxRowGroupRowCount: 5000 }),
    SinkError,
  );
  await settle();
  assert.ok(closed);
  assert.equal(early.terminal.length, 1);
});

test("writeParquet() does not wait for a source that is stuck when the signal comes", async () => {
  const controller = new AbortController();
  const sink = new FaultySink();
  const stuck = {
    async *[Symbol.asyncIterator]() {
      yield batch(0, 1);
      await new Promise(() => {});
    },
  };
  const writing = writeParquet(stuck, sink, { ...options, signal: controller.signal });
  setTimeout(() => controller.abort("tired"), 10);
  await assert.rejects(writing, { name: "AbortError", cause: "tired" });
  assert.deepEqual(sink.calls, ["abort"]);
});

test("toParquet() of a batch that contradicts itself names the column", async () => {
  await assert.rejects(toParquet(brokenBatch().batch, options), (error: unknown) => {
    assert.ok(error instanceof InvalidBatchError);
    assert.equal(error.path, "s");
    return true;
  });
});
