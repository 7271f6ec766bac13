import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromArrays, Utf8, vectorFromArray } from "apache-arrow";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { sampledCost } from "../../src/executor/sampled_cost.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";

const ROWS = 10_000;

/** What a column is expected to cost, in nanoseconds a row. */
function cost(
  values: (row: number) => number | bigint | string | null,
  options: WriterOptions = {},
) {
  const column = Array.from({ length: ROWS }, (_, row) => values(row));
  const vector = typeof column.find((value) => value !== null) === "string"
    ? vectorFromArray(column, new Utf8())
    : vectorFromArray(column as number[]);
  const [batch] = tableFromArrays({ v: vector as never }).batches;
  const schema = toArrowSchema(batch!.schema);
  const { columns: [array] } = recordBatchToColumns(batch!, schema, {});
  const [plan] = planSchema(schema, resolveOptions(options)).columns;
  return sampledCost(plan!, array!, 0, ROWS) / ROWS * 1e6;
}

const sentence = (row: number) => `an event of its own, the ${row}th of all, happened to somebody`;

test("texts that repeat cost less than those that do not, and the codec counts", () => {
  const few = cost((row) => sentence(row % 40), { compression: "zstd" });
  const unique = cost(sentence, { compression: "zstd" });
  assert.ok(few * 5 < unique, `${few} ${unique}`);
  const stored = cost(sentence, { compression: "uncompressed" });
  assert.ok(stored * 2 < unique, `${stored} ${unique}`);
  assert.ok(cost((row) => `${row}`, { compression: "zstd" }) < unique);
});

test("numbers that repeat cost less than those that do not, where there is a dictionary", () => {
  const options = { compression: "zstd" } as const;
  const few = cost((row) => row % 100, options);
  const unique = cost((row) => row * 1.5, options);
  assert.ok(few < unique, `${few} ${unique}`);
  const without = { ...options, dictionaryEnabled: false };
  assert.equal(cost((row) => row % 100, without), cost((row) => row * 1.5, without));
});

test("nulls alone cost next to nothing, and a column without rows nothing", () => {
  assert.ok(cost((row) => row % 1000 === 0 ? "x" : null) < cost(sentence));
});
