/**
 * Compares writers on the same Arrow IPC streams with equal settings, process by process, in turns:
 * `npm run bench -- [--suite NAME]… [--writer NAME]… [--filter TEXT] [--rounds N] [--scale N] [--output FOLDER] [--built]`.
 *
 * With `--built` the suite `start` measures the package as it was built last.
 *
 * Machines have two speeds, by their neighbours: rounds are interleaved, and best is compared with best beside the medians. What
 * a writer makes is read by DuckDB, and by the verifier where it is ours, before anything is timed.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { findRuntime, ROOT } from "../scripts/runtimes.mjs";
import { report } from "./report.mjs";
import { benchStart, START_TABLES } from "./start.mjs";
import { SUITES } from "./suites.mjs";
import { runWriter, WRITERS } from "./writers.mjs";

const OURS = "parquet-ext";

/** Writers whose files hold other types, so that only rows are counted: ClickHouse has its own, hyparquet-writer takes Dates. */
const OTHER_TYPES = ["ClickHouse", "hyparquet-writer"];

const { values: options } = parseArgs({
  options: {
    suite: { type: "string", multiple: true, default: [...Object.keys(SUITES), "start"] },
    writer: { type: "string", multiple: true, default: Object.keys(WRITERS) },
    filter: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
    output: { type: "string", default: join(ROOT, "bench", "results") },
    built: { type: "boolean", default: false },
  },
});

/** Makes the tables that are missing; gives the path of each. */
function makeTables(names) {
  const folder = join(ROOT, "bench", "data", `scale-${options.scale}`);
  const { binary, run } = findRuntime("node");
  const script = join(ROOT, "bench", "tables", "make_tables.ts");
  const missing = names.filter((name) => !existsSync(join(folder, `${name}.arrows`)));
  if (missing.length > 0) {
    const args = [...run, script, folder, "--scale", options.scale, ...missing];
    const { status } = spawnSync(binary, args, { stdio: "inherit" });
    if (status !== 0) throw new Error(`Cannot make the tables: ended with ${status}`);
  }
  return Object.fromEntries(names.map((name) => [name, join(folder, `${name}.arrows`)]));
}

/** The writers that are here, with their commands. */
function findWriters() {
  const found = new Map();
  for (const name of options.writer) {
    if (!Object.hasOwn(WRITERS, name)) {
      throw new TypeError(`Unknown writer "${name}": one of ${Object.keys(WRITERS).join(", ")}`);
    }
    try {
      found.set(name, WRITERS[name]());
    } catch (error) {
      console.error(`without ${name}: ${error.message}`);
    }
  }
  return found;
}

const connection = await (await DuckDBInstance.create(":memory:")).connect();

/** What DuckDB reads in a file: the rows, and a sum over the values of each column as text, or the rows alone. */
async function contents(path, withValues) {
  // Binary columns that are called text cannot be read, but counted.
  const from = `read_parquet('${path.replaceAll("'", "''")}')`;
  if (!withValues) {
    const rows = await connection.runAndReadAll(`SELECT count(*) FROM ${from}`);
    return rows.getRowsJson()[0][0];
  }
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
  const sums = described.getRows().map(([name]) => {
    const column = `"${String(name).replaceAll('"', '""')}"`;
    return `sum(hash(CAST(${column} AS VARCHAR)))`;
  });
  const rows = await connection.runAndReadAll(`SELECT count(*), ${sums.join(", ")} FROM ${from}`);
  return rows.getRowsJson()[0].join(" ");
}

function verify(path) {
  const { binary, run } = findRuntime("node");
  const { status, stdout } = spawnSync(
    binary,
    [...run, join(ROOT, "src", "cli", "main.ts"), "verify", "--quiet", path],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`the verifier finds faults: ${stdout}`);
}

/** Has each writer write the case once; gives the jobs of those whose file is right. */
async function checkedJobs(writers, one, input, folder) {
  const { name: _name, table: _table, ...settings } = one;
  const jobs = new Map();
  let expected = null;
  let reference = null;
  for (const [writer, command] of writers) {
    const output = join(folder, "checked.parquet");
    const withValues = !OTHER_TYPES.includes(writer);
    const own = writer === "DuckDB" ? { parquet: reference } : undefined;
    const job = { ...settings, input, repeats: 0, warmUpMs: 0, output, ...(own && { own }) };
    try {
      await runWriter(command, job);
      const read = await contents(output, withValues);
      if (expected === null) {
        verify(output);
        expected = read;
        reference = join(folder, "reference.parquet");
        spawnSync("mv", [output, reference]);
      } else if (read !== (withValues ? expected : expected.split(" ")[0])) {
        throw new Error("its file holds other values");
      }
      jobs.set(writer, { ...settings, input, ...(own && { own }), repeats: one.repeats + 1 });
    } catch (error) {
      console.error(`  without ${writer}: ${error.message.slice(0, 200)}`);
    }
  }
  return jobs;
}

const writers = findWriters();
if ([...writers.keys()][0] !== OURS) throw new Error(`${OURS} has to be among the writers`);
const rounds = Number(options.rounds);
mkdirSync(options.output, { recursive: true });
const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`;
for (const suite of options.suite) {
  if (suite === "start") {
    const tables = makeTables(START_TABLES);
    const text = await benchStart({
      writers: options.writer,
      filter: options.filter,
      rounds,
      tables,
      machine,
      built: options.built,
    });
    writeFileSync(join(options.output, "start.md"), text);
    console.log(text);
    continue;
  }
  const cases = SUITES[suite]().filter(({ name }) => name.includes(options.filter));
  const tables = makeTables([...new Set(cases.map(({ table }) => table))]);
  const measured = [];
  for (const one of cases) {
    const folder = mkdtempSync(join(tmpdir(), "parquet-bench-"));
    console.error(one.name);
    const jobs = await checkedJobs(writers, one, tables[one.table], folder);
    const results = Object.fromEntries([...jobs.keys()].map((writer) => [writer, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [writer, job] of jobs) {
        results[writer].push(await runWriter(writers.get(writer), job));
      }
    }
    measured.push({ name: one.name, inputBytes: statSync(tables[one.table]).size, results });
    rmSync(folder, { recursive: true, force: true });
  }
  const text = await report({ suite, rounds, machine, ours: OURS, measured }, options.output);
  writeFileSync(join(options.output, `${suite}.md`), text);
  console.log(text);
}
process.exit(0);
