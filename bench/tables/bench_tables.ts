/**
 * The tables by their names: the realistic ones, those of the seed, and those of the micro suite.
 *
 * @module
 */

import { type RecordBatch, tableFromIPC } from "apache-arrow";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readParquet } from "parquet-wasm";
import { chainLogs, chainTransactions } from "./chain.ts";
import { batchesOf, type Column, type TextLayout } from "./columns.ts";
import { embeddings, events, random, sorted } from "./others.ts";
import { MICRO_ROWS, microTable } from "./micro.ts";
import { type SchemaKind, seedBatches, seedSchema } from "./seed_data.ts";
import { telemetry } from "./telemetry.ts";
import { lineitem, orders } from "./tpch.ts";
import { webLog } from "./web_log.ts";

interface Generated {
  /** At scale 1, where the table takes 20 to 150 MB of Arrow data. */
  readonly rows: number;
  readonly layout: TextLayout;
  readonly columns: (layout: TextLayout) => Column[];
}

/** Polars and pandas hand out LargeUtf8, DuckDB Utf8, readers of Parquet dictionaries, Arrow C++ and Rust engines views. */
const GENERATED: Readonly<Record<string, Generated>> = {
  lineitem: { rows: 600_000, layout: "utf8", columns: lineitem },
  lineitem_large: { rows: 600_000, layout: "largeUtf8", columns: lineitem },
  lineitem_view: { rows: 600_000, layout: "utf8View", columns: lineitem },
  lineitem_dictionary: { rows: 600_000, layout: "dictionary", columns: lineitem },
  orders: { rows: 600_000, layout: "largeUtf8", columns: orders },
  weblog100: { rows: 150_000, layout: "utf8", columns: webLog },
  telemetry: { rows: 800_000, layout: "dictionary", columns: telemetry },
  chain_logs: { rows: 300_000, layout: "utf8", columns: chainLogs },
  chain_tx: { rows: 300_000, layout: "utf8", columns: chainTransactions },
  events: { rows: 400_000, layout: "utf8", columns: events },
  embeddings: { rows: 60_000, layout: "utf8", columns: embeddings },
  random: { rows: 1_000_000, layout: "utf8", columns: random },
  sorted: { rows: 1_000_000, layout: "utf8", columns: sorted },
};

/** Names of the realistic tables. */
export const REAL_TABLES: readonly string[] = ["flights", ...Object.keys(GENERATED)];

/**
 * The batches of a table. Realistic ones are made at `scale` times their usual size; `flights` has the size that it has, and the
 * names of the others say theirs: `simple_10_1000` are 10 columns and 1,000 rows, `micro_…` have 4,096.
 */
export function benchTable(name: string, scale = 1): Iterable<RecordBatch> {
  if (name === "flights") return flights();
  const seed = /^(simple|complex)_(\d+)_(\d+)$/.exec(name);
  if (seed !== null) {
    return seedBatches(seedSchema(seed[1] as SchemaKind, Number(seed[2])), Number(seed[3]));
  }
  if (name.startsWith("micro_")) return batchesOf(microTable(name.slice(6)), MICRO_ROWS);
  const generated = GENERATED[name];
  if (generated === undefined) throw new TypeError(`There is no table "${name}"`);
  const { rows, layout, columns } = generated;
  return batchesOf(columns(layout), Math.ceil(rows * scale));
}

/** Three million flights, from the package vega-datasets. */
function flights(): Iterable<RecordBatch> {
  const path = new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url);
  return tableFromIPC(readParquet(readFileSync(fileURLToPath(path))).intoIPCStream()).batches;
}
