/**
 * Where the time goes: milliseconds a file, share, and nanoseconds a value for each folder of `src/` and each kernel, thread by thread.
 *
 * `node scripts/run.mjs node bench/profile.ts TABLE [--codec uncompressed] [--rows-per-row-group 1048576] [--parallelism 0] [--rounds 20] [--functions]`
 *
 * With `--functions`, for each function. It samples Node's threads. What a worker runs is minified: there, only kernels have names.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { kernelNames } from "./kernel_names.ts";

const { values: options, positionals: [table] } = parseArgs({
  options: {
    codec: { type: "string", default: "uncompressed" },
    "rows-per-row-group": { type: "string", default: "1048576" },
    parallelism: { type: "string", default: "0" },
    "caller-thread": { type: "string", default: "share" },
    rounds: { type: "string", default: "20" },
    top: { type: "string", default: "15" },
    functions: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
if (table === undefined) throw new TypeError("Usage: profile.ts TABLE [options]");

const MINIFIED = "the worker's JavaScript";

const BENCH = fileURLToPath(new URL("./", import.meta.url));
const folder = join(BENCH, "data", "scale-1");
const input = join(folder, `${table}.arrows`);
if (!existsSync(input)) {
  const make = join(BENCH, "tables", "make_tables.ts");
  spawnSync(process.execPath, [make, folder, table], { stdio: "inherit" });
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** What V8 writes. */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
}

/** What the job answers, in microseconds, and the profile of each thread, the caller's first. */
interface Profiled {
  readonly values: number;
  readonly from: number;
  readonly to: number;
  readonly files: number;
  readonly threads: readonly Profile[];
}

/** Runs the job. */
function profiled(): Profiled {
  const target = mkdtempSync(join(tmpdir(), "parquet-profile-"));
  const job = {
    input,
    rowGroupRows: Number(options["rows-per-row-group"]),
    codec: options.codec,
    repeats: Number(options.rounds),
    own: {
      parallelism: Number(options.parallelism),
      callerThread: options["caller-thread"],
    },
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    "--cpu-prof",
    "--cpu-prof-interval=200",
    `--cpu-prof-dir=${target}`,
    join(BENCH, "peers", "profiled.ts"),
    JSON.stringify(job),
  ], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the job failed: ${stderr}`);
  const threads = readdirSync(target).sort().map((name) =>
    JSON.parse(readFileSync(join(target, name), "utf8"))
  );
  rmSync(target, { recursive: true });
  return { ...JSON.parse(stdout.trim().split("\n").at(-1)!), threads };
}

/** Milliseconds of each thing that a thread did between `from` and `to`, by folder or kernel; what it waited is left out. */
function milliseconds(
  { nodes, samples, timeDeltas, startTime }: Profile,
  { from, to }: Profiled,
  names: ReadonlyMap<number, string>,
): Map<string, number> {
  const parents = new Map<number, ProfileNode>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const keys = new Map(nodes.map((node) => [node.id, nameOf(node, parents, names)]));
  const spent = new Map<string, number>();
  let time = startTime;
  for (const [i, id] of samples.entries()) {
    time += timeDeltas[i]!;
    const key = keys.get(id) ?? null;
    if (time < from || time > to || key === null) continue;
    spent.set(key, (spent.get(key) ?? 0) + timeDeltas[i]! / 1000);
  }
  return spent;
}

function nameOf(
  node: ProfileNode,
  parents: ReadonlyMap<number, ProfileNode>,
  names: ReadonlyMap<number, string>,
): string | null {
  const { functionName, url } = node.callFrame;
  if (functionName === "(idle)") return null;
  if (functionName.startsWith("(")) return functionName;
  const folder = /\/src\/([^/]+)\//.exec(url);
  if (folder !== null) return options.functions ? placeOf(node.callFrame) : `${folder[1]!}/`;
  if (url.startsWith("data:")) return MINIFIED;
  if (url !== "" && !url.startsWith("wasm:")) return "runtime and packages";
  // What engines have built in counts for its caller, and so does a function that is called by a kernel.
  const parent = parents.get(node.id);
  const above = parent === undefined ? "runtime and packages" : nameOf(parent, parents, names);
  const wasm = /^wasm-function\[(\d+)\]$/.exec(functionName);
  const name = names.get(Number(wasm?.[1] ?? -1));
  return name !== undefined && (above?.startsWith("kernels/") === true || above === MINIFIED)
    ? `kernel ${name}`
    : above;
}

/** Names a function by its file. */
function placeOf({ functionName, url }: ProfileNode["callFrame"]): string {
  return `${url.slice(url.lastIndexOf("/src/") + "/src/".length)} ${functionName}`;
}

const job = profiled();
const { values, files, threads } = job;
const names = kernelNames();
console.log(`${table}, ${options.codec}, parallelism ${options.parallelism}: ${values} values`);
for (const [i, thread] of threads.entries()) {
  const spent = milliseconds(thread, job, names);
  const total = [...spent.values()].reduce((sum, one) => sum + one, 0);
  console.log(
    `\n${i === 0 ? "The caller's thread" : `Worker ${i}`}: ${
      (total / files).toFixed(1)
    } ms a file\n`,
  );
  console.log("| what | ms a file | share | ns a value |\n|---|--:|--:|--:|");
  const sorted = [...spent].sort((a, b) => b[1] - a[1]).slice(0, Number(options.top));
  for (const [name, ms] of sorted) {
    const perFile = ms / files;
    const cells = [perFile.toFixed(2), `${(ms / total * 100).toFixed(1)} %`];
    console.log(`| ${name} | ${cells.join(" | ")} | ${(perFile / values * 1e6).toFixed(2)} |`);
  }
}
