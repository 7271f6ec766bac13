/**
 * Writes every generated file; with `--check`, only says which ones are not what today's sources give.
 *
 * Generated files are checked in, so that nobody needs a build to use, run or publish the library.
 *
 * @module
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { ROOT } from "./runtimes.mjs";

/** In order: the worker bundles the kernels and the zstd module as they are on disk. */
const GENERATED = [
  {
    target: "src/kernels/kernels_wasm.generated.ts",
    generator: "src/kernels/assembly/build.mjs",
    export: "buildKernels",
  },
  {
    target: "src/runtime/deflate.generated.ts",
    generator: "src/runtime/build.mjs",
    export: "buildDeflate",
  },
  {
    target: "src/compression/zstd_wasm.generated.ts",
    generator: "src/compression/build.mjs",
    export: "buildZstd",
  },
  {
    target: "src/executor/encoder_worker.generated.ts",
    generator: "workers/build.mjs",
    export: "buildWorker",
  },
  { target: "docs/options.md", generator: "scripts/build_tables.mjs", export: "buildTable" },
  { target: "docs/types.md", generator: "scripts/build_tables.mjs", export: "buildTable" },
  { target: "docs/encodings.md", generator: "scripts/build_tables.mjs", export: "buildTable" },
  { target: "package.json", generator: "scripts/entries.mjs", export: "buildPackageJson" },
  { target: "jsr.json", generator: "scripts/entries.mjs", export: "buildJsrJson" },
  { target: "deno.json", generator: "scripts/entries.mjs", export: "buildDenoJson" },
];

const { values: { check } } = parseArgs({
  options: { check: { type: "boolean", default: false } },
});

let stale = 0;
for (const { target, generator, export: name } of GENERATED) {
  const text = await (await import(new URL(`../${generator}`, import.meta.url).href))[name](target);
  const path = join(ROOT, target);
  if (existsSync(path) && readFileSync(path, "utf8") === text) {
    console.log(`up to date  ${target}`);
  } else if (check) {
    console.error(`STALE       ${target}: run "npm run generate"`);
    stale++;
  } else {
    writeFileSync(path, text);
    console.log(`written     ${target}`);
  }
}
process.exit(stale === 0 ? 0 : 1);
