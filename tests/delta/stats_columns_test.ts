/** Statistics and partition values of checkpoints as columns, as tables ask for them, and as others have written them. */

import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { schema, t } from "../../mod.ts";
import { DatasetWriter } from "../../src/dataset/mod.ts";
import { commitToDelta, createDeltaTable } from "../../src/delta/mod.ts";
import { parsedPartition, StatsColumns } from "../../src/delta/stats_columns.ts";
import { tableState } from "../../src/delta/table_state.ts";
import { FileStore } from "../../src/store/file_store.ts";
import { query, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";
import { deltaRs, NO_DELTA_RS } from "./delta_rs.ts";
import { checkpointBytes, forgetBefore, logName, putCheckpoint } from "./old_log.ts";

const ROWS = schema({
  day: t.date32().nullable(),
  shop: t.utf8().nullable(),
  price: t.decimal(9, 2).nullable(),
  at: t.timestamp("us", "UTC").nullable(),
  i8: t.int8().nullable(),
  i16: t.int16().nullable(),
  i32: t.int32().nullable(),
  i64: t.int64().nullable(),
  f32: t.float32().nullable(),
  f64: t.float64().nullable(),
  d38: t.decimal(38, 10).nullable(),
  text: t.utf8().nullable(),
  flag: t.bool().nullable(),
  date: t.date32().nullable(),
  instant: t.timestamp("us", "UTC").nullable(),
  deep: t.struct({ maxValues: t.struct({ at: t.timestamp("us", "UTC") }), n: t.int64() })
    .nullable(),
  tags: t.list(t.utf8()).nullable(),
});
const PARTITION = ["day", "shop", "price", "at"];

const FIRST = {
  day: "2026-01-31",
  shop: "a/b \uE0001",
  price: "-0.50",
  at: "2026-01-31T12:00:00.123456Z",
  i8: -128,
  i16: 32_767,
  i32: -7,
  i64: 2n ** 63n - 1n,
  f32: 0.1,
  f64: -1e300,
  d38: "1234567890123456789012345678.0123456789",
  text: 'quote " and \\ and 12',
  flag: true,
  date: "1969-12-31",
  instant: "1969-12-31T23:59:59.999999Z",
  deep: { maxValues: { at: "2026-01-31T12:00:00.000001Z" }, n: 1 },
  tags: ["x"],
};

async function commit(folder: string, rows: readonly object[], checkpointInterval: number | null) {
  const writer = new DatasetWriter(folder, ROWS, {
    partitionBy: PARTITION,
    options: { parallelism: 0 },
  });
  await writer.write(rows);
  return await commitToDelta(folder, await writer.close(), { checkpointInterval });
}

/** Statistics of all files, by their paths. */
async function statsIn(folder: string): Promise<[string, string | null | undefined][]> {
  const { files } = await tableState(new FileStore(folder));
  return Array.from(
    files,
    ([path, { stats }]): [string, string | null | undefined] => [path, stats],
  )
    .sort(([a], [b]) => a < b ? -1 : 1);
}

/** Of 32 bits, `0.1` and `0.10000000149011612` are the same. */
function rounded(name: string, value: unknown): unknown {
  return name === "f32" && typeof value === "number" ? Math.fround(value) : value;
}

/** Properties of a table, and whether its checkpoints have statistics as text and as columns. */
const WANTED: [Record<string, string>, boolean, boolean][] = [
  [{}, true, false],
  [{ writeStatsAsStruct: "true" }, true, true],
  [{ writeStatsAsStruct: "true", writeStatsAsJson: "false" }, false, true],
  [{ writeStatsAsJson: "false" }, false, false],
];

for (const [properties, asText, asColumns] of WANTED) {
  test(`checkpoints have statistics as the table wants them: ${JSON.stringify(properties)}`, () =>
    inFolder(async (folder) => {
      await createDeltaTable(folder, ROWS, {
        partitionBy: PARTITION,
        configuration: Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [`delta.checkpoint.${key}`, value]),
        ),
      });
      await commit(folder, [FIRST, { ...FIRST, i64: 9_007_199_254_740_993n, f32: null }], null);
      await commit(folder, [{ i32: 5 }], null);
      await commit(folder, [{ ...FIRST, f64: NaN }], 1);
      const before = await statsIn(folder);
      const path = join(folder, "_delta_log", logName(3, "checkpoint.parquet"));
      const columns = await query(
        `select column_name from (describe select unnest("add") from ${quoted(path)})`,
      );
      const names = columns.flat();
      assert.deepEqual(
        ["stats", "stats_parsed", "partitionValues_parsed"].map((name) => names.includes(name)),
        [asText, asColumns, asColumns],
      );
      if (asColumns) {
        const [values] = await query(
          `select "add".stats_parsed.minValues.i64::text, "add".stats_parsed.maxValues.d38::text,
             "add".stats_parsed.maxValues.instant::text, "add".stats_parsed.nullCount.f32,
             "add".stats_parsed.minValues.deep.maxValues."at"::text, "add".stats_parsed.numRecords,
             "add".partitionValues_parsed.day::text, "add".partitionValues_parsed.shop,
             "add".partitionValues_parsed.price::text, "add".partitionValues_parsed."at"::text
           from ${quoted(path)} where "add".stats_parsed.numRecords = 2`,
        );
        assert.deepEqual(values!.map(String), [
          "9007199254740993",
          FIRST.d38,
          "1970-01-01 00:00:00+00",
          "1",
          "2026-01-31 12:00:00+00",
          "2",
          "2026-01-31",
          FIRST.shop,
          "-0.50",
          "2026-01-31 12:00:00.123456+00",
        ]);
        const [nulls] = await query(
          `select "add".partitionValues_parsed.day, "add".partitionValues_parsed.shop,
             "add".stats_parsed.minValues.text from ${quoted(path)}
           where "add".stats_parsed.nullCount.text = 1`,
        );
        assert.deepEqual(nulls, [null, null, null]);
      }
      forgetBefore(folder, 3);
      rmSync(join(folder, "_delta_log", logName(3, "json")));
      const after = await statsIn(folder);
      assert.equal(after.length, 3);
      if (asText) assert.deepEqual(after, before);
      else if (!asColumns) {
        assert.deepEqual(after.map(([, stats]) => stats), Array(3).fill(undefined));
      } else {
        const plain = (all: typeof after) =>
          all.map(([path, stats]) => [path, JSON.parse(stats!, rounded)]);
        assert.deepEqual(plain(after), plain(before));
        assert.ok(after.some(([, stats]) => stats!.includes(`"d38":${FIRST.d38}`)));
        assert.ok(after.some(([, stats]) => stats!.includes('"i64":9223372036854775807')));
      }
      assert.deepEqual(await commit(folder, [FIRST], 1), { version: 4, committed: true });
      if (NO_DELTA_RS) return;
      forgetBefore(folder, 4);
      const rows = (where: string) =>
        deltaRs("rows", folder, ["i32, cast(i64 as varchar)", where]).rows;
      assert.equal(rows("1 = 1").length, 5);
      assert.deepEqual(rows("i64 < 9223372036854775807"), [[-7, "9007199254740993"]]);
      assert.deepEqual(rows("text is null"), [[5, null]]);
      assert.equal(rows("instant = timestamp '1969-12-31T23:59:59.999999Z'").length, 4);
      assert.equal(rows(`day = date '2026-01-31' and price = -0.5`).length, 4);
    }));
}

test("statistics that others have as columns alone are kept", () =>
  inFolder(async (folder) => {
    const V1 = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };
    const metaData = {
      id: "t",
      format: { provider: "parquet", options: {} },
      schemaString: '{"type":"struct","fields":[]}',
      partitionColumns: [],
      configuration: {},
    };
    const add = (i: number, stats: object) => ({
      add: {
        path: `${i}`,
        partitionValues: {},
        size: 1,
        modificationTime: 1,
        dataChange: false,
        ...stats,
      },
    });
    const parsed = { stats_parsed: { numRecords: 3, minValues: { x: -0.5, d: "1.25" } } };
    await putCheckpoint(folder, {
      [logName(7, "checkpoint.parquet")]: [
        V1,
        { metaData },
        add(0, { stats: '{"numRecords":1}', ...parsed }),
        add(1, parsed),
        add(2, { stats_parsed: { numRecords: null, minValues: { x: NaN } } }),
        add(3, {}),
      ],
    });
    assert.deepEqual(await statsIn(folder), [
      ["0", '{"numRecords":1}'],
      ["1", '{"numRecords":3,"minValues":{"x":-0.5,"d":1.25}}'],
      ["2", "{}"],
      ["3", undefined],
    ]);
    assert.ok((await checkpointBytes([V1])).length > 0);
  }));

test("what is no statistic of a column's type is left out", () => {
  const struct = (fields: Record<string, string>) => ({
    type: "struct" as const,
    fields: Object.entries(fields).map(([name, type]) => ({
      name,
      type,
      nullable: true,
      metadata: {},
    })),
  });
  const columns = new StatsColumns(
    struct({
      n: "long",
      s: "string",
      d: "decimal(4,1)",
      f: "double",
      t: "timestamp",
      b: "binary",
      i8: "byte",
      f32: "float",
      day: "date",
    }),
  );
  const kept = (minValues: string) => {
    const found = columns.parse(`{"minValues":${minValues}}`)?.["minValues"];
    return found === undefined ? null : Object.entries(found as object).flat();
  };
  assert.deepEqual(kept('{"n":12345678901234567}'), ["n", 12345678901234567n]);
  assert.deepEqual(kept('{"i8":-128,"d":-999.9}'), ["d", "-999.9", "i8", -128n]);
  for (
    const wrong of [
      '{"n":1.5}',
      '{"n":"1"}',
      '{"s":1}',
      '{"d":1.25}',
      '{"d":1e3}',
      '{"f":"NaN"}',
      '{"f":1e999}',
      '{"t":"2026-01-31T12:00:00.000"}',
      '{"b":"x"}',
      // Beyond what the type has room for.
      '{"n":9223372036854775808}',
      '{"i8":128}',
      '{"d":1234.5}',
      '{"f32":1e39}',
      '{"day":"2026-02-29"}',
      '{"t":"2026-13-01T00:00:00Z"}',
      '{"x":1}',
      '{"n":{"n":1}}',
      '{"__proto__":1}',
    ]
  ) assert.deepEqual(kept(wrong), [], wrong);
  assert.equal(columns.parse("{"), null);
  assert.equal(columns.parse(null), null);
});

test("partition values that are not understood are no null: the commit stands without a checkpoint", () =>
  inFolder(async (folder) => {
    const of = schema({ at: t.timestamp("us", "UTC").nullable(), id: t.int32() });
    await createDeltaTable(folder, of, {
      partitionBy: ["at"],
      configuration: { "delta.checkpoint.writeStatsAsStruct": "true" },
    });
    const writer = new DatasetWriter(folder, of, { partitionBy: ["at"] });
    await writer.write([{ at: null, id: 1 }, { at: "2026-01-31T12:00:00Z", id: 2 }]);
    const files = await writer.close();
    // As Spark has it, in the time zone of its session.
    const local = files.map((file) => ({
      ...file,
      partitionValues: { at: file.partitionValues["at"] === null ? null : "2026-01-31 12:00:00" },
    }));
    assert.equal((await commitToDelta(folder, local, { checkpointInterval: 1 })).committed, true);
    assert.ok(!existsSync(join(folder, "_delta_log", logName(1, "checkpoint.parquet"))));
    const struct = (type: string) => ({
      type: "struct" as const,
      fields: [{ name: "p", type, nullable: true, metadata: {} }],
    });
    for (
      const [type, text] of [
        ["integer", "1.0"],
        ["boolean", "yes"],
        ["date", "today"],
        [
          "decimal(4,1)",
          "1e1",
        ],
        ["double", "x"],
        ["timestamp_ntz", "2026-01-31 12:00:00Z"],
      ] as const
    ) {
      assert.throws(() => parsedPartition({ p: text }, struct(type), ["p"]), {
        name: "TableError",
        message: `Cannot write ${JSON.stringify(text)} of the partition column "p"`,
      });
    }
    const value = (type: string, text: string) => parsedPartition({ p: text }, struct(type), ["p"]);
    assert.deepEqual(value("boolean", "FALSE"), { p: false });
    assert.deepEqual(value("double", "NaN"), { p: NaN });
    assert.deepEqual(value("timestamp_ntz", "2026-01-31 12:00:00.5"), {
      p: "2026-01-31T12:00:00.5",
    });
    assert.deepEqual(value("long", "+7"), { p: 7n });
    assert.deepEqual(value("string", ""), { p: null });
  }));
