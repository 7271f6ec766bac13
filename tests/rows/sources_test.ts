/** Rows and columns, however they come, and whoever writes them: the same file. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsyncArrowWriter,
  fromColumns,
  fromRows,
  inferSchema,
  MemorySink,
  ParquetEncoderStream,
  parquetStream,
  ParquetWriter,
  Pipeline,
  readParquetMetadata,
  schema,
  SchemaError,
  t,
  toParquet,
  WriterStateError,
} from "../../mod.ts";
import { verified } from "../support/verified.ts";

// deno-lint-ignore no-explicit-any
type Any = any;

const OPTIONS = { parallelism: 0 } as const;
const people = schema({ id: t.int64(), name: t.utf8().nullable(), tags: t.list(t.utf8()) });
const ROWS = Array.from({ length: 5000 }, (_, i) => ({
  id: i,
  name: i % 3 === 0 ? null : `name ${i % 50}`,
  tags: i % 2 === 0 ? [] : ["a", `b${i}`],
}));
const COLUMNS = {
  id: ROWS.map(({ id }) => id),
  name: ROWS.map(({ name }) => name),
  tags: ROWS.map(({ tags }) => tags),
};

async function* later<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

function* onObject(): Generator<(typeof ROWS)[number]> {
  const row: Any = {};
  for (const each of ROWS) yield Object.assign(row, each);
}

const chunks = [ROWS.slice(0, 10), [], ROWS.slice(10, 4000), ROWS.slice(4000)];

const SOURCES: Readonly<Record<string, () => Any>> = {
  "an array": () => ROWS,
  "arrays in an array": () => chunks,
  "a set": () => new Set(ROWS),
  "a generator that uses one object": onObject,
  "an async generator": () => later(ROWS),
  "an async generator of arrays": () => later(chunks),
  "a stream": () => ReadableStream.from(later(chunks)),
  "a promise": () => Promise.resolve(later(ROWS)),
  "columns": () => COLUMNS,
  "fromRows": () => fromRows(later(ROWS), people),
  "fromColumns": () => fromColumns(later([COLUMNS]), people),
  "sources one after the other": () => [
    fromRows(ROWS.slice(0, 7), people),
    fromRows(later(ROWS.slice(7)), people),
  ],
};

for (const [name, source] of Object.entries(SOURCES)) {
  test(`${name}: the same file, with a schema and inferred`, async () => {
    const wanted = await verified(await toParquet(ROWS, { ...OPTIONS, schema: people }));
    assert.deepEqual(await toParquet(source(), { ...OPTIONS, schema: people }), wanted);
    const stream = parquetStream(source(), { ...OPTIONS, schema: people });
    assert.deepEqual(await new Response(stream).bytes(), wanted);
    if (name.includes("from") || name.includes("sources")) return;
    assert.deepEqual(await toParquet(source(), OPTIONS), await toParquet(ROWS, OPTIONS));
  });
}

test("every writer takes rows, single and many, columns, and sources", async () => {
  const wanted = await toParquet([...ROWS, ...ROWS, ...ROWS, ROWS[0]!, ...ROWS], {
    ...OPTIONS,
    schema: people,
  });
  const parts = () => [
    ROWS,
    COLUMNS,
    fromRows(ROWS, people),
    ROWS[0]!,
    fromRows(later(ROWS), people),
  ];
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, people, OPTIONS);
  for (const part of parts()) await writer.write(part);
  await writer.close();
  assert.deepEqual(sink.bytes(), wanted);

  const other = new MemorySink();
  const pipeline = Pipeline.builder().buildProperties(people, OPTIONS).buildWriter().withProgress()
    .spawnEncoder().spawnWriter(other).build();
  for (const part of parts()) await pipeline.addBatch(part);
  await pipeline.close();
  assert.deepEqual(other.bytes(), wanted);
  assert.equal(pipeline.progress.rowsWritten, 4 * ROWS.length + 1);

  const stream = ReadableStream.from(later(parts()) as AsyncIterable<object>)
    .pipeThrough(new ParquetEncoderStream(people, OPTIONS));
  assert.deepEqual(await new Response(stream).bytes(), wanted);
});

test("a source that is still being written is waited for, or that is an error", async () => {
  const writer = new AsyncArrowWriter(new MemorySink(), people, OPTIONS);
  const pending = writer.write(fromRows(later(ROWS), people));
  await assert.rejects(writer.write(ROWS), WriterStateError);
  await pending;
  await writer.write(ROWS);
  assert.equal((await writer.close()).numRows, 2 * ROWS.length);
});

test("ParquetWriter: what a row was when it was written is in the file; counters; one promise", async () => {
  const sink = new MemorySink();
  const writer = new ParquetWriter(sink, people, OPTIONS);
  const row = { id: 1, name: "a", tags: ["x"] };
  const written = writer.write(row);
  assert.equal(writer.write([row]), written);
  row.name = "changed";
  row.tags.push("y");
  assert.equal(writer.inProgressRows, 2);
  assert.equal(writer.progress.bufferedRows, 2);
  await writer.flush();
  assert.equal(writer.flushedRowGroups.length, 1);
  await writer.close();
  const same = { id: 1, name: "a", tags: ["x"] };
  assert.deepEqual(sink.bytes(), await toParquet([same, same], { ...OPTIONS, schema: people }));
  await assert.rejects(writer.write(row), WriterStateError);
});

test("ParquetWriter: a refusal that nobody heard of makes close fail", async () => {
  const writer = new ParquetWriter(new MemorySink(), people, OPTIONS);
  void writer.write({ id: 1.5, tags: [] });
  await assert.rejects(writer.close(), { name: "InvalidBatchError", path: "id" });
});

test("sorting columns are checked with the call that the rows come with", async () => {
  const sink = new MemorySink();
  const made = schema({ id: t.int32() });
  const writer = new ParquetWriter(sink, made, { ...OPTIONS, sortingColumns: [{ column: "id" }] });
  await writer.write([{ id: 1 }, { id: 5 }]);
  await assert.rejects(writer.write({ id: 4 }), { name: "InvalidBatchError" });
  await writer.write({ id: 6 });
  assert.equal((await writer.close()).numRows, 3);
});

test("a client that goes away ends the source", async () => {
  let ended = false;
  const rows = async function* () {
    try {
      for (let id = 0;; id++) yield await Promise.resolve({ id, name: null, tags: [] });
    } finally {
      ended = true;
    }
  };
  const options = { ...OPTIONS, schema: people, maxRowGroupRowCount: 500 };
  const reader = parquetStream(rows(), options).getReader();
  assert.equal((await reader.read()).done, false);
  await reader.cancel("gone");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(ended, true);
  const unread = { cancelled: "" };
  const source = new ReadableStream<Any>({ cancel: (reason) => void (unread.cancelled = reason) });
  await parquetStream(source, options).cancel("never read");
  assert.equal(unread.cancelled, "never read");
  const failing = parquetStream(
    (function* () {
      yield { id: 1, tags: [] };
      throw new RangeError("mine");
    })(),
    options,
  );
  await assert.rejects(new Response(failing).bytes(), /mine/);
  assert.throws(() => parquetStream([], { compression: "zip" } as Any), TypeError);
});

test("an empty source needs a schema, and is a file of no rows with one", async () => {
  for (const empty of [() => [], () => later([]), () => new Set()] as (() => Any)[]) {
    await assert.rejects(toParquet(empty(), OPTIONS), TypeError);
    const bytes = await verified(await toParquet(empty(), { ...OPTIONS, schema: people }));
    assert.equal((await readParquetMetadata(bytes)).numRows, 0);
  }
  assert.throws(() => fromRows([]), TypeError);
});

// --- schemas --------------------------------------------------------------------------------------------------------

test("a schema prints as code, is read back from JSON, and goes to Arrow JS and back", async () => {
  const made = schema({
    "a b": t.decimal(18, 2).nullable(),
    at: t.timestamp("ms", "UTC"),
    id: t.uuid().fieldId(3),
    m: t.map(t.utf8(), t.list(t.struct({ x: t.float32() })).nullable()),
    d: t.dictionary(t.utf8()),
  }, { origin: "test" });
  assert.equal(String(schema(JSON.parse(JSON.stringify(made)))), String(made));
  assert.deepEqual(new Function("schema", "t", `return ${made}`)(schema, t).fields, made.fields);
  const { tableFromIPC } = await import("apache-arrow");
  const read = schema(tableFromIPC(made.toIpc()).schema);
  assert.equal(String(read), String(made));
  assert.throws(() => schema({ a: "utf8" } as Any), TypeError);
  assert.throws(() => schema({ fields: [{ name: "a", type: { kind: "what" } }] }), TypeError);
  assert.throws(() => t.decimal(77), RangeError);
  assert.throws(() => t.timestamp("h" as Any), TypeError);
});

test("inference: types by values; integers and bigints, fractions, nested, typed arrays", () => {
  const found = inferSchema([
    {
      i: 1,
      f: 1,
      g: 2n,
      s: "x",
      b: true,
      at: new Date(),
      y: new Uint8Array(1),
      l: [null, 1],
      o: { p: null },
      v: Float32Array.of(1),
      m: new Map([["k", 1]]),
    },
    { i: null, f: 0.5, g: 3, o: { p: "q", r: 1 }, late: 1 },
  ]);
  assert.equal(
    String(found),
    `schema({
  i: t.int64().nullable(),
  f: t.float64().nullable(),
  g: t.int64().nullable(),
  s: t.utf8().nullable(),
  b: t.bool().nullable(),
  at: t.timestamp("ms", "UTC").nullable(),
  y: t.binary().nullable(),
  l: t.list(t.int64().nullable()).nullable(),
  o: t.struct({
    p: t.utf8().nullable(),
    r: t.int64().nullable(),
  }).nullable(),
  v: t.list(t.float32().nullable()).nullable(),
  m: t.map(t.utf8(), t.int64().nullable()).nullable(),
  late: t.int64().nullable(),
})`,
  );
});

test("inference: what says nothing, or several things, is an error that shows the schema", async () => {
  class Money {
    amount = 1;
  }
  const cases: readonly [readonly object[], string, string?][] = [
    [[{ a: 1, x: null }], "x"],
    [[{ x: 1 }, { x: "a" }], "x"],
    [[{ x: 1.5 }, { x: 2n }], "x"],
    [[{ x: [] }], "x"],
    [[{ x: {} }], "x"],
    [[{ x: { y: [1, "a"] } }], "x.y"],
    [[{ x: new Money() }], "x"],
    [[{ x: () => 1 }], "x"],
    [
      [{ x: [[null]] }],
      "x",
      "t.list(t.utf8().nullable()).nullable()).nullable(), // there is no value other than null in its arrays",
    ],
    [
      [{ x: new Map() }],
      "x",
      "t.utf8().nullable()).nullable(), // there is no value other than null in its Maps",
    ],
  ];
  for (const [rows, path, code] of cases) {
    const check = (error: unknown) => {
      if (code !== undefined) assert.ok((error as Error).message.includes(code), `${error}`);
      assert.ok(error instanceof SchemaError, `${error}`);
      assert.equal(error.path, path);
      assert.match(error.message, /schema\(\{\n/);
      return true;
    };
    assert.throws(() => inferSchema(rows), check);
    await assert.rejects(toParquet(rows as Any, OPTIONS), check);
  }
  await assert.rejects(inferSchema(later([{ x: null }])), SchemaError);
});

test("inference looks at so many rows; later misfits are errors with their row", async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ x: i < 25 ? i : i + 0.5 }));
  await assert.rejects(toParquet(rows, { ...OPTIONS, inferRows: 20 }), { path: "x", row: 25 });
  await toParquet(rows, OPTIONS);
  await assert.rejects(
    toParquet([{ x: 1 }, { x: 1, y: 2 }] as Any, { ...OPTIONS, inferRows: 1 }),
    { path: "y", row: 1 },
  );
  await assert.rejects(toParquet(rows, { ...OPTIONS, inferRows: 0 }), RangeError);
});

test("a schema's code keeps metadata of any name", () => {
  const entries: [string, string][] = [["__proto__", "x"], ["a", "`b`"]];
  const given = schema({ id: t.int64().metadata(new Map(entries)) }, new Map(entries));
  const made = new Function("schema", "t", `return ${String(given)}`)(schema, t);
  assert.deepEqual(JSON.stringify(made), JSON.stringify(given));
  assert.deepEqual([...made.metadata], entries);
});

test("inference of rows of a class whose columns are getters says so; with a schema they are written", async () => {
  class Person {
    #name: string;
    constructor(name: string) {
      this.#name = name;
    }
    get name(): string {
      return this.#name;
    }
  }
  const people = [new Person("Ada"), new Person("Grace")];
  assert.throws(
    () => inferSchema(people),
    /an object of class Person has no enumerable properties of its own \(row 0\)\. Give a schema/,
  );
  const bytes = await toParquet(people, { schema: schema({ name: t.utf8() }), ...OPTIONS });
  const plain = await toParquet([{ name: "Ada" }, { name: "Grace" }], {
    schema: schema({ name: t.utf8() }),
    ...OPTIONS,
  });
  assert.deepEqual(bytes, plain);
});

test("inferSchema() of columns without rows: typed arrays have a type, others are named", async () => {
  const empty = { id: new Int32Array(0), ratio: new Float64Array(0) };
  assert.equal(
    String(inferSchema(empty)),
    "schema({\n  id: t.int32().nullable(),\n  ratio: t.float64().nullable(),\n})",
  );
  assert.equal((await readParquetMetadata(await toParquet(empty, OPTIONS))).numRows, 0);
  assert.throws(() => inferSchema({ id: [] }), /column "id": .* a column without rows/);
  assert.throws(
    () => inferSchema({ id: "abc" } as Any),
    /is an array or a typed array, not a string/,
  );
});

test("options that are null are refused as such; edges of geometries are checked", async () => {
  await assert.rejects(
    toParquet([{ id: 1 }], null as Any),
    { name: "TypeError", message: "Cannot use null as options: expected an object" },
  );
  assert.throws(() => t.wkb({ edges: "straight" as Any }), /edges "straight": expected "planar"/);
});
