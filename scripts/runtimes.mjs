/**
 * Finds Deno, Bun and Node: the binary of the devDependency where there is one, else the one on the PATH.
 *
 * Runs on Node 20, so that the scripts start with whatever Node came with npm. The binaries are looked for where the
 * packages unpack them, so that nothing depends on install scripts having been allowed to run.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Root folder of the repository. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Oldest versions that are supported. */
export const FLOORS = { deno: "2.9.0", bun: "1.4.0", node: "22.18.0" };

/**
 * @typedef {object} Runtime
 * @property {"deno" | "bun" | "node"} name
 * @property {string} binary Absolute path.
 * @property {string} version Without a leading "v".
 * @property {string[]} run Arguments that come before a TypeScript file to be run.
 */

const EXE = process.platform === "win32" ? ".exe" : "";

/** Folders of node_modules that may carry a binary, in the order in which they are tried. */
function candidates(name) {
  const modules = join(ROOT, "node_modules");
  switch (name) {
    case "deno":
      return [join(modules, "deno", `deno${EXE}`), ...scoped(modules, "@deno", [`deno${EXE}`])];
    case "bun":
      return [
        join(modules, "bun", "bin", "bun.exe"),
        ...scoped(modules, "@oven", ["bin", `bun${EXE}`]),
      ];
    default:
      return [join(modules, `node-${process.platform}-${process.arch}`, "bin", `node${EXE}`)];
  }
}

/** The file `inner` in every installed package of a scope: npm installs those of this platform only. */
function scoped(modules, scope, inner) {
  const folder = join(modules, scope);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, ...inner)) : [];
}

function onPath(name) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  // npm puts node_modules/.bin first: what is there are links to the packages that were tried already.
  return folders.filter((folder) => folder !== "" && !folder.endsWith(join("node_modules", ".bin")))
    .map((folder) => join(folder, `${name}${EXE}`));
}

function versionOf(binary) {
  const { status, stdout } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  return status === 0 ? /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? null : null;
}

function atLeast(version, floor) {
  const have = version.split(".").map(Number);
  const need = floor.split(".").map(Number);
  const at = have.findIndex((part, i) => part !== need[i]);
  return at === -1 || have[at] > need[at];
}

const RUN = { deno: ["run", "-A", "--no-check"], bun: ["run"], node: [] };

/**
 * Finds one runtime.
 *
 * @param {"deno" | "bun" | "node"} name
 * @returns {Runtime}
 */
export function findRuntime(name) {
  const tooOld = [];
  for (const binary of [...candidates(name), ...onPath(name)]) {
    if (!existsSync(binary)) continue;
    const version = versionOf(binary);
    if (version === null) continue;
    if (atLeast(version, FLOORS[name])) return { name, binary, version, run: RUN[name] };
    tooOld.push(`${binary} is ${version}`);
  }
  throw new Error(
    `Cannot find ${name} ${FLOORS[name]} or newer in node_modules or on the PATH` +
      (tooOld.length === 0 ? "" : ` (${tooOld.join("; ")})`),
  );
}

/**
 * Finds Deno, Bun and Node, in this order.
 *
 * @returns {Runtime[]}
 */
export function findRuntimes() {
  return [findRuntime("deno"), findRuntime("bun"), findRuntime("node")];
}
