/** An application that was bundled into one file writes in parallel, wherever that file lies. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { readPages } from "../support/page_decoder.ts";
import { runScript } from "../support/subprocess.ts";

for (const minify of [false, true]) {
  test(`a bundled application runs${minify ? ", minified" : ""}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "parquet-ext-bundle-"));
    try {
      const bundle = join(folder, "application.mjs");
      await build({
        entryPoints: [fileURLToPath(new URL("bundled_application.ts", import.meta.url))],
        outfile: bundle,
        bundle: true,
        minify,
        format: "esm",
        platform: "node",
        logLevel: "error",
      });
      const path = join(folder, "out.parquet");
      const { status, stdout, stderr } = await runScript(bundle, [path], { cwd: folder });
      assert.equal(status, 0, stderr);
      // A worker that ran the application again would print it twice.
      assert.deepEqual(stdout.trim().split("\n"), ['{"rows":600000,"started":"once"}']);
      assert.equal(stderr, "");
      const file = readPages(readFileSync(path));
      assert.equal(file.numRows, 600_000);
      const { pages } = file.rowGroups[0]!.chunks[1]!;
      assert.equal(pages[0]!.values[3], "f64:4018000000000000");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
