/** Whatever is written is read by every reader, with the right values. */

import { test } from "node:test";
import { Field, Int64, Schema, Struct, Table, Utf8, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import {
  encodingPicks,
  layoutOptions,
  LEAVES,
  schemas,
  tables,
  withEncodings,
} from "../support/arbitraries.ts";
import { randomBatch, type Shape } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { coerced, expectedOf, written } from "./written.ts";
import type { WriterOptions } from "../../mod.ts";

const SHAPES: Readonly<Record<string, Shape>> = {
  "random values": { seed: 1, nulls: 0.2, distinct: 0, garbage: true, sliced: 3 },
  "few values": { seed: 2, nulls: 0.1, distinct: 4, garbage: false, sliced: 0 },
  "nulls only": { seed: 3, nulls: 1, distinct: 0, garbage: true, sliced: 0 },
};

for (const [name, make] of Object.entries(LEAVES)) {
  test(`every reader gets ${name}`, async () => {
    for (const [description, shape] of Object.entries(SHAPES)) {
      const type = make();
      const fields = [
        new Field("optional", type, true),
        new Field("within", new Struct([new Field("a", type, true)]), true),
        ...(name === "null" ? [] : [new Field("required", type, false)]),
      ];
      const schema = new Schema(fields);
      const rows = {
        schema,
        batches: [randomBatch(schema, 70, shape), randomBatch(schema, 9, shape)],
      };
      const version = description === "few values" ? "2.0" : "1.0";
      await assertReadable(
        await written(rows, { writerVersion: version, dataPageRowCountLimit: 30 }),
        expectedOf(rows),
      );
    }
  });
}

test("every reader gets any schema under any options", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables(schemas(LEAVES, { columns: 3, depth: 2 })),
      layoutOptions,
      encodingPicks,
      async (rows, layout, picks) => {
        const options = withEncodings(rows.schema, layout as WriterOptions, picks, true);
        await assertReadable(await written(rows, options), expectedOf(rows));
      },
    ),
    { numRuns: 60 },
  );
});

test("coerceTypes makes Date64 a DATE", async () => {
  const schema = new Schema([new Field("d", LEAVES["date64"]!(), true)]);
  const rows = { schema, batches: [randomBatch(schema, 50, SHAPES["random values"]!)] };
  await assertReadable(await written(rows, { coerceTypes: true }), coerced(expectedOf(rows)));
});

test("a long column of every kind of page", async () => {
  const count = 50_000;
  const table = new Table({
    sorted: vectorFromArray(Array.from({ length: count }, (_, i) => BigInt(i)), new Int64()),
    text: vectorFromArray(
      Array.from({ length: count }, (_, i) => i % 7 === 0 ? null : `value ${i % 2000}`),
      new Utf8(),
    ),
  });
  const bytes = await written(table, {
    maxRowGroupRowCount: 20_000,
    dictionaryPageSizeLimit: 10_000,
  });
  await assertReadable(bytes, expectedOf(table));
});
