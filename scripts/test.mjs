/**
 * Runs the suite on Deno, Bun and Node and prints one summary.
 *
 * `node scripts/test.mjs [--runtime NAME]… [FILTER…]`: a filter is a part of a path below `tests/`.
 *
 * What counts comes from the runners' JUnit reports. A run that ends without a report, a run that fails without a
 * failed test, and a file that reports no test are failures of their own.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { parseJUnit } from "./junit.mjs";
import { findRuntime, FLOORS, ROOT } from "./runtimes.mjs";

const { values: { runtime }, positionals: filters } = parseArgs({
  options: { runtime: { type: "string", multiple: true, default: Object.keys(FLOORS) } },
  allowPositionals: true,
});

const files = readdirSync(join(ROOT, "tests"), { recursive: true })
  .map((name) => `tests/${String(name).split(sep).join("/")}`)
  .filter((name) => name.endsWith("_test.ts"))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .sort();

const reports = join(ROOT, ".cache", "test");
mkdirSync(reports, { recursive: true });

/** Longest time that one runtime may take for the whole suite, in milliseconds. */
const TIMEOUT = 45 * 60_000;

function argumentsFor(name, report) {
  switch (name) {
    case "deno":
      return ["test", "-A", "--no-check", `--junit-path=${report}`, ...files];
    case "bun":
      return [
        "test",
        // Of one test. A test that is cut off goes on behind the next ones, and takes them with it.
        "--timeout=600000",
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        ...files.map((file) => `./${file}`),
      ];
    default:
      return [
        "--test",
        "--test-reporter=junit",
        `--test-reporter-destination=${report}`,
        "--test-reporter=dot",
        "--test-reporter-destination=stdout",
        ...files,
      ];
  }
}

async function runSuite(name) {
  const { binary, version } = findRuntime(name);
  const report = join(reports, `${name}.xml`);
  rmSync(report, { force: true });
  const started = Date.now();
  const { status, signal, output } = await new Promise((resolve) => {
    const child = spawn(binary, argumentsFor(name, report), {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT,
    });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on(
      "close",
      (status, signal) => resolve({ status, signal, output: Buffer.concat(chunks).toString() }),
    );
  });
  writeFileSync(join(reports, `${name}.log`), output);
  const cases = (existsSync(report) ? parseJUnit(readFileSync(report, "utf8")) : [])
    // Node reports a file without tests as a passed test of the file's name.
    .filter(({ name, outcome }) => outcome !== "passed" || !name.endsWith("_test.ts"));
  const failures = cases.filter(({ outcome }) => outcome === "failed")
    .map(({ name, file, message }) => ({ title: `${shortPath(file)} ${name}`, message }));
  const seen = new Set(cases.map(({ file }) => shortPath(file)));
  const silent = files.filter((file) => !seen.has(file));
  silent.forEach((file, i) =>
    failures.push({
      title: `${file} reported no test`,
      message: i === 0 ? lastLines(output) : "",
    })
  );
  if (failures.length === 0 && (status !== 0 || cases.length === 0)) {
    failures.push({ title: `ended with ${signal ?? status}`, message: lastLines(output) });
  }
  return {
    name,
    version,
    seconds: (Date.now() - started) / 1000,
    passed: cases.filter(({ outcome }) => outcome === "passed").length,
    skipped: cases.filter(({ outcome }) => outcome === "skipped"),
    failures,
  };
}

function shortPath(file) {
  const path = file.startsWith("file:") ? new URL(file).pathname : file;
  return (path.startsWith(ROOT) ? relative(ROOT, path) : path).replace(/^\.\//, "").split(sep)
    .join("/");
}

function lastLines(text) {
  return text.trimEnd().split("\n").slice(-40).join("\n");
}

/** Suites that run at the same time: Deno and Bun keep to one core each. */
const SUITES_AT_ONCE = 2;

const results = [];
const waiting = [...runtime];
for (const name of waiting) {
  if (!Object.hasOwn(FLOORS, name)) throw new TypeError(`Unknown runtime "${name}"`);
}

async function runWaiting() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    console.log(`${name}: ${files.length} files…`);
    const result = await runSuite(name);
    results.push(result);
    for (const { title, message } of result.failures) {
      console.log(`\nFAILED on ${name}: ${title}\n${message.replace(/^/gm, "    ")}`);
    }
    for (const { name: test, file, message } of result.skipped) {
      console.log(`skipped on ${name}: ${shortPath(file)} ${test}${message && ` (${message})`}`);
    }
  }
}

await Promise.all(Array.from({ length: SUITES_AT_ONCE }, runWaiting));

const sum = (count) => results.reduce((total, result) => total + count(result), 0);
console.log("\nruntime         passed  failed  skipped  seconds");
for (const { name, version, passed, failures, skipped, seconds } of results) {
  console.log(
    `${name} ${version}`.padEnd(14) + String(passed).padStart(8) +
      String(failures.length).padStart(8) + String(skipped.length).padStart(9) +
      seconds.toFixed(0).padStart(9),
  );
}
const failed = sum(({ failures }) => failures.length);
console.log(`\n${sum(({ passed }) => passed)} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
