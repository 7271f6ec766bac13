/**
 * The verifier finds what is wrong: right files with one thing changed, for each of thousands of things. What it may pass over
 * is listed in `harmless.ts`, with the reason.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Float64, Int32, Int64, List, Schema, Struct, Utf8 } from "apache-arrow";
import { toParquet, verifyParquet, type WriterOptions } from "../../mod.ts";
import { readPages } from "../support/page_decoder.ts";
import { randomBatch } from "../support/random_data.ts";
import { claimMutations, frameMutations, indexMutations } from "./claim_mutations.ts";
import { type FileModel, type Mutation, putTogether, takeApart } from "./file_model.ts";
import { HARMLESS, harmlessKind } from "./harmless.ts";
import { hasKnownEffect, pageMutations, storedByteMutations } from "./page_mutations.ts";

const FLAT = [
  new Field("id", new Int32(), false),
  new Field("count", new Int64(), true),
  new Field("name", new Utf8(), true),
  new Field("size", new Float64(), true),
];
const NESTED = [
  new Field("tags", new List(new Field("element", new Utf8(), true)), true),
  new Field(
    "points",
    new List(
      new Field("element", new Struct([new Field("x", new Int32(), true)]), true),
    ),
    true,
  ),
];

/** Right files, small enough to change every byte of. */
const FILES: Readonly<
  Record<string, { fields: Field[]; distinct: number; options: WriterOptions }>
> = {
  "flat, data pages v1": {
    fields: FLAT,
    distinct: 0,
    options: { compression: "uncompressed", dictionaryEnabled: false },
  },
  "flat, dictionaries, Bloom filters": {
    fields: FLAT,
    distinct: 5,
    options: { compression: "uncompressed", bloomFilterEnabled: true },
  },
  "nested, data pages v2, gzip": {
    fields: NESTED,
    distinct: 6,
    options: { compression: "gzip", writerVersion: "2.0" },
  },
  "nested, delta encodings": {
    fields: NESTED,
    distinct: 0,
    options: {
      compression: "uncompressed",
      dictionaryEnabled: false,
      columns: {
        tags: { encoding: "DELTA_BYTE_ARRAY" },
        points: { encoding: "DELTA_BINARY_PACKED" },
      },
    },
  },
};

async function written({ fields, distinct, options }: (typeof FILES)[string]): Promise<Uint8Array> {
  const schema = new Schema(fields);
  const shape = { seed: 5, nulls: 0.2, distinct, garbage: false, sliced: 0 };
  return await toParquet([randomBatch(schema, 24, shape)], {
    parallelism: 0,
    maxRowGroupRowCount: 16,
    dataPageRowCountLimit: 8,
    // A bound that is cut leaves room for values that were not there.
    statisticsTruncateLength: null,
    columnIndexTruncateLength: null,
    ...options,
  });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The changed file, unless it cannot even be written down, or says the same as before. */
function changed(file: FileModel, mutation: Mutation, original: Uint8Array): Uint8Array | null {
  let bytes: Uint8Array;
  try {
    bytes = putTogether(file, mutation);
  } catch {
    return null;
  }
  return sameBytes(bytes, original) ? null : bytes;
}

/** What some writers do and no reader minds: said, as remarks. */
const SAID: ReadonlySet<string> = new Set(["encodings-levels-v2", "encoding-stats-v2"]);

async function isFound(bytes: Uint8Array): Promise<boolean> {
  const findings = await verifyParquet(bytes, { remarks: true });
  return findings.some(({ severity, rule }) => severity === "fault" || SAID.has(rule));
}

async function missedOf(
  file: FileModel,
  original: Uint8Array,
  mutations: Iterable<Mutation>,
): Promise<{ tried: number; missed: string[] }> {
  const missed: string[] = [];
  let tried = 0;
  for (const mutation of mutations) {
    const bytes = changed(file, mutation, original);
    if (bytes === null) continue;
    tried++;
    if (!await isFound(bytes)) missed.push(mutation.name);
  }
  return { tried, missed };
}

function report(what: string, { tried, missed }: { tried: number; missed: string[] }): void {
  assert.ok(tried > 10, `only ${tried} ${what} were tried`);
  assert.deepEqual(missed, [], `${missed.length} of ${tried} ${what} were not found`);
}

for (const [name, description] of Object.entries(FILES)) {
  test(`wrong claims are found: ${name}`, async () => {
    const original = await written(description);
    const file = takeApart(original);
    assert.deepEqual(await verifyParquet(original), []);
    assert.ok(sameBytes(putTogether(file), original), "put together again it is the same");
    const mutations = [...claimMutations(file)].filter((mutation) =>
      harmlessKind(mutation, file) < 0
    );
    report("claims", await missedOf(file, original, mutations));
    report("index entries", await missedOf(file, original, indexMutations(file)));
  });

  test(`wrong bytes are found: ${name}`, async () => {
    const original = await written(description);
    const file = takeApart(original);
    report("frames", await missedOf(file, original, frameMutations(original)));
    report("stored bytes", await missedOf(file, original, storedByteMutations(file)));
    const decoded = readPages(original);
    const known = [...pageMutations(file)].filter((mutation) => {
      const bytes = changed(file, mutation, original);
      return bytes !== null && hasKnownEffect(decoded, bytes);
    });
    report("pages", await missedOf(file, original, known));
  });
}

test("every kind of harmless change is harmless, and occurs", async () => {
  const seen = new Set<number>();
  for (const description of Object.values(FILES)) {
    const original = await written(description);
    const file = takeApart(original);
    for (const mutation of claimMutations(file)) {
      const index = harmlessKind(mutation, file);
      if (index < 0) continue;
      const bytes = changed(file, mutation, original);
      if (bytes === null) continue;
      seen.add(index);
      const faults = await verifyParquet(bytes);
      assert.deepEqual(faults, [], `${mutation.name}: ${HARMLESS[index]!.reason}`);
    }
  }
  assert.deepEqual([...seen].sort((a, b) => a - b), HARMLESS.map((_, i) => i));
});
