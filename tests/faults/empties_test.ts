/** FAULTS 1 to 4 and 6: nothing at all, nothing in between, nothing but nulls, nulls where none may be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Data,
  DataType,
  Field,
  FixedSizeList,
  List,
  makeData,
  Map_,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Vector,
} from "apache-arrow";
import {
  AsyncArrowWriter,
  InvalidBatchError,
  MemorySink,
  ParquetEncoderStream,
  readParquetMetadata,
  SchemaError,
  toParquet,
} from "../../mod.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { readPages } from "../support/page_decoder.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { expectedOf, written } from "../roundtrip/written.ts";

const all = new Schema(
  Object.entries(LEAVES).map(([name, make]) => new Field<DataType>(name, make(), true)),
);
const SHAPE = { seed: 3, nulls: 0.2, distinct: 0, garbage: false, sliced: 0 };
/** Arrow types that DuckDB does not read, and that are of no concern here, among others that it does. */
const few = new Schema(
  ["int32", "utf8", "bool", "dictionaryUtf8", "float64"].map((name) =>
    new Field<DataType>(name, LEAVES[name]!(), true)
  ),
);

test("FAULTS 1: without a batch there is a valid file of no row groups", async () => {
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, all);
  const metadata = await writer.close();
  assert.deepEqual([metadata.numRows, metadata.rowGroups.length], [0, 0]);
  await assertReadable(sink.bytes(), expectedOf({ schema: all, batches: [] }));

  const parts: Uint8Array[] = [];
  await new ReadableStream<RecordBatch>({ start: (controller) => controller.close() })
    .pipeThrough(new ParquetEncoderStream(all))
    .pipeTo(new WritableStream({ write: (part) => void parts.push(part) }));
  assert.deepEqual(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()), sink.bytes());

  const batch = randomBatch(all, 0, SHAPE);
  const empty = await toParquet([batch, batch], { parallelism: 0 });
  assert.equal((await readParquetMetadata(empty)).rowGroups.length, 0);
});

test("FAULTS 2: empty batches leave no trace", async () => {
  const batches = [randomBatch(few, 30, SHAPE), randomBatch(few, 11, { ...SHAPE, seed: 4 })];
  const [first, second] = batches as [RecordBatch, RecordBatch];
  const empty = randomBatch(few, 0, SHAPE);
  for (const maxRowGroupRowCount of [5, 30, 1000]) {
    const options = { maxRowGroupRowCount, parallelism: 0, compression: "uncompressed" } as const;
    const plain = await toParquet(batches, options);
    const among = await toParquet([empty, empty, first, empty, second, empty], options);
    assert.deepEqual(among, plain);
    const { rowGroups } = readPages(among);
    assert.equal(rowGroups.length, Math.ceil(41 / maxRowGroupRowCount));
    for (const { numRows, chunks } of rowGroups) {
      assert.ok(numRows > 0);
      for (const { pages } of chunks) {
        for (const page of pages) assert.ok(page.definitionLevels.length > 0);
      }
    }
  }
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, few);
  await writer.write(empty);
  await writer.flush();
  await writer.write(first);
  await writer.flush();
  await writer.flush();
  await writer.close();
  assert.equal((await readParquetMetadata(sink.bytes())).rowGroups.length, 1);
  await assertReadable(sink.bytes(), expectedOf({ schema: few, batches: [first] }));
});

test("FAULTS 3: a schema without columns is a SchemaError", async () => {
  const schema = new Schema([]);
  const data = makeData({ type: new Struct([]), length: 3, nullCount: 0, children: [] });
  const isRefused = (error: unknown) =>
    error instanceof SchemaError && /without columns/.test(error.message);
  assert.throws(() => new AsyncArrowWriter(new MemorySink(), schema), isRefused);
  assert.throws(() => new ParquetEncoderStream(schema), isRefused);
  await assert.rejects(toParquet(new RecordBatch(schema, data)), isRefused);
});

/** An array of nothing but nulls whose buffers are of no bytes. */
function bare(type: DataType, length: number): Data {
  const none = new Uint8Array(0);
  const base = { type, length, nullCount: length, nullBitmap: none };
  if (DataType.isNull(type)) return makeData({ type, length }) as Data;
  if (DataType.isStruct(type)) {
    return makeData(
      { ...base, children: type.children.map((child) => bare(child.type, 0)) } as never,
    );
  }
  if (DataType.isFixedSizeList(type)) {
    return makeData({ ...base, child: bare(type.children[0]!.type, 0) } as never);
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    const child = bare((type as List).children[0]!.type, 0);
    return makeData({ ...base, valueOffsets: new Int32Array(0), child } as never);
  }
  if (DataType.isDictionary(type)) {
    const dictionary = new Vector([bare(type.dictionary, 0)]);
    return makeData({ ...base, data: new type.ArrayType(0), dictionary } as never);
  }
  const Values = (type.ArrayType ?? Uint8Array) as typeof Uint8Array;
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
    // Arrow JS does not take a count of nulls from these: without a bitmap it would say that none is null.
    const nullBitmap = new Uint8Array(Math.ceil(length / 8));
    return makeData({ ...base, nullBitmap, views: none, variadicBuffers: [] } as never);
  }
  const large = DataType.isLargeUtf8(type) || DataType.isLargeBinary(type);
  const valueOffsets = large ? new BigInt64Array(0) : new Int32Array(0);
  const isBytes = large || DataType.isUtf8(type) || DataType.isBinary(type);
  return makeData(
    { ...base, data: new Values(0), ...(isBytes ? { valueOffsets } : {}) } as never,
  );
}

const NESTED: Readonly<Record<string, () => DataType>> = {
  struct: () => new Struct([new Field("a", new Utf8(), true)]),
  list: () => new List(new Field("element", new Utf8(), true)),
  fixedSizeList: () => new FixedSizeList(3, new Field("element", new Utf8(), true)),
  map: () =>
    new Map_(
      new Field(
        "entries",
        new Struct<{ key: Utf8; value: Utf8 }>([
          new Field("key", new Utf8(), false),
          new Field("value", new Utf8(), true),
        ]),
        false,
      ),
    ),
};

for (const [name, make] of Object.entries({ ...LEAVES, ...NESTED })) {
  test(`FAULTS 4: all nulls and no bytes, ${name}`, async () => {
    const schema = new Schema([new Field("c", make(), true)]);
    const children = [bare(make(), 9)];
    const data = makeData({ type: new Struct(schema.fields), length: 9, nullCount: 0, children });
    const batches = [new RecordBatch(schema, data)];
    for (const writerVersion of ["1.0", "2.0"] as const) {
      const bytes = await toParquet(batches, { parallelism: 0, writerVersion });
      const [column] = expectedOf({ schema, batches: [] });
      await assertReadable(bytes, [{ ...column!, values: new Array(9).fill(null) }]);
      for (const { metaData } of (await readParquetMetadata(bytes)).rowGroups[0]!.columns) {
        assert.equal(metaData.statistics!.nullCount, metaData.numValues);
        assert.equal(metaData.statistics!.minValue, undefined);
        assert.equal(metaData.dictionaryPageOffset, undefined);
      }
    }
  });
}

for (const [name, make] of Object.entries({ ...LEAVES, ...NESTED })) {
  if (name === "null") continue;
  test(`FAULTS 6: a null in a field that may have none, ${name}`, async () => {
    const nullable = new Schema([new Field("c", make(), true)]);
    const strict = new Schema([new Field("c", make(), false)]);
    const batch = randomBatch(nullable, 40, { ...SHAPE, nulls: 0.5 });
    const { values } = expectedOf({ schema: nullable, batches: [batch] })[0]!;
    const row = values.indexOf(null);
    assert.ok(row >= 0);
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, strict, { parallelism: 0 });
    const good = randomBatch(strict, 10, { ...SHAPE, nulls: 0 });
    await writer.write(good);
    await assert.rejects(writer.write(batch), (error) => {
      assert.ok(error instanceof InvalidBatchError);
      assert.deepEqual([error.path, error.row], ["c", row]);
      return true;
    });
    // The writer is as it was.
    await writer.close();
    const rows = { schema: strict, batches: [good] };
    assert.deepEqual(sink.bytes(), await written(rows));
    await assertReadable(sink.bytes(), expectedOf(rows));
  });
}
