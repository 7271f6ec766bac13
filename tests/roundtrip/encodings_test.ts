/** Every type in every encoding that it may have is read by every reader, with the right values. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Schema, Struct } from "apache-arrow";
import type { EncodingName } from "../../mod.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { ENCODINGS_OF } from "../support/encodings.ts";
import { readPages } from "../support/page_decoder.ts";
import { randomBatch, type Shape } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { expectedOf, type Rows, written } from "./written.ts";

const SHAPES: Readonly<Record<string, Shape>> = {
  "random values": { seed: 1, nulls: 0.2, distinct: 0, garbage: true, sliced: 3 },
  "few values": { seed: 2, nulls: 0.1, distinct: 4, garbage: false, sliced: 0 },
  "nulls only": { seed: 3, nulls: 1, distinct: 0, garbage: true, sliced: 0 },
};

function rowsOf(name: string, shape: Shape): Rows {
  const type = LEAVES[name]!();
  const schema = new Schema([
    new Field("optional", type, true),
    new Field("within", new Struct([new Field("a", type, true)]), true),
    ...(name === "null" ? [] : [new Field("required", type, false)]),
  ]);
  // More than a miniblock, and more than a page.
  return { schema, batches: [randomBatch(schema, 170, shape), randomBatch(schema, 9, shape)] };
}

/** The encodings of all pages that are no dictionary's. */
function encodingsOf(bytes: Uint8Array): Set<string> {
  const { rowGroups } = readPages(bytes);
  return new Set(
    rowGroups.flatMap(({ chunks }) =>
      chunks.flatMap(({ pages }) => pages.map(({ encoding }) => encoding))
    ),
  );
}

for (const name of Object.keys(LEAVES)) {
  test(`every reader gets ${name} in every encoding`, async () => {
    const plain = await written(rowsOf(name, SHAPES["few values"]!));
    const { type } = readPages(plain).schema.children[0]!;
    for (const encoding of ENCODINGS_OF[type!]) {
      for (const [description, shape] of Object.entries(SHAPES)) {
        const rows = rowsOf(name, shape);
        const bytes = await written(rows, {
          encoding,
          dictionaryEnabled: false,
          dataPageRowCountLimit: 100,
          writerVersion: description === "few values" ? "2.0" : "1.0",
        });
        assert.deepEqual([...encodingsOf(bytes)], [encoding]);
        await assertReadable(bytes, expectedOf(rows));
      }
    }
  });
}

test("what a dictionary has no room for is written in the encoding asked for", async () => {
  const columns: [string, EncodingName][] = [
    ["int32", "DELTA_BINARY_PACKED"],
    ["timestampMicroseconds", "DELTA_BINARY_PACKED"],
    ["utf8", "DELTA_LENGTH_BYTE_ARRAY"],
    ["binary", "DELTA_BYTE_ARRAY"],
    ["float64", "BYTE_STREAM_SPLIT"],
    ["decimal38", "BYTE_STREAM_SPLIT"],
    ["fixedSizeBinary", "DELTA_BYTE_ARRAY"],
  ];
  for (const writerVersion of ["1.0", "2.0"] as const) {
    const schema = new Schema(columns.map(([name]) => new Field(name, LEAVES[name]!(), true)));
    const batches = [
      randomBatch(schema, 400, { seed: 4, nulls: 0.1, distinct: 3, garbage: true, sliced: 0 }),
      randomBatch(schema, 400, { seed: 5, nulls: 0.1, distinct: 0, garbage: true, sliced: 0 }),
    ];
    const rows = { schema, batches };
    const bytes = await written(rows, {
      writerVersion,
      dictionaryPageSizeLimit: 400,
      dataPageRowCountLimit: 150,
      columns: Object.fromEntries(columns.map(([name, encoding]) => [name, { encoding }])),
    });
    const { chunks } = readPages(bytes).rowGroups[0]!;
    columns.forEach(([name, encoding], i) => {
      const seen = chunks[i]!.pages.map((page) => page.encoding);
      assert.equal(seen[0], "RLE_DICTIONARY", name);
      assert.equal(seen.at(-1), encoding, name);
    });
    await assertReadable(bytes, expectedOf(rows));
  }
});
