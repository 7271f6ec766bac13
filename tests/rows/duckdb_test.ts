/** Results of DuckDB's client as the recipe of docs/duckdb.md takes them: every type, with and without nulls. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValueConverter,
  JSDuckDBValueConverter,
} from "@duckdb/node-api";
import { type FieldType, fromColumns, schema, t, toParquet, verifyParquet } from "../../mod.ts";
import { duckdb, query, quoted } from "../support/duckdb.ts";

const exactly: DuckDBValueConverter<unknown> = (value, type, converter) => {
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return value.micros;
  }
  if (value instanceof DuckDBIntervalValue) {
    return { months: value.months, days: value.days, microseconds: value.micros };
  }
  return (JSDuckDBValueConverter as DuckDBValueConverter<unknown>)(value, type, converter);
};

const int = t.int32().nullable();

/** Expression → what its values are written as. */
const TYPES: Readonly<Record<string, FieldType>> = {
  "true": t.bool(),
  "(-1)::tinyint": t.int8(),
  "(-1)::smallint": t.int16(),
  "-1": t.int32(),
  "(-9007199254740993)::bigint": t.int64(),
  "255::utinyint": t.uint8(),
  "65535::usmallint": t.uint16(),
  "4294967295::uinteger": t.uint32(),
  "18446744073709551615::ubigint": t.uint64(),
  "(-12345678901234567890123456789)::hugeint": t.decimal(38, 0),
  "1.5::float": t.float32(),
  "0.1::double": t.float64(),
  "(-1.25)::decimal(4, 2)": t.decimal(4, 2),
  "(-1234567.25)::decimal(9, 2)": t.decimal(9, 2),
  "1234567890123456.25::decimal(18, 2)": t.decimal(18, 2),
  "123456789012345678901234567890123456.25::decimal(38, 2)": t.decimal(38, 2),
  "'a long text, not inlined'": t.utf8(),
  "'\\x00\\xFF'::blob": t.binary(),
  "date '2026-01-31'": t.date(),
  "time '01:02:03.000004'": t.time64("us"),
  "timestamp '2026-01-31 01:02:03.000004'": t.timestamp("us"),
  "timestamptz '2026-01-31 01:02:03.000004+01'": t.timestamp("us", "UTC"),
  "'2026-01-31 01:02:03'::timestamp_s": t.timestamp("s"),
  "'2026-01-31 01:02:03.004'::timestamp_ms": t.timestamp("ms"),
  "interval '1 month 2 days 3 seconds'": t.interval("monthDayNano"),
  "'123e4567-e89b-12d3-a456-426614174000'::uuid": t.uuid(),
  "'b'::enum('a', 'b')": t.utf8(),
  "'[1]'::json": t.json(),
  "[1, null]": t.list(int),
  "[[1], null, [null], []]": t.list(t.list(int).nullable()),
  "[1.25::decimal(9, 2), null]": t.list(t.decimal(9, 2).nullable()),
  "[1, null, 3]::integer[3]": t.fixedSizeList(int, 3),
  "{'a': 1, 'b': null::varchar}": t.struct({ a: int, b: t.utf8().nullable() }),
  "[{'a': 1}, null, {'a': null}]": t.list(t.struct({ a: int }).nullable()),
  "map {'a': 1, 'b': null}": t.map(t.utf8(), int),
  "[map {'a': 1}, null, map {}]": t.list(t.map(t.utf8(), int).nullable()),
};

/** Rows of a value and of nulls. */
const ROWS: Readonly<Record<string, (value: string) => string>> = {
  "values": (value) => `select ${value} as v from range(3)`,
  "nulls": (value) => `select v from (select ${value} as v) right join range(3) on false`,
  "both": (value) =>
    `select v from range(5000) left join (select ${value} as v) on range % 3 = 1 order by range`,
};

for (const [expression, type] of Object.entries(TYPES)) {
  test(`${expression} of DuckDB`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
    try {
      for (const [name, rows] of Object.entries(ROWS)) {
        const sql = rows(expression);
        const result = await (await duckdb()).stream(sql);
        const columns = async function* () {
          for (;;) {
            const chunk = await result.fetchChunk();
            if (chunk === null || chunk.rowCount === 0) return;
            yield { v: chunk.convertColumns(exactly)[0]! as unknown[] };
          }
        };
        const bytes = await toParquet(fromColumns(columns(), schema({ v: type.nullable() })));
        assert.deepEqual(await verifyParquet(bytes), [], name);
        const path = join(folder, "a.parquet");
        writeFileSync(path, bytes);
        const same = `select count(*), count(v), list(v::varchar) from`;
        assert.deepEqual(
          await query(`${same} ${quoted(path)}`),
          await query(`${same} (${sql})`),
          name,
        );
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
