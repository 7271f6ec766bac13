/** How a command ends where its output, its input or its process does not hold. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { toParquet, verifyParquet } from "../../mod.ts";
import { cliCommand, inFolder, runCli, startCli, untilWaiting } from "./run_cli.ts";

const TABLE = tableFromArrays({ a: Float64Array.from({ length: 200_000 }, (_, i) => Math.sin(i)) });
const ARROW = tableToIPC(TABLE, "file");
const NO_WORKERS = ["--parallelism", "0"];
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;

async function files(folder: string): Promise<{ arrow: string; parquet: string }> {
  const arrow = join(folder, "in.arrow"), parquet = join(folder, "in.parquet");
  await writeFile(arrow, ARROW);
  await writeFile(parquet, await toParquet(TABLE, { parallelism: 0, maxRowGroupRowCount: 100 }));
  return { arrow, parquet };
}

if (process.platform !== "win32") {
  test("a closed pipe ends every command quietly", async () => {
    await inFolder(async (folder) => {
      const { arrow, parquet } = await files(folder);
      const cases: [string[], number][] = [
        [["convert", arrow, "-", ...NO_WORKERS], 141],
        [["inspect", parquet, "--all"], 0],
        [["inspect", parquet, "--json"], 0],
        [["verify", parquet, parquet, parquet], 0],
      ];
      await Promise.all(cases.map(async ([args, expected]) => {
        const { code, err } = await new Promise<{ code: number | null; err: string }>((resolve) => {
          const [command, ...rest] = cliCommand(args);
          const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
          let err = "";
          child.stderr.on("data", (chunk) => err += chunk);
          // As `head -c 10` does.
          child.stdout.once("data", () => child.stdout.destroy());
          child.on("close", (code) => resolve({ code, err }));
        });
        assert.equal(err, "", args.join(" "));
        assert.equal(code, expected, args.join(" "));
      }));
    });
  });

  test("a file of its own where the output is a pipe by name", async () => {
    await inFolder(async (folder) => {
      const { arrow } = await files(folder);
      const fifo = join(folder, "fifo");
      assert.equal(spawnSync("mkfifo", [fifo]).status, 0);
      const running = startCli(["convert", arrow, fifo, ...NO_WORKERS]);
      const bytes = await readFile(fifo);
      const { code, err } = await running.done;
      assert.equal(code, 0, err);
      assert.deepEqual(await verifyParquet(new Uint8Array(bytes)), []);
      assert.deepEqual((await readdir(folder)).sort(), ["fifo", "in.arrow", "in.parquet"]);
    });
  });

  test("Ctrl-C ends a conversion that waits for a silent pipe", async () => {
    await inFolder(async (folder) => {
      const fifo = join(folder, "fifo");
      assert.equal(spawnSync("mkfifo", [fifo]).status, 0);
      const running = startCli(["convert", fifo, join(folder, "out.parquet")]);
      const writer = openSync(fifo, "r+");
      // Held open, and never written to.
      await untilWaiting(running);
      process.kill(running.process.pid!, "SIGTERM");
      const { code, signal, err } = await running.done;
      closeSync(writer);
      assert.ok(code === 143 || signal === "SIGTERM", `${code} ${signal} ${err}`);
      assert.deepEqual(await readdir(folder), ["fifo"]);
    });
  });

  test("a signal at any moment leaves no temporary file, and the old file unless it succeeds", async () => {
    await inFolder(async (folder) => {
      const { arrow } = await files(folder);
      const output = join(folder, "out.parquet");
      const converted = await toParquet(ARROW, { parallelism: 0, maxRowGroupRowCount: 500 });
      for (let run = 0; run < 12; run++) {
        await writeFile(output, "precious");
        const [signal, exitCode] = SIGNALS[run % SIGNALS.length]!;
        const args = ["convert", arrow, output, "--force", "--quiet", ...NO_WORKERS];
        const running = startCli([...args, "--max-row-group-row-count", "500"]);
        // From the first moment at which there is something to tidy up, a little later each time; twice in every second run.
        while (running.process.exitCode === null && (await readdir(folder)).length < 4) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await new Promise((resolve) => setTimeout(resolve, run * 3));
        const kill = () => {
          try {
            process.kill(running.process.pid!, signal);
          } catch {
            // It has ended.
          }
        };
        kill();
        if (run % 2 === 1) kill();
        const { code, err } = await running.done;
        const what = `run ${run}, ${signal}: ${code} ${err}`;
        assert.deepEqual(
          (await readdir(folder)).sort(),
          ["in.arrow", "in.parquet", "out.parquet"],
          what,
        );
        const content = await readFile(output);
        if (code === 0) assert.ok(content.equals(converted), what);
        else {
          assert.equal(code, exitCode, what);
          assert.ok(content.equals(Buffer.from("precious")), what);
        }
      }
    });
  });
}

if (existsSync("/dev/full")) {
  test("a full device is one line that names what the user named", async () => {
    await inFolder(async (folder) => {
      const { arrow, parquet } = await files(folder);
      const cases: [string[], string][] = [
        [["convert", arrow, "-", ...NO_WORKERS], "standard output"],
        [["convert", arrow, "/dev/full", ...NO_WORKERS], "/dev/full"],
        [["convert", arrow, join(folder, "o.parquet"), "--json", ...NO_WORKERS], "standard output"],
        [["inspect", parquet], "standard output"],
        [["inspect", parquet, "--json"], "standard output"],
        [["verify", parquet], "standard output"],
        [["verify", "--rules"], "standard output"],
        [["--help"], "standard output"],
      ];
      await Promise.all(cases.map(async ([args, name]) => {
        const full = openSync("/dev/full", "w");
        const { code, err } = await new Promise<{ code: number | null; err: string }>((resolve) => {
          const [command, ...rest] = cliCommand(args);
          const child = spawn(command!, rest, { stdio: ["ignore", full, "pipe"] });
          let err = "";
          child.stderr!.on("data", (chunk) => err += chunk);
          child.on("close", (code) => resolve({ code, err }));
        });
        closeSync(full);
        assert.equal(err, `parquet-ext: Cannot write ${name}: no space left on the device\n`);
        assert.equal(code, 1);
      }));
    });
  });

  test("a conversion succeeds where its summary cannot be shown", async () => {
    await inFolder(async (folder) => {
      const { arrow } = await files(folder);
      const full = openSync("/dev/full", "w");
      const [command, ...args] = cliCommand([
        "convert",
        arrow,
        join(folder, "o.parquet"),
        ...NO_WORKERS,
      ]);
      const child = spawn(command!, args, { stdio: ["ignore", "ignore", full] });
      const code = await new Promise((resolve) => child.on("close", resolve));
      closeSync(full);
      assert.equal(code, 0);
      assert.deepEqual(await verifyParquet(join(folder, "o.parquet")), []);
    });
  });

  test("a full file system is one line, and nothing of the file is left", async () => {
    await inFolder(async (folder) => {
      const { arrow } = await files(folder);
      const small = join(folder, "small");
      spawnSync("mkdir", [small]);
      const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]);
      if (mounted.status !== 0) return; // Only the superuser may.
      try {
        const output = join(small, "out.parquet");
        await writeFile(output, "precious");
        const { code, err } = await runCli(["convert", arrow, output, "--force", ...NO_WORKERS]);
        assert.equal(err, `parquet-ext: Cannot write ${output}: no space left on the device\n`);
        assert.equal(code, 1);
        assert.deepEqual(await readdir(small), ["out.parquet"]);
        assert.equal(await readFile(output, "utf8"), "precious");
      } finally {
        spawnSync("umount", [small]);
      }
    });
  });
}
