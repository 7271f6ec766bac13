/**
 * Compares sizes on the realistic tables: `profile: "small"` with the default, with other writers at their best settings, and with
 * the best of all encodings: `npm run bench:sizes [-- --table NAME]… [--scale N] [--output FOLDER]`. With `--newest-encodings`, the
 * small files have those that the DuckDB of npm (1.5) refuses.
 *
 * All at zstd 1. What is written is verified; where Python has pyarrow, it has to read the same values in the default file and the
 * small one, and so have polars and DuckDB, if Python has them.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { findRuntime, ROOT } from "../scripts/runtimes.mjs";
import { SUITES } from "./suites.mjs";
import { runWriter, WRITERS } from "./writers.mjs";

const TABLES = [...new Set(SUITES.real().map(({ table }) => table))];
const PEERS = ["DuckDB", "pyarrow", "polars", "arrow-rs"];
const PYTHON = process.env.PYTHON ?? "python3";

const { values: options } = parseArgs({
  options: {
    table: { type: "string", multiple: true, default: TABLES },
    scale: { type: "string", default: "1" },
    output: { type: "string", default: join(ROOT, "bench", "results") },
    "newest-encodings": { type: "boolean", default: false },
  },
});
const node = findRuntime("node");
const inNode = (file, ...args) => [node.binary, ...node.run, join(ROOT, file), ...args];
const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

function run([file, ...args]) {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

function tablePath(name) {
  const folder = join(ROOT, "bench", "data", `scale-${options.scale}`);
  const path = join(folder, `${name}.arrows`);
  if (!existsSync(path)) {
    run(inNode("bench/tables/make_tables.ts", folder, "--scale", options.scale, name));
  }
  return path;
}

function commandOf(writer) {
  try {
    return WRITERS[writer]();
  } catch (error) {
    console.error(`without ${writer}: ${error.message}`);
    return null;
  }
}

const ours = WRITERS["parquet-ext"]();
const peers = PEERS.map((name) => [name, commandOf(name)]).filter(([, command]) =>
  command !== null
);
const hasPyarrow = spawnSync(PYTHON, ["-c", "import pyarrow"]).status === 0;

async function measure(table) {
  const folder = mkdtempSync(join(tmpdir(), "parquet-sizes-"));
  const job = {
    input: tablePath(table),
    rowGroupRows: 1_048_576,
    codec: "zstd",
    level: 1,
    repeats: 3,
  };
  const write = async (command, name, own) => {
    const output = join(folder, `${name}.parquet`);
    const { cpu } = await runWriter(command, { ...job, output, ...(own && { own }) });
    return { output, bytes: statSync(output).size, cpu: Math.min(...cpu) };
  };
  const plain = await write(ours, "default");
  const small = await write(ours, "small", {
    profile: "small",
    newestEncodings: options["newest-encodings"],
  });
  for (const { output } of [plain, small]) {
    run(inNode("src/cli/main.ts", "verify", "--quiet", output));
  }
  if (hasPyarrow) {
    run([PYTHON, join(ROOT, "bench/peers/same_values.py"), plain.output, small.output]);
  }
  const others = {};
  for (const [name, command] of peers) {
    const own = name === "DuckDB" ? { parquet: plain.output, v2: true } : undefined;
    others[name] = (await write(command, name, own)).bytes;
  }
  const text = run(inNode("bench/peers/exhaustive.ts", JSON.stringify(job)));
  const exhaustive = JSON.parse(text.trim().split("\n").at(-1));
  rmSync(folder, { recursive: true, force: true });
  return { table, plain, small, others, exhaustive };
}

const measured = [];
for (const table of options.table) {
  console.error(table);
  measured.push(await measure(table));
}
const ratio = (value) => value.toFixed(3);
const leastOf = ({ others }) => Math.min(...Object.values(others));
const names = peers.map(([name]) => name);
const rows = measured.map((one) => [
  one.table,
  one.small.bytes,
  ratio(one.small.bytes / leastOf(one)),
  ratio(one.small.bytes / one.exhaustive.bytes),
  ratio(one.small.bytes / one.exhaustive.allBytes),
  ratio(one.small.bytes / one.plain.bytes),
  (one.small.cpu / one.plain.cpu).toFixed(2),
  ...names.map((name) => ratio(one.small.bytes / one.others[name])),
]);
const titles = [
  "table",
  "small, bytes",
  "/ smallest peer",
  "/ best encodings that readers open",
  "/ best of all encodings",
  "/ default",
  "CPU time / default",
  ...names.map((name) => `/ ${name}`),
];
const medians = titles.slice(2).map((_, i) => ratio(median(rows.map((row) => Number(row[i + 2])))));
const report = `# Sizes

\`profile: "small"\`${
  options["newest-encodings"] ? " with `newestEncodings: true`" : ""
} at zstd 1, DuckDB as Parquet V2; a ratio is ours / theirs.

${
  [titles, titles.map((_, i) => i === 0 ? "---" : "--:"), ...rows, ["median", "", ...medians]]
    .map((row) => `| ${row.join(" | ")} |`).join("\n")
}
`;
mkdirSync(options.output, { recursive: true });
writeFileSync(join(options.output, "sizes.md"), report);
console.log(report);
