import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ColumnArray } from "../../src/arrow/column_array.ts";
import { concat } from "../../src/arrow/concat.ts";
import { copyRows } from "../../src/arrow/copy_range.ts";
import { readIpcBytes } from "../../src/arrow/ipc/read_ipc.ts";
import { recordBatchToColumns } from "../../src/arrow/record_batch.ts";
import { take } from "../../src/arrow/take.ts";
import { LimitError } from "../../src/util/errors.ts";
import { arrayValues } from "./naive_values.ts";

/** Columns of every shape, with nulls. */
function columns(): [string, ColumnArray][] {
  return ["encodings.arrow", "values.arrow"].flatMap((name) => {
    const bytes = readFileSync(new URL(`../fixtures/ipc/${name}`, import.meta.url));
    const { schema, batches } = readIpcBytes(new Uint8Array(bytes));
    const { columns } = recordBatchToColumns(batches.next().value!, schema);
    return columns.map((column, i): [string, ColumnArray] => [schema.fields[i]!.name, column]);
  });
}

test("take() gathers slots of every shape, in any order, with nulls", () => {
  const shapes = new Set<string>();
  for (const [name, column] of columns()) {
    shapes.add(column.shape);
    const values = arrayValues(column);
    for (const indices of [[], [0], [3, -1, 0, 0, 2, -1, 1, 3, 3], values.map((_, i) => i)]) {
      const taken = take(column, Int32Array.from(indices), name);
      assert.deepEqual(arrayValues(taken), indices.map((i) => i < 0 ? null : values[i]), name);
    }
  }
  assert.equal(shapes.size, 8, [...shapes].join());
});

test("copyRows() copies slots of every shape, from anywhere to anywhere", () => {
  for (const [name, column] of columns()) {
    const values = arrayValues(column), numRows = values.length;
    for (let from = 0; from <= numRows; from++) {
      for (let to = from; to <= numRows; to++) {
        const batch = { numRows, columns: [column], byteLength: 64 * numRows };
        const copy = copyRows(batch, from, to);
        assert.equal(copy.numRows, to - from);
        assert.equal(copy.byteLength, 64 * (to - from));
        assert.deepEqual(arrayValues(copy.columns[0]!), values.slice(from, to), name);
        // Again, of what begins at 0.
        if (to - from < 2) continue;
        const [rest] = copyRows(copy, 1, to - from).columns;
        assert.deepEqual(arrayValues(rest!), values.slice(from + 1, to), name);
      }
    }
  }
});

test("concat() joins arrays of every shape", () => {
  for (const [name, column] of columns()) {
    const values = arrayValues(column);
    const part = take(column, Int32Array.of(2, -1, 1), name);
    const joined = concat([column, part, take(column, new Int32Array(0), name), column], name);
    assert.deepEqual(arrayValues(joined), [...values, ...arrayValues(part), ...values], name);
    assert.equal(concat([column], name), column);
  }
});

test("concat() joins parts whose offsets start anywhere", () => {
  const data = new TextEncoder().encode("abcdef");
  const chunk = (...offsets: number[]): ColumnArray => ({
    shape: "bytes",
    length: offsets.length - 1,
    validity: null,
    offsets: Int32Array.from(offsets),
    data,
  });
  const list = (child: ColumnArray, ...offsets: number[]): ColumnArray => ({
    shape: "list",
    length: offsets.length - 1,
    validity: null,
    offsets: BigInt64Array.from(offsets, BigInt),
    child,
  });
  const joined = concat([chunk(2, 4), chunk(1, 2, 6)], "s");
  assert.deepEqual(arrayValues(joined), ["6364", "62", "63646566"]);
  const lists = concat([list(chunk(0, 1, 2, 3), 1, 2, 3), list(chunk(3, 4), 0, 0, 1)], "l");
  assert.deepEqual(arrayValues(lists), [["62"], ["63"], [], ["64"]]);
});

test("take() refuses to copy without bounds", () => {
  const long: ColumnArray = {
    shape: "bytes",
    length: 1,
    validity: null,
    offsets: Int32Array.of(0, 2 ** 20),
    data: new Uint8Array(2 ** 20),
  };
  assert.throws(() => take(long, new Int32Array(1025), "s"), LimitError);
  const list: ColumnArray = {
    shape: "fixedSizeList",
    length: 1,
    validity: null,
    listSize: 2 ** 20,
    child: { shape: "null", length: 2 ** 20, validity: null },
  };
  assert.throws(() => take(list, new Int32Array(300), "l"), LimitError);
});
