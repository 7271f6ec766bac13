/** A stranger's machine: empty folders, the packed library, and the runtimes that people have. */

import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findRuntime } from "../../scripts/runtimes.mjs";

/** Root folder of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The binary of a runtime; of Node, that of a major version. */
export function binary(name: "deno" | "bun" | "node" | "node-22" | "node-24"): string {
  if (name !== "node-22" && name !== "node-24") return findRuntime(name).binary;
  const path = join(ROOT, "node_modules", name, "bin", "node");
  return existsSync(path) ? path : "";
}

/** Runs a function in an empty folder that is gone afterwards. */
export async function inEmptyFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-stranger-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs a command and gives what it printed. Nothing of this process's npm or Node settings reaches it, and `firstOnPath` is
 * the runtime that its scripts find.
 *
 * @throws {Error} With its output, when it fails.
 */
export function command(
  folder: string,
  file: string,
  args: readonly string[],
  firstOnPath: string = process.execPath,
): Promise<string> {
  const env: Record<string, string | undefined> = {
    PATH: `${dirname(firstOnPath)}${delimiter}${process.env["PATH"]}`,
    HOME: process.env["HOME"],
    TMPDIR: process.env["TMPDIR"],
    NO_COLOR: "1",
  };
  return new Promise((resolve, reject) => {
    execFile(
      file,
      [...args],
      { cwd: folder, env, timeout: 240_000, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        reject(new Error(`${file} ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`));
      },
    );
  });
}

/** Packs the library as `npm publish` would; gives the tarball's path. */
export async function pack(folder: string): Promise<string> {
  const printed = await command(ROOT, "npm", ["pack", "--json", "--pack-destination", folder]);
  // What `prepack` prints comes before the list.
  const [{ filename }] = JSON.parse(printed.slice(printed.indexOf("[")));
  return join(folder, filename);
}

/** What a checkout holds, without the packages that its developers install. */
export function clone(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ["mod.ts", "src", "deno.json", "jsr.json", "package.json", "workers"]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
}

/** The library's sources alone. */
export function copySources(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ["mod.ts", "src"]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
}

/** Writes a program that imports the library, writes a file in memory and one on the disk, and prints what it did. */
export function writeProgram(path: string, specifier: string, to: string | null): void {
  const ipc = readFileSync(join(ROOT, "tests", "package", "three_rows.arrow")).toString("base64");
  writeFileSync(
    path,
    `import { readParquetMetadata, toParquet, writeParquet } from ${JSON.stringify(specifier)};
const ipc = Uint8Array.from(atob("${ipc}"), (character) => character.charCodeAt(0));
const bytes = await toParquet(ipc);
const { numRows } = await readParquetMetadata(bytes);
const to = ${JSON.stringify(to)};
const written = to === null ? null : await writeParquet(ipc, to, { compression: "snappy" });
console.log(JSON.stringify({ numRows, written: written === null ? null : written.numRows }));
`,
  );
}
