/**
 * How soon a program has its first file: from the start of its process to a finished file of 1,000 rows; import, the first file of 1,000
 * rows, and that of 10 columns × 1M rows, on each runtime, process by process, in turns. `npm run bench -- --suite start [--writer NAME]… [--rounds N]`.
 *
 * Of parquet-ext the package is measured in Node and Bun as npm has it, in Deno as JSR has it, and there the sources as well.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findRuntimes, ROOT } from "../scripts/runtimes.mjs";
import { runWriter, WRITERS } from "./writers.mjs";

const SCRIPT = join(ROOT, "bench", "peers", "start.ts");
const ROWS_SCRIPT = join(ROOT, "bench", "peers", "start_rows.mjs");
const RUNTIMES = ["node", "deno", "bun"];
const PEERS = ["parquet-ext", "parquet-wasm", "hyparquet-writer"];
/** Warm files of a process, beside its first one. */
const WARM = 4;

/** Name → table, codec, and files of a process. */
const CASES = {
  "1,000 rows": { table: "simple_10_1000", codec: "zstd", files: 1 },
  "simple 10 × 1M": { table: "simple_10_1000000", codec: "uncompressed", files: 1 + WARM },
  "complex 10 × 1M": { table: "complex_10_1000000", codec: "uncompressed", files: 1 + WARM },
};

/** The case of whole processes. */
const PROCESS = "Process to file, 1,000 rows";

/** Tables that the suite needs. */
export const START_TABLES = Object.values(CASES).map(({ table }) => table);

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const figure = (value) => value < 10 ? value.toFixed(1) : value.toFixed(0);

function table(titles, rows) {
  return [titles, titles.map((_, i) => i === 0 ? "---" : "--:"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Runs a writer in a process of its own. `null`: it cannot do that here. */
async function start({ binary, run }, job) {
  try {
    return await runWriter([binary, ...run, SCRIPT], job);
  } catch (error) {
    console.error(`  without ${job.writer}: ${error.message.slice(0, 160)}`);
    return null;
  }
}

/** Milliseconds from the start of a process that writes 1,000 rows to a file to its end. `null`: the writer is not for this runtime. */
function wholeProcess({ binary, run }, writer, entry, output) {
  const started = performance.now();
  const { status, stderr } = spawnSync(binary, [...run, ROWS_SCRIPT, writer, entry, output], {
    encoding: "utf8",
  });
  const took = performance.now() - started;
  if (status === 0) return took;
  console.error(`  without ${writer}: ${stderr.slice(0, 160)}`);
  return null;
}

function build() {
  const { status } = spawnSync(process.execPath, [join(ROOT, "scripts", "build.mjs")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("Cannot build the package");
}

/** The first file of an arrow-rs process; `null`: it is not here. */
async function startNative(command, input) {
  if (command === null) return null;
  const job = { input, rowGroupRows: 1_048_576, codec: "uncompressed", repeats: 1 + WARM };
  return { imported: 0, files: (await runWriter(command, job)).milliseconds };
}

/**
 * Measures, and gives the text.
 *
 * @param {{ writers: string[], filter: string, rounds: number, tables: Record<string, string>, machine: string, built: boolean }} options
 * `filter`: part of the name of a case. `tables`: path by name. `built`: the package is built as it is to be measured.
 */
export async function benchStart({ writers, filter, rounds, tables, machine, built }) {
  if (!built) build();
  const entry = {
    node: pathToFileURL(join(ROOT, "dist", "index.js")).href,
    bun: pathToFileURL(join(ROOT, "dist", "index.js")).href,
    deno: pathToFileURL(join(ROOT, "dist", "jsr", "index.js")).href,
  };
  const sources = pathToFileURL(join(ROOT, "mod.ts")).href;
  const folder = mkdtempSync(join(tmpdir(), "parquet-start-"));
  const runtimes = findRuntimes().toSorted((a, b) =>
    RUNTIMES.indexOf(a.name) - RUNTIMES.indexOf(b.name)
  );
  const cases = Object.entries(CASES).filter(([name]) => name.includes(filter));
  const peers = PEERS.filter((name) => writers.includes(name));
  const native = nativeCommand(writers);
  const results = new Map();
  const keep = (name, key, result) => {
    if (result === null) return;
    const by = results.get(name) ?? new Map();
    results.set(name, by);
    by.set(key, [...(by.get(key) ?? []), result]);
  };
  const failed = new Set();
  const processes = new Map();
  // The first round fills caches of runtimes, and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const runtime of PROCESS.includes(filter) ? runtimes : []) {
      const writers = ["none", ...peers].map((name) => [name, entry[runtime.name]]);
      if (runtime.name === "deno") writers.push(["parquet-ext", sources]);
      for (const [writer, from] of writers) {
        const which = writer === "parquet-ext" && from === sources ? " (sources)" : "";
        const key = `${writer}${which} on ${runtime.name}`;
        if (failed.has(key)) continue;
        const took = wholeProcess(runtime, writer, from, join(folder, "rows.parquet"));
        if (took === null) failed.add(key);
        else if (round >= 0) processes.set(key, [...(processes.get(key) ?? []), took]);
      }
    }
    for (const [name, { table, codec, files }] of cases) {
      console.error(`${name}, round ${round + 1}`);
      for (const runtime of runtimes) {
        // hyparquet-writer takes ten seconds for a million rows.
        for (const writer of peers.filter((name) => files === 1 || name !== "hyparquet-writer")) {
          const key = `${writer} on ${runtime.name}`;
          if (failed.has(`${name} ${key}`)) continue;
          const job = {
            writer,
            entry: entry[runtime.name],
            input: tables[table],
            codec,
            files,
          };
          const result = await start(runtime, job);
          if (result === null) failed.add(`${name} ${key}`);
          if (round >= 0) keep(name, key, result);
        }
      }
      if (round >= 0 && files > 1) {
        keep(name, "arrow-rs", await startNative(native, tables[table]));
      }
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return text(results, processes, { rounds, machine });
}

function nativeCommand(writers) {
  if (!writers.includes("arrow-rs")) return null;
  try {
    return WRITERS["arrow-rs"]();
  } catch (error) {
    console.error(`without arrow-rs: ${error.message}`);
    return null;
  }
}

/** Whole processes: milliseconds, and how they compare with hyparquet-writer's of the same runtime. */
function processTable(processes) {
  const rows = [...processes].map(([key, took]) => {
    const peer = processes.get(key.replace(/^.* on /, "hyparquet-writer on "));
    const times = peer === undefined
      ? ""
      : [Math.min(...took) / Math.min(...peer), median(took) / median(peer)]
        .map((time) => time.toFixed(2)).join(" / ");
    return [key, figure(Math.min(...took)), figure(median(took)), times];
  });
  return table(["process", "best", "median", "/ hyparquet-writer: best, medians"], rows);
}

function text(results, processes, { rounds, machine }) {
  const sections = [...results].map(([name, by]) => {
    const rows = [...by].map(([key, processes]) => {
      const imports = processes.map(({ imported }) => imported);
      const firsts = processes.map(({ files }) => files[0]);
      const warm = processes.flatMap(({ files }) => files.slice(1));
      const own = [key, figure(Math.min(...imports)), figure(median(imports))];
      const first = [figure(Math.min(...firsts)), figure(median(firsts))];
      if (warm.length === 0) return [...own, ...first];
      const times = [
        Math.min(...firsts) / Math.min(...warm),
        median(firsts) / median(warm),
      ];
      return [
        ...own,
        ...first,
        figure(median(warm)),
        times.map((time) => time.toFixed(2)).join(" / "),
      ];
    });
    const titles = ["writer", "import: best", "median", "first file: best", "median"];
    if (CASES[name].files > 1) titles.push("warm: median", "first / warm: best, medians");
    return `## ${name}, ${CASES[name].codec}\n\n${table(titles, rows)}\n`;
  });
  const whole = processes.size === 0 ? "" : `## ${PROCESS}

From the start of a process to its end: it makes 1,000 rows of 10 columns, imports the writer, and writes them to a file, with the codec that the writer takes by itself. "none": all but the writer.

${processTable(processes)}

`;
  return `# start

${rounds} rounds, process by process, in turns, on ${machine}. Milliseconds. Import: what \`import()\` of the writer takes once the runtime, Arrow JS and the table are there.

${whole}${sections.join("\n")}`;
}
