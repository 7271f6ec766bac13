/**
 * Runs a file with one of the runtimes: `node scripts/run.mjs deno|bun|node FILE [ARGUMENT…]`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import process from "node:process";
import { findRuntime, FLOORS } from "./runtimes.mjs";

const [name, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(FLOORS, name ?? "") || rest.length === 0) {
  console.error("Usage: node scripts/run.mjs deno|bun|node FILE [ARGUMENT…]");
  process.exit(2);
}
const { binary, run } = findRuntime(name);
const { status, signal } = spawnSync(binary, [...run, ...rest], { stdio: "inherit" });
process.exit(signal === null ? status ?? 1 : 1);
