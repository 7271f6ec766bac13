/** Sorted row groups: rows in order are not flagged, two rows in the wrong order are. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RowGroup, SortingColumn } from "../../src/format/metadata.ts";
import type { ChunkVisitor } from "../../src/verify/chunk_visitor.ts";
import type { Fault } from "../../src/verify/fault.ts";
import { Findings } from "../../src/verify/findings.ts";
import { sortingClaims } from "../../src/verify/claims/sorting.ts";
import { type OrderCase, ORDERS } from "./claim_orders.ts";
import {
  type Chunk,
  chunk,
  type ColumnSpec,
  type Entry,
  plain,
  rulesOf,
  show,
} from "./claim_support.ts";

/** Reads a chunk again; pages named by `lost` cannot be decoded. */
async function check(
  columns: readonly Chunk[],
  sortingColumns: readonly SortingColumn[],
  lost: ReadonlyMap<number, number> = new Map(),
): Promise<{ faults: Fault[]; scanned: number[] }> {
  const findings = new Findings();
  const rowGroup: RowGroup = { columns: [], totalByteSize: 0, numRows: 0, sortingColumns };
  const scanned: number[] = [];
  const rescan = (index: number, visitor: ChunkVisitor) => {
    scanned.push(index);
    const made = columns[index]!;
    const pages = made.pages.filter(({ ordinal }) => ordinal !== lost.get(index));
    show({ ...made, pages }, visitor, {}, pages.length === made.pages.length);
    return Promise.resolve();
  };
  await sortingClaims(findings, rowGroup, 0, columns.map(({ column }) => column), rescan);
  return { faults: findings.list(), scanned };
}

type Cell = Uint8Array | null;

interface Sorting {
  readonly order: OrderCase;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

function compareCells({ order, descending, nullsFirst }: Sorting, a: Cell, b: Cell): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1;
  const difference = Math.sign(order.compare(a, b));
  // A zero is a zero, whatever its sign, unless the order is total.
  const zero = (value: Uint8Array) =>
    value.every((byte, i) => byte === 0 || (i === value.length - 1 && byte === 0x80));
  const alike = order.isNaN !== null && !order.total && zero(a) && zero(b);
  return alike ? 0 : descending ? -difference : difference;
}

function compareRows(sortings: readonly Sorting[], a: readonly Cell[], b: readonly Cell[]): number {
  for (const [i, sorting] of sortings.entries()) {
    const difference = compareCells(sorting, a[i]!, b[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Columns of these rows, in pages of the given sizes. */
function columnsOf(
  sortings: readonly Sorting[],
  rows: readonly (readonly Cell[])[],
  pageRows: readonly number[],
  dictionary: boolean,
): Chunk[] {
  return sortings.map(({ order }, c) => {
    const cells = rows.map((row) => row[c]!);
    const pages: Entry[][] = [];
    // Pages of one column need not end where those of another do.
    for (let at = 0, i = c; at < cells.length; i++) {
      const size = pageRows[i % pageRows.length]!;
      pages.push(cells.slice(at, at + size));
      at += size;
    }
    return chunk({ ...order.spec, maxDefinitionLevel: 1 }, pages, { dictionary, index: c });
  });
}

const cases = fc.array(
  fc.record({
    order: fc.constantFrom(...ORDERS),
    descending: fc.boolean(),
    nullsFirst: fc.boolean(),
  }),
  { minLength: 1, maxLength: 3 },
).chain((sortings) =>
  fc.record({
    sortings: fc.constant(sortings),
    pools: fc.tuple(
      ...sortings.map(({ order }) =>
        fc.array(order.values, { minLength: 2, maxLength: 3 }).map((values) =>
          chunk(order.spec, [values]).values[0]!.filter((value) =>
            order.total || !order.isNaN?.(value)
          )
        )
      ),
    ),
    picks: fc.array(fc.array(fc.nat({ max: 6 }), { minLength: 3, maxLength: 3 }), {
      minLength: 2,
      maxLength: 30,
    }),
    pageRows: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    dictionary: fc.boolean(),
  })
);

test("rows in order are not flagged, two that are swapped are", async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.nat(), async (made, at) => {
      const { sortings, pools, picks, pageRows, dictionary } = made;
      fc.pre(pools.every((pool) => pool.length > 0));
      const rows = picks.map((row) =>
        sortings.map((_, c): Cell => {
          const pool = pools[c]!;
          return row[c] === 0 ? null : pool[row[c]! % pool.length]!;
        })
      );
      rows.sort((a, b) => compareRows(sortings, a, b));
      const claims = sortings.map(({ descending, nullsFirst }, columnIdx) => ({
        columnIdx,
        descending,
        nullsFirst,
      }));
      const right = await check(columnsOf(sortings, rows, pageRows, dictionary), claims);
      assert.deepEqual(right.faults, []);
      assert.equal(right.scanned.length, sortings.length);
      const row = 1 + at % (rows.length - 1);
      const [before, after] = [rows[row - 1]!, rows[row]!];
      if (compareRows(sortings, before, after) === 0) return;
      [rows[row - 1], rows[row]] = [after, before];
      const { faults } = await check(columnsOf(sortings, rows, pageRows, dictionary), claims);
      assert.deepEqual(rulesOf(faults), ["sorting-violated"]);
    }),
    { numRuns: 300 },
  );
});

const INT: ColumnSpec = { type: "INT32", maxDefinitionLevel: 1 };
const ascending = (columnIdx: number) => ({ columnIdx, descending: false, nullsFirst: false });

test("a later column is in order only among rows that are equal before it", async () => {
  const first = chunk(INT, [[1, 1, 2], [2, 2]]);
  const right = chunk(INT, [[5, 6], [3, 3, 4]]);
  const wrong = chunk(INT, [[5, 4], [3, 3, 4]]);
  const keys = [ascending(0), ascending(1)];
  assert.deepEqual((await check([first, right], keys)).faults, []);
  const { faults } = await check([first, wrong], keys);
  assert.equal(faults.length, 1);
  assert.match(faults[0]!.message, /^row 1 has 4 after 5/);
});

test("a violation between pages is found, and told with its place", async () => {
  const { faults } = await check([chunk(INT, [[1, 2], [1]], { name: "a.b" })], [ascending(0)]);
  assert.deepEqual(faults.map(({ message: _, ...rest }) => rest), [
    {
      severity: "fault",
      rule: "sorting-violated",
      rowGroup: 0,
      column: "a.b",
      page: 1,
      offset: 104,
    },
  ]);
});

test("nulls stand where they are said to", async () => {
  const made = [chunk(INT, [[null, 1]])];
  const nulls = (nullsFirst: boolean, descending: boolean) =>
    check(made, [{ columnIdx: 0, descending, nullsFirst }]);
  for (const descending of [false, true]) {
    assert.deepEqual((await nulls(true, descending)).faults, []);
    assert.deepEqual(rulesOf((await nulls(false, descending)).faults), ["sorting-violated"]);
  }
});

test("a page that is lost ends what can be said about later columns", async () => {
  const made = [chunk(INT, [[1], [9], [1]]), chunk(INT, [[3, 2, 1]])];
  const { faults, scanned } = await check(made, [ascending(0), ascending(1)], new Map([[0, 1]]));
  assert.deepEqual(faults, []);
  assert.deepEqual(scanned, [0]);
});

test("columns that cannot be compared end the check, with a remark", async () => {
  const repeated: ColumnSpec = { type: "INT32", maxDefinitionLevel: 1, maxRepetitionLevel: 1 };
  const interval: ColumnSpec = { type: "FIXED_LEN_BYTE_ARRAY", width: 12, converted: "INTERVAL" };
  for (const spec of [repeated, interval]) {
    const { faults, scanned } = await check([chunk(spec, []), chunk(INT, [[2, 1]])], [
      ascending(0),
      ascending(1),
    ]);
    assert.deepEqual(rulesOf(faults), ["sorting-unverifiable"]);
    assert.deepEqual(scanned, []);
  }
  // No such column: reported with the row group.
  assert.deepEqual((await check([chunk(INT, [[2, 1]])], [ascending(7), ascending(0)])).faults, []);
});

test("a column that is named twice decides once", async () => {
  const { faults, scanned } = await check([chunk(INT, [[1, 1, 2]])], [ascending(0), ascending(0)]);
  assert.deepEqual([faults, scanned], [[], [0]]);
});

test("NaNs come last; where they come first it is a remark; in total order each has its place", async () => {
  const spec: ColumnSpec = { type: "DOUBLE" };
  const total: ColumnSpec = { ...spec, order: "IEEE_754_TOTAL_ORDER" };
  const negative = plain(spec, NaN);
  negative[7]! |= 0x80;
  const rules = async (spec: ColumnSpec, rows: Entry[]) =>
    rulesOf((await check([chunk(spec, [rows])], [ascending(0)])).faults);
  assert.deepEqual(await rules(spec, [1, NaN, negative]), []);
  assert.deepEqual(await rules(spec, [NaN, 1]), ["sorting-nan"]);
  assert.deepEqual(await rules(total, [negative, 1, NaN]), []);
  assert.deepEqual(await rules(total, [NaN, 1]), ["sorting-violated"]);
  assert.deepEqual(await rules(total, [0, -0]), ["sorting-violated"]);
  assert.deepEqual(await rules(spec, [0, -0]), []);
});

test("a hundred thousand rows in order", async () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => i >> 3);
  const made = [
    chunk({ type: "INT32" }, [rows]),
    chunk({ type: "INT32" }, [rows.map((_, i) => i & 7)]),
  ];
  assert.deepEqual((await check(made, [ascending(0), ascending(1)])).faults, []);
});
