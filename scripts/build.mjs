/**
 * Builds the npm package: what `entries.mjs` lists, as ES modules that share a few parts (`bundle.mjs`), and their declarations. And of
 * these the package for JSR (`jsr.mjs`).
 *
 * `dist/cli.js` starts the command line with V8's compile cache (`--help` in Node 26.10: 81 ms, with the cache 61).
 *
 * `npm pack` runs it. Node strips no types within `node_modules`, hence JavaScript; whatever the library needs is within.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { bundleEntries, LINE_LENGTH } from "./bundle.mjs";
import { writeWasm, writeWorker } from "./conditions.mjs";
import { bundleName, CONDITIONS, LIBRARIES, PROGRAMS } from "./entries.mjs";
import { writeJsrPackage } from "./jsr.mjs";
import { ROOT } from "./runtimes.mjs";

const DIST = join(ROOT, "dist");
const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const OLDEST_NODE = /\d+\.\d+/.exec(engines.node)[0];

/** A version such as "22.18" as a number that grows with it. */
function nodeNumber(version) {
  const [major, minor] = version.split(".").map(Number);
  return major + minor / 1000;
}

/** Settings of what is bundled from packages. */
const BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: `node${OLDEST_NODE}`,
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  lineLimit: LINE_LENGTH,
  logLevel: "warning",
};

rmSync(DIST, { recursive: true, force: true });
/** Packages that are bundled, by the names of their files. */
const packages = new Map();
for (const [condition, folder] of Object.entries(CONDITIONS)) {
  const found = await bundleEntries(condition, join(DIST, folder), OLDEST_NODE);
  for (const [name, file] of found) packages.set(name, file);
}
writeWasm(join(DIST, CONDITIONS.workerd));
writeWorker(join(DIST, bundleName("./worker")));
for (const [name, file] of packages) {
  await build({
    ...BUNDLE,
    stdin: {
      contents:
        `export * from "${name}"; import * as all from "${name}"; export default all.default;`,
      resolveDir: ROOT,
    },
    logOverride: { "import-is-undefined": "silent" },
    outfile: join(DIST, file),
    banner: {
      js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
    },
  });
}
// What begins a process cannot come from the cache that it switches on: the rest is a module of its own. Without a place for the cache
// (a read-only file system, Node's permission model) nothing is cached, and nothing fails.
// An older Node is told here, before it stumbles over what it lacks.
writeFileSync(
  join(DIST, "cli.js"),
  `#!/usr/bin/env node
import * as module from "node:module";
import process from "node:process";
const { bun, deno, node } = process.versions;
const [major, minor] = node.split(".").map(Number);
if (bun === undefined && deno === undefined && major + minor / 1000 < ${nodeNumber(OLDEST_NODE)}) {
  console.error(\`parquet-ext: Node ${OLDEST_NODE} or newer is needed; this is Node \${node}\`);
  process.exitCode = 2;
} else {
  module.enableCompileCache?.();
  await import("./command_line.js");
}
`,
);
chmodSync(join(DIST, "cli.js"), 0o755);
writeDeclarations();
for (const subpath of PROGRAMS) {
  writeFileSync(join(DIST, bundleName(subpath).replace(/js$/, "d.ts")), "export {};\n");
}
writeJsrPackage(DIST);

/** Writes the declarations of all entries that are no programs, and of what they refer to. */
function writeDeclarations() {
  const project = join(DIST, "declarations.json");
  const files = LIBRARIES.map((source) => `../${source}`);
  writeFileSync(project, JSON.stringify({ extends: "../scripts/declarations.json", files }));
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [compiler, "--project", project], {
    cwd: ROOT,
    stdio: "inherit",
  });
  rmSync(project);
  if (status !== 0) process.exit(status ?? 1);
  keepReachable(LIBRARIES.map((source) => join(DIST, source.replace(/\.ts$/, ".d.ts"))));
}

/** Makes the declarations name their neighbours as the package does, and drops those that no entry leads to. */
function keepReachable(entries) {
  const reachable = new Set(entries);
  for (const path of reachable) {
    const text = readFileSync(path, "utf8").replace(
      /(from |import\()"(\.[^"]*)\.ts"/g,
      (_all, keyword, specifier) => {
        reachable.add(join(dirname(path), `${specifier}.d.ts`));
        return `${keyword}"${specifier}.js"`;
      },
    );
    writeFileSync(path, text);
  }
  for (const name of readdirSync(DIST, { recursive: true })) {
    const path = join(DIST, String(name));
    if (path.endsWith(".d.ts") && !reachable.has(path)) rmSync(path);
  }
}
