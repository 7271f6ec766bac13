/** The one gate that every written file goes through. */

import assert from "node:assert/strict";
import type { ExpectedColumn } from "./arrow_values.ts";
import { assertBloomFilters } from "./bloom_filters.ts";
import { withFile } from "./duckdb.ts";
import { assertPredicates } from "./duckdb_predicates.ts";
import { inDuckDB, isKnownToDuckDB, readWithDuckDB, refusedByDuckDB } from "./duckdb_reader.ts";
import { readPlainlyWithHyparquet, readWithHyparquet } from "./hyparquet_reader.ts";
import { readPages } from "./page_decoder.ts";
import { isKnownToParquetWasm, readWithParquetWasm } from "./parquet_wasm_reader.ts";
import { assembleColumns } from "./parquet_assembler.ts";
import { assertValues, withoutNaNPayload } from "./values.ts";
import { verified } from "./verified.ts";

/** Readers that a file may be kept from, with the reason at the call. */
export interface AssertReadableOptions {
  /** Readers that are known to fail on what is written, for a reason of their own. */
  readonly except?:
    readonly ("verifier" | "hyparquet" | "duckdb" | "parquet-wasm" | "predicates")[];
}

/**
 * Asserts that the verifier finds nothing, and that every reader reads the file and gets exactly the expected values.
 *
 * Our own naive decoder compares every bit; parquet-wasm too; hyparquet and DuckDB all but payloads of NaN.
 */
export async function assertReadable(
  bytes: Uint8Array,
  expected: readonly ExpectedColumn[],
  { except = [] }: AssertReadableOptions = {},
): Promise<void> {
  const fields = expected.map(({ field }) => field);
  const named = (reader: string, i: number) => `${reader}, column "${fields[i]!.name}"`;

  const file = readPages(except.includes("verifier") ? bytes : await verified(bytes));
  assertBloomFilters(bytes, file);
  const own = assembleColumns(file, fields);
  expected.forEach(({ values }, i) => assertValues(own[i]!, values, named("page decoder", i)));

  const hasArrowSchema = file.keyValueMetadata.has("ARROW:schema");
  const isKnown = fields.every(({ type }) => isKnownToParquetWasm(type, hasArrowSchema));
  if (!except.includes("parquet-wasm") && isKnown) {
    const columns = readWithParquetWasm(bytes, fields);
    expected.forEach(({ values }, i) =>
      assertValues(columns[i]!, values, named("parquet-wasm", i))
    );
  }
  if (!except.includes("hyparquet")) {
    const columns = await readWithHyparquet(bytes, fields);
    expected.forEach(({ values }, i) =>
      assertValues(
        columns[i]!.map(withoutNaNPayload),
        values.map(withoutNaNPayload),
        named("hyparquet", i),
      )
    );
  }
  if (!except.includes("duckdb")) {
    const refused = refusedByDuckDB(file);
    const readable = expected.filter(({ field }) => !refused.has(field.name));
    // A query of no column at all is none.
    if (readable.length === 0) return;
    await withFile(bytes, async (path) => {
      const names = [...refused];
      const columns = await readWithDuckDB(path, readable.map(({ field }) => field), names);
      readable.forEach(({ field: { type }, values }, i) => {
        if (!isKnownToDuckDB(type)) return;
        assertValues(columns[i]!, values.map((value) => inDuckDB(type, value)), named("DuckDB", i));
      });
      if (!except.includes("predicates")) await assertPredicates(bytes, path, readable);
    });
  }
}

/** Asserts that the verifier finds nothing, and that hyparquet, used as its README says, reads as many rows. */
export async function assertRows(bytes: Uint8Array, rows: number): Promise<void> {
  assert.equal((await readPlainlyWithHyparquet(await verified(bytes))).length, rows);
}
