/** Row groups that end by encoded bytes: how near to the limit, and that nothing but the rows decides. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, test } from "node:test";
import {
  Field,
  Float64,
  Int32,
  List,
  makeData,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
  type Vector,
} from "apache-arrow";
import { MemorySink, readParquetMetadata, toParquet, type WriterOptions } from "../../mod.ts";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import { compileKernels, createKernels } from "../../src/kernels/load_kernels.ts";
import { batch, core, resources, scribble, testPool } from "../pipeline/support.ts";
import { randomNumbers } from "../support/random_data.ts";
import { verified } from "../support/verified.ts";

const LIMIT = 1024 * 1024;
const WORDS = "the quick brown fox jumps over the lazy dog and writes pages of text".split(" ");

const pool = testPool();
after(() => {
  for (const worker of [...pool.workers]) worker.kill();
});

function texts(count: number, text: (i: number) => string): Vector {
  const parts = Array.from({ length: count }, (_, i) => new TextEncoder().encode(text(i)));
  const valueOffsets = new Int32Array(count + 1);
  parts.forEach((part, i) => valueOffsets[i + 1] = valueOffsets[i]! + part.length);
  const data = new Uint8Array(valueOffsets[count]!);
  parts.forEach((part, i) => data.set(part, valueOffsets[i]!));
  return makeVector(makeData({ type: new Utf8(), length: count, valueOffsets, data }));
}

function sentence(random: () => number, words: number): string {
  return Array.from({ length: words }, () => WORDS[Math.floor(random() * WORDS.length)]!).join(" ");
}

/** Tables by what is in them, each of several row groups. */
const TABLES: Readonly<Record<string, (random: () => number) => Table>> = {
  "random numbers": (random) =>
    new Table({
      a: makeVector(Float64Array.from({ length: 250_000 }, random)),
      b: makeVector(Int32Array.from({ length: 250_000 }, () => random() * 2 ** 31)),
    }),
  "few values": (random) =>
    new Table({
      a: makeVector(Int32Array.from({ length: 2_000_000 }, () => random() * 12)),
      b: makeVector(Int32Array.from({ length: 2_000_000 }, () => random() * 300)),
    }),
  "text": (random) => new Table({ s: texts(120_000, () => sentence(random, 12)) }),
  "keys": (random) =>
    new Table({
      id: makeVector(BigInt64Array.from({ length: 400_000 }, (_, i) => BigInt(i * 3))),
      s: texts(400_000, () => `customer ${Math.floor(random() * 20_000)}`),
    }),
  "nested": (random) => {
    const count = 150_000;
    const type = new List(new Field("item", new Int32(), true));
    const valueOffsets = new Int32Array(count + 1);
    for (let i = 0; i < count; i++) valueOffsets[i + 1] = valueOffsets[i]! + random() * 6;
    const items = Int32Array.from({ length: valueOffsets[count]! }, () => random() * 1e6);
    const child = makeData({ type: new Int32(), data: items });
    const list = makeData({ type, length: count, valueOffsets, child });
    const double = makeData({
      type: new Float64(),
      data: Float64Array.from({ length: count }, () => Math.round(random() * 1e4)),
    });
    const struct = new Struct([new Field("list", type, true), new Field("n", new Float64(), true)]);
    const data = makeData({ type: struct, length: count, children: [list, double] } as never);
    const schema = new Schema([new Field("s", struct, true)]);
    const root = new Struct(schema.fields);
    return new Table([
      new RecordBatch(schema, makeData({ type: root, length: count, children: [data] })),
    ]);
  },
};

for (const [name, make] of Object.entries(TABLES)) {
  for (const compression of ["uncompressed", "zstd"] as const) {
    test(`maxRowGroupBytes: ${name}, ${compression}`, async () => {
      const options = { compression, maxRowGroupRowCount: 2 ** 31 - 1, parallelism: 0 };
      const table = make(randomNumbers(7));
      const bytes = await verified(
        await toParquet(table, { ...options, maxRowGroupBytes: LIMIT }),
      );
      const { rowGroups, numRows } = await readParquetMetadata(bytes);
      assert.equal(numRows, table.numRows);
      assert.ok(rowGroups.length > 1, `${rowGroups.length} row group`);
      for (const [i, { totalCompressedSize }] of rowGroups.entries()) {
        const share = totalCompressedSize! / LIMIT;
        if (i < rowGroups.length - 1) assert.ok(share > 0.85, `row group ${i}: ${share}`);
        assert.ok(share < 1.05, `row group ${i}: ${share}`);
      }
    });
  }
}

test("maxRowGroupBytes: a row that is larger than the limit is a row group", async () => {
  const random = randomNumbers(1);
  const table = new Table({
    s: texts(5, () => Array.from({ length: 2000 }, () => random().toString(36)).join("")),
  });
  const bytes = await verified(
    await toParquet(table, { maxRowGroupBytes: 5000, parallelism: 0 }),
  );
  const { rowGroups } = await readParquetMetadata(bytes);
  assert.deepEqual(rowGroups.map(({ numRows }) => numRows), [1, 1, 1, 1, 1]);
});

/** Bytes of a file of `rows` rows in batches of `step`, none of them awaited, all of them overwritten at once. */
async function write(
  rows: number,
  step: number,
  { parallelism = 0, wasm = false },
  options: WriterOptions,
): Promise<Buffer> {
  const sink = new MemorySink();
  const host = new EncoderHost(
    wasm ? createKernels("wasm", compileKernels()) : createKernels("typescript"),
  );
  const writer = core(sink, { ...resources(pool, parallelism), host: () => host }, options);
  const pending: Promise<void>[] = [];
  for (let at = 0; at < rows; at += step) {
    const part = batch(at, Math.min(step, rows - at));
    pending.push(writer.append(part));
    scribble(part);
  }
  await writer.close();
  await Promise.all(pending);
  return Buffer.from(sink.bytes());
}

for (
  const [compression, maxRowGroupBytes, rows] of [
    ["uncompressed", 300_000, 60_000],
    ["snappy", 100_000, 30_000],
    // A slow codec, so that row groups go on beyond what is measured throughout.
    ["gzip", 1_500_000, 350_000],
  ] as const
) {
  test(`maxRowGroupBytes: the same bytes however batched and encoded, ${compression}`, async () => {
    const options: WriterOptions = { compression, maxRowGroupBytes };
    const expected = await verified(await write(rows, rows, {}, options));
    const { rowGroups } = await readParquetMetadata(expected);
    assert.ok(rowGroups.length > 1);
    for (
      const [step, how] of [
        [777, {}],
        [10_001, { parallelism: 2 }],
        [rows, { wasm: true }],
      ] as const
    ) {
      const found = await write(rows, step, how, options);
      assert.ok(found.equals(expected), `batches of ${step}, ${JSON.stringify(how)}`);
    }
  });
}

test("inProgressSize is what was measured, where maxRowGroupBytes is given", async () => {
  const writer = core(new MemorySink(), resources(pool, 0), { maxRowGroupBytes: 1_000_000 });
  await writer.append(batch(0, 30_000));
  const expected = writer.inProgressSize;
  assert.ok(writer.memorySize > 0);
  const { rowGroups } = await writer.close();
  assert.equal(rowGroups.length, 1);
  const share = expected / rowGroups[0]!.totalCompressedSize!;
  assert.ok(share > 0.9 && share < 1.1, `${share}`);
  assert.equal(writer.memorySize, 0);
});
