/** Importing the library starts nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../support/subprocess.ts";

const script = new URL("import_script.ts", import.meta.url);
const library = new URL("../../mod.ts", import.meta.url).href;

// How long it takes is a matter of benches: a machine that runs tests is not quiet.
test("import compiles no WASM and starts no worker, and a process that has written in parallel ends by itself", async () => {
  const ended = await runScript(script, [library]);
  assert.equal(ended.status, 0, ended.stderr);
  const { atImport, atWrite } = JSON.parse(ended.stdout);
  assert.equal(atImport, 0);
  assert.ok(atWrite > 0, "the counters do not count");
});
