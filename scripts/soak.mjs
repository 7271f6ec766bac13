/**
 * `npm run soak -- [--minutes N] [--runtime NAME]… [--seed N]`: writes files of random shape for N minutes on each runtime,
 * prints memory and descriptors as a table, and draws them to `.cache/soak/`.
 *
 * It fails when a file is wrong, or when files stay open or lie about.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { writeChart } from "./chart.mjs";
import { findRuntime, FLOORS, ROOT } from "./runtimes.mjs";

const { values: { minutes, runtime, seed } } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    runtime: { type: "string", multiple: true, default: Object.keys(FLOORS) },
    seed: { type: "string", default: "1" },
  },
});

/** Lines of the table: more would not be read. */
const LINES = 12;
const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0);

/** Runs one runtime to the end; gives its reports. */
async function soak(name) {
  const { binary, run } = findRuntime(name);
  const script = join(ROOT, "scripts", "soak_run.ts");
  const child = spawn(binary, [...run, script, minutes, seed], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const reports = [];
  for await (const line of createInterface({ input: child.stdout })) reports.push(JSON.parse(line));
  const status = await ended;
  if (status !== 0) throw new Error(`${name} ended with ${status} after ${reports.length} s`);
  return reports;
}

const points = [];
let failed = false;
for (const name of runtime) {
  const reports = await soak(name);
  console.log(`\n${name}: RSS and heap in MiB`);
  console.log("  seconds    files  aborted     rss    heap  descriptors  workers");
  const step = Math.max(1, Math.ceil(reports.length / LINES));
  reports.forEach((report, i) => {
    points.push({ runtime: name, seconds: report.seconds, rss: report.rss / 2 ** 20 });
    if (i % step !== 0 && i !== reports.length - 1) return;
    console.log(
      report.seconds.toFixed(0).padStart(9) + String(report.files).padStart(9) +
        String(report.aborted).padStart(9) + mebibytes(report.rss).padStart(8) +
        mebibytes(report.heapUsed).padStart(8) + String(report.descriptors.open).padStart(13) +
        String(report.workers).padStart(9),
    );
  });
  // Reports are made while nothing is written.
  const left = reports.find(({ leftovers, descriptors }) => leftovers + descriptors.ofFolder > 0);
  if (left !== undefined) {
    console.error(
      `${name}: after ${
        left.seconds.toFixed(0)
      } s ${left.leftovers} files lay about, ${left.descriptors.ofFolder} were open`,
    );
    failed = true;
  }
}

const folder = join(ROOT, ".cache", "soak");
mkdirSync(folder, { recursive: true });
await writeChart(join(folder, "soak"), {
  title: "Resident memory while files of random shape are written",
  data: { values: points },
  mark: "line",
  width: 640,
  height: 320,
  encoding: {
    x: { field: "seconds", type: "quantitative", title: "seconds" },
    y: { field: "rss", type: "quantitative", title: "MiB" },
    color: { field: "runtime", type: "nominal", title: null },
  },
});
console.log(`\n${relative(process.cwd(), join(folder, "soak-light.svg"))}`);
process.exit(failed ? 1 : 0);
