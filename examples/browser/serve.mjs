/**
 * Serves the example on this machine: `node examples/browser/serve.mjs [PORT]`. The program is bundled as a bundler would.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { esbuildPlugins, VARIANTS } from "../../scripts/conditions.mjs";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const LIBRARY = fileURLToPath(new URL("../../mod.ts", import.meta.url));

/** The files of the page: name → media type and text. */
export async function page() {
  const { outputFiles } = await build({
    platform: "browser",
    target: VARIANTS.browser.target,
    plugins: esbuildPlugins("browser"),
    absWorkingDir: FOLDER,
    entryPoints: ["app.js"],
    alias: { "parquet-ext": LIBRARY },
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  const file = (name) => readFileSync(FOLDER + name, "utf8");
  return new Map([
    ["/", { type: "text/html", text: file("index.html") }],
    ["/style.css", { type: "text/css", text: file("style.css") }],
    ["/app.js", { type: "text/javascript", text: outputFiles[0].text }],
  ]);
}

/** Serves the page; `port` 0: any free one. */
export async function serve(port) {
  const files = await page();
  const server = createServer(({ url }, response) => {
    const found = files.get(new URL(url, "http://localhost").pathname);
    if (found === undefined) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": `${found.type}; charset=utf-8` }).end(found.text);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  const server = await serve(Number(process.argv[2] ?? 8080));
  console.log(`http://127.0.0.1:${server.address().port}/`);
}
