/** The bytes of a file depend on its rows and options alone. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { findRuntime } from "../../scripts/runtimes.mjs";
import type { WriterOptions } from "../../mod.ts";
import {
  encodingPicks,
  layoutOptions,
  LEAVES,
  rebatched,
  schemas,
  tables,
  withEncodings,
} from "../support/arbitraries.ts";
import { hex } from "../support/values.ts";
import { runScript } from "../support/subprocess.ts";
import { written } from "./written.ts";

/** Small enough for a handful of rows to go to workers. */
const memoryBudget = 16 * 1024;

test("the same rows give the same bytes, however batched and with however many workers", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables(schemas(LEAVES, { columns: 3, depth: 1 }), { rows: 200 }),
      layoutOptions,
      encodingPicks,
      fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 4 }),
      async (rows, layout, picks, sizes) => {
        const chosen = { ...layout, memoryBudget } as WriterOptions;
        const options = withEncodings(rows.schema, chosen, picks, true);
        const bytes = await written(rows, options);
        const batches = rebatched(rows.batches, sizes);
        const again = {
          schema: rows.schema,
          batches: batches.length === 0 ? rows.batches : batches,
        };
        for (const parallelism of [0, 1, 2, 3]) {
          const other = await written(again, { ...options, parallelism });
          assert.ok(hex(bytes) === hex(other), `with ${parallelism} workers`);
        }
      },
    ),
    { numRuns: 25 },
  );
});

const script = new URL("digests_script.ts", import.meta.url);

test("both kernels, and this runtime and Node, give the same bytes", async () => {
  const outputs = [];
  for (const kernels of ["ts", "wasm"]) {
    const env = { PARQUET_EXT_KERNELS: kernels };
    const { status, stdout, stderr } = await runScript(script, [], { env });
    assert.equal(status, 0, stderr);
    assert.match(stderr, kernels === "ts" ? /compiled 0/ : /compiled 1/);
    outputs.push(stdout);
  }
  const { binary, run } = findRuntime("node");
  outputs.push(execFileSync(binary, [...run, fileURLToPath(script)], { encoding: "utf8" }));
  const [first, ...others] = outputs;
  assert.equal(first!.trim().split("\n").length, 12);
  for (const other of others) assert.equal(other, first);
  // With and without workers.
  assert.equal(new Set(first!.trim().split("\n")).size, 6);
});
