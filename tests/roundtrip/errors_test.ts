/** Every class of error comes out of the public calls, and leaves things as it promises. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Dictionary,
  Field,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  SparseUnion,
  Struct,
  Table,
  tableFromArrays,
  TimestampSecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import * as library from "../../mod.ts";
import { readPages } from "../support/page_decoder.ts";
import { verified } from "../support/verified.ts";

const { AsyncArrowWriter, MemorySink, readParquetMetadata, toParquet, writeParquet } = library;

const ids = tableFromArrays({ id: Int32Array.of(1, 2, 3) });

/** A batch of one column of any data, right or wrong. */
function batchOf(
  type: Int32 | Utf8 | List | Dictionary,
  props: object,
  nullable = false,
): RecordBatch {
  const schema = new Schema([new Field("c", type, nullable)]);
  const child = makeData({ type, length: 3, nullCount: 0, ...props } as never);
  const root = { type: new Struct(schema.fields), length: 3, nullCount: 0, children: [child] };
  return new RecordBatch(schema, makeData(root));
}

const text = new Utf8();
const letters = new TextEncoder().encode("abc");
const utf8 = (valueOffsets: Int32Array, data = letters) => batchOf(text, { valueOffsets, data });

/** Batches that contradict themselves, with what is said of them. */
const INVALID: Readonly<Record<string, { batch: () => RecordBatch; row: number }>> = {
  "decreasing offsets": { batch: () => utf8(Int32Array.of(0, 2, 1, 3)), row: 1 },
  "negative offsets": { batch: () => utf8(Int32Array.of(-1, 0, 1, 3)), row: 0 },
  "offsets beyond the data": { batch: () => utf8(Int32Array.of(0, 1, 2, 4)), row: 2 },
  "invalid UTF-8": {
    batch: () => utf8(Int32Array.of(0, 1, 2, 3), Uint8Array.of(0x61, 0xff, 0x62)),
    row: 1,
  },
  "a null in a non-nullable field": {
    batch: () =>
      batchOf(new Int32(), {
        nullCount: 1,
        nullBitmap: Uint8Array.of(0b101),
        data: Int32Array.of(1, 2, 3),
      }),
    row: 1,
  },
  "a dictionary index out of range": {
    batch: () =>
      batchOf(new Dictionary(text, new Int32()), {
        data: Int32Array.of(0, 1, 7),
        dictionary: vectorFromArray(["a", "b"], text),
      }),
    row: 2,
  },
  "a short buffer": { batch: () => batchOf(new Int32(), { data: Int32Array.of(1, 2) }), row: -1 },
};

for (const [name, { batch, row }] of Object.entries(INVALID)) {
  test(`InvalidBatchError: ${name}; the writer stays open`, async () => {
    const wrong = batch();
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, wrong.schema, { parallelism: 0 });
    await assert.rejects(async () => await writer.write(wrong), (error) => {
      assert.ok(error instanceof library.InvalidBatchError, String(error));
      assert.ok(error instanceof library.ParquetError);
      assert.equal(error.name, "InvalidBatchError");
      assert.equal(error.path, "c");
      if (row >= 0) assert.equal(error.row, row);
      return true;
    });
    const metadata = await writer.close();
    assert.equal(metadata.numRows, 0);
    assert.equal(readPages(await verified(sink.bytes())).numRows, 0);
  });
}

test("SchemaError: no columns, a union, a batch of another schema", async () => {
  const empty = new RecordBatch(new Schema([]), makeData({ type: new Struct([]), length: 0 }));
  await assert.rejects(toParquet([empty]), library.SchemaError);
  const union = new SparseUnion([0], [new Field("a", new Int32())]);
  assert.throws(
    () => new AsyncArrowWriter(new MemorySink(), new Schema([new Field("u", union)])),
    (error) => error instanceof library.SchemaError && error.path === "u",
  );
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, ids.schema);
  const other = tableFromArrays({ id: Float64Array.of(1) }).batches[0]!;
  await assert.rejects(async () => await writer.write(other), library.SchemaError);
  await writer.write(ids.batches[0]!);
  assert.equal((await writer.close()).numRows, 3);
});

test("LimitError: seconds that have no room as milliseconds", async () => {
  const vector = vectorFromArray([0], new TimestampSecond());
  (vector.data[0]!.values as BigInt64Array)[0] = 2n ** 62n;
  const table = new Table({ t: vector });
  await assert.rejects(toParquet(table, { parallelism: 0 }), (error) => {
    assert.ok(error instanceof library.LimitError, String(error));
    assert.equal(error.path, "t");
    return true;
  });
});

test("FormatError: what is neither Arrow nor Parquet", async () => {
  for (const size of [0, 1, 7, 100]) {
    const bytes = new Uint8Array(size).fill(7);
    await assert.rejects(toParquet(bytes), library.FormatError, `${size} bytes as Arrow IPC`);
    await assert.rejects(readParquetMetadata(bytes), library.FormatError, `${size} bytes`);
  }
});

test("SinkError: a sink that refuses; one terminal call, no footer", async () => {
  const calls: string[] = [];
  const cause = new Error("full");
  const stream = new WritableStream<Uint8Array>({
    write() {
      calls.push("write");
      throw cause;
    },
    close: () => void calls.push("close"),
    abort: () => void calls.push("abort"),
  });
  await assert.rejects(writeParquet(ids, stream), (error) => {
    assert.ok(error instanceof library.SinkError, String(error));
    assert.equal(error.cause, cause);
    assert.equal(error.outcome, "failed");
    return true;
  });
  assert.deepEqual(calls, ["write"]);
});

test("SinkError: a commit that fails leaves the outcome unknown", async () => {
  const stream = new WritableStream<Uint8Array>({
    close() {
      throw new Error("no quorum");
    },
  });
  await assert.rejects(
    writeParquet(ids, stream),
    (error) => error instanceof library.SinkError && error.outcome === "unknown",
  );
});

test("SinkTimeoutError: a sink that never settles", async () => {
  const stream = new WritableStream<Uint8Array>({ write: () => new Promise(() => {}) });
  await assert.rejects(
    writeParquet(ids, stream, { sinkTimeoutMs: 50 }),
    (error) => error instanceof library.SinkTimeoutError && error instanceof library.SinkError,
  );
});

test("AbortError: a signal, before and during; and abort()", async () => {
  const reason = new Error("enough");
  await assert.rejects(
    toParquet(ids, { signal: AbortSignal.abort(reason) }),
    (error) => error instanceof library.AbortError && error.cause === reason,
  );
  const controller = new AbortController();
  async function* endless() {
    for (;;) {
      yield ids.batches[0]!;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  setTimeout(() => controller.abort(reason), 30);
  await assert.rejects(toParquet(endless(), { signal: controller.signal }), library.AbortError);
  const writer = new AsyncArrowWriter(new MemorySink(), ids.schema);
  await writer.abort(reason);
  await assert.rejects(async () => await writer.write(ids.batches[0]!));
});

test("WriterStateError: use after close; close() again is the same promise", async () => {
  const writer = new AsyncArrowWriter(new MemorySink(), ids.schema);
  const closing = writer.close();
  assert.equal(writer.close(), closing);
  await closing;
  await assert.rejects(
    async () => await writer.write(ids.batches[0]!),
    library.WriterStateError,
  );
});

test("TypeError: what is no source, no sink, no batch", async () => {
  for (const source of [null, 5, {}, [1]]) {
    await assert.rejects(toParquet(source as never), TypeError);
  }
  for (const sink of [null, 5, {}]) {
    await assert.rejects(async () => await writeParquet(ids, sink as never), TypeError);
  }
});

test("after a failure the next writer succeeds", async () => {
  await assert.rejects(toParquet(INVALID["invalid UTF-8"]!.batch()));
  assert.equal(readPages(await toParquet(ids)).numRows, 3);
});
