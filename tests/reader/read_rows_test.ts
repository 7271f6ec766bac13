/** Rows read back: columns, limits, batches, damage. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fromRows,
  ParquetError,
  readParquetMetadata,
  schema,
  t,
  toParquet,
  type WriterOptions,
} from "../../mod.ts";
import { Dictionary, Int32, makeData, Table, Utf8, Vector, vectorFromArray } from "apache-arrow";
import { openParquetRows } from "../../src/cli/parquet_rows.ts";
import { openParquetSource } from "../../src/format/parquet_source.ts";
import { openParquet, type ReadOptions } from "../../src/reader/parquet_batches.ts";
import { planRead } from "../../src/reader/read_plan.ts";
import { type ReadRow, readRows, rowsOf } from "../../src/reader/row_values.ts";

const SHAPE = schema({
  id: t.int64(),
  text: t.utf8().nullable(),
  pair: t.fixedSizeList(t.struct({ a: t.int16(), b: t.list(t.utf8()).nullable() }), 2).nullable(),
  counts: t.map(t.utf8(), t.decimal(20, 2).nullable()),
  at: t.struct({ day: t.date(), exact: t.timestamp("ns", "UTC") }).nullable(),
});

function rowAt(n: number): ReadRow {
  return {
    id: BigInt(n) - 2n ** 63n,
    text: n % 3 === 0 ? null : `text ${n % 7}`,
    pair: n % 4 === 0 ? null : [{ a: n, b: n % 5 === 0 ? null : [] }, { a: -n, b: ["x", `${n}`] }],
    counts: n % 2 === 0 ? [] : [["", null], ["y", `${n}.25`]],
    at: n % 6 === 0 ? null : { day: -n, exact: BigInt(n) * 1_000_000_007n },
  };
}

const ROWS = Array.from({ length: 400 }, (_, n) => rowAt(n));

function file(options: WriterOptions = {}): Promise<Uint8Array> {
  return toParquet(fromRows(ROWS as never[], SHAPE), { parallelism: 0, ...options });
}

async function read(bytes: Uint8Array, options: ReadOptions = {}): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for await (const some of readRows(await openParquetSource(bytes), options)) rows.push(...some);
  return rows;
}

test("timestamps that were written in a finer unit have the time zone and the unit of the Arrow schema", async () => {
  const metadataOf = async (unit: "s" | "ms" | "us") => {
    const shape = schema({ at: t.timestamp(unit, "Europe/Vienna"), word: t.dictionary(t.utf8()) });
    return await readParquetMetadata(await toParquet([{ at: 1n, word: "a" }], { schema: shape }));
  };
  const inMicroseconds = await metadataOf("us");
  for (const [unit, name] of [["s", "second"], ["ms", "millisecond"]] as const) {
    // As `coerce_timestamps="us"` of pyarrow leaves them.
    const { keyValueMetadata } = await metadataOf(unit);
    const { schema: { fields }, nodes } = planRead({
      ...inMicroseconds,
      keyValueMetadata: keyValueMetadata!,
    });
    assert.deepEqual(fields[0]!.type, { kind: "timestamp", unit: name, timezone: "Europe/Vienna" });
    const node = nodes[0]!;
    assert.ok(node.kind === "leaf");
    const bytes = new Uint8Array(BigInt64Array.of(-7_000_000n).buffer);
    const converted = node.convert({ count: 1, bytes, offsets: null });
    assert.equal(new BigInt64Array(converted.buffer)[0], unit === "s" ? -7n : -7000n);
  }
});

test("readRows() gives every row as it was, whatever pages, row groups and batches it came in", async () => {
  for (
    const options of [
      {},
      { writerVersion: "1.0", compression: "gzip", dataPageSizeLimit: 100 },
      { maxRowGroupRowCount: 33, dictionaryEnabled: false, encoding: "DELTA_BYTE_ARRAY" },
      { skipArrowMetadata: true, dataPageRowCountLimit: 7 },
    ] as const
  ) {
    const { encoding, ...others } = options as WriterOptions;
    const columns = encoding === undefined ? {} : { columns: { text: { encoding } } };
    const bytes = await file({ ...others, ...columns });
    for (const maxBatchRows of [1, 10, 100_000]) {
      const rows = await read(bytes, { maxBatchRows });
      // Without an Arrow schema a list of a fixed size is a list, which is read alike.
      assert.deepEqual(rows, ROWS);
    }
  }
});

test("readRows() reads the columns and as many rows as it is asked for", async () => {
  const bytes = await file({ maxRowGroupRowCount: 100 });
  const rows = await read(bytes, { columns: ["at", "id"], limit: 150 });
  assert.deepEqual(rows, ROWS.slice(0, 150).map(({ id, at }) => ({ id, at })));
  await assert.rejects(read(bytes, { columns: ["ids"] }), /no column "ids"; did you mean id\?/);
  assert.deepEqual(await read(bytes, { limit: 0 }), []);
});

test("row groups are read as they are asked for, with the numbers that their rows have in the file", async () => {
  const bytes = await file({ maxRowGroupRowCount: 60 });
  const { batches } = await openParquet(await openParquetSource(bytes), { rowGroups: [2, 5] });
  const rows: ReadRow[] = [], firsts: number[] = [];
  for await (const batch of batches(false)) {
    rows.push(...rowsOf(batch));
    firsts.push(batch.firstRow);
  }
  assert.deepEqual(rows, ROWS.slice(120, 300));
  assert.deepEqual(firsts, [120, 180, 240]);
});

test("members of structs are read as they are chosen, with the Arrow schema of all of them or without; null is left out on request", async () => {
  for (const skipArrowMetadata of [false, true]) {
    const bytes = await file({ skipArrowMetadata });
    const { batches } = await openParquet(await openParquetSource(bytes), {
      chosen: (path) => !["text", "pair.list.element.b", "at.day"].includes(path.join(".")),
    });
    const rows: ReadRow[] = [];
    for await (const batch of batches(false)) rows.push(...rowsOf(batch, { omitNulls: true }));
    const expected = ROWS.map(({ id, pair, counts, at }) => ({
      id,
      ...(pair !== null && { pair: (pair as { a: number }[]).map(({ a }) => ({ a })) }),
      counts,
      ...(at !== null && { at: { exact: (at as { exact: bigint }).exact } }),
    }));
    assert.deepEqual(rows, expected);
    const none = await openParquet(await openParquetSource(bytes), {
      chosen: (path) => path[0] === "id" || path.length === 1,
    });
    assert.deepEqual(none.plan.schema.fields.map(({ name }) => name), ["id", "text"]);
  }
});

test("batches are in memory of their own where they have to be", async () => {
  const { batches } = await openParquet(await openParquetSource(await file()), {
    maxBatchRows: 50,
  });
  const ids: bigint[] = [], kept: Uint8Array[] = [];
  for await (const { columns } of batches(true)) kept.push(columns[0]!.values!);
  for (const { buffer, byteOffset, length } of kept) {
    ids.push(...new BigInt64Array(buffer, byteOffset, length / 8));
  }
  assert.deepEqual(ids, ROWS.map(({ id }) => id));
});

test("values that a dictionary stands for do not make a batch large", async () => {
  const dictionary = vectorFromArray(["x".repeat(2 ** 16)], new Utf8());
  const data = makeData({
    type: new Dictionary(new Utf8(), new Int32()),
    length: 3000,
    data: new Int32Array(3000),
    dictionary,
  });
  const bytes = await toParquet(new Table({ text: new Vector([data]) }), { parallelism: 0 });
  assert.ok(bytes.length < 100_000, `${bytes.length}`);
  const { batches } = await openParquet(await openParquetSource(bytes));
  let rows = 0;
  for await (const { numRows, columns } of batches(false)) {
    assert.ok(columns[0]!.values!.length <= 2 ** 26, `${columns[0]!.values!.length}`);
    rows += numRows;
  }
  assert.equal(rows, 3000);
});

test("what a file says of all of its rows is not said of others", async () => {
  const bytes = await toParquet([{ a: 1 }], {
    parallelism: 0,
    keyValueMetadata: { geo: "{}", origin: "here" },
  });
  const keys = async (otherRows: boolean) => {
    const signal = new AbortController().signal;
    const file = await openParquetSource(bytes);
    const { metadata } =
      (await openParquetRows(file, { name: "a.parquet", otherRows, signal })).schema;
    return [...metadata.keys()];
  };
  assert.deepEqual(await keys(false), ["geo", "origin"]);
  assert.deepEqual(await keys(true), ["origin"]);
});

test("damaged files are refused with a ParquetError, or read as they are", async () => {
  const whole = await file({
    compression: "snappy",
    pageChecksum: false,
    dataPageSizeLimit: 1000,
    maxRowGroupRowCount: 150,
  });
  let refused = 0, seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let i = 0; i < 600; i++) {
    const bytes = whole.slice();
    for (let k = 0; k <= i % 3; k++) bytes[4 + random(bytes.length - 8)] = random(256);
    try {
      assert.ok((await read(bytes)).length <= 10_000);
    } catch (error) {
      assert.ok(error instanceof ParquetError, `${i}: ${(error as Error).stack}`);
      refused++;
    }
  }
  assert.ok(refused > 100, `${refused}`);
});
