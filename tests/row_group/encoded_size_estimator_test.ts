import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnArray, FixedArray } from "../../src/arrow/column_array.ts";
import {
  EncodedSizeEstimator,
  type EncodedSizes,
  type RowSample,
} from "../../src/row_group/encoded_size_estimator.ts";
import { RowGroupCutter } from "../../src/row_group/row_group_cutter.ts";

/** Arrow bytes of a row of the column below. */
const ROW = 8 + 1 / 8;
const EXTENT = { headBytes: 80_000, windowBytes: 20_000 };
/** Bytes of a dictionary page that every sample has. */
const DICTIONARY = 500;

/** Rows that say what they take when they are encoded. */
function rows(costs: readonly number[]): ColumnArray[] {
  const values = new Uint8Array(Float64Array.from(costs).buffer);
  return [{ shape: "fixed", length: costs.length, validity: null, width: 8, values }];
}

class FakeSample implements RowSample {
  static encodedRows = 0;
  #cost = 0;
  #rows = 0;
  get byteLength(): number {
    return this.#rows * 8;
  }
  append([column]: readonly ColumnArray[], from: number, to: number): void {
    const { buffer } = (column as FixedArray).values;
    for (const cost of new Float64Array(buffer).subarray(from, to)) this.#cost += cost;
    this.#rows += to - from;
  }
  measure(): EncodedSizes {
    FakeSample.encodedRows += this.#rows;
    return {
      chunkBytes: Float64Array.of(this.#cost + DICTIONARY),
      dictionaryBytes: Float64Array.of(DICTIONARY),
    };
  }
  clear(): void {
    this.#cost = this.#rows = 0;
  }
}

interface Group {
  readonly rows: number;
  readonly encodedBytes: number;
}

function cut(
  costs: readonly number[],
  maxBytes: number,
  { step = costs.length, fromFirstRow = false, maxArrowBytes = Infinity, maxRows = Infinity } = {},
): Group[] {
  const estimator = new EncodedSizeEstimator(
    maxBytes,
    () => new FakeSample(),
    fromFirstRow,
    EXTENT,
  );
  const cutter = new RowGroupCutter(maxRows, maxArrowBytes, estimator);
  const groups: Group[] = [];
  let start = 0;
  let idle = 0;
  const end = (row: number) => {
    const encodedBytes = DICTIONARY + costs.slice(start, row).reduce((sum, cost) => sum + cost, 0);
    groups.push({ rows: row - start, encodedBytes });
    start = row;
    cutter.next();
  };
  for (let at = 0; at < costs.length; at += step) {
    const batch = rows(costs.slice(at, at + step));
    const length = Math.min(step, costs.length - at);
    for (let from = 0; from < length;) {
      const { to, full } = cutter.take(batch, from, length);
      idle = to > from || full ? 0 : idle + 1;
      assert.ok(idle < 2, "no progress");
      assert.equal(cutter.rows, at + to - start);
      if (full) end(at + to);
      from = to;
    }
  }
  if (start < costs.length) end(costs.length);
  assert.equal(estimator.memoryBytes, 0);
  return groups;
}

const constant = (n: number, cost: number) => new Array<number>(n).fill(cost);

test("EncodedSizeEstimator() ends row groups at the limit: in the head, and beyond it", () => {
  for (const cost of [0.01, 0.3, 2, 8, 30]) {
    for (const limit of [2000, 20_000, 100_000]) {
      const n = Math.min(400_000, Math.ceil(3.5 * limit / cost));
      const groups = cut(constant(n, cost), limit);
      for (const { encodedBytes } of groups.slice(0, -1)) {
        assert.ok(
          encodedBytes > 0.94 * limit - cost && encodedBytes <= limit,
          `${encodedBytes} of ${limit} at ${cost}`,
        );
      }
      assert.ok(groups.length > 1 || n === 400_000, `${groups.length} groups`);
    }
  }
});

test("EncodedSizeEstimator() follows rows that change beyond the head", () => {
  // Twice as dear after 50,000 rows, and dearer and dearer after 100,000.
  const costs = Array.from(
    { length: 400_000 },
    (_, i) => i < 50_000 ? 1 : i < 100_000 ? 2 : i / 50_000,
  );
  for (const limit of [100_000, 200_000, 400_000]) {
    for (const { encodedBytes } of cut(costs, limit).slice(0, -1)) {
      assert.ok(
        encodedBytes > 0.85 * limit && encodedBytes < 1.08 * limit,
        `${encodedBytes} of ${limit}`,
      );
    }
  }
});

test("EncodedSizeEstimator() gives the same row groups, however batched", () => {
  const costs = Array.from({ length: 60_000 }, (_, i) => 1 + (i * 7919 % 13) / 4 + i / 30_000);
  for (const limit of [1, 30, 3000, 50_000, 90_000]) {
    const some = limit < 100 ? costs.slice(0, 500) : costs;
    for (const fromFirstRow of [false, true]) {
      const expected = cut(some, limit, { fromFirstRow });
      for (const step of [1, 7, 1000, 9999]) {
        assert.deepEqual(cut(some, limit, { step, fromFirstRow }), expected, `${limit}, ${step}`);
      }
    }
  }
});

test("EncodedSizeEstimator() leaves a row that is larger than the limit alone", () => {
  const first = { fromFirstRow: true };
  assert.deepEqual(cut(constant(5, 1000), 900, first).map((group) => group.rows), [1, 1, 1, 1, 1]);
  assert.deepEqual(cut(constant(3, 1), 1).map((group) => group.rows), [1, 1, 1]);
});

test("EncodedSizeEstimator() does not end a row group at a guess from a few rows", () => {
  // The dictionary is most of what the first rows take.
  for (const step of [1, 3, 1000]) {
    const groups = cut(constant(1000, 10), 1000, { step });
    for (const { encodedBytes } of groups.slice(0, -1)) {
      assert.ok(encodedBytes > 850 && encodedBytes <= 1000, `${encodedBytes}`);
    }
  }
});

test("EncodedSizeEstimator() looks at the first row where few Arrow bytes may stand for many", () => {
  const groups = cut(constant(200, 50_000), 1_000_000, { fromFirstRow: true });
  for (const { encodedBytes } of groups.slice(0, -1)) {
    assert.ok(encodedBytes > 900_000 && encodedBytes <= 1_000_000, `${encodedBytes}`);
  }
});

test("RowGroupCutter() ends row groups by rows and Arrow bytes too where encoded bytes are limited", () => {
  const rowsOf = (groups: Group[]) => groups.map((group) => group.rows);
  assert.deepEqual(rowsOf(cut(constant(1000, 1), 1e6, { maxRows: 400 })), [400, 400, 200]);
  assert.deepEqual(
    rowsOf(cut(constant(1000, 1), 1e6, { maxArrowBytes: 300 * ROW, step: 77 })),
    [300, 300, 300, 100],
  );
});

test("EncodedSizeEstimator() measures a part of the rows of large row groups", () => {
  FakeSample.encodedRows = 0;
  const n = 600_000;
  const groups = cut(constant(n, 1), 400_000);
  assert.deepEqual(groups.length, 2);
  assert.ok(FakeSample.encodedRows < n / 4, `${FakeSample.encodedRows} rows`);
});
