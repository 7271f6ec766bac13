/** Datasets in folders: partitions as Spark names them, files that end in time, every row once. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import { fromColumns, readParquetMetadata, schema, t, verifyParquet } from "../../mod.ts";
import { type DataFile, DatasetWriter, writeDataset } from "../../src/dataset/mod.ts";
import { encodeFileMetaData } from "../../src/format/structures.ts";
import { query, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";

/** Every file of a folder, hidden ones too. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll("\\", "/")
    )
    .sort();
}

async function assertFiles(folder: string, files: readonly DataFile[]): Promise<void> {
  assert.deepEqual(filesOf(folder), files.map(({ path }) => path).sort());
  for (const file of files) {
    const bytes = new Uint8Array(readFileSync(join(folder, file.path)));
    assert.deepEqual(await verifyParquet(bytes), []);
    assert.equal(file.size, bytes.length);
    const metadata = await readParquetMetadata(bytes);
    assert.equal(file.rows, metadata.numRows);
    assert.deepEqual(
      file.splitOffsets,
      metadata.rowGroups.map(({ fileOffset }) => fileOffset),
    );
    const footer = bytes.subarray(bytes.length - 8 - file.footer.length, bytes.length - 8);
    assert.deepEqual(new Uint8Array(encodeFileMetaData(metadata)), footer);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(footer)));
    assert.equal(file.footer.sha256, Buffer.from(digest).toString("hex"));
    assert.match(
      file.path,
      /(^|\/)[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.parquet$/,
    );
  }
  // Plain JSON.
  assert.deepEqual(JSON.parse(JSON.stringify(files)), files);
}

const SALES = schema({
  day: t.date32(),
  shop: t.utf8().nullable(),
  id: t.int64(),
  price: t.float64().nullable(),
});

function sales(rows: number, of: (i: number) => { day: number; shop: string | null }) {
  return Array.from({ length: rows }, (_, i) => ({
    ...of(i),
    id: i,
    price: i % 7 === 0 ? null : i / 4,
  }));
}

const day = (n: number) => new Date(n * 86_400_000);

for (
  const [order, of] of [
    [
      "shuffled",
      (i: number) => ({ day: day(i * 7919 % 5), shop: [null, "Oslo", "Rabat"][i * 31 % 3]! }),
    ],
    [
      "sorted",
      (i: number) => ({
        day: day(Math.floor(i / 4000)),
        shop: ["Oslo", "Rabat"][Math.floor(i / 2000) % 2]!,
      }),
    ],
  ] as const
) {
  test(`DatasetWriter() of ${order} rows: DuckDB reads each once, in its partition`, () =>
    inFolder(async (folder) => {
      const rows = sales(20_000, of as never);
      const writer = new DatasetWriter(folder, SALES, { partitionBy: ["day", "shop"] });
      for (let at = 0; at < rows.length; at += 3000) {
        await writer.write(rows.slice(at, at + 3000) as never);
      }
      const files = await writer.close();
      await assertFiles(folder, files);
      const partitions = new Set(rows.map(({ day, shop }) => `${day} ${shop}`));
      assert.equal(files.length, partitions.size);
      assert.equal(files.reduce((sum, { rows }) => sum + rows, 0), rows.length);
      const found = await query(`select id, day::varchar, shop, price from
        read_parquet(${quoted(`${folder}/**/*.parquet`)}, hive_partitioning = true) order by id`);
      assert.deepEqual(
        found,
        rows.map(({ id, day, shop, price }) => [
          BigInt(id),
          (day as unknown as Date).toISOString().slice(0, 10),
          shop,
          price,
        ]),
      );
    }));
}

test("partition values and folders are as Spark has them", () =>
  inFolder(async (folder) => {
    const of = schema({
      text: t.utf8().nullable(),
      bool: t.bool().nullable(),
      i8: t.int8(),
      u64: t.uint64(),
      dec: t.decimal(9, 2),
      f64: t.float64(),
      local: t.timestamp("us"),
      utc: t.timestamp("ms", "UTC"),
      day: t.date32(),
      "a b/c": t.int32(),
      id: t.int32(),
    });
    const row = {
      text: 'a=b/c:d %"grün"{x}[y]^\u0001\'',
      bool: true,
      i8: -7,
      u64: 18446744073709551615n,
      dec: "-1.5",
      f64: 1.5,
      local: "1969-12-31T23:59:59.000001",
      utc: new Date(5),
      day: "1969-12-31",
      "a b/c": 3,
      id: 1,
    };
    const partitionBy = of.fields.map(({ name }) => name).filter((name) => name !== "id");
    const writer = new DatasetWriter(folder, of, { partitionBy });
    await writer.write(
      [row, { ...row, text: null, bool: null }, { ...row, text: "", bool: false }] as never,
    );
    const files = await writer.close();
    const byBool = (bool: string | null) =>
      files.find(({ partitionValues }) => partitionValues["bool"] === bool);
    const [first, second, third] = [byBool("true"), byBool(null), byBool("false")];
    const rest =
      "/i8=-7/u64=18446744073709551615/dec=-1.50/f64=1.5/local=1969-12-31 23%3A59%3A59.000001/" +
      "utc=1970-01-01T00%3A00%3A00.005000Z/day=1969-12-31/a b%2Fc=3/";
    assert.equal(
      first!.path.slice(0, first!.path.lastIndexOf("/") + 1),
      `text=a%3Db%2Fc%3Ad %25%22grün%22%7Bx}%5By%5D%5E%01%27/bool=true${rest}`,
    );
    assert.deepEqual(first!.partitionValues, {
      text: row.text,
      bool: "true",
      i8: "-7",
      u64: "18446744073709551615",
      dec: "-1.50",
      f64: "1.5",
      local: "1969-12-31 23:59:59.000001",
      utc: "1970-01-01T00:00:00.005000Z",
      day: "1969-12-31",
      "a b/c": "3",
    });
    // As Spark: nobody can tell an empty text from null.
    for (const [file, bool] of [[second, null], [third, "false"]] as const) {
      assert.ok(
        file!.path.startsWith(
          `text=__HIVE_DEFAULT_PARTITION__/bool=${bool ?? "__HIVE_DEFAULT_PARTITION__"}/`,
        ),
      );
      assert.equal(file!.partitionValues["text"], null);
      assert.equal(file!.partitionValues["bool"], bool);
    }
    await assertFiles(folder, files);
  }));

test("a DataFile says what a table's commit needs", () =>
  inFolder(async (folder) => {
    const of = schema({
      id: t.int32().fieldId(7),
      name: t.utf8().nullable().fieldId(8),
      tags: t.list(t.utf8()),
    });
    const writer = new DatasetWriter(folder, of, { options: { maxRowGroupRowCount: 2 } });
    await writer.write([
      { id: 5, name: "b", tags: ["x", "y"] },
      { id: -1, name: null, tags: [] },
      { id: 3, name: "a", tags: [] },
    ]);
    const [file] = await writer.close();
    assert.equal(file!.splitOffsets.length, 2);
    const [id, name, tags] = file!.columns;
    assert.deepEqual(id, {
      path: ["id"],
      fieldId: 7,
      physicalType: "INT32",
      size: id!.size,
      valueCount: 3,
      nullCount: 0,
      lower: { text: "-1", bytes: "/////w==", exact: true },
      upper: { text: "5", bytes: "BQAAAA==", exact: true },
    });
    assert.deepEqual([
      name!.fieldId,
      name!.logicalType,
      name!.nullCount,
      name!.lower?.text,
      name!.upper?.text,
    ], [
      8,
      "STRING",
      1,
      "a",
      "b",
    ]);
    assert.deepEqual([tags!.path, tags!.valueCount, tags!.upper?.text], [
      ["tags", "list", "element"],
      4,
      "y",
    ]);
  }));

test("files end by rows, by bytes and by age, and the least used when too many are open", () =>
  inFolder(async (folder) => {
    const of = schema({ part: t.int32(), id: t.int32(), text: t.utf8() });
    const rows = Array.from(
      { length: 30_000 },
      (_, i) => ({ part: i % 3, id: i, text: `${i * 7919 % 1000003}` }),
    );
    const write = async (name: string, options: object, parts = rows) => {
      const target = join(folder, name);
      const writer = new DatasetWriter(target, of, { partitionBy: ["part"], ...options });
      for (let at = 0; at < parts.length; at += 1000) {
        await writer.write(parts.slice(at, at + 1000));
      }
      const files = await writer.close();
      await assertFiles(target, files);
      const [[count, ids]] = await query(
        `select count(*), count(distinct id) from ${quoted(`${target}/**/*.parquet`)}`,
      ) as [[bigint, bigint]];
      assert.deepEqual([count, ids], [BigInt(parts.length), BigInt(parts.length)]);
      return files;
    };
    const byRows = await write("rows", { maxFileRows: 4000 });
    assert.deepEqual(
      byRows.map(({ rows }) => rows).sort((a, b) => b - a),
      [4000, 4000, 4000, 4000, 4000, 4000, 2000, 2000, 2000],
    );
    const whole = await write("whole", {});
    const size = whole[0]!.size;
    const limit = Math.ceil(size / 3);
    const byBytes = await write("bytes", { maxFileBytes: limit });
    const full = byBytes.map(({ size }) => size).sort((a, b) => b - a).slice(0, 6);
    assert.ok(
      full.every((size) => size > limit * 0.5 && size < limit * 1.5),
      `${full} of ${limit}`,
    );
    const many = Array.from({ length: 600 }, (_, i) => ({ part: i * 7 % 60, id: i, text: "" }));
    const lru = await write("lru", { maxOpenFiles: 4 }, many);
    assert.ok(lru.length >= 60);
    const target = join(folder, "age");
    const writer = new DatasetWriter(target, of, { maxFileAgeMs: 50 });
    await writer.write([rows[0]!]);
    while (writer.files.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await writer.write([rows[1]!]);
    assert.equal((await writer.close()).length, 2);
  }));

test("batches, tables, columns, sources and single rows, awaited or not", () =>
  inFolder(async (folder) => {
    const of = schema({ part: t.utf8().nullable(), id: t.int32().nullable() });
    const writer = new DatasetWriter(folder, of, { partitionBy: ["part"], maxOpenFiles: 2 });
    const table = tableFromArrays({ part: ["a", "b", "c"], id: Int32Array.of(1, 2, 3) });
    for (const field of table.schema.fields) (field as { nullable: boolean }).nullable = true;
    void writer.write({ part: "a", id: 0 });
    void writer.write({ part: ["d", "e", "f", "a"], id: [4, 5, 6, 7] });
    void writer.write(fromColumns({ part: ["g", "a"], id: [8, 9] }, of));
    void writer.write([{ part: "b", id: 10 }, {}]);
    await assert.rejects(writer.write([{ part: 7 }] as never), { name: "InvalidBatchError" });
    await writer.flush();
    await writer.write(
      await writer.write([{ part: "z", id: 11 }]).then(() => [{ part: "z", id: 12 }]),
    );
    const files = await writer.close();
    await assertFiles(folder, files);
    const ids = await query(
      `select id, part from read_parquet(${
        quoted(`${folder}/**/*.parquet`)
      }, hive_partitioning = true) order by id`,
    );
    assert.deepEqual(ids.map(([id]) => id), [0, 4, 5, 6, 7, 8, 9, 10, 11, 12, null]);
    assert.deepEqual(ids.map(([, part]) => part), [
      "a",
      "d",
      "e",
      "f",
      "a",
      "g",
      "a",
      "b",
      "z",
      "z",
      null,
    ]);
  }));

test("writeDataset() takes any source; partition columns may stay in the files", () =>
  inFolder(async (folder) => {
    const files = await writeDataset(
      (async function* () {
        yield { city: "Oslo", sold: 1 };
        yield { city: "Rabat", sold: 2 };
      })(),
      folder,
      { partitionBy: ["city"], keepPartitionColumns: true, options: { compression: "snappy" } },
    );
    await assertFiles(folder, files);
    const rows = await query(
      `select city, sold from read_parquet(${
        quoted(`${folder}/**/*.parquet`)
      }, hive_partitioning = false) order by sold`,
    );
    assert.deepEqual(rows, [["Oslo", 1n], ["Rabat", 2n]]);
    assert.deepEqual(
      await writeDataset([], join(folder, "none"), { schema: schema({ id: t.int32() }) }),
      [],
    );
  }));

test("a dataset that fails or is aborted leaves no temporary file", () =>
  inFolder(async (folder) => {
    const of = schema({ part: t.int32(), id: t.int32() });
    const rows = Array.from({ length: 10 }, (_, i) => ({ part: i, id: i }));
    const aborted = new DatasetWriter(folder, of, { partitionBy: ["part"] });
    await aborted.write(rows);
    await aborted.abort("enough");
    await assert.rejects(aborted.close(), { name: "WriterStateError" });
    assert.deepEqual(filesOf(folder), []);
    const controller = new AbortController();
    const signalled = new DatasetWriter(folder, of, { options: { signal: controller.signal } });
    await signalled.write(rows);
    controller.abort("signal");
    await assert.rejects(signalled.close(), { name: "AbortError", message: /signal/ });
    const refused = new DatasetWriter(folder, of);
    refused.write([{ part: "x" }] as never);
    await assert.rejects(refused.close(), { name: "InvalidBatchError" });
    await assert.rejects(
      writeDataset(
        (function* () {
          yield { id: 1 };
          throw new Error("the source broke");
        })(),
        folder,
        { schema: schema({ id: t.int32() }) },
      ),
      { message: "the source broke" },
    );
    await using disposed = new DatasetWriter(folder, of);
    await disposed.write(rows);
    await disposed[Symbol.asyncDispose]();
    assert.deepEqual(filesOf(folder), []);
  }));

test("wrong options, schemas and targets are refused at once", () => {
  const of = schema({ id: t.int32(), list: t.list(t.int32()), bytes: t.binary() });
  const make = (options: object, target: unknown = "folder") => () =>
    new DatasetWriter(target as string, of, options);
  assert.throws(make({ partitionBy: ["none"] }), {
    name: "SchemaError",
    message: /columns: id, list, bytes/,
  });
  assert.throws(make({ partitionBy: ["list"] }), { name: "SchemaError", message: /of type list/ });
  assert.throws(make({ partitionBy: ["bytes"] }), {
    name: "SchemaError",
    message: /of type binary/,
  });
  assert.throws(make({ partitionBy: ["id", "id"] }), TypeError);
  assert.throws(make({ partitionBy: "id" }), TypeError);
  assert.throws(make({ partition: ["id"] }), {
    name: "TypeError",
    message: /did you mean "partitionBy"\?/,
  });
  assert.throws(make({ maxFileBytes: 0 }), RangeError);
  assert.throws(make({ options: { compression: "zip" } }), TypeError);
  assert.throws(make({}, 7), TypeError);
  assert.throws(make({}, ""), TypeError);
  assert.throws(make({}, "ftp://x/y"), TypeError);
  assert.throws(
    () => new DatasetWriter("folder", schema({ id: t.int32() }), { partitionBy: ["id"] }),
    { name: "SchemaError", message: /the files would have none/ },
  );
});
