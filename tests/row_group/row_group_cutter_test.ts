import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnArray } from "../../src/arrow/column_array.ts";
import { rowBytes, RowGroupCutter } from "../../src/row_group/row_group_cutter.ts";

const ROWS = 1000;

/** Rows of every shape, the same rows whatever the range, offsets that do not start at 0. */
function columns(from: number, to: number): ColumnArray[] {
  const length = to - from;
  const lengthOf = (row: number) => row % 7 === 0 ? 0 : row * 31 % 50;
  const offsets = new Int32Array(length + 1);
  offsets[0] = 5;
  for (let i = 0; i < length; i++) offsets[i + 1] = offsets[i]! + lengthOf(from + i);
  const end = offsets[length]!;
  const validity = from % 2 === 0 ? null : { bytes: new Uint8Array(length + 1), bitOffset: 3 };
  const bytes: ColumnArray = {
    shape: "bytes",
    length,
    validity,
    offsets,
    data: new Uint8Array(end),
  };
  const numbers = (n: number): ColumnArray => ({
    shape: "fixed",
    length: n,
    width: 4,
    validity: null,
    values: new Uint8Array(n * 4),
  });
  return [
    bytes,
    { shape: "null", length, validity: null },
    {
      shape: "boolean",
      length,
      validity,
      values: { bytes: new Uint8Array(length), bitOffset: 1 },
    },
    {
      shape: "list",
      length,
      validity,
      offsets: BigInt64Array.from(offsets, BigInt),
      child: { shape: "struct", length: end, validity: null, children: [numbers(end)] },
    },
    { shape: "fixedSizeList", length, validity, listSize: 3, child: numbers(length * 3) },
    {
      shape: "dictionary",
      length,
      validity,
      keyWidth: 2,
      keys: new Uint8Array(length * 2),
      dictionary: { shape: "fixed", length: 0, width: 4, validity: null, values: new Uint8Array() },
    },
  ];
}

/** Row groups of all rows, in batches of `step`. */
function cut(maxRows: number, maxBytes: number, step: number): number[] {
  const cutter = new RowGroupCutter(maxRows, maxBytes);
  const groups: number[] = [];
  for (let start = 0; start < ROWS; start += step) {
    const batch = columns(start, Math.min(ROWS, start + step));
    const length = Math.min(ROWS, start + step) - start;
    for (let from = 0; from < length;) {
      const { to, full } = cutter.take(batch, from, length);
      assert.ok(to > from);
      if (full) {
        groups.push(cutter.rows);
        cutter.next();
      }
      from = to;
    }
  }
  if (cutter.rows > 0) groups.push(cutter.rows);
  return groups;
}

test("rowBytes() adds up exactly", () => {
  const all = columns(0, ROWS);
  for (const middle of [0, 1, 7, 500, 999]) {
    assert.equal(rowBytes(all, 0, middle) + rowBytes(all, middle, ROWS), rowBytes(all, 0, ROWS));
  }
});

test("RowGroupCutter() ends row groups by rows", () => {
  assert.deepEqual(cut(300, Infinity, 77), [300, 300, 300, 100]);
  assert.deepEqual(cut(1, Infinity, ROWS).length, ROWS);
  assert.deepEqual(cut(ROWS, Infinity, 10), [ROWS]);
});

test("RowGroupCutter() ends row groups at the same rows, however batched", () => {
  for (const maxBytes of [1, 500, 20_000]) {
    const expected = cut(400, maxBytes, ROWS);
    assert.equal(expected.reduce((sum, rows) => sum + rows, 0), ROWS);
    for (const step of [1, 3, 100, 333]) {
      assert.deepEqual(cut(400, maxBytes, step), expected, `${maxBytes} bytes, batches of ${step}`);
    }
  }
});

test("RowGroupCutter() takes the first row that reaches the limit, and no more", () => {
  const cutter = new RowGroupCutter(ROWS, 5000);
  const all = columns(0, ROWS);
  const { to, full } = cutter.take(all, 0, ROWS);
  assert.ok(full);
  assert.ok(rowBytes(all, 0, to) >= 5000);
  assert.ok(rowBytes(all, 0, to - 1) < 5000);
});
