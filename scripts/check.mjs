/**
 * Everything that can be said about the sources without running them, each as one check.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import process from "node:process";
import { LIBRARIES } from "./entries.mjs";
import { findRuntime, ROOT } from "./runtimes.mjs";

const deno = findRuntime("deno").binary;
const node = process.execPath;

/** TypeScript files of the repository, AssemblyScript and generated prose left out. */
function typeScriptFiles() {
  const found = existsSync(join(ROOT, "mod.ts")) ? ["mod.ts"] : [];
  for (const folder of ["src", "workers", "tests", "bench", "scripts"]) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true })) {
      const path = `${folder}/${String(name).split(sep).join("/")}`;
      if (path.endsWith(".ts") && !path.startsWith("src/kernels/assembly/")) found.push(path);
    }
  }
  return found.sort();
}

function noRegistryHosts() {
  for (const name of ["package-lock.json", "deno.lock", "bun.lock"]) {
    const path = join(ROOT, name);
    if (!existsSync(path)) continue;
    const url = /"resolved":\s*"([^"]+)"/.exec(readFileSync(path, "utf8"));
    if (url !== null) throw new Error(`${name} names a registry host: ${url[1]}`);
  }
}

/** Name → a command to run, or a function that throws. */
const CHECKS = [
  ["types", [deno, "check", ...typeScriptFiles()]],
  ["lint", [deno, "lint"]],
  ["format", [deno, "fmt", "--check"]],
  ["publish", [deno, "publish", "--dry-run", "--allow-dirty"]],
  ["API reference", [deno, "doc", "--lint", ...LIBRARIES]],
  ["generated files", [node, "scripts/generate.mjs", "--check"]],
  ["import direction", [deno, "test", "-A", "--no-check", "tests/project/imports_test.ts"]],
  ["lock files", noRegistryHosts],
];

let passed = 0;
for (const [name, action] of CHECKS) {
  const started = Date.now();
  let problem = null;
  if (typeof action === "function") {
    try {
      action();
    } catch (error) {
      problem = error.message;
    }
  } else {
    const [command, ...args] = action;
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: ROOT,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) problem = `${stdout}${stderr}`;
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (problem === null) {
    passed++;
    console.log(`ok      ${name} (${seconds} s)`);
  } else {
    console.log(`FAILED  ${name} (${seconds} s)\n${problem.replace(/^/gm, "    ")}`);
  }
}
console.log(`\n${passed} passed, ${CHECKS.length - passed} failed`);
process.exit(passed === CHECKS.length ? 0 : 1);
