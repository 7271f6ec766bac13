/** workerd, which Cloudflare's workers run in: no workers, and WebAssembly only from modules that are imported. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { Miniflare } from "miniflare";
import * as library from "../../mod.ts";
import { type Job, runJob } from "./job.ts";
import { bundle, wasmModules } from "./site.ts";

const elsewhere = process.versions["bun"] !== undefined || process.versions["deno"] !== undefined;
const skip = elsewhere ? "runs with the suite of Node" : await missing();

async function missing(): Promise<string | false> {
  try {
    await import("miniflare");
    return false;
  } catch (error) {
    return `no miniflare: ${(error as Error).message}`;
  }
}

type Condition = Parameters<typeof bundle>[1];

/** Starts workerd with the bundle of a condition. */
async function start(condition: Condition, compatibilityFlags: string[]): Promise<Miniflare> {
  const { Miniflare } = await import("miniflare");
  const program = await bundle("tests/browser/workerd_app.ts", condition);
  const modules = condition === "workerd"
    ? Object.entries(wasmModules()).map(([path, contents]) => ({
      type: "CompiledWasm" as const,
      path,
      contents,
    }))
    : [];
  return new Miniflare({
    compatibilityDate: "2025-09-01",
    compatibilityFlags,
    cf: false,
    modules: [{ type: "ESModule", path: "app.mjs", contents: program }, ...modules],
  });
}

interface Answer {
  readonly outcome?: unknown;
  readonly error?: string;
  readonly bytes: Uint8Array;
}

async function ask(workerd: Miniflare, job: Job): Promise<Answer> {
  const response = await workerd.dispatchFetch("http://localhost/", {
    method: "POST",
    body: JSON.stringify(job),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!response.ok) return { error: new TextDecoder().decode(bytes), bytes };
  return { outcome: JSON.parse(response.headers.get("X-Outcome")!), bytes };
}

const rows = 30_000;
const QUIET = { workers: 0, diagnostics: [] };

async function assertLikeNode(answer: Answer, options: Job["options"]): Promise<void> {
  assert.equal(answer.error, undefined);
  const { bytes } = await runJob(library, { rows, options: { ...options, parallelism: 0 } });
  assert.equal(Buffer.compare(answer.bytes, bytes), 0, "other bytes");
}

async function assertReadBack(answer: Answer): Promise<void> {
  assert.equal(answer.error, undefined);
  assert.equal((await library.readParquetMetadata(answer.bytes)).numRows, rows);
  assert.deepEqual(await library.verifyParquet(answer.bytes), []);
}

for (const flags of [["nodejs_compat"], []]) {
  const title = flags.length === 0 ? "without nodejs_compat" : "with nodejs_compat";

  test(`workerd ${title}, as bundled for it: every codec, with WebAssembly`, { skip }, async () => {
    const workerd = await start("workerd", flags);
    try {
      for (const compression of ["uncompressed", "snappy", "lz4_raw"] as const) {
        const answer = await ask(workerd, { rows, options: { compression } });
        assert.deepEqual(answer.outcome, QUIET, answer.error);
        await assertLikeNode(answer, { compression });
      }
      const options = { reproducible: true };
      await assertLikeNode(await ask(workerd, { rows, options }), options);
      // Requests share the encoder.
      for (
        const answer of await Promise.all([1, 2, 3].map(() => ask(workerd, { rows, options })))
      ) {
        await assertLikeNode(answer, options);
      }
      // Pages far larger than what its own zstd gets through.
      const large = { dataPageSizeLimit: 4_000_000, dataPageRowCountLimit: 1_000_000 };
      await assertReadBack(await ask(workerd, { rows, options: large }));
      await assertReadBack(await ask(workerd, { rows, options: { compression: "gzip" } }));
      const brotli = await ask(workerd, { rows, options: { compression: "brotli" } });
      if (flags.length > 0) await assertReadBack(brotli);
      else assert.match(brotli.error!, /^TypeError: .*"brotli".*use "zstd"/);
    } finally {
      await workerd.dispose();
    }
  });

  test(`workerd ${title}, bundled for no condition: TypeScript kernels, snappy by default`, {
    skip,
  }, async () => {
    const workerd = await start("default", flags);
    try {
      const answer = await ask(workerd, { rows, options: { parallelism: 2 } });
      assert.deepEqual(answer.outcome, { workers: 0, diagnostics: ["no-zstd"] }, answer.error);
      await assertLikeNode(answer, { compression: "snappy" });
      const zstd = await ask(workerd, { rows, options: { compression: "zstd" } });
      assert.match(zstd.error!, /^TypeError: .*"zstd".*"snappy"/);
    } finally {
      await workerd.dispose();
    }
  });
}
