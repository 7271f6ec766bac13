/** Rows behind those of files that have other physical types, or other units of time, for the same values. */

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  appendParquet,
  fromRows,
  readParquetMetadata,
  schema,
  type Shape,
  t,
  verifyParquet,
  writeParquet,
} from "../../mod.ts";
import { Table, tableToIPC, TimeSecond, TimestampSecond, vectorFromArray } from "apache-arrow";
import {
  Table as WasmTable,
  writeParquet as writeWasm,
  WriterPropertiesBuilder,
} from "parquet-wasm";
import { duckdb, query, quoted } from "../support/duckdb.ts";
import { inFolder } from "../support/folder.ts";

/** Appends rows to a copy of a fixture, or of a file that DuckDB writes; says how its leaves are stored, and lets the result be looked at. */
async function append(
  from: { readonly fixture: string } | { readonly select: string },
  rows: readonly object[],
  look: (path: string) => Promise<void>,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
  try {
    const path = join(folder, "a.parquet");
    if ("fixture" in from) {
      copyFileSync(new URL(`../fixtures/parquet/${from.fixture}.parquet`, import.meta.url), path);
    } else {
      await (await duckdb()).run(`copy (${from.select}) to ${quoted(path)} (format parquet)`);
    }
    const { schema } = await readParquetMetadata(path);
    const metadata = await appendParquet(path, rows);
    assert.deepEqual(metadata.schema, schema);
    assert.equal(metadata.rowGroups.length, 2);
    assert.deepEqual(await verifyParquet(path), []);
    await look(path);
    return schema.flatMap(({ type, typeLength = "" }) =>
      type === undefined ? [] : `${type}${typeLength}`
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("appendParquet() writes decimals as pyarrow does, in bytes", async () => {
  const types = await append(
    { fixture: "pyarrow_decimals" },
    [{
      d5: "-999.99",
      d18: "9999999999999999.99",
      prices: ["3.10", null, "-0.01"],
      item: { price: "4.5" },
      by_name: { b: "-2.25" },
    }, { prices: [], item: { price: null } }],
    async (path) => {
      assert.deepEqual(
        await query(
          `select d5::varchar, d18::varchar, prices::varchar, item::varchar, by_name::varchar from ${
            quoted(path)
          }`,
        ),
        [
          ["-1.25", "-1.25", "[-1.25, NULL]", "{'price': -1.25}", "{a=-1.25}"],
          [null, null, null, null, null],
          ["-999.99", "9999999999999999.99", "[3.10, NULL, -0.01]", "{'price': 4.50}", "{b=-2.25}"],
          [null, null, "[]", "{'price': NULL}", null],
        ],
      );
      // Bounds of both row groups are in the same order.
      assert.deepEqual(
        await query(`select d18::varchar from ${quoted(path)} where d18 > 0 or d5 = -1.25`),
        [["-1.25"], ["9999999999999999.99"]],
      );
    },
  );
  assert.deepEqual(types, [
    "FIXED_LEN_BYTE_ARRAY3",
    "FIXED_LEN_BYTE_ARRAY8",
    "FIXED_LEN_BYTE_ARRAY4",
    "FIXED_LEN_BYTE_ARRAY4",
    "BYTE_ARRAY",
    "FIXED_LEN_BYTE_ARRAY3",
  ]);
});

test("appendParquet() writes decimals as wide as DuckDB does", async () => {
  const types = await append(
    { select: "select 1.25::decimal(4, 2) as d4, 1.25::decimal(30, 2) as d30" },
    [{ d4: "-3.1", d30: "-9999999999999999999999999999.99" }],
    async (path) => {
      const sql = `select d4::varchar, d30::varchar from ${quoted(path)} order by d30`;
      assert.deepEqual(await query(sql), [
        ["-3.10", "-9999999999999999999999999999.99"],
        ["1.25", "1.25"],
      ]);
    },
  );
  assert.deepEqual(types, ["INT32", "FIXED_LEN_BYTE_ARRAY16"]);
});

test("appendParquet() writes timestamps as INT96 where the file has them so", async () => {
  const types = await append(
    { fixture: "pyarrow_int96" },
    [{
      ns: "2021-02-03T04:05:06.000007",
      us: new Date("2021-02-03T04:05:06Z"),
      times: ["1969-12-31T23:59:59.999999", null],
    }],
    async (path) => {
      const sql =
        `select epoch_ns(ns), epoch_us(us), list_transform(times, lambda x: epoch_us(x))::varchar
        from ${quoted(path)} where ns is not null`;
      const noon = 1_577_880_000_000_000n;
      assert.deepEqual(await query(sql), [
        [noon * 1000n, noon, `[${noon}]`],
        [1_612_325_106_000_007_000n, 1_612_325_106_000_000n, "[-1, NULL]"],
      ]);
    },
  );
  assert.deepEqual(types, ["INT96", "INT96", "INT96"]);
});

test("appendParquet() follows the columns where the Arrow schema of a file says otherwise", async () => {
  const types = await append(
    { fixture: "pyarrow_version_1" },
    [{ ns: "2021-02-03T04:05:06.000007", u32: 2 ** 32 - 2, day: "2021-02-03" }],
    async (path) => {
      const sql = `select epoch_us(ns), u32, day::varchar from ${
        quoted(path)
      } where u32 is not null`;
      assert.deepEqual(await query(sql), [
        [1_577_880_000_000_000n, 2n ** 32n - 1n, "2020-01-01"],
        [1_612_325_106_000_007n, 2n ** 32n - 2n, "2021-02-03"],
      ]);
    },
  );
  assert.deepEqual(types, ["INT64", "INT64", "INT32"]);
  const negative = append({ fixture: "pyarrow_version_1" }, [{ u32: -1 }], async () => {});
  await assert.rejects(negative, { name: "InvalidBatchError", message: /column "u32", row 0/ });
});

const column = (type: object) => schema({ v: type } as Shape);

/** A file's type, that of the rows, what the rows have → what the file has then, in DuckDB's words; or what it cannot hold. */
const UNITS: readonly [object, object, readonly unknown[], string, readonly unknown[], unknown?][] =
  [
    [
      t.timestamp("us"),
      t.timestamp("ns"),
      [-1000n, null, 5000n],
      "epoch_us(v)",
      [-1n, null, 5n],
      1n,
    ],
    [
      t.timestamp("ms", "UTC"),
      t.timestamp("ns", "UTC"),
      [-7_000_000n],
      "epoch_ms(v)",
      [-7n],
      1000n,
    ],
    [t.timestamp("ms"), t.timestamp("us"), [3000n], "epoch_ms(v)", [3n], 3001n],
    [t.timestamp("us"), t.timestamp("s"), [-2n], "epoch_us(v)", [-2_000_000n], 2n ** 53n],
    [t.timestamp("ns"), t.timestamp("ms"), [2n], "epoch_ns(v)", [2_000_000n], 2n ** 62n],
    [t.time64("us"), t.time32("s"), [1], "v::varchar", ["00:00:01"]],
    [t.time32("ms"), t.time64("ns"), [1_500_000_000n], "v::varchar", ["00:00:01.5"], 1n],
    [t.date64(), t.date(), ["1969-12-31", "2026-01-31"], "v", [-86_400_000n, 1_769_817_600_000n]],
    [t.date(), t.date64(), ["1969-12-31", null], "v::varchar", ["1969-12-31", null]],
  ];
for (const [file, rows, values, sql, expected, beyond] of UNITS) {
  const name = `${JSON.stringify(column(rows).fields)} behind ${
    JSON.stringify(column(file).fields)
  }`;
  test(`appendParquet() writes times in the unit of the file: ${name}`, () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.parquet");
      const nullable = (type: object) => column((type as ReturnType<typeof t.date>).nullable());
      await writeParquet([], path, { schema: nullable(file) });
      await writeParquet([{ v: null }], path, { schema: nullable(file) });
      const before = (await readParquetMetadata(path)).schema;
      const source = fromRows(values.map((v) => ({ v })) as never, nullable(rows));
      const metadata = await appendParquet(path, source);
      assert.deepEqual(metadata.schema, before);
      assert.deepEqual(await verifyParquet(path), []);
      assert.deepEqual(
        (await query(`select ${sql} from ${quoted(path)}`)).map(([v]) => v),
        [null, ...expected],
      );
      if (beyond === undefined) return;
      const bytes = readFileSync(path);
      const bad = fromRows([{ v: null }, { v: beyond }] as never, nullable(rows));
      await assert.rejects(appendParquet(path, bad), {
        name: "LimitError",
        path: "v",
        row: 1,
        message: new RegExp(
          `^Cannot write ${beyond} \\w+s to a file that counts \\w+s: they are (too many|not whole ones)`,
        ),
      });
      assert.deepEqual(readFileSync(path), bytes);
    }));
}

test("appendParquet() does not take local times for instants", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.parquet");
    await writeParquet([], path, { schema: column(t.timestamp("us", "UTC")) });
    const rows = fromRows([{ v: 1n }] as never, column(t.timestamp("us")));
    await assert.rejects(appendParquet(path, rows), {
      name: "SchemaError",
      message:
        /expected INT64 \(TIMESTAMP\(MICROS,true\)\) as in .*a\.parquet, got INT64 \(TIMESTAMP\(MICROS,false\)\)/,
    });
  }));

test("appendParquet() writes Date64 as pyarrow does, in days", async () => {
  const shape = schema({ d: t.date64().nullable(), l: t.list(t.date64().nullable()).nullable() });
  const rows = fromRows([{ d: "2026-01-31", l: ["1969-12-31", null] }] as never, shape);
  const types = await append({ fixture: "pyarrow_date64" }, rows as never, async (path) => {
    assert.deepEqual(
      await query(`select d::varchar, l::varchar from ${quoted(path)} where d is not null`),
      [
        ["1970-01-01", "[1970-01-02]"],
        ["1971-01-01", "[]"],
        ["2026-01-31", "[1969-12-31, NULL]"],
      ],
    );
  });
  assert.deepEqual(types, ["INT32", "INT32"]);
});

test("appendParquet() writes seconds as arrow-rs does, as they are", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.parquet");
    const table = (...values: (number | null)[]) =>
      new Table({
        at: vectorFromArray(values.map((v) => v === null ? null : v * 1000), new TimestampSecond()),
        of: vectorFromArray(values, new TimeSecond()),
      });
    const stream = tableToIPC(table(1, null), "stream");
    const properties = new WriterPropertiesBuilder().build();
    writeFileSync(path, writeWasm(WasmTable.fromIPCStream(stream), properties));
    await appendParquet(path, table(2, 3));
    await appendParquet(path, [{ at: "1970-01-01T00:00:04", of: "00:00:04" }]);
    assert.deepEqual(await verifyParquet(path), []);
    // DuckDB does not look at the Arrow schema.
    assert.deepEqual(await query(`select "at", "of" from ${quoted(path)}`), [
      [1n, 1],
      [null, null],
      [2n, 2],
      [3n, 3],
      [4n, 4],
    ]);
  }));
