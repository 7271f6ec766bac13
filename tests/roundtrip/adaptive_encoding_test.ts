/** `encoding: "auto"` and `profile: "small"`: every type is read by every reader, with the right values, whatever was chosen. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { Dictionary, Field, Int16, List, Schema, Struct } from "apache-arrow";
import type { WriterOptions } from "../../mod.ts";
import { LEAVES, rebatched } from "../support/arbitraries.ts";
import { refusedByDuckDB } from "../support/duckdb_reader.ts";
import { readPages } from "../support/page_decoder.ts";
import { randomBatch, type Shape } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { expectedOf, type Rows, written } from "./written.ts";

const SHAPES: Readonly<Record<string, readonly Shape[]>> = {
  "random values": [{ seed: 1, nulls: 0.2, distinct: 0, garbage: true, sliced: 3 }],
  "few values": [{ seed: 2, nulls: 0.1, distinct: 4, garbage: false, sliced: 0 }],
  "nulls only": [{ seed: 3, nulls: 1, distinct: 0, garbage: true, sliced: 0 }],
  "few values, then random ones, then few": [
    { seed: 4, nulls: 0, distinct: 3, garbage: false, sliced: 0 },
    { seed: 5, nulls: 0.1, distinct: 0, garbage: true, sliced: 0 },
    { seed: 6, nulls: 0.5, distinct: 2, garbage: true, sliced: 0 },
  ],
};

/** Pages and samples so small that these rows go through all states. */
const TINY: WriterOptions = {
  encoding: "auto",
  dataPageSizeLimit: 100,
  dictionaryPageSizeLimit: 400,
};
const CASES: readonly WriterOptions[] = [
  TINY,
  { ...TINY, profile: "small", newestEncodings: true, writerVersion: "2.0", compression: "snappy" },
  { profile: "small", compression: "gzip" },
  { encoding: "auto", dataPageRowCountLimit: 50, dictionaryEnabled: false },
];

function rowsOf(name: string, shapes: readonly Shape[]): Rows {
  const type = LEAVES[name]!();
  const schema = new Schema([
    new Field("optional", type, true),
    new Field("within", new Struct([new Field("a", type, true)]), true),
    new Field("many", new List(new Field("element", type, true)), true),
    ...(name === "null" ? [] : [new Field("required", type, false)]),
  ]);
  return { schema, batches: shapes.map((shape) => randomBatch(schema, 130, shape)) };
}

for (const name of Object.keys(LEAVES)) {
  test(`every reader gets ${name}`, async () => {
    for (const [i, shapes] of Object.values(SHAPES).entries()) {
      const rows = rowsOf(name, shapes);
      // All options for the values that change, one after another for the others.
      const cases = shapes.length > 1 ? CASES : [CASES[i % CASES.length]!];
      for (const options of cases) {
        const bytes = await written(rows, options);
        if (!options.newestEncodings) {
          assert.deepEqual(refusedByDuckDB(readPages(bytes)), new Set());
        }
        await assertReadable(bytes, expectedOf(rows));
      }
    }
  });
}

test("dictionaries of text, which readers restore, have pages of ids and PLAIN ones alone", async () => {
  const keyed = new Dictionary(LEAVES["utf8"]!(), new Int16());
  const schema = new Schema([
    new Field("flat", keyed, true),
    new Field("many", new List(new Field("element", keyed, true)), true),
  ]);
  const batches = [1, 2, 3].map((seed) =>
    randomBatch(schema, 400, {
      seed,
      nulls: 0.1,
      distinct: seed === 2 ? 3 : 0,
      garbage: true,
      sliced: 0,
    })
  );
  const rows = { schema, batches };
  for (const [skipArrowMetadata, allowed] of [[false, true], [true, false]] as const) {
    const bytes = await written(rows, { ...TINY, profile: "small", skipArrowMetadata });
    const { chunks } = readPages(bytes).rowGroups[0]!;
    const encodings = chunks.flatMap(({ pages }) => pages.map(({ encoding }) => encoding));
    const simple = encodings.every((encoding) =>
      encoding === "PLAIN" || encoding === "RLE_DICTIONARY"
    );
    assert.equal(simple, allowed);
    await assertReadable(bytes, expectedOf(rows));
  }
});

test("the same rows give the same bytes, however batched and with however many workers", async () => {
  const names = ["int32", "int64", "float64", "utf8", "binary", "fixedSizeBinary", "bool"];
  const schema = new Schema(
    names.flatMap((name) => [
      new Field(name, LEAVES[name]!(), true),
      new Field(`${name}s`, new List(new Field("element", LEAVES[name]!(), true)), true),
    ]),
  );
  const batches = [1, 2, 3, 4].map((seed) =>
    randomBatch(schema, 3000, {
      seed,
      nulls: 0.1,
      distinct: seed % 2 * 20,
      garbage: true,
      sliced: 0,
    })
  );
  const rows = { schema, batches };
  for (
    const options of [...CASES, { ...TINY, dataPageSizeLimit: 4000, maxRowGroupRowCount: 5000 }]
  ) {
    const bytes = await written(rows, options);
    for (const sizes of [[11_000], [77, 1300]]) {
      const again = { schema, batches: rebatched(batches, sizes) };
      for (const parallelism of [0, 2]) {
        const own = { ...options, parallelism, memoryBudget: 4 * 1024 * 1024 };
        const other = await written(again, own);
        assert.ok(Buffer.from(other).equals(bytes), `${sizes} ${JSON.stringify(own)}`);
      }
    }
  }
});
