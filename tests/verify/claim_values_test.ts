/** Claims whose truth hangs on fine print: zeros, NaNs, empty pages, order that is not defined, values that are alike. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnIndex, Statistics } from "../../src/format/metadata.ts";
import { valueText } from "../../src/verify/claims/value_text.ts";
import {
  chunk,
  type Claims,
  type ColumnSpec,
  type Entry,
  findingsOf,
  plain,
  rulesOf,
} from "./claim_support.ts";

const DOUBLE: ColumnSpec = { type: "DOUBLE" };
const TOTAL: ColumnSpec = { type: "DOUBLE", order: "IEEE_754_TOTAL_ORDER" };
const INT: ColumnSpec = { type: "INT32", maxDefinitionLevel: 1 };
const STRING: ColumnSpec = { type: "BYTE_ARRAY", logical: { type: "STRING" } };
const double = (value: number) => plain(DOUBLE, value);
const int = (value: number) => plain(INT, value);

function broken(spec: ColumnSpec, pages: readonly (readonly Entry[])[], claims: Claims): string[] {
  return rulesOf(findingsOf(chunk(spec, pages), claims));
}

function withStatistics(
  spec: ColumnSpec,
  page: readonly Entry[],
  statistics: Statistics,
): string[] {
  return broken(spec, [page], { metaData: { statistics } });
}

function indexOf(minValues: Uint8Array[], maxValues: Uint8Array[]): ColumnIndex {
  const nullPages = minValues.map(() => false);
  return { nullPages, minValues, maxValues, boundaryOrder: "UNORDERED" };
}

test("a zero of the wrong sign is found where it hides the other", () => {
  const bounds = (min: number, max: number) => ({ minValue: double(min), maxValue: double(max) });
  assert.deepEqual(withStatistics(DOUBLE, [0, -0], bounds(-0, 0)), []);
  assert.deepEqual(withStatistics(DOUBLE, [0, -0], bounds(0, 0)), ["chunk-min-too-large"]);
  assert.deepEqual(withStatistics(DOUBLE, [0, -0], bounds(-0, -0)), ["chunk-max-too-small"]);
  assert.deepEqual(withStatistics(DOUBLE, [0], bounds(0, 0)), []);
  assert.deepEqual(withStatistics(DOUBLE, [-0, 1], bounds(-1, 1)), []);
});

test("a zero is the exact bound of either, unless the order is total", () => {
  const exact = { isMinValueExact: true, isMaxValueExact: true, nanCount: 0 };
  const bounds = { ...exact, minValue: double(-0), maxValue: double(0) };
  assert.deepEqual(withStatistics(DOUBLE, [0], bounds), []);
  assert.deepEqual(withStatistics(DOUBLE, [-0], bounds), []);
  assert.deepEqual(withStatistics(TOTAL, [0], bounds), ["chunk-min-not-exact"]);
  assert.deepEqual(withStatistics(TOTAL, [-0], bounds), ["chunk-max-not-exact"]);
});

test("zeros of either sign are in order, one after the other", () => {
  const index = (order: ColumnIndex["boundaryOrder"]): ColumnIndex => ({
    ...indexOf([double(-0), double(-0)], [double(0), double(-0)]),
    boundaryOrder: order,
  });
  assert.deepEqual(broken(DOUBLE, [[0], [-0]], { columnIndex: index("ASCENDING") }), []);
  assert.deepEqual(broken(DOUBLE, [[0], [-0]], { columnIndex: index("DESCENDING") }), []);
});

test("NaNs are passed over by bounds, and have some only in total order", () => {
  const numbers = { minValue: double(1), maxValue: double(2), nanCount: 1 };
  assert.deepEqual(withStatistics(DOUBLE, [1, NaN, 2], numbers), ["bounds-beside-nans"]);
  assert.deepEqual(withStatistics(TOTAL, [1, NaN, 2], numbers), []);
  const nans = { minValue: double(NaN), maxValue: double(NaN), nanCount: 2 };
  assert.deepEqual(withStatistics(TOTAL, [NaN, NaN], nans), []);
  assert.deepEqual(withStatistics(DOUBLE, [NaN, NaN], nans), ["bound-nan"]);
  assert.deepEqual(withStatistics(DOUBLE, [NaN, NaN], { nanCount: 2 }), []);
  // A number is no bound of a NaN in total order, with or without a sign.
  const one = { minValue: double(1), maxValue: double(1), nanCount: 1 };
  assert.deepEqual(withStatistics(TOTAL, [NaN], one), ["chunk-max-too-small"]);
});

test("a chunk of NaNs here and numbers there has the bounds of the numbers", () => {
  const statistics = {
    minValue: double(1),
    maxValue: double(2),
    isMinValueExact: true,
    nanCount: 3,
  };
  for (const spec of [DOUBLE, TOTAL]) {
    for (const pages of [[[NaN, NaN], [2, 1, NaN]], [[1, 2, NaN], [NaN, NaN]]]) {
      const remarks = spec === TOTAL ? [] : ["bounds-beside-nans"];
      assert.deepEqual(broken(spec, pages, { metaData: { statistics } }), remarks);
    }
  }
});

test("a page of NaNs has an entry in total order, and none in the type's own", () => {
  const index = (nanCounts: number[]) => ({
    columnIndex: { ...indexOf([double(NaN), double(1)], [double(NaN), double(1)]), nanCounts },
  });
  const pages = [[NaN], [1]];
  assert.deepEqual(broken(TOTAL, pages, index([1, 0])), []);
  assert.deepEqual(broken(DOUBLE, pages, index([1, 0])), ["index-nan-page"]);
  assert.deepEqual(broken(TOTAL, [[NaN], [0, 1]], index([1, 0])), ["index-min-too-large"]);
});

test("null pages are passed over by the order of boundaries", () => {
  const empty = new Uint8Array(0);
  const index: ColumnIndex = {
    nullPages: [true, false, true, false, false],
    minValues: [empty, int(1), empty, int(1), int(2)],
    maxValues: [empty, int(3), empty, int(3), int(3)],
    boundaryOrder: "ASCENDING",
  };
  const pages = [[null], [1, 3], [null, null], [1, 3], [2, 3]];
  assert.deepEqual(broken(INT, pages, { columnIndex: index }), []);
  assert.deepEqual(
    broken(INT, pages, { columnIndex: { ...index, boundaryOrder: "DESCENDING" } }),
    ["boundary-order"],
  );
});

test("maxima that fall while minima rise are not ascending", () => {
  const columnIndex: ColumnIndex = {
    ...indexOf([int(1), int(2)], [int(9), int(8)]),
    boundaryOrder: "ASCENDING",
  };
  assert.deepEqual(broken(INT, [[1, 9], [2, 8]], { columnIndex }), ["boundary-order"]);
});

test("lists of a column index are as long as there are pages", () => {
  const index = indexOf([int(1), int(2)], [int(1), int(2)]);
  const histograms = { definitionLevelHistograms: [0, 1], repetitionLevelHistograms: [1, 1, 1] };
  const faults = findingsOf(chunk(INT, [[1], [2], [3]]), {
    columnIndex: { ...index, ...histograms, nullCounts: [0, 0, 0] },
  });
  assert.deepEqual(rulesOf(faults), ["column-index-length"]);
  assert.equal(faults.length, 4);
});

test("histograms that say nothing new may be empty, others may not", () => {
  const empty = { repetitionLevelHistogram: [], definitionLevelHistogram: [] };
  assert.deepEqual(broken(INT, [[1, null]], { metaData: { sizeStatistics: empty } }), []);
  const deep: ColumnSpec = { type: "INT32", maxDefinitionLevel: 2, maxRepetitionLevel: 1 };
  const page = [{ repetition: 0, definition: 2, value: 5 }];
  assert.deepEqual(broken(deep, [page], { metaData: { sizeStatistics: empty } }), [
    "chunk-definition-histogram",
    "chunk-repetition-histogram",
  ]);
  const flat = { repetitionLevelHistogram: [2], definitionLevelHistogram: [1, 1] };
  assert.deepEqual(broken(INT, [[1, null]], { metaData: { sizeStatistics: flat } }), []);
});

test("an index of values whose order is not defined may be there without bounds", () => {
  const interval: ColumnSpec = { type: "FIXED_LEN_BYTE_ARRAY", width: 12, converted: "INTERVAL" };
  const pages = [[new Uint8Array(12)]];
  const empty = new Uint8Array(0);
  assert.deepEqual(broken(interval, pages, { columnIndex: indexOf([empty], [empty]) }), []);
  const bounds = indexOf([new Uint8Array(12)], [new Uint8Array(12)]);
  assert.deepEqual(broken(interval, pages, { columnIndex: bounds }), ["bounds-undefined-order"]);
});

test("an order that is not known, or does not fit the type, leaves bounds alone", () => {
  const wrong = { minValue: int(9), maxValue: int(8) };
  assert.deepEqual(withStatistics({ ...INT, order: "UNRECOGNIZED" }, [1], wrong), [
    "bounds-undefined-order",
  ]);
  // Reported with the schema.
  assert.deepEqual(withStatistics({ ...INT, order: "IEEE_754_TOTAL_ORDER" }, [1], wrong), []);
});

test("without column orders, bounds are taken as those of the type", () => {
  assert.deepEqual(withStatistics({ ...INT, order: null }, [1], { minValue: int(2) }), [
    "chunk-min-too-large",
  ]);
});

test("deprecated bounds are those of values with a sign", () => {
  const unsigned: ColumnSpec = {
    type: "INT32",
    logical: { type: "INTEGER", bitWidth: 32, isSigned: false },
  };
  assert.deepEqual(withStatistics(unsigned, [1], { min: int(2), max: int(0) }), []);
  assert.deepEqual(withStatistics(STRING, ["a"], { min: plain(STRING, "b") }), []);
  assert.deepEqual(withStatistics(INT, [-1, 1], { min: int(-1), max: int(1) }), []);
  assert.deepEqual(withStatistics(INT, [1], { min: Uint8Array.of(1) }), ["bound-encoding"]);
  assert.deepEqual(withStatistics(DOUBLE, [1, NaN], { min: double(NaN) }), []);
  assert.deepEqual(withStatistics(DOUBLE, [0, -0], { min: double(0), max: double(-0) }), []);
});

test("bounds are values that the type can have", () => {
  const cases: [ColumnSpec, Entry, Uint8Array, string][] = [
    [{ type: "BOOLEAN" }, true, Uint8Array.of(2), "bound-encoding"],
    [STRING, "a", Uint8Array.of(0x61, 0xff), "bound-encoding"],
    [{ ...STRING, logical: { type: "JSON" } }, "a", Uint8Array.of(0xc3), "bound-encoding"],
    [
      { type: "FIXED_LEN_BYTE_ARRAY", width: 1 },
      new Uint8Array(1),
      Uint8Array.of(1, 2),
      "bound-encoding",
    ],
    [
      {
        type: "FIXED_LEN_BYTE_ARRAY",
        width: 4,
        logical: { type: "DECIMAL", scale: 0, precision: 9 },
      },
      Uint8Array.of(1, 2, 3, 4),
      Uint8Array.of(2),
      "bound-encoding",
    ],
    [
      { type: "BYTE_ARRAY", logical: { type: "DECIMAL", scale: 0, precision: 9 } },
      Uint8Array.of(1),
      new Uint8Array(0),
      "bound-encoding",
    ],
    [
      { type: "INT32", logical: { type: "INTEGER", bitWidth: 8, isSigned: true } },
      5,
      int(128),
      "bound-encoding",
    ],
    [
      { type: "INT32", logical: { type: "INTEGER", bitWidth: 16, isSigned: false } },
      5,
      int(65536),
      "bound-encoding",
    ],
  ];
  for (const [spec, value, bound, rule] of cases) {
    assert.deepEqual(withStatistics(spec, [value], { maxValue: bound }), [rule], String(bound));
  }
  // Bytes that are no text have bounds that are none either.
  assert.deepEqual(
    withStatistics({ type: "BYTE_ARRAY" }, ["a"], { maxValue: Uint8Array.of(0xff) }),
    [],
  );
});

test("a cut maximum of FIXED_LEN_BYTE_ARRAY is still above its values, or it is not", () => {
  const spec: ColumnSpec = { type: "FIXED_LEN_BYTE_ARRAY", width: 3 };
  const value = Uint8Array.of(1, 2, 3);
  const cut = (maxValue: Uint8Array) => withStatistics(spec, [value], { maxValue });
  assert.deepEqual(cut(Uint8Array.of(1, 3)), ["bound-fixed-length-cut"]);
  assert.deepEqual(cut(Uint8Array.of(1, 2)), ["bound-fixed-length-cut", "chunk-max-too-small"]);
});

test("values that are alike may be counted once or each", () => {
  const nan = double(NaN), negative = nan.slice();
  negative[7] = 0xff;
  const page = [0, -0, nan, negative, 5];
  const distinct = (distinctCount: number) => withStatistics(DOUBLE, page, { distinctCount });
  assert.deepEqual(distinct(1), ["chunk-distinct-count"]);
  for (const count of [2, 3, 4, 5]) assert.deepEqual(distinct(count), [], String(count));
  assert.deepEqual(distinct(6), ["chunk-distinct-count"]);
});

test("many distinct values are counted", () => {
  const page = Array.from({ length: 20_000 }, (_, i) => i % 15_000);
  assert.deepEqual(withStatistics(INT, page, { distinctCount: 15_000 }), []);
  assert.deepEqual(withStatistics(INT, page, { distinctCount: 14_999 }), ["chunk-distinct-count"]);
});

test("what nothing is claimed about is not asked for", () => {
  const made = chunk(INT, [[1, null], []]);
  assert.deepEqual(findingsOf(made, {}), []);
  assert.deepEqual(findingsOf(chunk(INT, []), { metaData: { statistics: { nullCount: 0 } } }), []);
});

test("values are shown in a few characters", () => {
  assert.equal(valueText("int64", plain({ type: "INT64" }, -5n)), "-5");
  assert.equal(valueText("double", double(-0)), "-0");
  assert.equal(valueText("float16", Uint8Array.of(0x00, 0xbc)), "-1");
  assert.equal(valueText("float16", Uint8Array.of(0x01, 0x00)), String(2 ** -24));
  assert.equal(valueText("float16", Uint8Array.of(0x00, 0x7c)), "Infinity");
  assert.equal(valueText("uint32", int(-1)), "4294967295");
  assert.equal(valueText("boolean", Uint8Array.of(1)), "true");
  assert.equal(valueText("int32", Uint8Array.of(1)), "0x01");
  assert.equal(valueText("bytes", plain(STRING, 'a"b')), '"a\\"b"');
  assert.equal(valueText("bytes", Uint8Array.of(1, 255)), "0x01ff");
  assert.match(valueText("bytes", new Uint8Array(1e6).fill(0x61)), /^"a{24}"… \(1000000 bytes\)$/);
});
