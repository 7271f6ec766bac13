/**
 * Runs simulations: `npm run simulate -- [--seed N] [--seeds N] [--from N] [--bail] [--verbose]`.
 *
 * `--seed` replays one and prints every event; else `--seeds` of them run, 10,000 by default, from `--from` on, `--bail` up to the
 * first that has a problem, `--verbose` with a line for each.
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: "1" },
    bail: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) {
  const { trace, problems, summary, scenario } = await simulate(Number(values.seed));
  console.log(JSON.stringify(scenario, null, 2));
  for (const line of trace) console.log(line);
  console.log(`\n${summary}\n${problems.length === 0 ? "No problem." : problems.join("\n")}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  const from = Number(values.from);
  const seeds = Number(values.seeds);
  const failed: number[] = [];
  const started = performance.now();
  for (let seed = from; seed < from + seeds; seed++) {
    const { problems, summary } = await simulate(seed);
    if (values.verbose) console.log(`${seed} ${summary}`);
    if (problems.length === 0) continue;
    failed.push(seed);
    console.log(`seed ${seed}: ${summary}`);
    for (const problem of problems) console.log(`  ${problem.replaceAll("\n", "\n    ")}`);
    if (values.bail) break;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    failed.length === 0
      ? `${seeds} simulations, ${seconds} s: no problem.`
      : `${seeds} simulations, ${seconds} s: ${failed.length} have problems, among them ${
        failed.slice(0, 20).join(", ")
      }`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
