/** What a file says about its values and pages is what a scan of its pages finds. */

import { test } from "node:test";
import { Field, Schema } from "apache-arrow";
import fc from "fast-check";
import type { WriterOptions } from "../../mod.ts";
import { layoutOptions, LEAVES, schemas, tables } from "../support/arbitraries.ts";
import { assertStatistics } from "../support/page_statistics.ts";
import { randomBatch } from "../support/random_data.ts";
import { written } from "./written.ts";

const statisticsOptions = fc.record({
  statisticsTruncateLength: fc.constantFrom(null, 1, 2, 3, 5, 64),
  columnIndexTruncateLength: fc.constantFrom(null, 1, 2, 3, 5, 64),
  ieee754TotalOrder: fc.boolean(),
  nanBounds: fc.boolean(),
}, { requiredKeys: [] });

test("statistics and indexes of any table under any options are those of its pages", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables(schemas(LEAVES, { columns: 3, depth: 2 }), { rows: 120 }),
      layoutOptions,
      statisticsOptions,
      async (rows, layout, statistics) => {
        const options = { ...layout, ...statistics } as WriterOptions;
        await assertStatistics(await written(rows, options), options);
      },
    ),
    { numRuns: 150 },
  );
});

test("statistics and indexes with the compat profile", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables(
        schemas({
          bool: LEAVES["bool"]!,
          int32: LEAVES["int32"]!,
          uint32: LEAVES["uint32"]!,
          null: LEAVES["null"]!,
          timestampSeconds: LEAVES["timestampSeconds"]!,
          float64: LEAVES["float64"]!,
          float32: LEAVES["float32"]!,
          utf8: LEAVES["utf8"]!,
          decimal38: LEAVES["decimal38"]!,
        }),
      ),
      fc.constantFrom(1, 10, 20_000),
      async (rows, dataPageRowCountLimit) => {
        const options = { profile: "compat", dataPageRowCountLimit } as const;
        await assertStatistics(await written(rows, options), options);
      },
    ),
    { numRuns: 40 },
  );
});

for (const [name, make] of Object.entries(LEAVES)) {
  test(`statistics and indexes of ${name}, dictionary pages and others`, async () => {
    const schema = new Schema([new Field("a", make(), true)]);
    // Few values first, which every page has; then more; then as many as there are rows.
    const batches = [3, 40, 0].map((distinct, seed) =>
      randomBatch(schema, 2000, { seed, nulls: 0.1, distinct, garbage: true, sliced: 0 })
    );
    for (const dictionaryPageSizeLimit of [300, 1024 * 1024]) {
      for (const ieee754TotalOrder of [false, true]) {
        const options = {
          dataPageRowCountLimit: 130,
          dictionaryPageSizeLimit,
          ieee754TotalOrder,
          columnIndexTruncateLength: 3,
        };
        await assertStatistics(await written({ schema, batches }, options), options);
      }
    }
  });
}
