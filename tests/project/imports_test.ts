/**
 * Who may import whom: the order of the folders in `src/`, and the few places that may know a runtime or a package.
 */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);

/** Folders of `src/` from the outside in: a folder may import those of its own rank and of the ranks below. */
const RANKS: readonly (readonly string[])[] = [
  ["cli"],
  ["delta"],
  ["dataset"],
  ["merge"],
  ["reader"],
  ["pipeline", "verify"],
  ["executor", "file", "rows", "text"],
  ["row_group"],
  ["column"],
  ["page", "shred"],
  ["encoding", "compression", "statistics"],
  ["kernels"],
  ["schema", "arrow"],
  ["format"],
  ["store"],
  ["sink"],
  ["runtime"],
  ["util"],
];

/** Folders that may import less than their rank allows. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  verify: ["compression", "schema", "format", "runtime", "util"],
};

/** Packages that a folder may import. Everything else in `src/` stands on its own. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  cli: ["commander", "cli-progress"],
};

/** Folders that may touch globals of Deno, Bun and Node. */
const RUNTIME_FOLDERS = ["runtime", "cli"];
/** Folders that may import `node:` modules: browsers have none, and bundlers for browsers stop at them. */
const NODE_FOLDERS = ["cli"];

const RUNTIME_GLOBALS =
  /(?<![\w.$#"'`])(?:Deno|Bun|process|Buffer|require|__dirname|__filename)(?=\s*[.(\[])/;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** The source without comments; strings stay. */
function withoutComments(source: string): string {
  return source.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_all, text: string | undefined) => text ?? " ",
  );
}

function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  for (
    const match of code.matchAll(
      /^\s*(?:import|export)\s+(type\s+)?(?:[\w$*{][^;"']*?\sfrom\s*)?"([^"]+)"/gm,
    )
  ) {
    found.push({ specifier: match[2]!, typeOnly: match[1] !== undefined });
  }
  for (const match of code.matchAll(/\bimport\s*\(\s*["'`]([^"'`]+)["'`]\s*\)/g)) {
    found.push({ specifier: match[1]!, typeOnly: false });
  }
  return found;
}

function sourcesBelow(folder: string): Map<string, string> {
  const sources = new Map<string, string>();
  if (!existsSync(new URL(folder, ROOT))) return sources;
  for (const name of readdirSync(new URL(folder, ROOT), { recursive: true })) {
    const path = `${folder}${String(name).replaceAll("\\", "/")}`;
    if (!path.endsWith(".ts") || path.startsWith("src/kernels/assembly/")) continue;
    sources.set(path, readFileSync(new URL(path, ROOT), "utf8"));
  }
  return sources;
}

const sources = sourcesBelow("src/");
const folderOf = (path: string) => path.split("/")[1] ?? "";
const rankOf = (folder: string) => RANKS.findIndex((rank) => rank.includes(folder));
const resolve = (from: string, specifier: string) =>
  posix.normalize(posix.join(posix.dirname(from), specifier));

test("imports are found in every form", () => {
  assert.deepEqual(
    importsOf(`
      // import "comment";
      import "effect";
      import type { A } from "./types.ts";
      import { a, type B } from "./values.ts";
      import * as c from "star";
      import d from "default";
      export { e } from "./named.ts";
      export * from "./all.ts";
      export type { F } from "./exported_types.ts";
      const g = await import("./dynamic.ts");
      import {
        h,
      } from "./lines.ts";
      const notAnImport = 'x'; /* import "block"; */
    `).map(({ specifier, typeOnly }) => typeOnly ? `type ${specifier}` : specifier).sort(),
    [
      "./all.ts",
      "./dynamic.ts",
      "./lines.ts",
      "./named.ts",
      "./values.ts",
      "default",
      "effect",
      "star",
      "type ./exported_types.ts",
      "type ./types.ts",
    ],
  );
});

test("src/ imports in one direction", () => {
  assert.ok(sources.size > 0);
  const faults: string[] = [];
  for (const [path, source] of sources) {
    const folder = folderOf(path);
    if (rankOf(folder) === -1) faults.push(`${path}: the folder has no place in the order`);
    for (const { specifier } of importsOf(source)) {
      if (!specifier.startsWith(".")) continue;
      const target = resolve(path, specifier);
      if (!target.startsWith("src/")) {
        faults.push(`${path} imports ${target}, outside src/`);
        continue;
      }
      const to = folderOf(target);
      if (to === folder) continue;
      if (ONLY[folder] !== undefined ? !ONLY[folder].includes(to) : rankOf(to) < rankOf(folder)) {
        faults.push(`${path} imports ${target}`);
      }
      if (to === "verify" && !["cli", "merge", "reader"].includes(folder)) {
        faults.push(`${path} imports ${target}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

test("every import names a file that is there, with its extension", () => {
  for (const [path, source] of sources) {
    for (const { specifier } of importsOf(source)) {
      if (!specifier.startsWith(".")) continue;
      assert.ok(existsSync(new URL(resolve(path, specifier), ROOT)), `${path}: ${specifier}`);
    }
  }
});

test("only the named folders import packages and node: modules: builtinModule() is for the others", () => {
  const faults: string[] = [];
  for (const [path, source] of sources) {
    const folder = folderOf(path);
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (specifier.startsWith(".")) continue;
      const allowed = specifier.startsWith("node:")
        ? NODE_FOLDERS.includes(folder) || (typeOnly && folder === "runtime")
        : !typeOnly && (PACKAGES[folder] ?? []).includes(specifier);
      if (!allowed) faults.push(`${path} imports ${specifier}`);
    }
  }
  assert.deepEqual(faults, []);
});

test("only src/runtime/ and src/cli/ touch globals of a runtime", () => {
  assert.match("const a = process.env", RUNTIME_GLOBALS);
  assert.doesNotMatch("this.process()", RUNTIME_GLOBALS);
  const faults: string[] = [];
  for (const [path, source] of sources) {
    if (RUNTIME_FOLDERS.includes(folderOf(path)) || path.endsWith(".generated.ts")) continue;
    const code = withoutComments(source).replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
    const match = RUNTIME_GLOBALS.exec(code);
    if (match !== null) faults.push(`${path} touches ${match[0]}`);
  }
  assert.deepEqual(faults, []);
});

/** Files that run when `entry` is loaded, with the packages that they import. */
function reachable(entry: string, all: ReadonlyMap<string, string>): Set<string> {
  const seen = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const source = all.get(path);
    if (source === undefined) continue;
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (!typeOnly) waiting.push(specifier.startsWith(".") ? resolve(path, specifier) : specifier);
    }
  }
  return seen;
}

test("workers load neither arrow/ nor a package", () => {
  const workers = sourcesBelow("workers/");
  const all = new Map([...sources, ...workers]);
  for (const entry of workers.keys()) {
    const loaded = [...reachable(entry, all)];
    const faults = loaded.filter((path) =>
      /^src\/(?:arrow|pipeline|cli|file|sink|verify)\//.test(path) ||
      (!path.endsWith(".ts") && !path.startsWith("node:"))
    );
    assert.deepEqual(faults, [], entry);
    assert.ok(loaded.length > 1, `${entry} loads nothing`);
  }
});

test("no folder imports itself by way of another", () => {
  const edges = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    const targets = edges.get(folderOf(path)) ?? new Set();
    edges.set(folderOf(path), targets);
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (specifier.startsWith(".") && !typeOnly) targets.add(folderOf(resolve(path, specifier)));
    }
    targets.delete(folderOf(path));
  }
  const visit = (folder: string, trail: readonly string[]) => {
    assert.ok(!trail.includes(folder), `a cycle: ${[...trail, folder].join(" → ")}`);
    for (const target of edges.get(folder) ?? []) visit(target, [...trail, folder]);
  };
  for (const folder of edges.keys()) visit(folder, []);
  assert.ok(edges.size > 5);
});

test("generated files import nothing", () => {
  for (const [path, source] of sources) {
    if (path.endsWith(".generated.ts")) assert.deepEqual(importsOf(source), [], path);
  }
});
