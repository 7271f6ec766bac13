/** Every rule about claims, broken once: it is found by its name, and nothing else is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnIndex, RowGroup, SortingColumn } from "../../src/format/metadata.ts";
import type { ChunkVisitor } from "../../src/verify/chunk_visitor.ts";
import { CLAIM_RULES } from "../../src/verify/claims/claim_rules.ts";
import type { Fault } from "../../src/verify/fault.ts";
import { FILE_RULES } from "../../src/verify/frame/file_rules.ts";
import { Findings } from "../../src/verify/findings.ts";
import { PAGE_RULES } from "../../src/verify/pages/page_rules.ts";
import { arrowSchemaValue } from "../../src/schema/arrow_schema_message.ts";
import { sortingClaims } from "../../src/verify/claims/sorting.ts";
import { arrowFaults, footer, geoFaults, schemaOf } from "./claim_metadata_support.ts";
import { orderCase } from "./claim_orders.ts";
import {
  type Chunk,
  chunk,
  type Claims,
  type ColumnSpec,
  type Entry,
  findingsOf,
  plain,
  rulesOf,
  show,
  trueClaims,
} from "./claim_support.ts";
import { point, wkb } from "./wkb_support.ts";

type ClaimRule = keyof typeof CLAIM_RULES;

const INT: ColumnSpec = { type: "INT32", maxDefinitionLevel: 1 };
const DOUBLE: ColumnSpec = { type: "DOUBLE" };
const TOTAL: ColumnSpec = { type: "DOUBLE", order: "IEEE_754_TOTAL_ORDER" };
const STRING: ColumnSpec = { type: "BYTE_ARRAY", logical: { type: "STRING" } };
const GEOMETRY: ColumnSpec = { type: "BYTE_ARRAY", logical: { type: "GEOMETRY" } };
const LIST: ColumnSpec = { type: "INT32", maxDefinitionLevel: 3, maxRepetitionLevel: 1 };

const int = (value: number) => plain(INT, value);
const double = (value: number) => plain(DOUBLE, value);

/** Two pages of integers, a null in each: 5 3 and 7 6. */
const INTS = chunk(INT, [[5, null, 3], [7, 6, null]]);
const LISTS = chunk(LIST, [[
  { repetition: 0, definition: 3, value: 1 },
  { repetition: 1, definition: 2, value: null },
  { repetition: 0, definition: 1, value: null },
]]);
const STRINGS = chunk(STRING, [["abc", "b"], ["cd"]], { dictionary: true });
const DOUBLES = chunk(DOUBLE, [[1, NaN, 2]]);
const DOUBLES_TOTAL = chunk(TOTAL, [[1, NaN, 2]]);
const POINTS = chunk(GEOMETRY, [[wkb(point(1, 2)), wkb(point(3, 4))]]);

/** The index of {@linkcode INTS}, changed. */
function intIndex(change: Partial<ColumnIndex>): Claims {
  const { columnIndex } = trueClaims(INTS, orderCase("INT32").compare);
  return { columnIndex: { ...columnIndex, ...change } };
}

const ofChunk = (made: Chunk, metaData: Claims["metaData"]) =>
  findingsOf(made, { metaData: metaData! });

/** An index of one page of doubles. */
function doubleIndex(min: number, max: number): Claims {
  return {
    columnIndex: {
      nullPages: [false],
      minValues: [double(min)],
      maxValues: [double(max)],
      boundaryOrder: "UNORDERED",
    },
  };
}

async function sorted(
  columns: readonly Chunk[],
  sortingColumns: readonly SortingColumn[],
): Promise<Fault[]> {
  const findings = new Findings();
  const rowGroup: RowGroup = { columns: [], totalByteSize: 0, numRows: 0, sortingColumns };
  const rescan = (index: number, visitor: ChunkVisitor) => {
    show(columns[index]!, visitor);
    return Promise.resolve();
  };
  await sortingClaims(findings, rowGroup, 0, columns.map(({ column }) => column), rescan);
  return findings.list();
}

const ascending = { columnIdx: 0, descending: false, nullsFirst: false };
const sortedBy = (spec: ColumnSpec, rows: readonly Entry[]) =>
  sorted([chunk(spec, [rows])], [ascending]);

const ARROW_INT = {
  metadata: new Map<string, string>(),
  fields: [{
    name: "a",
    nullable: true,
    type: { kind: "int", bitWidth: 32, signed: true },
    metadata: new Map<string, string>(),
  }],
} as const;

const leaf = (repetitionType: "REQUIRED" | "OPTIONAL") => [
  { name: "a", type: "INT32", repetitionType } as const,
];

/** How each rule is broken. */
const BREAKS: Readonly<Record<ClaimRule, () => Fault[] | Promise<Fault[]>>> = {
  "chunk-null-count": () => ofChunk(INTS, { statistics: { nullCount: 3 } }),
  "page-statistics-null-count": () =>
    findingsOf(INTS, { pageStatistics: [{ nullCount: 1 }, { nullCount: 0 }] }),
  "index-null-count": () => findingsOf(INTS, intIndex({ nullCounts: [1, 2] })),
  "chunk-nan-count": () => ofChunk(DOUBLES, { statistics: { nanCount: 0 } }),
  "page-nan-count": () => findingsOf(DOUBLES, { pageStatistics: [{ nanCount: 2 }] }),
  "index-nan-count": () => {
    const { columnIndex } = doubleIndex(1, 2);
    return findingsOf(DOUBLES_TOTAL, { columnIndex: { ...columnIndex!, nanCounts: [0] } });
  },
  "nan-count-type": () => ofChunk(INTS, { statistics: { nanCount: 0 } }),
  "nan-count-missing": () =>
    ofChunk(chunk(TOTAL, [[1]]), { statistics: { minValue: double(1), maxValue: double(1) } }),
  "chunk-distinct-count": () => ofChunk(INTS, { statistics: { distinctCount: 5 } }),
  "page-distinct-count": () =>
    findingsOf(STRINGS, { pageStatistics: [{ distinctCount: 1 }, { distinctCount: 1 }] }),

  "chunk-min-too-large": () => ofChunk(INTS, { statistics: { minValue: int(4) } }),
  "chunk-max-too-small": () => ofChunk(INTS, { statistics: { maxValue: int(6) } }),
  "page-min-too-large": () => findingsOf(INTS, { pageStatistics: [{ minValue: int(4) }] }),
  "page-max-too-small": () => findingsOf(INTS, { pageStatistics: [{ maxValue: int(4) }] }),
  "index-min-too-large": () => findingsOf(INTS, intIndex({ minValues: [int(4), int(6)] })),
  "index-max-too-small": () => findingsOf(INTS, intIndex({ maxValues: [int(5), int(6)] })),
  "chunk-min-not-exact": () =>
    ofChunk(INTS, { statistics: { minValue: int(2), isMinValueExact: true } }),
  "chunk-max-not-exact": () =>
    ofChunk(INTS, { statistics: { maxValue: int(8), isMaxValueExact: true } }),
  "page-min-not-exact": () =>
    findingsOf(INTS, { pageStatistics: [{ minValue: int(2), isMinValueExact: true }] }),
  "page-max-not-exact": () =>
    findingsOf(INTS, { pageStatistics: [{ maxValue: int(8), isMaxValueExact: true }] }),
  "deprecated-min-too-large": () => ofChunk(INTS, { statistics: { min: int(4) } }),
  "deprecated-max-too-small": () => ofChunk(INTS, { statistics: { max: int(6) } }),

  // What crosses hides values too.
  "chunk-bounds-crossed": () =>
    ofChunk(INTS, { statistics: { minValue: int(9), maxValue: int(8) } }),
  "page-bounds-crossed": () =>
    findingsOf(INTS, { pageStatistics: [{ minValue: int(3), maxValue: int(2) }] }),
  "index-bounds-crossed": () =>
    findingsOf(INTS, intIndex({ maxValues: [int(2), int(7)], boundaryOrder: "UNORDERED" })),
  "bound-encoding": () => ofChunk(INTS, { statistics: { minValue: Uint8Array.of(3) } }),
  "bound-fixed-length-cut": () => {
    const made = chunk({ type: "FIXED_LEN_BYTE_ARRAY", width: 3 }, [[Uint8Array.of(1, 2, 3)]]);
    return ofChunk(made, { statistics: { minValue: Uint8Array.of(1, 2) } });
  },
  "bound-nan": () => ofChunk(DOUBLES, { statistics: { minValue: double(NaN) } }),
  "bound-nan-beside-values": () =>
    ofChunk(chunk(TOTAL, [[1, NaN]]), { statistics: { maxValue: double(NaN), nanCount: 1 } }),
  "bounds-of-nans": () =>
    ofChunk(chunk(DOUBLE, [[NaN]]), { statistics: { minValue: double(1), maxValue: double(2) } }),
  "bounds-beside-nans": () =>
    ofChunk(DOUBLES, { statistics: { minValue: double(1), maxValue: double(2) } }),
  "bounds-of-nothing": () =>
    ofChunk(chunk(INT, [[null]]), { statistics: { minValue: int(0), maxValue: int(0) } }),
  "bounds-undefined-order": () =>
    ofChunk(chunk({ type: "INT96" }, [[new Uint8Array(12)]]), {
      statistics: { minValue: new Uint8Array(12) },
    }),

  "column-index-length": () => findingsOf(INTS, intIndex({ nullCounts: [1] })),
  "index-null-page": () => findingsOf(INTS, intIndex({ nullPages: [false, true] })),
  "index-null-page-bounds": () =>
    findingsOf(chunk(INT, [[null]]), {
      columnIndex: {
        nullPages: [true],
        minValues: [int(0)],
        maxValues: [int(0)],
        boundaryOrder: "UNORDERED",
      },
    }),
  "index-nan-page": () => findingsOf(chunk(DOUBLE, [[NaN]]), doubleIndex(1, 2)),
  "index-int96": () =>
    findingsOf(chunk({ type: "INT96" }, [[new Uint8Array(12)]]), {
      columnIndex: {
        nullPages: [false],
        minValues: [new Uint8Array(12)],
        maxValues: [new Uint8Array(12)],
        boundaryOrder: "UNORDERED",
      },
    }),
  "boundary-order": () => findingsOf(INTS, intIndex({ boundaryOrder: "DESCENDING" })),
  "index-repetition-histogram": () =>
    findingsOf(LISTS, {
      columnIndex: {
        nullPages: [false],
        minValues: [int(1)],
        maxValues: [int(1)],
        boundaryOrder: "ASCENDING",
        repetitionLevelHistograms: [1, 2],
      },
    }),
  "index-definition-histogram": () =>
    findingsOf(INTS, intIndex({ definitionLevelHistograms: [1, 2, 2, 1] })),

  "chunk-repetition-histogram": () =>
    ofChunk(LISTS, { sizeStatistics: { repetitionLevelHistogram: [3, 0] } }),
  "chunk-definition-histogram": () =>
    ofChunk(LISTS, { sizeStatistics: { definitionLevelHistogram: [0, 1, 1] } }),
  "chunk-unencoded-bytes": () =>
    ofChunk(STRINGS, { sizeStatistics: { unencodedByteArrayDataBytes: 5 } }),
  "page-unencoded-bytes": () =>
    findingsOf(STRINGS, {
      offsetIndex: { pageLocations: [], unencodedByteArrayDataBytes: [4, 3] },
    }),
  "unencoded-bytes-type": () =>
    ofChunk(INTS, { sizeStatistics: { unencodedByteArrayDataBytes: 16 } }),

  "bloom-filter-false-negative": () => findingsOf(STRINGS, { bloomFilter: new Uint8Array(32) }),
  "bloom-filter-full": () => findingsOf(STRINGS, { bloomFilter: new Uint8Array(64).fill(255) }),

  "geospatial-statistics-type": () => ofChunk(STRINGS, { geospatialStatistics: {} }),
  "bbox-invalid": () =>
    ofChunk(chunk({ ...GEOMETRY, logical: { type: "GEOGRAPHY" } }, [[wkb(point(1, 2))]]), {
      geospatialStatistics: { bbox: { xmin: -181, xmax: 180, ymin: -90, ymax: 90 } },
    }),
  "bbox-too-small": () =>
    ofChunk(POINTS, { geospatialStatistics: { bbox: { xmin: 1, xmax: 3, ymin: 2, ymax: 3 } } }),
  "bbox-of-nothing": () =>
    ofChunk(chunk(GEOMETRY, [[wkb(point(NaN, NaN))]]), {
      geospatialStatistics: { bbox: { xmin: 1, xmax: 3, ymin: 2, ymax: 3 } },
    }),
  "geospatial-types": () => ofChunk(POINTS, { geospatialStatistics: { geospatialTypes: [1, 2] } }),
  "wkb-invalid": () => findingsOf(chunk(GEOMETRY, [[wkb(point(1, 2)).subarray(0, 20)]]), {}),
  "geo-metadata": () =>
    geoFaults(footer(schemaOf(leaf("OPTIONAL")), [{ key: "geo", value: "{}" }])),

  "sorting-violated": () => sortedBy(INT, [1, 2, 1]),
  "sorting-unverifiable": () => sortedBy(GEOMETRY, [wkb(point(1, 2))]),
  "sorting-nan": () => sortedBy(DOUBLE, [1, NaN, 2]),

  "arrow-schema-invalid": () => arrowFaults(schemaOf(leaf("OPTIONAL")), "Arrow"),
  "arrow-schema-mismatch": () =>
    arrowFaults(schemaOf(leaf("OPTIONAL"), leaf("OPTIONAL")), ARROW_INT),
  "arrow-schema-nullability": () => arrowFaults(schemaOf(leaf("REQUIRED")), ARROW_INT),
  "arrow-schema-framing": () => {
    const { encoded } = legacy();
    return arrowFaults(schemaOf(leaf("OPTIONAL")), encoded);
  },
};

/** Rules that are broken along with another: a bound that crosses the other hides values. */
const ALONG: Readonly<Partial<Record<ClaimRule, readonly ClaimRule[]>>> = {
  "chunk-bounds-crossed": ["chunk-min-too-large"],
  "page-bounds-crossed": ["page-max-too-small"],
  "index-bounds-crossed": ["index-max-too-small"],
};

/** A message without FFFFFFFF before its length. */
function legacy(): { readonly encoded: string } {
  const pair = arrowSchemaValue(ARROW_INT);
  const bytes = Uint8Array.from(atob(pair), (character) => character.charCodeAt(0));
  return { encoded: btoa(String.fromCharCode(...bytes.subarray(4))) };
}

for (const [rule, broken] of Object.entries(BREAKS)) {
  test(`${rule} is found where it is broken`, async () => {
    const faults = await broken();
    const along = ALONG[rule as ClaimRule] ?? [];
    assert.deepEqual(rulesOf(faults), [rule, ...along].sort());
    for (const { message, severity, rule } of faults) {
      assert.ok(message.length > 5 && message.length < 400, message);
      assert.equal(severity, CLAIM_RULES[rule as ClaimRule].severity);
    }
  });
}

test("what the broken ones are made of is right", () => {
  const compare = orderCase("INT32").compare;
  assert.deepEqual(findingsOf(INTS, trueClaims(INTS, compare)), []);
  assert.deepEqual(findingsOf(LISTS, trueClaims(LISTS, compare)), []);
  assert.deepEqual(findingsOf(STRINGS, trueClaims(STRINGS, orderCase("STRING").compare)), []);
  const { columnIndex } = doubleIndex(1, 2);
  const nanCounts = [1];
  assert.deepEqual(
    findingsOf(DOUBLES_TOTAL, { columnIndex: { ...columnIndex!, nanCounts } }),
    [],
  );
  assert.deepEqual(
    ofChunk(POINTS, {
      geospatialStatistics: {
        bbox: { xmin: 1, xmax: 3, ymin: 2, ymax: 4 },
        geospatialTypes: [1],
      },
    }),
    [],
  );
});

test("a claim about a whole chunk is not held against a part of it", () => {
  const claims: Claims = {
    metaData: {
      statistics: { nullCount: 9, minValue: int(100), distinctCount: 7 },
      sizeStatistics: { definitionLevelHistogram: [0, 0] },
    },
  };
  assert.deepEqual(findingsOf(INTS, claims, false), []);
  assert.equal(findingsOf(INTS, claims, true).length, 4);
});

test("no two parts of the verifier have a rule of the same name", () => {
  const names = [FILE_RULES, PAGE_RULES, CLAIM_RULES].flatMap((rules) => Object.keys(rules));
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  assert.deepEqual(twice.filter((name) => name in CLAIM_RULES), []);
});
