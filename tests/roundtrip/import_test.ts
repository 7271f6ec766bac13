/** Importing the library costs little and starts nothing. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { runScript } from "../support/subprocess.ts";

/** Milliseconds: the goal is 60 on a quiet machine; a machine that runs tests is not. */
const MOST = 120;

test("import compiles no WASM, starts no worker and takes little time", async () => {
  const times: number[] = [];
  for (let run = 0; run < 4; run++) {
    const ended = await runScript(new URL("import_script.ts", import.meta.url));
    assert.equal(ended.status, 0, ended.stderr);
    const { milliseconds, atImport, atWrite } = JSON.parse(ended.stdout);
    assert.equal(atImport, 0);
    // Only Node lets its own modules be watched.
    if (process.versions["deno"] === undefined && process.versions["bun"] === undefined) {
      assert.ok(atWrite > 0, "the counters do not count");
    }
    times.push(milliseconds);
  }
  assert.ok(Math.min(...times) < MOST, `${times.map((time) => time.toFixed(0))} ms`);
});

test("a process that has written in parallel ends by itself", async () => {
  const started = performance.now();
  const { status } = await runScript(new URL("import_script.ts", import.meta.url));
  assert.equal(status, 0);
  assert.ok(performance.now() - started < 20_000);
});
