/**
 * `npm run fuzz -- [--minutes N] [--count N] [--seed S] [--target ipc|parquet] [--replay FILE]`
 *
 * Fuzzes for a while, from a seed of today's time or the one given. An input that ends as it must not is written to
 * `.cache/fuzz/`, with its seed in its name, and so is the input that is running, so that one that never ends is there too.
 * `--replay` runs one such file. Exits with 1 where anything was found.
 *
 * @module
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Target, TARGETS } from "./targets.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    count: { type: "string" },
    seed: { type: "string" },
    target: { type: "string" },
    replay: { type: "string" },
  },
});
const FOLDER = fileURLToPath(new URL("../../.cache/fuzz/", import.meta.url));
/** After this many different failures of a target there is enough to do. */
const MAX_FAILURES = 10;
/** Longer than any input takes. */
const SLOW_MS = 20_000;

async function failureOf(target: Target, input: Uint8Array): Promise<string | null> {
  try {
    await target.run(input);
    return null;
  } catch (error) {
    return (error as Error).stack ?? String(error);
  }
}

async function replay(path: string): Promise<number> {
  const input = new Uint8Array(readFileSync(path));
  let failures = 0;
  for (const target of TARGETS) {
    if (values.target === undefined ? !path.includes(target.name) : values.target !== target.name) {
      continue;
    }
    const failure = await failureOf(target, input);
    console.log(`${target.name}: ${failure ?? "ends as it must"}`);
    if (failure !== null) failures++;
  }
  return failures;
}

async function fuzz(target: Target, first: number): Promise<number> {
  const inputOf = await target.prepare();
  const most = values.count === undefined ? Infinity : Number(values.count);
  const ends = performance.now() + Number(values.minutes) * 60_000 / TARGETS.length;
  const seen = new Set<string>();
  const running = join(FOLDER, `${target.name}-running.bin`);
  let seed = first;
  for (; seed - first < most && seen.size < MAX_FAILURES; seed++) {
    const started = performance.now();
    if (started > ends && values.count === undefined) break;
    const input = inputOf(seed);
    writeFileSync(running, input);
    let failure = await failureOf(target, input);
    const milliseconds = performance.now() - started;
    if (failure === null && milliseconds > SLOW_MS) failure = `slow: ${milliseconds.toFixed(0)} ms`;
    // One input a kind of failure: digits differ from one to the next.
    const kind = failure?.split("\n").slice(0, 2).join("\n").replace(/\d+/g, "0");
    if (kind === undefined || seen.has(kind)) continue;
    seen.add(kind);
    const path = join(FOLDER, `${target.name}-${seed}.bin`);
    writeFileSync(path, input);
    console.log(`${target.name}, seed ${seed}, ${input.length} bytes in ${path}:\n${failure}\n`);
  }
  rmSync(running, { force: true });
  console.log(`${target.name}: ${seed - first} inputs from seed ${first}, ${seen.size} failures`);
  return seen.size;
}

mkdirSync(FOLDER, { recursive: true });
let failures = 0;
if (values.replay !== undefined) failures = await replay(values.replay);
else {
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
  for (const target of TARGETS) {
    if (values.target !== undefined && values.target !== target.name) continue;
    failures += await fuzz(target, seed);
  }
}
process.exitCode = failures === 0 ? 0 : 1;
