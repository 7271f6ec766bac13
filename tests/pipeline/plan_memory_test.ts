/** What is made once for many files of one schema must not carry anything from one file to the next. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Field,
  Int32,
  RecordBatch,
  Schema,
  Struct,
  tableFromArrays,
  vectorFromArray,
} from "apache-arrow";
import { makeData } from "apache-arrow";
import {
  AsyncArrowWriter,
  MemorySink,
  type ParquetMetaData,
  readParquetMetadata,
  toParquet,
  type WriterOptions,
} from "../../mod.ts";
import type { ArrowSchema } from "../../src/arrow/types.ts";

async function pairs(bytes: Uint8Array): Promise<Record<string, string | undefined>> {
  const { keyValueMetadata = [] } = await readParquetMetadata(bytes);
  return Object.fromEntries(
    keyValueMetadata.filter(({ key }) => key !== "ARROW:schema")
      .map(({ key, value }) => [key, value]),
  );
}

test("the same schema and options give the same bytes, file after file", async () => {
  const table = tableFromArrays({ id: Int32Array.of(1, 2, 3), name: ["a", "b", "a"] });
  const options: WriterOptions = { compression: "snappy", keyValueMetadata: { k: "v" } };
  const first = await toParquet(table, options);
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await toParquet(table, { ...options }), first);
    // Others in between.
    await toParquet(table, { compression: "uncompressed", createdBy: `${i}` });
  }
});

test("metadata that is set on a schema after a file is in the next one", async () => {
  const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
  assert.deepEqual(await pairs(await toParquet(table)), {});
  table.schema.metadata.set("k", "1");
  assert.deepEqual(await pairs(await toParquet(table)), { k: "1" });
  table.schema.metadata.set("k", "2");
  assert.deepEqual(await pairs(await toParquet(table)), { k: "2" });
  table.schema.metadata.delete("k");
  assert.deepEqual(await pairs(await toParquet(table)), {});
});

test("so it is where the source is a batch, or batches one after the other", async () => {
  const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
  const [batch] = table.batches;
  const sources = [batch!, [batch!, batch!], new Set([batch!])];
  for (const source of sources) {
    batch!.schema.metadata.set("k", "1");
    assert.deepEqual(await pairs(await toParquet(source)), { k: "1" });
    batch!.schema.metadata.set("k", "2");
    assert.deepEqual(await pairs(await toParquet(source)), { k: "2" });
  }
});

test("metadata of a field that is set after a file is in the next one", async () => {
  const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
  const arrowSchema = async () =>
    (await readParquetMetadata(await toParquet(table))).keyValueMetadata
      ?.find(({ key }) => key === "ARROW:schema")?.value;
  const before = await arrowSchema();
  table.schema.fields[0]!.metadata.set("k", "1");
  assert.notEqual(await arrowSchema(), before);
  table.schema.fields[0]!.metadata.delete("k");
  assert.equal(await arrowSchema(), before);
});

test("a plain schema that is changed is another one", async () => {
  const field = {
    name: "a",
    type: { kind: "int", bitWidth: 32, signed: true },
    nullable: false,
    metadata: new Map<string, string>(),
  };
  const schema = { fields: [field], metadata: new Map<string, string>() };
  const write = async (name: string): Promise<ParquetMetaData> => {
    const type = new Struct([new Field(name, new Int32(), false)]);
    const child = vectorFromArray([1, 2], new Int32()).data[0]!;
    const data = makeData({ type, length: 2, nullCount: 0, children: [child] });
    const writer = new AsyncArrowWriter(new MemorySink(), schema as unknown as ArrowSchema);
    await writer.write(new RecordBatch(new Schema(type.children), data));
    return await writer.close();
  };
  assert.equal((await write("a")).schema[1]!.name, "a");
  field.name = "b";
  assert.equal((await write("b")).schema[1]!.name, "b");
  field.nullable = true;
  assert.equal((await write("b")).schema[1]!.repetitionType, "OPTIONAL");
});

test("pairs that are appended to one file are not in the next one", async () => {
  const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
  const write = async (key: string | null): Promise<Uint8Array> => {
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, table.schema, { createdBy: "appended" });
    if (key !== null) writer.appendKeyValueMetadata(key, "v");
    await writer.write(table);
    await writer.close();
    return sink.bytes();
  };
  assert.deepEqual(await pairs(await write("one")), { one: "v" });
  assert.deepEqual(await pairs(await write("two")), { two: "v" });
  assert.deepEqual(await pairs(await write(null)), {});
});

test("what is done to the metadata of one file does not reach the next one", async () => {
  const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
  const write = async (): Promise<[Uint8Array, ParquetMetaData]> => {
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, table.schema, { createdBy: "spoilt" });
    await writer.write(table);
    const metadata = await writer.close();
    return [sink.bytes(), metadata];
  };
  const [first, metadata] = await write();
  const spoil = (change: () => void) => {
    try {
      change();
    } catch (error) {
      assert.ok(error instanceof TypeError);
    }
  };
  const { schema, columnOrders, rowGroups, keyValueMetadata } = metadata as unknown as {
    schema: { name: string }[];
    columnOrders: unknown[];
    rowGroups: { columns: { metaData: { pathInSchema: string[] } }[] }[];
    keyValueMetadata: { value: string }[];
  };
  spoil(() => schema[1]!.name = "spoilt");
  spoil(() => schema.pop());
  spoil(() => columnOrders.pop());
  spoil(() => rowGroups[0]!.columns[0]!.metaData.pathInSchema[0] = "spoilt");
  spoil(() => keyValueMetadata[0]!.value = "spoilt");
  spoil(() => keyValueMetadata.pop());
  const [second] = await write();
  assert.deepEqual(second, first);
});
