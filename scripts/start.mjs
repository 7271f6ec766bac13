/**
 * `npm start`: converts real data to Parquet on Deno, Bun and Node, and has DuckDB read what was written.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { DuckDBInstance } from "@duckdb/node-api";
import { findRuntimes, ROOT } from "./runtimes.mjs";

const INPUT = join(ROOT, "node_modules", "vega-datasets", "data", "flights-200k.arrow");
const FOLDER = join(ROOT, ".cache", "start");

const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
const count = (number) => Number(number).toLocaleString("en");

/** Prints rows of text in columns; all but the first column are numbers. */
function table(titles, rows) {
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i].length))
  );
  for (const row of [titles, ...rows]) {
    const cells = row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
    console.log(`  ${cells.join("  ")}`);
  }
}

/** Converts with one runtime; gives its figures and where the file is. */
function convert({ name, binary, run }) {
  const output = join(FOLDER, `flights-200k.${name}.parquet`);
  const args = [...run, join("scripts", "convert_repeatedly.ts"), INPUT, output];
  const { status, stdout, stderr, error } = spawnSync(binary, args, {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.trim()}`);
  return { output, ...JSON.parse(stdout) };
}

async function query(connection, sql) {
  const reader = await connection.runAndReadAll(sql);
  return { titles: reader.columnNames(), rows: reader.getRows() };
}

if (!existsSync(INPUT)) throw new Error(`Cannot find ${INPUT}: run "npm install" first`);
mkdirSync(FOLDER, { recursive: true });

console.log(`${relative(ROOT, INPUT)}: ${mebibytes(statSync(INPUT).size)} of Arrow IPC\n`);
const runtimes = findRuntimes();
const summaries = runtimes.map((runtime) => convert(runtime));
const throughput = (bytes, milliseconds) =>
  `${(bytes / 2 ** 20 / milliseconds * 1000).toFixed(0)} MiB/s`;
table(
  ["runtime", "rows", "in", "out", "first file", "next files", "throughput", "workers"],
  summaries.map((summary, i) => [
    `${runtimes[i].name} ${runtimes[i].version}`,
    count(summary.rows),
    mebibytes(summary.bytesIn),
    mebibytes(summary.bytesOut),
    `${summary.firstMilliseconds.toFixed(0)} ms`,
    `${summary.medianMilliseconds.toFixed(1)} ms`,
    throughput(summary.bytesIn, summary.medianMilliseconds),
    String(summary.workers),
  ]),
);

const files = summaries.map(({ output }) => `'${output.replaceAll("'", "''")}'`).join(", ");
const connection = await (await DuckDBInstance.create(":memory:")).connect();
console.log("\nDuckDB over the three files: flights and their delay by distance\n");
const SQL = `
  SELECT
    500 * floor(distance / 500)::INTEGER AS from_miles,
    count(*) AS flights,
    round(avg(delay), 2) AS mean_delay,
    max(delay) AS largest_delay
  FROM read_parquet([${files}])
  WHERE distance < 2500
  GROUP BY 1 ORDER BY 1`;
const { titles, rows } = await query(connection, SQL);
table(titles, rows.map((row) => row.map((value) => String(value))));

const { rows: [[different]] } = await query(
  connection,
  `SELECT count(DISTINCT (n, d, m, t)) - 1 FROM (
    SELECT filename, count(*) AS n, sum(delay) AS d, sum(distance) AS m, sum(time) AS t
    FROM read_parquet([${files}], filename = true) GROUP BY filename)`,
);
if (Number(different) !== 0) throw new Error("The three files hold different values");
console.log(`\nAll three files hold the same values: ${relative(ROOT, FOLDER)}`);
process.exit(0);
