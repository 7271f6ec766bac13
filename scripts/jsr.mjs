/**
 * Writes the package for JSR into `dist/jsr/`: what the build made for npm, with declarations that JSR's tools and Deno follow.
 *
 * JSR would take the sources as well, but a program that imports them loads 450 modules instead of 30: a file of 1,000 rows takes 142 ms
 * from the start of the process, as built 96 (Deno 2.9.6, with everything in its cache).
 *
 * @module
 */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { markEagerFunctions } from "./eager_functions.mjs";
import { bundleName, ENTRIES, PROGRAMS } from "./entries.mjs";
import { findRuntime, ROOT } from "./runtimes.mjs";

/** Texts of the package that are not made. */
const TEXTS = ["README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md"];

/** Declarations of an entry, from the root of the package. */
const declarationsOf = (subpath, source) =>
  PROGRAMS.includes(subpath)
    ? bundleName(subpath).replace(/\.js$/, ".d.ts")
    : source.replace(/\.ts$/, ".d.ts");

/** What Deno and JSR have to be told of a module in JavaScript: where its types are. */
function withTypes(code, declarations) {
  const pragma = `/* @ts-self-types="./${declarations}" */\n`;
  const interpreter = /^#!.*\n/.exec(code)?.[0] ?? "";
  return interpreter + pragma + code.slice(interpreter.length);
}

/** Declarations name each other by the files that are there: Deno looks for no other extension. */
const withExtensions = (text) => text.replace(/(from |import\()"(\.[^"]*)\.js"/g, '$1"$2.d.ts"');

/**
 * Writes the package.
 *
 * @param dist Where the npm package was built.
 */
export function writeJsrPackage(dist) {
  const folder = join(dist, "jsr");
  const types = new Map(
    Object.entries(ENTRIES).map((
      [subpath, source],
    ) => [bundleName(subpath), declarationsOf(subpath, source)]),
  );
  const made = readdirSync(dist, { recursive: true }).map(String);
  for (const name of made) {
    const isCode = !name.includes("/") && name.endsWith(".js");
    if (!isCode && !name.endsWith(".d.ts")) continue;
    const text = readFileSync(join(dist, name), "utf8");
    const declarations = types.get(name);
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(
      join(folder, name),
      !isCode
        ? withExtensions(text)
        : declarations === undefined
        ? text
        : withTypes(text, declarations),
    );
  }
  markEagerFunctions(folder, findRuntime("node").binary);
  for (const name of TEXTS) copyFileSync(join(ROOT, name), join(folder, name));
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, "jsr.json"), "utf8"));
  const exports = Object.fromEntries(
    Object.keys(ENTRIES).map((subpath) => [subpath, `./${bundleName(subpath)}`]),
  );
  // Git ignores what is built, and `deno publish` what git ignores.
  const description = { name, version, license, exports, publish: { exclude: ["!**"] } };
  writeFileSync(join(folder, "deno.json"), `${JSON.stringify(description, null, 2)}\n`);
}
