/** Importing the library costs little and starts nothing. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, test } from "node:test";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { runScript } from "../support/subprocess.ts";

/** Milliseconds: the goal is 60 on a quiet machine; a machine that runs tests is not. */
const MOST = 120;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const isNode = process.versions["deno"] === undefined && process.versions["bun"] === undefined;

// Below the repository, so that packages are found.
mkdirSync(join(ROOT, ".cache"), { recursive: true });
const folder = mkdtempSync(join(ROOT, ".cache", "import-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Where the library is: its source for Deno and Bun. Node gets it as it is shipped, in JavaScript, file by file: stripping
 * the types of 150 files, which Node does anew in every process, takes four times as long as all the rest.
 */
async function library(): Promise<string> {
  if (!isNode) return pathToFileURL(join(ROOT, "mod.ts")).href;
  const sources = readdirSync(join(ROOT, "src"), { recursive: true })
    .map((name) => join("src", String(name)))
    .filter((name) => name.endsWith(".ts") && !name.includes(join("kernels", "assembly")));
  for (const name of [...sources, "mod.ts"]) {
    const { code } = await transform(readFileSync(join(ROOT, name), "utf8"), { loader: "ts" });
    const target = join(folder, name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code.replace(/((?:from|import)\s*"\.[^"]*)\.ts"/g, '$1.js"'));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return pathToFileURL(join(folder, "mod.js")).href;
}

const script = new URL("import_script.ts", import.meta.url);

test("import compiles no WASM, starts no worker and takes little time", async () => {
  const url = await library();
  const times: number[] = [];
  for (let run = 0; run < 4; run++) {
    const ended = await runScript(script, [url]);
    assert.equal(ended.status, 0, ended.stderr);
    const { milliseconds, atImport, atWrite } = JSON.parse(ended.stdout);
    assert.equal(atImport, 0);
    assert.ok(atWrite > 0, "the counters do not count");
    times.push(milliseconds);
  }
  assert.ok(Math.min(...times) < MOST, `${times.map((time) => time.toFixed(0))} ms`);
});

test("a process that has written in parallel ends by itself", async () => {
  const started = performance.now();
  const { status } = await runScript(script, [new URL("../../mod.ts", import.meta.url).href]);
  assert.equal(status, 0);
  assert.ok(performance.now() - started < 20_000);
});
