/** Chunks made to cost more than their bytes: entries of megabytes that are used by page after page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RowGroup, Statistics } from "../../src/format/metadata.ts";
import type { ChunkVisitor } from "../../src/verify/chunk_visitor.ts";
import { DictionaryUse, rankValues } from "../../src/verify/claims/dictionary_use.ts";
import { Findings } from "../../src/verify/findings.ts";
import { sortingClaims } from "../../src/verify/claims/sorting.ts";
import {
  type Chunk,
  chunk,
  type ColumnSpec,
  type Compare,
  findingsOf,
  rulesOf,
  show,
  trueClaims,
} from "./claim_support.ts";

const ENTRY_BYTES = 2 ** 20;
const PAGES = 20_000;

/** Values that differ in their last byte only. */
function long(last: number): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES).fill(7);
  bytes[bytes.length - 1] = last;
  return bytes;
}

/** Very many pages of the same few entries. */
function repeated(spec: ColumnSpec, values: readonly Uint8Array[]): Chunk {
  const made = chunk(spec, [values], { dictionary: true });
  const [page] = made.pages;
  const count = values.length;
  const pages = Array.from({ length: PAGES }, (_, ordinal) => ({
    ...page!,
    ordinal,
    firstRow: ordinal * count,
    values: () => assert.fail("values of an entry were copied for a page"),
  }));
  return { ...made, pages };
}

const SPECS: readonly ColumnSpec[] = [
  { type: "BYTE_ARRAY" },
  { type: "BYTE_ARRAY", logical: { type: "DECIMAL", scale: 0, precision: 9 } },
  { type: "FIXED_LEN_BYTE_ARRAY", width: ENTRY_BYTES },
];

for (const spec of SPECS) {
  const name = `${spec.type}${spec.logical === undefined ? "" : " of DECIMAL"}`;

  test(`claims about long entries of ${name} cost their length once`, () => {
    const made = repeated(spec, [long(1), long(2)]);
    const bound = Uint8Array.of(1);
    const statistics: Statistics = { minValue: bound, distinctCount: 2, nullCount: 0 };
    const pages = made.pages.map(() => ({ distinctCount: 2, minValue: bound }));
    const list = pages.map(() => bound);
    const started = performance.now();
    const faults = findingsOf(made, {
      metaData: { statistics },
      pageStatistics: pages,
      columnIndex: {
        nullPages: pages.map(() => false),
        minValues: list,
        maxValues: list,
        boundaryOrder: "ASCENDING",
      },
      bloomFilter: new Uint8Array(32),
    });
    const rules = rulesOf(faults).filter((rule) => !rule.startsWith("bound-"));
    assert.deepEqual(rules, ["bloom-filter-false-negative", "index-max-too-small"]);
    // One pass over the entries for each page, and for each kind of claim, takes more than that on a quiet machine.
    assert.ok(performance.now() - started < 100_000);
  });

  test(`rows of long entries of ${name} are sorted at the cost of comparing them once`, async () => {
    const made = repeated(spec, [long(1), long(2), long(1), long(2)]);
    const sortingColumns = [{ columnIdx: 0, descending: false, nullsFirst: false }];
    const rowGroup: RowGroup = { columns: [], totalByteSize: 0, numRows: 0, sortingColumns };
    const findings = new Findings();
    const started = performance.now();
    const rescan = (_: number, visitor: ChunkVisitor) => Promise.resolve(show(made, visitor));
    await sortingClaims(findings, rowGroup, 0, [made.column], rescan);
    assert.equal(findings.count("sorting-violated"), 2 * PAGES - 1);
    assert.ok(performance.now() - started < 100_000);
  });
}

test("extremes are the same by ranks", () => {
  for (
    const spec of SPECS.map((spec) => spec.width === undefined ? spec : { ...spec, width: 2000 })
  ) {
    const isDecimal = spec.logical !== undefined;
    const compare: Compare = (a, b) => {
      let at = 0;
      while (at < a.length && at < b.length && a[at] === b[at]) at++;
      // The sign of a decimal comes first; these have one length.
      const byte = (bytes: Uint8Array) => (bytes[at] ?? -1) ^ (isDecimal && at === 0 ? 0x80 : 0);
      return byte(a) - byte(b);
    };
    const values = Array.from({ length: 20 }, (_, i) => {
      const length = spec.width === undefined && !isDecimal ? 2000 - i : 2000;
      return Uint8Array.from({ length }, (_, k) => (i * 131 + k * (i % 3)) & 255);
    });
    const pages = Array.from(
      { length: 600 },
      (_, i) => [values[i % 20]!, values[(i * 7 + 3) % 20]!],
    );
    const made = chunk(spec, pages, { dictionary: true });
    const kind = isDecimal ? "decimal" : "bytes";
    const order = { kind, width: made.column.width, total: false } as const;
    // Entries are compared often enough that they are sorted.
    const use = new DictionaryUse(made.dictionary!.values);
    assert.equal(use.ranks(order, made.pages[0]!.ids!), null);
    for (const { ids } of made.pages) use.ranks(order, ids!);
    assert.notEqual(use.ranks(order, made.pages[0]!.ids!), null);
    assert.deepEqual(findingsOf(made, trueClaims(made, compare)), []);
  }
});

test("rankValues() gives equal values the same rank", () => {
  const made = chunk({ type: "BYTE_ARRAY" }, [["b", "a", "b", "", "a", "c"]]);
  const order = { kind: "bytes", width: 0, total: false } as const;
  assert.deepEqual([...rankValues(order, made.pages[0]!.values())], [2, 1, 2, 0, 1, 3]);
});
