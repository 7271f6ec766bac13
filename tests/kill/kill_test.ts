/**
 * A process that is killed at any moment of its writes leaves a whole file at the path, the old one or the new one, and the next write
 * succeeds. `PARQUET_EXT_KILLS=1000` kills as many (default 30).
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { toParquet, writeParquet } from "../../mod.ts";
import { runArguments } from "../support/subprocess.ts";
import { verified } from "../support/verified.ts";
import { KILL_OPTIONS } from "./options.ts";

const KILLS = Number(process.env["PARQUET_EXT_KILLS"] ?? 30);
const SCRIPT = fileURLToPath(new URL("./write_loop_script.ts", import.meta.url));
const ROWS = 200_000;
/** Processes at a time. */
const SIDE_BY_SIDE = 2;
/** Longest time that a process is left alone: some files long; and after it has begun one. */
const LONGEST_MS = 250, LONGEST_IN_FILE_MS = 25;

/** Random rows: their files are as large as they. */
function ipc(seed: number): Uint8Array {
  const values = new Float64Array(ROWS);
  for (let i = 0, state = seed; i < ROWS; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = state;
  }
  return tableToIPC(tableFromArrays({ values }), "stream");
}

/** Starts the script, kills it when `moment` has come, and resolves when it is gone. */
function killed(args: readonly string[], moment: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...runArguments(), SCRIPT, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    let err = "";
    child.stderr.on("data", (chunk) => err += chunk);
    child.stdout.once("data", async () => {
      await moment();
      child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      if (signal === "SIGKILL") resolve();
      else reject(new Error(`it ended by itself: ${err}`));
    });
  });
}

function milliseconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count));
}

test(`a process killed at any of ${KILLS} moments leaves the old file or the new one`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "kill-"));
  try {
    const sources = [ipc(1), ipc(2)];
    const inputs = sources.map((bytes, i) => {
      const path = join(folder, `${i}.arrows`);
      writeFileSync(path, bytes);
      return path;
    });
    const [old, next] = await Promise.all(
      sources.map(async (source) =>
        Buffer.from(await verified(await toParquet(source, KILL_OPTIONS)))
      ),
    );
    let cut = 0, replaced = 0, started = 0;
    const killSome = async (name: string) => {
      while (started++ < KILLS) {
        const target = join(folder, `${name}.parquet`);
        writeFileSync(target, old!);
        const temporaries = () =>
          readdirSync(folder).filter((other) => other.startsWith(`.${name}.parquet.`));
        // Any moment, or one at which a file has been begun.
        const inFile = started % 2 === 0;
        const afterMs = Math.random() * (inFile ? LONGEST_IN_FILE_MS : LONGEST_MS);
        // The new one first.
        await killed([target, ...inputs.toReversed()], async () => {
          while (inFile && temporaries().length === 0) await milliseconds(1);
          await milliseconds(afterMs);
        });
        const what = `after ${afterMs} ms${inFile ? " in a file" : ""}`;
        const content = readFileSync(target);
        if (content.equals(next!)) replaced++;
        else {assert.ok(
            content.equals(old!),
            `${what}: ${content.length} bytes, neither the old file nor the new one`,
          );}
        const left = temporaries();
        assert.ok(
          left.length <= 1 && left.every((other) => other.endsWith(".tmp")),
          `${what}: ${left}`,
        );
        cut += left.length;
        // What was left is in nobody's way.
        await writeParquet(sources[1]!, target, KILL_OPTIONS);
        assert.ok(readFileSync(target).equals(next!), what);
        for (const other of left) rmSync(join(folder, other));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, i) => killSome(`${i}`)));
    // Else no moment of a write was among them.
    assert.ok(cut > 0, `${cut} cut, ${replaced} replaced`);
    console.log(`${KILLS} kills: ${cut} in mid-file, ${replaced} with the new file in place`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
