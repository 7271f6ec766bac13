/** What a file sink does with the permissions that it is given: those of the system, of Node (`--permission`), and of Deno. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { toParquet } from "../../mod.ts";
import { runArguments } from "../support/subprocess.ts";

const SCRIPT = fileURLToPath(new URL("./write_file_script.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "permissions-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script and gives its line. */
function run(args: readonly string[], ...scriptArgs: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [...args, SCRIPT, ...scriptArgs], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  assert.equal(stderr, "");
  return stdout.trim();
}

const runtime = process.versions["deno"] !== undefined
  ? "Deno"
  : process.versions["bun"] !== undefined
  ? "Bun"
  : "Node";

/** Arguments that grant access to `read` and `write` alone. */
function granting(read: readonly string[], write: readonly string[]): string[] {
  if (runtime === "Deno") {
    return ["run", "--no-check", "--no-prompt"].concat(
      read.map((path) => `--allow-read=${path}`),
      write.map((path) => `--allow-write=${path}`),
    );
  }
  return ["--permission", `--allow-fs-read=${ROOT}`].concat(
    read.map((path) => `--allow-fs-read=${path}`),
    write.map((path) => `--allow-fs-write=${path}`),
  );
}

if (runtime !== "Bun") {
  test("a file is written with access to its folder alone, and keeps its permissions", () => {
    const path = join(folder, "out.parquet");
    for (const overwrite of ["replace", "keep"]) {
      rmSync(path, { force: true });
      assert.equal(run(granting([folder], [folder]), path, overwrite), "written");
      assert.equal(readFileSync(path, "utf8"), "done");
    }
    writeFileSync(path, "before");
    chmodSync(path, 0o640);
    assert.equal(run(granting([folder], [folder]), path), "written");
    assert.equal(readFileSync(path, "utf8"), "done");
    assert.equal(statSync(path).mode & 0o7777, 0o640);
    assert.deepEqual(readdirSync(folder), ["out.parquet"]);
  });

  test("what is missing is named, and nothing is left", () => {
    const path = join(folder, "out.parquet");
    const flag = runtime === "Deno" ? "--allow-" : "--allow-fs-";
    const missing = (access: string) =>
      `Cannot write ${path}: the file is written to a temporary file next to it and renamed, and ${runtime} ` +
      `was not given permission to ${access} its folder (${flag}${access}=${folder})`;
    for (const before of [null, "before"]) {
      if (before !== null) writeFileSync(path, before);
      const cases: [string[], string[], string][] = [
        [[folder], [], "write"],
        [[folder], [path], "write"],
        [[], [folder], "read"],
        [[path], [folder], "read"],
      ];
      for (const [read, write, access] of cases) {
        assert.equal(run(granting(read, write), path), missing(access), access);
        assert.deepEqual(readdirSync(folder), before === null ? [] : ["out.parquet"]);
        if (before !== null) assert.equal(readFileSync(path, "utf8"), before);
      }
    }
  });

  test("rows are appended with access to the folder, and what is missing is named", async () => {
    const path = join(folder, "out.parquet");
    const before = await toParquet([{ a: 1 }]);
    writeFileSync(path, before);
    const message = run(granting([folder], []), path, "append");
    assert.match(message, /^Cannot write .*not given permission to write its folder \(--allow-/);
    assert.deepEqual([...readFileSync(path)], [...before]);
    assert.equal(run(granting([folder], [folder]), path, "append"), "2 rows");
    assert.deepEqual(readdirSync(folder), ["out.parquet"]);
  });

  test("a link takes access to the folder that it leads to", () => {
    const there = join(folder, "there"), here = join(folder, "here");
    mkdirSync(there);
    mkdirSync(here);
    writeFileSync(join(there, "real.parquet"), "before");
    const link = join(here, "link.parquet");
    symlinkSync("../there/real.parquet", link);
    assert.match(
      run(granting([here, there], [here]), link),
      /permission to write its folder \(.*there\)$/,
    );
    assert.equal(readFileSync(join(there, "real.parquet"), "utf8"), "before");
    assert.equal(run(granting([here, there], [here, there]), link), "written");
    assert.equal(readFileSync(join(there, "real.parquet"), "utf8"), "done");
    assert.deepEqual([readdirSync(there), readdirSync(here)], [["real.parquet"], ["link.parquet"]]);
  });
}

if (process.platform === "linux") {
  test("a folder in which no file may be created is named, and the file in it stays", () => {
    const path = join(folder, "out.parquet");
    writeFileSync(path, "before");
    chmodSync(path, 0o666);
    chmodSync(folder, 0o555);
    try {
      // The privileges of the superuser are put aside: those of root would make every folder writable.
      const unprivileged = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
      const isRoot = process.getuid!() === 0;
      const [command, ...args] = [
        ...(isRoot ? ["setpriv", ...unprivileged] : []),
        process.execPath,
        ...runArguments(),
        SCRIPT,
        path,
      ];
      const { error, stdout, stderr } = spawnSync(command!, args, {
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1", HOME: folder, DENO_DIR: join(folder, "no") },
      });
      if (error !== undefined && isRoot) return; // A system without setpriv.
      assert.equal(
        stdout.trim(),
        `Cannot write ${path}: cannot create a temporary file in the folder ${folder}: permission denied`,
        stderr,
      );
      assert.deepEqual(readdirSync(folder), ["out.parquet"]);
      assert.equal(readFileSync(path, "utf8"), "before");
    } finally {
      chmodSync(folder, 0o755);
    }
  });
}
