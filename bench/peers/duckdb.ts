/**
 * DuckDB, from a table of its own, which is made beforehand from a Parquet file of the same rows (`own.parquet`): it reads no
 * Arrow without an extension.
 *
 * @module
 */

import { DuckDBInstance } from "@duckdb/node-api";
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { job, run } from "./job.ts";

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run("SET threads = 2; SET preserve_insertion_order = true");
await connection.run(
  `CREATE TABLE input AS SELECT * FROM read_parquet(${quoted(String(job.own?.["parquet"]))})`,
);
const folder = mkdtempSync(join(tmpdir(), "duckdb-bench-"));
const path = join(folder, "out.parquet");
const options = [
  "FORMAT parquet",
  `CODEC ${job.codec}`,
  ...(job.codec === "zstd" ? [`COMPRESSION_LEVEL ${job.level ?? 1}`] : []),
  `ROW_GROUP_SIZE ${job.rowGroupRows}`,
  `PARQUET_VERSION ${job.version === "2.0" || job.own?.["v2"] === true ? "V2" : "V1"}`,
].join(", ");
let first = job.output !== undefined;

await run(async () => {
  await connection.run(`COPY input TO ${quoted(path)} (${options})`);
  const { size } = statSync(path);
  if (first) copyFileSync(path, job.output!);
  first = false;
  rmSync(path);
  return size;
});
rmSync(folder, { recursive: true, force: true });
