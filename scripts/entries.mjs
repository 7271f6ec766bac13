/**
 * What programs can import: the source of `exports` in `package.json`, `jsr.json` and `deno.json`, and of what the build makes.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./runtimes.mjs";

/** Subpath → module. To add one, write it here and run `npm run generate`. */
export const ENTRIES = {
  ".": "mod.ts",
  "./s3": "src/store/s3.ts",
  "./azure": "src/store/azure.ts",
  "./gcs": "src/store/gcs.ts",
  "./store": "src/store/mod.ts",
  "./dataset": "src/dataset/mod.ts",
  "./delta": "src/delta/mod.ts",
  "./cli": "src/cli/main.ts",
  "./worker": "workers/encoder.ts",
};

/** Subpaths whose import runs a program, and gives nothing; they are the same under every condition. */
export const PROGRAMS = ["./cli", "./worker"];

/** Modules that programs import. */
export const LIBRARIES = Object.entries(ENTRIES)
  .filter(([subpath]) => !PROGRAMS.includes(subpath))
  .map(([, source]) => source);

/**
 * Condition of `exports` → folder within `dist/` that the bundles for it are in. The first one that holds is taken (workerd's tools ask
 * for `browser`, too), and the last one where no other does.
 */
export const CONDITIONS = {
  workerd: "workerd",
  browser: "browser",
  default: "",
};

/** Name of a subpath's bundle: `index.js` for `.`, `s3.js` for `./s3`. */
export function bundleName(subpath) {
  return subpath === "." ? "index.js" : `${subpath.slice("./".length)}.js`;
}

/** `exports` of `package.json`. */
export function npmExports() {
  return Object.fromEntries(
    Object.entries(ENTRIES).map(([subpath, source]) => {
      if (PROGRAMS.includes(subpath)) {
        const program = `./dist/${bundleName(subpath)}`;
        return [subpath, { types: program.replace(/\.js$/, ".d.ts"), default: program }];
      }
      const conditions = { types: `./dist/${source.replace(/\.ts$/, ".d.ts")}` };
      for (const [condition, folder] of Object.entries(CONDITIONS)) {
        conditions[condition] = `./${
          ["dist", folder, bundleName(subpath)].filter(Boolean).join("/")
        }`;
      }
      return [subpath, conditions];
    }),
  );
}

/** `exports` of `jsr.json` and `deno.json`. */
export function jsrExports() {
  return Object.fromEntries(
    Object.entries(ENTRIES).map(([subpath, source]) => [subpath, `./${source}`]),
  );
}

/** A package description with other `exports`; the rest stays as it is written. */
function withExports(name, exports) {
  const text = readFileSync(join(ROOT, name), "utf8");
  const member = /^ {2}"exports": \{\n[\s\S]*?\n {2}\}/m;
  if (!member.test(text)) throw new Error(`Cannot find "exports" in ${name}`);
  const json = JSON.stringify(exports, null, 2).replaceAll("\n", "\n  ");
  return text.replace(member, () => `  "exports": ${json}`);
}

/** Text of `package.json`. */
export const buildPackageJson = () => withExports("package.json", npmExports());

/** Text of `jsr.json`. */
export const buildJsrJson = () => withExports("jsr.json", jsrExports());

/** Text of `deno.json`. */
export const buildDenoJson = () => withExports("deno.json", jsrExports());
