import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { openSource } from "../../src/arrow/source.ts";
import type { ArrowSource, SourceOptions } from "../../src/arrow/source.ts";
import { lz4FrameDecompress } from "../../src/compression/lz4_frame.ts";
import { FormatError, SchemaError } from "../../src/util/errors.ts";
import { batchValues } from "./naive_values.ts";
import type { Value } from "./naive_values.ts";

const FIXTURES = new URL("../fixtures/ipc/", import.meta.url);

const chunks = [[1, 2], [3], [4, 5, 6]].map((values) =>
  arrow.vectorFromArray(values, new arrow.Int8()).data[0]!
);
const table = new arrow.Table({ n: new arrow.Vector(chunks) });
const ALL: Value[] = ["01", "02", "03", "04", "05", "06"];
const SCHEMA = toArrowSchema(table.schema as never);

async function read(source: unknown, options?: SourceOptions): Promise<Value[]> {
  const { schema, batches } = await openSource(source as ArrowSource, options);
  const values: Value[] = [];
  for await (const batch of batches) {
    values.push(...batchValues(recordBatchToColumns(batch, schema))[0]!);
  }
  return values;
}

async function* asynchronously<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

function streamOf<T>(items: readonly T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });
}

function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 100) parts.push(bytes.slice(at, at + 100));
  return parts;
}

test("openSource() takes everything that batches come from", async () => {
  const stream = arrow.tableToIPC(table, "stream"), file = arrow.tableToIPC(table, "file");
  const sources: Record<string, unknown> = {
    "a table": table,
    "an array of batches": table.batches,
    "an array of tables": [table.slice(0, 4), table.slice(4)],
    "an iterable of batches": new Set(table.batches),
    "an async iterable of batches": asynchronously(table.batches),
    "a stream of batches": streamOf(table.batches),
    "an async iterable of tables": asynchronously([table]),
    "a reader of Arrow JS": arrow.RecordBatchReader.from(stream),
    "an async reader of Arrow JS": await arrow.RecordBatchReader.from(
      asynchronously(split(stream)),
    ),
    "IPC stream bytes": stream,
    "IPC file bytes": file,
    "an ArrayBuffer": stream.slice().buffer,
    "a DataView": new DataView(file.buffer, file.byteOffset, file.byteLength),
    "IPC stream bytes in chunks": split(stream),
    "IPC stream bytes in async chunks": asynchronously(split(stream)),
    "a byte stream": streamOf(split(stream)),
    // Arrow JS writes no schema at the start of a file.
    "a byte stream of a file": streamOf(split(file)),
    "a file read at random": {
      byteLength: file.length,
      read: (offset: number, length: number) =>
        Promise.resolve(file.slice(offset, offset + length)),
    },
  };
  for (const [name, source] of Object.entries(sources)) {
    assert.deepEqual(await read(source), ALL, name);
  }
  assert.deepEqual(await read(table.batches[0]), ["01", "02"]);
});

test("openSource() reads in-memory sources without waiting, others as they come", async () => {
  const { batches } = await openSource(table as never);
  const first = batches.next();
  assert.ok(!(first instanceof Promise) && !first.done && first.value.numRows === 2);

  let pulled = 0;
  async function* counted() {
    for (const batch of table.batches) {
      pulled++;
      yield await Promise.resolve(batch);
    }
  }
  const opened = await openSource(counted() as never);
  assert.equal(pulled, 1);
  await opened.batches.next();
  await opened.batches.next();
  assert.equal(pulled, 2);
});

test("openSource() gives a source back when its batches are not wanted to the end", async () => {
  let returned = 0;
  function* some() {
    try {
      yield* table.batches;
    } finally {
      returned++;
    }
  }
  for await (const _ of (await openSource(some() as never)).batches) break;
  assert.equal(returned, 1);
  for await (const _ of (await openSource(asynchronously(some()) as never)).batches) break;
  assert.equal(returned, 2);
  let cancelled = 0;
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(table.batches[0]),
    cancel: () => {
      cancelled++;
    },
  });
  for await (const _ of (await openSource(stream as never)).batches) break;
  assert.equal(cancelled, 1);
});

test("openSource() needs a schema for an empty iterable", async () => {
  for (const empty of [[], asynchronously([]), streamOf([])]) {
    await assert.rejects(read(empty), TypeError);
  }
  const { schema, batches } = await openSource([], { schema: table.schema as never });
  assert.deepEqual(schema, SCHEMA);
  assert.equal(batches.next instanceof Function && (await batches.next()).done, true);
  assert.deepEqual(await read(new arrow.Table(table.schema)), []);
});

test("openSource() refuses what is no source", async () => {
  for (const nonsense of [null, undefined, 1, "two\nlines", {}, new Date(), () => {}]) {
    await assert.rejects(read(nonsense), TypeError, String(nonsense));
  }
  for (const items of [[1], ["a\nb"], [null], [{}]]) {
    await assert.rejects(read(items), TypeError);
    await assert.rejects(read(asynchronously(items)), TypeError);
    await assert.rejects(read([table, ...items]), TypeError);
  }
  await assert.rejects(read(new Uint8Array(100)), FormatError);
});

test("openSource() compares every batch with the schema", async () => {
  const other = arrow.tableFromArrays({ x: Int8Array.of(1) });
  await assert.rejects(read([...table.batches, ...other.batches]), SchemaError);
  await assert.rejects(read(other, { schema: SCHEMA }), SchemaError);
  const strict = { ...SCHEMA, fields: SCHEMA.fields.map((f) => ({ ...f, nullable: false })) };
  assert.deepEqual(await read(table, { schema: strict }), ALL);
});

test("openSource() lets errors of a source pass as they are", async () => {
  const fault = new Error("connection lost");
  function* failing() {
    yield table.batches[0];
    throw fault;
  }
  await assert.rejects(read(failing()), (error) => error === fault);
  await assert.rejects(read(asynchronously(failing())), (error) => error === fault);
  const atOnce = new ReadableStream({ start: (controller) => controller.error(fault) });
  await assert.rejects(read(atOnce), (error) => error === fault);
});

test("openSource() passes decompressors on", async () => {
  const bytes = new Uint8Array(readFileSync(new URL("lz4.arrow", FIXTURES)));
  await assert.rejects(read(bytes), FormatError);
  const values = await read(bytes, { decompressors: { lz4Frame: lz4FrameDecompress } });
  assert.equal(values.length, 2000);
});
