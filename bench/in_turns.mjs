/**
 * Compares writers on several inputs: a process for each, in turns, so that what else the machine does falls on all of them.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findRuntime, ROOT } from "../scripts/runtimes.mjs";

/**
 * Runs the bench `name`, whose jobs are `bench/NAME/job.ts WRITER CASE SECONDS` and print JSON, and writes Markdown to
 * `bench/results/NAME.md`.
 *
 * Flags: `--case NAME`…, `--writer NAME`…, `--rounds N`, `--seconds N`; `--keep FILE` puts results together with those that are in FILE,
 * for machines that are quiet only for a while.
 *
 * @param {{ name: string, what: string, unit: string, cases: string[], writers: string[] }} bench
 */
export function compareInTurns({ name, what, unit, cases, writers }) {
  const { values } = parseArgs({
    options: {
      case: { type: "string", multiple: true, default: cases },
      writer: { type: "string", multiple: true, default: writers },
      rounds: { type: "string", default: "2" },
      seconds: { type: "string", default: "3" },
      keep: { type: "string" },
    },
  });
  const { binary, version } = findRuntime("node");
  const { keep } = values;
  const kept = keep !== undefined && existsSync(keep) ? JSON.parse(readFileSync(keep, "utf8")) : {};
  const results = new Map(Object.entries(kept));
  const job = join(ROOT, `bench/${name}/job.ts`);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const one of values.case) {
      for (const writer of values.writer) {
        const { status, stdout, stderr } = spawnSync(
          binary,
          ["--max-old-space-size=8192", job, writer, one, values.seconds],
          { encoding: "utf8", cwd: ROOT },
        );
        const key = `${one} / ${writer}`;
        if (status !== 0) {
          console.error(`${key} failed: ${stderr.trim().split("\n").slice(-12).join("\n")}`);
          continue;
        }
        const result = JSON.parse(stdout);
        const before = results.get(key);
        if (before === undefined || result.best < before.best) results.set(key, result);
        console.error(
          `${key}: ${result.median.toFixed(0)} ms (best ${result.best.toFixed(0)}, CPU ${
            result.cpu.toFixed(0)
          })`,
        );
      }
    }
  }
  if (keep !== undefined) writeFileSync(keep, JSON.stringify(Object.fromEntries(results)));

  const [own] = writers;
  const lines = [
    `${what} on Node ${version}: the best rounds in wall-clock time, and the CPU time of all threads (median of the rounds).`,
    "",
    `| input | writer | ms | rows/s | ${unit} | CPU ms | file | time, ${own} = 1 |`,
    "|---|---|---|---|---|---|---|---|",
  ];
  for (const one of cases) {
    const ours = results.get(`${one} / ${own}`);
    for (const writer of writers) {
      const result = results.get(`${one} / ${writer}`);
      if (result === undefined) continue;
      const seconds = result.best / 1000;
      const cells = [
        `${result.rows.toLocaleString("en")} × ${one}`,
        writer,
        result.best.toFixed(0),
        Math.round(result.rows / seconds).toLocaleString("en"),
        (result.inputBytes / seconds / 2 ** 20).toFixed(0),
        result.cpu.toFixed(0),
        result.bytes.toLocaleString("en"),
        ours === undefined ? "–" : (result.best / ours.best).toFixed(2),
      ];
      lines.push(`| ${cells.join(" | ")} |`);
    }
  }
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  writeFileSync(join(ROOT, `bench/results/${name}.md`), `${lines.join("\n")}\n`);
  console.log(lines.join("\n"));
}
