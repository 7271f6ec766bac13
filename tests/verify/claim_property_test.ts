/** True claims are never flagged, and claims that hide a value always are: every order, plain and by dictionary. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ColumnIndex, Statistics } from "../../src/format/metadata.ts";
import type { DecodedPage } from "../../src/verify/decoded_page.ts";
import { type OrderCase, ORDERS } from "./claim_orders.ts";
import {
  type Chunk,
  chunk,
  type Claims,
  type ColumnSpec,
  type Entry,
  findingsOf,
  rulesOf,
  trueClaims,
} from "./claim_support.ts";

/** A chunk of an order: flat, optional, or of lists. */
function chunks(order: OrderCase): fc.Arbitrary<Chunk> {
  // Few different values, so that pages have ties.
  const pool = fc.array(order.values, { minLength: 1, maxLength: 8 });
  const picks = fc.array(fc.array(fc.nat(), { maxLength: 12 }), { minLength: 1, maxLength: 4 });
  const shape = fc.constantFrom("required", "optional", "repeated");
  return fc.tuple(pool, picks, shape, fc.boolean()).map(([values, pages, kind, dictionary]) => {
    const spec: ColumnSpec = kind === "required"
      ? order.spec
      : kind === "optional"
      ? { ...order.spec, maxDefinitionLevel: 1 }
      : { ...order.spec, maxDefinitionLevel: 3, maxRepetitionLevel: 1 };
    const entry = (pick: number, i: number): Entry => {
      const value = values[pick % values.length]!;
      if (kind === "required") return value;
      if (kind === "optional") return pick % 3 === 0 ? null : value;
      const definition = pick % 4;
      return {
        repetition: i > 0 && pick % 5 < 2 ? 1 : 0,
        definition,
        value: definition === 3 ? value : null,
      };
    };
    return chunk(spec, pages.map((page) => page.map(entry)), { dictionary });
  });
}

/** What may be claimed: no column index where its order has no bounds for a page of NaNs. */
function claimsOf(order: OrderCase, made: Chunk): Required<Omit<Claims, "bloomFilter">> {
  return trueClaims(made, order.compare, order.isNaN, order.total) as Required<
    Omit<Claims, "bloomFilter">
  >;
}

function mayHaveIndex(order: OrderCase, made: Chunk): boolean {
  return order.total || order.isNaN === null ||
    made.values.every((page) => page.length === 0 || !page.every(order.isNaN!));
}

/** A chunk that has both NaNs and bounds is worth a remark, except in total order. */
function remarksOf(order: OrderCase, made: Chunk): string[] {
  const values = made.values.flat();
  const { isNaN, total } = order;
  const has = !total && isNaN !== null && values.some(isNaN) && !values.every(isNaN);
  return has ? ["bounds-beside-nans"] : [];
}

for (const order of ORDERS) {
  test(`true claims of ${order.name} are not flagged`, () => {
    fc.assert(
      fc.property(chunks(order), (made) => {
        const { columnIndex, ...claims } = claimsOf(order, made);
        const indexed = mayHaveIndex(order, made) ? { columnIndex } : {};
        const rules = findingsOf(made, { ...claims, ...indexed }).map(({ rule }) => rule);
        assert.deepEqual(rules, remarksOf(order, made));
      }),
      { numRuns: 60 },
    );
  });

  test(`bounds of ${order.name} that hide a value are flagged, wider ones are not`, () => {
    fc.assert(
      fc.property(chunks(order), order.values, fc.nat(), (made, other, at) => {
        const { columnIndex, pageStatistics, metaData } = claimsOf(order, made);
        const page = at % made.pages.length;
        const seen = made.values[page]!.filter((value) => order.total || !order.isNaN?.(value));
        fc.pre(seen.length > 0);
        const ofPage = pageStatistics[page]!;
        const ofChunk = metaData.statistics!;
        const outside = chunk(order.spec, [[other]]).values[0]![0]!;
        fc.pre(!order.isNaN?.(outside) && !order.isNaN?.(ofPage.minValue!));
        for (const side of ["min", "max"] as const) {
          const sign = side === "min" ? 1 : -1;
          const member = `${side}Value` as const;
          const list = `${side}Values` as const;
          const hides = side === "min" ? "min-too-large" : "max-too-small";
          const bound = outside;
          const changedIndex: ColumnIndex = {
            ...columnIndex,
            boundaryOrder: "UNORDERED",
            [list]: columnIndex[list].map((value, i) => i === page ? bound : value),
          };
          const exact = side === "min" ? "isMinValueExact" : "isMaxValueExact";
          const changed = (statistics: Statistics): Statistics => {
            const { [exact]: _, ...rest } = statistics;
            return { ...rest, [member]: bound };
          };
          const expected = (extreme: Uint8Array) => sign * order.compare(bound, extreme) > 0;
          const rules = rulesOf(findingsOf(made, {
            ...(mayHaveIndex(order, made) ? { columnIndex: changedIndex } : {}),
            pageStatistics: pageStatistics.map((s, i) => i === page ? changed(s!) : s),
            metaData: { statistics: changed(ofChunk) },
          })).filter((rule) => !rule.endsWith("bounds-crossed"));
          const wrong = remarksOf(order, made);
          if (expected(ofPage[member]!)) {
            wrong.push(`page-${hides}`);
            if (mayHaveIndex(order, made)) wrong.push(`index-${hides}`);
          }
          if (expected(ofChunk[member]!)) wrong.push(`chunk-${hides}`);
          assert.deepEqual(rules, wrong.sort());
        }
      }),
      { numRuns: 80 },
    );
  });
}

/** Calls of `values()` that a page with ids may do without. */
function withoutValues(made: Chunk): Chunk {
  const pages = made.pages.map((page): DecodedPage => ({
    ...page,
    values: () => assert.fail("a page of ids was made into values"),
  }));
  return { ...made, pages };
}

test("pages of ids are never made into values", () => {
  const made = chunk({ type: "INT32" }, [[1, 2, 2, 3], [3, 3]], { dictionary: true });
  const claims = claimsOf(ORDERS.find(({ name }) => name === "INT32")!, made);
  assert.deepEqual(findingsOf(withoutValues(made), claims), []);
});

test("a large dictionary of which a page uses little", () => {
  const all = Array.from({ length: 1000 }, (_, i) => i);
  const made = chunk({ type: "INT32" }, [all, [500, 7, 7]], { dictionary: true });
  const order = ORDERS.find(({ name }) => name === "INT32")!;
  const claims = claimsOf(order, made);
  assert.deepEqual(findingsOf(made, claims), []);
  const narrow = { ...claims.pageStatistics[1]!, maxValue: made.values[1]![1]! };
  assert.deepEqual(
    rulesOf(findingsOf(made, { ...claims, pageStatistics: [undefined, narrow] })),
    ["page-max-too-small"],
  );
});
