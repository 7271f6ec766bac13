/** Delta tables in folders: commits of many, each once; overwriting, evolution, refusals; what the log says. */

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readParquetMetadata, schema, type Shape, t, verifyParquet } from "../../mod.ts";
import { type DataFile, type DatasetOptions, DatasetWriter } from "../../src/dataset/mod.ts";
import { commitToDelta, createDeltaTable, listUncommitted } from "../../src/delta/mod.ts";
import { FileStore } from "../../src/store/file_store.ts";
import { PreconditionError, StoreError } from "../../src/util/errors.ts";
import { query, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";
import { readTable } from "./log_reader.ts";

async function written(
  folder: string,
  of: ReturnType<typeof schema>,
  rows: readonly object[],
  options: DatasetOptions = {},
): Promise<DataFile[]> {
  const writer = new DatasetWriter(folder, of, { options: { parallelism: 0 }, ...options });
  await writer.write(rows);
  // By way of JSON, as another process would have it.
  return JSON.parse(JSON.stringify(await writer.close())) as DataFile[];
}

const SALES = schema({ day: t.date32(), shop: t.utf8().nullable(), sold: t.int64() });
const BY_DAY = { partitionBy: ["day"] };

/** Rows of the active files, by DuckDB. */
async function rowsOf(folder: string, select = "*", order = "all"): Promise<unknown[][]> {
  const paths = [...readTable(folder).files.keys()].map((path) => quoted(join(folder, path)));
  if (paths.length === 0) return [];
  return await query(
    `select ${select} from read_parquet([${paths.join()}], hive_partitioning = true,
    union_by_name = true) order by ${order}`,
  );
}

test("a table is made, given files, and read; what is repeated is committed once", () =>
  inFolder(async (folder) => {
    assert.deepEqual(await createDeltaTable(folder, SALES, { ...BY_DAY, name: "sales" }), {
      version: 0,
    });
    const files = await written(folder, SALES, [
      { day: "2026-01-31", shop: "Oslo", sold: 3 },
      { day: "2026-02-01", shop: null, sold: 9007199254740993n },
    ], BY_DAY);
    assert.deepEqual(
      (await listUncommitted(folder)).map(({ path }) => path).sort(),
      files.map(({ path }) => path),
    );
    const txn = { appId: "queue", version: 7 };
    assert.deepEqual(await commitToDelta(folder, files, { txn, schema: SALES }), {
      version: 1,
      committed: true,
    });
    assert.deepEqual(await listUncommitted(folder), []);
    for (const version of [7, 6]) {
      assert.deepEqual(await commitToDelta(folder, files, { txn: { ...txn, version } }), {
        version: 1,
        committed: false,
      });
    }
    const table = readTable(folder);
    assert.deepEqual([table.version, table.files.size], [1, 2]);
    assert.deepEqual(table.protocol, { minReaderVersion: 1, minWriterVersion: 2 });
    assert.deepEqual(JSON.parse(String(table.metaData["schemaString"])), {
      type: "struct",
      fields: [
        { name: "day", type: "date", nullable: false, metadata: {} },
        { name: "shop", type: "string", nullable: true, metadata: {} },
        { name: "sold", type: "long", nullable: false, metadata: {} },
      ],
    });
    const [, second] = [...table.files.values()];
    assert.equal(
      second!["stats"],
      '{"numRecords":1,"minValues":{"sold":9007199254740993},"maxValues":{"sold":9007199254740993},"nullCount":{"shop":1,"sold":0}}',
    );
    assert.deepEqual(await rowsOf(folder, "day::varchar, shop, sold", "day"), [
      ["2026-01-31", "Oslo", 3n],
      ["2026-02-01", null, 9007199254740993n],
    ]);
    await assert.rejects(createDeltaTable(folder, SALES), {
      name: "TableError",
      message: /there is already one/,
    });
    assert.deepEqual(await createDeltaTable(folder, SALES, { ifNotExists: true }), { version: 1 });
    await assert.rejects(commitToDelta(folder, files), {
      name: "TableError",
      message: /already in the table/,
    });
  }));

test("overwrite and replaceWhere remove what they replace, in the same commit", () =>
  inFolder(async (folder) => {
    await createDeltaTable(folder, SALES, BY_DAY);
    const rows = (sold: number, ...days: number[]) =>
      days.map((day) => ({ day: `2026-01-0${day}`, sold }));
    await commitToDelta(folder, await written(folder, SALES, rows(1, 1, 2, 3), BY_DAY));
    const replaced = await written(folder, SALES, rows(2, 2), BY_DAY);
    const mode = { replaceWhere: { day: ["2026-01-02", "2026-01-03"] } };
    await commitToDelta(folder, replaced, { mode });
    const select = "day::varchar, sold";
    assert.deepEqual(await rowsOf(folder, select, "day"), [["2026-01-01", 1n], ["2026-01-02", 2n]]);
    const wrong = await written(folder, SALES, rows(3, 1), BY_DAY);
    await assert.rejects(commitToDelta(folder, wrong, { mode }), {
      name: "TableError",
      message: /not in the partitions/,
    });
    await assert.rejects(commitToDelta(folder, wrong, { mode: { replaceWhere: { sold: "1" } } }), {
      message: /not a partition column/,
    });
    await assert.rejects(commitToDelta(folder, wrong, { mode: "replace" as never }), TypeError);
    await commitToDelta(folder, wrong, { mode: "overwrite" });
    assert.deepEqual(await rowsOf(folder, select, "day"), [["2026-01-01", 3n]]);
    // Files of versions before are still named.
    assert.deepEqual(await listUncommitted(folder), []);
  }));

test("columns are added as nullable ones, on request", () =>
  inFolder(async (folder) => {
    const more = schema({ id: t.int32(), note: t.utf8() });
    await createDeltaTable(folder, schema({ id: t.int32() }));
    const files = await written(folder, more, [{ id: 1, note: "n" }]);
    await assert.rejects(commitToDelta(folder, files), {
      name: "TableError",
      message: /no column "note"/,
    });
    await assert.rejects(commitToDelta(folder, files, { schema: more }), {
      name: "SchemaError",
      path: "note",
    });
    await commitToDelta(folder, files, { schema: more, mergeSchema: true });
    const { metaData } = readTable(folder);
    assert.deepEqual(JSON.parse(String(metaData["schemaString"])).fields[1], {
      name: "note",
      type: "string",
      nullable: true,
      metadata: {},
    });
    const other = schema({ id: t.int64() });
    await assert.rejects(commitToDelta(folder, [], { schema: other, mergeSchema: true }), {
      name: "SchemaError",
      message: /the column is long, in the table integer/,
    });
    await assert.rejects(commitToDelta(folder, [], { schema: schema({ note: t.utf8() }) }), {
      name: "SchemaError",
      path: "id",
    });
  }));

test("local timestamps need their feature; types that Delta lacks are refused", () =>
  inFolder(async (folder) => {
    await createDeltaTable(
      folder,
      schema({ at: t.timestamp("us"), utc: t.timestamp("ms", "UTC") }),
    );
    const { protocol, metaData } = readTable(folder);
    assert.deepEqual(protocol, {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ["timestampNtz"],
      writerFeatures: ["appendOnly", "invariants", "timestampNtz"],
    });
    assert.deepEqual(
      JSON.parse(String(metaData["schemaString"])).fields.map(({ type }: { type: string }) => type),
      ["timestamp_ntz", "timestamp"],
    );
    const types: Shape[string][] = [
      t.uint8(),
      t.float16(),
      t.timestamp("ns"),
      t.time64("us"),
      t.duration("s"),
      t.list(t.uint32()),
    ];
    for (const type of types) {
      await assert.rejects(createDeltaTable(join(folder, "x"), schema({ id: type })), {
        name: "SchemaError",
        path: /^id/,
      });
    }
  }));

test("tables with features that are not honoured are refused, naming them", () =>
  inFolder(async (folder) => {
    const cases: [object, object, object, RegExp][] = [
      [
        {
          minReaderVersion: 3,
          minWriterVersion: 7,
          readerFeatures: ["deletionVectors"],
          writerFeatures: ["deletionVectors", "rowTracking"],
        },
        {},
        {},
        /deletionVectors, rowTracking/,
      ],
      [{ minReaderVersion: 4, minWriterVersion: 7 }, {}, {}, /reader version 4/],
      [
        { minReaderVersion: 2, minWriterVersion: 5 },
        { "delta.columnMapping.mode": "name" },
        {},
        /columnMapping: name/,
      ],
      [
        { minReaderVersion: 1, minWriterVersion: 3 },
        { "delta.constraints.positive": "id > 0" },
        {},
        /delta\.constraints\.positive/,
      ],
      [
        { minReaderVersion: 1, minWriterVersion: 4 },
        {},
        { "delta.generationExpression": "1" },
        /"id" has delta\.generationExpression/,
      ],
      [
        { minReaderVersion: 1, minWriterVersion: 2 },
        {},
        { "delta.invariants": "{}" },
        /"id" has delta\.invariants/,
      ],
      [
        { minReaderVersion: 1, minWriterVersion: 6 },
        {},
        { "delta.identity.start": 1 },
        /delta\.identity\.start/,
      ],
    ];
    for (const [i, [protocol, configuration, metadata, message]] of cases.entries()) {
      const target = join(folder, String(i));
      mkdirSync(join(target, "_delta_log"), { recursive: true });
      const schemaString = JSON.stringify({
        type: "struct",
        fields: [{ name: "id", type: "integer", nullable: true, metadata }],
      });
      const metaData = {
        id: "x",
        format: { provider: "parquet", options: {} },
        schemaString,
        partitionColumns: [],
        configuration,
      };
      writeFileSync(
        join(target, "_delta_log", `${"0".repeat(20)}.json`),
        [{ protocol }, { metaData }].map((action) => `${JSON.stringify(action)}\n`).join(""),
      );
      await assert.rejects(commitToDelta(target, []), { name: "TableError", message });
    }
    await assert.rejects(commitToDelta(join(folder, "none"), []), {
      name: "TableError",
      message: /Cannot find a Delta table/,
    });
  }));

test("checkpoints are written every so many commits, and hold the table", () =>
  inFolder(async (folder) => {
    await createDeltaTable(folder, SALES, {
      ...BY_DAY,
      configuration: { "delta.checkpointInterval": "3" },
    });
    for (let i = 1; i <= 7; i++) {
      const files = await written(
        folder,
        SALES,
        [{ day: `2026-01-0${i}`, shop: "s", sold: i }],
        BY_DAY,
      );
      await commitToDelta(folder, files, {
        txn: { appId: "a", version: i },
        mode: i === 5 ? "overwrite" : "append",
      });
    }
    const log = join(folder, "_delta_log");
    const checkpoints = readdirSync(log).filter((name) => name.endsWith(".checkpoint.parquet"))
      .sort();
    assert.deepEqual(checkpoints.map((name) => Number(name.slice(0, 20))), [3, 6]);
    const hint = JSON.parse(readFileSync(join(log, "_last_checkpoint"), "utf8"));
    const path = join(log, checkpoints[1]!);
    assert.deepEqual([hint.version, hint.size], [6, (await readParquetMetadata(path)).numRows]);
    assert.deepEqual(await verifyParquet(path), []);
    const rows = await query(
      `select add.path is not null, remove.path is not null, txn.version, metaData.id is not null,
      protocol.minWriterVersion, add.partitionValues['day'] from ${quoted(path)} order by all`,
    );
    const count = (i: number) => rows.filter((row) => row[i] === true).length;
    assert.deepEqual([count(0), count(1), count(3)], [2, 4, 1]);
    assert.deepEqual(rows.map((row) => row[2]).filter((version) => version !== null), [6n]);
    assert.deepEqual(rows.map((row) => row[5]).filter((day) => day !== null).sort(), [
      "2026-01-05",
      "2026-01-06",
    ]);
  }));

test("commits of one process at once, too", () =>
  inFolder(async (folder) => {
    const of = schema({ id: t.int32() });
    await createDeltaTable(folder, of);
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, id) => written(folder, of, [{ id }])),
    );
    const commits = await Promise.all(all.map((files) => commitToDelta(folder, files)));
    assert.deepEqual(
      commits.map(({ version }) => version).sort((a, b) => a - b),
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    assert.deepEqual(
      (await rowsOf(folder, "id")).map(([id]) => id),
      Array.from({ length: 12 }, (_, id) => id),
    );
  }));

test("what a killed writer leaves in a folder is listed as temporary", () =>
  inFolder(async (folder) => {
    const store = new FileStore(folder);
    const sinks = ["day=1/x.parquet", "y.parquet"].map((key) => store.sink(key));
    for (const sink of sinks) await sink.write(new Uint8Array(7));
    await store.put("z.parquet", new Uint8Array(3));
    const found = await listUncommitted(folder);
    assert.deepEqual(found.map(({ size, temporary }) => [size, temporary]), [
      [7, true],
      [7, true],
      [3, undefined],
    ]);
    assert.match(found[1]!.path, /^day=1\/\.x\.parquet\..*tmp$/);
    assert.deepEqual(await listUncommitted(folder, { olderThanMs: 600_000 }), []);
    for (const { path, temporary } of found) if (temporary) await store.delete(path);
    assert.deepEqual((await listUncommitted(folder)).map(({ path }) => path), ["z.parquet"]);
    for (const sink of sinks) await sink.abort(new Error("enough"));
  }));

test("an answer that was lost is told from a commit of somebody else", () =>
  inFolder(async (folder) => {
    const of = schema({ id: t.int32() });
    let lose: "precondition" | "unknown" | null = null;
    class Lossy extends FileStore {
      override async put(...args: Parameters<FileStore["put"]>) {
        const info = await super.put(...args);
        const how = lose;
        lose = null;
        if (how === "precondition") throw new PreconditionError("Cannot write: it is there", {});
        if (how === "unknown") {
          throw new StoreError("Cannot write: the connection was lost", { outcome: "unknown" });
        }
        return info;
      }
    }
    const store = new Lossy(folder);
    await createDeltaTable(store, of);
    for (const [i, how] of (["precondition", "unknown"] as const).entries()) {
      const files = await written(folder, of, [{ id: i }]);
      lose = how;
      assert.deepEqual(await commitToDelta(store, files), { version: i + 1, committed: true });
    }
    assert.equal(readTable(folder).files.size, 2);
  }));
