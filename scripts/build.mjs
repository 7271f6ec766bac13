/**
 * Builds the npm package: what `entries.mjs` lists, as ES modules that share chunks, and their declarations.
 *
 * A program that imports a part carries that part alone: bundlers leave out chunks that nothing is used of (`sideEffects` is
 * false), and hence every part of {@linkcode PARTS} is a chunk of its own. Few and large chunks otherwise: a module costs Node
 * a quarter of a millisecond.
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
import { VARIANTS, writeWasm, writeWorker } from "./conditions.mjs";
import { bundleName, CONDITIONS, ENTRIES, LIBRARIES, PROGRAMS } from "./entries.mjs";
import { ROOT } from "./runtimes.mjs";

const DIST = join(ROOT, "dist");
const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const OLDEST_NODE = /\d+\.\d+/.exec(engines.node)[0];

/** Modules that programs want without the rest. */
const PARTS = [
  "src/util/errors.ts",
  "src/file/read_parquet_metadata.ts",
  "src/rows/schema.ts",
  "src/verify/verify_parquet.ts",
];

/** Settings of all bundles. */
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

/** Packages that are bundled, by the names of their files. */
const packages = new Map();

/**
 * Takes packages out of the bundles, each into a module of its own: those of the command line are CommonJS and ask for built-in modules
 * by `require`, which nothing else should have to have.
 */
const PACKAGES = {
  name: "packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, kind }) => {
      if (kind === "entry-point" || path.startsWith("node:")) return null;
      const file = `package-${path.replaceAll(/[^\w-]+/g, "_")}.js`;
      packages.set(path, file);
      return { path: `./${file}`, external: true };
    });
  },
};

/** Before the name of a bundle that is not kept. */
const DROPPED = "dropped-";

/**
 * Imports all that an entry has once more: what two entries import lies in chunks, and the entry itself has nothing but re-exports,
 * which is what lets bundlers leave out chunks.
 */
const TWINS = {
  name: "twins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^twin:/ }, ({ path }) => ({ path: path.slice(5), namespace: "twin" }));
    onLoad({ filter: /./, namespace: "twin" }, ({ path }) => ({
      contents: `export * from "./${path}";`,
      resolveDir: ROOT,
    }));
  },
};

/** Bundles all entries for a condition. */
async function bundleEntries(condition, folder) {
  const outdir = join(DIST, folder);
  const libraries = Object.entries(ENTRIES)
    .filter(([subpath]) => !PROGRAMS.includes(subpath))
    .map(([subpath, source]) => ({ in: source, out: bundleName(subpath).replace(/\.js$/, "") }));
  // What the command line is started by is written below.
  const programs = condition === "default" ? [{ in: ENTRIES["./cli"], out: "command_line" }] : [];
  const { plugins, ...settings } = VARIANTS[condition];
  const dropped = [...PARTS, ...libraries.map((entry) => `twin:${entry.in}`)];
  await build({
    ...BUNDLE,
    ...settings,
    entryPoints: [
      ...libraries,
      ...programs,
      ...dropped.map((source, i) => ({ in: source, out: `${DROPPED}${i}` })),
    ],
    outdir,
    splitting: true,
    chunkNames: "chunk-[hash]",
    conditions: condition === "default" ? [] : [condition],
    plugins: [TWINS, PACKAGES, ...plugins],
  });
  for (const name of readdirSync(outdir)) {
    if (name.startsWith(DROPPED)) rmSync(join(outdir, name));
  }
}

rmSync(DIST, { recursive: true, force: true });
for (const [condition, folder] of Object.entries(CONDITIONS)) {
  await bundleEntries(condition, folder);
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
writeFileSync(
  join(DIST, "cli.js"),
  `#!/usr/bin/env node
import * as module from "node:module";
module.enableCompileCache?.();
await import("./command_line.js");
`,
);
chmodSync(join(DIST, "cli.js"), 0o755);
writeDeclarations();
for (const subpath of PROGRAMS) {
  writeFileSync(join(DIST, bundleName(subpath).replace(/js$/, "d.ts")), "export {};\n");
}

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
