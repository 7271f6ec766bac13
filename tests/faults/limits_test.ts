/**
 * FAULTS 29, 31, 32, 38 and 43: sizes at which something ends. Limits that would take gigabytes to meet are lowered, so that
 * each branch is run, on the caller's thread and in workers.
 */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import {
  Binary,
  Bool,
  type DataType,
  Field,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { LimitError, MemorySink, readParquetMetadata, type WriterOptions } from "../../mod.ts";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { EncoderHost } from "../../src/executor/encoder_host.ts";
import type { ExecutorResources } from "../../src/executor/encoder_resources.ts";
import { ArrayBufferSource, GROWTH_UNIT, LinearMemory } from "../../src/kernels/kernel_memory.ts";
import { TypescriptKernels } from "../../src/kernels/typescript/typescript_kernels.ts";
import { BatchWriter } from "../../src/pipeline/batch_writer.ts";
import { WriteEnd } from "../../src/pipeline/write_end.ts";
import { WriterCore } from "../../src/pipeline/writer_core.ts";
import { planWriter } from "../../src/pipeline/writer_plan.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { Limits } from "../../src/util/limits.ts";
import { FaultySink, resources, testPool } from "../pipeline/support.ts";
import { expectedOf, written } from "../roundtrip/written.ts";
import { LEAVES, rebatched } from "../support/arbitraries.ts";
import { withLimits } from "../support/limits.ts";
import { readPages } from "../support/page_decoder.ts";
import { randomBatch, randomNumbers } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { hex } from "../support/values.ts";
import { verified } from "../support/verified.ts";

const pool = testPool();
after(() => {
  for (const worker of [...pool.workers]) worker.kill();
});

interface Setting {
  readonly limits?: Partial<Limits>;
  readonly parallelism?: number;
  readonly resources?: ExecutorResources;
  readonly sink?: MemorySink | FaultySink;
}

function writerOf(
  schema: Schema,
  options: WriterOptions,
  { limits = {}, parallelism = 0, sink = new MemorySink(), ...setting }: Setting,
): BatchWriter {
  const plan = withLimits(planWriter(toArrowSchema(schema), resolveOptions(options)), limits);
  const used = setting.resources ?? resources(pool, parallelism);
  const core = new WriterCore(new WriteEnd(sink, plan.options), plan, used);
  return new BatchWriter(core, plan, used);
}

async function write(
  { schema, batches }: { readonly schema: Schema; readonly batches: readonly RecordBatch[] },
  options: WriterOptions,
  setting: Setting,
): Promise<Uint8Array> {
  const sink = setting.sink ?? new MemorySink();
  const writer = writerOf(schema, options, { ...setting, sink });
  for (const batch of batches) await writer.write(batch);
  await writer.core.close();
  const bytes = (sink as MemorySink).bytes();
  // A file without an ordinal is not what it should be, unless it has so many row groups.
  return setting.limits?.maxOrdinal === undefined ? verified(bytes) : bytes;
}

/** What the `LimitError` says that writing ends with; nothing is committed, and the sink is told so. */
async function limitOf(
  table: Table,
  options: WriterOptions,
  setting: Setting,
): Promise<{ path: string; row: number; message: string }> {
  const sink = new FaultySink();
  let found: LimitError | undefined;
  await assert.rejects(write(table, options, { ...setting, sink }), (error) => {
    assert.ok(error instanceof LimitError, String(error));
    found = error;
    return true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(sink.terminal, ["abort"]);
  const { path, row, message } = found!;
  return { path, row, message };
}

function texts(...lengths: number[]): Table {
  return new Table({
    n: vectorFromArray(lengths, new Int32()),
    s: vectorFromArray(
      lengths.map((n, i) => String.fromCharCode(97 + i % 26).repeat(n)),
      new Utf8(),
    ),
  });
}

function lists(...lengths: number[]): Table {
  const type = new List(new Field("item", new Int64(), true));
  return new Table({
    l: vectorFromArray(
      lengths.map((n) => Array.from({ length: n }, (_, i) => BigInt(i))),
      type as DataType,
    ),
  } as never);
}

const THREADS = [0, 2];

test("FAULTS 29: beyond 32,768 row groups there is no ordinal", async () => {
  const count = 32_770;
  const table = new Table({ n: vectorFromArray(Int32Array.from({ length: count }, (_, i) => i)) });
  const bytes = await written(table, {
    maxRowGroupRowCount: 1,
    compression: "uncompressed",
    statisticsEnabled: "none",
    dictionaryEnabled: false,
    pageChecksum: false,
    skipArrowMetadata: true,
  });
  const { rowGroups, numRows } = await readParquetMetadata(bytes);
  assert.equal(numRows, count);
  assert.deepEqual(
    rowGroups.map(({ ordinal }) => ordinal),
    Array.from({ length: count }, (_, i) => i < 32_768 ? i : undefined),
  );
});

test("FAULTS 31: 10,000 columns, workers stay bounded", async () => {
  const columns = 10_000;
  const fields = Array.from({ length: columns }, (_, i) => new Field(`c${i}`, new Int32(), false));
  const schema = new Schema(fields);
  const batch = (from: number) => {
    const children = fields.map((_, i) =>
      makeData({ type: new Int32(), length: 3, data: Int32Array.of(from, i, from * i) })
    );
    return new RecordBatch(
      schema,
      makeData({ type: new Struct(fields), length: 3, nullCount: 0, children }),
    );
  };
  const options: WriterOptions = { statisticsEnabled: "none" };
  const expected = await write({ schema, batches: [batch(1), batch(2)] }, options, {});
  const before = pool.workers.length;
  const sink = new MemorySink();
  const writer = writerOf(schema, options, { parallelism: 2, sink });
  await writer.write(batch(1));
  await writer.write(batch(2));
  assert.equal(writer.core.workers, 2);
  assert.ok(pool.workers.length <= Math.max(before, 2));
  await writer.core.close();
  assert.ok(hex(sink.bytes()) === hex(expected));
  const { rowGroups, numRows } = await readParquetMetadata(expected);
  assert.equal(numRows, 6);
  assert.deepEqual(rowGroups.map((rowGroup) => rowGroup.columns.length), [columns]);
});

test("FAULTS 32: a footer over its cap is a LimitError, and nothing is committed", async () => {
  const table = texts(1, 2, 3);
  const bytes = await write(table, {}, {});
  const footer = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  for (const parallelism of THREADS) {
    const fits = await write(table, {}, { parallelism, limits: { maxFooterBytes: footer } });
    assert.ok(hex(fits) === hex(bytes));
    const limit = await limitOf(table, {}, { parallelism, limits: { maxFooterBytes: footer - 1 } });
    assert.match(limit.message, /metadata of more than/);
  }
});

describe("FAULTS 38: every codec", () => {
  const random = randomNumbers(3);
  const noise = (n: number) => Uint8Array.from({ length: n }, () => random() * 256);
  const tables: Readonly<Record<string, Table>> = {
    "no value": new Table({ s: vectorFromArray([null, null], new Utf8()) }),
    "empty values": new Table({ b: vectorFromArray([new Uint8Array()], new Binary()) }),
    "1 byte": new Table({ b: vectorFromArray([true], new Bool()) }),
    "incompressible": new Table({
      b: vectorFromArray([noise(70_000), noise(1), noise(3000)], new Binary()),
    }),
  };
  for (
    const compression of [
      "uncompressed",
      "snappy",
      "gzip",
      "brotli",
      "zstd",
      "lz4_raw",
    ] as const
  ) {
    for (const [name, table] of Object.entries(tables)) {
      test(`${compression}, ${name}`, async () => {
        for (const writerVersion of ["1.0", "2.0"] as const) {
          const options = { compression, writerVersion, dictionaryEnabled: false };
          await assertReadable(await written(table, options), expectedOf(table));
        }
      });
    }
  }
});

test("FAULTS 43: the same rows give the same bytes, however batched and with however many workers", async () => {
  const names = Object.keys(LEAVES);
  const schema = new Schema(names.map((name) => new Field(name, LEAVES[name]!(), true)));
  const shape = { seed: 43, nulls: 0.2, distinct: 30, garbage: true, sliced: 3 };
  const batches = [randomBatch(schema, 300, shape), randomBatch(schema, 77, { ...shape, seed: 7 })];
  for (
    const limits of [
      { maxRowGroupRowCount: 150 },
      { maxRowGroupBytes: 10_000, dataPageSizeLimit: 500 },
    ]
  ) {
    const options: WriterOptions = { ...limits, memoryBudget: 1024 * 1024 };
    const expected = await written({ schema, batches }, options);
    assert.ok((await readParquetMetadata(expected)).rowGroups.length > 1);
    for (
      const [parallelism, sizes] of [[0, [1]], [1, [13, 5]], [2, [100]], [3, [64, 1]]] as const
    ) {
      const again = { schema, batches: rebatched(batches, sizes) };
      const bytes = await written(again, { ...options, parallelism });
      assert.ok(hex(bytes) === hex(expected), `${parallelism} workers, batches of ${sizes}`);
    }
  }
});

describe("pages are split where they would be too large", () => {
  const options: WriterOptions = { maxRowGroupRowCount: 40, compression: "uncompressed" };
  const cases: Readonly<Record<string, [Table, WriterOptions, Partial<Limits>]>> = {
    "text": [
      texts(...Array.from({ length: 90 }, (_, i) => 10 + i * 37 % 900)),
      { dictionaryEnabled: false },
      { maxPageBytes: 2000 },
    ],
    "text that may become a dictionary": [
      texts(...Array.from({ length: 90 }, (_, i) => 10 + i * 37 % 900)),
      { columns: { n: { dictionaryEnabled: false } } },
      { maxPageBytes: 2000 },
    ],
    "lists": [
      lists(...Array.from({ length: 90 }, (_, i) => i * 7 % 100)),
      { dictionaryEnabled: false, writerVersion: "2.0" },
      { maxPageBytes: 2000 },
    ],
    "entries": [
      lists(...Array.from({ length: 90 }, (_, i) => i * 7 % 100)),
      { dictionaryEnabled: false },
      { maxPageEntries: 120 },
    ],
  };
  for (const [name, [table, more, limits]] of Object.entries(cases)) {
    test(name, async () => {
      const bytes = await write(table, { ...options, ...more }, { limits });
      const file = readPages(bytes);
      let pages = 0;
      for (const { pages: all } of file.rowGroups.flatMap(({ chunks }) => chunks)) {
        pages += all.length;
        for (const { entries } of all.map((page) => ({ entries: page.definitionLevels.length }))) {
          assert.ok(entries <= (limits.maxPageEntries ?? Infinity), `${entries} entries`);
        }
      }
      assert.ok(pages > 3 * file.rowGroups.length * file.rowGroups[0]!.chunks.length, `${pages}`);
      await assertReadable(bytes, expectedOf(table));
      for (const parallelism of THREADS) {
        const batches = rebatched(table.batches, [1, 17, 5]);
        const again = { schema: table.schema, batches };
        const other = await write(again, { ...options, ...more }, { limits, parallelism });
        assert.ok(hex(other) === hex(bytes), `${parallelism} workers`);
      }
    });
  }
});

describe("a limit that is met names column and row", () => {
  const plain: WriterOptions = { compression: "uncompressed", dictionaryEnabled: false };
  for (const parallelism of THREADS) {
    const threads = `${parallelism} workers`;

    test(`a row that no page holds, ${threads}`, async () => {
      const table = texts(10, 10, 3000, 10);
      const limits = { maxPageBytes: 1000 };
      const whole = await limitOf(table, plain, { parallelism, limits });
      assert.deepEqual([whole.path, whole.row], ["s", 2]);
      assert.match(whole.message, /data page of \d+ bytes \(limit 1000\)/);
      const second = { ...plain, maxRowGroupRowCount: 2 };
      const inSecond = await limitOf(table, second, { parallelism, limits });
      assert.deepEqual([inSecond.path, inSecond.row], ["s", 0]);
      const nested = await limitOf(lists(3, 500), plain, { parallelism, limits });
      assert.deepEqual([nested.path, nested.row], ["l", 1]);
    });

    test(`a page that compression makes larger, ${threads}`, async () => {
      const random = randomNumbers(5);
      const noise = Uint8Array.from({ length: 5000 }, () => random() * 256);
      const schema = new Schema([new Field("b", new Binary(), false)]);
      const data = makeData({
        type: new Binary(),
        length: 1,
        valueOffsets: Int32Array.of(0, 5000),
        data: noise,
      });
      const root = makeData({ type: new Struct(schema.fields), length: 1, children: [data] });
      const table = new Table([new RecordBatch(schema, root)]);
      const limits = { maxPageBytes: 5015 };
      await write(table, plain, { parallelism, limits });
      const options: WriterOptions = { ...plain, compression: "lz4_raw" };
      const limit = await limitOf(table, options, { parallelism, limits });
      assert.deepEqual([limit.path, limit.row], ["b", 0]);
    });

    test(`a dictionary page, ${threads}`, async () => {
      const table = new Table({
        n: vectorFromArray(BigInt64Array.from({ length: 9000 }, (_, i) => BigInt(i * 7919 % 500))),
      });
      const limit = await limitOf(table, {}, { parallelism, limits: { maxPageBytes: 3000 } });
      assert.deepEqual([limit.path, limit.row], ["n", -1]);
      assert.match(limit.message, /dictionary page of 4000 bytes/);
    });

    test(`a row that no record holds, ${threads}`, async () => {
      const limits = { maxRecordBytes: 1_200_000 };
      const limit = await limitOf(texts(5, 5, 5, 1_500_000), plain, { parallelism, limits });
      assert.deepEqual([limit.path, limit.row], ["s", 3]);
      assert.match(limit.message, /limit 1200000/);
      const bytes = await write(texts(5, 1_100_000, 1_100_000), plain, { parallelism, limits });
      assert.equal((await readParquetMetadata(bytes)).numRows, 3);
    });

    test(`bytes and rows of a file, ${threads}`, async () => {
      const options = { ...plain, maxRowGroupRowCount: 2 };
      const bytes = await limitOf(texts(1, 2, 3, 4, 900), options, {
        parallelism,
        limits: { maxOffset: 1000 },
      });
      assert.deepEqual([bytes.path, bytes.row], ["", -1]);
      assert.match(bytes.message, /more than 1000 bytes or rows/);
    });

    test(`ordinals of row groups, ${threads}`, async () => {
      const options = { ...plain, maxRowGroupRowCount: 1 };
      const limits = { maxOrdinal: 1 };
      const bytes = await write(texts(1, 2, 3), options, { parallelism, limits });
      const { rowGroups } = await readParquetMetadata(bytes);
      assert.deepEqual(rowGroups.map(({ ordinal }) => ordinal), [0, 1, undefined]);
    });
  }

  test("kernel memory", async () => {
    const memory = new LinearMemory(new ArrayBufferSource(GROWTH_UNIT, 40 * GROWTH_UNIT), 0);
    const host = new EncoderHost(new TypescriptKernels(memory));
    const small = { ...resources(pool, 0), host: () => host };
    const options = { ...plain, dataPageSizeLimit: 1024 ** 3, dataPageRowCountLimit: 2 ** 31 - 1 };
    const rows = texts(...new Array<number>(40).fill(100_000));
    const limit = await limitOf(rows, options, { resources: small });
    assert.equal(limit.path, "s");
    assert.ok(limit.row > 0 && limit.row <= 40, `${limit.row}`);
    assert.match(limit.message, /kernel memory.*row group 0/);
    // Nothing of it is left: the next writer has all the memory.
    assert.equal(host.broken, null);
    const few = texts(...new Array<number>(3).fill(100_000));
    await write(few, options, { resources: small });
  });
});
