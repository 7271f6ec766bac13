import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../support/subprocess.ts";

for (const [how, state] of [["closed", "closed"], ["open", "open"], ["aborted", "failed"]]) {
  test(`an idle pool does not keep the process alive, the writer being ${state}`, async () => {
    const script = new URL("./idle_script.ts", import.meta.url);
    const { status, stdout, stderr } = await runScript(script, [how!], { timeout: 20_000 });
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^workers 2, ${state}`));
  });
}
