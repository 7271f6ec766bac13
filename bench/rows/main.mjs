/**
 * Rows to Parquet: this library against what else takes rows, process by process, in turns.
 *
 * `node bench/rows/main.mjs [--shape NAME]… [--writer NAME]… [--rounds N] [--seconds N]` writes Markdown to `bench/results/rows.md`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findRuntime, ROOT } from "../../scripts/runtimes.mjs";

const SHAPES = [
  "flat numbers",
  "strings, few values",
  "strings, many values",
  "nested",
  "wide, 100 columns",
];
const WRITERS = [
  "parquet-ext",
  "parquet-ext, inferred",
  "tableFromJSON + parquet-ext",
  "hyparquet-writer",
  "@dsnp/parquetjs",
  "DuckDB appender",
];

const { values } = parseArgs({
  options: {
    shape: { type: "string", multiple: true, default: SHAPES },
    writer: { type: "string", multiple: true, default: WRITERS },
    rounds: { type: "string", default: "2" },
    seconds: { type: "string", default: "3" },
  },
});
const { binary, version } = findRuntime("node");

const results = new Map();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const shape of values.shape) {
    for (const writer of values.writer) {
      const { status, stdout, stderr } = spawnSync(
        binary,
        [
          "--max-old-space-size=8192",
          join(ROOT, "bench/rows/job.ts"),
          writer,
          shape,
          values.seconds,
        ],
        { encoding: "utf8", cwd: ROOT },
      );
      const key = `${shape} / ${writer}`;
      if (status !== 0) {
        console.error(`${key} failed: ${stderr.trim().split("\n").slice(-12).join("\n")}`);
        continue;
      }
      const result = JSON.parse(stdout);
      const before = results.get(key);
      if (before === undefined || result.median < before.median) results.set(key, result);
      console.error(
        `${key}: ${result.median.toFixed(0)} ms (best ${result.best.toFixed(0)}, CPU ${
          result.cpu.toFixed(0)
        })`,
      );
    }
  }
}

const lines = [
  `Rows to Parquet with snappy on Node ${version}, medians; wall-clock time. MiB are of the rows as JSON.`,
  "",
  "| rows | writer | ms | rows/s | MiB/s | CPU ms | file | time, parquet-ext = 1 |",
  "|---|---|---|---|---|---|---|---|",
];
for (const shape of values.shape) {
  const own = results.get(`${shape} / parquet-ext`);
  for (const writer of values.writer) {
    const result = results.get(`${shape} / ${writer}`);
    if (result === undefined) {
      lines.push(`| ${shape} | ${writer} | – | – | – | – | – | – |`);
      continue;
    }
    const seconds = result.median / 1000;
    lines.push(
      `| ${result.rows} × ${shape} | ${writer} | ${result.median.toFixed(0)} | ${
        Math.round(result.rows / seconds).toLocaleString("en")
      } | ${(result.inputBytes / seconds / 2 ** 20).toFixed(0)} | ${result.cpu.toFixed(0)} | ${
        result.bytes.toLocaleString("en")
      } | ${own === undefined ? "–" : (result.median / own.median).toFixed(2)} |`,
    );
  }
}
mkdirSync(join(ROOT, "bench/results"), { recursive: true });
writeFileSync(join(ROOT, "bench/results/rows.md"), `${lines.join("\n")}\n`);
console.log(lines.join("\n"));
