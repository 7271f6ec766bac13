/**
 * Private members as plain ones, in bundles: a process that writes one small file takes 5 % less time on Node and Deno, 15 % on Bun.
 * JavaScriptCore makes names anew for each class that has private members when the class is defined, and every engine compiles a function
 * for each class whose fields have values.
 *
 * What users hold keeps its private members (sinks, stores with their credentials, writers, schemas): nobody is to see them, in a log
 * either.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { transform } from "esbuild";
import { parseAst } from "rollup/parseAst";
import { ENTRIES } from "./entries.mjs";
import { ROOT } from "./runtimes.mjs";

/** Folders of `src/` whose classes are the library's own, but for those that it exports. */
const INTERNAL = [
  "arrow",
  "column",
  "compression",
  "encoding",
  "executor",
  "file",
  "format",
  "kernels",
  "page",
  "pipeline",
  "row_group",
  "rows",
  "schema",
  "shred",
  "statistics",
  "text",
  "util",
];

/** What long names begin with, until the whole bundle is there; nothing in the sources does. */
const LONG = /\$\$\w+(?:\$\w+)?/g;

/** Classes of what users hold: those that the entries export, if only as types, and what `Pipeline.builder` gives. */
const HELD = new Set(["PipelineBuilder"]);
for (const source of Object.values(ENTRIES)) {
  const text = readFileSync(join(ROOT, source), "utf8");
  for (const [, names] of text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)) {
    for (const name of names.split(",")) HELD.add(name.trim().replace(/^type /, ""));
  }
}

/** Nodes of ESTree within a node. */
function* childrenOf(node) {
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") yield child;
    }
  }
}

/** The private names of a class → what they become, if anything. */
function plainNames({ id, superClass, body }) {
  const isHeld = id !== null && HELD.has(id.name);
  // Of classes that extend each other one alone extends none; the others have their name in the names of their members.
  if (superClass !== null && id === null) {
    throw new Error("Cannot tell members of a class apart that has no name");
  }
  const suffix = superClass === null ? "" : `$${id.name}`;
  const names = new Map();
  for (const { key } of body.body) {
    if (key?.type !== "PrivateIdentifier") continue;
    names.set(key.name, isHeld ? null : `$$${key.name}${suffix}`);
  }
  return names;
}

/** What has to be renamed, as [from, to, name]. `scopes`: names of the classes around. */
function* renamings(node, scopes) {
  if (node.type === "PrivateIdentifier") {
    const name = scopes.findLast((names) => names.has(node.name)).get(node.name);
    if (name !== null) yield [node.start, node.end, name];
    return;
  }
  if (node.type === "BinaryExpression" && node.left.type === "PrivateIdentifier") {
    throw new Error(`Cannot make #${node.left.name} plain: "in" looks for it`);
  }
  const isClass = node.type === "ClassDeclaration" || node.type === "ClassExpression";
  const inside = isClass ? [...scopes, plainNames(node)] : scopes;
  for (const child of childrenOf(node)) yield* renamings(child, inside);
}

/**
 * Makes private members of a module plain, with long names, and what gives fields their values a part of the constructor.
 *
 * @param {string} path Path of the module.
 * @param {string} code Its JavaScript.
 * @param {string} target As esbuild has it.
 * @returns {Promise<string>}
 */
export async function plainMembers(path, code, target) {
  const [root, folder] = relative(ROOT, path).split(sep);
  if (root !== "src" || !INTERNAL.includes(folder) || !code.includes("class ")) return code;
  let plain = "", at = 0;
  for (const [from, to, name] of renamings(parseAst(code), [])) {
    plain += `${code.slice(at, from)} ${name}`;
    at = to;
  }
  const compilerOptions = { verbatimModuleSyntax: true, useDefineForClassFields: false };
  return (await transform(plain + code.slice(at), {
    loader: "ts",
    target,
    tsconfigRaw: { compilerOptions },
  })).code;
}

/**
 * Short names for the long ones, the same in all modules: classes that extend each other may be in several.
 *
 * @param {Iterable<string>} codes Everything that is bundled.
 * @returns {(code: string) => string} Puts them in.
 */
export function shortMembers(codes) {
  const uses = new Map();
  for (const code of codes) {
    for (const [name] of code.matchAll(LONG)) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const long = [...uses].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const short = new Map(long.map(([name], i) => [name, `$${i.toString(36)}`]));
  return (code) => code.replaceAll(LONG, (name) => short.get(name));
}
