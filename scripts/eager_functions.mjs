/**
 * Functions that the first small file runs, marked so that V8 compiles them with their module.
 *
 * V8 compiles a function when it is first called, and keeps what it compiled for the next process only of modules as they are loaded: what
 * a program calls later, Deno compiles anew in every process. V8 takes a function within parentheses as one that is called at once, and
 * compiles it with its module; Deno finds it in its cache. A file of 1,000 rows takes a sixth less time from the start of the process.
 *
 * Which functions those are is found out by running them.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseAst } from "rollup/parseAst";

/** What a program does that writes a small file: rows, to memory and to a file. */
const program = (entry, output) => `
import { toParquet, writeParquet } from ${JSON.stringify(entry)};
const rows = Array.from({ length: 1000 }, (_, i) => ({
  id: i, name: "name " + i % 37, key: "key " + i, price: i * 1.5, paid: i % 2 === 0, at: new Date(1.7e12 + i * 1000),
}));
await toParquet(rows);
await writeParquet(rows, ${JSON.stringify(output)});
`;

/** Ends of the functions that ran, by the names of the modules in `folder`. */
function endsOfCalled(folder, node) {
  const scratch = mkdtempSync(join(tmpdir(), "parquet-eager-"));
  try {
    const file = join(scratch, "program.mjs");
    writeFileSync(
      file,
      program(pathToFileURL(join(folder, "index.js")).href, join(scratch, "rows.parquet")),
    );
    const coverage = join(scratch, "coverage");
    const { status, stderr } = spawnSync(node, [file], {
      encoding: "utf8",
      env: { ...process.env, NODE_V8_COVERAGE: coverage, PARQUET_EXT_PARALLELISM: "0" },
    });
    if (status !== 0) throw new Error(`Cannot run a program to see what it calls: ${stderr}`);
    const base = `${pathToFileURL(folder).href}/`;
    const ends = new Map();
    for (const name of readdirSync(coverage)) {
      const { result } = JSON.parse(readFileSync(join(coverage, name), "utf8"));
      for (const { url, functions } of result) {
        if (!url.startsWith(base)) continue;
        const called = functions.map(({ ranges }) => ranges[0]).filter(({ count }) => count > 0);
        ends.set(url.slice(base.length), new Set(called.map(({ endOffset }) => endOffset)));
      }
    }
    return ends;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Whether there is a node of these types within a node. */
function has(node, types) {
  if (types.includes(node.type)) return true;
  const parts = Object.values(node).flat();
  return parts.some((part) => typeof part?.type === "string" && has(part, types));
}

/** Whether a member of a class is a method that can as well be given to its prototype as a function. */
function isPlainMethod({ type, kind, static: isStatic, computed, key, value }) {
  return type === "MethodDefinition" && kind === "method" && !isStatic && !computed &&
    key.type === "Identifier" && !has(value, ["Super", "PrivateIdentifier"]);
}

/** Marks the functions of a module that end at `called`. */
function marked(code, called) {
  let first = "", rest = "", at = 0;
  const replace = ({ start, end }, text) => {
    rest += code.slice(at, start) + text;
    at = end;
  };
  for (const node of parseAst(code).body) {
    if (node.type === "FunctionDeclaration" && called.has(node.end)) {
      // Before all else: functions can be called before their declaration, variables cannot.
      first += `var ${node.id.name}=(${code.slice(node.start, node.end)});\n`;
      replace(node, "");
    } else if (node.type === "ClassDeclaration") {
      const methods = node.body.body.filter((it) => called.has(it.end) && isPlainMethod(it));
      if (methods.length === 0) continue;
      for (const method of methods) replace(method, "");
      const members = methods.map(({ key, value: { async, generator, start, end } }) =>
        `${key.name}:(${async ? "async " : ""}function${generator ? "*" : ""}${
          code.slice(start, end)
        })`
      );
      const { name } = node.id;
      replace(
        { start: node.end, end: node.end },
        `\nObject.assign(${name}.prototype,{${members.join(",\n")}});`,
      );
    }
  }
  return first + rest + code.slice(at);
}

/**
 * Marks functions of the modules in `folder`.
 *
 * @param {string} folder Where they are, `index.js` among them.
 * @param {string} node A Node that can run them.
 */
export function markEagerFunctions(folder, node) {
  for (const [name, called] of endsOfCalled(folder, node)) {
    const path = join(folder, name);
    const code = readFileSync(path, "utf8");
    // Comments at the beginning say what the module is.
    const comments = /^(?:(?:\/\*.*?\*\/|\/\/.*)\n)*/.exec(code)[0];
    const rest = code.slice(comments.length);
    const ends = new Set([...called].map((end) => end - comments.length));
    writeFileSync(path, comments + marked(rest, ends));
  }
}
