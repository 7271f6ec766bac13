/**
 * The writers under comparison, and how each is started. Those that this machine lacks are left out, and said so.
 *
 * @module
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findRuntime, ROOT } from "../scripts/runtimes.mjs";

const PEERS = join(ROOT, "bench", "peers");
const NATIVE = join(ROOT, "bench", "native");
const PYTHON = process.env.PYTHON ?? "python3";

/** A script on a runtime. */
function script(runtime, file) {
  return () => {
    const { binary, run } = findRuntime(runtime);
    return [binary, ...run, join(PEERS, file)];
  };
}

/** The cargo project, built on demand. */
function native() {
  const binary = join(NATIVE, "target", "release", "native-writers");
  if (!existsSync(binary)) {
    console.error("building bench/native, once: some minutes");
    const { status } = spawnSync("cargo", ["build", "--release", "--locked"], {
      cwd: NATIVE,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error("cargo is not here, or cannot build it");
  }
  return [binary];
}

function python(name, module) {
  return () => {
    const { status } = spawnSync(PYTHON, ["-c", `import pyarrow, ${module}`]);
    if (status !== 0) throw new Error(`${PYTHON} has no ${module}; PYTHON=… names another one`);
    return [PYTHON, join(PEERS, "python_writers.py"), name];
  };
}

/** Name → gives the command before the job; throws where the writer is not here. */
export const WRITERS = {
  "parquet-ext": script("node", "parquet_ext.ts"),
  "parquet-ext on Deno": script("deno", "parquet_ext.ts"),
  "parquet-ext on Bun": script("bun", "parquet_ext.ts"),
  "arrow-rs": native,
  "polars": python("polars", "polars"),
  "DataFusion": python("datafusion", "datafusion"),
  "pyarrow": python("pyarrow", "pyarrow.parquet"),
  "ClickHouse": python("clickhouse", "chdb"),
  "DuckDB": script("node", "duckdb.ts"),
  "parquet-wasm": script("node", "parquet_wasm.ts"),
  "hyparquet-writer": script("node", "hyparquet_writer.ts"),
};

/**
 * Starts a writer on a job and waits for its answer.
 *
 * @param {readonly string[]} command
 * @param {object} job As `peers/job.ts` describes it.
 * @returns {Promise<{ milliseconds: number[], cpu: number[], bytes: number, peakRss: number }>}
 */
export function runWriter([file, ...args], job) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args, JSON.stringify(job)], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 600_000,
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => out += chunk);
    child.stderr.on("data", (chunk) => err += chunk);
    child.on("error", reject);
    child.on("close", (status) => {
      const line = out.trim().split("\n").at(-1) ?? "";
      if (status === 0 && line.startsWith("{")) return resolve(JSON.parse(line));
      const lines = err.trim().split("\n");
      reject(new Error(lines.find((line) => /error/i.test(line)) ?? `ended with ${status}`));
    });
  });
}
