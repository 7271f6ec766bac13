import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Schema, Struct } from "apache-arrow";
import fc from "fast-check";
import type { ColumnArray, ColumnBatch, FixedArray } from "../../src/arrow/column_array.ts";
import { toArrowSchema } from "../../src/arrow/arrow_objects.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { take } from "../../src/arrow/take.ts";
import type { ArrowType } from "../../src/arrow/types.ts";
import { RowOrder } from "../../src/row_group/row_order.ts";
import { planSchema, type SchemaPlan } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import type { WriterOptions } from "../../src/schema/writer_options.ts";
import { InvalidBatchError } from "../../src/util/errors.ts";
import { field, required, schemaOf, struct, UTF8 } from "../schema/arrow_fields.ts";
import { LEAVES, shapes } from "../support/arbitraries.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { compare } from "../support/duckdb_predicates.ts";
import { randomBatch } from "../support/random_data.ts";
import type { Value } from "../support/values.ts";

function orderOf({ columns, sortingColumns }: SchemaPlan): RowOrder {
  return new RowOrder(columns, sortingColumns);
}

function taken({ columns }: ColumnBatch, rows: readonly number[]): ColumnBatch {
  const indices = Int32Array.from(rows);
  return {
    numRows: rows.length,
    columns: columns.map((column) => take(column, indices, "")),
    byteLength: 0,
  };
}

/** What `check` says: the column and row of an `InvalidBatchError`, `null` for none. */
function complaint(order: RowOrder, batch: ColumnBatch): { path: string; row: number } | null {
  try {
    order.check(batch);
    return null;
  } catch (error) {
    assert.ok(error instanceof InvalidBatchError, String(error));
    return { path: error.path, row: error.row };
  }
}

const SORTABLE = Object.keys(LEAVES).filter((name) => !name.startsWith("interval"));

test("RowOrder() agrees with a naive comparison: any type, direction, batches", () => {
  const key = fc.record({
    type: fc.constantFrom(...SORTABLE),
    nullable: fc.boolean(),
    within: fc.boolean(),
    descending: fc.boolean(),
    nullsFirst: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1, maxLength: 3 }),
      fc.record({ shape: shapes, rows: fc.integer({ min: 1, max: 60 }) }),
      fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 4 }),
      fc.tuple(fc.nat(), fc.nat()),
      (keys, { shape, rows }, sizes, [from, to]) => {
        const schema = new Schema(keys.map(({ type, nullable, within }, i) => {
          const leaf = LEAVES[type]!();
          const isNullable = nullable || type === "null";
          return within
            ? new Field(`c${i}`, new Struct([new Field("a", leaf, isNullable)]), true)
            : new Field(`c${i}`, leaf, isNullable);
        }));
        const record = randomBatch(schema, rows, shape);
        const arrow = toArrowSchema(schema);
        const batch = recordBatchToColumns(record, arrow, { coerceTypes: false });
        const sortingColumns = keys.map(({ within, descending, nullsFirst }, i) => ({
          column: within ? `c${i}.a` : `c${i}`,
          descending,
          nullsFirst,
        }));
        const plan = planSchema(arrow, resolveOptions({ sortingColumns }));
        const values = columnsOf(schema, [record]).map(({ field, values }, i) => {
          if (!keys[i]!.within) return { type: field.type, values };
          const { children } = field.type as ArrowType & { kind: "struct" };
          return {
            type: children[0]!.type,
            values: values.map((value) => (value as Value[] | null)?.[0] ?? null),
          };
        });
        const naive = (a: number, b: number): { sign: number; key: number } => {
          for (const [k, { type, values: all }] of values.entries()) {
            const sign = compareValues(type, all[a]!, all[b]!, keys[k]!);
            if (sign !== 0) return { sign, key: k };
          }
          return { sign: 0, key: -1 };
        };
        const sorted = Array.from({ length: rows }, (_, i) => i)
          .sort((a, b) => naive(a, b).sign);
        const [moved] = sorted.slice(from % rows, from % rows + 1);
        const disturbed = sorted.filter((row) => row !== moved);
        disturbed.splice(to % rows, 0, moved!);
        for (const all of [sorted, disturbed]) {
          const order = orderOf(plan);
          let at = 0;
          for (let s = 0; at < all.length; s++) {
            const end = Math.min(all.length, at + sizes[s % sizes.length]!);
            let expected: { path: string; row: number } | null = null;
            for (let i = Math.max(at, 1); i < end && expected === null; i++) {
              const { sign, key } = naive(all[i - 1]!, all[i]!);
              if (sign > 0) expected = { path: sortingColumns[key]!.column, row: i - at };
            }
            const part = taken(batch, all.slice(at, end));
            assert.deepEqual(complaint(order, part), expected);
            if (expected !== null) break;
            at = end;
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

function compareValues(
  type: ArrowType,
  a: Value,
  b: Value,
  { descending, nullsFirst }: { readonly descending: boolean; readonly nullsFirst: boolean },
): number {
  if (type.kind === "dictionary") {
    return compareValues(type.value, a, b, { descending, nullsFirst });
  }
  if (a === null || b === null) {
    return (Number(b === null) - Number(a === null)) * (nullsFirst ? 1 : -1);
  }
  return compare(type, a, b) * (descending ? -1 : 1);
}

/** A batch of one column of 8-byte slots, which begin at a byte that is no multiple of 8 when `shift` says so. */
function doubles(values: readonly number[], shift = 0): ColumnBatch {
  const bytes = new Uint8Array(values.length * 8 + shift);
  bytes.set(new Uint8Array(Float64Array.from(values).buffer), shift);
  const column: FixedArray = {
    shape: "fixed",
    length: values.length,
    validity: null,
    width: 8,
    values: bytes.subarray(shift),
  };
  return { numRows: values.length, columns: [column], byteLength: bytes.length };
}

function planOf(type: ArrowType, options: WriterOptions = {}): SchemaPlan {
  return planSchema(
    schemaOf(field("a", type)),
    resolveOptions({ sortingColumns: [{ column: "a" }], ...options }),
  );
}

const DOUBLE: ArrowType = { kind: "float", bitWidth: 64 };

test("RowOrder() has NaN above all numbers, and both zeros equal", () => {
  const rows = [-Infinity, -1, 0, -0, 0, 5e-324, 1, Infinity, NaN, -NaN, NaN];
  for (const shift of [0, 1, 4]) {
    assert.equal(complaint(orderOf(planOf(DOUBLE)), doubles(rows, shift)), null);
    const sortingColumns = [{ column: "a", descending: true }];
    const descending = orderOf(planOf(DOUBLE, { sortingColumns }));
    assert.equal(complaint(descending, doubles(rows.toReversed(), shift)), null);
    descending.restart();
    assert.deepEqual(complaint(descending, doubles([1, NaN], shift)), { path: "a", row: 1 });
  }
  assert.deepEqual(complaint(orderOf(planOf(DOUBLE)), doubles([NaN, 1])), { path: "a", row: 1 });
});

test("RowOrder() keeps to the total order of IEEE 754 where the column has it", () => {
  const bits: Record<16 | 32 | 64, readonly bigint[]> = {
    16: [0xfe01n, 0xfe00n, 0xfc00n, 0xbc01n, 0xbc00n, 0x8000n, 0n, 1n, 0x3c00n, 0x7c00n, 0x7e00n],
    32: [0xffc00000n, 0xff800000n, 0xbf800001n, 0xbf800000n, 0x80000000n, 0n, 1n, 0x7fc00000n],
    64: [
      0xfff8000000000001n,
      0xfff8000000000000n,
      0xbff0000100000000n,
      0xbff0000000000001n,
      0xbff0000000000000n,
      0x8000000000000000n,
      0n,
      1n,
      0x3ff0000000000000n,
      0x3ff0000000000001n,
      0x7ff8000000000000n,
      0x7ff8000000000001n,
    ],
  };
  for (const [bitWidth, ascending] of Object.entries(bits)) {
    const width = Number(bitWidth) / 8;
    const plan = planOf({ kind: "float", bitWidth: Number(bitWidth) as 16 });
    // As the option does, which other checks come with.
    const columns = plan.columns.map((column) => ({
      ...column,
      properties: { ...column.properties, ieee754TotalOrder: true },
    }));
    const batch = (values: readonly bigint[]): ColumnBatch => {
      const bytes = new Uint8Array(values.length * width);
      values.forEach((value, i) => {
        for (let b = 0; b < width; b++) {
          bytes[i * width + b] = Number((value >> BigInt(8 * b)) & 0xffn);
        }
      });
      const column: ColumnArray = {
        shape: "fixed",
        length: values.length,
        validity: null,
        width,
        values: bytes,
      };
      return { numRows: values.length, columns: [column], byteLength: bytes.length };
    };
    const total = () => new RowOrder(columns, plan.sortingColumns);
    assert.equal(complaint(total(), batch(ascending)), null);
    for (let i = 1; i < ascending.length; i++) {
      const swapped = [ascending[i]!, ascending[i - 1]!];
      assert.deepEqual(complaint(total(), batch(swapped)), { path: "a", row: 1 }, `${swapped}`);
    }
  }
});

test("RowOrder() compares what is written: milliseconds of one day are one DATE", () => {
  const day = 86_400_000;
  const millis = (...values: number[]): ColumnBatch => {
    const batch = doubles(values);
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return { ...batch, columns: [{ ...batch.columns[0] as FixedArray, values: bytes }] };
  };
  const date: ArrowType = { kind: "date", unit: "millisecond" };
  const rows = millis(-day - 1, -1, -day, day - 1, 0, day);
  assert.equal(complaint(orderOf(planOf(date, { coerceTypes: true })), rows), null);
  assert.deepEqual(complaint(orderOf(planOf(date)), rows), { path: "a", row: 2 });
});

test("RowOrder() keeps a copy of the last row, not the caller's memory", () => {
  const order = orderOf(planOf(DOUBLE));
  const first = doubles([1, 2]);
  order.check(first);
  (first.columns[0] as FixedArray).values.fill(0);
  assert.deepEqual(complaint(order, doubles([1.5, 3])), { path: "a", row: 0 });
  assert.equal(complaint(order, doubles([2, 3])), null);
});

test("RowOrder() forgets a batch that it refused, and everything after restart()", () => {
  const order = orderOf(planOf(DOUBLE));
  order.check(doubles([1, 2]));
  assert.deepEqual(complaint(order, doubles([5, 4])), { path: "a", row: 1 });
  assert.equal(complaint(order, doubles([])), null);
  assert.equal(complaint(order, doubles([3])), null);
  order.restart();
  assert.equal(complaint(order, doubles([0])), null);
});

test("RowOrder() finds the row in a batch of many blocks", () => {
  for (const wrong of [1, 4096, 4097, 20_000, 99_999]) {
    const values = Array.from({ length: 100_000 }, (_, i) => i === wrong ? -1 : i);
    assert.deepEqual(
      complaint(orderOf(planOf(DOUBLE)), doubles(values)),
      { path: "a", row: wrong },
    );
  }
});

test("sortingColumns name leaf columns of the file", () => {
  const schema = schemaOf(
    field("pair", struct(field("x", UTF8), required("y.z", UTF8))),
    field("list", { kind: "list", child: field("item", UTF8) }),
    field("interval", { kind: "interval", unit: "dayTime" }),
    field("twice", UTF8),
    field("twice", UTF8),
    field("null", { kind: "null" }),
  );
  const resolved = (...columns: string[]) =>
    planSchema(
      schema,
      resolveOptions({ sortingColumns: columns.map((column) => ({ column })) }),
    ).sortingColumns.map(({ columnIdx }) => columnIdx);
  assert.deepEqual(resolved("pair.y.z", "null", "pair.x"), [1, 6, 0]);
  assert.deepEqual(resolved('pair."y.z"'), [1]);
  assert.deepEqual(resolved(), []);
  const wrong: [string[], RegExp][] = [
    [["pair"], /sortingColumns\[0\] "pair": it is a struct; its columns are "pair.x", "pair.y.z"/],
    [["null", "pair.q"], /sortingColumns\[1\] "pair.q": no such column; did you mean/],
    [["list"], /any number of values of "list.list.element"/],
    [["list.list.element"], /any number of values/],
    [["interval"], /no order/],
    [["twice"], /2 columns have this name/],
    [["pair.x", 'pair."x"'], /same column as one before/],
  ];
  for (const [columns, message] of wrong) {
    assert.throws(() => resolved(...columns), (error) => {
      assert.ok(error instanceof TypeError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
