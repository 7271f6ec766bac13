/** FAULTS 37: no Bloom filter denies a value that is there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Bool,
  type DataType,
  Dictionary,
  Field,
  Float16,
  Float64,
  Int32,
  Int64,
  Int8,
  List,
  makeVector,
  Null,
  Schema,
  Table,
  Uint8,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { toParquet, type WriterOptions } from "../../mod.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { columnsOf } from "../support/arrow_values.ts";
import { assertBloomFilters, bloomFilterOf } from "../support/bloom_filters.ts";
import { query, quoted, withFile } from "../support/duckdb.ts";
import { readPages } from "../support/page_decoder.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";

/** Writes one column `c`; all that a reader may do is done to the file. */
async function write(vector: Vector, options: WriterOptions = {}): Promise<Uint8Array> {
  const table = new Table({ c: vector });
  const bytes = await toParquet(table, { bloomFilterEnabled: true, parallelism: 0, ...options });
  await assertReadable(bytes, columnsOf(table.schema, table.batches));
  return bytes;
}

/** Whether each row group is ruled out for a value, by DuckDB's own probe of the filters. */
async function excluded(bytes: Uint8Array, constants: readonly string[]): Promise<boolean[]> {
  return await withFile(bytes, async (path) => {
    const probes: boolean[] = [];
    for (const constant of constants) {
      const rows = await query(
        `select bloom_filter_excludes from parquet_bloom_probe(${quoted(path)}, 'c', ${constant})`,
      );
      probes.push(...rows.map(([answer]) => answer as boolean));
    }
    return probes;
  });
}

const filterBytes = (bytes: Uint8Array) =>
  bloomFilterOf(bytes, readPages(bytes).rowGroups[0]!.chunks[0]!)?.length ?? 0;

test("FAULTS 37: every type in every layout keeps its values in its Bloom filters", async () => {
  const leaves = Object.entries(LEAVES);
  const schema = new Schema(leaves.flatMap(([name, make]) => [
    new Field(name, make(), true),
    new Field(`${name}s`, new List(new Field("element", make(), true)), true),
  ]));
  const none = leaves.filter(([name]) => name === "bool" || name === "null").length * 2;
  const batches = [0, 7].map((distinct) =>
    randomBatch(schema, 150, { seed: 9, nulls: 0.2, distinct, garbage: true, sliced: 3 })
  );
  for (const dictionaryPageSizeLimit of [1, 300, 1024 * 1024]) {
    const bytes = await toParquet(batches, {
      bloomFilterEnabled: true,
      dictionaryPageSizeLimit,
      dataPageRowCountLimit: 40,
      parallelism: 0,
    });
    assert.equal(assertBloomFilters(bytes, readPages(bytes)), schema.fields.length - none);
  }
});

for (const writerVersion of ["1.0", "2.0"] as const) {
  test(`FAULTS 37: no false negative after fallback in data pages ${writerVersion}`, async () => {
    const texts = Array.from({ length: 4000 }, (_, i) => `text ${i < 2000 ? i % 40 : i}`);
    const bytes = await write(vectorFromArray(texts, new Utf8()), {
      writerVersion,
      dictionaryPageSizeLimit: 5000,
      dataPageRowCountLimit: 500,
    });
    const encodings = readPages(bytes).rowGroups[0]!.chunks[0]!.pages.map((page) => page.encoding);
    assert.deepEqual([...new Set(encodings)].length, 2, "a dictionary that was given up");
    const asked = [0, 39, 2000, 2500, 3999].map((i) => `'text ${i}'`);
    assert.deepEqual(await excluded(bytes, asked), asked.map(() => false));
    assert.deepEqual(await excluded(bytes, ["'no such text'"]), [true]);
  });
}

test("FAULTS 37: Int8 and UInt8 are hashed as the INT32 that is written", async () => {
  const small = Array.from({ length: 90 }, (_, i) => i - 45);
  const signed = await write(vectorFromArray(small, new Int8()));
  assert.deepEqual(
    await excluded(signed, ["-45::TINYINT", "(-1)::TINYINT", "44::TINYINT"]),
    [false, false, false],
  );
  assert.deepEqual(await excluded(signed, ["100::TINYINT"]), [true]);
  const large = Array.from({ length: 90 }, (_, i) => 255 - i);
  const unsigned = await write(vectorFromArray(large, new Uint8()));
  assert.deepEqual(await excluded(unsigned, ["255::UTINYINT", "200::UTINYINT"]), [false, false]);
  assert.deepEqual(await excluded(unsigned, ["7::UTINYINT"]), [true]);
});

test("FAULTS 37: −0 is found by 0 and 0 by −0, in a dictionary and out of it", async () => {
  const ask = ["0.0::DOUBLE", "'-0.0'::DOUBLE"];
  for (const dictionaryEnabled of [true, false]) {
    for (const zero of [0, -0]) {
      const floats = Array.from({ length: 300 }, (_, i) => i === 170 ? zero : 1 + i % 9);
      const bytes = await write(vectorFromArray(floats, new Float64()), {
        dictionaryEnabled,
        bloomFilterFpp: 0.0001,
      });
      assert.deepEqual(await excluded(bytes, ask), [false, false]);
      assert.deepEqual(await excluded(bytes, ["77.0::DOUBLE"]), [true]);
    }
    const without = Array.from({ length: 300 }, (_, i) => 1 + i % 9);
    const bytes = await write(vectorFromArray(without, new Float64()), { dictionaryEnabled });
    assert.deepEqual(await excluded(bytes, ask), [true, true]);
  }
});

test("FAULTS 37: NaN is found whatever its payload", async () => {
  const data = BigUint64Array.from(
    { length: 100 },
    (_, i) => i === 50 ? 0x7ff0000000000abcn : 0x3ff0000000000000n + BigInt(i),
  );
  const bytes = await write(makeVector(new Float64Array(data.buffer)), { bloomFilterFpp: 0.0001 });
  assert.deepEqual(await excluded(bytes, ["'NaN'::DOUBLE"]), [false]);
});

test("FAULTS 37: of an Arrow dictionary, the filter has what is used and only that", async () => {
  const values = vectorFromArray(Array.from({ length: 40 }, (_, i) => `entry ${i}`), new Utf8());
  const dictionary = vectorFromArray(
    Array.from({ length: 500 }, (_, i) => `entry ${i % 30}`),
    new Dictionary(values.type, new Int32()),
  );
  for (const dictionaryPageSizeLimit of [100, 1024 * 1024]) {
    const bytes = await write(dictionary, { dictionaryPageSizeLimit, bloomFilterFpp: 0.0001 });
    assert.deepEqual(await excluded(bytes, ["'entry 0'", "'entry 29'"]), [false, false]);
    assert.deepEqual(await excluded(bytes, ["'entry 35'"]), [true]);
  }
});

test("a Bloom filter is as large as its distinct values need, or as bloomFilterNdv says", async () => {
  const column = (distinct: number) =>
    vectorFromArray(Array.from({ length: 20_000 }, (_, i) => BigInt(i % distinct)), new Int64());
  for (const dictionaryEnabled of [true, false]) {
    const sizes = [];
    for (const distinct of [10, 1000, 20_000]) {
      sizes.push(filterBytes(await write(column(distinct), { dictionaryEnabled })));
    }
    assert.deepEqual(sizes, [32, 1024, 32_768]);
    const given = await write(column(10), { dictionaryEnabled, bloomFilterNdv: 20_000 });
    assert.equal(filterBytes(given), 32_768);
  }
  const fine = await write(column(1000), { bloomFilterFpp: 0.001 });
  assert.ok(filterBytes(fine) >= 2048);
});

test("columns without values, of booleans and of nulls have no Bloom filter", async () => {
  for (
    const [values, type] of [
      [[true, false, null], new Bool()],
      [[null, null], new Null()],
      [[null, null], new Int32()],
    ] as const
  ) {
    const bytes = await write(vectorFromArray([...values], type as DataType));
    assert.equal(assertBloomFilters(bytes, readPages(bytes)), 0);
  }
});

test("a Bloom filter that a column cannot have is refused where it is asked for by name", async () => {
  const table = new Table({ flag: vectorFromArray([true, false], new Bool()) });
  await assert.rejects(
    toParquet(table, { columns: { flag: { bloomFilterEnabled: true } } }),
    (error) => error instanceof TypeError && /"flag".*BOOLEAN/.test(error.message),
  );
  await toParquet(table, { columns: { flag: { bloomFilterEnabled: false } } });
});

test("profile compat leaves out Bloom filters by which a reader loses rows", async () => {
  const columns = {
    number: vectorFromArray([1, 2, 3], new Int32()),
    text: vectorFromArray(["a", "b", "c"], new Utf8()),
    bytes: vectorFromArray([1, 2, 3].map((n) => Uint8Array.of(n, 255)), LEAVES["binary"]!()),
    fixed: vectorFromArray(
      [1, 2, 3].map((n) => Uint8Array.of(n, 2, 3, 4, 5)),
      LEAVES["fixedSizeBinary"]!(),
    ),
    half: vectorFromArray([1, 2, 3], new Float16()),
  };
  const names = async (options: WriterOptions) => {
    const bytes = await toParquet(new Table(columns), { ...options, bloomFilterEnabled: true });
    const { chunks } = readPages(bytes).rowGroups[0]!;
    return chunks.filter((chunk) => bloomFilterOf(bytes, chunk) !== null)
      .map(({ path }) => path.join("."));
  };
  assert.deepEqual(await names({}), ["number", "text", "bytes", "fixed", "half"]);
  // Half floats are floats there.
  assert.deepEqual(await names({ profile: "compat" }), ["number", "text", "half"]);
});
