/** What would make a Delta table that readers refuse, or doubled rows: files of other columns, options, properties, values as others write them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readParquetMetadata, schema, t } from "../../mod.ts";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { type DataFile, DatasetWriter } from "../../src/dataset/mod.ts";
import { writeCheckpoint } from "../../src/delta/write_checkpoint.ts";
import { isMeant } from "../../src/delta/commit_mode.ts";
import { deltaSchema } from "../../src/delta/delta_schema.ts";
import { commitToDelta, createDeltaTable } from "../../src/delta/mod.ts";
import { statsOf } from "../../src/delta/stats.ts";
import { apply, emptyState } from "../../src/delta/table_state.ts";
import { FileStore } from "../../src/store/file_store.ts";
import { inFolder } from "../support/folder.ts";
import { readTable } from "./log_reader.ts";

async function written(
  folder: string,
  of: ReturnType<typeof schema>,
  rows: readonly object[],
  partitionBy: readonly string[] = [],
): Promise<DataFile[]> {
  const writer = new DatasetWriter(folder, of, { partitionBy, options: { parallelism: 0 } });
  await writer.write(rows);
  return await writer.close();
}

test("files whose columns are not those of the table are refused", () =>
  inFolder(async (folder) => {
    const of = schema({
      id: t.int64(),
      s: t.struct({ a: t.int16().nullable() }).nullable(),
      tags: t.map(t.utf8(), t.list(t.decimal(9, 2).nullable())).nullable(),
      at: t.timestamp("us", "UTC").nullable(),
      day: t.date32().nullable(),
      bytes: t.binary().nullable(),
    });
    await createDeltaTable(folder, of);
    const row = { id: 1n, s: { a: 1 }, tags: new Map([["k", ["1.50", null]]]), bytes: null };
    await commitToDelta(folder, await written(folder, of, [{ ...row, at: null, day: null }]));
    const refused: [ReturnType<typeof schema>, object, RegExp][] = [
      [schema({ id: t.utf8() }), { id: "x" }, /"id" is BYTE_ARRAY STRING, in the table long/],
      [schema({ id: t.int32() }), { id: 1 }, /"id" is INT32, in the table long/],
      [schema({ id: t.uint64() }), { id: 1n }, /"id" is INT64 INTEGER\(64,false\)/],
      [
        schema({ id: t.int64(), at: t.timestamp("us") }),
        { id: 1n, at: "2026-01-01T00:00:00" },
        /"at" is INT64 TIMESTAMP\(MICROS,false\), in the table timestamp/,
      ],
      [
        schema({ id: t.int64(), s: t.struct({ a: t.int32() }) }),
        { id: 1n, s: { a: 1 } },
        /"s\.a" is INT32, in the table short/,
      ],
      [
        schema({ id: t.int64(), s: t.int16() }),
        { id: 1n, s: 1 },
        /"s" is INT32 INTEGER\(16,true\), in the table of another structure/,
      ],
      [
        schema({ id: t.int64(), tags: t.map(t.utf8(), t.list(t.decimal(9, 3))) }),
        { id: 1n, tags: new Map([["k", ["1"]]]) },
        /DECIMAL\(9,3\), in the table decimal\(9,2\)/,
      ],
      [schema({ id: t.int64().nullable() }), { id: null }, /"id" has nulls/],
      [schema({ day: t.date32() }), { day: "2026-01-01" }, /it lacks the column "id"/],
    ];
    for (const [other, row, message] of refused) {
      await assert.rejects(commitToDelta(folder, await written(folder, other, [row])), {
        name: "TableError",
        message,
      });
    }
    assert.equal(readTable(folder).version, 1);
  }));

test("tables that readers would refuse are not made", () =>
  inFolder(async (folder) => {
    const of = schema({ id: t.int64(), s: t.struct({ a: t.int32() }) });
    const refused: [Parameters<typeof createDeltaTable>[2], string, RegExp][] = [
      [{ partitionBy: ["s"] }, "TableError", /it is of type struct/],
      [{ partitionBy: ["id", "id"] }, "TableError", /nothing is left|named twice/],
      [
        { configuration: { "delta.checkpointInterval": 5 as never } },
        "TypeError",
        /expected a text/,
      ],
      [{ configuration: { "delta.enableChangeDataFeed": "true" } }, "TableError", /feature/],
      [{ partitionedBy: ["id"] } as never, "TypeError", /did you mean "partitionBy"/],
    ];
    for (const [options, name, message] of refused) {
      await assert.rejects(createDeltaTable(folder, of, options), { name, message });
    }
    const alike = schema({ id: t.int64(), ID: t.int64() });
    await assert.rejects(createDeltaTable(folder, alike), { name: "SchemaError", path: "ID" });
    await createDeltaTable(folder, of, {
      configuration: {
        "delta.enableExpiredLogCleanup": "true",
        "delta.enableChangeDataFeed": "false",
      },
    });
    const more = schema({ id: t.int64(), s: t.struct({ a: t.int32() }), Id: t.int64() });
    await assert.rejects(commitToDelta(folder, [], { schema: more, mergeSchema: true }), {
      name: "SchemaError",
      path: "Id",
    });
  }));

test("options of a commit that would be misunderstood are refused; its token stays", () =>
  inFolder(async (folder) => {
    const of = schema({ p: t.utf8().nullable(), id: t.int64() });
    await createDeltaTable(folder, of, { partitionBy: ["p"] });
    await commitToDelta(folder, await written(folder, of, [{ p: null, id: 1n }], ["p"]));
    const wrong: unknown[] = [
      { mod: "overwrite" },
      { mode: { replaceWhere: { p: undefined } } },
      { mode: { replaceWhere: { p: 7 } } },
      { maxAttempts: "x" },
    ];
    for (const options of wrong) {
      await assert.rejects(commitToDelta(folder, [], options as never), { name: "TypeError" });
    }
    assert.equal(readTable(folder).files.size, 1);
    await commitToDelta(folder, [], { commitInfo: { txnId: "mine", userMetadata: "mine" } });
    const path = join(folder, "_delta_log", "00000000000000000002.json");
    const { commitInfo } = JSON.parse(readFileSync(path, "utf8").split("\n")[0]!);
    assert.equal(commitInfo.userMetadata, "mine");
    assert.notEqual(commitInfo.txnId, "mine");
  }));

test("bounds beside NaNs are no statistics: to readers, NaN is the greatest number", () =>
  inFolder(async (folder) => {
    const of = schema({ f: t.float64(), id: t.int32() });
    const table = deltaSchema(toArrowSchema(of));
    const row = (f: number, id: number) => ({ f, id });
    const groups = [row(NaN, 1), row(NaN, 2), row(1, 3), row(-2, 4)];
    for (const options of [{ nanBounds: true }, { ieee754TotalOrder: true }, {}]) {
      for (const rows of [groups, groups.toReversed(), groups.slice(1)]) {
        const writer = new DatasetWriter(folder, of, {
          options: { parallelism: 0, maxRowGroupRowCount: 2, ...options },
        });
        await writer.write(rows);
        const [file] = await writer.close();
        const { lower, upper } = file!.columns[0]!;
        if ("ieee754TotalOrder" in options) {
          assert.deepEqual([lower?.text, upper?.text], ["-2", "1"]);
        } else assert.equal(lower ?? upper, undefined);
        const stats = JSON.parse(statsOf(file!, table, -1));
        assert.deepEqual([stats.minValues, stats.maxValues].map(Object.keys), [["id"], ["id"]]);
      }
    }
    const whole = new DatasetWriter(folder, of, {
      options: { parallelism: 0, ieee754TotalOrder: true },
    });
    await whole.write(groups.slice(2));
    const stats = JSON.parse(statsOf((await whole.close())[0]!, table, -1));
    assert.deepEqual([stats.minValues.f, stats.maxValues.f], [-2, 1]);
  }));

test("a checkpoint remembers removed files for as long as the table says", () =>
  inFolder(async (folder) => {
    const day = 86_400_000;
    const kept = async (configuration: Record<string, string>) => {
      const state = emptyState();
      const metaData = {
        id: "i",
        format: { provider: "parquet", options: {} },
        schemaString: "{}",
        partitionColumns: [],
        configuration,
      };
      const removes = [1, 6, 8, 29, 31].map((days) => ({
        remove: { path: `${days}`, dataChange: true, deletionTimestamp: Date.now() - days * day },
      }));
      apply(state, 0, [
        { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
        { metaData },
        ...removes,
      ]);
      await writeCheckpoint(new FileStore(folder), state);
      const path = join(folder, "_delta_log", "00000000000000000000.checkpoint.parquet");
      return (await readParquetMetadata(path)).numRows - 2;
    };
    const key = "delta.deletedFileRetentionDuration";
    assert.equal(await kept({}), 2);
    assert.equal(await kept({ [key]: "interval 30 days" }), 4);
    assert.equal(await kept({ [key]: "INTERVAL 1 week" }), 2);
    assert.equal(await kept({ [key]: "2 days" }), 1);
    assert.equal(await kept({ [key]: "interval 1 month" }), 5);
  }));

test("replaceWhere finds a value whoever wrote its text", () => {
  const same: [string, ...string[]][] = [
    ["integer", "7", "+7", "07"],
    ["double", "1", "1.0", "1e0"],
    ["float", "0.1", "0.10000000149011612"],
    ["double", "NaN"],
    ["boolean", "true", "TRUE"],
    ["decimal(9,2)", "100", "100.00", "100.0"],
    ["timestamp", "2026-01-31T12:00:00Z", "2026-01-31 12:00:00", "2026-01-31 12:00:00.000000"],
    ["timestamp", "2026-01-31T12:00:00.001000Z", "2026-01-31 12:00:00.001"],
    ["string", "1.0"],
  ];
  const different: [string, string, string][] = [
    ["string", "1", "1.0"],
    ["integer", "7", "70"],
    ["decimal(9,0)", "100", "1"],
    ["double", "NaN", "x"],
    ["timestamp", "2026-01-31 12:00:00", "2026-01-31 12:00:00.1"],
    ["timestamp", "2026-01-31 12:00:00", "2026-01-31 12:00"],
  ];
  const meant = (type: string, value: string, wanted: string) =>
    isMeant({ partitionValues: { p: value } }, { replaceWhere: { p: [null, wanted] } }, ["p"], {
      type: "struct",
      fields: [{ name: "p", type, nullable: true, metadata: {} }],
    });
  for (const [type, ...texts] of same) {
    for (const a of texts) for (const b of texts) assert.ok(meant(type, a, b), `${type} ${a} ${b}`);
  }
  for (const [type, a, b] of different) {
    assert.ok(!meant(type, a, b) && !meant(type, b, a), `${type} ${a} ${b}`);
  }
});
