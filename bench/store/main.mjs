/**
 * Bytes to S3: `node bench/store/main.mjs [--mebibytes 1024] [--rounds 3] [--client NAME]…`.
 *
 * Clients send the same bytes, chunks of a MiB, to a versitygw on this machine (`PARQUET_EXT_VERSITYGW`, or on the PATH), each in a process
 * of its own, one after another: throughput (best of the rounds), the client's CPU time, and the most memory that its process had.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findRuntime } from "../../scripts/runtimes.mjs";

const { values: { mebibytes, rounds, client: wanted } } = parseArgs({
  options: {
    mebibytes: { type: "string", default: "1024" },
    rounds: { type: "string", default: "3" },
    client: { type: "string", multiple: true },
  },
});
const JOB = fileURLToPath(new URL("job.ts", import.meta.url));
const KEYS = { AWS_ACCESS_KEY_ID: "bench", AWS_SECRET_ACCESS_KEY: "secret of the bench" };
const folder = mkdtempSync(join(tmpdir(), "parquet-ext-bench-"));
for (const name of ["data", "data/bench", "meta"]) mkdirSync(join(folder, name));
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const endpoint = `http://127.0.0.1:${port}`;
const server = spawn(
  process.env.PARQUET_EXT_VERSITYGW ?? "versitygw",
  [
    "--port",
    `127.0.0.1:${port}`,
    "--quiet",
    "posix",
    "--sidecar",
    join(folder, "meta"),
    join(folder, "data"),
  ],
  {
    env: {
      ...process.env,
      ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
    },
    stdio: "ignore",
  },
);
server.on("error", (error) => {
  console.error(`Cannot start versitygw: ${error.message}; set PARQUET_EXT_VERSITYGW`);
  process.exit(1);
});
while (!await fetch(endpoint).then(() => true, () => false)) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Name → command. */
const clients = {};
for (const name of ["node", "deno", "bun"]) {
  const { binary, run } = findRuntime(name);
  clients[`parquet-ext, ${name}`] = [binary, ...run, JOB, "parquet-ext", endpoint, mebibytes];
  if (name === "node") {
    clients["lib-storage, node"] = [binary, JOB, "lib-storage", endpoint, mebibytes];
  }
  if (name === "bun") clients["Bun.S3Client"] = [binary, JOB, "Bun.S3Client", endpoint, mebibytes];
}
const file = join(folder, "file");
writeFileSync(file, "");
for (let i = 0; i < Number(mebibytes); i++) {
  writeFileSync(file, Buffer.alloc(2 ** 20, String(i)), { flag: "a" });
}
clients["aws s3 cp (a file)"] = [
  process.env.PARQUET_EXT_AWS ?? "aws",
  ...[
    "s3",
    "cp",
    file,
    "s3://bench/aws",
    "--endpoint-url",
    endpoint,
    "--region",
    "us-east-1",
    "--quiet",
  ],
];

/** Runs a command; the most memory that it had is asked of Linux while it runs. */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, ...KEYS } });
    let output = "", errors = "", peak = 0;
    const started = performance.now();
    child.stdout.on("data", (chunk) => output += chunk);
    child.stderr.on("data", (chunk) => errors += chunk);
    const timer = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      } catch {
        // It has ended, or this is not Linux.
      }
    }, 20);
    child.on("error", (error) => errors += error.message);
    child.on("close", (code) => {
      clearInterval(timer);
      if (code !== 0) return resolve({ error: errors.trim().split("\n").at(-1) });
      const took = performance.now() - started;
      resolve({ milliseconds: took, ...(output === "" ? {} : JSON.parse(output)), peak });
    });
  });
}

const results = new Map();
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, command] of Object.entries(clients)) {
    if (wanted !== undefined && !wanted.some((part) => name.includes(part))) continue;
    const result = await run(command);
    const best = results.get(name);
    if (best === undefined || result.milliseconds < best.milliseconds) results.set(name, result);
  }
}
console.log(`${"client".padEnd(22)}    MiB/s   CPU s   peak MiB`);
for (const [name, { milliseconds, cpu, peak, error }] of results) {
  if (error !== undefined) console.log(`${name.padEnd(22)} skipped: ${error}`);
  else {
    const rate = (Number(mebibytes) / milliseconds * 1000).toFixed(0);
    const seconds = cpu === undefined ? "–" : (cpu / 1000).toFixed(2);
    console.log(
      name.padEnd(22) + rate.padStart(9) + seconds.padStart(8) +
        (peak / 1024).toFixed(0).padStart(11),
    );
  }
}
server.kill("SIGKILL");
rmSync(folder, { recursive: true, force: true });
