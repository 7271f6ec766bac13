/** Runs the command line as a child process, under the runtime that runs the tests. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const RUN = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];

/** What came of a run. */
export interface Run {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Uint8Array;
  readonly out: string;
  readonly err: string;
}

/** A run that has begun. */
export interface RunningCli {
  readonly process: ChildProcess;
  readonly done: Promise<Run>;
}

/** The command line as a command of the system. */
export function cliCommand(args: readonly string[]): string[] {
  return [process.execPath, ...RUN, MAIN, ...args];
}

/** Starts the command line; its standard input stays open until the caller ends it. */
export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningCli {
  const [command, ...rest] = cliCommand(args);
  const child = spawn(command!, rest, {
    env: { ...process.env, NO_COLOR: "1", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const done = new Promise<Run>((resolve, reject) => {
    const out: Uint8Array[] = [], err: Uint8Array[] = [];
    child.stdout.on("data", (chunk: Uint8Array) => out.push(chunk));
    child.stderr.on("data", (chunk: Uint8Array) => err.push(chunk));
    // A child that ends before it has read everything is not what is tested here.
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const stdout = Buffer.concat(out);
      resolve({ code, signal, stdout, out: stdout.toString(), err: Buffer.concat(err).toString() });
    });
  });
  return { process: child, done };
}

/** Runs the command line to its end. */
export function runCli(
  args: readonly string[],
  input: Uint8Array = new Uint8Array(0),
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const running = startCli(args, environment);
  running.process.stdin!.end(input);
  return running.done;
}

/** Calls with a folder of its own, which is gone afterwards. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "parquet-ext-cli-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
