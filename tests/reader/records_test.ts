/** Rows put together from levels and values: nested as deep as one likes, in every encoding; what is damaged or not read is an error. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { schema, t, toParquet, type WriterOptions } from "../../mod.ts";
import { openParquetSource } from "../../src/format/parquet_source.ts";
import { ChunkReader } from "../../src/reader/chunk_reader.ts";
import { readRecords } from "../../src/reader/records.ts";

const OF = schema({
  id: t.int64(),
  flag: t.bool().nullable(),
  name: t.utf8().nullable(),
  deep: t.list(
    t.struct({
      n: t.int32().nullable(),
      texts: t.list(t.list(t.utf8().nullable()).nullable()),
      tags: t.map(t.utf8(), t.struct({ ok: t.bool().nullable() }).nullable()).nullable(),
    }).nullable(),
  ).nullable(),
  other: t.float64(),
});

/** Numbers from a seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state >>> 8) % below;
  };
}

function rowsFrom(seed: number, count: number) {
  const random = randomFrom(seed);
  const some = <T>(make: () => T) => Array.from({ length: random(4) }, make);
  const orNull = <T>(make: () => T) => random(4) === 0 ? null : make();
  const text = () => `${"é".repeat(random(3))}${random(20)}`;
  return Array.from({ length: count }, (_, id) => ({
    id,
    flag: orNull(() => random(2) === 1),
    name: orNull(text),
    deep: orNull(() =>
      some(() =>
        orNull(() => ({
          n: orNull(() => random(1000) - 500),
          texts: some(() => orNull(() => some(() => orNull(text)))),
          tags: orNull(() =>
            Object.fromEntries(some(() => [text(), orNull(() => ({ ok: orNull(() => true) }))]))
          ),
        }))
      )
    ),
  }));
}

async function readBack(bytes: Uint8Array, chosen: (path: readonly string[]) => boolean) {
  const reader = await ChunkReader.open(await openParquetSource(bytes));
  const rows = [];
  for await (const some of readRecords(reader, chosen)) rows.push(...some);
  return rows;
}

const OPTIONS: WriterOptions[] = [
  { compression: "uncompressed", dictionaryEnabled: false, dataPageRowCountLimit: 7 },
  { compression: "snappy", maxRowGroupRowCount: 1000 },
  { writerVersion: "2.0", encoding: "auto", dataPageRowCountLimit: 100 },
  { compression: "gzip", columns: { name: { encoding: "DELTA_BYTE_ARRAY" } } },
];

for (const [seed, options] of OPTIONS.entries()) {
  test(`rows come back as they were: ${JSON.stringify(options)}`, async () => {
    const rows = rowsFrom(seed + 1, 5000);
    const bytes = await toParquet(rows.map((row) => ({ ...row, other: 0.5 })), {
      schema: OF,
      parallelism: 0,
      ...options,
    });
    assert.deepEqual(await readBack(bytes, ([name]) => name !== "other"), rows);
    assert.deepEqual(
      await readBack(
        bytes,
        (path) =>
          path[0] === "id" || path[0] === "deep" && path.at(-1) !== "n" &&
            !path.includes("texts") && !path.includes("tags"),
      ),
      rows.map(({ id }) => ({ id })),
    );
  });
}

test("what is no text, boolean or whole number of doubles is an error with the column's name", async () => {
  const bytes = await toParquet([{ id: 2n ** 53n, other: 1 }], {
    schema: schema({ id: t.int64(), other: t.float64() }),
  });
  const refused = (name: string, message: RegExp) =>
    assert.rejects(readBack(bytes, (path) => path[0] === name), { name: "FormatError", message });
  await refused("id", /column "id": 9007199254740992 is beyond/);
  await refused("other", /column "other": expected text/);
});

test("damage is an error with row group and column", async () => {
  const rows = rowsFrom(9, 2000).map((row) => ({ ...row, other: 1 }));
  const bytes = await toParquet(rows, { schema: OF, compression: "snappy", pageChecksum: true });
  const { rowGroups } = (await ChunkReader.open(await openParquetSource(bytes))).metadata;
  for (const { metaData } of rowGroups[0]!.columns.slice(0, 6)) {
    const damaged = bytes.slice();
    const at = metaData.dataPageOffset + 40;
    damaged[at] = damaged[at]! ^ 0xff;
    const name = metaData.pathInSchema.join(".");
    await assert.rejects(readBack(damaged, ([name]) => name !== "other"), (error: Error) => {
      assert.equal(error.name, "FormatError");
      assert.ok(
        error.message.startsWith(`Cannot read row group 0, column "${name}": `),
        error.message,
      );
      return true;
    });
  }
});

test("a signal that fires ends the reading", async () => {
  const bytes = await toParquet(rowsFrom(3, 10).map((row) => ({ ...row, other: 1 })), {
    schema: OF,
  });
  const signal = AbortSignal.abort(new Error("enough"));
  const reader = await ChunkReader.open(await openParquetSource(bytes), { signal });
  await assert.rejects(reader.read(0, 0, { page: () => {} }), { name: "AbortError" });
});
