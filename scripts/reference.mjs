/**
 * Writes the API reference as HTML.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { LIBRARIES } from "./entries.mjs";
import { findRuntime, ROOT } from "./runtimes.mjs";

const output = join(ROOT, ".cache", "reference");
const { status } = spawnSync(
  findRuntime("deno").binary,
  ["doc", "--html", "--name=parquet-ext", `--output=${output}`, ...LIBRARIES],
  { cwd: ROOT, stdio: "inherit" },
);
process.exit(status ?? 1);
