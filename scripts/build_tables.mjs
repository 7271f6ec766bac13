/**
 * Puts the tables that the code gives between the markers of their pages in `docs/`.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./runtimes.mjs";

/**
 * Builds a page.
 *
 * @param {string} page Path of the page below the root, such as `docs/options.md`.
 * @returns {Promise<string>} Its text, with today's table.
 */
export async function buildTable(page) {
  // The Node that runs this need not understand TypeScript.
  const { outputFiles } = await build({
    entryPoints: ["scripts/document_tables.ts"],
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const source = Buffer.from(outputFiles[0].contents).toString("base64");
  const { documentTables } = await import(`data:text/javascript;base64,${source}`);
  const name = page.replace(/^docs\/|\.md$/g, "");
  const text = readFileSync(join(ROOT, page), "utf8");
  const [start, end] = [`<!-- table: ${name} -->`, "<!-- end of table -->"];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`Cannot find "${start}" … "${end}" in ${page}`);
  return `${text.slice(0, from + start.length)}\n\n${documentTables().get(name)}\n\n${
    text.slice(to)
  }`;
}
