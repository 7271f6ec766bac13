/**
 * Writes the benchmarks' tables as Arrow IPC streams, the same input for every writer:
 * `make_tables.ts FOLDER [--scale N] [NAME…]`. Files that are there stay.
 *
 * Streams, since a dictionary may change from batch to batch there.
 *
 * @module
 */

import { RecordBatchStreamWriter } from "apache-arrow";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { benchTable, REAL_TABLES } from "./bench_tables.ts";

const { values: { scale }, positionals: [folder, ...names] } = parseArgs({
  options: { scale: { type: "string", default: "1" } },
  allowPositionals: true,
});
if (folder === undefined) throw new TypeError("Usage: make_tables.ts FOLDER [--scale N] [NAME…]");
mkdirSync(folder, { recursive: true });
for (const name of names.length > 0 ? names : REAL_TABLES) {
  const path = join(folder, `${name}.arrows`);
  if (existsSync(path)) continue;
  const writer = new RecordBatchStreamWriter();
  for (const batch of benchTable(name, Number(scale))) writer.write(batch);
  writer.finish();
  const bytes = await writer.toUint8Array();
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
  console.log(`${name}: ${(bytes.length / 1e6).toFixed(0)} MB`);
}
process.exit(0);
