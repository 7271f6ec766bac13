/**
 * Puts the tables that the code gives between their markers in the README.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./runtimes.mjs";

/**
 * Builds the README.
 *
 * @returns {Promise<string>} Text of `README.md`, with today's tables.
 */
export async function buildReadme() {
  // The Node that runs this need not understand TypeScript.
  const { outputFiles } = await build({
    entryPoints: ["scripts/readme_tables.ts"],
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const source = Buffer.from(outputFiles[0].contents).toString("base64");
  const { readmeTables } = await import(`data:text/javascript;base64,${source}`);
  let text = readFileSync(join(ROOT, "README.md"), "utf8");
  for (const [name, table] of readmeTables()) {
    const [start, end] = [`<!-- table: ${name} -->`, "<!-- end of table -->"];
    const from = text.indexOf(start);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`Cannot find "${start}" … "${end}" in README.md`);
    text = `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`;
  }
  return text;
}
