/** Small batches are encoded together: the file is what it is when they come one by one, whoever writes it and whatever their kinds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  Bool,
  type Data,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int8,
  LargeUtf8,
  List,
  makeData,
  Null,
  type RecordBatch,
  RecordBatch as Batch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  Utf8View,
  vectorFromArray,
} from "apache-arrow";
import {
  AsyncArrowWriter,
  MemorySink,
  ParquetEncoderStream,
  Pipeline,
  toParquet,
  writeParquet,
} from "../../mod.ts";
import type { ColumnArray } from "../../src/arrow/column_array.ts";
import { SmallBatches } from "../../src/executor/small_batches.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { aloneWriter, writtenAlone } from "../support/batches_alone.ts";
import { randomBatch, randomNumbers } from "../support/random_data.ts";

const OPTIONS = { parallelism: 0 } as const;

/** Overwrites everything that a batch has memory for. */
function overwrite(batch: RecordBatch): void {
  const visit = (data: Data): void => {
    for (const buffer of [data.nullBitmap, data.values, data.valueOffsets]) {
      if (!ArrayBuffer.isView(buffer)) continue;
      new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).fill(0xa5);
    }
    for (const buffer of data.variadicBuffers ?? []) buffer.fill(0xa5);
    data.children.forEach((child) => visit(child as Data));
    data.dictionary?.data.forEach((chunk) => visit(chunk as Data));
  };
  visit(batch.data);
}

/** The writers that take batches one by one. */
const WRITERS: Readonly<
  Record<
    string,
    (batches: Iterable<RecordBatch>, schema: Schema, options: object) => Promise<Uint8Array>
  >
> = {
  "AsyncArrowWriter": async (batches, schema, options) => {
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, schema, options);
    for (const batch of batches) await writer.write(batch);
    await writer.close();
    return sink.bytes();
  },
  "AsyncArrowWriter, not awaited": async (batches, schema, options) => {
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, schema, options);
    for (const batch of batches) writer.write(batch);
    await writer.close();
    return sink.bytes();
  },
  "Pipeline": async (batches, schema, options) => {
    const sink = new MemorySink();
    const pipeline = Pipeline.builder().buildProperties(schema, options).buildWriter()
      .spawnEncoder().spawnWriter(sink).build();
    for (const batch of batches) await pipeline.addBatch(batch);
    await pipeline.close();
    return sink.bytes();
  },
  "ParquetEncoderStream": async (batches, schema, options) => {
    const stream = new ParquetEncoderStream(schema, options);
    const bytes = new Response(stream.readable).arrayBuffer();
    const writer = stream.writable.getWriter();
    for (const batch of batches) await writer.write(batch);
    await writer.close();
    return new Uint8Array(await bytes);
  },
};

/** Batches one after the other, the memory of each overwritten when the next is asked for. */
function* overwritten(batches: readonly (() => RecordBatch)[]): Generator<RecordBatch> {
  for (const make of batches) {
    const batch = make();
    yield batch;
    overwrite(batch);
  }
}

for (const [name, type] of Object.entries(LEAVES)) {
  test(`small batches of ${name} are the file that they are one by one`, async () => {
    const schema = new Schema([
      new Field("v", type(), true),
      new Field("required", type(), name === "null"),
      new Field("n", new Int32(), true),
    ]);
    for (const [seed, nulls] of [[1, 0], [2, 0.3], [3, 1]] as const) {
      const batches = Array.from({ length: 12 }, (_, i) => () => {
        // Some batches have no nulls, and so no bitmap.
        const shape = { seed: 100 * seed + i, nulls: i % 3 === 0 ? 0 : nulls, distinct: 9 };
        return randomBatch(schema, 5 + 13 * i, { ...shape, garbage: true, sliced: i % 5 });
      });
      for (const options of [OPTIONS, { ...OPTIONS, maxRowGroupRowCount: 101 }]) {
        const alone = await writtenAlone(batches.map((make) => make()), options);
        assert.deepEqual(await toParquet(batches.map((make) => make()), options), alone);
        for (const [writer, write] of Object.entries(WRITERS)) {
          assert.deepEqual(await write(overwritten(batches), schema, options), alone, writer);
        }
      }
    }
  });
}

/** Texts as each of the types that a column of texts may come in. */
const KINDS: Readonly<Record<string, (texts: readonly (string | null)[]) => Data>> = {
  utf8: (texts) => vectorFromArray(texts, new Utf8()).data[0]!,
  large: (texts) => vectorFromArray(texts, new LargeUtf8()).data[0]!,
  views: (texts) => vectorFromArray(texts, new Utf8View()).data[0]!,
  dictionary: (texts) => vectorFromArray(texts, new Dictionary(new Utf8(), new Int8())).data[0]!,
  wide: (texts) => vectorFromArray(texts, new Dictionary(new Utf8(), new Int32())).data[0]!,
};

test("batches whose columns come in another kind each time", async () => {
  const random = randomNumbers(5);
  const names = Object.keys(KINDS);
  for (let round = 0; round < 20; round++) {
    const batches = Array.from({ length: 15 }, () => {
      const rows = 1 + Math.floor(random() * 40), nulls = random() < 0.5 ? 0.3 : 0;
      const texts = Array.from(
        { length: rows },
        () =>
          random() < nulls
            ? null
            : "x".repeat(Math.floor(random() * 14)) + Math.floor(random() * 9),
      );
      const column = KINDS[names[Math.floor(random() * names.length)]!]!;
      return () => {
        const children = [
          column(texts),
          vectorFromArray(texts.map((_, i) => i), new Int32()).data[0]!,
        ];
        const fields = [
          new Field("t", children[0]!.type, true),
          new Field("n", children[1]!.type, true),
        ];
        const data = makeData({
          type: new Struct(fields),
          length: rows,
          nullCount: 0,
          children,
        });
        return new Batch(new Schema(fields), data);
      };
    });
    const schema = new Schema([
      new Field("t", new Utf8(), true),
      new Field("n", new Int32(), true),
    ]);
    const sink = new MemorySink();
    const alone = aloneWriter(sink, schema, OPTIONS);
    for (const make of batches) await alone.write(make());
    await alone.close();
    for (const [writer, write] of Object.entries(WRITERS)) {
      assert.deepEqual(await write(overwritten(batches), schema, OPTIONS), sink.bytes(), writer);
    }
  }
});

test("a dictionary that many batches share, whose entries change now and then", async () => {
  const type = new Dictionary(new Utf8(), new Int32(), 7);
  const schema = new Schema([new Field("d", type, true), new Field("n", new Float64(), false)]);
  const random = randomNumbers(3);
  for (const entries of [5, 3000]) {
    const texts = vectorFromArray(
      Array.from({ length: entries }, (_, i) => `entry ${i % 10} of ${i}`),
      new Utf8(),
    );
    const { values } = texts.data[0]!;
    const batchOf = (keys: Int32Array, bits: Uint8Array): RecordBatch => {
      const length = keys.length;
      const children = [
        makeData({ type, length, nullCount: -1, data: keys, nullBitmap: bits, dictionary: texts }),
        makeData({
          type: new Float64(),
          length,
          nullCount: 0,
          data: Float64Array.from(keys),
        }),
      ];
      return new Batch(
        schema,
        makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
      );
    };
    const steps = Array.from({ length: 200 }, () => ({
      keys: Int32Array.from({ length: 30 }, () => Math.floor(random() * entries)),
      bits: Uint8Array.from(
        { length: 8 },
        () => random() < 0.3 ? 0xff : Math.floor(random() * 256),
      ),
      // The first letter of an entry that this batch uses, or of any.
      change: random() < 0.1 ? Math.floor(random() * entries) : -1,
      letter: 97 + Math.floor(random() * 26),
    }));
    const { valueOffsets } = texts.data[0]!;
    const run = function* (): Generator<RecordBatch> {
      values.set(before);
      for (const { keys, bits, change, letter } of steps) {
        if (change >= 0) values[valueOffsets[change]!] = letter;
        yield batchOf(keys.slice(), bits.slice());
      }
    };
    const before = values.slice();
    const sink = new MemorySink();
    const alone = aloneWriter(sink, schema, OPTIONS);
    for (const batch of run()) await alone.write(batch);
    await alone.close();
    for (const [writer, write] of Object.entries(WRITERS)) {
      assert.deepEqual(await write(run(), schema, OPTIONS), sink.bytes(), writer);
    }
  }
});

test("dictionaries that come in turns, with keys of several widths", async () => {
  const random = randomNumbers(9);
  const vectors = ["a", "b"].map((letter) =>
    vectorFromArray(Array.from({ length: 100 }, (_, i) => `${letter}${i}`), new Utf8())
  );
  const schema = new Schema([new Field("d", new Utf8(), false)]);
  const batches = Array.from({ length: 300 }, (): RecordBatch => {
    const dictionary = vectors[Math.floor(random() * 2)]!, wide = random() < 0.5;
    const type = new Dictionary(new Utf8(), wide ? new Int32() : new Int8());
    const keys = Array.from({ length: 20 }, () => Math.floor(random() * 100));
    const data = wide ? Int32Array.from(keys) : Int8Array.from(keys);
    const children = [makeData({ type, length: 20, nullCount: 0, data, dictionary } as never)];
    const struct = new Struct([new Field("d", type, false)]);
    const parts = { type: struct, length: 20, nullCount: 0, children };
    return new Batch(new Schema(struct.children), makeData(parts));
  });
  const sink = new MemorySink();
  const alone = aloneWriter(sink, schema, OPTIONS);
  for (const batch of batches) await alone.write(batch);
  await alone.close();
  for (const [writer, write] of Object.entries(WRITERS)) {
    assert.deepEqual(await write(batches, schema, OPTIONS), sink.bytes(), writer);
  }
});

test("small batches that share a dictionary, and those that do not", async () => {
  const type = new Dictionary(new Utf8(), new Int8());
  const schema = new Schema([new Field("v", type, true)]);
  const shape = { nulls: 0.2, distinct: 5, garbage: false, sliced: 0 };
  const one = randomBatch(schema, 700, { seed: 7, ...shape });
  const parts = [0, 100, 230, 600].map((from, i, all) => one.slice(from, all[i + 1] ?? 700));
  assert.deepEqual(await toParquet(parts, OPTIONS), await writtenAlone(parts, OPTIONS));
  const other = randomBatch(schema, 50, { seed: 8, ...shape });
  const mixed = [...parts, other, ...parts];
  assert.deepEqual(await toParquet(mixed, OPTIONS), await writtenAlone(mixed, OPTIONS));
});

test("small and large batches keep their order", async () => {
  let next = 0;
  const batches = [10, 20, 9000, 5, 4096, 4097, 1, 2, 100_000, 3].map((rows) => {
    const n = Int32Array.from({ length: rows }, () => next++);
    const s = vectorFromArray(Array.from(n, (value) => `${value % 1000}`), new Utf8());
    return new Table({ n: vectorFromArray(n), s });
  });
  const table = batches[0]!.concat(...batches.slice(1));
  const alone = await writtenAlone(table.batches, OPTIONS);
  assert.deepEqual(await toParquet(table.batches, OPTIONS), alone);
  assert.deepEqual(await toParquet(tableToIPC(table), OPTIONS), alone);
  for (const [writer, write] of Object.entries(WRITERS)) {
    assert.deepEqual(await write(table.batches, table.schema, OPTIONS), alone, writer);
  }
  const sink = new MemorySink();
  // Workers, and a budget that is over all the time.
  await writeParquet(table.batches, sink, { parallelism: 1, memoryBudget: 100_000 });
  const small = { parallelism: 0, memoryBudget: 100_000 };
  assert.deepEqual(sink.bytes(), await writtenAlone(table.batches, small));
});

test("what gathers counts as held and as in progress, and is let go of at the end", async () => {
  const schema = new Schema([new Field("n", new Int32(), false)]);
  const shape = { seed: 1, nulls: 0, distinct: 0, garbage: false, sliced: 0 };
  const bufferedRows: number[] = [];
  const writer = new AsyncArrowWriter(new MemorySink(), schema, {
    ...OPTIONS,
    onProgress: (progress) => void bufferedRows.push(progress.bufferedRows),
  });
  await writer.write(randomBatch(schema, 100, shape));
  const before = writer.memorySize;
  for (let i = 0; i < 20; i++) await writer.write(randomBatch(schema, 1000, shape));
  assert.equal(writer.inProgressRows, 20_100);
  assert.deepEqual(bufferedRows, Array.from({ length: 21 }, (_, i) => 100 + 1000 * i));
  assert.ok(writer.memorySize >= before + 80_000, `${before} and ${writer.memorySize} bytes`);
  assert.ok(writer.inProgressSize > 80_000);
  await writer.close();
  assert.equal(writer.memorySize, 0);
});

test("a refused batch among small ones is refused alone, with column and row", async () => {
  const schema = new Schema([
    new Field("n", new Int32(), false),
    new Field("s", new Utf8(), false),
  ]);
  const shape = { nulls: 0, distinct: 0, garbage: false, sliced: 0 };
  const batches = Array.from(
    { length: 9 },
    (_, i) => randomBatch(schema, 40, { seed: i, ...shape }),
  );
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, schema, OPTIONS);
  for (const [i, batch] of batches.entries()) {
    await writer.write(batch);
    const wrong = randomBatch(schema, 40, { seed: i, ...shape });
    const { values, valueOffsets } = wrong.data.children[1]!;
    const row = valueOffsets.findIndex((offset: number, row: number) =>
      row >= i && offset < valueOffsets[row + 1]!
    );
    (values as Uint8Array).fill(0xff, valueOffsets[row], valueOffsets[row + 1]);
    await assert.rejects(writer.write(wrong), { name: "InvalidBatchError", path: "s", row });
  }
  await writer.close();
  assert.deepEqual(sink.bytes(), await writtenAlone(batches, OPTIONS));
});

test("what does not wait: large batches, nested ones, dictionaries of the caller's, very many columns", () => {
  const appended: [number, number][] = [];
  const small = (leaves: number, most = 1 << 20) =>
    new SmallBatches(leaves, most, (_, from, to) => appended.push([from, to]));
  const fixed = (rows: number): ColumnArray => ({
    shape: "fixed",
    length: rows,
    validity: null,
    width: 4,
    values: new Uint8Array(rows * 4),
  });
  const list: ColumnArray = {
    shape: "list",
    length: 1,
    validity: null,
    offsets: Int32Array.of(0, 1),
    child: fixed(1),
  };
  const dictionary: ColumnArray = {
    shape: "dictionary",
    length: 1,
    validity: null,
    keyWidth: 1,
    keys: new Uint8Array(1),
    dictionary: fixed(1) as ColumnArray & { shape: "fixed" },
  };
  const batches = small(2);
  assert.equal(batches.add([fixed(10), fixed(10)], 3, 8), true);
  assert.equal(batches.add([fixed(5000), fixed(5000)], 0, 5000), false);
  assert.equal(batches.add([list], 0, 1), false);
  assert.equal(batches.add([dictionary], 0, 1), false);
  assert.equal(small(1).add([{ ...dictionary, owned: true }], 0, 1), true);
  assert.equal(small(1000).add([fixed(1)], 0, 1), false);
  assert.equal(small(2, 0).add([fixed(1)], 0, 1), false);
  // What cannot go on with those that wait is not added, and they are not in its way.
  assert.deepEqual(appended, [[0, 5]]);
  assert.equal(batches.rows, 0);
  // Enough of them.
  for (let i = 0; i < 100; i++) batches.add([fixed(1000), fixed(1000)], 0, 1000);
  assert.deepEqual(appended.slice(1), [[0, 66_000]]);
  assert.equal(batches.rows, 34_000);
});

test("kinds that need no memory, or little", async () => {
  const schema = new Schema([
    new Field("nothing", new Null(), true),
    new Field("bits", new Bool(), true),
    new Field("bytes", new Binary(), true),
    new Field("list", new List(new Field("item", new Int8(), true)), true),
  ]);
  const flat = new Schema(schema.fields.slice(0, 3));
  const shape = { nulls: 0.4, distinct: 0, garbage: true, sliced: 0 };
  for (const columns of [schema, flat]) {
    const batches = Array.from(
      { length: 30 },
      (_, i) => randomBatch(columns, i % 7, { seed: i, ...shape, nulls: i % 2 ? 0.4 : 0 }),
    );
    assert.deepEqual(await toParquet(batches, OPTIONS), await writtenAlone(batches, OPTIONS));
  }
});
