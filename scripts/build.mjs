/**
 * Builds the npm package: `dist/index.js` and `dist/command_line.js`, one ES module each, `dist/cli.js`, which starts the latter with
 * V8's compile cache (`--help` in Node 26.10: 81 ms, with the cache 61), and the declarations of `mod.ts`.
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
import { ROOT } from "./runtimes.mjs";

const DIST = join(ROOT, "dist");
const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const OLDEST_NODE = /\d+\.\d+/.exec(engines.node)[0];

rmSync(DIST, { recursive: true, force: true });
/** Settings of both bundles. */
const BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: `node${OLDEST_NODE}`,
  // Names stay, so that stack traces can be read; comments are in the declarations.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
};
await build({ ...BUNDLE, entryPoints: ["mod.ts"], outfile: "dist/index.js" });
await build({
  ...BUNDLE,
  entryPoints: ["src/cli/main.ts"],
  outfile: "dist/command_line.js",
  // Its packages are CommonJS and ask for built-in modules by `require`.
  banner: {
    js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
});
// What begins a process cannot come from the cache that it switches on: the rest is a module of its own. Without a place for the cache
// (a read-only file system, Node's permission model) nothing is cached, and nothing fails.
writeFileSync(
  join(DIST, "cli.js"),
  `#!/usr/bin/env node
import * as module from "node:module";
module.enableCompileCache?.();
await import("./command_line.js");
`,
);
chmodSync(join(DIST, "cli.js"), 0o755);

const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, "node_modules", "typescript", "bin", "tsc"),
    "--project",
    "scripts/declarations.json",
  ],
  { cwd: ROOT, stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
keepReachable(join(DIST, "mod.d.ts"));

/** Makes the declarations name their neighbours as the package does, and drops those that `entry` does not lead to. */
function keepReachable(entry) {
  const reachable = new Set([entry]);
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
