/** A real browser: pages and workers of every kind, under security policies of every kind, write what Node writes. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import * as library from "../../mod.ts";
import { query, withFile } from "../support/duckdb.ts";
import { readPlainlyWithHyparquet } from "../support/hyparquet_reader.ts";
import type { Answer } from "./app.ts";
import { startChromium } from "./chromium.ts";
import { type Job, runJob } from "./job.ts";
import { type Headers, openSite, type Site } from "./site.ts";

// The browser is driven from one runtime: what runs in it is the same.
const elsewhere = process.versions["bun"] !== undefined || process.versions["deno"] !== undefined;
const started = elsewhere ? "runs with the suite of Node" : await startChromium();
const skip = typeof started === "string" ? started : false;
const browser = started as Browser;
let site: Site;

before(async () => {
  if (skip === false) site = await openSite();
});
after(async () => {
  if (skip !== false) return;
  await browser.close();
  site.close();
});

/** Enough for workers to be worth their while, where they were asked for. */
const ROWS = 100_000;
const SNAPPY: Job = { rows: ROWS, options: { compression: "snappy", parallelism: 2 } };
const ZSTD: Job = { rows: ROWS, options: { reproducible: true, parallelism: 2 } };

type Context = "page" | "module worker" | "shared worker" | "service worker";

/** Runs jobs in a context of a page, and gives their answers. */
async function inBrowser(
  jobs: Readonly<Record<string, Job>>,
  { headers = {}, context = "page", script }: {
    headers?: Headers;
    context?: Context;
    script?: string;
  } = {},
): Promise<Record<string, Answer>> {
  const page = await (await browser.newContext()).newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  try {
    await page.goto(site.page(headers, script));
    await page.waitForFunction("globalThis.run !== undefined");
    const answers: Record<string, Answer> = {};
    for (const [name, job] of Object.entries(jobs)) {
      answers[name] = await ask(page, context, name, job);
    }
    assert.deepEqual(problems, []);
    return answers;
  } finally {
    await page.context().close();
  }
}

function ask(page: Page, context: Context, name: string, job: Job): Promise<Answer> {
  const program = {
    "page": "run(name, job)",
    "module worker": `new Promise((resolve, reject) => {
      const worker = new Worker("/module_worker.js", { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage([name, job]);
    })`,
    "shared worker": `new Promise((resolve, reject) => {
      const worker = new SharedWorker("/shared_worker.js", { type: "module" });
      worker.onerror = (event) => reject(new Error(event.message));
      worker.port.onmessage = ({ data }) => resolve(data);
      worker.port.postMessage([name, job]);
    })`,
    "service worker": `(async () => {
      await navigator.serviceWorker.register("/service_worker.js", { type: "module" });
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise((resolve) => port1.onmessage = ({ data }) => resolve(data));
      active.postMessage([name, job], [port2]);
      return await answer;
    })()`,
  }[context];
  return page.evaluate(`(([name, job]) => ${program})(${JSON.stringify([name, job])})`);
}

/** What Node writes on one thread. */
async function byNode({ rows, options }: Job): Promise<Uint8Array> {
  const { bytes } = await runJob(library, {
    rows,
    options: { ...options, parallelism: 0, workerUrl: null },
  });
  return bytes;
}

const references = new Map<string, Promise<Uint8Array>>();

/** That the browser wrote, byte for byte, what Node writes. */
async function assertLikeNode(name: string, job: Job): Promise<void> {
  const bytes = site.take(name);
  assert.ok(bytes !== undefined, `${name} left no file`);
  const { parallelism: _, workerUrl: __, ...options } = job.options;
  const key = JSON.stringify([job.rows, options]);
  if (!references.has(key)) references.set(key, byNode(job));
  assert.equal(Buffer.compare(bytes, await references.get(key)!), 0, `${name}: other bytes`);
}

async function assertReadBack(bytes: Uint8Array, rows: number): Promise<void> {
  const read = await readPlainlyWithHyparquet(bytes);
  assert.equal(read.length, rows);
  const counted = await withFile(
    bytes,
    (path) => query(`select count(*), sum(id), count(kind), sum(len(tags)) from '${path}'`),
  );
  assert.deepEqual(counted.map((row) => row.map(Number)), [[
    rows,
    rows * (rows - 1) / 2,
    rows - Math.ceil(rows / 7),
    Array.from({ length: rows }, (_, i): number => i % 3).reduce((sum, n) => sum + n, 0),
  ]]);
}

const NO_WORKERS = { workers: 0, diagnostics: ["no-workers"] };
const POLICIES: readonly {
  readonly title: string;
  readonly headers: Headers;
  readonly job: Job;
  readonly answer: Answer;
}[] = [
  {
    title: "no policy: workers",
    headers: {},
    job: ZSTD,
    answer: { workers: 2, diagnostics: [] },
  },
  {
    title: "cross-origin isolation: workers",
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
    job: ZSTD,
    answer: { workers: 2, diagnostics: [] },
  },
  {
    title: "WebAssembly and blob: workers allowed by name",
    headers: {
      "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
    },
    job: ZSTD,
    answer: { workers: 2, diagnostics: [] },
  },
  {
    title: "no blob: workers: the page's thread",
    headers: { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" },
    job: ZSTD,
    answer: NO_WORKERS,
  },
  {
    title: "no workers at all: the page's thread",
    headers: {
      "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
    },
    job: ZSTD,
    answer: NO_WORKERS,
  },
  {
    title: "workers of the site: workerUrl",
    headers: {
      "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    },
    job: { ...ZSTD, options: { ...ZSTD.options, workerUrl: "/worker.js" } },
    answer: { workers: 2, diagnostics: [] },
  },
  {
    title: "a workerUrl that leads nowhere: the page's thread",
    headers: {},
    job: { ...ZSTD, options: { ...ZSTD.options, workerUrl: "/missing.js" } },
    answer: NO_WORKERS,
  },
  {
    title: "neither WebAssembly nor workers: TypeScript kernels on the page's thread",
    headers: { "Content-Security-Policy": "script-src 'self'" },
    job: SNAPPY,
    answer: NO_WORKERS,
  },
  {
    title: "no WebAssembly, but workers: TypeScript kernels there",
    headers: { "Content-Security-Policy": "script-src 'self'; worker-src blob:" },
    job: SNAPPY,
    answer: { workers: 2, diagnostics: [] },
  },
];

for (const { title, headers, job, answer } of POLICIES) {
  test(`${title}`, { skip }, async () => {
    const answers = await inBrowser({ [title]: job }, { headers });
    assert.deepEqual(answers, { [title]: answer });
    await assertLikeNode(title, job);
  });
}

test(
  "where WebAssembly is forbidden, the default is snappy; zstd is refused before anything is written",
  { skip },
  async () => {
    const jobs: Record<string, Job> = {
      default: { rows: 1000, options: {} },
      zstd: { rows: 1000, options: { compression: "zstd" } },
      column: { rows: 1000, options: { columns: { name: { compression: "zstd" } } } },
      reproducible: { rows: 1000, options: { reproducible: true } },
    };
    const headers = { "Content-Security-Policy": "script-src 'self'" };
    const answers = await inBrowser(jobs, { headers });
    assert.deepEqual(answers["default"], { workers: 0, diagnostics: ["no-zstd"] });
    await assertLikeNode("default", { rows: 1000, options: { compression: "snappy" } });
    for (const name of ["zstd", "column", "reproducible"]) {
      assert.match(answers[name]!.error!, /^TypeError: .*"zstd".*WebAssembly.*"snappy"/, name);
      assert.equal(site.take(name), undefined);
    }
  },
);

test("codecs: all but brotli, which is refused with what to use instead", { skip }, async () => {
  const rows = 20_000;
  const same = ["uncompressed", "snappy", "lz4_raw"] as const;
  const jobs: Record<string, Job> = {
    ...Object.fromEntries(
      same.map((compression) => [compression, { rows, options: { compression } }]),
    ),
    "zstd, as everywhere": { rows, options: { reproducible: true, compressionLevel: 5 } },
    zstd: { rows, options: {} },
    gzip: { rows, options: { compression: "gzip" } },
    "gzip 9": { rows, options: { compression: "gzip", compressionLevel: 9 } },
    brotli: { rows, options: { compression: "brotli" } },
  };
  const answers = await inBrowser(jobs);
  assert.match(answers["brotli"]!.error!, /^TypeError: .*"brotli".*use "zstd"/);
  for (const name of [...same, "zstd, as everywhere"]) {
    assert.equal(answers[name]!.error, undefined, name);
    await assertLikeNode(name, jobs[name]!);
  }
  for (const name of ["zstd", "gzip", "gzip 9"]) {
    assert.equal(answers[name]!.error, undefined, name);
    const bytes = site.take(name)!;
    await assertReadBack(bytes, rows);
    assert.deepEqual(await library.verifyParquet(bytes), []);
  }
});

test("gzip in workers", { skip }, async () => {
  const job: Job = { rows: 100_000, options: { compression: "gzip", parallelism: 2 } };
  const answers = await inBrowser({ gzip: job });
  assert.deepEqual(answers["gzip"], { workers: 2, diagnostics: [] });
  await assertReadBack(site.take("gzip")!, 100_000);
});

/** Workers of workers, and which contexts have them. */
const CONTEXTS: readonly (readonly [Context, Answer])[] = [
  ["module worker", { workers: 2, diagnostics: [] }],
  ["shared worker", NO_WORKERS],
  ["service worker", NO_WORKERS],
];

for (const [context, answer] of CONTEXTS) {
  test(`a ${context} writes the same`, { skip }, async () => {
    assert.deepEqual(await inBrowser({ [context]: ZSTD }, { context }), { [context]: answer });
    await assertLikeNode(context, ZSTD);
  });
}

test("a bundle for no condition runs in a page, too", { skip }, async () => {
  const answers = await inBrowser({ plain: ZSTD }, { script: "/page_default.js" });
  assert.deepEqual(answers["plain"], { workers: 2, diagnostics: [] });
  await assertLikeNode("plain", ZSTD);
});

test("sinks: the file system of the origin, blobs, transform streams", { skip }, async () => {
  const job: Job = { rows: 20_000, options: { compression: "snappy" } };
  const kinds = ["opfs", "blob", "transform"] as const;
  const jobs = Object.fromEntries(kinds.map((sink) => [sink, { ...job, sink }]));
  const answers = await inBrowser(jobs);
  for (const kind of kinds) {
    assert.equal(answers[kind]!.error, undefined, kind);
    await assertLikeNode(kind, job);
  }
  const sync = await inBrowser(
    { sync: { ...job, sink: "opfs synchronous" } },
    { context: "module worker" },
  );
  assert.equal(sync["sync"]!.error, undefined);
  await assertLikeNode("sync", job);
});
